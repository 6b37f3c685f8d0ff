"""Small charts of sampled values: what a panel shows, by its kind."""

from __future__ import annotations

from base64 import b64encode
from itertools import zip_longest
from typing import Final

from wslayout.display.charts.bars import chart, extent_of, histogram
from wslayout.display.charts.drawn import Drawing, Image
from wslayout.display.charts.plots import plot, run_points
from wslayout.display.charts.scales import said
from wslayout.layout import Layout, Panel, Section
from wslayout.samples import Samples
from wslayout.samples.wanted import axis_of

_PICTURES: Final = 4  # side by side


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
            return plot(panel, axis_of(panel, section, layout), samples, points)
        case "scatter":
            return run_points(panel, samples)
        case "bar":
            return chart(panel, samples)
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


def _number(panel: Panel, samples: Samples) -> Drawing | None:
    for key in panel.keys:
        if found := samples.last.get(key):
            return Drawing(number=said(found[min(found)]), values={key: extent_of(found.values())})
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
            return histogram(found)
    others = {samples.others[key]: key for key in panel.keys if key in samples.others}
    return Drawing(note=f"{', '.join(others)}: not drawn here") if others else None
