"""What the preview page shows, worked out, so that the templates only place it.

Names are made visible by `wslayout.display.words.visible` and cut where they are very long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from wslayout.display.changes import Told, counted, told
from wslayout.display.charts.drawing import drawing
from wslayout.display.charts.drawn import COLOURS, Drawing, Image, dash_of
from wslayout.display.difference import ACTIONS
from wslayout.display.words import figure_rows, shorten, visible, visible_lines
from wslayout.grouping.automatic import automatic_sections
from wslayout.layout import Figures, Layout, LeftOut, Panel, Section, figures_of
from wslayout.publish.difference import Difference
from wslayout.samples import Samples

NAMES_PER_LIST: Final = 200
"""Names that a folded list shows before it says how many more there are."""

_LONGEST_TEXT: Final = 300
_LONGEST_KEY: Final = 160  # so that a card stays a card, and a page small
_LONGEST_MARKDOWN: Final = 3_000
_LEGEND: Final = 16  # keys of a panel before the others are folded
_REPRESENTED_NAMES: Final = 24
_MOST_COLUMNS: Final = 6
_AUTOMATIC: Final = "automatic, first prefix"
_LARGEST: Final = 12  # sections of automatic mode that are named
_POINTS: Final = 60_000  # of all lines of a page
_LEAST_POINTS: Final = 6  # of a line
_GROUPED: Final = "The view groups its runs; here they are drawn one by one."
_TOO_LARGE: Final = "other images are not shown, so that the page stays small"
_PICTURE_BYTES: Final = 600_000  # of all images of a page, so that it stays small


@dataclass(frozen=True, slots=True)
class _Name:
    """A name in two parts: what it shares with its neighbours, and its own."""

    shared: str
    own: str


@dataclass(frozen=True, slots=True)
class _Names:
    """The first names of a list, and how many are not among them."""

    names: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class _Key:
    """A metric key in a legend: its name, its colour if it has one, its dashes, its values."""

    name: _Name
    colour: int | None
    dash: int
    value: str


@dataclass(frozen=True, slots=True)
class _PanelView:
    panel: Panel
    title: str
    legend: tuple[_Key, ...]
    others: _Names
    represented: _Names
    curves: int
    drawing: Drawing | None
    text: str


@dataclass(frozen=True, slots=True)
class _SectionView:
    section: Section
    number: int
    name: str
    columns: int
    pages: tuple[tuple[_PanelView, ...], ...]


@dataclass(frozen=True, slots=True)
class _Bar:
    name: str
    value: str
    share: float


@dataclass(frozen=True, slots=True)
class _Automatic:
    """The sections of automatic mode: the largest, and how many others there are."""

    largest: tuple[_Bar, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A workspace as the page shows it; all names can be shown as they are.

    Attributes:
        title: The heading.
        layout: What is shown.
        sections: Its sections.
        panels: How many panels there are.
        runs: The runs that values are from.
        notes: Sentences on what is not shown, and why.
        heading: What the figures are headed by.
        figure_names: What the figures are of.
        figure_rows: A row a figure: what it is, and one value each.
        search_bars: The search cost of each.
        verdict: How they compare, in a sentence.
        automatic: The sections of automatic mode.
        difference: What saving would change.
        said_of: What is said of the saved view.
        counts: How much would change, in a sentence.
        changes: What would change, line by line.
        left_out: Keys without a panel by reason, and the names that are shown of them.
        left_out_keys: How many keys have no panel.
    """

    title: str
    layout: Layout
    sections: Sequence[_SectionView]
    panels: int
    runs: Sequence[str]
    notes: Sequence[str]
    heading: str
    figure_names: Sequence[str]
    figure_rows: Sequence[tuple[str, Sequence[str]]]
    search_bars: Sequence[_Bar]
    verdict: str
    automatic: _Automatic | None
    difference: Difference | None
    said_of: str
    counts: str
    changes: Sequence[Told]
    left_out: Sequence[tuple[LeftOut, _Names]]
    left_out_keys: int


