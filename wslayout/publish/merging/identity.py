"""Which panel of the new layout goes on from which that was written before.

A panel's id says which family of metrics it draws. When `val/loss` joins `train/loss`, the family
is another one, but for people the panel is still the same: it keeps the id that it has in the view,
and with it what they edited there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from wslayout.publish.merging.base import Base, leads_of
from wslayout.publish.merging.parts import PanelPart, Parts
from wslayout.wandb_api.rawspec import mapping, panel_keys


def continued(base: Base | None, live: Parts, new: Parts) -> Parts:
    """The new layout with the ids of the panels that its own go on from.

    A panel whose id is new goes on from one that the layout no longer has: of those in the view
    that draw some of its metrics in a panel of the same type the one with most of them in common,
    else one that people took away and whose first metric it draws.

    Args:
        base: What wslayout last wrote; None: not known.
        live: What the view holds.
        new: The new layout.
    """
    if base is None:
        return new
    wanted = {panel.id for panel in new.panels}
    there = {panel.id: panel for panel in live.panels}
    before = {name: lead for name, lead in base.leads.items() if name not in wanted}
    gone = {name: lead for name, lead in before.items() if lead and name not in there}
    left = [there[name] for name in before if name in there]
    fresh = [one for one in new.panels if one.id not in base.leads and one.id not in there]
    renamed = _of_live(left, fresh)
    for panel in fresh:
        leads = set(leads_of(mapping(panel.raw)))
        same = next((name for name, lead in gone.items() if lead in leads), None)
        if same is not None and panel.id not in renamed:
            renamed[panel.id] = same
            del gone[same]
    return _with_ids(new, renamed) if renamed else new


def _of_live(left: list[PanelPart], fresh: list[PanelPart]) -> dict[str, str]:
    """For new panels the ids of those in the view that they go on from."""
    pairs: list[tuple[float, int, int]] = []
    for place, panel in enumerate(fresh):
        keys = set(panel_keys(panel.raw))
        for other, candidate in enumerate(left):
            common = keys & set(panel_keys(candidate.raw))
            if common and _type(panel) == _type(candidate):
                share = len(common) / len(keys | set(panel_keys(candidate.raw)))
                pairs.append((-share, other, place))
    found: dict[str, str] = {}
    taken: set[str] = set()
    for _, other, place in sorted(pairs):
        if fresh[place].id not in found and left[other].id not in taken:
            found[fresh[place].id] = left[other].id
            taken.add(left[other].id)
    return found


def _type(panel: PanelPart) -> Any:
    return mapping(panel.raw).get("viewType")


def _with_ids(parts: Parts, renamed: Mapping[str, str]) -> Parts:
    def with_id(panel: PanelPart) -> PanelPart:
        if panel.id not in renamed:
            return panel
        return PanelPart(id=renamed[panel.id], raw={**panel.raw, "__id__": renamed[panel.id]})

    sections = tuple(
        replace(section, panels=tuple(map(with_id, section.panels))) for section in parts.sections
    )
    return replace(parts, sections=sections)
