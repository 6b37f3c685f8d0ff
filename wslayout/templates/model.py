"""What a template says: the model behind the YAML."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import AfterValidator, Field, field_validator, model_validator

from wslayout.patterns import checked_pattern
from wslayout.suggest import did_you_mean
from wslayout.templates.panels import GroupBy, MetricName, PanelEntry, SmoothingType, Strict

Kind: TypeAlias = Literal[
    "number",
    "histogram",
    "image",
    "video",
    "audio",
    "html",
    "plotly",
    "bokeh",
    "object3d",
    "molecule",
    "graph",
    "table",
    "media",
]


KeyPattern: TypeAlias = Annotated[
    str,
    Field(
        min_length=1,
        description="A glob that knows / (train/*, **/loss, {a,b}/**), or regex: and a regular "
        "expression in syntax of RE2.",
    ),
    AfterValidator(checked_pattern),
]


class KeyMatcher(Strict):
    """Which keys a section takes; all that it says must hold."""

    keys: KeyPattern | None = None
    kinds: list[Kind] = Field(default_factory=list, description="Kinds of metrics.")
    family: str | None = Field(
        default=None,
        description="A family by its label, as `wslayout explain` shows it: layers.*/norm.",
    )
    optional: bool = Field(
        default=False, description="Whether nothing is said where nothing matches."
    )

    @model_validator(mode="after")
    def _says_something(self) -> KeyMatcher:
        if not (self.keys or self.kinds or self.family):
            raise ValueError("a matcher says `keys`, `kinds` or `family`")
        return self


class BudgetLimits(Strict):
    """How large the workspace may become; what is not given stays as it was."""

    sections: int | None = Field(default=None, ge=1, description="Most sections.")
    panels: int | None = Field(
        default=None, ge=1, description="Most panels in all sections together."
    )
    panels_per_section: int | None = Field(
        default=None, ge=1, description="Most panels of one section."
    )
    lines_per_panel: int | None = Field(
        default=None, ge=1, description="Most metrics on one panel."
    )
    overview: int | None = Field(
        default=None, ge=0, description="Most headline panels of the overview."
    )
    open_panels: int | None = Field(
        default=None, ge=0, description="Panels in sections that start open."
    )


class KeySelection(Strict):
    """Which keys may have a panel at all."""

    include: list[KeyPattern] = Field(default_factory=list, description="Only what these match.")
    exclude: list[KeyPattern] = Field(default_factory=list, description="Nothing that these match.")
    kinds: list[Kind] = Field(default_factory=list, description="Only these kinds of metrics.")


class AxisSettings(Strict):
    """The x-axis and the smoothing of all line plots of a section or a workspace."""

    x_axis: MetricName | None = Field(default=None, description="The metric on the x-axis.")
    x_min: float | None = None
    x_max: float | None = None
    smoothing_type: SmoothingType | None = None
    smoothing_weight: int | None = Field(default=None, ge=0, description="How strong: 0 to 100.")


class ViewSettings(AxisSettings):
    """The settings of the whole workspace, by their names in wandb-workspaces."""

    x_axis: MetricName | list[MetricName] | None = Field(  # type: ignore[assignment]  # wider
        default=None, description="The metric on the x-axis; of several the first that is there."
    )
    ignore_outliers: bool | None = None
    sort_panels_alphabetically: bool | None = None
    group_by_prefix: Literal["first", "last"] | None = None
    remove_legends_from_panels: bool | None = None
    tooltip_number_of_runs: Literal["single", "default", "all_runs"] | None = None
    tooltip_color_run_names: bool | None = None
    max_runs: int | None = Field(default=None, ge=1, description="Most runs in one plot.")
    point_visualization_method: Literal["bucketing", "downsampling"] | None = None
    panel_search_query: str | None = None
    auto_expand_panel_search_results: bool | None = None


COLUMNS: Final = (
    "ID",
    "Name",
    "Tags",
    "State",
    "CreatedTimestamp",
    "Runtime",
    "User",
    "Sweep",
    "Group",
    "JobType",
    "Hostname",
    "UsingArtifact",
    "OutputtingArtifact",
    "Step",
    "RelativeTime(Wall)",
    "RelativeTime(Process)",
    "WallTime",
)
"""Properties of runs, by their names in wandb-workspaces."""


class Runs(Strict):
    """The run set: which runs, in which order and colours."""

    query: str | None = Field(default=None, description="What stands in the search field.")
    regex_query: bool | None = None
    filters: str | None = Field(
        default=None,
        description="""An expression such as Config("lr") == 0.1 and State == "finished".""",
    )
    groupby: list[GroupBy] | None = None
    order: list[str] | None = Field(
        default=None,
        description="Columns to sort by, - before one that falls: -summary.loss, config.lr.",
    )
    pinned_columns: list[str] | None = Field(
        default=None, description="Columns to pin, such as summary:loss or config:lr.value."
    )
    colors: dict[str, str] | None = Field(default=None, description="Colours by run id.")
    group_colors: dict[str, str] | None = Field(
        default=None, description="Colours by the value of the first `groupby`."
    )
    hidden: list[str] | None = Field(default=None, description="Ids of runs that are not drawn.")
    pinned_runs: list[str] | None = Field(
        default=None, description="Ids of runs that are always drawn."
    )
    baseline_run: str | None = Field(default=None, description="The id of the run to compare with.")

    @field_validator("order")
    @classmethod
    def _columns(cls, order: list[str] | None) -> list[str] | None:
        for text in order or ():
            name = text.removeprefix("-")
            if name not in COLUMNS and not name.startswith(("config.", "summary.")):
                hint = did_you_mean(name, COLUMNS, "Properties of runs are ")
                said = f"no column of the runs is {name!r}; metrics begin with summary., "
                raise ValueError(f"{said}hyperparameters with config. {hint}".strip())
        return order

    @model_validator(mode="after")
    def _colors_have_groups(self) -> Runs:
        if self.group_colors and not self.groupby:
            raise ValueError("`group_colors` are colours of the groups that `groupby` makes")
        return self


class Grid(Strict):
    """How many panels one page of a section shows."""

    columns: int | None = Field(default=None, ge=1, le=24)
    rows: int | None = Field(default=None, ge=1, le=100)


class SectionEntry(Strict):
    """A section, or what an overlay does with one of that name."""

    name: str = Field(min_length=1, max_length=200)
    patch: Literal["add", "replace", "remove"] | None = Field(
        default=None,
        description="In a template that extends others: add to the section of that name (what is "
        "not said), replace it, or remove it.",
    )
    before: str | None = Field(
        default=None, description="The section that this new one stands before."
    )
    after: str | None = Field(
        default=None, description="The section that this new one stands after."
    )
    description: str = ""
    open: bool | None = Field(
        default=None, description="Whether it starts unfolded; else by the budget."
    )
    pinned: bool = Field(default=False, description="Whether it stays above all others.")
    grid: Grid | None = None
    settings: AxisSettings | None = None
    match: list[KeyPattern | KeyMatcher] = Field(
        default_factory=list, description="The keys that it takes; the first section wins."
    )
    panels: list[PanelEntry] = Field(
        default_factory=list, description="Panels it has in any case, first."
    )
    priority: int = Field(
        default=0,
        description="Where there are more sections or panels than the budgets allow, the higher "
        "ones stay.",
    )
    max_panels: int | None = Field(
        default=None,
        ge=1,
        description="Most panels that `match` makes; what is beyond goes to the rest.",
    )
    large_families: Literal["sample", "regex"] | None = Field(
        default=None,
        description="How an index, or classes, with too many members for a panel are drawn: some, "
        "evenly spaced, or all by one pattern.",
    )
    after_rest: bool = Field(
        default=False, description="Whether it stands after what no section takes."
    )
    optional: bool = Field(
        default=False, description="Whether nothing is said where nothing matches."
    )
    verbatim: dict[str, Any] | None = Field(
        default=None,
        description="Fields of the section in the view spec that nothing else expresses.",
    )


class RestSection(Strict):
    """One section for all that no other takes."""

    section: str = Field(min_length=1, max_length=200, description="Its name.")


class Parameter(Strict):
    """Something to set with --set name=value and to use as ${name} in values."""

    type: Literal["string", "integer", "number", "boolean"] = "string"
    default: str | int | float | bool | None = Field(
        default=None, description="Its value where none is given; without one it must be given."
    )
    choices: list[str | int | float] | None = None
    description: str = ""


_AUTOMATIC = "shouldAutoGeneratePanels"


class Template(Strict):
    """A workspace layout that a team keeps."""

    name: str | None = Field(default=None, description="What the saved view is called.")
    description: str = ""
    version: str | None = Field(
        default=None, description="For people; `push` makes versions itself."
    )
    extends: str | list[str] = Field(
        default_factory=list,
        description="Presets by name, or files in this one's folder, that this one changes.",
    )
    parameters: dict[Annotated[str, Field(pattern="^[A-Za-z_][A-Za-z0-9_]*$")], Parameter] = Field(
        default_factory=dict
    )
    detect: list[KeyPattern] = Field(
        default_factory=list,
        description="Keys that tell that a project is of this kind, for `--template auto`.",
    )
    budgets: BudgetLimits = BudgetLimits()
    select: KeySelection = KeySelection()
    pin: list[MetricName] = Field(
        default_factory=list, description="Metrics that come first in the overview."
    )
    overlay: Literal["splits", "none"] | None = Field(
        default=None, description="Whether training and validation of one quantity share a panel."
    )
    group_by: Literal["auto", "prefix", "topic"] | None = Field(
        default=None, description="What the sections of the rest follow."
    )
    settings: ViewSettings = ViewSettings()
    runs: Runs = Runs()
    sections: list[SectionEntry] = Field(default_factory=list)
    rest: Literal["auto", "drop"] | RestSection | None = Field(
        default=None,
        description="What becomes of keys that no section takes: sections by themselves (auto), "
        "no panels (drop), or one section.",
    )
    missing: Literal["error", "drop", "keep"] = Field(
        default="error",
        description="What becomes of metrics that panels name and the project lacks: an error, "
        "nothing (drop), or panels all the same (keep).",
    )
    verbatim: dict[str, Any] | None = Field(
        default=None, description="Parts of the view spec that nothing else expresses."
    )

    @field_validator("verbatim")
    @classmethod
    def _leaves_the_sections(cls, patch: dict[str, Any] | None) -> dict[str, Any] | None:
        section = (patch or {}).get("section", {})
        bank = section.get("panelBankConfig", {}) if isinstance(section, dict) else None
        if not isinstance(bank, dict) or "sections" in bank:
            raise ValueError("sections are said under `sections`, and nothing may take them away")
        for part in ("settings", "workspaceSettings"):
            if isinstance(section.get(part), dict) and _AUTOMATIC in section[part]:
                raise ValueError(f"`{_AUTOMATIC}` is always false: the view is a manual one")
        return patch