def shown(
    layout: Layout,
    *,
    title: str | None = None,
    spec_bytes: int | None = None,
    samples: Samples | None = None,
    difference: Difference | None = None,
    notes: Sequence[str] = (),
) -> Shown:
    """What a page or a cell shows of a layout.

    Args:
        layout: What to show.
        title: The heading; by default the layout's name.
        spec_bytes: The size of the view spec, where the layout's figures lack it.
        samples: Values to draw; without them drawings are schematic.
        difference: What saving the layout would change in a view that is there.
        notes: Sentences on what is not shown, and why.
    """
    figures = _figures(layout, spec_bytes)
    drawings = _drawings(layout, samples)
    if drawings and layout.runs.get("groupby"):
        notes = (*notes, _GROUPED)
    changes = (difference.changes, difference.conflicts) if difference else ((), ())
    return Shown(
        title=shown_name(title or layout.name),
        layout=layout,
        sections=[_section(number, one, drawings) for number, one in enumerate(layout.sections, 1)],
        panels=sum(len(section.panels) for section in layout.sections),
        runs=[shown_name(name) for name in samples.runs] if samples and drawings else [],
        notes=[shown_name(note) for note in (*notes, *(samples.notes if samples else ()))],
        heading="Compared to automatic mode" if len(figures) > 1 else "Figures",
        figure_names=[shown_name(name) for name in figures],
        figure_rows=figure_rows(figures.values()),
        search_bars=_search_bars(figures),
        verdict=_verdict(figures),
        automatic=_automatic(layout, figures),
        difference=difference,
        said_of=ACTIONS[difference.action] if difference else "",
        counts=counted(*changes),
        changes=list(told(*changes)),
        left_out=[(left, _names(left.keys, NAMES_PER_LIST)) for left in _by_size(layout)],
        left_out_keys=sum(len(left.keys) for left in layout.left_out),
    )


def shown_name(name: str) -> str:
    """A name as the page shows it: visible throughout, and of bounded length."""
    return _bounded(name, _LONGEST_TEXT)


def _key_name(key: str) -> str:
    return _bounded(key, _LONGEST_KEY)


def _bounded(name: str, limit: int) -> str:
    # What is written out is longer.
    return shorten(visible(shorten(name, limit)), limit)


def _names(keys: tuple[str, ...], limit: int) -> _Names:
    return _Names(tuple(_key_name(key) for key in keys[:limit]), max(0, len(keys) - limit))


