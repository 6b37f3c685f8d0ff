"""Sections: the cheapest cut of the tree, named and put in order.

`tree` says where sections may be, `cut` where they are cheapest. What is left to do here: the
overview, the order, and the names of what the cut left over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from statistics import median_low
from typing import Final, get_args

from wslayout.grouping.choice import pinned_families
from wslayout.grouping.cut import Cut, cut
from wslayout.grouping.families import Family
from wslayout.grouping.headings import (
    OTHER,
    by_content,
    called,
    main_topics,
    rest_heading,
    short,
    short_list,
)
from wslayout.grouping.options import GroupBy
from wslayout.grouping.spots import Spot, spots_of
from wslayout.grouping.topics import headline_rank, topic_of
from wslayout.grouping.tree import SMALLEST, First, Tree, grow
from wslayout.grouping.vocabulary import Topic, Vocabulary
from wslayout.grouping.wanted import WantedSection
from wslayout.grouping.weights import Settings
from wslayout.layout import Budgets, stable_id

OVERVIEW: Final = "Overview"
_EVERYTHING: Final = "so few panels that one section holds them all"


@dataclass(frozen=True, slots=True)
class Group:
    """A section to be.

    Attributes:
        name: Its heading.
        prefix: The prefix that all its panels share, "" if they don't.
        families: Its panels' families, the best first.
        reason: Why they stand together.
        place: What the section is, whatever it is called: a path in the tree.
        is_open: Whether it starts unfolded.
        adopted: The signature of a panel that fits no section and that this one took in.
        wanted: The section of a template that it is, None where the engine made it.
    """

    name: str
    prefix: str
    families: tuple[Family, ...]
    reason: str
    place: str = ""
    is_open: bool = False
    adopted: str = ""
    wanted: WantedSection | None = None

    @property
    def size(self) -> int:
        """How many panels it has."""
        return len(self.families) + (len(self.wanted.panels) if self.wanted else 0)

    @property
    def id(self) -> str:
        """The section's identity."""
        return stable_id("section", self.place or self.name)


@dataclass(frozen=True, slots=True)
class Grouping:
    """How panels were put into sections.

    Attributes:
        groups: The sections, in order.
        by: Which tree was cut.
        cost: What a search in it costs, by the weights.
        other: What it costs in the cheapest cut of the other tree, None where not asked for.
        crowded: Sections of a template for which there is no room.
        enough: With so many sections there would be.
    """

    groups: tuple[Group, ...]
    by: First
    cost: float
    other: float | None = None
    crowded: tuple[str, ...] = ()
    enough: int = 0


def group(
    chosen: Sequence[Family],
    vocabulary: Vocabulary,
    budgets: Budgets,
    settings: Settings,
    *,
    by: GroupBy = "auto",
    pins: Sequence[str] = (),
    known: Collection[str] = (),
) -> Grouping:
    """Put the chosen families, best first, into at most ``budgets.sections`` groups.

    Args:
        chosen: The families that get a panel.
        vocabulary: The words of splits and topics.
        budgets: How large the workspace may become.
        settings: What a search costs.
        by: Which tree to cut.
        pins: Keys whose families stand in the overview.
        known: Ids of sections that the live view has, which are kept on near ties.
    """
    engine = _Engine(vocabulary, budgets, settings, by, frozenset(known))
    pinned = pinned_families(chosen, pins)
    grouping = engine.grouped(chosen)
    if len(grouping.groups) == 1 and len(chosen) <= max(budgets.overview, 1):
        only = replace(grouping.groups[0], name=OVERVIEW, place=OVERVIEW, reason=_EVERYTHING)
        return replace(grouping, groups=(only,))
    headlines = engine.headlines(chosen, pinned)
    if not headlines or (not pinned and _at_a_glance(headlines, grouping.groups, budgets)):
        return grouping
    taken = {family.signature for family in headlines}
    rest = [family for family in chosen if family.signature not in taken]
    if len(rest) == 1:
        headlines, rest = [*headlines, *rest], []
    below = replace(engine, budgets=replace(budgets, sections=budgets.sections - 1))
    grouping = below.grouped(rest) if rest else replace(grouping, groups=())
    reason = "headline metrics, taken from all sections"
    first = Group(OVERVIEW, "", tuple(headlines), reason, OVERVIEW)
    return replace(
        grouping, groups=tuple(distinct_names(opened([first, *grouping.groups], budgets)))
    )


