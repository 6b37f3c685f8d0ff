"""Settings of a workspace, a section and the run set, as wandb-workspaces' classes take them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, Final

import wandb_workspaces.workspaces as ws
from wandb_workspaces import expr

from wslayout.errors import TemplateError

_STEP: Final = "_step"


def workspace_settings(settings: Mapping[str, Any]) -> ws.WorkspaceSettings:
    """The settings of a workspace; first prefixes group what automatic mode adds."""
    return ws.WorkspaceSettings(**{"group_by_prefix": "first", **_without_axis(settings)})


def section_settings(settings: Mapping[str, Any]) -> ws.SectionPanelSettings:
    """The settings of a section."""
    return ws.SectionPanelSettings(**_without_axis(settings))


def _without_axis(settings: Mapping[str, Any]) -> dict[str, Any]:
    # The class takes a metric called `State` for the run's state; `name_axis` writes it as it is.
    return {name: value for name, value in settings.items() if name != "x_axis"}


def name_axis(written: dict[str, Any], axis: str | None) -> None:
    """Write the metric of the x-axis, by its name as it was logged, into settings of a spec."""
    if axis is not None:
        written["xAxis"] = expr.FE_METRIC_NAME_MAP.get(axis, axis)
        written["xAxisActive"] = written["xAxis"] != _STEP or written.get("xAxisActive", False)


def run_settings(runs: Mapping[str, Any]) -> ws.RunsetSettings:
    """The run set.

    Raises:
        TemplateError: A filter that W&B's client can't read.
    """
    given: dict[str, Any] = {
        name: runs[name]
        for name in ("query", "regex_query", "filters", "pinned_columns", "group_colors",
                     "baseline_run", "pinned_runs")
        if name in runs
    }  # fmt: skip
    if "groupby" in runs:
        given["groupby"] = [_column(name) for name in runs["groupby"]]
    if "order" in runs:
        given["order"] = [
            expr.Ordering(_column(name.removeprefix("-")), ascending=not name.startswith("-"))
            for name in runs["order"]
        ]
    colors, hidden = runs.get("colors", {}), runs.get("hidden", [])
    if colors or hidden:
        given["run_settings"] = {
            run: ws.RunSettings(color=colors.get(run, ""), disabled=run in hidden)
            for run in [*colors, *(run for run in hidden if run not in colors)]
        }
    try:
        with warnings.catch_warnings():
            # The client says there that it takes `>` for `>=`, with a line of its own source.
            warnings.simplefilter("ignore")
            expr.filters_tree_to_v2(expr.expr_to_filters(given.get("filters", "")))
            return ws.RunsetSettings(**given)
    except (ValueError, TypeError, SyntaxError) as error:
        raise TemplateError(
            f"`runs`: W&B's client does not take it: {_first_line(error)}",
            hint="""A filter looks like Config("lr") == 0.1 and State == "finished".""",
        ) from error


def _first_line(error: Exception) -> str:
    if isinstance(error, SyntaxError):
        return error.msg
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if len(lines) == 1 else "; ".join(lines[1:3])


def _column(name: str) -> Any:
    """A column of the runs table: a hyperparameter, a last value, or a property of the run."""
    if name.startswith("config."):
        return expr.Config(name.removeprefix("config."))
    if name.startswith("summary."):
        return expr.Summary(name.removeprefix("summary."))
    return expr.Metric(name) if name in expr.FE_METRIC_NAME_MAP else expr.Config(name)
