"""`Draft`: a layout in the making, which the notebook's editor changes step by step.

It keeps what was laid out and how, and what was changed by hand since, so that another budget lays
out anew and keeps the changes, and so that all of it can be written as code.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

import pandas as pd

from wslayout.api import plan
from wslayout.errors import SpecError, WslayoutError
from wslayout.inventory import Inventory
from wslayout.layout import Budgets, Layout
from wslayout.metrics import Metrics
from wslayout.read_api import read
from wslayout.sources import Given
from wslayout.steps import CHANGES, Step, in_place_of
from wslayout.view_api import refuse_options

FOUND: Final = 50
"""Most metrics that a search gives."""

UNDONE: Final = 100
"""Most changes that can be undone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric that a search found.

    Attributes:
        key: Its key.
        kind: Its kind.
        shown: Whether a panel draws it.
        where: The section of the panel that draws it or stands for it; "" for none.
    """

    key: str
    kind: str
    shown: bool
    where: str


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A layout in the making; each change gives another draft.

    Attributes:
        layout: As it is now.
        metrics: What it is laid out from.
        options: How, as `wslayout.plan` takes it.
        wanted: What was changed by hand since.
        steps: What of it the layout has: a panel that was moved may be gone with a smaller budget.
        began: The finished layout that it began with; None once it was laid out anew.
        source: What the inventory was read from, as `wslayout.read` takes it; "": it was given.
        forgot: Whether the layout that it began with was another one than these keys and options
            give: it was changed by hand, or planned in a way that is not known.
        beneath: The layout that the last step was made on; None where another step can't take its
            place.
        past: The drafts before the last changes, each without its own past.
    """

    layout: Layout
    metrics: Metrics
    options: Mapping[str, Any] = field(default_factory=dict)
    wanted: tuple[Step, ...] = ()
    steps: tuple[Step, ...] = ()
    began: Layout | None = None
    source: str = ""
    forgot: bool = False
    beneath: Layout | None = None
    past: tuple[Draft, ...] = ()

    @classmethod
    def begin(cls, source: Layout | Given, **options: Any) -> Draft:
        """Begin with a finished layout, or with the keys of a source.

        Args:
            source: A `Layout`, or what `wslayout.plan` takes. The keys of a layout are read again
                from its source, if that is still there; else they are those that it knows.
            **options: What `wslayout.plan` takes, for a source.

        Raises:
            TypeError: A finished layout takes no options.
            WslayoutError: Whatever `read` and `plan` raise.
        """
        if isinstance(source, Layout):
            refuse_options(options)
            inventory, named = _keys_of(source)
            told = {"name": source.name, "x_axis": source.x_axis}
            options = dict(source.options) or {
                name: value for name, value in told.items() if value is not None
            }
            return cls(
                layout=source,
                metrics=Metrics(inventory),
                options=options,
                source=named,
                began=source,
            )
        inventory = read(source)
        if "template" in options:
            options["template"] = os.fspath(options["template"])
        named = os.fspath(source) if isinstance(source, (str, os.PathLike)) else ""
        layout = plan(inventory, **options)
        return cls(layout=layout, metrics=Metrics(inventory), options=options, source=named)

    @property
    def inventory(self) -> Inventory:
        """What it is laid out from."""
        return self.metrics.inventory

    def changed(self, method: str, *given: Any, **named: Any) -> Draft:
        """The draft after a change by hand.

        Raises:
            SpecError: It can't be made.
        """
        if method not in CHANGES:
            raise SpecError(f"a layout can't be changed by {method!r}")
        if method == "show" and given and given[0] not in self.metrics.kinds:
            raise SpecError(f"there is no metric {given[0]!r} that W&B draws")
        step = Step(method, tuple(self._readable(method, given)), self._readable_names(named))
        layout = step.apply(self.layout)
        if self.beneath is not None:
            both = in_place_of(self.steps[-1], step, self.beneath, self.layout, layout)
            if both is not None:
                return self._next(
                    layout=layout,
                    wanted=(*self.wanted[:-1], both),
                    steps=(*self.steps[:-1], both),
                )
        return self._next(
            layout=layout,
            wanted=(*self.wanted, step),
            steps=(*self.steps, step),
            beneath=self.layout,
        )

    def _next(self, **changes: Any) -> Draft:
        """The draft after a change, which can be undone."""
        past = (*self.past, replace(self, past=()))[-UNDONE:]
        return replace(self, past=past, **changes)

    def planned(self, **options: Any) -> Draft:
        """The draft laid out anew with other options; the changes by hand are made again.

        Raises:
            WslayoutError: Whatever `plan` raises.
        """
        asked = {**self.options, **options}
        asked = {name: value for name, value in asked.items() if value is not None}
        layout = plan(self.inventory, **asked)
        forgot = self.forgot if self.began is None else not self._is_as_planned(self.began)
        kept: list[Step] = []
        beneath = None
        for step in self.wanted:
            changed = step.if_possible(layout)
            beneath = None if changed is None else layout
            if changed is not None:
                layout = changed
                kept.append(step)
        return self._next(
            layout=layout,
            options=asked,
            steps=tuple(kept),
            began=None,
            forgot=forgot,
            beneath=beneath,
        )

    def _is_as_planned(self, layout: Layout) -> bool:
        try:
            return plan(self.inventory, **self.options).sections == layout.sections
        except WslayoutError:  # such as a template that is gone
            return False

    @property
    def lost(self) -> tuple[Step, ...]:
        """The changes that the layout has not."""
        return tuple(step for step in self.wanted if step not in self.steps)

    def undone(self) -> Draft:
        """The draft before the last change; the same where there was none."""
        return replace(self.past[-1], past=self.past[:-1]) if self.past else self

    def code(self) -> str:
        """What was done, as Python."""
        if self.began is not None:
            first = "# `layout` is the one that the editor was given."
            begin = "layout"
        else:
            first = "import wslayout as wsl\n"
            if not self.source:
                first += "\n# `inventory` holds the keys that the editor was given."
            words = [repr(self.source) if self.source else "inventory"]
            words += [f"{name}={_code_of(value)}" for name, value in self.options.items()]
            begin = f"wsl.plan({', '.join(words)})"
        if not self.steps:
            return f"{first}\nlayout = {begin}\n"
        steps = "".join(f"    {step}\n" for step in self.steps)
        return f"{first}\nlayout = (\n    {begin}\n{steps})\n"

    def found(
        self, text: str, most: int = FOUND, *, keep: Sequence[str] = ()
    ) -> tuple[list[Metric], int]:
        """The metrics whose keys hold all words of a text, and how many there are in all.

        Args:
            text: Words; upper and lower case are alike.
            most: Of how many more is told.
            keep: Keys that come first, in this order.
        """
        keys = self.metrics.named(text)
        places = {key: place for place, key in enumerate(keep)}
        last = len(places)
        keys.sort(key=lambda key: (places.get(key, last), key not in self._drawn, len(key), key))
        return [
            Metric(
                key=key,
                kind=self.metrics.kinds[key],
                shown=key in self._drawn,
                where=self._drawn.get(key) or self._represented.get(key, ""),
            )
            for key in keys[:most]
        ], len(keys)

    @cached_property
    def _drawn(self) -> Mapping[str, str]:
        return {
            key: section.name
            for section in self.layout.sections
            for panel in section.panels
            for key in panel.keys
        }

    @cached_property
    def _represented(self) -> Mapping[str, str]:
        return {
            key: section.name
            for section in self.layout.sections
            for panel in section.panels
            for key in panel.represented
        }

    def _readable(self, method: str, given: tuple[Any, ...]) -> list[Any]:
        """Ids as the names that people gave, where these mean one thing alone."""
        if not given or not isinstance(given[0], str):
            return list(given)
        if method in ("move", "remove", "rename"):
            titles = [panel.title for panel in self.layout.panels]
            own = {panel.id: panel.title for panel in self.layout.panels}
            title = own.get(given[0], given[0])
            return [title if titles.count(title) == 1 else given[0], *given[1:]]
        if method in ("move_section", "open_section", "remove_section", "rename_section"):
            return [self._section(given[0]), *given[1:]]
        return list(given)

    def _readable_names(self, named: Mapping[str, Any]) -> dict[str, Any]:
        to = named.get("to")
        return {**named, "to": self._section(to)} if isinstance(to, str) else dict(named)

    def _section(self, section: str) -> str:
        names = [one.name for one in self.layout.sections]
        own = {one.id: one.name for one in self.layout.sections}
        name = own.get(section, section)
        return name if names.count(name) == 1 else section


def _code_of(value: object) -> str:
    return f"wsl.{value!r}" if isinstance(value, Budgets) else repr(value)


def _keys_of(layout: Layout) -> tuple[Inventory, str]:
    """The keys of a layout: of its source, which is told, if it can be read; else what it knows."""
    try:
        return read(layout.source), layout.source
    except WslayoutError:
        kinds = {"media": "image", "table": "table"}
        keys = {
            key: kinds.get(panel.kind, "number")
            for panel in layout.panels
            for key in (*panel.keys, *panel.represented)
        }
        for left in layout.left_out:
            keys |= dict.fromkeys(left.keys, "number" if left.chartable else "unknown")
        frame = pd.DataFrame({"key": list(keys), "kind": list(keys.values())})
        return Inventory.from_frame(frame), ""
