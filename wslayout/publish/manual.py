"""From a view in automatic mode to a manual one: what W&B made goes, what people made stays."""

from __future__ import annotations

from typing import Any

from wslayout.publish.merging import Change
from wslayout.publish.merging.parts import PanelPart, apart, section_of, together
from wslayout.wandb_api.rawspec import Spec, in_manual_mode, mapping, panel_title, summarise


def made_manual(spec: Spec) -> tuple[Spec, list[Change], list[str]]:
    """A view spec in manual mode, what goes from it, and what a person should know of that.

    Panels that automatic mode made say so (``isAuto``); sections that held nothing else go with
    them, but where people pinned one. A spec in manual mode stays as it is.
    """
    if summarise(spec).manual:
        return spec, [], []
    parts = apart(spec)
    sections: list[Any] = []
    gone: list[Change] = []
    for section in parts.sections:
        kept = [panel for panel in section.panels if not _is_automatic(panel)]
        gone += [
            Change(
                action="removed",
                thing="panel",
                name=panel_title(mapping(panel.raw)),
                id=panel.id,
                section=section.name,
                reason="automatic mode made it",
            )
            for panel in section.panels
            if _is_automatic(panel)
        ]
        if kept or not section.panels or section.fields.get("pinned") is True:
            raws = [panel.raw for panel in kept]
            sections.append(section_of(section, section.fields, raws))
        else:
            gone.append(Change(action="removed", thing="section", name=section.name, id=section.id))
    settings = {
        **parts.settings,
        "section": in_manual_mode(mapping(parts.settings.get("section"))),
    }
    count = sum(change.thing == "panel" for change in gone)
    note = "The view is in automatic mode and becomes a manual one"
    note += f"; {count:,} panel{'s' * (count != 1)} that automatic mode made go." if count else "."
    return together(settings, parts.run_set, sections), gone, [note]


def _is_automatic(panel: PanelPart) -> bool:
    return mapping(panel.raw).get("isAuto") is True
