"""Panels of a layout as wandb-workspaces' classes build them, metrics named as they were logged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from wandb_workspaces.reports.v2 import interface as wr

from wslayout.errors import TemplateError
from wslayout.layout import Panel
from wslayout.wandb_api.rawspec import Spec

VERBATIM: Final = "verbatim"


def build_panel(panel: Panel) -> Any:
    """The object that wandb-workspaces has for a panel; `finish_panel` completes what it dumps.

    A panel that stands verbatim is a placeholder for now.

    Raises:
        TemplateError: The class does not take what a template says.
    """
    try:
        built = _CLASSES[panel.kind](**_arguments(panel))
        built._to_model()  # where the class checks the rest
    except (ValueError, TypeError) as error:
        said = " ".join(str(error).split())
        raise TemplateError(
            f"the panel {panel.title!r} of type {panel.kind}: W&B's client refuses it: {said}"
        ) from error
    built._id = panel.id
    # Marked as not automatic, a panel survives the app's own saves, and what people edit in
    # the app is filed under its id.
    built._is_auto = False
    if panel.place is not None:
        built.layout = wr.Layout(**panel.place)
    return built


def finish_panel(built: Spec, panel: Panel) -> Spec:
    """The panel as the view spec has it.

    The classes turn a metric called `State` into the run's state; metrics of a panel are metrics.
    """
    if panel.kind == VERBATIM:
        return {**panel.settings["spec"], "__id__": panel.id}
    config = built["config"]
    settings = panel.settings
    if panel.kind in ("line", "bar"):
        listed = "y" if panel.kind == "line" else "metrics"
        config["metrics"] = list(settings.get(listed, ()) if settings else panel.keys)
    elif panel.kind == "scalar":
        config["metrics"] = [settings["metric"] if settings else panel.keys[0]]
    if panel.kind == "line" and panel.x_axis is not None:
        config["xAxis"] = panel.x_axis
    return built


_CLASSES: Final[Mapping[str, Callable[..., Any]]] = {
    "line": wr.LinePlot,
    "bar": wr.BarPlot,
    "scalar": wr.ScalarChart,
    "media": wr.MediaBrowser,
    "table": wr.WeavePanelSummaryTable,
    "scatter": wr.ScatterPlot,
    "parallel_coordinates": wr.ParallelCoordinatesPlot,
    "parameter_importance": wr.ParameterImportancePlot,
    "markdown": wr.MarkdownPanel,
    "run_comparer": wr.RunComparer,
    "code_comparer": wr.CodeComparer,
    "custom_chart": wr.CustomChart,
    VERBATIM: wr.MarkdownPanel,
}

_NAMED_BY: Final = {"bar": "metrics", "media": "media_keys"}


def _arguments(panel: Panel) -> dict[str, Any]:
    """What a class is called with."""
    if panel.kind == VERBATIM:
        return {}
    settings = dict(panel.settings)
    if panel.kind == "line":
        # Without one the class writes W&B's step, which beats the workspace's x-axis.
        settings.setdefault("x", None)
    if not panel.settings:
        return settings | _plain_arguments(panel)
    for name in ("range_x", "range_y", "range_z"):
        if name in settings:
            settings[name] = tuple(settings[name])
    if "gradient" in settings:
        settings["gradient"] = [wr.GradientPoint(**point) for point in settings["gradient"]]
    if panel.kind == "scatter":
        for axis in ("x", "y", "z"):
            settings[axis] = _operand(settings.get(axis))
    if panel.kind == "parallel_coordinates":
        settings["columns"] = [
            wr.ParallelCoordinatesPlotColumn(**{**column, "metric": _operand(column["metric"])})
            for column in settings["columns"]
        ]
    return settings


def _plain_arguments(panel: Panel) -> dict[str, Any]:
    """Of a panel whose keys are all that is said of it."""
    keys: list[Any] = list(panel.keys)
    if panel.kind == "table":
        return {"table_name": keys[0]}
    if panel.kind == "line":
        return {"title": panel.title, "y": keys}
    if panel.kind == "scalar":
        return {"title": panel.title, "metric": keys[0]}
    if panel.kind in _NAMED_BY:
        return {"title": panel.title, _NAMED_BY[panel.kind]: keys}
    return {}


def _operand(named: str | None) -> Any:
    """What a scatter plot calls a hyperparameter, a property of the run, or a metric."""
    if named is None or named.startswith("run."):
        return named
    if named.startswith("config."):
        return wr.Config(named.removeprefix("config."))
    return wr.SummaryMetric(named.removeprefix("summary."))
