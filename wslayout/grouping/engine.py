"""From an inventory to a layout: selection, families, choice, sections, panels."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from wslayout.errors import EmptySource
from wslayout.grouping.arranging import (
    BEYOND,
    NOT_CLAIMED,
    Claimed,
    arrange,
    claimed,
    within_caps,
)
from wslayout.grouping.automatic import automatic_figures, automatic_panels
from wslayout.grouping.choice import KeyFacts, Lane, choose
from wslayout.grouping.families import Family, find_families
from wslayout.grouping.options import Options
from wslayout.grouping.panels import section_of
from wslayout.grouping.sections import Grouping, group
from wslayout.grouping.selecting import Selection, select
from wslayout.grouping.vocabulary import Vocabulary, load_vocabulary
from wslayout.grouping.wanted import Wanted
from wslayout.grouping.weights import Settings, Value, load_settings
from wslayout.inventory import Inventory
from wslayout.layout import Budgets, Layout, LeftOut, PanelKind, figures_of

DEFAULT_NAME: Final = "wslayout"

OVER_BUDGET: Final = "over the budget of {panels} panels"
OVER_SECTIONS: Final = "in sections of the template over the budget of {sections} sections"

_PLAIN: Final = Options()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """What the engine decided, step by step.

    Attributes:
        selection: Which keys may have a panel.
        claimed: The families that these make, and which section of a template takes each.
        facts: What is known of each key.
        chosen: The families that get a panel, best first.
        grouping: The sections they stand in.
    """

    selection: Selection
    claimed: Claimed
    facts: dict[str, KeyFacts]
    chosen: tuple[Family, ...]
    grouping: Grouping

    @property
    def families(self) -> tuple[Family, ...]:
        """The families that may have a panel."""
        return self.claimed.families


def lay_out(
    inventory: Inventory,
    budgets: Budgets,
    options: Options = _PLAIN,
    *,
    name: str = DEFAULT_NAME,
    known: Collection[str] = (),
    automatic_bytes: Callable[[Iterable[tuple[str, PanelKind]]], int] | None = None,
) -> Layout:
    """Lay out a workspace; the same inventory gives the same layout, to the byte.

    Args:
        inventory: The metric keys.
        budgets: How large the workspace may become.
        options: What else was asked for.
        name: The name of the saved view.
        known: Ids of sections that the live view has, which are kept on near ties.
        automatic_bytes: Gives the size of automatic mode's view spec, by its panels, for the
            figures.

    Raises:
        EmptySource: No key of the inventory can have a panel.
        SourceError: A key or a pattern in the options fits no key of the inventory.
    """
    decided = decide(inventory, budgets, options, known=known)
    kinds = decided.selection.kinds
    left_out = _without(decided.selection.left_out, options.wanted)
    kept = {family.signature for one in decided.grouping.groups for family in one.families}
    chosen = {family.signature for family in decided.chosen}
    for over, reason in (
        (decided.chosen, OVER_SECTIONS.format(sections=budgets.sections)),
        (
            [family for family in decided.families if family.signature not in chosen],
            OVER_BUDGET.format(panels=budgets.panels),
        ),
    ):
        keys = sorted(key for one in over if one.signature not in kept for key in one.keys)
        if keys:
            left_out.append(LeftOut(reason=reason, keys=tuple(keys), chartable=True))
    if decided.claimed.dropped:
        left_out.append(LeftOut(reason=NOT_CLAIMED, keys=decided.claimed.dropped))
    if decided.claimed.beyond:
        left_out.append(LeftOut(reason=BEYOND, keys=decided.claimed.beyond))
    steps = {} if options.x_axis is not None else _step_metrics(inventory)
    pins = frozenset(options.pins)
    numbers = [key for key, kind in kinds.items() if kind == "number"]
    layout = Layout(
        name=name,
        sections=tuple(
            section_of(item, decided.facts, steps, budgets.lines_per_panel, pins, numbers)
            for item in decided.grouping.groups
        ),
        left_out=tuple(left_out),
        x_axis=options.x_axis,
        source=inventory.origin.label,
        entity=inventory.origin.entity,
        project=inventory.origin.project,
        coverage=inventory.coverage.describe(),
        notes=_crowded(decided.grouping, budgets, options.wanted),
    )
    size = automatic_bytes and automatic_bytes(automatic_panels(kinds))
    return replace(
        layout,
        figures={
            "wslayout": figures_of(layout),
            "automatic, first prefix": automatic_figures(kinds, "first", spec_bytes=size),
            "automatic, last prefix": automatic_figures(kinds, "last", spec_bytes=size),
        },
    )


def _crowded(grouping: Grouping, budgets: Budgets, wanted: Wanted) -> tuple[str, ...]:
    """What to say of sections of a template for which there is no room."""
    names = grouping.crowded
    if not names:
        return ()
    one = len(names) == 1
    section = "section" if one else "sections"
    what = "is left out" if one else "are left out"
    if wanted.rest != "drop":
        what = "is laid out with the rest" if one else "are laid out with the rest"
    listed = ", ".join(map(repr, names))
    return (
        f"The template's {section} {listed} {what}: {budgets.sections} at most. "
        f"`--sections {grouping.enough}` makes room.",
    )


def _without(left_out: Sequence[LeftOut], wanted: Wanted) -> list[LeftOut]:
    """What is left out, without the keys that a template's own panels draw."""
    drawn = {key for one in wanted.sections for panel in one.panels for key in panel.keys}
    if not drawn:
        return [*left_out]
    less = [
        replace(left, keys=tuple(key for key in left.keys if key not in drawn)) for left in left_out
    ]
    return [left for left in less if left.keys]


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Without Python's search for reference cycles.

    Planning makes some values a key and no cycles; going through them all over and over, and
    through all that the program had before, would take a quarter of the time.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@_collector_paused()
