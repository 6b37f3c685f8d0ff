"""Sections: panels that a person would look for in one place.

Panels gather under the prefix that people wrote; prefixes too small for a section of their
own, and panels without one, gather by topic; prefixes too large for one section are divided
by topic. No section holds one panel while there is more than one panel.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median_low
from typing import Final

from wslayout.grouping.families import Family
from wslayout.grouping.topics import headline_rank, topic_of
from wslayout.grouping.vocabulary import Vocabulary
from wslayout.layout import Budgets

OVERVIEW: Final = "Overview"
OTHER: Final = "Other"
MEDIA: Final = "Media"
EVERYTHING: Final = "All metrics"
_SMALLEST: Final = 2

_Place = tuple[str, str]
"""(prefix, topic): either may be "" but not both."""


@dataclass(frozen=True, slots=True)
class Group:
    """A section to be.

    Attributes:
        name: Its heading.
        prefix: The prefix that all its panels share, "" if they don't.
        families: Its panels' families, the best first.
        reason: Why they stand together.
    """

    name: str
    prefix: str
    families: tuple[Family, ...]
    reason: str


def group(chosen: Sequence[Family], vocabulary: Vocabulary, budgets: Budgets) -> list[Group]:
    """Put the chosen families, best first, into at most ``budgets.sections`` groups."""
    rank = {family.signature: place for place, family in enumerate(chosen)}
    overview = _overview(chosen, vocabulary, budgets)
    rest = [family for family in chosen if family not in overview]
    places = _divide(_by_prefix(rest, vocabulary), vocabulary, budgets.panels_per_section)
    places = _merge_small(places, vocabulary)
    places = _fit(places, vocabulary, budgets.sections - bool(overview))
    if not overview and list(places) == [("", OTHER)]:
        places = {("", EVERYTHING): places["", OTHER]}
    if overview and sum(map(len, places.values())) == 1:
        overview += places.popitem()[1]
    places = _join_namesakes(places)
    groups = [
        _group(place, sorted(families, key=lambda family: rank[family.signature]), vocabulary)
        for place, families in places.items()
    ]
    groups.sort(key=lambda group: _position(group, vocabulary, rank))
    if overview:
        first = Group(OVERVIEW, "", tuple(overview), "headline metrics, taken from all sections")
        groups = [first, *groups]
    return _distinct_names(groups)


def _overview(chosen: Sequence[Family], vocabulary: Vocabulary, budgets: Budgets) -> list[Family]:
    if len(chosen) <= budgets.open_panels or budgets.sections < _SMALLEST:
        return []
    headlines = [
        family
        for family in chosen
        if family.kind == "number" and headline_rank(family.path, vocabulary) is not None
    ]
    taken = headlines[: budgets.overview]
    return taken if len(taken) >= _SMALLEST else []


def _prefix(family: Family) -> str:
    return family.path[0] if len(family.path) > 1 else ""


def _topic(family: Family, vocabulary: Vocabulary) -> str:
    index = topic_of(family.path, vocabulary)
    if family.kind in ("media", "table") and (index is None or not _prefix(family)):
        return MEDIA
    return OTHER if index is None else vocabulary.topics[index].name


def _by_prefix(families: Sequence[Family], vocabulary: Vocabulary) -> dict[_Place, list[Family]]:
    places: dict[_Place, list[Family]] = defaultdict(list)
    written = {_prefix(family).casefold(): _prefix(family) for family in families}
    for family in families:
        prefix = _prefix(family)
        topic = _topic(family, vocabulary)
        if not prefix and topic.casefold() in written:
            prefix = written[topic.casefold()]
        places[(prefix, "") if prefix else ("", topic)].append(family)
    return places


def _divide(
    places: dict[_Place, list[Family]], vocabulary: Vocabulary, most: int
) -> dict[_Place, list[Family]]:
    """Divide prefixes with too many panels by topic, where that makes at least two groups."""
    divided: dict[_Place, list[Family]] = {}
    for (prefix, topic), families in places.items():
        by_topic: dict[str, list[Family]] = defaultdict(list)
        for family in families:
            by_topic[_topic(family, vocabulary)].append(family)
        large = [name for name in by_topic if len(by_topic[name]) >= _SMALLEST]
        if not prefix or len(families) <= most or len(large) < _SMALLEST:
            divided[prefix, topic] = families
            continue
        for name in large:
            divided[prefix, name] = by_topic.pop(name)
        if rest := [family for left in by_topic.values() for family in left]:
            divided[prefix, ""] = rest
    return divided


def _merge_small(
    places: dict[_Place, list[Family]], vocabulary: Vocabulary
) -> dict[_Place, list[Family]]:
    """Move the panels of one-panel places to their topic, then to the rest, then anywhere."""
    for move in (_to_topic, _to_other):
        merged: dict[_Place, list[Family]] = defaultdict(list)
        for place, families in places.items():
            for family in families:
                alone = len(families) < _SMALLEST
                merged[move(place, family, vocabulary) if alone else place].append(family)
        places = merged
    small = [place for place in places if len(places[place]) < _SMALLEST]
    for place in small if len(places) > 1 else []:
        families = places.pop(place)
        nearest = min(
            places,
            key=lambda other: (
                other[0] != place[0],
                other[1] == MEDIA,
                len(places[other]),
                other,
            ),
        )
        places[nearest].extend(families)
    return places


def _to_topic(place: _Place, family: Family, vocabulary: Vocabulary) -> _Place:
    return ("", _topic(family, vocabulary))


def _to_other(place: _Place, family: Family, vocabulary: Vocabulary) -> _Place:
    return ("", OTHER)


def _fit(
    places: dict[_Place, list[Family]], vocabulary: Vocabulary, most: int
) -> dict[_Place, list[Family]]:
    """Dissolve the smallest places until at most ``most`` are left."""
    while len(places) > max(most, 1):
        candidates = [place for place in places if place != ("", OTHER)]
        place = min(candidates, key=lambda other: (len(places[other]), other))
        families = places.pop(place)
        for family in families:
            target = _to_topic(place, family, vocabulary) if place[0] else ("", OTHER)
            places.setdefault(target if target in places else ("", OTHER), []).append(family)
        places = _merge_small(places, vocabulary)
    return places


def _join_namesakes(places: dict[_Place, list[Family]]) -> dict[_Place, list[Family]]:
    """A topic joins the prefix of the same name: ``Losses`` and ``losses/`` are one section."""
    prefixes = {prefix.casefold(): (prefix, topic) for prefix, topic in places if not topic}
    joined: dict[_Place, list[Family]] = defaultdict(list)
    for place, families in places.items():
        home = place if place[0] else prefixes.get(place[1].casefold(), place)
        joined[home].extend(families)
    return joined


def _distinct_names(groups: list[Group]) -> list[Group]:
    """Number the names that two sections would share: people's prefixes may be called anything."""
    seen: Counter[str] = Counter()
    distinct: list[Group] = []
    for group in groups:
        name = group.name
        while seen[name]:
            seen[group.name] += 1
            name = f"{group.name} ({seen[group.name]})"
        seen[name] += 1
        distinct.append(replace(group, name=name))
    return distinct


