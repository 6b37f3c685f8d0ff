"""Panels that a template names itself: one model for each type that wandb-workspaces builds.

Fields have the names, and mean what they mean, in wandb-workspaces' classes
(https://docs.wandb.ai/models/ref/wandb_workspaces/reports).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)

from wslayout.patterns import checked_regex

MetricName: TypeAlias = Annotated[str, Field(min_length=1, description="A metric key.")]
Operand: TypeAlias = Annotated[
    str,
    Field(
        min_length=1,
        description="A metric's last value (loss), a hyperparameter (config.lr) or a property of "
        "the run (run.createdAt).",
    ),
]
Range: TypeAlias = Annotated[
    list[float | None],
    Field(min_length=2, max_length=2, description="[least, most]; null: as the data are."),
]
Text: TypeAlias = str | None
GroupAgg: TypeAlias = Literal["mean", "min", "max", "median", "sum", "samples"]
GroupArea: TypeAlias = Literal["minmax", "stddev", "stderr", "none", "samples"]
FontSize: TypeAlias = Literal["small", "medium", "large", "auto"]
SmoothingType: TypeAlias = Literal[
    "exponentialTimeWeighted", "exponential", "gaussian", "average", "none"
]
GroupBy: TypeAlias = Annotated[
    str,
    Field(description="A hyperparameter (model, config.model) or a property of the run (Group)."),
]
Offset: TypeAlias = Annotated[float, Field(ge=0, le=100)]
Axis: TypeAlias = Literal["step", "index", "run"]


class Strict(BaseModel):
    """What refuses fields it does not know, and values of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


class Place(Strict):
    """Where a panel stands in a section that people arranged by hand."""

    x: int = Field(default=0, ge=0)
    y: int = Field(default=0, ge=0)
    w: int = Field(default=8, ge=1, le=24)
    h: int = Field(default=6, ge=1)


class PanelBase(Strict):
    """What all panels have.

    Attributes:
        own: Fields that are about the template and not about what W&B draws.
        draws: What its metrics must be: "number", "media" or "table".
    """

    own: ClassVar[frozenset[str]] = frozenset({"type", "optional", "id", "layout"})

    optional: bool = Field(
        default=False,
        description="Whether metrics that are not there are left out without an error.",
    )
    id: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="The panel's id, where it must keep the one that it has.",
    )
    layout: Place | None = Field(default=None, description="Where it stands in a free arrangement.")

    draws: ClassVar[str] = "number"

    def metrics(self) -> Iterator[str]:
        """The metric keys that it names."""
        yield from ()

    def drawing(self) -> dict[str, Any]:
        """What W&B is told of it, without what is left as it is by default."""
        given = self.model_dump(by_alias=True, exclude_none=True, exclude_unset=True)
        return {name: value for name, value in given.items() if name not in self.own}


class LinePanel(PanelBase):
    """Metrics over steps, one line a run and metric."""

    type: Literal["line"] = "line"
    title: Text = None
    y: list[MetricName] = Field(default_factory=list, description="The metrics, in order.")
    metric_regex: str | None = Field(
        default=None, description="All metrics that this pattern matches, in syntax of RE2."
    )
    x: MetricName | None = Field(default=None, description="The metric on the x-axis.")
    range_x: Range | None = None
    range_y: Range | None = None
    log_x: bool | None = None
    log_y: bool | None = None
    title_x: Text = None
    title_y: Text = None
    ignore_outliers: bool | None = None
    groupby: GroupBy | None = None
    groupby_aggfunc: GroupAgg | None = None
    groupby_rangefunc: GroupArea | None = None
    smoothing_factor: float | None = Field(default=None, ge=0)
    smoothing_type: SmoothingType | None = None
    smoothing_show_original: bool | None = None
    max_runs_to_show: int | None = Field(default=None, ge=1)
    custom_expressions: list[str] | None = Field(
        default=None, description="Expressions to draw, such as ${train/loss} - ${val/loss}."
    )
    plot_type: Literal["line", "stacked-area", "pct-area"] | None = None
    font_size: FontSize | None = None
    legend_position: Literal["north", "south", "east", "west"] | None = None
    legend_template: Text = None
    aggregate: bool | None = None
    xaxis_expression: Text = None
    xaxis_format: Text = None
    legend_fields: list[str] | None = None
    point_visualization_method: Literal["bucketing-gorilla", "sampling"] | None = None
    line_titles: dict[str, str] | None = None
    line_colors: dict[str, str] | None = None
    line_widths: dict[str, float] | None = None
    line_marks: (
        dict[str, Literal["solid", "dashed", "dotted", "dotdash", "dotdotdash", "points"]] | None
    ) = None

    _regex = field_validator("metric_regex")(checked_regex)

    @model_validator(mode="after")
    def _draws_something(self) -> LinePanel:
        if not (self.y or self.metric_regex or self.custom_expressions):
            raise ValueError("a line plot draws `y`, a `metric_regex` or `custom_expressions`")
        return self

    def metrics(self) -> Iterator[str]:
        """The metric keys that it names."""
        yield from self.y


