"""What a merge says of what it did: values that a terminal, a page or a script can show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Action = Literal["added", "removed", "changed", "moved", "kept"]

Thing = Literal["section", "panel", "settings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field that two sides see differently.

    Attributes:
        field: Its path in the view spec, below the section or panel: ``config.metrics``.
        live: What the view holds; None where it holds nothing.
        new: What the new layout says, likewise.
    """

    field: str
    live: Any = None
    new: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that the new layout changes in a view, or that stays as people left it.

    Attributes:
        action: "added", "removed", "changed" and "moved" are what the write does; "kept" is what
            the new layout sees otherwise, and people's hands decided.
        thing: "section", "panel", or "settings" of the view.
        name: The heading or title; "" for settings.
        id: Its id in the view spec, "" for settings.
        section: The heading of the section that a panel stands in afterwards (before, where it is
            removed).
        origin: Of a moved panel, the heading of the section that it stood in.
        fields: What differs.
        reason: Why it stays as it is, or what happens, in words; "" where that is plain.
    """

    action: Action
    thing: Thing
    name: str = ""
    id: str = ""
    section: str = ""
    origin: str = ""
    fields: tuple[FieldChange, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """What both people and the new layout changed.

    Attributes:
        thing: "section", "panel", or "settings" of the view.
        name: The heading or title; "" for settings.
        id: Its id in the view spec, "" for settings.
        section: The heading of the section that a panel stands in.
        what: What is at stake, in words: "its title", "its place", "whether it stays".
        live: What people made of it.
        new: What the new layout makes of it.
        taken: "live" or "new": which one the view holds afterwards.
    """

    thing: Thing
    name: str = ""
    id: str = ""
    section: str = ""
    what: str
    live: Any = None
    new: Any = None
    taken: Literal["live", "new"] = "live"
