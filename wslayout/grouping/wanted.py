"""What a template asks of a layout, in terms of the keys that there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from wslayout.layout import Panel


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedSection:
    """A section of a template.

    Attributes:
        name: Its heading.
        keys: The keys that its matchers take; those of several sections are disjoint.
        panels: Panels that it has in any case, first.
        reason: What takes its keys, in words.
        is_open: Whether it starts unfolded; None: by the budget.
        pinned: Whether it stays above all others.
        columns: Panels side by side; None: as many as fit.
        rows: Rows of panels; None: as many as are needed.
        priority: Where budgets are short, sections with more of it stay.
        max_panels: Most panels that its keys make.
        by_regex: Whether a family too large for a panel is drawn by a pattern.
        after_rest: Whether it stands after what no section takes.
        settings: Its settings by their names in templates.
        verbatim: Fields of the view spec to write as they are.
    """

    name: str
    keys: frozenset[str] = frozenset()
    panels: tuple[Panel, ...] = ()
    reason: str = ""
    is_open: bool | None = None
    pinned: bool = False
    columns: int | None = None
    rows: int | None = None
    priority: int = 0
    max_panels: int | None = None
    by_regex: bool = False
    after_rest: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    verbatim: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a template asks for.

    Attributes:
        sections: Its sections, in order.
        rest: What becomes of keys that none of them takes: sections by themselves, no panels,
            or one section.
        rest_name: What that one is called.
    """

    sections: tuple[WantedSection, ...] = ()
    rest: Literal["auto", "drop", "section"] = "auto"
    rest_name: str = ""
