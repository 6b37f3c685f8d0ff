"""Units that differ in a category: a class, a task, a domain, a client, a policy.

Nobody lists categories in advance; they are told by their use. Values that stand for each other
in several places (``env/{gsm8k,math,code}/reward`` beside ``env/{gsm8k,math,code}/length``) are
categories, and so are the children of a part that says so (``AP_per_class/*``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wslayout.grouping.names import split_parts, words_of
from wslayout.grouping.units import Unit, join, replaced
from wslayout.grouping.vocabulary import Vocabulary

MIN_CATEGORIES: Final = 3
"""Fewer values than this that recur in several places are a coincidence, not categories."""

MANY_CATEGORIES: Final = 5
"""So many values are more than most quantities have statistics."""

_TOPICAL: Final = 0.25
"""Where more of the values speak of quantities (loss, accuracy), they are no categories."""

_GAP: Final = "\0"

_WORDS: Final = 8
"""Names of more words in the last part are sentences, which no slot is looked for in."""

Slot = tuple[str, str]
"""The value of a slot, and the text around it with `_GAP` in its place."""


class Crowded:
    """The slots in which several units differ, found once and used with fewer and fewer units.

    Args:
        slots: By a unit's first key its slots in which others may differ.
        lines: Keys that fit on a panel: an index family with more is no candidate.
    """

    def __init__(self, slots: Mapping[str, list[Slot]], lines: int) -> None:
        self._slots = slots
        self._lines = lines

    def places(self, units: Sequence[Unit], least: int) -> dict[str, dict[str, Unit]]:
        """For each text around a slot at least ``least`` units, by their values."""
        places: dict[str, dict[str, Unit]] = defaultdict(dict)
        for unit in units if self._slots else ():
            if (slots := self._slots.get(unit.keys[0])) and _is_open(unit, self._lines):
                for value, place in slots:
                    places[place].setdefault(value, unit)
        return {place: members for place, members in places.items() if len(members) >= least}


def _is_open(unit: Unit, lines: int) -> bool:
    return unit.is_scalar or (unit.slot == "index" and len(unit.keys) <= lines)


def differing_parts(units: Sequence[Unit], lines: int) -> Crowded:
    """The parts, but for the first, in which units differ."""
    candidates = [unit for unit in units if len(unit.row) > 1 and _is_open(unit, lines)]
    slots: dict[str, list[Slot]] = defaultdict(list)
    rows = [split_parts(unit.label)[0] for unit in candidates]
    for row, place in zip(*_crowded(rows), strict=True):
        name = candidates[row].name
        start = sum(map(len, name.parts[:place])) + sum(map(len, name.joints[:place]))
        end = start + len(name.parts[place])
        around = f"{name.key[:start]}{_GAP}{name.key[end:]}"
        slots[candidates[row].keys[0]].append((name.parts[place], around))
    return Crowded(slots, lines)


def differing_words(units: Sequence[Unit], lines: int) -> Crowded:
    """The single words of last parts in which units differ."""
    candidates: list[Unit] = []
    rows: list[tuple[str, ...]] = []
    for unit in units:
        if len(unit.row) > 1 and _is_open(unit, lines):
            leaf = split_parts(unit.label)[0][-1]
            words = words_of(leaf)
            if 1 < len(words) <= _WORDS:
                candidates.append(unit)
                # What stands above is one more word, in front, which no slot is.
                rows.append((unit.label[: -len(leaf)], *words))
    slots: dict[str, list[Slot]] = defaultdict(list)
    for row, place in zip(*_crowded(rows), strict=True):
        above, *single = rows[row]
        around = f"{above}{' '.join(single[: place - 1])}{_GAP}{' '.join(single[place:])}"
        slots[candidates[row].keys[0]].append((single[place - 1], around))
    return Crowded(slots, lines)


def _crowded(rows: Sequence[Sequence[str]]) -> tuple[list[int], list[int]]:
    """Where, after the first text, a row has the same texts around a place as another row.

    Found by hashing: a row's hash is a sum over its places, so what stands around a place is the
    row's without the place's. A collision of 64 bits would only bring in a place for nothing.

    Returns:
        Numbers of rows, and for each the place in it.
    """
    ids: defaultdict[str, int] = defaultdict(count().__next__)
    texts = np.array([ids[text] for row in rows for text in row], dtype=np.uint64)
    sizes = np.array([len(row) for row in rows], dtype=np.intp)
    if not len(rows):
        return [], []
    row_of = np.repeat(np.arange(len(rows)), sizes)
    begins = np.cumsum(sizes) - sizes
    place_of = np.arange(len(texts)) - begins[row_of]
    hashes = _mixed(texts * np.uint64(64) + np.minimum(place_of, 63).astype(np.uint64))
    around = np.add.reduceat(hashes, begins)[row_of] - hashes
    around += _mixed(place_of.astype(np.uint64) + np.uint64(1 << 48))
    _, group, counts = np.unique(around, return_inverse=True, return_counts=True)
    found = np.flatnonzero((counts[group] > 1) & (place_of > 0))
    return row_of[found].tolist(), place_of[found].tolist()


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Well-spread 64-bit hashes of small numbers (the finaliser of SplitMix64)."""
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def category_units(
    units: Sequence[Unit],
    crowded: Crowded,
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
        crowded: Slots in which they differ.
        vocabulary: Words that categories are not called, and words that announce categories.
        lines: Index families are joined only where all their keys fit on a panel.
        least: The fewest categories.
        alone: Whether children of a part that announces categories need not recur.
        known: Values that are known to be categories.

    Returns:
        The units, and all values that are known now.
    """
    places = crowded.places(units, 2 if least <= MIN_CATEGORIES else least)
    by_values: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for place, members in places.items():
        if _categorical(members, vocabulary):
            by_values[tuple(sorted(members))].append(place)
    known |= {
        value
        for values, found in by_values.items()
        if len(found) > 1 and len(values) >= least
        for value in values
    }
    joined: list[Unit] = []
    taken: set[str] = set()
    for values in sorted(by_values, key=lambda values: (-len(values), values)):
        recurs = known.issuperset(values)
        for place in sorted(by_values[values]) if recurs or alone else ():
            group = list(places[place].values())
            if (
                taken.isdisjoint(unit.keys[0] for unit in group)
                and (recurs or (len(values) >= least and _says_so(place, vocabulary)))
                and (
                    all(unit.is_scalar for unit in group)
                    or sum(len(unit.keys) for unit in group) <= lines
                )
            ):
                joined.append(join(group, _label(group), "category"))
                taken.update(unit.keys[0] for unit in group)
    return replaced(units, joined), known


def _categorical(members: dict[str, Unit], vocabulary: Vocabulary) -> bool:
    words = [words_of(value) for value in members]
    topical = sum(bool(vocabulary.topical.intersection(one)) for one in words)
    split = all(len(one) == 1 and one[0] in vocabulary.splits for one in words)
    return not split and topical <= _TOPICAL * len(words)


def _says_so(place: str, vocabulary: Vocabulary) -> bool:
    """Whether the part before a last part names categories (``AP_per_class``)."""
    before, _, after = place.partition(_GAP)
    parts = split_parts(before[:-1])[0] if not after else ()
    return bool(parts) and not vocabulary.categories.isdisjoint(words_of(parts[-1]))


def _label(group: Sequence[Unit]) -> str:
    """The label of the first unit with ``*`` for all that is not the same in all."""
    first = group[0].name
    parts: list[str | None] = list(first.parts)
    for place, part in enumerate(first.parts):
        others = {unit.name.parts[place] for unit in group}
        if len(others) > 1:
            parts[place] = _common(part, [unit.name.parts[place] for unit in group])
    return first.joined(parts)


def _common(part: str, others: Sequence[str]) -> str:
    """A part with ``*`` between the beginning and the end that all share, at joints."""
    words = [other.replace("-", "_").split("_") for other in others]
    shortest = min(map(len, words))
    begin = 0
    while begin < shortest - 1 and len({one[begin] for one in words}) == 1:
        begin += 1
    end = 0
    while end < shortest - 1 - begin and len({one[-1 - end] for one in words}) == 1:
        end += 1
    own = part.replace("-", "_").split("_")
    return "_".join([*own[:begin], "*", *own[len(own) - end :]])
