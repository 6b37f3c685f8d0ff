"""Units that differ in a category: a class, a task, a domain, a client, a policy.

Nobody lists categories in advance; they are told by their use. Values that stand for each other
in several places (``env/{gsm8k,math,code}/reward`` beside ``env/{gsm8k,math,code}/length``) are
categories, and so are the children of a part that says so (``AP_per_class/*``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final

from wslayout.grouping.names import split_parts, words_of
from wslayout.grouping.recurring import GAP, MOST, Place, Slots
from wslayout.grouping.units import Unit, join, replaced
from wslayout.grouping.vocabulary import Vocabulary

MIN_CATEGORIES: Final = 3
"""Fewer values than this that recur in several places are a coincidence, not categories."""

MANY_CATEGORIES: Final = 5
"""So many values are more than most quantities have statistics."""

_TOPICAL: Final = 0.25
"""Where more of the values speak of quantities (loss, accuracy), they are no categories."""


def category_units(
    units: Sequence[Unit],
    slots: Slots,
    vocabulary: Vocabulary,
    lines: int,
    *,
    least: int = MIN_CATEGORIES,
    alone: bool,
    known: frozenset[str] = frozenset(),
) -> tuple[list[Unit], frozenset[str]]:
    """The units with those that differ in a category joined.

    Args:
        units: Units of one kind.
        slots: Where they differ.
        vocabulary: Words that categories are not called, and words that announce categories.
        lines: Index families are joined only where all their keys fit on a panel.
        least: The fewest categories.
        alone: Whether children of a part that announces categories need not recur, nor do more
            things with one quantity than fit on a panel.
        known: Values that are known to be categories.

    Returns:
        The units, and all values that are known now.
    """
    places = slots.promising(units, lines, least=least, known=known)
    by_values: dict[tuple[str, ...], list[Place]] = defaultdict(list)
    topical = _Topical(vocabulary)
    for place, members in places.items():
        if topical.are_few(members) and not (
            slots.of_parts and _is_prefix(place, members, vocabulary)
        ):
            by_values[tuple(sorted(members))].append(place)
    known |= {
        value
        for values, found in by_values.items()
        if len(values) >= least
        and (
            (len(found) > 1 and len(_measured(found, vocabulary)) > 1)
            or (alone and any(_says_so(place, vocabulary) for place in found))
        )
        for value in values
    }
    joined: list[Unit] = []
    taken: set[str] = set()
    for values in sorted(by_values, key=lambda values: (-len(values), values)):
        told = [value for value in values if value in known]
        recurs = len(told) > 1 and len(told) >= MOST * len(values)
        for place in sorted(by_values[values]) if recurs or alone else ():
            group = [places[place][value] for value in (told if recurs else values)]
            if (
                taken.isdisjoint(unit.keys[0] for unit in group)
                and (
                    recurs
                    or (len(values) >= least and _says_so(place, vocabulary))
                    or (len(values) > lines and bool(_quantity(place, vocabulary)))
                )
                and (
                    all(unit.is_scalar for unit in group)
                    or sum(len(unit.keys) for unit in group) <= lines
                )
            ):
                joined.append(join(group, _label(group), "category"))
                taken.update(unit.keys[0] for unit in group)
    return replaced(units, joined), known


def _quantity(place: Place, vocabulary: Vocabulary) -> set[str]:
    """The words after a slot that name a quantity; none where a statistic is all that follows."""
    after = (word for text in place[place.index(GAP) + 1 :] for word in words_of(text))
    return {
        word
        for word in after
        if not (
            vocabulary.says_nothing(word)
            or word in vocabulary.readings
            or word in vocabulary.splits
        )
    }


def _is_prefix(place: Place, values: Collection[str], vocabulary: Vocabulary) -> bool:
    """Whether a slot is what people divide a project by, and no category of anything.

    That is a first part with few values, or one before a name that no result or scale ends.
    """
    if place[1] != GAP:
        return False
    quantity = _quantity(place, vocabulary)
    return len(values) < MANY_CATEGORIES or vocabulary.measures.isdisjoint(quantity)


def _measured(places: Sequence[Place], vocabulary: Vocabulary) -> list[Place]:
    """The places, of those with the same values, where these are categories of one quantity.

    A name that goes on after the slot, with more than a statistic, is about one quantity for
    several tasks. Values at the end may be quantities themselves, which are the same below each
    prefix; unless most of what stands before them names a result or a scale (``ap/car``,
    ``f1/car``), on more than the splits of the data.
    """
    ends: list[Place] = []
    others: list[Place] = []
    for place in places:
        (others if _quantity(place, vocabulary) else ends).append(place)
    said = [{word for text in place for word in words_of(text)} for place in ends]
    differs = {word for words in said for word in words if not all(word in one for one in said)}
    named = sum(not vocabulary.measures.isdisjoint(_before(place)) for place in ends)
    silent = vocabulary.splits | vocabulary.statistical
    if 2 * named >= len(ends) and not (differs and differs <= silent):
        return [*places]
    return others


def _before(place: Place) -> tuple[str, ...]:
    """The words of the part before a slot; in a last part, all that stands above is one text."""
    text = place[place.index(GAP) - 1].rstrip("/.:")
    return words_of(split_parts(text)[0][-1])


class _Topical(dict[str, tuple[bool, bool]]):
    """For each value whether it speaks of a quantity, and whether it is a split; found once."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def __missing__(self, value: str) -> tuple[bool, bool]:
        words = words_of(value)
        found = self[value] = (
            not self._vocabulary.topical.isdisjoint(words),
            self._vocabulary.is_split(words),
        )
        return found

    def are_few(self, values: Collection[str]) -> bool:
        """Whether few of the values speak of quantities, and not all of them are splits."""
        found = [self[value] for value in values]
        spoken = sum([topical for topical, _ in found])
        return spoken <= _TOPICAL * len(found) and not all(split for _, split in found)


def _says_so(place: Place, vocabulary: Vocabulary) -> bool:
    """Whether the part before a last part names categories (``AP_per_class``)."""
    *_, before, last = place
    return last == GAP and not vocabulary.categories.isdisjoint(words_of(before))


def _label(group: Sequence[Unit]) -> str:
    """The label of the first unit with ``*`` for what is not the same in all, in one part."""
    first = group[0].name
    parts: list[str | None] = list(first.parts)
    own, last = first.parts, len(first.parts) - 1
    differs = next((place for place in range(last) if group[1].parts[place] != own[place]), last)
    parts[differs] = _common([unit.parts[differs] for unit in group])
    return first.joined(parts)


def _common(others: Sequence[str]) -> str:
    """The first of some parts, with ``*`` between the beginning and the end that all share."""
    words = [other.replace("-", "_").split("_") for other in others]
    shortest = min(map(len, words))
    begin = 0
    while begin < shortest - 1 and len({one[begin] for one in words}) == 1:
        begin += 1
    end = 0
    while end < shortest - 1 - begin and len({one[-1 - end] for one in words}) == 1:
        end += 1
    own = words[0]
    return "_".join([*own[:begin], "*", *own[len(own) - end :]])
