"""From a view in automatic mode to a manual one: what W&B made goes, what people made stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from wslayout.publish.merging.parts import apart, section_of, together
from wslayout.wandb_api.rawspec import MODE, Spec, mapping, summarise

_BLOCKS: Final = ("settings", "workspaceSettings")


def made_manual(spec: Spec) -> tuple[Spec, list[str]]:
    """A view spec in manual mode, and what a person should know of it.

    Panels that automatic mode made say so (``isAuto``); sections that held nothing else go with
    them. A spec in manual mode stays as it is.
    """
    if summarise(spec).manual:
        return spec, []
    parts = apart(spec)
    sections: list[Any] = []
    gone = 0
    for section in parts.sections:
        kept = [panel for panel in section.panels if mapping(panel.raw).get("isAuto") is not True]
        gone += len(section.panels) - len(kept)
        if kept or not section.panels:
            raws = [panel.raw for panel in kept]
            sections.append(section_of(section, section.fields, raws))
    settings = {**parts.settings, "section": _manual(mapping(parts.settings.get("section")))}
    note = "The view is in automatic mode and becomes a manual one"
    note += f"; the {gone:,} panels that automatic mode made go." if gone else "."
    return together(settings, parts.run_set, sections), [note]


def _manual(section: Mapping[str, Any]) -> dict[str, Any]:
    blocks = {
        name: {**mapping(section.get(name)), MODE: False}
        for name in _BLOCKS
        if name == "settings" or mapping(section.get(name)).keys() - {"ref"}
    }
    return {**section, **blocks}
