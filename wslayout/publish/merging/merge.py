"""Three-way merge of view specs: people's edits stay, what nobody touched follows the new layout.

What wslayout last wrote (the base), what the view holds now (live) and the new layout are compared
section by section and panel by panel, known by their ids, and each of these field by field, as
``kubectl apply`` does with what was last applied.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple, TypeVar

from wslayout.layout import is_stable_id
from wslayout.publish.merging.base import Base
from wslayout.publish.merging.changes import Action, Change, Conflict, FieldChange
from wslayout.publish.merging.fields import (
    PANEL,
    RUN_SET,
    SECTION,
    SETTINGS,
    Outcome,
    Path,
)
from wslayout.publish.merging.identity import continued
from wslayout.publish.merging.ordering import ordered, reordered, with_kept
from wslayout.publish.merging.parts import Parts, apart, panel_of, section_of, together
from wslayout.publish.merging.placing import places
from wslayout.publish.merging.report import (
    ADDED_BY_HAND,
    BY_HAND,
    DROPPED,
    WHETHER,
    Report,
)
from wslayout.publish.merging.sides import Sides
from wslayout.wandb_api.rawspec import MODE, Spec, mapping, panel_title

ORDER_OF_PANELS: Final = "order of the panels"
ORDER_OF_SECTIONS: Final = "order of the sections"

_VIEW: Final = ""
_RUN_SET: Final = "\0run set"
"""What the settings and the run set are called among what is disputed."""


class Merged(NamedTuple):
    """What came of a merge.

    Attributes:
        spec: The view spec to write.
        changes: What differs from the live view, and what stays as people left it.
        conflicts: What both people and the new layout changed.
        base: What to remember for the next merge.
    """

    spec: Spec
    changes: tuple[Change, ...]
    conflicts: tuple[Conflict, ...]
    base: Base


def merge(
    base: Base | None,
    live: Spec,
    new: Spec,
    *,
    theirs: bool = False,
    restore_deleted: bool = False,
) -> Merged:
    """Merge a new layout into a view that people may have edited.

    Without a base it is not known who made what differs: all that the view holds stays, and what
    it lacks of the new layout is added.

    Args:
        base: What wslayout last wrote; None: not known.
        live: The view spec as it is now.
        new: The view spec of the new layout.
        theirs: Where both changed the same thing, or it is not known who did, take the new layout.
        restore_deleted: Bring back what people took away.
    """
    before, after = _in_one_mode(apart(live), apart(new))
    after = continued(base, before, after)
    sides = Sides(base, before, after, theirs=theirs, restore_deleted=restore_deleted)
    fields = {name: _section_fields(name, sides) for name in _all_sections(sides)}
    headings = {name: str(found.get("name") or "") for name, (found, _) in fields.items()}
    report = Report(headings, theirs=theirs, known=base is not None)
    placed = places(sides, report)
    assembly = _Sections(sides, fields, placed.sections, report)
    sections = assembly.merged()
    written = (None, None) if base is None else (base.settings, base.run_set)
    settings, found = sides.merged(_VIEW, written[0], before.settings, after.settings, SETTINGS)
    run_set, of_runs = _run_set(sides)
    found += _settled(live, before)
    outcomes = {_VIEW: found, _RUN_SET: of_runs, **assembly.outcomes}
    outcomes |= {name: told for name, (_, told) in fields.items()}
    for name, order in assembly.orders.items():
        outcomes[name] = [*outcomes[name], order]
    for name, place in placed.outcomes.items():
        outcomes[name] = [*outcomes[name], place]
    inside = ("section", "runSets", "0")
    report.settings([*found, *(replace(one, path=(*inside, *one.path)) for one in of_runs)])
    spec = together(settings, run_set, sections)
    remembered = replace(
        _remembered(sides, spec, assembly.kept_orders),
        covered=placed.covered,
        disputed=_disputed(sides, outcomes),
    )
    return Merged(spec, tuple(report.changes), tuple(report.conflicts), remembered)


def _disputed(
    sides: Sides, outcomes: Mapping[str, Sequence[Outcome]]
) -> dict[str, tuple[Path, ...]]:
    """The fields in conflict of which the person's side is kept, now or since before."""
    found = {
        name: tuple(
            one.path
            for one in told
            if (one.status == "conflict" and not sides.theirs)
            or (one.status == "kept" and one.path in sides.disputed(name))
        )
        for name, told in outcomes.items()
    }
    return {name: paths for name, paths in found.items() if paths}


def _run_set(sides: Sides) -> tuple[Mapping[str, Any], list[Outcome]]:
    """The run set after the merge; one that people took away stays away."""
    written = None if sides.base is None else sides.base.run_set
    live, new = sides.live.run_set, sides.new.run_set
    if not live:
        return ({} if written and not sides.restore_deleted else new), []
    return sides.merged(_RUN_SET, written, live, new, RUN_SET)


