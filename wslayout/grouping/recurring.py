"""Slots: where units differ in one part or one word, and which of them may hold categories."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import count
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wslayout.grouping.names import words_of
from wslayout.grouping.units import Unit
from wslayout.grouping.vocabulary import Vocabulary

GAP: Final = "\0"
"""Stands for a slot among the texts around it; hardly a name holds it."""

MOST: Final = 0.75
"""Where more of the values are known to be categories, the others are left out of the family."""

_WORDS: Final = 8
"""Names of more words in the last part are sentences, which no slot is looked for in."""

Place = tuple[str, ...]
"""The texts around a slot, with `GAP` in its place."""

Ints = NDArray[np.int64]


class Slots:
    """The slots in which units may differ, found once and looked at with fewer and fewer units.

    What recurs is looked for in numbers, as there may be a slot for every part of every key: a
    slot is known by a hash of the texts around it, a set of values by the sum of their hashes.
    A collision of 64 bits would only bring in a slot for nothing.
    """

    def __init__(
        self,
        units: Sequence[Unit],
        texts: Sequence[tuple[str, ...]],
        vocabulary: Vocabulary,
        announced: Sequence[bool],
        *,
        of_parts: bool,
    ) -> None:
        """Look for them.

        Args:
            units: The units.
            texts: For each unit what it consists of: first a text that is no slot, then one a slot.
            vocabulary: Words for all categories together, and of splits: these are none.
            announced: For each unit whether its last slot holds categories by what is before it.
            of_parts: Whether slots are whole parts.
        """
        self.of_parts = of_parts
        self._units = units
        self._texts = texts
        self._number = {unit.keys[0]: number for number, unit in enumerate(units)}
        self._ids: defaultdict[str, int] = defaultdict(count().__next__)
        values = np.array([self._ids[text] for row in texts for text in row], dtype=np.int64)
        sizes = np.array([len(row) for row in texts], dtype=np.intp)
        of_unit = np.repeat(np.arange(len(texts)), sizes)
        place = np.arange(len(values)) - (np.cumsum(sizes) - sizes)[of_unit]
        slot = _slots(values, sizes, of_unit, place)
        last = place == sizes[of_unit] - 1
        whole, split = (np.array(flags, dtype=bool) for flags in _spare(self._ids, vocabulary))
        spare = whole[values] | (split[values] & ~last)
        shared = np.flatnonzero((np.bincount(slot)[slot] > 1) & (place > 0) & ~spare)
        self._unit, self._place = of_unit[shared], place[shared]
        self._slot, self._value = slot[shared], values[shared]
        self._announced = np.array(announced, dtype=bool)[self._unit] & last[shared]
        self._inner = ~last[shared] & of_parts

    def promising(
        self, units: Sequence[Unit], lines: int, *, least: int, known: Collection[str]
    ) -> dict[Place, dict[str, Unit]]:
        """For the texts around each slot the units by their values, where these may be categories.

        They may be where other slots hold the same, where most of them are known, where what is
        before them says so, and where so many things have the same quantity.

        Args:
            units: The units that are left.
            lines: Keys that fit on a panel; more things with one quantity are categories.
            least: The fewest values, but for known ones.
            known: Values that are known to be categories.
        """
        left = np.ones(len(self._units), dtype=bool)
        for unit in units:
            if unit.slot in _JOINED:
                gone = (self._number.get(key) for key in unit.keys)
                left[[number for number in gone if number is not None]] = False
        seen = np.flatnonzero(left[self._unit])
        if not len(seen):
            return {}
        chosen = seen[self._worth(seen, lines, least, known)]
        places: dict[Place, dict[str, Unit]] = defaultdict(dict)
        where = zip(self._unit[chosen].tolist(), self._place[chosen].tolist(), strict=True)
        for number, place in where:
            texts = self._texts[number]
            around = (*texts[:place], GAP, *texts[place + 1 :])
            places[around].setdefault(texts[place], self._units[number])
        return places

    def _worth(
        self, seen: Ints, lines: int, least: int, known: Collection[str]
    ) -> NDArray[np.bool_]:
        """For each of the slots seen, whether it is promising."""
        slots, values = self._slot[seen], self._value[seen]
        pairs = np.sort(slots * len(self._ids) + values)
        pairs = pairs[np.flatnonzero(np.diff(pairs, prepend=-1))]
        of_slot, of_value = np.divmod(pairs, len(self._ids))
        begins = np.flatnonzero(np.diff(of_slot, prepend=-1))
        sizes = np.diff(begins, append=len(pairs))
        enough = sizes >= least
        sets = np.add.reduceat(_mixed(of_value), begins)
        _, same, times = np.unique(sets, return_inverse=True, return_counts=True)
        is_known = np.zeros(len(self._ids), dtype=bool)
        is_known[of_value[np.repeat(enough & (times[same] > 1), sizes)]] = True
        is_known[[self._ids[value] for value in known if value in self._ids]] = True
        worth = np.zeros(int(slots.max()) + 1, dtype=bool)
        announced = np.zeros_like(worth)
        announced[slots[self._announced[seen]]] = True
        inner = np.zeros_like(worth)
        inner[slots[self._inner[seen]]] = True
        most_known = np.add.reduceat(is_known[of_value].astype(np.intp), begins) >= MOST * sizes
        found = of_slot[begins]
        alone = (enough & announced[found]) | ((sizes > lines) & inner[found])
        worth[found[(most_known & (sizes > 1)) | alone]] = True
        return worth[slots]


def part_slots(units: Sequence[Unit], vocabulary: Vocabulary, lines: int) -> Slots:
    """The parts in which units differ."""
    candidates = [unit for unit in units if len(unit.parts) > 1 and _is_open(unit, lines)]
    announce: dict[str, bool] = {}
    for unit in candidates:
        if (before := unit.parts[-2]) not in announce:
            announce[before] = not vocabulary.categories.isdisjoint(words_of(before))
    return Slots(
        candidates,
        [("", *unit.parts) for unit in candidates],
        vocabulary,
        [announce[unit.parts[-2]] for unit in candidates],
        of_parts=True,
    )


def word_slots(units: Sequence[Unit], vocabulary: Vocabulary, lines: int) -> Slots:
    """The single words of last parts in which units differ."""
    candidates: list[Unit] = []
    texts: list[tuple[str, ...]] = []
    for unit in units:
        if len(unit.row) > 1 and _is_open(unit, lines):
            leaf = unit.parts[-1]
            words = words_of(leaf) if len(unit.parts) > 1 else unit.row
            if 1 < len(words) <= _WORDS:
                candidates.append(unit)
                texts.append((unit.label[: -len(leaf)], *words))
    return Slots(candidates, texts, vocabulary, [False] * len(candidates), of_parts=False)


_JOINED: Final = frozenset({"category", "statistic", "split"})
"""What differs in units that were made of others, which are no candidates any more."""


def _is_open(unit: Unit, lines: int) -> bool:
    return unit.is_scalar or (unit.slot == "index" and len(unit.keys) <= lines)


def _spare(texts: Iterable[str], vocabulary: Vocabulary) -> tuple[list[bool], list[bool]]:
    """Which texts stand for all categories (``overall``), and which are splits of the data."""
    wholes: list[bool] = []
    splits: list[bool] = []
    for text in texts:
        words = words_of(text)
        wholes.append(bool(words) and all(map(vocabulary.says_nothing, words)))
        splits.append(vocabulary.is_split(words))
    return wholes, splits


def _slots(values: Ints, sizes: Ints, of_unit: Ints, place: Ints) -> Ints:
    """For each place of each row a number, the same where the texts around it are the same.

    Found by hashing: a row's hash is a sum over its places, so what stands around a place is the
    row's without the place's.
    """
    if not len(values):
        return values
    hashes = _mixed(values * 64 + np.minimum(place, 63))
    around = np.add.reduceat(hashes, np.cumsum(sizes) - sizes)[of_unit] - hashes
    around += _mixed(place + (1 << 48))
    numbers: Ints = np.unique(around, return_inverse=True)[1]
    return numbers


def _mixed(values: Ints) -> NDArray[np.uint64]:
    """Well-spread 64-bit hashes of small numbers (the finaliser of SplitMix64)."""
    mixed = values.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed
