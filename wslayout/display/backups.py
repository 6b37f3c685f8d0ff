"""Backups of views on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Column, Table
from rich.text import Text

from wslayout.display.terminal import table_of
from wslayout.display.words import UNKNOWN, visible
from wslayout.publish.backups import Backup


def backups_table(rows: Sequence[Backup]) -> Table:
    """Backups, one a row."""
    table = table_of(
        Column("Saved", no_wrap=True),
        Column("View", overflow="fold"),
        Column("ID", no_wrap=True),
        Column("Panels", justify="right", no_wrap=True),
    )
    for row in rows:
        table.add_row(
            Text(moment_of(row)),
            Text(visible(row.view.display_name)),
            Text(visible(row.view_id)),
            _panels(row),
        )
    return table


def moment_of(backup: Backup) -> str:
    """When a view was backed up, to the second."""
    return visible(backup.saved[:19].replace("T", " "))


def backup_paths(rows: Sequence[Backup]) -> str:
    """The files of backups, each in one line to copy, in the order of the table."""
    return "\n".join(visible(str(row.path or UNKNOWN)) for row in rows)


def _panels(row: Backup) -> str:
    held = row.summary
    return UNKNOWN if held is None else f"{held.panels:,} in {held.sections:,}"
