"""`Step`: a change of a layout by hand, as data; two that one can stand for become one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias, get_args

from wslayout.errors import SpecError
from wslayout.layout import Layout

Rearranging: TypeAlias = Literal[
    "add_section",
    "move",
    "move_section",
    "open_section",
    "remove",
    "remove_section",
    "rename",
    "rename_section",
]
"""The methods of `Layout` that change sections and panels, and not which metrics are drawn."""

CHANGES: Final = frozenset({*get_args(Rearranging), "hide", "show"})
"""All methods of `Layout` that give another layout."""


@dataclass(frozen=True, slots=True)
class Step:
    """A change by hand: a method of `Layout`, and what it was given."""

    method: str
    given: tuple[Any, ...] = ()
    named: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """The step as code."""
        words = [
            *map(repr, self.given),
            *(f"{name}={value!r}" for name, value in self.named.items()),
        ]
        return f".{self.method}({', '.join(words)})"

    def apply(self, layout: Layout) -> Layout:
        """The layout with the change.

        Raises:
            SpecError: It can't be made.
        """
        changed: Layout = getattr(layout, self.method)(*self.given, **self.named)
        return changed

    def if_possible(self, layout: Layout) -> Layout | None:
        """The layout with the change; None where it can't be made."""
        try:
            return self.apply(layout)
        except SpecError:
            return None

    def then(self, other: Step) -> Step:
        """The other step in the place of both, which may do what they do one after the other."""
        to = {name: value for name, value in self.named.items() if name == "to"}
        return Step(other.method, (*self.given[:1], *other.given[1:]), {**to, **other.named})


def in_place_of(
    first: Step, second: Step, before: Layout, between: Layout, after: Layout
) -> Step | None:
    """One step that stands for two; None where there is none.

    Args:
        first: A step.
        second: The next one.
        before: The layout before both.
        between: The layout that the first gave.
        after: The layout that the second gave.
    """
    find = _FIND.get(second.method)
    if find is None or first.method != second.method or not (first.given and second.given):
        return None
    if find(before, first.given[0]) != find(between, second.given[0]):
        return None
    both = first.then(second)
    return both if both.if_possible(before) == after else None


def _panel(layout: Layout, panel: str) -> str:
    return layout.find_panel(panel)[1].id


def _section(layout: Layout, section: str) -> str:
    return layout.find_section(section).id


_FIND: Final[Mapping[str, Callable[[Layout, str], str]]] = {
    "move": _panel,
    "move_section": _section,
    "open_section": _section,
    "rename": _panel,
    "rename_section": _section,
}
"""What finds the id of what a step changes, where a later step may take its place."""
