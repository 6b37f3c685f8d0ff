"""Small charts of sampled values: what a panel shows, in the units of its drawing.

Everything is worked out here, so that the page only places it. A drawing is `WIDTH` by `HEIGHT`
units with the origin at the top left, stretched to the panel.
"""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import chain, zip_longest
from typing import Final, TypeAlias

from wslayout.layout import Layout, Panel, Section
from wslayout.samples import Bars, Curve, Grid, Samples
from wslayout.samples.thinning import thinned
from wslayout.samples.wanted import axis_of
from wslayout.sources.values import finite_number

WIDTH: Final = 300
HEIGHT: Final = 90

COLOURS: Final = 10
"""Colours that lines can have; the page's style sheet gives them."""

DASHES: Final = 4
"""Ways in which lines are dashed, plain ones among them."""

_MARGIN: Final = 4
_POINTS: Final = 600  # of all lines of a panel together, at most
_LEAST_POINTS: Final = 12  # of one line
_PICTURES: Final = 4  # side by side
_BEYOND: Final = 20.0  # lengths of an axis
FINE: Final = 4
"""Units of a path in one of the drawing, so that paths need no fractions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a plot.

    Attributes:
        colour: Which of the colours.
        dash: Which of the ways in which it is dashed: colours come again in each of them.
        faint: Whether it is another run's line of a metric that is drawn already.
        path: The path of an SVG, in fourths of units.
        dot: Whether it has but one point.
    """

    colour: int
    dash: int = 0
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
class Image:
    """An image.

    Attributes:
        url: A ``data:`` URL.
        label: What it is, for those who don't see it.
    """

    url: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What a panel shows of sampled values; of its parts those that its kind has.

    Attributes:
        lines: Lines of a plot.
        is_cut: Whether what is beyond the ends of the axes is not to be seen.
        bars: Bars of a chart or of a histogram.
        low: What the lower end of the y-axis stands for, in words; likewise the others.
        high: The upper end.
        first: The left end of the x-axis.
        last: The right end.
        number: A single number.
        values: By metric key, its values in words.
        pictures: Images.
        grid: The first rows of a table.
        label: The same for those who don't see it.
        by_run: Whether colours tell runs apart, and not metrics.
        note: What of the values is not drawn, and why; alone, that there is no drawing.
    """

    lines: tuple[Line, ...] = ()
    is_cut: bool = False
    bars: tuple[Bar, ...] = ()
    low: str = ""
    high: str = ""
    first: str = ""
    last: str = ""
    number: str = ""
    values: Mapping[str, str] | None = None
    pictures: tuple[Image, ...] = ()
    grid: Grid | None = None
    label: str = ""
    by_run: bool = False
    note: str = ""


_NOT_DRAWN: Final = {
    "aggregate": "grouped runs",
    "custom_expressions": "expressions",
    "groupby": "grouped runs",
    "xaxis_expression": "an expression on the x-axis",
}
"""What settings make of the values that is not drawn here."""


def drawing(  # noqa: PLR0911 - one answer a kind of panel
    panel: Panel, section: Section, layout: Layout, samples: Samples, *, points: int = 120
) -> Drawing | None:
    """What a panel shows; None where no value of it is known.

    Args:
        panel: The panel.
        section: The section that it is in.
        layout: The layout.
        samples: What is known.
        points: Most points of a line.
    """
    if otherwise := _otherwise(panel):
        return Drawing(note=f"{otherwise}: not drawn here")
    match panel.kind:
        case "line":
            return _plot(panel, axis_of(panel, section, layout), samples, points)
        case "scatter":
            return _points(panel, samples)
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


def _otherwise(panel: Panel) -> str:
    """What W&B makes of the values of a panel that is not drawn here; "" for nothing."""
    plot_type = panel.settings.get("plot_type", "line")
    if plot_type != "line":
        return f"a plot of type {plot_type}"
    return next((said for name, said in _NOT_DRAWN.items() if panel.settings.get(name)), "")


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
    lost = sum(len(one.xs) for _, one in drawn) - sum(len(one.xs) for _, one in curves)
    note = _unseen(lost) if lost else ""
    if not curves:
        return Drawing(note=note) if note else None
    ends = {name: _bounds(panel, name) for name in ("range_x", "range_y")}
    across = _Scale(
        chain.from_iterable(curve.xs for _, curve in curves), log=log_x, ends=ends["range_x"]
    )
    along = _Scale(
        chain.from_iterable(curve.ys for _, curve in curves), log=log_y, ends=ends["range_y"]
    )
    by_run = len(panel.keys) == 1
    most = min(points, max(_LEAST_POINTS, _POINTS // len(curves)))
    low, high = _ends(along)
    first, last = _moments(across) if axis == "_timestamp" else _ends(across)
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
        is_cut=any(end is not None for pair in ends.values() for end in pair),
        first=first,
        last=last,
        label=f"{len(curves):,} line{'' if len(curves) == 1 else 's'}, from {low} to {high}",
        by_run=by_run,
        note=note,
    )


def dash_of(place: int) -> int:
    """How the line of a metric is dashed, by its place on the panel."""
    return min(place // COLOURS, DASHES - 1)


def _unseen(points: int) -> str:
    what = "1 sampled point is" if points == 1 else f"{points:,} sampled points are"
    return f"{what} not above 0, as logarithmic axes need"


def _bounds(panel: Panel, name: str) -> _Bounds:
    """The ends of an axis that a panel says."""
    given = panel.settings.get(name)
    if not isinstance(given, (list, tuple)) or len(given) != 2:
        return (None, None)
    low, high = (finite_number(one) for one in given)
    return (low, high)


def _points(panel: Panel, samples: Samples) -> Drawing | None:
    """Runs as points by the last values of two metrics; by hyperparameters they are not known."""
    log_x, log_y = (bool(panel.settings.get(name)) for name in ("log_x", "log_y"))
    across_of, along_of = (
        samples.last.get(str(panel.settings.get(name)), {}) for name in ("x", "y")
    )
    runs = [
        (run, across_of[run], along_of[run])
        for run in sorted(across_of.keys() & along_of.keys())
        if (across_of[run] > 0 or not log_x) and (along_of[run] > 0 or not log_y)
    ]
    if not runs:
        return None
    ends = {name: _bounds(panel, name) for name in ("range_x", "range_y")}
    across = _Scale([x for _, x, _ in runs], log=log_x, ends=ends["range_x"])
    along = _Scale([y for *_, y in runs], log=log_y, ends=ends["range_y"])
    low, high = _ends(along)
    first, last = _ends(across)
    return Drawing(
        lines=tuple(
            Line(
                colour=run % COLOURS,
                faint=False,
                path=_path(Curve(run=run, xs=(x,), ys=(y,)), across, along, 1),
                dot=True,
            )
            for run, x, y in runs
        ),
        is_cut=any(end is not None for pair in ends.values() for end in pair),
        low=low,
        high=high,
        first=first,
        last=last,
        label=f"{len(runs):,} run{'' if len(runs) == 1 else 's'} as points",
        by_run=True,
    )


def _ends(scale: _Scale) -> tuple[str, str]:
    """What the ends of an axis are called, told apart where they differ."""
    low, high = said(scale.low), said(scale.high)
    if low == high and scale.low != scale.high:
        digits = next(
            (one for one in _DIGITS if f"{scale.low:.{one}g}" != f"{scale.high:.{one}g}"), 17
        )
        return f"{scale.low:.{digits}g}", f"{scale.high:.{digits}g}"
    return low, high


_DIGITS: Final = (5, 7, 10, 13)


def _moments(scale: _Scale) -> tuple[str, str]:
    """What the ends of an axis of seconds since 1970 are called, in UTC."""
    try:
        low, high = (datetime.fromtimestamp(one, timezone.utc) for one in (scale.low, scale.high))
    except (ValueError, OverflowError, OSError):
        return _ends(scale)
    return f"{low:%Y-%m-%d %H:%M}", f"{high:%Y-%m-%d %H:%M}"


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


_Bounds: TypeAlias = tuple[float | None, float | None]


class _Scale:
    """Where values stand between the ends of an axis: from 0 to 1, and beyond where it is cut."""

    def __init__(
        self, values: Iterable[float], *, log: bool = False, ends: _Bounds = (None, None)
    ) -> None:
        known = list(values)
        low, high = (None if log and end is not None and end <= 0 else end for end in ends)
        self.low: float = min(known) if low is None else low
        self.high: float = max(known) if high is None else high
        if self.low > self.high:  # all values are beyond the end that is given
            self.low = self.high = (low if high is None else high) or 0.0
        self._log = log
        self._begin = self._at(self.low)
        self._length = self._at(self.high) - self._begin

    def _at(self, value: float) -> float:
        # Halved, so that the distance of any two numbers is finite.
        return math.log10(value) if self._log else value / 2

    def of(self, value: float) -> float:
        if self._length <= 0 and self.low <= value <= self.high:
            return 0.5
        if self._length <= 0:
            return 1 + _BEYOND if value > self.high else -_BEYOND
        # What is far beyond is as unseen as what is near, and has shorter numbers.
        return min(max((self._at(value) - self._begin) / self._length, -_BEYOND), 1 + _BEYOND)


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
    ends = _bounds(panel, "range_x")
    along = _Scale([0.0, *(value for *_, value in known)], ends=ends)
    upright = panel.settings.get("orientation") == "v"
    size = WIDTH if upright else HEIGHT - 2 * _MARGIN
    step = size / len(known)
    bars = []
    for row, (place, _, run, value) in enumerate(known):
        begin, end = sorted(min(max(along.of(one), 0.0), 1.0) for one in (0.0, value))
        at = row * step + step * 0.12
        thick = min(step * 0.76, 40 if upright else 16)
        colour = (run if by_run else place) % COLOURS
        if upright:
            top = HEIGHT - _MARGIN - end * (HEIGHT - 2 * _MARGIN)
            long = max((end - begin) * (HEIGHT - 2 * _MARGIN), 1)
            bars.append(_bar(colour, at, top, thick, long))
        else:
            long = max((end - begin) * WIDTH, 1)
            bars.append(_bar(colour, begin * WIDTH, _MARGIN + at, long, thick))
    low, high = _ends(along)
    return Drawing(
        bars=tuple(bars),
        low=low if upright else "",
        high=high if upright else "",
        first="" if upright else low,
        last="" if upright else high,
        values={key: _range(samples.last[key].values()) for _, key, _, _ in known},
        label=f"{len(bars):,} bars",
        by_run=by_run,
    )


def _bar(colour: int, x: float, y: float, width: float, height: float) -> Bar:
    return Bar(
        colour=colour, x=round(x, 1), y=round(y, 1), width=round(width, 1), height=round(height, 1)
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
    of_keys = [[(key, one) for one in samples.pictures.get(key, ())] for key in panel.keys]
    in_turn = [one for turn in zip_longest(*of_keys) for one in turn if one is not None]
    if in_turn:
        return Drawing(
            pictures=tuple(
                Image(
                    url=f"data:{one.media_type};base64,{b64encode(one.data).decode()}",
                    label=f"Image of {key} in {samples.runs[one.run]}",
                )
                for key, one in in_turn[:_PICTURES]
            ),
            note=next((one.note for _, one in in_turn if one.note), ""),
        )
    for key in panel.keys:
        for found in samples.bars.get(key, ())[:1]:
            return _histogram(found)
    others = {samples.others[key]: key for key in panel.keys if key in samples.others}
    return Drawing(note=f"{', '.join(others)}: not drawn here") if others else None


def _histogram(found: Bars) -> Drawing:
    most = max(found.counts) or 1.0
    step = WIDTH / len(found.counts)
    heights = [(HEIGHT - 2 * _MARGIN) * count / most for count in found.counts]
    low, high = ("", "") if found.ends is None else _ends(_Scale(found.ends))
    return Drawing(
        bars=tuple(
            _bar(0, place * step, HEIGHT - _MARGIN - height, step * 0.86, height)
            for place, height in enumerate(heights)
        ),
        low="0",
        high=said(most),
        first=low,
        last=high,
        label=f"a histogram of {len(heights):,} bins" + (f", from {low} to {high}" if low else ""),
    )


def said(value: float) -> str:
    """A number in few characters: "0.512", "12.3k", "1.2e-05"."""
    size = abs(value)
    if size == 0:
        return "0"
    for unit, factor, least in (("G", 1e9, 1e9), ("M", 1e6, 1e6), ("k", 1e3, 1e4)):
        if 0.9995 * least <= size < 0.9995e12:
            return f"{_few_digits(value / factor)}{unit}"
    return _few_digits(value) if 1e-3 <= size < 1e4 else f"{value:.1e}"


def _few_digits(value: float) -> str:
    """Three digits, or the four of a whole number."""
    return f"{value:.4g}" if abs(value) >= 999.5 else f"{value:.3g}"