def _at_a_glance(headlines: Sequence[Family], groups: Sequence[Group], budgets: Budgets) -> bool:
    """Whether headlines are found without an overview.

    They stand in sections that start open, or so many of all panels do (`_IN_SIGHT`): people who
    lay out by hand seldom repeat or gather what is in sight anyway.
    """
    seen = {family.signature for item in groups if item.is_open for family in item.families}
    panels = sum(len(item.families) for item in groups)
    return (
        seen.issuperset(family.signature for family in headlines)
        or panels * _IN_SIGHT <= budgets.open_panels
    )


_IN_SIGHT: Final = 3 / 7
"""The share of all panels that start in sight, from which on people make no overview."""


@dataclass(frozen=True, slots=True)
class _Engine:
    vocabulary: Vocabulary
    budgets: Budgets
    settings: Settings
    by: GroupBy
    known: frozenset[str]

    def headlines(self, chosen: Sequence[Family], pinned: Sequence[Family]) -> list[Family]:
        """What an overview would take: pinned panels, then headlines."""
        if self.budgets.sections < SMALLEST or not (self.budgets.overview or pinned):
            return []
        best = [
            (family, rank)
            for family in chosen
            if family not in pinned
            and family.kind == "number"
            and (rank := headline_rank(family.name, self.vocabulary)) is not None
        ]
        taken = [*pinned, *_varied(best, self.budgets.overview - len(pinned))]
        if pinned and len(taken) < SMALLEST:
            taken += [family for family in chosen if family not in taken][:1]
        return taken if len(taken) >= min(SMALLEST, max(2, self.budgets.overview)) else []

    def grouped(self, chosen: Sequence[Family]) -> Grouping:
        """The sections of all families, without an overview."""
        spots = spots_of(chosen, self.vocabulary)
        cuts: dict[First, tuple[Tree, Cut]] = {}
        for by in get_args(First):
            if self.by in ("auto", by):
                tree = grow(
                    spots,
                    self.vocabulary,
                    self.settings.shape,
                    by,
                    sections=self.budgets.sections,
                    panels_per_section=self.budgets.panels_per_section,
                )
                cuts[by] = (tree, self.cut(tree))

        def price(by: First) -> float:
            # What is saved counts in full on both sides: a layout is not left for the other tree
            # only because people have it now.
            found = cuts[by][1]
            plain = found.cost + found.saved
            return plain * (1 - self.settings.tie * (by == "prefix")) - found.saved

        best = min(cuts, key=price)
        tree, cheapest = cuts[best]
        others = [other.cost for by, (_, other) in cuts.items() if by != best]
        rank = {family.signature: place for place, family in enumerate(chosen)}
        reached = tree.sections(cheapest.chosen)
        orphans = reached.pop("") if len(reached) > 1 and len(reached.get("", ())) == 1 else []
        groups = [
            self.named(
                tree,
                place,
                sorted(found, key=lambda spot: rank[spot.family.signature]),
                [spot for other in reached if other != place for spot in reached[other]],
            )
            for place, found in reached.items()
        ]
        groups.sort(key=lambda pair: self.position(pair[0].place, pair[1], rank))
        ordered = opened([item for item, _ in groups], self.budgets)
        for orphan in orphans:
            worded = topic_of(orphan.family.path, self.vocabulary)  # media of weights, say
            about = [topic for topic in (orphan.topic, worded) if topic]
            ordered = _adopted(orphan, about, ordered, [main_topics(spots) for _, spots in groups])
        return Grouping(
            tuple(distinct_names(opened(ordered, self.budgets))),
            best,
            cheapest.cost,
            min(others, default=None),
        )

    def cut(self, tree: Tree) -> Cut:
        """The cheapest cut of a tree."""
        known = [place for place in tree.headings if stable_id("section", place) in self.known]
        return cut(
            tree.root,
            self.settings.search,
            most=self.budgets.sections,
            panels_per_section=self.budgets.panels_per_section,
            known=known,
        )

    def named(
        self, tree: Tree, place: str, spots: Sequence[Spot], others: Sequence[Spot]
    ) -> tuple[Group, Sequence[Spot]]:
        """A section with its heading, and its spots."""
        heading = tree.headings[place] if place else rest_heading(spots, others)
        if not place or heading.is_topic:
            heading = by_content(heading, spots, others)
        families = tuple(spot.family for spot in spots)
        made = Group(short(heading.name), heading.prefix, families, heading.reason, place or OTHER)
        return made, spots

    def position(
        self, place: str, spots: Sequence[Spot], rank: dict[str, int]
    ) -> tuple[bool, float, bool, int, str]:
        """Where a section stands: by what most of its panels are about, then by its best panel.

        What is about nothing known stands before what tells how fast it went. A rest stands after
        all that is about as much, and where it has no headline after all but sections of media and
        histograms alone, which are heavy and seldom what one came for.
        """
        groups = list(dict.fromkeys(topic.group for topic in self.vocabulary.topics))
        plumbing = next(topic.group for topic in self.vocabulary.topics if topic.plumbing)
        unknown = groups.index(plumbing) - 0.5
        about = median_low(
            groups.index(spot.topic.group) if spot.topic else unknown for spot in spots
        )
        if place == OTHER:  # what people look at first is not looked for at the end
            tops = [spot.topic for spot in spots if spot.is_headline and spot.topic]
            about = min([about, *(groups.index(topic.group) for topic in tops)])
        heavy = all(spot.family.kind != "number" for spot in spots)
        unnamed = place == OTHER and about == unknown
        first = min(rank[spot.family.signature] for spot in spots)
        return heavy, len(groups) if unnamed else about, place == OTHER, first, place