def _remembered(sides: Sides, spec: Spec, kept_orders: Collection[str]) -> Base:
    """What to know next time: what was written, and what people keep or took away.

    Args:
        sides: What was merged.
        spec: What came of it.
        kept_orders: Sections whose panels stand as people ordered them; `_VIEW` for the sections.
    """
    merged = apart(spec)
    there = {one.id for one in merged.sections} | {one.id for one in merged.panels}
    new = sides.new_sections.keys() | sides.new_panels.keys()
    written, base = sides.written, Base.of(sides.new)
    home = {panel.id: section.id for section in merged.sections for panel in section.panels}
    sections = {**written.sections, **base.sections}
    panels = {**written.panels, **base.panels}
    # Where people put a panel tells of them for as long as the layout has it elsewhere; where the
    # merge left it does not.
    panels |= {
        name: replace(panel, section=home[name])
        for name, panel in base.panels.items()
        if name in written.panels and name in sides.home and not sides.was_moved(name)
    }
    sections = _remembered_order(
        {name: one for name, one in sections.items() if name in there},
        with_kept(list(base.sections), list(written.sections)),
        [one.id for one in merged.sections],
        keep=_VIEW in kept_orders,
    )
    panels = {name: one for name, one in panels.items() if name in there}
    homes = sorted({one.section for one in panels.values()} - sections.keys())
    return replace(
        base,
        sections=sections,
        panels={
            name: one
            for section in [*sections, *homes]
            for name, one in _remembered_order(
                {name: one for name, one in panels.items() if one.section == section},
                with_kept(base.panels_of(section), written.panels_of(section)),
                [name for name in home if home[name] == section],
                keep=section in kept_orders,
            ).items()
        },
        kept=frozenset(
            name for name in written.sections.keys() | written.panels.keys() if name in there - new
        ),
        gone={name: lead for name, lead in sides.missing.items() if name not in there},
    )


_One = TypeVar("_One")


def _remembered_order(
    found: Mapping[str, _One], layout: Sequence[str], now: Sequence[str], *, keep: bool
) -> dict[str, _One]:
    """What is remembered of one place, in the order by which people's own is told from it.

    Where people's order is kept, that is the layout's; else it is that in which all stands now,
    and what people put elsewhere stays where the layout has it.

    Args:
        found: What is remembered.
        layout: The order of the layout.
        now: What stands in that place after the merge, in order.
        keep: Whether people's order is kept there.
    """
    at_home = iter([name for name in now if name in found])
    elsewhere = found.keys() - set(now)
    # What the merge left in another section than the layout has it in stands last.
    names = [name for name in dict.fromkeys([*layout, *found]) if name in found]
    return {
        one: found[one]
        for one in (name if keep or name in elsewhere else next(at_home) for name in names)
    }


def _in_one_mode(live: Parts, new: Parts) -> tuple[Parts, Parts]:
    """Both, with the mode also where the app's newer block of settings decides on it.

    As soon as that block holds anything but a ref it goes before the older one, which alone
    wandb-workspaces writes. "pending" there is a passing state and nobody's choice.
    """
    section = mapping(new.settings.get("section"))
    flag = mapping(section.get("settings")).get(MODE)
    newer = mapping(mapping(live.settings.get("section")).get("workspaceSettings"))
    if not newer.keys() - {"ref"}:
        return live, new
    if newer.get(MODE) == "pending":
        live = _with_block(live, {**newer, MODE: flag})
    return live, _with_block(new, {**mapping(section.get("workspaceSettings")), MODE: flag})


def _settled(live: Spec, before: Parts) -> list[Outcome]:
    """What became of a mode that was "pending"."""
    old = mapping(mapping(live.get("section")).get("workspaceSettings")).get(MODE)
    now = mapping(mapping(before.settings.get("section")).get("workspaceSettings")).get(MODE)
    path = ("section", "workspaceSettings", MODE)
    return [Outcome(path, old, now, "follows")] if old != now else []


def _with_block(parts: Parts, block: Mapping[str, Any]) -> Parts:
    section = {**mapping(parts.settings.get("section")), "workspaceSettings": block}
    return replace(parts, settings={**parts.settings, "section": section})


_Found = tuple[dict[str, Any], list[Outcome]]


def _all_sections(sides: Sides) -> list[str]:
    return list(dict.fromkeys([*sides.live_sections, *sides.new_sections]))


def _section_fields(name: str, sides: Sides) -> _Found:
    """A section's fields after the merge."""
    live, new = sides.live_sections.get(name), sides.new_sections.get(name)
    if live is None or new is None:
        only = live or new
        return dict(only.fields if only else {}), []
    written = sides.written.sections.get(name)
    return sides.merged(name, written, live.fields, new.fields, SECTION)


