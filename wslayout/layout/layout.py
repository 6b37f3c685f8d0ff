"""`Layout`: sections of panels as plain, frozen data, and what can be changed in it by hand."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from wslayout.errors import SpecError
from wslayout.layout.figures import Figures, figures
from wslayout.layout.ids import stable_id
from wslayout.layout.values import LeftOut, Panel, PanelKind, Section, TemplateUse
from wslayout.shown import Shown
from wslayout.suggest import did_you_mean

BY_HAND: Final = "taken out by hand"
"""Why a key has no panel that somebody took out."""

_DRAWS_KEYS: Final = frozenset({"line", "bar", "scalar", "media", "table"})
"""Kinds of panels that make no sense without a key, but where their settings say what they draw."""

_FORMAT: Final = "wslayout-layout"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Layout(Shown):
    """A workspace: what `wslayout.plan` makes and `wslayout.apply` saves.

    Each change by hand gives another layout, so that changes can be chained. A panel is named by
    its title or its id, a section by its name or its id::

        layout = (
            wsl.plan("team/project")
            .move("loss", to="Training", at=0)
            .rename_section("val", "Validation")
            .hide("debug/time")
        )

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
        options: What `wslayout.plan` was asked for beside the keys, to plan it again.
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
    options: Mapping[str, Any] = field(default_factory=dict)

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

    # Changes by hand

    def find_panel(self, panel: str) -> tuple[Section, Panel]:
        """The panel of an id or a title, and the section that it is in.

        Raises:
            SpecError: There is none, or there are several of that title.
        """
        pairs = [(section, one) for section in self.sections for one in section.panels]
        for pair in pairs:
            if pair[1].id == panel:
                return pair
        found = [pair for pair in pairs if pair[1].title == panel]
        if len(found) != 1:
            ids = [(one.id, section.name) for section, one in found]
            raise _not_one("panel", panel, ids, [one.title for _, one in pairs])
        return found[0]

    def find_section(self, section: str) -> Section:
        """The section of an id or a name.

        Raises:
            SpecError: There is none, or there are several of that name.
        """
        for one in self.sections:
            if one.id == section:
                return one
        found = [one for one in self.sections if one.name == section]
        if len(found) != 1:
            ids = [(one.id, one.name) for one in found]
            raise _not_one("section", section, ids, [one.name for one in self.sections])
        return found[0]

    def move(self, panel: str, *, to: str | None = None, at: int | None = None) -> Layout:
        """Move a panel.

        Args:
            panel: Its title or its id.
            to: The section that it goes to; by default it stays in its own.
            at: Its place there, from 0; by default the last.

        Raises:
            SpecError: There is no such panel or section, or the place is no number.
        """
        home, moved = self.find_panel(panel)
        target = home if to is None else self.find_section(to)
        without = tuple(one for one in home.panels if one.id != moved.id)
        others = without if target.id == home.id else target.panels
        place = _place(at, len(others))
        sections = tuple(
            replace(one, panels=(*others[:place], moved, *others[place:]))
            if one.id == target.id
            else replace(one, panels=without)
            if one.id == home.id
            else one
            for one in self.sections
        )
        return _with(self, [one for one in sections if one.panels or one.id != home.id])

    def move_section(self, section: str, *, at: int) -> Layout:
        """Move a section to a place, from 0.

        Raises:
            SpecError: There is no such section, or the place is no number.
        """
        moved = self.find_section(section)
        others = [one for one in self.sections if one.id != moved.id]
        others.insert(_place(at, len(others)), moved)
        return _with(self, others)

    def add_section(self, name: str, *, at: int | None = None) -> Layout:
        """Add an empty section, by default the last; move panels into it.

        Raises:
            SpecError: There is one of that name, or the place is no number.
        """
        name = _new_name(self, name)
        added = _new_section(name, {one.id for one in self.sections})
        sections = list(self.sections)
        sections.insert(_place(at, len(sections)), added)
        return _with(self, sections)

    def remove_section(self, section: str) -> Layout:
        """Take a section out, with all of its panels.

        Raises:
            SpecError: There is no such section.
        """
        gone = self.find_section(section)
        keys = [key for panel in gone.panels for key in (*panel.keys, *panel.represented)]
        return _left(_with(self, [one for one in self.sections if one.id != gone.id]), keys)

    def rename(self, panel: str, title: str) -> Layout:
        """Give a panel another title.

        Raises:
            SpecError: There is no such panel, its type has no title, or the title is empty.
        """
        home, one = self.find_panel(panel)
        if one.kind not in _TITLED:
            raise SpecError(f"W&B gives a panel of type {one.kind} no title of its own")
        name = _named(title, "panel")
        settings = {**one.settings, "title": name} if one.settings else one.settings
        return _with_panel(self, home, replace(one, title=name, settings=settings))

    def rename_section(self, section: str, name: str) -> Layout:
        """Give a section another name.

        Raises:
            SpecError: There is no such section, the name is empty, or another one has it.
        """
        found = self.find_section(section)
        return _with_section(self, replace(found, name=_new_name(self, name, but=found.id)))

    def open_section(self, section: str, *, is_open: bool = True) -> Layout:
        """Let a section start open, or closed, in which it loads nothing.

        Raises:
            SpecError: There is no such section.
        """
        return _with_section(self, replace(self.find_section(section), is_open=is_open))

    def remove(self, panel: str) -> Layout:
        """Take a panel out; its keys are left out.

        Raises:
            SpecError: There is no such panel.
        """
        home, gone = self.find_panel(panel)
        kept = tuple(one for one in home.panels if one.id != gone.id)
        sections = [
            replace(one, panels=kept) if one.id == home.id else one for one in self.sections
        ]
        left = _with(self, [one for one in sections if one.panels or one.id != home.id])
        return _left(left, (*gone.keys, *gone.represented))

    def hide(self, key: str) -> Layout:
        """Draw a metric on no panel any more; a panel that draws nothing else goes.

        Raises:
            SpecError: No panel draws it or stands for it, or one draws it by a pattern.
        """
        layout = self
        found = False
        for section in self.sections:
            for panel in section.panels:
                if key not in panel.keys and key not in panel.represented:
                    continue
                found = True
                changed = _without(panel, key)
                if changed is not None:
                    layout = _with_panel(layout, layout.find_section(section.id), changed)
                else:
                    layout = layout.remove(panel.id)
        if not found:
            drawn = [one for panel in self.panels for one in panel.keys]
            hint = did_you_mean(str(key), drawn)
            raise SpecError(f"no panel draws the metric {key!r}", hint=hint)
        return _left(layout, [key])

    def show(self, key: str, *, to: str | None = None, kind: PanelKind = "line") -> Layout:
        """Draw a metric on a panel of its own.

        Args:
            key: The metric key.
            to: The section; by default the last one, or a new section "Charts" where there is
                none.
            kind: How it is drawn: "line", "bar", "scalar", "media" or "table".

        Raises:
            SpecError: A panel draws it already, there is no such section, or no panel of that
                kind draws a metric.
        """
        _named(key, "metric")
        if kind not in _DRAWS_KEYS:
            raise SpecError(
                f"no panel of type {kind} draws a metric of its own",
                hint=f"Those that do are {', '.join(sorted(_DRAWS_KEYS))}.",
            )
        if any(key in panel.keys for panel in self.panels):
            raise SpecError(f"a panel draws the metric {key!r} already")
        layout = self if self.sections else self.add_section("Charts")
        target = layout.sections[-1] if to is None else layout.find_section(to)
        sections = [
            replace(
                section,
                panels=tuple(
                    replace(one, represented=tuple(rest for rest in one.represented if rest != key))
                    for one in section.panels
                ),
            )
            for section in layout.sections
        ]
        added = Panel(
            id=stable_id("panel", "by hand", key),
            kind=kind,
            title=key,
            keys=(key,),
            family=key,
            reason="added by hand",
        )
        sections = [
            replace(one, panels=(*one.panels, added)) if one.id == target.id else one
            for one in sections
        ]
        left_out = [
            replace(one, keys=tuple(rest for rest in one.keys if rest != key))
            for one in layout.left_out
        ]
        return _with(layout, sections, [one for one in left_out if one.keys])


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


