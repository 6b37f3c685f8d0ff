"""In which section each panel stands after a merge."""

from __future__ import annotations

from collections.abc import Mapping

from wslayout.layout import is_stable_id
from wslayout.publish.merging.parts import PanelPart
from wslayout.publish.merging.report import ADDED_BY_HAND, BY_HAND, DROPPED, WHETHER, Report
from wslayout.publish.merging.sides import Sides
from wslayout.wandb_api.rawspec import mapping, panel_keys


def places(sides: Sides, report: Report) -> dict[str, str]:
    """The section of each panel that stays or is added, by ids; all others are gone.

    Args:
        sides: What is merged.
        report: Told of each panel that is added, moved or removed, or does not follow the layout.
    """
    result: dict[str, str] = {}
    drawn = {_content(panel) for panel in sides.live.panels if panel.id not in sides.new_panels}
    for section in sides.new.sections:
        for panel in section.panels:
            if panel.id in sides.live_panels:
                result[panel.id] = _place_of(panel, section.id, sides, report)
            elif panel.id in sides.deleted:
                report.panel("kept", panel, section.id, reason="taken away by hand")
            elif not sides.is_there(section.id):
                reason = "its section was taken away by hand"
                report.panel("kept", panel, section.id, reason=reason)
            elif sides.base is None and _content(panel) in drawn:
                report.panel("kept", panel, section.id, reason="the view has such a panel")
            else:
                result[panel.id] = section.id
                report.panel("added", panel, section.id)
    for panel in sides.live.panels:
        if panel.id not in sides.new_panels and _stays(panel, sides, report):
            result[panel.id] = sides.home[panel.id]
    return result


def _place_of(panel: PanelPart, wanted: str, sides: Sides, report: Report) -> str:
    """The section of a panel that both the view and the new layout have."""
    home = sides.home[panel.id]
    if home == wanted:
        return home
    written = sides.written.all_panels.get(panel.id)
    by_people = written is not None and sides.was_moved(panel.id)
    in_layout = f"the layout has it in {report.heading(wanted)!r}"
    if not sides.is_there(wanted):
        report.panel("kept", panel, home, reason=in_layout)
        return home
    if by_people and written is not None and written.section != wanted:
        report.panel_conflict(
            panel, home, "its section", report.heading(home), report.heading(wanted)
        )
        follows = sides.theirs
    elif by_people:
        report.panel("kept", panel, home, reason=f"moved by hand; {in_layout}")
        follows = False
    elif written is None:  # not known who put it there
        follows = sides.theirs
    else:
        follows = home not in sides.held
    if follows:
        report.panel("moved", panel, wanted, origin=home)
        return wanted
    if not by_people:
        report.panel("kept", panel, home, reason=in_layout)
    return home


def _stays(panel: PanelPart, sides: Sides, report: Report) -> bool:
    """Whether a panel that the new layout has not stays in the view."""
    home = sides.home[panel.id]
    if panel.id not in sides.written.all_panels:
        ours = sides.base is None and is_stable_id(panel.id)
        if ours and sides.theirs:
            report.panel("removed", panel, home)
            return False
        report.panel("kept", panel, home, reason=DROPPED if ours else ADDED_BY_HAND)
        return True
    if not sides.was_edited(panel.id):
        report.panel("removed", panel, home)
        return False
    if panel.id in sides.written.kept_panels and not sides.theirs:
        report.panel("kept", panel, home, reason=BY_HAND)
        return True
    report.panel_conflict(panel, home, WHETHER, BY_HAND, DROPPED)
    return not sides.theirs


def _content(panel: PanelPart) -> tuple[object, ...]:
    """What tells whether two panels draw the same metrics in the same way; its id, if none."""
    raw: Mapping[str, object] = mapping(panel.raw)
    keys = panel_keys(raw)
    return (raw.get("viewType"), *sorted(keys)) if keys else (panel.id,)
