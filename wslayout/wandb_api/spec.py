"""`Layout` to view spec; these modules alone import wandb-workspaces.

A view spec is the JSON text that W&B keeps for a saved view. wandb-workspaces' classes build
each part of it; what they can't say (stable ids, metrics named like a column of the runs
table) is set in the dict that they give.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

import wandb_workspaces.workspaces as ws

from wslayout.layout import Layout, Panel, PanelKind, Section, short_hash
from wslayout.wandb_api.patching import patched
from wslayout.wandb_api.rawspec import Spec, check_name, dump_spec, in_manual_mode, mapping
from wslayout.wandb_api.spec_panels import build_panel, finish_panel
from wslayout.wandb_api.spec_runs import (
    name_axis,
    run_settings,
    section_settings,
    workspace_settings,
)


def build_spec(layout: Layout) -> Spec:
    """The view spec of a layout, in manual mode; equal layouts give equal specs.

    Raises:
        SpecError: The layout's name is not one that W&B accepts.
        TemplateError: A setting of a template that W&B's client does not take.
    """
    workspace = ws.Workspace(
        entity=layout.entity or "entity",
        project=layout.project or "project",
        name=check_name(layout.name),
        sections=[_build_section(section) for section in layout.sections],
        settings=workspace_settings(layout.settings),
        runset_settings=run_settings(layout.runs),
        auto_generate_panels=False,
    )
    if layout.runs.get("group_colors"):
        # Colours of groups name the run set, which the class would give a random id.
        workspace._internal_runset_id = short_hash("run set", layout.name, length=9)
    spec: Spec = workspace._to_model().spec.model_dump(by_alias=True, exclude_none=True)
    section = spec["section"]
    bank = section["panelBankConfig"]
    bank["sections"] = [
        _finished(built, planned)
        for built, planned in zip(bank["sections"], layout.sections, strict=True)
    ]
    axis = layout.x_axis if layout.x_axis is not None else layout.settings.get("x_axis")
    name_axis(section["settings"], axis)
    whole: Spec = patched(spec, layout.verbatim)
    # What a view that was pulled says verbatim may hold the app's newer block, which goes first.
    return {**whole, "section": in_manual_mode(mapping(whole.get("section")))}


def _build_section(section: Section) -> ws.Section:
    built = ws.Section(
        name=section.name,
        panels=[build_panel(panel) for panel in section.panels],
        is_open=section.is_open,
        pinned=section.pinned,
        layout_settings=ws.SectionLayoutSettings(columns=section.columns, rows=section.rows),
        panel_settings=section_settings(section.settings),
    )
    built._id = section.id
    return built


def _finished(built: dict[str, Any], section: Section) -> dict[str, Any]:
    """A section as the view spec has it."""
    built["panels"] = [
        finish_panel(panel, planned)
        for panel, planned in zip(built["panels"], section.panels, strict=True)
    ]
    name_axis(built["localPanelSettings"], section.settings.get("x_axis"))
    whole: dict[str, Any] = patched(built, section.verbatim)
    return whole


def automatic_bytes(panels: Iterable[tuple[str, PanelKind]]) -> int:
    """The size in bytes of the view spec that holds one panel a key, as automatic mode does.

    Computed from the panels that `build_spec` would write, without building each of them.

    Args:
        panels: The drawable keys, each with the kind of panel that draws it.
    """
    counts: Counter[PanelKind] = Counter()
    names = 0
    for key, kind in panels:
        counts[kind] += 1
        names += len(json.dumps(key)) - 2
    empty = len(dump_spec(build_spec(Layout(name="automatic", sections=()))))
    return empty + names + sum(count * _panel_bytes(kind) for kind, count in counts.items())


def _panel_bytes(kind: PanelKind) -> int:
    model = build_panel(Panel(id="x" * 11, kind=kind, title="", keys=("",)))._to_model()
    built = model.model_dump(by_alias=True, exclude_none=True)
    built["config"].pop("chartTitle", None)
    return len(dump_spec(built)) + 1