def _varied(ranked: Sequence[tuple[Family, int]], most: int) -> list[Family]:
    """The best headlines of some, no more than half of one rank while there are others."""
    ranks: Counter[int] = Counter()
    first: list[Family] = []
    more: list[Family] = []
    for family, rank in ranked:
        ranks[rank] += 1
        (first if 2 * ranks[rank] <= most else more).append(family)
    taken = {family.signature for family in [*first, *more][: max(0, most)]}
    return [family for family, _ in ranked if family.signature in taken]


def _adopted(
    orphan: Spot,
    about: Sequence[Topic],
    groups: list[Group],
    topics: Sequence[tuple[set[str], set[str]]],
) -> list[Group]:
    """The groups with a single panel that fits none of them.

    It goes where its prefix is, else to what is about the same, else to the smallest section, which
    says so; a headline that nothing but media is left for comes first, with them.
    """

    def is_below(item: Group) -> bool:
        return bool(item.prefix) and orphan.family.label.startswith(item.prefix)

    def strange(place: int) -> int:
        names, kin = topics[place]
        if is_below(groups[place]):
            return 0
        if any(topic.name in names for topic in about):
            return 1
        return 2 if any(topic.group in kin for topic in about) else 3

    def distance(place: int) -> tuple[int, bool, bool, int, int]:
        item = groups[place]
        other_kind = orphan.family.kind not in {family.kind for family in item.families}
        is_hidden = orphan.is_headline and not item.is_open
        return strange(place), is_hidden, other_kind, len(item.families), -place

    at = min(range(len(groups)), key=distance)
    home = groups[at]
    families = (*home.families, orphan.family)
    reason = f"{home.reason}, and a panel that fits no section"
    signature = orphan.family.signature
    adopted = replace(home, families=families, reason=reason, adopted=signature)
    if not is_below(home):
        expected = strange(at) < 3 and not home.prefix
        name = home.name if expected else short_list([home.name, called(orphan)])
        adopted = replace(adopted, name=name, prefix="")
    if orphan.is_headline and all(family.kind != "number" for family in home.families):
        name = short_list([called(orphan), home.name])
        first = replace(adopted, name=name, families=(orphan.family, *home.families))
        return [first, *(item for item in groups if item is not home)]
    return [adopted if item is home else item for item in groups]


def opened(groups: Sequence[Group], budgets: Budgets) -> list[Group]:
    """The groups, open from the top until ``open_panels`` panels show; the tail is closed."""
    found: list[Group] = []
    visible = 0
    for place, item in enumerate(groups):
        asked = item.wanted.is_open if item.wanted else None
        visible += item.size if asked is not False else 0
        by_budget = place == 0 or visible <= budgets.open_panels
        found.append(replace(item, is_open=by_budget if asked is None else asked))
    return found


def distinct_names(groups: Sequence[Group]) -> list[Group]:
    """Number the names that two sections would share: people's prefixes may be called anything."""
    seen: Counter[str] = Counter()
    distinct: list[Group] = []
    for item in groups:
        name = item.name
        while seen[name]:
            seen[item.name] += 1
            name = f"{item.name} ({seen[item.name]})"
        seen[name] += 1
        distinct.append(replace(item, name=name))
    return distinct