def _drawings(layout: Layout, samples: Samples | None) -> dict[str, Drawing]:
    """What panels show of values, by their ids; images as long as the page stays small."""
    if samples is None:
        return {}
    found: dict[str, Drawing] = {}
    bytes_ = 0
    lines = sum(len(panel.keys) for panel in layout.panels if panel.kind == "line")
    points = max(_LEAST_POINTS, _POINTS // max(1, lines * len(samples.runs)))
    for section, panel in [(one, panel) for one in layout.sections for panel in one.panels]:
        one = drawing(panel, section, layout, samples, points=points)
        if one is None:
            continue
        kept: list[Image] = []
        for picture in one.pictures:
            if bytes_ + len(picture.url) <= _PICTURE_BYTES:
                bytes_ += len(picture.url)
                kept.append(picture)
        if len(kept) < len(one.pictures):
            one = replace(one, pictures=tuple(kept), note=_TOO_LARGE)
        found[panel.id] = one
    return found


def _automatic(layout: Layout, figures: dict[str, Figures]) -> _Automatic | None:
    """What automatic mode makes of the same keys; None where that is not known."""
    theirs = figures.get(_AUTOMATIC)
    if theirs is None:
        return None
    kinds = {
        key: "table" if panel.kind in ("media", "table") else "number"
        for panel in layout.panels
        for key in (*panel.keys, *panel.represented)
    }
    for left in layout.left_out:
        if left.chartable:
            kinds |= dict.fromkeys(left.keys, "number")
    sizes = sorted(automatic_sections(kinds, "first").items(), key=lambda one: (-one[1], one[0]))
    largest = tuple(
        _Bar(shown_name(name), f"{size:,}", round(100 * size / sizes[0][1], 1))
        for name, size in sizes[:_LARGEST]
    )
    return _Automatic(largest, max(0, theirs.sections - len(largest)))


def _section(number: int, section: Section, drawings: dict[str, Drawing]) -> _SectionView:
    columns = min(max(1, section.columns), _MOST_COLUMNS)
    size = columns * max(1, section.rows)
    views = [_panel(panel, drawings.get(panel.id)) for panel in section.panels]
    pages = tuple(tuple(views[at : at + size]) for at in range(0, len(views), size))
    return _SectionView(section, number, _key_name(section.name), columns, pages)


def _panel(panel: Panel, drawn: Drawing | None) -> _PanelView:
    shared = _shared_prefix(panel.keys)
    values = (drawn.values if drawn else None) or {}
    coloured = panel.kind in ("line", "bar") and not (drawn and drawn.by_run)
    return _PanelView(
        panel=panel,
        title=_key_name(panel.title),
        legend=tuple(
            _Key(
                _legend_entry(key, shared),
                place % COLOURS if coloured else None,
                dash_of(place) if panel.kind == "line" else 0,
                values.get(key, ""),
            )
            for place, key in enumerate(panel.keys[:_LEGEND])
        ),
        others=_names(panel.keys[_LEGEND:], NAMES_PER_LIST),
        represented=_names(panel.represented, _REPRESENTED_NAMES),
        curves=min(len(panel.keys), COLOURS),
        drawing=drawn,
        text=_text(panel),
    )


def _text(panel: Panel) -> str:
    """What a panel of text says."""
    if panel.kind != "markdown":
        return ""
    return visible_lines(shorten(str(panel.settings.get("markdown", "")), _LONGEST_MARKDOWN))


def _legend_entry(key: str, shared: int) -> _Name:
    shown = _key_name(key)
    if len(key) > _LONGEST_KEY or visible(key[:shared]) != shown[:shared]:
        return _Name("", shown)
    return _Name(shown[:shared], shown[shared:])


def _shared_prefix(keys: tuple[str, ...]) -> int:
    """How many characters all keys share, up to the last ``/`` or ``.`` among them."""
    if not keys:
        return 0
    first, last = min(keys), max(keys)
    same = next(
        (at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b),
        min(len(first), len(last)),
    )
    if len(keys) == 1:
        same = max(0, same - 1)
    return max(first.rfind("/", 0, same), first.rfind(".", 0, same)) + 1


def _figures(layout: Layout, spec_bytes: int | None) -> dict[str, Figures]:
    figures = dict(layout.figures) or {"wslayout": figures_of(layout)}
    ours = figures.get("wslayout")
    if ours is not None and ours.spec_bytes is None:
        figures["wslayout"] = replace(ours, spec_bytes=spec_bytes)
    return figures


def _search_bars(figures: dict[str, Figures]) -> list[_Bar]:
    most = max(one.search_cost for one in figures.values())
    return [
        _Bar(
            shown_name(name),
            f"{one.search_cost:,.1f}",
            round(100 * one.search_cost / most, 1) if most else 0.0,
        )
        for name, one in figures.items()
    ]


def _verdict(figures: dict[str, Figures]) -> str:
    """How our search cost compares to the best of the others, in a sentence."""
    ours = figures.get("wslayout")
    others = [one.search_cost for name, one in figures.items() if name != "wslayout"]
    if ours is None or not others or not ours.search_cost or not min(others):
        return ""
    ratio = min(others) / ours.search_cost
    if ratio >= 1.05:
        return f"{ratio:.1f} times fewer than in the better automatic layout (an estimate)."
    if ratio <= 0.95:
        return f"{1 / ratio:.1f} times more than in the better automatic layout (an estimate)."
    return "As many as in the better automatic layout."


def _by_size(layout: Layout) -> list[LeftOut]:
    """What is left out, drawable keys first, then the longest list first."""
    return sorted(layout.left_out, key=lambda left: (not left.chartable, -len(left.keys)))