class _Sections:
    """The sections after a merge, with their panels, each reported as it is made."""

    def __init__(
        self,
        sides: Sides,
        fields: Mapping[str, _Found],
        places: Mapping[str, str],
        report: Report,
    ) -> None:
        self._sides = sides
        self._fields = fields
        self._places = places
        self._report = report
        self.outcomes: dict[str, list[Outcome]] = {}
        self.orders: dict[str, Outcome] = {}
        self.kept_orders: set[str] = set()

    def merged(self) -> list[Any]:
        """The sections as the spec has them."""
        sides = self._sides
        contents = {name: self._order(name) for name in _all_sections(sides)}
        live = [name for name in sides.live_sections if self._stays(name, contents[name])]
        placed = [
            name for name in sides.new_sections if name in sides.live_sections or contents[name]
        ]
        for name in placed:
            if name not in sides.live_sections:
                self._report.section("added", name)
        keep = self._keeps_order(
            _VIEW,
            ORDER_OF_SECTIONS,
            live,
            list(sides.written.sections),
            placed,
        )
        if keep:
            self.kept_orders.add(_VIEW)
        names = self._ordered(_VIEW, ORDER_OF_SECTIONS, live, placed, keep=keep)
        return [self._section(name, contents[name]) for name in names]

    def _order(self, section: str) -> list[str]:
        """The panels of a section after the merge, in order."""
        sides = self._sides
        live = sides.live_sections.get(section)
        new = sides.new_sections.get(section)
        there = [panel.id for panel in live.panels] if live else []
        stays = [name for name in there if self._places.get(name) == section]
        placed = [
            panel.id
            for panel in (new.panels if new else ())
            if self._places.get(panel.id) == section
        ]
        keep = self._keeps_order(
            section, ORDER_OF_PANELS, stays, sides.written.panels_of(section), placed
        )
        if keep:
            self.kept_orders.add(section)
        return self._ordered(section, ORDER_OF_PANELS, stays, placed, keep=keep)

    def _ordered(
        self, name: str, field: str, live: Sequence[str], placed: Sequence[str], *, keep: bool
    ) -> list[str]:
        """What stands in one place, in order; it is told where that changes or is the people's.

        Args:
            name: The section, or `_VIEW`.
            field: What is ordered.
            live: What stands there now and stays.
            placed: What the new layout places there.
            keep: Whether the order is the people's.
        """
        names = ordered(live, placed, keep=keep)
        both = set(live) & set(placed)
        before = [one for one in live if one in both]
        after = [one for one in (placed if keep else names) if one in both]
        if before != after:
            called = self._report.heading if name == _VIEW else self._title
            change = FieldChange(
                field=field, live=list(map(called, before)), new=list(map(called, after))
            )
            order = self.orders.get(name)
            conflict = order is not None and order.status == "conflict"
            self._report.order("kept" if keep else "changed", change, name, conflict=conflict)
        return names

    def _keeps_order(
        self, name: str, field: str, live: Sequence[str], written: Sequence[str], new: Sequence[str]
    ) -> bool:
        """Whether an order is the people's: they changed it, and theirs is the side that is kept.

        Args:
            name: The section, or `_VIEW`.
            field: What is ordered.
            live: The order in the view, of what stays.
            written: That in which wslayout wrote it.
            new: That of the new layout.
        """
        sides = self._sides
        if sides.base is None:
            return not sides.theirs
        if not reordered(live, written) or not reordered(live, with_kept(new, written)):
            return False
        path = (field,)
        if reordered(new, written):
            self.orders[name] = Outcome(path, None, None, "conflict")
        elif path in sides.disputed(name):
            self.orders[name] = Outcome(path, None, None, "kept")
        return not (sides.theirs and name in self.orders)

    def _stays(self, section: str, panels: Sequence[str]) -> bool:
        """Whether a section of the view is still there after the merge."""
        sides, report = self._sides, self._report
        if section in sides.new_sections:
            return True
        again = section in sides.written.kept
        if section in sides.own and ((sides.theirs and panels) or (again and not sides.theirs)):
            report.section("kept", section, reason=DROPPED if sides.theirs else BY_HAND)
        elif section in sides.own:
            report.section_conflict(section, WHETHER, BY_HAND, DROPPED)
        elif section in sides.written.sections or (
            sides.base is None and sides.theirs and is_stable_id(section)
        ):
            action: Action = "kept" if panels else "removed"
            report.section(action, section, reason=DROPPED if panels else "")
        else:
            ours = sides.base is None and is_stable_id(section)
            report.section("kept", section, reason=DROPPED if ours else ADDED_BY_HAND)
            return True
        return bool(panels) or section in sides.held

    def _section(self, name: str, panels: Sequence[str]) -> Any:
        fields, outcomes = self._fields[name]
        self._report.section_fields(name, outcomes)
        part = self._sides.live_sections.get(name) or self._sides.new_sections[name]
        return section_of(part, fields, [self._panel(panel, name) for panel in panels])

    def _panel(self, name: str, section: str) -> Any:
        sides = self._sides
        live, new = sides.live_panels.get(name), sides.new_panels.get(name)
        if live is None or new is None:
            only = live or new
            return only.raw if only else None
        written = sides.written.panels.get(name)
        fields, outcomes = sides.merged(
            name, written.fields if written else None, live.fields, new.fields, PANEL
        )
        self.outcomes[name] = outcomes
        merged = panel_of(live, fields)
        self._report.panel_fields(replace(live, raw=merged), section, outcomes)
        return merged

    def _title(self, panel: str) -> str:
        part = self._sides.live_panels.get(panel) or self._sides.new_panels[panel]
        return panel_title(mapping(part.raw))