class BarPanel(PanelBase):
    """The last values of metrics, one bar a run and metric."""

    type: Literal["bar"]
    title: Text = None
    metrics_: list[MetricName] = Field(
        alias="metrics", min_length=1, description="The metrics, in order."
    )
    orientation: Literal["v", "h"] | None = None
    range_x: Range | None = None
    title_x: Text = None
    title_y: Text = None
    groupby: GroupBy | None = None
    groupby_aggfunc: GroupAgg | None = None
    groupby_rangefunc: GroupArea | None = None
    max_runs_to_show: int | None = Field(default=None, ge=1)
    max_bars_to_show: int | None = Field(default=None, ge=1)
    custom_expressions: list[str] | None = None
    legend_template: Text = None
    font_size: FontSize | None = None
    line_titles: dict[str, str] | None = None
    line_colors: dict[str, str] | None = None
    aggregate: bool | None = None

    def metrics(self) -> Iterator[str]:
        """The metric keys that it names."""
        yield from self.metrics_


class ScalarPanel(PanelBase):
    """One number: the last value of a metric."""

    type: Literal["scalar"]
    title: Text = None
    metric: MetricName
    groupby_aggfunc: GroupAgg | None = None
    groupby_rangefunc: GroupArea | None = None
    custom_expressions: list[str] | None = None
    legend_template: Text = None
    font_size: FontSize | None = None

    def metrics(self) -> Iterator[str]:
        """The metric keys that it names."""
        yield self.metric


_COLOR: Final = re.compile(
    r"#[0-9a-fA-F]{6}|rgb\(\s*\d{1,3}\s*(,\s*\d{1,3}\s*){2}\)"
    r"|rgba\(\s*\d{1,3}\s*(,\s*\d{1,3}\s*){2},\s*(0|1|0?\.\d+)\s*\)"
)


class GradientPoint(Strict):
    """A colour at a place of a gradient."""

    color: str = Field(description="#rrggbb, rgb(…) or rgba(…).")
    offset: Offset = 0

    @field_validator("color")
    @classmethod
    def _is_one(cls, color: str) -> str:
        if not _COLOR.fullmatch(color):
            raise ValueError("a colour looks like #ff0000, rgb(255, 0, 0) or rgba(255, 0, 0, 0.5)")
        return color


class ScatterPanel(PanelBase):
    """Runs as points, by two or three of their numbers."""

    type: Literal["scatter"]
    title: Text = None
    x: Operand
    y: Operand
    z: Operand | None = None
    range_x: Range | None = None
    range_y: Range | None = None
    range_z: Range | None = None
    log_x: bool | None = None
    log_y: bool | None = None
    log_z: bool | None = None
    running_ymin: bool | None = None
    running_ymax: bool | None = None
    running_ymean: bool | None = None
    legend_template: Text = None
    gradient: list[GradientPoint] | None = None
    font_size: FontSize | None = None
    regression: bool | None = None

    def metrics(self) -> Iterator[str]:
        """The metric keys that it names."""
        yield from operands(self.x, self.y, self.z)


class Column(Strict):
    """One axis of parallel coordinates."""

    metric: Operand
    display_name: Text = None
    inverted: bool | None = None
    log: bool | None = None


class ParallelCoordinatesPanel(PanelBase):
    """Runs as lines through their hyperparameters and results."""

    type: Literal["parallel_coordinates"]
    title: Text = None
    columns: list[Column] = Field(min_length=1)
    gradient: list[GradientPoint] | None = None
    font_size: FontSize | None = None

    def metrics(self) -> Iterator[str]:
        """The metric keys that it names."""
        yield from operands(*(column.metric for column in self.columns))


