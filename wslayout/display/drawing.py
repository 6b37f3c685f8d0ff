"""Small charts of sampled values: what a panel shows, in the units of its drawing.

Everything is worked out here, so that the page only places it. A drawing is `WIDTH` by `HEIGHT`
units with the origin at the top left, stretched to the panel.
"""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Final

from wslayout.layout import Layout, Panel, Section
from wslayout.samples import Curve, Grid, Samples
from wslayout.samples.thinning import thinned
from wslayout.samples.wanted import axis_of

WIDTH: Final = 300
HEIGHT: Final = 90

COLOURS: Final = 10
"""Colours that lines can have; the page's style sheet gives them."""

_MARGIN: Final = 4
_POINTS: Final = 600  # of all lines of a panel together, at most
_LEAST_POINTS: Final = 12  # of one line
_PICTURES: Final = 4  # side by side
FINE: Final = 4
"""Units of a path in one of the drawing, so that paths need no fractions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a plot.

    Attributes:
        colour: Which of the colours.
        faint: Whether it is another run's line of a metric that is drawn already.
        path: The path of an SVG, in fourths of units.
        dot: Whether it has but one point.
    """

    colour: int
    faint: bool
    path: str
    dot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar of a chart: where it stands, and how large it is."""

    colour: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What a panel shows of sampled values; of its parts those that its kind has.

    Attributes:
        lines: Lines of a plot.
        bars: Bars of a chart or of a histogram.
        low: What the lower end of the y-axis stands for, in words; likewise the others.
        high: The upper end.
        first: The left end of the x-axis.
        last: The right end.
        number: A single number.
        values: By metric key, its values in words.
        pictures: Images as ``data:`` URLs.
        grid: The first rows of a table.
        label: The same for those who don't see it.
        by_run: Whether colours tell runs apart, and not metrics.
    """

    lines: tuple[Line, ...] = ()
    bars: tuple[Bar, ...] = ()
    low: str = ""
    high: str = ""
    first: str = ""
    last: str = ""
    number: str = ""
    values: Mapping[str, str] | None = None
    pictures: tuple[str, ...] = ()
    grid: Grid | None = None
    label: str = ""
    by_run: bool = False


_NOT_DRAWN: Final = frozenset(
    {
        "aggregate",
        "custom_expressions",
        "groupby",
        "groupby_aggfunc",
        "metric_regex",
        "orientation",
        "plot_type",
        "range_x",
        "range_y",
        "xaxis_expression",
    }
)
"""Settings that make something else of the values than is drawn here."""


def drawing(  # noqa: PLR0911 - one answer a kind of panel
    panel: Panel, section: Section, layout: Layout, samples: Samples, *, points: int = 120
) -> Drawing | None:
    """What a panel shows; None where no value of it is known, or W&B draws it otherwise.

    Args:
        panel: The panel.
        section: The section that it is in.
        layout: The layout.
        samples: What is known.
        points: Most points of a line.
    """
    if any(panel.settings.get(name) for name in _NOT_DRAWN):
        return None
    match panel.kind:
        case "line":
            return _plot(panel, axis_of(panel, section, layout), samples, points)
        case "bar":
            return _chart(panel, samples)
        case "scalar":
            return _number(panel, samples)
        case "media":
            return _media(panel, samples)
        case "table":
            grid = next((samples.grids[key] for key in panel.keys if key in samples.grids), None)
            return None if grid is None else Drawing(grid=grid)
    return None


