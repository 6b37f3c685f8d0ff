"""What a layout is made of, as plain, frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

PanelKind = Literal[
    "line",
    "bar",
    "scalar",
    "media",
    "table",
    "scatter",
    "parallel_coordinates",
    "parameter_importance",
    "markdown",
    "run_comparer",
    "code_comparer",
    "custom_chart",
    "verbatim",
]
PANEL_KINDS: Final[tuple[str, ...]] = get_args(PanelKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel: a family of keys drawn together.

    Attributes:
        id: Its identity (`stable_id` of kind and family).
        kind: "line", "bar" and "scalar" for numbers, "media" for one media browser,
            "table" for one logged table; the others only where a template names them.
        title: What stands above it.
        keys: The metric keys it draws, in order; at least one but where a template says so.
        represented: Keys of the same family that it stands for without drawing them.
        family: What its keys share, with ``*`` for what differs (``layers.*/norm``).
        x_axis: The metric it is drawn over, where that is not the workspace's x-axis.
        reason: Why it was chosen, in words.
        settings: How it is drawn, by the names of templates; empty: as its kind is.
        place: Where it stands in a free arrangement (x, y, w and h in W&B's grid).
    """

    id: str
    kind: PanelKind
    title: str
    keys: tuple[str, ...]
    represented: tuple[str, ...] = ()
    family: str = ""
    x_axis: str | None = None
    reason: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    place: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A named, foldable group of panels.

    Attributes:
        id: Its identity (`stable_id` of what it gathers, not of where it stands).
        name: Its heading.
        panels: Its panels, in order.
        is_open: Whether it starts unfolded; a closed section loads nothing.
        pinned: Whether it stays above all others.
        columns: Panels side by side on one page of the section.
        rows: Rows of panels on one page of the section.
        reason: Why these panels stand together, in words.
        settings: Its x-axis and smoothing, by the names of templates.
        verbatim: Fields of the view spec to write as they are.
    """

    id: str
    name: str
    panels: tuple[Panel, ...]
    is_open: bool = True
    pinned: bool = False
    columns: int = 3
    rows: int = 2
    reason: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    verbatim: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Keys without a panel, and why.

    Attributes:
        reason: Why, in words that stand alone ("internal to W&B", …).
        keys: The metric keys, sorted.
        chartable: Whether a person would look for them: W&B can draw them, and neither their
            nature nor an option ruled them out.
    """

    reason: str
    keys: tuple[str, ...]
    chartable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateUse:
    """A template that a layout was made with.

    Attributes:
        name: What it is called.
        source: Where it came from: "built-in", a file, "folder …", "package …",
            "wandb-artifact:…".
        version: Its version, "" where it has none.
        digest: ``sha256:`` and the hexadecimal digest of its text.
    """

    name: str
    source: str
    version: str = ""
    digest: str = ""
