"""Which families get a panel."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from wslayout.grouping.families import Family
from wslayout.grouping.topics import headline_rank, may_lead
from wslayout.grouping.vocabulary import Vocabulary
from wslayout.grouping.weights import Value

_PINNED: Final = 1e9
"""More than all else together, however many panels of one prefix come before."""


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


def value_of(
    family: Family, facts: Mapping[str, KeyFacts], vocabulary: Vocabulary, weights: Value
) -> float:
    """How much a panel of this family is worth, before panels like it are counted.

    In this order of weight: headline words, runs that have it, logged often, not constant,
    shallow; numbers come before media, media before tables.
    """
    value = weights.of_kind(family.kind) + weights.of_slot(family.slot)
    rank = headline_rank(family.name, vocabulary) if may_lead(family.row, vocabulary) else None
    if rank is not None:
        value += (vocabulary.ranks + 2 - rank) * weights.headline
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
    pins: frozenset[str] = frozenset(),
) -> list[Family]:
    """The ``panels`` families that are worth the most together, best first.

    Families of pinned keys come first, and count; there may be more of them than ``panels``.

    Greedy, with diminishing returns for panels of one prefix and kind, so that no prefix
    vanishes while another has twenty panels. Deterministic: ties go by prefix, then by signature.
    """
    pinned = [family for family in families if pins and not pins.isdisjoint(family.keys)]
    panels = max(panels, len(pinned))
    first = {family.signature for family in pinned}
    # Signatures break ties, and differ: families are never compared.
    groups: dict[tuple[str, str], list[tuple[float, str, Family]]] = defaultdict(list)
    for family in families:
        signature = family.signature
        value = value_of(family, facts, vocabulary, weights)
        value += _PINNED if signature in first else 0.0
        groups[lane_of(family)].append((-value, signature, family))
    # One lane a prefix; the best of each lane competes with its value after the discount.
    lanes = [iter(heapq.nsmallest(panels, group)) for _, group in sorted(groups.items())]
    heap: list[tuple[float, int, int, Family]] = []

    def push(lane: int, taken: int) -> None:
        if (best := next(lanes[lane], None)) is not None:
            # The lane breaks ties, and is in the heap once.
            heapq.heappush(heap, (best[0] * weights.further**taken, lane, taken, best[2]))

    for lane in range(len(lanes)):
        push(lane, 0)
    chosen: list[Family] = []
    while heap and len(chosen) < panels:
        _, lane, taken, family = heapq.heappop(heap)
        chosen.append(family)
        push(lane, taken + 1)
    return chosen
