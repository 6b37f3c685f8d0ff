"""`Difference`: what saving a layout would change in a view."""

from __future__ import annotations

from dataclasses import dataclass

from wslayout.publish.merging import Change, Conflict
from wslayout.publish.plan import Action, Planned
from wslayout.shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference(Shown):
    """What saving a layout would change in a view.

    Attributes:
        action: "create" the view, "update" it, or "keep" it as it is.
        name: The view's display name.
        entity: The team or user that owns the project.
        project: The project.
        view_id: The view's id in URLs.
        url: Where the view opens in a browser.
        differs: Whether the view would show something else, or there are conflicts.
        changes: What would change, and what stays as people left it.
        conflicts: What both people and the layout changed.
        notes: Sentences worth telling the user.
    """

    action: Action
    name: str
    entity: str
    project: str
    view_id: str
    url: str
    differs: bool
    changes: tuple[Change, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[str, ...] = ()


def difference(planned: Planned) -> Difference:
    """What is planned, as a value to show."""
    return Difference(
        action=planned.action,
        name=planned.name,
        entity=planned.target.entity,
        project=planned.target.project,
        view_id=planned.target.view_id,
        url=planned.target.url,
        differs=planned.differs,
        changes=planned.merged.changes,
        conflicts=planned.merged.conflicts,
        notes=planned.notes,
    )
