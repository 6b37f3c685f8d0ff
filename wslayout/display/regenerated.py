"""What became of the views of a manifest, on a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Column
from rich.text import Text

from wslayout.display.difference import conflicts_text, difference_text
from wslayout.display.terminal import table_of
from wslayout.display.words import plural, visible, visible_lines
from wslayout.errors import EXIT_CANCELLED
from wslayout.publish.merging import Change
from wslayout.regeneration import Regenerated


def regenerated_table(found: Sequence[Regenerated]) -> RenderableType:
    """A row for each view, then what went wrong, then how many there are of each outcome."""
    table = table_of(
        Column("Project", overflow="fold"),
        Column("View", overflow="fold"),
        Column("", no_wrap=True),
        Column("Panels", justify="right", no_wrap=True),
        Column("What changed", overflow="fold"),
    )
    told: list[RenderableType] = []
    for one in found:
        outcome, style = outcome_of(one)
        applied = one.applied
        panels = "" if applied is None else f"{applied.panels:,} in {applied.sections:,}"
        table.add_row(
            Text(visible(one.project)),
            Text(visible(one.name)),
            Text(outcome, style),
            panels,
            Text(visible(what_changed(one))),
        )
        told += _told(one)
    counts = Counter(outcome_of(one)[0] for one in found)
    summary = ", ".join(f"{count:,} {outcome}" for outcome, count in counts.items())
    return Group(table, *told, Text(f"{plural(len(found), 'view')}: {summary}."))


def _told(one: Regenerated) -> Iterator[Text]:
    """What a person should know of a view: its conflicts, and what went wrong."""
    where = f"{one.project}{f' · {one.name}' if one.name else ''}"
    if one.applied is not None and one.applied.conflicts:
        yield Text(visible(where), "bold")
        yield from conflicts_text(one.applied.conflicts)
    if one.error:
        yield Text.assemble(
            (f"{visible(where)}: ", "bold red"),
            visible_lines(one.error),
            f"\n    {visible_lines(one.hint)}" if one.hint else "",
            (f"\n    {visible(one.target)}", "dim") if one.target not in one.error else "",
        )


def differences_text(found: Sequence[Regenerated]) -> RenderableType:
    """What would change in each view that differs, then how it stands with all."""
    parts: list[RenderableType] = []
    for one in found:
        if one.difference is not None and one.difference.differs:
            parts += [difference_text(one.difference), Text()]
    return Group(*parts, regenerated_table(found))


def outcome_of(one: Regenerated) -> tuple[str, str]:
    """What became of a view in a word, and the style of that."""
    if one.exit_code == EXIT_CANCELLED:
        return "cancelled", "yellow"
    if one.error:
        return "failed", "red"
    if one.skipped:
        return "skipped", "dim"
    if one.difference is not None:
        return ("differs", "yellow") if one.difference.differs else ("fine", "green")
    if one.applied is None:
        return "", ""
    return one.applied.action, "dim" if one.applied.action == "unchanged" else "green"


def what_changed(one: Regenerated) -> str:
    """What changed in a view, or why nothing did, in a phrase."""
    if one.skipped:
        return one.skipped
    changes: Sequence[Change] = ()
    conflicts = 0
    if one.applied is not None:
        changes, conflicts = one.applied.changes, len(one.applied.conflicts)
    elif one.difference is not None:
        changes, conflicts = one.difference.changes, len(one.difference.conflicts)
    counts = Counter[str](change.action for change in changes)
    order = ("added", "removed", "changed", "moved")
    said = [f"{counts[action]} {action}" for action in order if counts[action]]
    said += [plural(conflicts, "conflict")] if conflicts else []
    if counts["kept"]:
        said.append(f"{counts['kept']} as people left {'it' if counts['kept'] == 1 else 'them'}")
    return ", ".join(said)
