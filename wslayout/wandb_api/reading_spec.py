"""View spec to `Layout`: the way back from what people made in the app."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from wandb_workspaces import expr

from wslayout.layout import Layout, Section, stable_id
from wslayout.wandb_api.patching import patch_between, without_nulls
from wslayout.wandb_api.rawspec import Spec, accepted_name, items, mapping
from wslayout.wandb_api.reading_panels import read_panel
from wslayout.wandb_api.spec import build_spec

_BANK: Final = "panelBankConfig"

_OF_AUTOMATIC: Final = frozenset({"isPanelsAuto", "defaultName"})
"""Fields of sections that automatic mode fills."""


def read_spec(raw: Spec, name: str) -> tuple[Layout, list[str]]:
    """The layout that gives a view spec again, and what a person should know of it.

    What a layout can't say is kept in its ``verbatim`` parts, as are panels of unknown kinds.
    Automatic mode is not: the layout is one in manual mode.

    Args:
        raw: The spec.
        name: The view's display name.
    """
    spec = without_nulls(raw)
    notes: list[str] = []
    section = mapping(spec.get("section"))
    bank = mapping(section.get(_BANK))
    with_ids = keeps_ids(spec)
    sections = []
    for place, one in enumerate(items(bank.get("sections"))):
        read = _section(one, place, with_id=with_ids)
        if read.panels:
            sections.append(read)
        elif one.get("isOpen"):
            notes.append(f"The section {read.name!r} holds no panels of its own and is left out.")
    settings = _settings(mapping(section.get("settings")), mapping(bank.get("settings")))
    called = accepted_name(name)
    if called != name:
        notes.append(f"The view is called {name!r}; W&B's client accepts {called!r}.")
    layout = Layout(name=called, sections=tuple(sections), settings=settings, runs=_runs(section))
    flags = [
        mapping(section.get(part)).get("shouldAutoGeneratePanels")
        for part in ("settings", "workspaceSettings")
    ]
    if False not in flags:
        notes.append("The view is in automatic mode; the template makes it manual.")
    return _completed(layout, spec), notes


def keeps_ids(raw: Spec) -> bool:
    """Whether a spec files what people edited under the ids of panels, so that these must stay."""
    bank = mapping(mapping(raw.get("section")).get(_BANK))
    return bool(bank.get("panelConfigOverrides") or bank.get("panelPlacementOverrides"))


def _completed(layout: Layout, spec: Spec) -> Layout:
    """The layout with a patch for what it does not say of a spec."""
    try:
        patch = _difference(layout, spec)
    except Exception:  # the client's classes refuse what they don't know in many ways
        layout = replace(layout, runs={}, settings={})
        patch = _difference(layout, spec)
    if "runSets" in patch.get("section", {}) and layout.runs:
        # A patch holds the whole list of run sets, so that saying a part of it twice is no use.
        layout = replace(layout, runs={})
        patch = _difference(layout, spec)
    return replace(layout, verbatim=patch)


def _difference(layout: Layout, spec: Spec) -> dict[str, Any]:
    patch: dict[str, Any] = patch_between(_bare(build_spec(layout)), _bare(spec))
    return patch


def _bare(spec: Spec) -> Any:
    """A spec without sections, without the mode, and without the run set's own id."""
    section = dict(mapping(spec.get("section")))
    bank = {name: item for name, item in mapping(section.get(_BANK)).items() if name != "sections"}
    section[_BANK] = bank
    for part in ("settings", "workspaceSettings"):
        if part in section:
            section[part] = {
                name: item
                for name, item in mapping(section[part]).items()
                if name != "shouldAutoGeneratePanels"
            }
    named = mapping(section.get("customRunColors"))
    if not any(str(run_set.get("id")) in " ".join(named) for run_set in _run_sets(section)):
        section["runSets"] = [
            {name: item for name, item in one.items() if name != "id"} for one in _run_sets(section)
        ]
    return without_nulls({**spec, "section": section})


