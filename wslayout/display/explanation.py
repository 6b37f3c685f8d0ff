"""Explanations of keys for the command line."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from wslayout.display.words import plural, visible
from wslayout.grouping.explanation import Explanation


def explanations(found: Sequence[Explanation]) -> Group:
    """Each key with its place, why it is there, and what would change that."""
    shown: list[RenderableType] = []
    for place, one in enumerate(found):
        shown += [Text()] * (place > 0)
        shown += [_heading(one), Padding(_table(one), (0, 0, 0, 2))]
    return Group(*shown)


def _heading(one: Explanation) -> Text:
    colour = {"shown": "green", "represented": "cyan", "left out": "yellow"}[one.placed]
    return (
        Text(visible(one.key), "bold")
        .append(" · ", "not bold")
        .append(one.placed, f"not bold {colour}")
    )


def _table(one: Explanation) -> Table:
    table = Table.grid(
        Column(style="dim", no_wrap=True), Column(overflow="fold"), padding=(0, 2, 0, 0)
    )
    if one.section is not None and one.panel is not None:
        table.add_row("Section", Text(visible(one.section)))
        keys = f" · {plural(one.family_keys, 'key')}"
        table.add_row("Panel", Text(visible(one.panel)).append(keys, "dim"))
    for label, sentences in (("Why", one.reasons), ("To change it", one.advice)):
        for place, sentence in enumerate(sentences):
            table.add_row("" if place else label, Text(visible(sentence)))
    return table
