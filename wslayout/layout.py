"""`Layout`: sections of panels as plain data, and the figures that judge one.

Nothing here knows W&B, files or the screen. Values are frozen; change one with
`dataclasses.replace`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final, Literal, get_args

from wslayout.errors import SpecError, TemplateError

PanelKind = Literal["line", "bar", "scalar", "media", "table"]
PANEL_KINDS: Final[tuple[str, ...]] = get_args(PanelKind)

NOT_SHOWN_PENALTY: Final = 20.0
"""What looking for a key that no panel shows costs beyond scanning everything."""

_FORMAT: Final = "wslayout-layout"


def short_hash(*parts: str, length: int) -> str:
    """``length`` characters of ``[0-9a-z]``: the same for the same parts, for ever."""
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()
    number = int.from_bytes(digest, "big")
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    for _ in range(length):
        number, digit = divmod(number, len(digits))
        text += digits[digit]
    return text


def stable_id(*parts: str) -> str:
    """The id of a managed panel or section: ``wsl`` and 12 characters of ``[0-9a-z]``.

    A panel keeps its id while it moves, so what people edited in the app, which W&B
    files under the panel's id, stays with it.
    """
    return "wsl" + short_hash(*parts, length=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """How large a workspace may become.

    The defaults of the command line and of `wslayout.plan` are those of the built-in
    preset ``templates/base.yaml``.

    Attributes:
        sections: Most sections.
        panels: Most panels in all sections together.
        panels_per_section: A section with more panels is divided where its panels' names
            allow it.
        lines_per_panel: Most metric keys that one panel draws.
        overview: Most headline panels that the first section takes from the others;
            0: no such section.
        open_panels: Sections start open, from the top, until this many panels show.

    Raises:
        TemplateError: A budget that is not a whole number in its range.
    """

    sections: int
    panels: int
    panels_per_section: int
    lines_per_panel: int
    overview: int
    open_panels: int

    def __post_init__(self) -> None:
        """Refuse budgets that no workspace can keep."""
        for item in fields(self):
            value = getattr(self, item.name)
            least = 0 if item.name in ("overview", "open_panels") else 1
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise TemplateError(
                    f"budget {item.name} must be a whole number from {least}, not {value!r}"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel: a family of keys drawn together.

    Attributes:
        id: Its identity (`stable_id` of kind and family).
        kind: "line", "bar" and "scalar" for numbers, "media" for one media browser,
            "table" for one logged table.
        title: What stands above it.
        keys: The metric keys it draws, in order; at least one.
        represented: Keys of the same family that it stands for without drawing them.
        family: What its keys share, with ``*`` for what differs (``layers.*/norm``).
        x_axis: The metric it is drawn over, where that is not the workspace's x-axis.
        reason: Why it was chosen, in words.
    """

    id: str
    kind: PanelKind
    title: str
    keys: tuple[str, ...]
    represented: tuple[str, ...] = ()
    family: str = ""
    x_axis: str | None = None
    reason: str = ""


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
    """

    id: str
    name: str
    panels: tuple[Panel, ...]
    is_open: bool = True
    pinned: bool = False
    columns: int = 3
    rows: int = 2
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Keys without a panel, and why.

    Attributes:
        reason: Why, in words that stand alone ("internal to W&B", …).
        keys: The metric keys, sorted.
        chartable: Whether W&B could have drawn them.
    """

    reason: str
    keys: tuple[str, ...]
    chartable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How heavy a workspace is, and how long a person looks for a key in it.

    Attributes:
        sections: Number of sections.
        panels: Number of panels.
        single_panel_sections: Sections that hold one panel.
        keys_shown: Keys that a panel draws.
        keys_represented: Keys that a panel stands for without drawing them.
        keys_left_out: Keys of a drawable kind that no panel draws or stands for.
        search_cost: Headings and panels passed on average when looking for one
            drawable key: half the headings and half the panels of its section; for a
            key without a panel all headings, all panels and `NOT_SHOWN_PENALTY`.
        spec_bytes: Size of the view spec as JSON, where it was built or estimated.
    """

    sections: int
    panels: int
    single_panel_sections: int
    keys_shown: int
    keys_represented: int
    keys_left_out: int
    search_cost: float
    spec_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
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
        try:
            data = json.loads(text)
            if data.pop("format") != _FORMAT or data.pop("version") != 1:
                raise SpecError("not a layout of version 1")
            data["sections"] = tuple(_section(section) for section in data["sections"])
            data["left_out"] = tuple(
                LeftOut(**{**left, "keys": tuple(left["keys"])}) for left in data["left_out"]
            )
            data["figures"] = {name: Figures(**value) for name, value in data["figures"].items()}
            return cls(**data)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise SpecError(f"not a layout that wslayout wrote: {error}") from error


def _section(data: dict[str, Any]) -> Section:
    panels = tuple(_panel(panel) for panel in data["panels"])
    return Section(**{**data, "panels": panels})


def _panel(data: dict[str, Any]) -> Panel:
    if data["kind"] not in PANEL_KINDS:
        raise SpecError(f"unknown kind of panel {data['kind']!r}")
    panel = Panel(
        **{**data, "keys": tuple(data["keys"]), "represented": tuple(data["represented"])}
    )
    if not panel.keys:
        raise SpecError(f"panel {panel.title!r} has no keys")
    return panel


def figures(
    sections: Iterable[tuple[int, int, int]], *, left_out: int, spec_bytes: int | None = None
) -> Figures:
    """Judge a workspace by its sections.

    Args:
        sections: For each section (panels, keys shown, keys represented).
        left_out: Drawable keys without a panel.
        spec_bytes: Size of the view spec, where known.
    """
    table = list(sections)
    panels = sum(row[0] for row in table)
    shown = sum(row[1] for row in table)
    represented = sum(row[2] for row in table)
    scan_all = len(table) + panels + NOT_SHOWN_PENALTY
    total = left_out * scan_all + sum(
        (keys + stands_for) * (len(table) + count) / 2 for count, keys, stands_for in table
    )
    keys_in_all = shown + represented + left_out
    return Figures(
        sections=len(table),
        panels=panels,
        single_panel_sections=sum(row[0] == 1 for row in table),
        keys_shown=shown,
        keys_represented=represented,
        keys_left_out=left_out,
        search_cost=round(total / keys_in_all, 3) if keys_in_all else 0.0,
        spec_bytes=spec_bytes,
    )


def figures_of(layout: Layout, *, spec_bytes: int | None = None) -> Figures:
    """The figures of a layout."""
    return figures(
        (
            (
                len(section.panels),
                sum(len(panel.keys) for panel in section.panels),
                sum(len(panel.represented) for panel in section.panels),
            )
            for section in layout.sections
        ),
        left_out=sum(len(left.keys) for left in layout.left_out if left.chartable),
        spec_bytes=spec_bytes,
    )
