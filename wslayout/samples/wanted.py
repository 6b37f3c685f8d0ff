"""Which values the panels of a layout draw."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from wslayout.layout import Layout, Panel, Section
from wslayout.samples.values import Axis

_OF_LAST: Final = ("bar", "scalar", "scatter")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be read.

    Attributes:
        curves: Metric keys, each with its x-axis; those first that the most panels need.
        last: Metric keys whose last values count.
        media: Keys of images, tables and histograms.
    """

    curves: tuple[tuple[str, Axis], ...] = ()
    last: tuple[str, ...] = ()
    media: tuple[str, ...] = ()


def wanted(layout: Layout) -> Wanted:
    """What the panels of a layout draw: the first key of each before the second of any."""
    lines = [
        [(key, axis_of(panel, section, layout)) for key in panel.keys]
        for section in layout.sections
        for panel in section.panels
        if panel.kind == "line"
    ]
    in_turn = (one for turn in zip_longest(*lines) for one in turn if one is not None)
    last = (key for panel in layout.panels if panel.kind in _OF_LAST for key in panel.keys)
    media = (
        key for panel in layout.panels if panel.kind in ("media", "table") for key in panel.keys
    )
    return Wanted(
        curves=tuple(dict.fromkeys(in_turn)),
        last=tuple(dict.fromkeys(last)),
        media=tuple(dict.fromkeys(media)),
    )


def axis_of(panel: Panel, section: Section, layout: Layout) -> Axis:
    """The x-axis of a line plot: its own, its section's, or the workspace's."""
    own = panel.x_axis or panel.settings.get("x") or section.settings.get("x_axis")
    axis = str(own or layout.settings.get("x_axis") or layout.x_axis or "")
    return _LOGGED_AS.get(axis, axis)


_LOGGED_AS: Final = {
    "Step": "",
    "_step": "",
    "RelativeTime(Process)": "_runtime",
    "RelativeTime(Wall)": "_absolute_runtime",
    "WallTime": "_timestamp",
}
"""W&B's names for axes, and how its rows call them (`expr.FE_METRIC_NAME_MAP`)."""