def _not_one(
    thing: str, name: object, found: Sequence[tuple[str, str]], names: Iterable[str]
) -> SpecError:
    if not found:
        hint = did_you_mean(str(name), list(dict.fromkeys(names)))
        return SpecError(f"the layout has no {thing} {name!r}", hint=hint)
    listed = ", ".join(f"{one} (in {where})" for one, where in found)
    return SpecError(f"several {thing}s are called {name!r}", hint=f"Name one by its id: {listed}.")


_TITLED: Final = frozenset({"line", "bar", "scalar", "media", "scatter", "parallel_coordinates"})
"""Kinds of panels that W&B gives a title."""

_LISTED: Final = {"line": "y", "bar": "metrics", "media": "media_keys"}
"""What settings call the keys of a panel."""


def _without(panel: Panel, key: str) -> Panel | None:
    """A panel that draws one metric less; None where nothing is left of it.

    Raises:
        SpecError: It draws what matches a pattern.
    """
    if panel.settings.get("metric_regex"):
        raise SpecError(f"the panel {panel.title!r} draws {key!r} by a pattern")
    keys = tuple(one for one in panel.keys if one != key)
    if not keys or (len(keys) < len(panel.keys) and panel.kind not in _LISTED):
        return None
    settings = panel.settings
    if settings and (listed := _LISTED.get(panel.kind)) in settings:
        settings = {**settings, str(listed): list(keys)}
    represented = tuple(one for one in panel.represented if one != key)
    return replace(panel, keys=keys, represented=represented, settings=settings)


