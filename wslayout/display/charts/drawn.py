"""What a panel shows of sampled values, worked out, so that the page only places it.

A drawing is `WIDTH` by `HEIGHT` units with the origin at the top left, stretched to the panel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from wslayout.samples import Grid

WIDTH: Final = 300
HEIGHT: Final = 90

MARGIN: Final = 4
"""Units above and below what is drawn."""

FINE: Final = 4
"""Units of a path in one of the drawing, so that paths need no fractions."""

COLOURS: Final = 10
"""Colours that lines can have; the page's style sheet gives them."""

DASHES: Final = 4
"""Ways in which lines are dashed, plain ones among them."""


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


def dash_of(place: int) -> int:
    """How the line of a metric is dashed, by its place on the panel."""
    return min(place // COLOURS, DASHES - 1)
