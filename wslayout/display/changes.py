"""What saving a layout would change, in lines of words: section by section, then what stays."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from wslayout.display.words import plural, shorten, visible
from wslayout.publish.merging import Change, Conflict, FieldChange

_OF_VIEW: Final = "The view"

_WORDS: Final = {
    "config.chartTitle": "title",
    "config.metrics": "metrics",
    "config.mediaKeys": "media",
    "config.xAxis": "x-axis",
    "name": "heading",
    "isOpen": "open",
    "pinned": "pinned",
    "viewType": "type",
    "flowConfig.columnsPerPage": "columns",
    "flowConfig.rowsPerPage": "rows",
    "layout.w": "width",
    "layout.h": "height",
    "localPanelSettings.xAxis": "x-axis",
    "section.settings.xAxis": "x-axis",
    "section.settings.maxRuns": "most runs of a plot",
    "section.settings.smoothingType": "smoothing",
    "section.settings.smoothingWeight": "strength of the smoothing",
    "section.settings.shouldAutoGeneratePanels": "automatic mode",
    "section.workspaceSettings.shouldAutoGeneratePanels": "automatic mode",
    "section.runSets.0.filters": "filters of the runs",
    "section.runSets.0.grouping": "groups of the runs",
    "section.runSets.0.sort": "order of the runs",
    "section.runSets.0.search": "search of the runs",
    "section.runSets.0.selections": "hidden runs",
}
"""What people call fields of a view spec; the others are shown by their paths."""

_LONGEST: Final = 48
_LISTED: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A line.

    Attributes:
        action: "added", "removed", "changed", "moved", "kept", "conflict", or "" for the heading
            of a section that itself stays as it is.
        depth: 0 for a heading, 1 for what stands below it.
        text: What it is about.
        detail: What of it, and why.
    """

    action: str
    depth: int
    text: str
    detail: str = ""


def told(changes: Sequence[Change], conflicts: Sequence[Conflict]) -> Iterator[Told]:
    """Changes by their sections, then conflicts."""
    by_section: dict[str, list[Told]] = defaultdict(list)
    headings: dict[str, str] = {}
    for change in changes:
        section = _section_of(change)
        if change.thing == "section" and change.action in ("added", "removed"):
            headings[section] = change.action
            by_section.setdefault(section, [])
        else:
            by_section[section].append(_change(change))
    for section, lines in by_section.items():
        yield Told(action=headings.get(section, ""), depth=0, text=visible(section))
        yield from lines
    yield from conflicts_told(conflicts)


def conflicts_told(conflicts: Sequence[Conflict]) -> Iterator[Told]:
    """What both people and the layout changed, and which side is taken."""
    if conflicts:
        yield Told(action="conflict", depth=0, text="Conflicts")
        yield from map(_conflict, conflicts)


def counted(changes: Iterable[Change], conflicts: Sequence[Conflict]) -> str:
    """How many changes there are of each kind, as a sentence; "" where there are none."""
    counts = _count(changes)
    said = [
        f"{counts[action]:,} {action}"
        for action in ("added", "removed", "changed", "moved")
        if counts.get(action)
    ]
    text = ", ".join(said)
    if kept := counts.get("kept"):
        text += f"{'; ' if text else ''}{kept:,} as people left {'it' if kept == 1 else 'them'}"
    if conflicts:
        text += f"{'; ' if text else ''}{plural(len(conflicts), 'conflict')}"
    return text[:1].upper() + text[1:] + "." if text else ""


def _section_of(change: Change) -> str:
    if change.thing == "settings":
        return _OF_VIEW
    return change.name if change.thing == "section" else change.section


def _change(change: Change) -> Told:
    name = visible(change.name) if change.thing == "panel" else ""
    if not name:
        name = "the section" if change.thing == "section" else "settings"
    return Told(action=change.action, depth=1, text=name, detail="; ".join(_details(change)))


def _details(change: Change) -> Iterator[str]:
    if change.action == "moved":
        yield f"from {visible(change.origin)}"
    if change.reason:
        yield visible(change.reason)
    kept = change.action == "kept"
    for one in change.fields:
        yield _field(one, kept=kept)


def _field(one: FieldChange, *, kept: bool) -> str:
    word = _word(one.field)
    if kept:
        return f"{word} {_value(one.live)}, in the layout {_value(one.new)}"
    if isinstance(one.live, list) and isinstance(one.new, list) and "order" not in one.field:
        return f"{word} {_list_change(one.live, one.new)}"
    return f"{word} {_value(one.live)} → {_value(one.new)}"


def _list_change(live: Sequence[Any], new: Sequence[Any]) -> str:
    added = [item for item in new if item not in live]
    removed = [item for item in live if item not in new]
    if not added and not removed:
        return "in another order"
    parts = [f"+ {_few(added)}"] if added else []
    parts += [f"- {_few(removed)}"] if removed else []
    return " ".join(parts)


def _few(items: Sequence[Any]) -> str:
    shown = ", ".join(_value(item) for item in items[:_LISTED])
    more = len(items) - _LISTED
    return shown if more <= 0 else f"{shown} and {more:,} more"


def _conflict(conflict: Conflict) -> Told:
    thing = f"the {conflict.thing} {conflict.name!r}" if conflict.name else "the view"
    where = f" in {conflict.section!r}" if conflict.section else ""
    live, new = _value(conflict.live), _value(conflict.new)
    ends = "the view's stays" if conflict.taken == "live" else "the layout's is taken"
    text = (
        f"{thing}{where}, {_word(conflict.what)}: in the view {live}, in the layout {new}; {ends}"
    )
    return Told(action="conflict", depth=1, text=visible(text))


def _word(field: str) -> str:
    return _WORDS.get(field, field)


def _value(value: Any) -> str:
    """A value in few characters."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return _few(value) if value else "none"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return visible(shorten(text, _LONGEST))


def _count(changes: Iterable[Change]) -> Mapping[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for change in changes:
        counts[change.action] += 1
    return counts