def _plot(panel: Panel, axis: str, samples: Samples, points: int) -> Drawing | None:
    drawn = [
        (place, curve)
        for place, key in enumerate(panel.keys)
        for curve in samples.curves.get((key, axis), ())
    ]
    log_x, log_y = (bool(panel.settings.get(name)) for name in ("log_x", "log_y"))
    curves = [
        (place, curve)
        for place, one in drawn
        if (curve := _positive(one, log_x=log_x, log_y=log_y)).xs
    ]
    if not curves:
        return None
    across = _Scale(chain.from_iterable(curve.xs for _, curve in curves), log=log_x)
    along = _Scale(chain.from_iterable(curve.ys for _, curve in curves), log=log_y)
    by_run = len(panel.keys) == 1
    most = min(points, max(_LEAST_POINTS, _POINTS // len(curves)))
    low, high = _ends(along)
    first, last = _ends(across)
    return Drawing(
        lines=tuple(
            Line(
                colour=(curve.run if by_run else place) % COLOURS,
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
        label=f"{len(curves):,} line{'' if len(curves) == 1 else 's'}, from {low} to {high}",
        by_run=by_run,
    )


def _ends(scale: _Scale) -> tuple[str, str]:
    """What the ends of an axis are called, told apart where they differ."""
    low, high = said(scale.low), said(scale.high)
    if low == high and scale.low != scale.high:
        return f"{scale.low:.7g}", f"{scale.high:.7g}"
    return low, high


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


class _Scale:
    """Where values stand between the lowest and the highest, from 0 to 1."""

    def __init__(self, values: Iterable[float], *, log: bool = False) -> None:
        known = list(values)
        self.low, self.high = min(known), max(known)
        self._log = log
        self._begin = self._at(self.low)
        self._length = self._at(self.high) - self._begin

    def _at(self, value: float) -> float:
        # Halved, so that the distance of any two numbers is finite.
        return math.log10(value) if self._log else value / 2

    def of(self, value: float) -> float:
        return (self._at(value) - self._begin) / self._length if self._length > 0 else 0.5


def _path(curve: Curve, across: _Scale, along: _Scale, most: int) -> str:
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
    return round(FINE * (HEIGHT - _MARGIN - share * (HEIGHT - 2 * _MARGIN)))


def _chart(panel: Panel, samples: Samples) -> Drawing | None:
    known = [
        (place, key, run, value)
        for place, key in enumerate(panel.keys)
        for run, value in sorted(samples.last.get(key, {}).items())
    ]
    if not known:
        return None
    by_run = len(panel.keys) == 1
    values = [value for *_, value in known]
    across = _Scale([0.0, *values])
    step = (HEIGHT - 2 * _MARGIN) / len(known)
    zero = WIDTH * across.of(0.0)
    bars = []
    for row, (place, _, run, value) in enumerate(known):
        end = WIDTH * across.of(value)
        bars.append(
            Bar(
                colour=(run if by_run else place) % COLOURS,
                x=round(min(zero, end), 1),
                y=round(_MARGIN + row * step + step * 0.12, 1),
                width=round(max(abs(end - zero), 1), 1),
                height=round(min(step * 0.76, 16), 1),
            )
        )
    return Drawing(
        bars=tuple(bars),
        first=said(across.low),
        last=said(across.high),
        values={key: _range(samples.last[key].values()) for _, key, _, _ in known},
        label=f"{len(bars):,} bars",
        by_run=by_run,
    )


def _range(values: Iterable[float]) -> str:
    known = list(values)
    low, high = said(min(known)), said(max(known))
    return low if low == high else f"{low} … {high}"


def _number(panel: Panel, samples: Samples) -> Drawing | None:
    for key in panel.keys:
        if found := samples.last.get(key):
            return Drawing(number=said(found[min(found)]), values={key: _range(found.values())})
    return None


def _media(panel: Panel, samples: Samples) -> Drawing | None:
    of_keys = [samples.pictures.get(key, ()) for key in panel.keys]
    in_turn = [one for turn in zip_longest(*of_keys) for one in turn if one is not None]
    if in_turn:
        urls = (
            f"data:{one.media_type};base64,{b64encode(one.data).decode()}"
            for one in in_turn[:_PICTURES]
        )
        return Drawing(pictures=tuple(urls))
    counts = next((samples.bars[key][0].counts for key in panel.keys if key in samples.bars), ())
    return Drawing(bars=tuple(_histogram(counts)), label="a histogram") if counts else None


def _histogram(counts: Sequence[float]) -> Iterator[Bar]:
    most = max(counts) or 1.0
    step = WIDTH / len(counts)
    for place, count in enumerate(counts):
        height = round((HEIGHT - 2 * _MARGIN) * count / most, 1)
        yield Bar(
            colour=0,
            x=round(place * step, 1),
            y=round(HEIGHT - _MARGIN - height, 1),
            width=round(step * 0.86, 1),
            height=height,
        )


def said(value: float) -> str:
    """A number in few characters: "0.512", "12.3k", "1.2e-05"."""
    size = abs(value)
    if size == 0:
        return "0"
    for unit, factor, least in (("G", 1e9, 1e9), ("M", 1e6, 1e6), ("k", 1e3, 1e4)):
        if 0.9995 * least <= size < 1e12:
            return f"{value / factor:.3g}{unit}"
    if 1e-3 <= size < 1e4:
        return f"{value:.4g}" if size >= 1000 else f"{value:.3g}"
    return f"{value:.1e}"
