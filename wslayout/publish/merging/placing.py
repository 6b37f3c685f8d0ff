"""In which section each panel stands after a merge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from wslayout.layout import is_stable_id
from wslayout.publish.merging.fields import Outcome
from wslayout.publish.merging.parts import PanelPart
from wslayout.publish.merging.report import ADDED_BY_HAND, BY_HAND, DROPPED, WHETHER, Report
from wslayout.publish.merging.sides import Sides
from wslayout.wandb_api.rawspec import fingerprint, mapping, panel_keys

PLACE: Final = "its section"


class Places(NamedTuple):
    """Where panels stand after a merge.

    Attributes:
        sections: The section of each panel that stays or is added, by ids; all others are gone.
        outcomes: What became of those whose place is, or was before, in conflict.
        covered: Ids of panels that are not added, for the view has such a panel.
    """

    sections: dict[str, str]
    outcomes: dict[str, Outcome]
    covered: frozenset[str]


def places(sides: Sides, report: Report) -> Places:
    """Where the panels stand.

    Args:
        sides: What is merged.
        report: Told of each panel that is added, moved or removed, or does not follow the layout.
    """
    result: dict[str, str] = {}
    outcomes: dict[str, Outcome] = {}
    covered: set[str] = set()
    others = [
        (panel, _fate(panel, sides))
        for panel in sides.live.panels
        if panel.id not in sides.new_panels
    ]
    drawn = {_content(panel) for panel, fate in others if _stays(fate, sides)}
    for section in sides.new.sections:
        for panel in section.panels:
            if panel.id in sides.live_panels:
                place = _place_of(panel, section.id, sides, report)
                result[panel.id] = place.section
                if place.status is not None:
                    outcomes[panel.id] = Outcome((PLACE,), None, None, place.status)
            elif panel.id in sides.deleted:
                report.panel("kept", panel, section.id, reason="taken away by hand")
            elif not sides.is_there(section.id):
                reason = "its section was taken away by hand"
                report.panel("kept", panel, section.id, reason=reason)
            elif sides.is_covered(panel.id) and _content(panel) in drawn:
                covered.add(panel.id)
                report.panel("kept", panel, section.id, reason="the view has such a panel")
            else:
                result[panel.id] = section.id
                report.panel("added", panel, section.id)
    for panel, fate in others:
        home = sides.home[panel.id]
        _tell(panel, fate, home, report)
        if _stays(fate, sides):
            result[panel.id] = home
    return Places(result, outcomes, frozenset(covered))


class _Place(NamedTuple):
    """The section of a panel, and what became of a conflict about it."""

    section: str
    status: Literal["conflict", "kept"] | None = None


def _place_of(panel: PanelPart, wanted: str, sides: Sides, report: Report) -> _Place:
    """The section of a panel that both the view and the new layout have."""
    home = sides.home[panel.id]
    if home == wanted:
        return _Place(home)
    written = sides.written.panels.get(panel.id)
    by_people = written is not None and sides.was_moved(panel.id)
    in_layout = f"the layout has it in {report.heading(wanted)!r}"
    if not sides.is_there(wanted):
        report.panel("kept", panel, home, reason=in_layout)
        return _Place(home)
    status: Literal["conflict", "kept"] | None = None
    if by_people and written is not None and written.section != wanted:
        report.panel_conflict(panel, home, PLACE, report.heading(home), report.heading(wanted))
        follows, status = sides.theirs, "conflict"
    elif by_people:
        status = "kept" if (PLACE,) in sides.disputed(panel.id) else None
        follows = sides.theirs and status is not None
        if not follows:
            report.panel("kept", panel, home, reason=f"moved by hand; {in_layout}")
    elif written is None:  # not known who put it there
        follows = sides.theirs
    else:
        follows = home not in sides.held
    if follows:
        report.panel("moved", panel, wanted, origin=home)
        return _Place(wanted)
    if not by_people:
        report.panel("kept", panel, home, reason=in_layout)
    return _Place(home, status)


_GONE: Final = "removed"
_DISPUTED: Final = "in conflict"


def _fate(panel: PanelPart, sides: Sides) -> str:
    """What becomes of a panel that the layout has not: `_GONE`, `_DISPUTED`, or why it stays."""
    if panel.id not in sides.written.panels:
        if sides.base is not None or not is_stable_id(panel.id):
            return ADDED_BY_HAND
        return _GONE if sides.theirs else DROPPED
    if not sides.was_edited(panel.id):
        return _GONE
    again = panel.id in sides.written.kept and not sides.theirs
    return BY_HAND if again else _DISPUTED


def _stays(fate: str, sides: Sides) -> bool:
    """Whether a panel that the new layout has not stays in the view."""
    return fate != _GONE and not (fate == _DISPUTED and sides.theirs)


def _tell(panel: PanelPart, fate: str, home: str, report: Report) -> None:
    """Tell what becomes of a panel that the new layout has not."""
    if fate == _DISPUTED:
        report.panel_conflict(panel, home, WHETHER, BY_HAND, DROPPED)
    elif fate == _GONE:
        report.panel("removed", panel, home)
    else:
        report.panel("kept", panel, home, reason=fate)


def _content(panel: PanelPart) -> tuple[object, ...]:
    """What tells whether two panels draw the same metrics in the same way; its id, if none."""
    raw: Mapping[str, object] = mapping(panel.raw)
    keys = panel_keys(raw)
    return (fingerprint(raw.get("viewType")), *sorted(keys)) if keys else (panel.id,)
