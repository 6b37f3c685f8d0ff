"""Panels of a view spec as panels of a layout.

Whatever a panel of a layout can't say is found out by building it anew: where that does not give
the same panel, it is kept verbatim.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, Final

from wandb_workspaces.reports.v2 import interface as wr
from wandb_workspaces.reports.v2 import internal

from wslayout.errors import TemplateError
from wslayout.layout import Panel, PanelKind
from wslayout.wandb_api.patching import without_nulls
from wslayout.wandb_api.rawspec import Spec
from wslayout.wandb_api.spec_panels import build_panel, finish_panel

_KINDS: Final[Mapping[str, PanelKind]] = {
    "Run History Line Plot": "line",
    "Bar Chart": "bar",
    "Scalar Chart": "scalar",
    "Scatter Plot": "scatter",
    "Parallel Coordinates Plot": "parallel_coordinates",
    "Parameter Importance": "parameter_importance",
    "Media Browser": "media",
    "Markdown Panel": "markdown",
    "Run Comparer": "run_comparer",
    "Code Comparer": "code_comparer",
    "Vega2": "custom_chart",
    "Weave": "table",
}
"""Kinds of panels by what the view spec calls them."""

_UNSAID: Final = ("__id__", "isAuto")
"""What tells who made a panel and not what it shows."""

_DEFAULT_PLACE: Final = {"x": 0, "y": 0, "w": 8, "h": 6}


def read_panel(raw: Spec, panel_id: str) -> Panel:
    """The panel that a view spec holds.

    Args:
        raw: The panel in the spec.
        panel_id: The id that it gets.
    """
    kind = _KINDS.get(str(raw.get("viewType")))
    if kind is not None:
        try:
            panel = _expressed(raw, kind, panel_id)
            if panel is not None and _comparable(as_spec(panel)) == _comparable(raw):
                return panel
        except (ValueError, TypeError, KeyError, AttributeError, IndexError, TemplateError):
            pass  # the classes of an older client, or a newer app: they can't say it
    return verbatim(raw, panel_id)


def verbatim(raw: Spec, panel_id: str) -> Panel:
    """A panel that is kept as the view spec has it."""
    return Panel(
        id=panel_id,
        kind="verbatim",
        title=_title(raw),
        keys=tuple(_named_metrics(raw)),
        family=_title(raw),
        settings={"spec": _bare(raw)},
    )


def as_spec(panel: Panel) -> Spec:
    """What a panel shows, as the view spec has it."""
    model = build_panel(panel)._to_model()
    return _bare(finish_panel(model.model_dump(by_alias=True, exclude_none=True), panel))


def _bare(raw: Spec) -> Spec:
    """What a panel of a spec shows: no nulls, and not who made it."""
    return {name: value for name, value in without_nulls(raw).items() if name not in _UNSAID}


def _comparable(raw: Spec) -> Spec:
    return {"layout": _DEFAULT_PLACE, **_bare(raw)}


def _expressed(raw: Spec, kind: PanelKind, panel_id: str) -> Panel | None:
    if kind == "table":
        name = _table_name(raw)
        settings: dict[str, Any] = {"table_name": name}
        if name is None:
            return None
    else:
        settings = without_nulls(_settings(raw, kind))
    keys = tuple(dict.fromkeys(_metrics(kind, settings)))
    title = settings.get("title") or ", ".join(keys) or kind.replace("_", " ")
    place = without_nulls(raw.get("layout") or _DEFAULT_PLACE)
    return Panel(
        id=panel_id,
        kind=kind,
        title=title,
        keys=keys,
        family=title,
        settings=settings,
        place=None if place == _DEFAULT_PLACE else place,
    )


def _settings(raw: Spec, kind: PanelKind) -> dict[str, Any]:
    """What wandb-workspaces' class says of a panel, by the names of its fields."""
    model = internal._validate_panel_from_dict(raw)
    built: Any = wr._lookup_panel(model)  # type: ignore[no-untyped-call]  # untyped upstream
    settings: dict[str, Any] = {}
    for item in fields(type(built)):
        if item.name.startswith("_") or item.name == "layout":
            continue
        value = _plain(getattr(built, item.name), kind)
        if value not in (None, [], {}, ""):
            settings[item.name] = value
    return {**settings, **_as_logged(raw["config"], kind, settings)}


