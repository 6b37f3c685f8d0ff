"""Collects what a merge has to tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from wslayout.publish.merging.changes import Action, Change, Conflict, FieldChange, Thing
from wslayout.publish.merging.fields import Outcome
from wslayout.publish.merging.parts import PanelPart
from wslayout.wandb_api.rawspec import mapping, panel_title

BY_HAND: Final = "edited by hand"
ADDED_BY_HAND: Final = "added by hand"
DROPPED: Final = "no longer in the layout"
REORDERED: Final = "ordered by hand"
NOT_KNOWN: Final = "it is not known who changed it"
WHETHER: Final = "whether it stays"


class Report:
    """The changes and conflicts of one merge, in the order in which they were found.

    Args:
        headings: The heading of each section after the merge, by its id.
        theirs: Whether the new layout wins conflicts.
        known: Whether it is known what wslayout last wrote.
    """

    def __init__(self, headings: Mapping[str, str], *, theirs: bool, known: bool) -> None:
        self._headings = headings
        self._edited = BY_HAND if known else NOT_KNOWN
        self._taken: Any = "new" if theirs else "live"
        self.changes: list[Change] = []
        self.conflicts: list[Conflict] = []

    def heading(self, section: str) -> str:
        """What a section is called."""
        return self._headings.get(section, "")

    def panel(
        self,
        action: Action,
        panel: PanelPart,
        section: str,
        *,
        origin: str = "",
        reason: str = "",
        fields: Sequence[FieldChange] = (),
    ) -> None:
        """A change of a panel; sections are given by their ids."""
        self.changes.append(
            Change(
                action=action,
                thing="panel",
                name=panel_title(mapping(panel.raw)),
                id=panel.id,
                section=self.heading(section),
                origin=self.heading(origin),
                fields=tuple(fields),
                reason=reason,
            )
        )

    def section(
        self,
        action: Action,
        section: str,
        *,
        reason: str = "",
        fields: Sequence[FieldChange] = (),
    ) -> None:
        """A change of a section."""
        self.changes.append(
            Change(
                action=action,
                thing="section",
                name=self.heading(section),
                id=section,
                fields=tuple(fields),
                reason=reason,
            )
        )

    def view(
        self, action: Action, fields: Sequence[FieldChange], *, reason: str | None = None
    ) -> None:
        """A change of the view itself."""
        said = self._reason(action) if reason is None else reason
        self.changes.append(
            Change(action=action, thing="settings", fields=tuple(fields), reason=said)
        )

    def panel_conflict(
        self, panel: PanelPart, section: str, what: str, live: Any, new: Any
    ) -> None:
        """What people and the new layout did to one panel."""
        name, heading = panel_title(mapping(panel.raw)), self.heading(section)
        self._conflict("panel", what, live, new, name=name, id=panel.id, section=heading)

    def section_conflict(self, section: str, what: str, live: Any, new: Any) -> None:
        """What people and the new layout did to one section."""
        name = self.heading(section)
        self._conflict("section", what, live, new, name=name, id=section)

    def view_conflict(self, what: str, live: Any, new: Any) -> None:
        """What people and the new layout did to the view itself."""
        self._conflict("settings", what, live, new)

    def _conflict(self, thing: Thing, what: str, live: Any, new: Any, **named: str) -> None:
        self.conflicts.append(
            Conflict(thing=thing, what=what, live=live, new=new, taken=self._taken, **named)
        )

    def panel_fields(self, panel: PanelPart, section: str, outcomes: Iterable[Outcome]) -> None:
        """What became of a panel's fields."""
        for action, fields in _by_action(outcomes):
            self.panel(action, panel, section, fields=fields, reason=self._reason(action))
        for one in _conflicts(outcomes):
            self.panel_conflict(panel, section, _path(one), one.live, one.new)

    def section_fields(self, section: str, outcomes: Iterable[Outcome]) -> None:
        """What became of a section's fields."""
        for action, fields in _by_action(outcomes):
            self.section(action, section, fields=fields, reason=self._reason(action))
        for one in _conflicts(outcomes):
            self.section_conflict(section, _path(one), one.live, one.new)

    def order(
        self, action: Action, change: FieldChange, section: str = "", *, conflict: bool
    ) -> None:
        """An order that changes, or that stays as people made it.

        Args:
            action: "changed" or "kept".
            change: Both orders.
            section: The section whose panels it is about; "" for that of the sections.
            conflict: Whether the layout changed it, too.
        """
        reason = REORDERED if action == "kept" else ""
        if conflict and section:
            self.section_conflict(section, change.field, change.live, change.new)
        elif conflict:
            self.view_conflict(change.field, change.live, change.new)
        elif section:
            self.section(action, section, fields=(change,), reason=reason)
        else:
            self.view(action, (change,), reason=reason)

    def settings(self, outcomes: Sequence[Outcome]) -> None:
        """What became of the fields of the view itself."""
        for action, fields in _by_action(outcomes):
            self.view(action, fields)
        for one in _conflicts(outcomes):
            self.view_conflict(_path(one), one.live, one.new)

    def _reason(self, action: Action) -> str:
        return self._edited if action == "kept" else ""


def _by_action(outcomes: Iterable[Outcome]) -> list[tuple[Action, tuple[FieldChange, ...]]]:
    found: dict[Action, tuple[FieldChange, ...]] = {}
    actions: Mapping[str, Action] = {"follows": "changed", "kept": "kept"}
    for one in outcomes:
        if one.status in actions:
            change = FieldChange(field=_path(one), live=one.live, new=one.new)
            action = actions[one.status]
            found[action] = (*found.get(action, ()), change)
    return list(found.items())


def _conflicts(outcomes: Iterable[Outcome]) -> list[Outcome]:
    return [one for one in outcomes if one.status == "conflict"]


def _path(outcome: Outcome) -> str:
    return ".".join(outcome.path)