def _group(place: _Place, families: list[Family], vocabulary: Vocabulary) -> Group:
    prefix, topic = place
    shared = {_prefix(family) for family in families}
    same = prefix if shared == {prefix} else ""
    if prefix and topic:
        return Group(f"{prefix} · {topic.lower()}", same, tuple(families), "one part of a prefix")
    if prefix:
        return Group(prefix, same, tuple(families), f"the prefix {prefix!r}")
    if topic == EVERYTHING:
        return Group(topic, same, tuple(families), "few panels, no common topic")
    reason = "what fits no other section" if topic == OTHER else f"one topic: {topic.lower()}"
    return Group(topic, same, tuple(families), reason)


def _position(
    group: Group, vocabulary: Vocabulary, rank: dict[str, int]
) -> tuple[bool, int, int, str]:
    """Where a section stands: by what most of its panels are about, then by its best panel.

    What fits nowhere else stands last, but before sections of media and histograms alone: those
    are heavy, and seldom what somebody came for.
    """
    order = [topic.name for topic in vocabulary.topics]
    order.insert(order.index(MEDIA), OTHER)
    topics = [order.index(_topic(family, vocabulary)) for family in group.families]
    place = len(order) if group.name == OTHER else median_low(topics)
    heavy = all(family.kind != "number" for family in group.families)
    return heavy, place, rank[group.families[0].signature], group.name
