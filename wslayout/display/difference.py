"""What saving a layout would change, on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text

from wslayout.display.changes import Told, conflicts_told, counted, told
from wslayout.display.words import visible
from wslayout.publish.difference import Difference
from wslayout.publish.merging import Change, Conflict

_SIGNS: Final = {
    "added": "+",
    "removed": "-",
    "changed": "~",
    "moved": ">",
    "kept": "=",
    "conflict": "!",
    "": " ",
}
_STYLES: Final = {
    "added": "green",
    "removed": "red",
    "changed": "yellow",
    "moved": "cyan",
    "kept": "dim",
    "conflict": "magenta",
    "": "",
}

ACTIONS: Final = {"create": "is new", "update": "would change", "keep": "is as it should be"}
"""What is said of a view, by what saving a layout would do to it."""


def difference_text(found: Difference) -> RenderableType:
    """What would change, what stays as people left it, and the conflicts."""
    head = Text(visible(found.name), "bold").append(
        f" · {visible(found.entity)}/{visible(found.project)} · {ACTIONS[found.action]}", "not bold"
    )
    lines = [head, *changes_text(found.changes, found.conflicts)]
    if not found.differs:
        lines.append(Text("Nothing differs.", "green"))
    return Group(*lines)


def changes_text(changes: Sequence[Change], conflicts: Sequence[Conflict]) -> list[Text]:
    """Changes by their sections, then conflicts, then how many there are of each kind."""
    lines = list(_lines(told(changes, conflicts)))
    if said := counted(changes, conflicts):
        lines.append(Text(said))
    return lines


def conflicts_text(conflicts: Sequence[Conflict]) -> list[Text]:
    """What both people and the layout changed, and which side is taken."""
    return list(_lines(conflicts_told(conflicts)))


def _lines(lines: Iterator[Told]) -> Iterator[Text]:
    for one in lines:
        sign, style = f"{_SIGNS[one.action]} ", _STYLES[one.action]
        if one.depth == 0:
            heading = "bold magenta" if one.action == "conflict" else "bold"
            own = heading if one.action == "conflict" else style
            yield Text.assemble((sign, own), (one.text, heading))
            continue
        line = Text(f"    {sign}", style)
        line.append(one.text, "default" if one.action in ("kept", "conflict") else style)
        if one.detail:
            line.append(f"  {one.detail}", "dim")
        yield line