def _section(raw: Mapping[str, Any], place: int, *, with_id: bool) -> Section:
    flow = mapping(raw.get("flowConfig"))
    own = str(raw.get("__id__") or stable_id("section", "pulled", str(place)))
    panels = tuple(
        read_panel(dict(panel), str(panel.get("__id__") or ""))
        for panel in items(raw.get("panels"))
    )
    section = Section(
        id=own,
        name=str(raw.get("name", "")),
        panels=panels,
        is_open=raw.get("isOpen") is True,
        pinned=raw.get("pinned") is True,
        columns=_whole(flow.get("columnsPerPage"), 24) or 3,
        rows=_whole(flow.get("rowsPerPage"), 100) or 2,
        settings=_axis_settings(mapping(raw.get("localPanelSettings"))),
    )
    built = build_spec(Layout(name="section", sections=(replace(section, panels=()),)))
    unsaid = {"panels", *_OF_AUTOMATIC, *(() if with_id else ("__id__",))}

    def bare(one: Mapping[str, Any]) -> dict[str, Any]:
        return {name: item for name, item in one.items() if name not in unsaid}

    patch = patch_between(bare(built["section"][_BANK]["sections"][0]), bare(raw))
    if with_id and raw.get("__id__"):
        patch["__id__"] = raw["__id__"]
    return replace(section, verbatim=patch)


_SMOOTHING: Final = ("exponentialTimeWeighted", "exponential", "gaussian", "average")


def _axis_settings(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The axis and smoothing as far as settings can say them; a patch says the rest."""
    axis, kind, weight = (raw.get(name) for name in ("xAxis", "smoothingType", "smoothingWeight"))
    found = {
        "x_axis": axis if isinstance(axis, str) and axis not in ("", "_step") else None,
        "x_min": _number(raw.get("xAxisMin")),
        "x_max": _number(raw.get("xAxisMax")),
        "smoothing_type": kind if kind in _SMOOTHING else None,
        "smoothing_weight": _whole(weight) or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _number(value: object) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _whole(value: object, most: int = 1_000_000) -> int | None:
    """A whole number from 0."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= most else None


def _settings(raw: Mapping[str, Any], bank: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a workspace that are not what they are by default."""
    runs = _whole(raw.get("maxRuns"))
    tooltip = raw.get("tooltipNumberOfRuns")
    found = {
        **_axis_settings(raw),
        "ignore_outliers": raw.get("ignoreOutliers") is True or None,
        "sort_panels_alphabetically": bank.get("sortAlphabetically") is True or None,
        "group_by_prefix": "last" if bank.get("autoOrganizePrefix") == 2 else None,
        "remove_legends_from_panels": raw.get("suppressLegends") is True or None,
        "tooltip_number_of_runs": tooltip if tooltip in ("single", "all_runs") else None,
        "tooltip_color_run_names": False if raw.get("colorRunNames") is False else None,
        "max_runs": runs if runs not in (0, 10) else None,
        "point_visualization_method": "downsampling"
        if raw.get("pointVisualizationMethod") == "sampling"
        else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _runs(section: Mapping[str, Any]) -> dict[str, Any]:
    """What can be said of the first run set."""
    run_set = next(iter(_run_sets(section)), {})
    search = mapping(run_set.get("search"))
    colors = mapping(section.get("customRunColors"))
    tree = mapping(run_set.get("selections")).get("tree")
    hidden = tree if isinstance(tree, list) else []
    found: dict[str, Any] = {
        "query": search.get("query"),
        "regex_query": search.get("isRegex"),
        "filters": _tried(lambda: expr.filters_v2_to_string(dict(run_set["filters"]))),
        "groupby": _tried(lambda: [_column(key) for key in run_set["grouping"]]),
        "order": _tried(
            lambda: [
                ("" if one.get("ascending") else "-") + _column(one["key"])
                for one in run_set["sort"]["keys"]
            ]
        ),
        "pinned_columns": [
            name
            for name, pinned in mapping(mapping(run_set.get("runFeed")).get("columnPinned")).items()
            if pinned is True
        ],
        "colors": {
            run: color
            for run, color in colors.items()
            if isinstance(color, str) and run != "ref" and ":" not in run
        },
        "hidden": [run for run in hidden if isinstance(run, str)],
    }
    if found["order"] == ["-CreatedTimestamp"]:
        found["order"] = None
    return {name: value for name, value in found.items() if value}


def _column(key: Mapping[str, Any]) -> str:
    """A column of the runs table as templates name it."""
    section, name = str(key["section"]), str(key["name"])
    if section == "config":
        return f"config.{'.'.join(part for part in name.split('.') if part != 'value')}"
    if section == "summary":
        return f"summary.{name}"
    return str(expr.FE_METRIC_NAME_MAP.inv.get(name, name))


def _tried(read: Callable[[], Any]) -> Any:
    """What the client makes of a part of the spec; None where it can't."""
    try:
        return read()
    except Exception:  # it fails in many ways on what it does not know
        return None


def _run_sets(section: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return items(section.get("runSets"))
