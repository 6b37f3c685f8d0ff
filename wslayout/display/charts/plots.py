"""Line plots, and runs as points."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Final

from wslayout.display.charts.drawn import (
    COLOURS,
    FINE,
    HEIGHT,
    MARGIN,
    WIDTH,
    Drawing,
    Line,
    dash_of,
)
from wslayout.display.charts.scales import Scale, bounds, ends_of, moments_of
from wslayout.layout import Panel
from wslayout.samples import Curve, Samples
from wslayout.samples.thinning import thinned

_POINTS: Final = 600  # of all lines of a panel together, at most
_LEAST_POINTS: Final = 12  # of one line


def plot(panel: Panel, axis: str, samples: Samples, points: int) -> Drawing | None:
    """Metrics over an axis, one line a metric and run; None where no value is known.

    Args:
        panel: The panel.
        axis: The metric on its x-axis.
        samples: What is known.
        points: Most points of a line.
    """
    curves = [
        (place, curve)
        for place, key in enumerate(panel.keys)
        for curve in samples.curves.get((key, axis), ())
    ]
    return _drawn(
        panel, curves, by_run=len(panel.keys) == 1, points=points, in_time=axis == "_timestamp"
    )


def run_points(panel: Panel, samples: Samples) -> Drawing | None:
    """Runs as points by the last values of two metrics; by hyperparameters they are not known."""
    xs, ys = (samples.last.get(str(panel.settings.get(name)), {}) for name in ("x", "y"))
    runs = [
        (0, Curve(run=run, xs=(xs[run],), ys=(ys[run],))) for run in sorted(xs.keys() & ys.keys())
    ]
    return _drawn(panel, runs, by_run=True)


def _drawn(
    panel: Panel,
    told: Sequence[tuple[int, Curve]],
    *,
    by_run: bool,
    points: int = 1,
    in_time: bool = False,
) -> Drawing | None:
    """Curves, each with the place of its metric on the panel, on the axes that the panel has."""
    log_x, log_y = (bool(panel.settings.get(name)) for name in ("log_x", "log_y"))
    curves = [
        (place, curve)
        for place, one in told
        if (curve := _positive(one, log_x=log_x, log_y=log_y)).xs
    ]
    lost = sum(len(one.xs) for _, one in told) - sum(len(one.xs) for _, one in curves)
    note = _unseen(lost) if lost else ""
    if not curves:
        return Drawing(note=note) if note else None
    range_x, range_y = bounds(panel, "range_x"), bounds(panel, "range_y")
    across = Scale(chain.from_iterable(one.xs for _, one in curves), log=log_x, ends=range_x)
    along = Scale(chain.from_iterable(one.ys for _, one in curves), log=log_y, ends=range_y)
    most = min(points, max(_LEAST_POINTS, _POINTS // len(curves)))
    low, high = ends_of(along)
    first, last = moments_of(across) if in_time else ends_of(across)
    what = "line" if points > 1 else "point"
    return Drawing(
        lines=tuple(
            Line(
                colour=(curve.run if by_run else place) % COLOURS,
                dash=0 if by_run else dash_of(place),
                faint=not by_run and curve.run > 0,
                path=_path(curve, across, along, most),
                dot=len(curve.xs) == 1,
            )
            for place, curve in sorted(curves, key=lambda one: -one[1].run)
        ),
        low=low,
        high=high,
        first=first,
        last=last,
        is_cut=any(end is not None for end in (*range_x, *range_y)),
        label=f"{len(curves):,} {what}{'' if len(curves) == 1 else 's'}, from {low} to {high}",
        by_run=by_run,
        note=note,
    )


def _unseen(points: int) -> str:
    what = "1 point is" if points == 1 else f"{points:,} points are"
    return f"{what} not above 0, as logarithmic axes need"


def _positive(curve: Curve, *, log_x: bool, log_y: bool) -> Curve:
    """What of a curve logarithmic axes can show."""
    if not (log_x or log_y):
        return curve
    kept = [
        (x, y)
        for x, y in zip(curve.xs, curve.ys, strict=True)
        if (x > 0 or not log_x) and (y > 0 or not log_y)
    ]
    return Curve(run=curve.run, xs=tuple(x for x, _ in kept), ys=tuple(y for _, y in kept))


def _path(curve: Curve, across: Scale, along: Scale, most: int) -> str:
    xs, ys = thinned(curve.xs, curve.ys, most)
    points = [
        (round(FINE * WIDTH * across.of(x)), _height(along.of(y)))
        for x, y in zip(xs, ys, strict=True)
    ]
    (x, y), *others = points
    if not others:
        return f"M{x} {y}h0"
    steps = [f"M{x} {y}l"]
    for other_x, other_y in others:
        steps.append(f"{other_x - x} {other_y - y} ")
        x, y = other_x, other_y
    return "".join(steps).rstrip()


def _height(share: float) -> int:
    return round(FINE * (HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)))
