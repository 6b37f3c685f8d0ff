"""Which families get a panel."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from wslayout.grouping.families import Family
from wslayout.grouping.topics import headline_rank, may_lead
from wslayout.grouping.vocabulary import Vocabulary
from wslayout.grouping.weights import Value


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What the choice needs to know of a key.

    Attributes:
        share: The share of runs that have it (0 to 1), 1 where not known.
        points: The most values logged in one run, None where not known.
        constant: Whether no run has two different values of it.
    """

    share: float = 1.0
    points: int | None = None
    constant: bool = False


UNKNOWN: Final = KeyFacts()
"""A key of which nothing is known."""


@dataclass(frozen=True, slots=True)
class Lane:
    """The panels of a section of a template, of which each further one is worth less.

    Attributes:
        name: What tells it from other lanes.
        bonus: What its panels are worth more.
        first: What the `FIRST` best of them are worth more than that.
    """

    name: tuple[str, str]
    bonus: float
    first: float = 0.0


FIRST: Final = 2
"""Panels without which a section of a template can't stand."""

NO_LANES: Final[Mapping[str, Lane]] = {}
"""Without a template."""


def value_of(
    family: Family, facts: Mapping[str, KeyFacts], vocabulary: Vocabulary, weights: Value
) -> float:
    """How much a panel of this family is worth, before panels like it are counted.

    In this order of weight: headline words, runs that have it, logged often, not about how fast
    training went, not constant, shallow; numbers come before media, media before tables.
    """
    value = weights.of_kind(family.kind) + weights.of_slot(family.slot)
    rank = headline_rank(family.name, vocabulary) if may_lead(family.row, vocabulary) else None
    if rank is not None:
        value += (vocabulary.ranks + 2 - rank) * weights.headline
    if rank is None and not vocabulary.plumbing.isdisjoint(family.row):
        value -= weights.plumbing
    value += _known_value(family.keys, facts, weights)
    return value / (1.0 + weights.depth * (len(family.path) - 1))


def _known_value(keys: Sequence[str], facts: Mapping[str, KeyFacts], weights: Value) -> float:
    if not facts:
        return weights.runs + weights.curve + weights.varies
    known = [facts.get(key, UNKNOWN) for key in keys]
    value = weights.runs * max(fact.share for fact in known)
    if any(fact.points is None or fact.points > 1 for fact in known):
        value += weights.curve
    if not all(fact.constant for fact in known):
        value += weights.varies
    return value


def lane_of(family: Family) -> tuple[str, str]:
    """The prefix and the kind, of whose panels each further one is worth less."""
    return family.path[0] if len(family.path) > 1 else "", family.kind


def choose(
    families: Sequence[Family],
    facts: Mapping[str, KeyFacts],
    vocabulary: Vocabulary,
    weights: Value,
    *,
    panels: int,
    pins: Sequence[str] = (),
    lanes: Mapping[str, Lane] = NO_LANES,
) -> list[Family]:
    """The ``panels`` families that are worth the most together, best first.

    Families of pinned keys come first, in the order of the pins, and count; there may be more of
    them than ``panels``.

    Greedy, with diminishing returns for panels of one prefix and kind, so that no prefix
    vanishes while another has twenty panels. Deterministic: of equal headlines the
    plainest comes first, ``mean_reward`` before ``mean_intrinsic_reward``; other ties go by prefix,
    then by signature.

    Args:
        families: All that may have a panel.
        facts: What is known of their keys.
        vocabulary: The words that tell what a metric is.
        weights: What a panel is worth.
        panels: How many there may be.
        pins: Keys whose families come first.
        lanes: By signature the lane of a family that a section of a template takes.
    """
    chosen = pinned_families(families, pins)
    first = {family.signature for family in chosen}
    panels -= len(chosen)
    before = Counter(map(lane_of, chosen))
    # Signatures break ties, and differ: families are never compared.
    groups: dict[tuple[str, str], list[tuple[float, int, str, Family]]] = defaultdict(list)
    for family in families if panels > 0 else ():
        if (signature := family.signature) not in first:
            value = value_of(family, facts, vocabulary, weights)
            claim = lanes.get(signature)
            value += claim.bonus if claim else 0.0
            length = len(family.row) if may_lead(family.row, vocabulary) else 0
            name = claim.name if claim else lane_of(family)
            groups[name].append((-value, length, signature, family))
    # One lane a prefix; the best of each lane competes with its value after the discount.
    claims = {lane.name: lane for lane in lanes.values()}
    firsts = [claims[name].first if name in claims else 0.0 for name in sorted(groups)]
    running = [
        (before[name], iter(heapq.nsmallest(panels, group)))
        for name, group in sorted(groups.items())
    ]
    heap: list[tuple[float, int, int, int, Family]] = []

    def push(lane: int, taken: int) -> None:
        if (best := next(running[lane][1], None)) is not None:
            # The lane breaks ties, and is in the heap once.
            value, length, _, family = best
            value = value * weights.further**taken - firsts[lane] * (taken < FIRST)
            heapq.heappush(heap, (value, length, lane, taken, family))

    for lane, (taken, _) in enumerate(running):
        push(lane, taken)
    while heap and panels > 0:
        *_, lane, taken, family = heapq.heappop(heap)
        chosen.append(family)
        panels -= 1
        push(lane, taken + 1)
    return chosen


def pinned_families(families: Sequence[Family], pins: Sequence[str]) -> list[Family]:
    """The families of pinned keys, in the order of the pins."""
    wanted = frozenset(pins)
    of_key = {
        key: family
        for family in (families if pins else ())
        if not wanted.isdisjoint(family.keys)
        for key in family.keys
    }
    found = {of_key[pin].signature: of_key[pin] for pin in pins if pin in of_key}
    return list(found.values())