class ParameterImportancePanel(PanelBase):
    """Which hyperparameters a result depends on."""

    type: Literal["parameter_importance"]
    with_respect_to: MetricName

    def metrics(self) -> Iterator[str]:
        """The metric keys that it names."""
        yield self.with_respect_to


class MediaPanel(PanelBase):
    """Images, video, audio, histograms and other media."""

    draws: ClassVar[str] = "media"

    type: Literal["media"]
    title: Text = None
    media_keys: list[MetricName] = Field(min_length=1)
    num_columns: int | None = Field(default=None, ge=1)
    mode: Literal["gallery", "grid"] | None = None
    gallery_axis: Axis | None = None
    grid_x_axis: Axis | None = None
    grid_y_axis: Axis | None = None

    def metrics(self) -> Iterator[str]:
        """The metric keys that it names."""
        yield from self.media_keys


class TablePanel(PanelBase):
    """A logged table."""

    draws: ClassVar[str] = "table"

    type: Literal["table"]
    table_name: MetricName

    def metrics(self) -> Iterator[str]:
        """The metric keys that it names."""
        yield self.table_name


class MarkdownPanel(PanelBase):
    """Text."""

    type: Literal["markdown"]
    markdown: str


class RunComparerPanel(PanelBase):
    """Configuration and results of runs beside each other."""

    type: Literal["run_comparer"]
    diff_only: Literal["split", True] | None = None


class CodeComparerPanel(PanelBase):
    """The code of two runs beside each other."""

    type: Literal["code_comparer"]
    diff: Literal["split", "unified"] | None = None


class CustomChartPanel(PanelBase):
    """A custom chart: a query, and a Vega definition that people made in W&B."""

    type: Literal["custom_chart"]
    query: dict[str, Any] = Field(default_factory=dict)
    chart_name: str = Field(description="The chart's id, such as wandb/line/v0.")
    chart_fields: dict[str, str] = Field(default_factory=dict)
    chart_strings: dict[str, str] = Field(default_factory=dict)


class VerbatimPanel(PanelBase):
    """A panel that no other type expresses, as the view spec has it."""

    type: Literal["verbatim"]
    spec: dict[str, Any] = Field(description="The panel in the view spec, without its id.")


AXES: Final = frozenset(
    {
        "Step",
        "RelativeTime(Wall)",
        "RelativeTime(Process)",
        "WallTime",
        "_step",
        "_runtime",
        "_timestamp",
        "_absolute_runtime",
    }
)
"""What every run has for an x-axis, by W&B's names."""


def operands(*named: str | None) -> Iterator[str]:
    """The metric keys among operands: neither hyperparameters nor properties of runs."""
    for name in named:
        if name is not None and not name.startswith(("config.", "run.")):
            yield name.removeprefix("summary.")


def _tag(given: Any) -> str:
    if isinstance(given, str):
        return "key"
    if isinstance(given, dict):
        return str(given.get("type", "line"))
    return str(getattr(given, "type", "line"))


AnyPanel: TypeAlias = (
    LinePanel
    | BarPanel
    | ScalarPanel
    | ScatterPanel
    | ParallelCoordinatesPanel
    | ParameterImportancePanel
    | MediaPanel
    | TablePanel
    | MarkdownPanel
    | RunComparerPanel
    | CodeComparerPanel
    | CustomChartPanel
    | VerbatimPanel
)

PANEL_MODELS: tuple[type[PanelBase], ...] = AnyPanel.__args__

PanelEntry: TypeAlias = Annotated[
    Annotated[MetricName, Tag("key")]
    | Annotated[LinePanel, Tag("line")]
    | Annotated[BarPanel, Tag("bar")]
    | Annotated[ScalarPanel, Tag("scalar")]
    | Annotated[ScatterPanel, Tag("scatter")]
    | Annotated[ParallelCoordinatesPanel, Tag("parallel_coordinates")]
    | Annotated[ParameterImportancePanel, Tag("parameter_importance")]
    | Annotated[MediaPanel, Tag("media")]
    | Annotated[TablePanel, Tag("table")]
    | Annotated[MarkdownPanel, Tag("markdown")]
    | Annotated[RunComparerPanel, Tag("run_comparer")]
    | Annotated[CodeComparerPanel, Tag("code_comparer")]
    | Annotated[CustomChartPanel, Tag("custom_chart")]
    | Annotated[VerbatimPanel, Tag("verbatim")],
    Discriminator(_tag),
]
"""A panel: a metric key alone is drawn as its kind is; a mapping without a type is a line plot."""
