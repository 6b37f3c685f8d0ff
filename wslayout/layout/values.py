"""`Layout`: sections of panels as plain, frozen data; change one with `dataclasses.replace`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, get_args

from wslayout.errors import SpecError
from wslayout.layout.figures import Figures, figures
from wslayout.shown import Shown

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

_DRAWS_KEYS: Final = frozenset({"line", "bar", "scalar", "media", "table"})
"""Kinds of panels that make no sense without a key, but where their settings say what they draw."""

_FORMAT: Final = "wslayout-layout"


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


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Layout(Shown):
    """A workspace: what `wslayout.plan` makes and `wslayout.apply` saves.

    Attributes:
        name: The saved view's name.
        sections: Its sections, in order.
        left_out: Every key without a panel, by reason.
        x_axis: The metric on every line plot's x-axis; None: W&B's step.
        source: What the keys were read from, for people.
        entity: The W&B entity of the source, where it has one.
        project: The W&B project of the source, where it has one.
        coverage: How complete the keys were, for people.
        figures: How good it is: ``"wslayout"`` and, to compare with,
            ``"automatic, first prefix"`` and ``"automatic, last prefix"``.
        settings: Settings of the workspace, by the names of templates.
        runs: Settings of its run set, by the names of templates.
        verbatim: Parts of the view spec to write as they are.
        templates: The templates that it was made with, the user's own last.
        notes: What a person should know of how it was made.
    """

    name: str
    sections: tuple[Section, ...]
    left_out: tuple[LeftOut, ...] = ()
    x_axis: str | None = None
    source: str = ""
    entity: str | None = None
    project: str | None = None
    coverage: str = ""
    figures: Mapping[str, Figures] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    runs: Mapping[str, Any] = field(default_factory=dict)
    verbatim: Mapping[str, Any] = field(default_factory=dict)
    templates: tuple[TemplateUse, ...] = ()
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        panels = sum(1 for _ in self.panels)
        return f"<Layout {self.name!r}: {panels} panels in {len(self.sections)} sections>"

    @property
    def panels(self) -> Iterator[Panel]:
        """All panels, section by section."""
        for section in self.sections:
            yield from section.panels

    def to_json(self) -> str:
        """The layout as JSON text; `from_json` reads it back unchanged."""
        data = {"format": _FORMAT, "version": 1, **asdict(self)}
        return json.dumps(data, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Layout:
        """Read what `to_json` wrote.

        Raises:
            SpecError: It is not such a text.
        """
        from pydantic import TypeAdapter, ValidationError

        try:
            data = json.loads(text)
            if data.pop("format") != _FORMAT or data.pop("version") != 1:
                raise SpecError("not a layout of version 1")
            layout = TypeAdapter(cls).validate_json(json.dumps(data), strict=True)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise SpecError(f"not a layout that wslayout wrote: {where}: {first['msg']}") from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise SpecError(f"not a layout that wslayout wrote: {error}") from error
        bare = (one for one in layout.panels if not (one.keys or one.settings))
        if any(panel.kind in _DRAWS_KEYS for panel in bare):
            raise SpecError("not a layout that wslayout wrote: a panel has no keys")
        if any(min(section.columns, section.rows) < 1 for section in layout.sections):
            raise SpecError("not a layout that wslayout wrote: a section has no columns or rows")
        return layout


def figures_of(layout: Layout, *, spec_bytes: int | None = None) -> Figures:
    """The figures of a layout; a key that several panels draw counts where it stands first."""
    seen: set[str] = set()

    def new(keys: Iterable[str]) -> int:
        fresh = set(keys) - seen
        seen.update(fresh)
        return len(fresh)

    return figures(
        [
            (
                len(section.panels),
                sum([new(panel.keys) for panel in section.panels]),
                sum([new(panel.represented) for panel in section.panels]),
            )
            for section in layout.sections
        ],
        left_out=sum(len(left.keys) for left in layout.left_out if left.chartable),
        spec_bytes=spec_bytes,
    )