def decide(
    inventory: Inventory,
    budgets: Budgets,
    options: Options = _PLAIN,
    *,
    known: Collection[str] = (),
    vocabulary: Vocabulary | None = None,
    settings: Settings | None = None,
) -> Decisions:
    """Decide everything, step by step; `lay_out` makes a layout of it.

    Raises:
        EmptySource: No key of the inventory can have a panel.
        SourceError: A key or a pattern in the options fits no key of the inventory.
    """
    vocabulary = vocabulary or load_vocabulary()
    settings = settings or load_settings()
    selection = select(inventory, options, vocabulary)
    if not selection.kinds:
        reasons = "; ".join(f"{len(left.keys):,} {left.reason}" for left in selection.left_out)
        raise EmptySource(
            f"{inventory.origin.label} holds no metric that can have a panel "
            f"({len(inventory):,} keys: {reasons})",
            hint="Let --include, --exclude and --kinds allow more."
            if selection.is_restricted
            else "Log numbers or media with run.log(), then try again.",
        )
    facts = _facts(inventory)

    def best(families: Sequence[Family], most: int) -> list[Family]:
        return choose(families, facts, vocabulary, settings.value, panels=most, pins=options.pins)

    found = within_caps(
        families_of(selection.kinds, vocabulary, budgets, options), options.wanted, best
    )
    chosen = choose(
        found.families,
        facts,
        vocabulary,
        settings.value,
        panels=max(0, budgets.panels - sum(len(one.panels) for one in options.wanted.sections)),
        pins=options.pins,
        lanes=lanes_of(found.owner, options.wanted, settings.value),
    )

    def regroup(families: Sequence[Family], left: Budgets) -> Grouping:
        return group(
            families,
            vocabulary,
            left,
            settings,
            by=options.group_by,
            pins=options.pins,
            known=known,
        )

    if options.wanted.sections or options.wanted.rest == "section":
        grouping = arrange(
            chosen, found.owner, options.wanted, budgets, regroup, frozenset(options.pins)
        )
    else:
        grouping = regroup(chosen, budgets)
    return Decisions(
        selection=selection,
        claimed=found,
        facts=facts,
        chosen=tuple(chosen),
        grouping=grouping,
    )


def families_of(
    kinds: dict[str, str], vocabulary: Vocabulary, budgets: Budgets, options: Options
) -> Claimed:
    """The families of some keys, and which section of a template takes each."""

    def find(some: dict[str, str]) -> list[Family]:
        return find_families(
            some,
            vocabulary,
            lines_per_panel=budgets.lines_per_panel,
            overlay_splits=options.overlay_splits,
            pins=options.pins,
        )

    if options.wanted.sections or options.wanted.rest == "drop":
        return claimed(kinds, options.wanted, options.pins, find)
    return Claimed(families=tuple(find(kinds)), owner={})


def lanes_of(owner: Mapping[str, int], wanted: Wanted, weights: Value) -> dict[str, Lane]:
    """For what sections of a template take, how much more it is worth."""
    lanes = [
        Lane(
            ("\0template", str(place)),
            weights.claimed + weights.priority * section.priority,
            weights.reserved * section.priority,
        )
        for place, section in enumerate(wanted.sections)
    ]
    return {signature: lanes[place] for signature, place in owner.items()}


def _facts(inventory: Inventory) -> dict[str, KeyFacts]:
    """What is known of each key; keys of which nothing is known are not in it."""
    rows = inventory.rows("key", "runs", "max_points", "single_valued")
    known = [row for row in rows if row[1:] != (None, None, None)]
    most = max((runs for _, runs, _, _ in known if runs is not None), default=0)
    runs_in_all = inventory.coverage.runs_read or most or 1
    return {
        key: KeyFacts(
            share=1.0 if runs is None else min(1.0, runs / runs_in_all),
            points=points,
            constant=single is True and points is not None and points > 1,
        )
        for key, runs, points, single in known
    }


def _step_metrics(inventory: Inventory) -> dict[str, str]:
    return {key: axis for key, axis in inventory.rows("key", "step_metric") if axis is not None}
