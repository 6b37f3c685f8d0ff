"""`Layout` to view spec: the only importer of wandb-workspaces.

A view spec is the JSON text that W&B keeps for a saved view. wandb-workspaces' classes build
each part of it; what they can't say (stable ids, metrics named like a column of the runs
table) is set in the dict that they give.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, TypeAlias

import wandb_workspaces.workspaces as ws
from wandb_workspaces.reports.v2.interface import (
    BarPlot,
    LinePlot,
    MediaBrowser,
    ScalarChart,
    WeavePanelSummaryTable,
)

from wslayout.layout import Layout, Panel, PanelKind, Section
from wslayout.wandb_api.rawspec import Spec, check_name, dump_spec

_Built: TypeAlias = LinePlot | BarPlot | ScalarChart | MediaBrowser | WeavePanelSummaryTable


def build_spec(layout: Layout) -> Spec:
    """The view spec of a layout, in manual mode; equal layouts give equal specs.

    Raises:
        SpecError: The layout's name is not one that W&B accepts.
    """
    workspace = ws.Workspace(
        entity=layout.entity or "entity",
        project=layout.project or "project",
        name=check_name(layout.name),
        sections=[_build_section(section) for section in layout.sections],
        settings=ws.WorkspaceSettings(group_by_prefix="first"),
        auto_generate_panels=False,
    )
    spec: Spec = workspace._to_model().spec.model_dump(by_alias=True, exclude_none=True)
    section = spec["section"]
    for built, planned in zip(section["panelBankConfig"]["sections"], layout.sections, strict=True):
        for panel, plan in zip(built["panels"], planned.panels, strict=True):
            _name_metrics(panel["config"], plan)
    if layout.x_axis is not None:
        section["settings"] |= {"xAxis": layout.x_axis, "xAxisActive": True}
    return spec


def _build_section(section: Section) -> ws.Section:
    built = ws.Section(
        name=section.name,
        panels=[_build_panel(panel) for panel in section.panels],
        is_open=section.is_open,
        pinned=section.pinned,
        layout_settings=ws.SectionLayoutSettings(columns=section.columns, rows=section.rows),
    )
    built._id = section.id
    return built


def _build_panel(panel: Panel) -> _Built:
    keys: list[Any] = list(panel.keys)
    built: _Built
    if panel.kind == "line":
        built = LinePlot(title=panel.title, x=None, y=keys)
    elif panel.kind == "bar":
        built = BarPlot(title=panel.title, metrics=keys)
    elif panel.kind == "scalar":
        built = ScalarChart(title=panel.title, metric=keys[0])
    elif panel.kind == "media":
        built = MediaBrowser(title=panel.title, media_keys=keys)
    else:
        built = WeavePanelSummaryTable(table_name=keys[0])
    built._id = panel.id
    # Marked as not automatic, a panel survives the app's own saves, and what people edit in
    # the app is filed under its id.
    built._is_auto = False
    return built


def _name_metrics(config: dict[str, Any], panel: Panel) -> None:
    """Write metric names as logged; the classes turn `State` into the run's state."""
    if panel.kind in ("line", "bar", "scalar"):
        config["metrics"] = list(panel.keys)
    if panel.kind == "line" and panel.x_axis is not None:
        config["xAxis"] = panel.x_axis


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
    model = _build_panel(Panel(id="x" * 11, kind=kind, title="", keys=("",)))._to_model()  # type: ignore[no-untyped-call]  # untyped upstream
    built = model.model_dump(by_alias=True, exclude_none=True)
    built["config"].pop("chartTitle", None)
    return len(dump_spec(built)) + 1