def _named(name: object, thing: str) -> str:
    if not isinstance(name, str) or not name.strip():
        raise SpecError(f"a {thing} can't be without a name")
    return name.strip()


def _new_name(layout: Layout, name: object, *, but: str = "") -> str:
    """A name for a section that no other has, so that it can be named by it."""
    found = _named(name, "section")
    if any(one.name == found and one.id != but for one in layout.sections):
        raise SpecError(f"there is a section {found!r} already")
    return found


def _place(at: object, most: int) -> int:
    """A place in a list, from 0; None and what is beyond: the last."""
    if at is None:
        return most
    if not isinstance(at, int):
        raise SpecError(f"a place is a number from 0, not {at!r}")
    return max(0, min(at, most))


def _new_section(name: str, taken: Collection[str]) -> Section:
    again = 0
    while (found := stable_id("section", "by hand", name, *[str(again)] * bool(again))) in taken:
        again += 1
    return Section(
        id=found,
        name=name,
        panels=(),
        reason="added by hand",
    )


def _with_section(layout: Layout, section: Section) -> Layout:
    return _with(layout, [section if one.id == section.id else one for one in layout.sections])


def _with_panel(layout: Layout, home: Section, panel: Panel) -> Layout:
    panels = tuple(panel if one.id == panel.id else one for one in home.panels)
    return _with_section(layout, replace(home, panels=panels))


def _with(
    layout: Layout, sections: Sequence[Section], left_out: Sequence[LeftOut] | None = None
) -> Layout:
    """The layout with other sections, and with the figures that it has then."""
    changed = replace(
        layout,
        sections=tuple(sections),
        left_out=layout.left_out if left_out is None else tuple(left_out),
    )
    if "wslayout" not in changed.figures:
        return changed
    return replace(changed, figures={**changed.figures, "wslayout": figures_of(changed)})


def _left(layout: Layout, keys: Sequence[str]) -> Layout:
    """The layout with keys that no panel has among those that are left out."""
    drawn = {key for panel in layout.panels for key in (*panel.keys, *panel.represented)}
    gone = {key for key in keys if key not in drawn}
    before = next((one.keys for one in layout.left_out if one.reason == BY_HAND), ())
    others = [one for one in layout.left_out if one.reason != BY_HAND]
    taken = tuple(sorted({*before, *gone}))
    if taken:
        others.append(LeftOut(reason=BY_HAND, keys=taken, chartable=True))
    return _with(layout, layout.sections, others)