def _as_logged(config: Mapping[str, Any], kind: PanelKind, said: dict[str, Any]) -> dict[str, Any]:
    """What the class says otherwise than it is written: names of metrics, colours, queries."""
    settings: dict[str, Any] = {}
    if kind in ("line", "bar"):
        settings["y" if kind == "line" else "metrics"] = list(config.get("metrics") or ())
    elif kind == "scalar":
        settings["metric"] = config["metrics"][0]
    if kind == "line":
        settings["x"] = config.get("xAxis")
    elif kind == "markdown":
        settings["markdown"] = config.get("value", "")
    elif kind == "custom_chart":
        settings["chart_name"] = said.get("chart_name", "")
        settings["query"] = {
            name: item
            for name, item in said.get("query", {}).items()
            if name not in ("runSets", "limit") and (item or name not in ("id", "name"))
        }
    if "line_colors" in said:
        settings["line_colors"] = {
            line: one["color"] if isinstance(one, dict) else one
            for line, one in said["line_colors"].items()
        }
    return settings


def _plain(value: Any, kind: PanelKind) -> Any:
    """A field of a class as plain data."""
    if isinstance(value, (tuple, list)):
        found = [_plain(item, kind) for item in value]
        return None if value == (None, None) else found
    if isinstance(value, (wr.GradientPoint, wr.ParallelCoordinatesPlotColumn)):
        said = {item.name: _plain(getattr(value, item.name), kind) for item in fields(type(value))}
        return without_nulls(said)
    if isinstance(value, (wr.Config, wr.SummaryMetric, wr.Metric)):
        return _operand_name(value, kind)
    return value


def _operand_name(value: wr.Config | wr.SummaryMetric | wr.Metric, kind: PanelKind) -> str:
    name: str = value.name
    if isinstance(value, wr.Config):
        return f"config.{name}"
    if isinstance(value, wr.SummaryMetric):
        ambiguous = name.startswith(("config.", "run.", "summary."))
        return f"summary.{name}" if ambiguous else name
    return f"run.{name}" if kind in ("scatter", "parallel_coordinates") else name


def _metrics(kind: PanelKind, settings: Mapping[str, Any]) -> Iterator[str]:
    """The metric keys that a panel's settings name."""
    for field in ("y", "metrics", "media_keys"):
        yield from settings.get(field, ())
    for field in ("metric", "with_respect_to", "table_name"):
        if settings.get(field):
            yield settings[field]
    named = [settings.get(axis) for axis in "xyz"] if kind == "scatter" else []
    named += [column["metric"] for column in settings.get("columns", ())]
    for name in named:
        if name and not name.startswith(("config.", "run.")):
            yield name.removeprefix("summary.")


def _named_metrics(raw: Spec) -> Iterator[str]:
    """The metric keys that the configuration of any panel names."""
    config = raw.get("config")
    found: Mapping[str, Any] = config if isinstance(config, Mapping) else {}
    for field in ("metrics", "mediaKeys"):
        values = found.get(field)
        yield from (
            (one for one in values or () if isinstance(one, str))
            if isinstance(values, list)
            else ()
        )


def _title(raw: Spec) -> str:
    config = raw.get("config")
    title = config.get("chartTitle") if isinstance(config, Mapping) else None
    return title if isinstance(title, str) and title else str(raw.get("viewType", "panel"))


_SENTINEL: Final = "\0table"


def _table_name(raw: Spec) -> str | None:
    """The table of a table panel: what stands where another's name would."""
    sample = as_spec(Panel(id="x", kind="table", title="", keys=(_SENTINEL,)))
    path = next(_paths(sample["config"], ()), None)
    value: Any = raw.get("config")
    for step in path or ():
        known = value if isinstance(value, (Mapping, list)) else {}
        try:
            value = known[step]  # type: ignore[index]  # either kind of step
        except (KeyError, IndexError, TypeError):
            return None
    return value if path and isinstance(value, str) else None


def _paths(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if value == _SENTINEL:
        yield path
    pairs: Any = ()
    if isinstance(value, Mapping):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for step, item in pairs:
        yield from _paths(item, (*path, step))
