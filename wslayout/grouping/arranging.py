"""A template's sections beside those that the engine finds for the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Final

from wslayout.grouping.families import Family
from wslayout.grouping.sections import OVERVIEW, Group, Grouping, distinct_names, opened
from wslayout.grouping.wanted import Wanted, WantedSection
from wslayout.layout import Budgets

NOT_CLAIMED: Final = "taken by no section of the template"
BEYOND: Final = "beyond what their section of the template may hold"

_FEWEST: Final = 2
"""Panels that a section needs which names none of its own: no metric stands alone."""

FindFamilies = Callable[[dict[str, str]], list[Family]]
Regroup = Callable[[Sequence[Family], Budgets], Grouping]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """The families of a project, and whose they are.

    Attributes:
        families: All of them that may have a panel.
        owner: By signature the place of the section that takes a family.
        dropped: Keys that no section takes, where the template wants no others.
        beyond: Keys beyond what their section may hold, likewise.
    """

    families: tuple[Family, ...]
    owner: Mapping[str, int]
    dropped: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()


def claimed(
    kinds: Mapping[str, str], wanted: Wanted, pins: Collection[str], find: FindFamilies
) -> Claimed:
    """Find the families of what each section takes, and of the rest.

    Args:
        kinds: The keys that may have a panel, each with its kind.
        wanted: What the template asks for.
        pins: Keys that stand in the overview, whatever section would take them.
        find: Finds the families of some keys.
    """
    left = dict(kinds)
    for section in wanted.sections:
        for panel in section.panels:
            for key in panel.keys:
                left.pop(key, None)
    families: list[Family] = []
    owner: dict[str, int] = {}
    seen: set[str] = set()

    def add(found: Sequence[Family], place: int | None) -> None:
        for family in found:
            # What sections divide may look alike: layers 0 to 3 here, 4 to 7 there.
            again = family.signature in seen
            one = (
                family._replace(signature=f"{family.signature}\0{family.keys[0]}")
                if again
                else family
            )
            seen.add(one.signature)
            families.append(one)
            if place is not None:
                owner[one.signature] = place

    for place, section in enumerate(wanted.sections):
        # Where there is a rest, its overview begins with what is pinned.
        keys = section.keys if wanted.rest == "drop" else section.keys.difference(pins)
        if section.name == OVERVIEW:
            keys |= frozenset(pins)
        own = {key: left.pop(key) for key in sorted(keys) if key in left}
        add(find(own), place)
    if wanted.rest == "drop":
        add(find({key: left.pop(key) for key in pins if key in left}), None)
        return Claimed(families=tuple(families), owner=owner, dropped=tuple(sorted(left)))
    add(find(left), None)
    return Claimed(families=tuple(families), owner=owner)


def within_caps(
    found: Claimed, wanted: Wanted, best: Callable[[Sequence[Family], int], list[Family]]
) -> Claimed:
    """The same where no section takes more than it may hold; what is beyond goes to the rest.

    Args:
        found: The families, and whose they are.
        wanted: What the template asks for.
        best: The best so many of some families.
    """
    caps = [section.max_panels for section in wanted.sections]
    own: dict[int, list[Family]] = defaultdict(list)
    for family in found.families:
        if (place := found.owner.get(family.signature)) is not None and caps[place] is not None:
            own[place].append(family)
    beyond: set[str] = set()
    for place, families in own.items():
        most = caps[place]
        if most is not None and len(families) > most:
            kept = {family.signature for family in best(families, most)}
            beyond |= {family.signature for family in families} - kept
    if not beyond:
        return found
    owner = {
        signature: place for signature, place in found.owner.items() if signature not in beyond
    }
    if wanted.rest != "drop":
        return replace(found, owner=owner)
    keys = sorted(
        key for family in found.families if family.signature in beyond for key in family.keys
    )
    left = tuple(family for family in found.families if family.signature not in beyond)
    return replace(found, families=left, owner=owner, beyond=tuple(keys))


def arrange(
    chosen: Sequence[Family],
    owner: Mapping[str, int],
    wanted: Wanted,
    budgets: Budgets,
    regroup: Regroup,
    pins: Set[str] = frozenset(),
) -> Grouping:
    """The template's sections, and those of what they leave.

    A section without panels of its own that would hold a single one leaves it to the rest; so do
    sections of least priority where the budget has no room for all.

    Args:
        chosen: The families that get a panel, best first.
        owner: By signature the place of the section that takes a family.
        wanted: What the template asks for.
        budgets: How large the workspace may become.
        regroup: Groups what is left, within what is left of the budgets.
        pins: Keys that are shown whatever becomes of the rest.
    """
    own: dict[int | None, list[Family]] = defaultdict(list)
    for family in chosen:
        own[owner.get(family.signature)].append(family)
    kept, crowded, room = _kept(own, wanted, budgets)
    rest = [family for family in chosen if owner.get(family.signature) not in kept]
    if wanted.rest == "drop":  # of which only what is pinned is shown
        rest = [
            family
            for family in rest
            if family.signature not in owner or not pins.isdisjoint(family.keys)
        ]
    alone = rest.pop() if len(rest) == 1 and kept else None
    home = None if alone is None else _home(alone, kept, wanted, own)
    groups: dict[int, Group] = {}
    for place in sorted(kept):
        section = wanted.sections[place]
        if alone is None or place != home:
            groups[place] = _group(section, own[place])
        elif _in_sight(section):
            groups[place] = _group(section, [*own[place], alone])
        else:
            if not _is_near(section, alone):
                # Nobody would look for it in a closed section of something else.
                section = replace(section, is_open=None, after_rest=False)
            groups[place] = _group(section, [alone, *own[place]])
    if not rest:
        found = Grouping((), "prefix", 0.0)
    elif wanted.rest == "section":
        reason = "what no section of the template takes"
        found = Grouping(
            (Group(wanted.rest_name, "", tuple(rest), reason, f"rest\0{wanted.rest_name}"),),
            "prefix",
            0.0,
        )
    else:
        own_overview = any(one.wanted and _is_overview(one.wanted) for one in groups.values())
        found = regroup(
            rest,
            replace(
                budgets,
                sections=max(1, budgets.sections - len(kept)),
                overview=0 if own_overview else budgets.overview,
            ),
        )
    first = [one for one in found.groups if one.place == OVERVIEW and kept]
    later = [one for one in found.groups if one not in first]
    ordered = [
        *first,
        *(one for one in groups.values() if one.wanted and not one.wanted.after_rest),
        *later,
        *(one for one in groups.values() if one.wanted and one.wanted.after_rest),
    ]
    return replace(
        found,
        groups=tuple(distinct_names(opened(ordered, budgets))),
        crowded=tuple(wanted.sections[place].name for place in crowded),
        enough=budgets.sections + len(crowded) + max(0, -room),
    )


def _kept(
    own: Mapping[int | None, Sequence[Family]], wanted: Wanted, budgets: Budgets
) -> tuple[set[int], list[int], int]:
    """The places of the sections that stay, of those without room, and how much room there was.

    Those with panels of their own stay in any case.
    """
    fewest = _FEWEST if wanted.rest == "auto" else 1
    named = {place for place, section in enumerate(wanted.sections) if section.panels}
    matched = [
        place
        for place, _ in enumerate(wanted.sections)
        if place not in named and len(own.get(place, ())) >= fewest
    ]
    alone = sum(
        len(families)
        for place, families in own.items()
        if place is None or not (place in named or place in matched)
    )
    room = budgets.sections - len(named)
    if wanted.rest != "drop" and (len(matched) > room or (len(matched) == room and alone > 1)):
        room -= 1
    if wanted.rest == "drop" and alone and len(matched) >= room:
        room -= 1
    best = sorted(matched, key=lambda place: (-wanted.sections[place].priority, place))
    return named | set(best[: max(room, 0)]), sorted(best[max(room, 0) :]), room


def _home(
    family: Family,
    kept: Collection[int],
    wanted: Wanted,
    own: Mapping[int | None, Sequence[Family]],
) -> int:
    """The section that takes in a panel that would be alone: its prefix's, in sight, its kind's."""

    def kinship(place: int) -> tuple[bool, bool, bool, bool, int, int]:
        section = wanted.sections[place]
        near = _is_near(section, family)
        alike = any(other.kind == family.kind for other in own.get(place, ()))
        own_room = not _is_overview(section)
        return near, _in_sight(section), alike, own_room, section.priority, place

    return max(kept, key=kinship)


def _is_near(section: WantedSection, family: Family) -> bool:
    """Whether a section takes other metrics of a family's prefix."""
    prefix = family.path[0] if len(family.path) > 1 else ""
    return bool(prefix) and any(
        key.startswith(prefix) and not key[len(prefix) : len(prefix) + 1].isalnum()
        for key in section.keys
    )


def _in_sight(section: WantedSection) -> bool:
    return not section.after_rest and section.is_open is not False


def _group(section: WantedSection, families: Sequence[Family]) -> Group:
    labels = [family.label for family in families]
    is_prefix = bool(labels) and all(label.startswith(f"{section.name}/") for label in labels)
    reason = f"what the template gives it: {section.reason}" if section.reason else "the template"
    return Group(
        section.name,
        section.name if is_prefix else "",
        tuple(families),
        reason,
        f"template\0{section.name}",
        wanted=section,
    )


def _is_overview(section: WantedSection) -> bool:
    return section.pinned or section.name == OVERVIEW
