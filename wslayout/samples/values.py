"""Sampled values as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

RUNS: Final = 5
"""Most runs of which values are shown: more lines can't be told apart in a small chart."""

Axis: TypeAlias = str
"""The metric on the x-axis; "" is W&B's step."""


AGGREGATES: Final = ("min", "max", "mean", "best", "last", "first")
"""What a summary holds of a metric in place of its last value, as ``define_metric`` asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One metric of one run, thinned out.

    Attributes:
        run: The run's place in `Samples.runs`.
        xs: Where on the x-axis, in the order in which it was logged.
        ys: The values, as many; all of them are finite.
    """

    run: int
    xs: tuple[float, ...]
    ys: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image that a run logged.

    Attributes:
        run: The run's place in `Samples.runs`.
        media_type: "image/png", "image/jpeg", "image/gif" or "image/webp".
        data: The file, small.
        note: Which of how many it is, where it was logged with others.
    """

    run: int
    media_type: str
    data: bytes
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """A histogram that a run logged.

    Attributes:
        run: The run's place in `Samples.runs`.
        counts: How many values each of its bins holds.
        ends: Where its first bin begins and its last one ends, if known.
    """

    run: int
    counts: tuple[float, ...]
    ends: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The first rows of a table that a run logged.

    Attributes:
        columns: Names of its first columns.
        rows: Its first rows, as many cells each, as texts.
        more_rows: How many rows there are beyond.
        more_columns: How many columns there are beyond.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more_rows: int = 0
    more_columns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Values of the metrics that a layout shows.

    Attributes:
        runs: What the runs are called that values were read from, the newest first.
        curves: By metric key and x-axis, one curve a run that logged it.
        last: By metric key, for each run that has it, its last value.
        pictures: By media key, the last image of each run.
        bars: By media key, the last histogram of each run.
        grids: By key of a table, its last state in the newest run that has one.
        others: By media key, the kind of what it holds else: "video", "html".
        notes: Sentences on what is not shown, and why.
    """

    runs: tuple[str, ...] = ()
    curves: Mapping[tuple[str, Axis], tuple[Curve, ...]] = field(default_factory=dict)
    last: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    pictures: Mapping[str, tuple[Picture, ...]] = field(default_factory=dict)
    bars: Mapping[str, tuple[Bars, ...]] = field(default_factory=dict)
    grids: Mapping[str, Grid] = field(default_factory=dict)
    others: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
