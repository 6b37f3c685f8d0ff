"""Presets on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from wslayout.display.words import plural, visible
from wslayout.preset_work import Checked
from wslayout.presets import Listed


def presets_table(rows: Sequence[Listed]) -> Table:
    """Presets, those first that are taken first."""
    table = Table(
        Column("Preset", no_wrap=True),
        Column("From", overflow="fold"),
        Column("What it is for", overflow="fold"),
        box=None,
        pad_edge=False,
        header_style="bold",
    )
    for row in rows:
        style = "dim" if row.hidden_by else ""
        about = f"hidden by that of {row.hidden_by}" if row.hidden_by else row.description
        table.add_row(
            Text(visible(row.name), style), Text(visible(row.source)), Text(visible(about))
        )
    return table


def checked_text(found: Sequence[Checked]) -> RenderableType:
    """What is wrong with some templates."""
    lines: list[Text] = []
    for one in found:
        for problem in one.problems:
            lines += [Text(visible(line)) for line in str(problem).splitlines()]
        for note in one.notes:
            lines += [Text(visible(line)) for line in note.splitlines()]
        files = plural(len(one.uses), "file")
        if one.problems:
            end = Text(f"{visible(one.template)}: {plural(len(one.problems), 'problem')}", "red")
        elif one.notes:
            end = Text(f"{visible(one.template)}: {plural(len(one.notes), 'note')}", "yellow")
        else:
            end = Text(f"{visible(one.template)}: fine ({files})", "green")
        lines.append(end)
    return Group(*lines)
