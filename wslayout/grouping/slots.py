"""Units that differ in a statistic or in the split of the data they were measured on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from wslayout.grouping.names import Name, Position, without_words, words_of
from wslayout.grouping.units import Unit, join, replaced
from wslayout.grouping.vocabulary import Vocabulary


def statistic_places(name: Name, vocabulary: Vocabulary) -> frozenset[Position]:
    """Where a name says which statistic it is; empty where it says none.

    The last parts, if they are nothing else (``reward/best@4/mean``); the last or the first
    word of the last part (``ep_rew_mean``); the first word of a part before, which may be all
    of it (``mean/gen/loss``, ``weights/mean_readout.bias``).
    """
    found: set[Position] = set()
    for part in range(len(name.words) - 1, 0, -1):
        words = name.words[part]
        if not words or not all(map(vocabulary.is_statistic, words)):
            break
        found |= {(part, place) for place in range(len(words))}
    return frozenset(found) or frozenset(_statistic_words(name, vocabulary))


def _statistic_words(name: Name, vocabulary: Vocabulary) -> list[Position]:
    """The one place in a name's words that says a statistic, or none."""
    last = len(name.words) - 1
    words = name.words[last]
    if len(words) > 1:
        for place in (len(words) - 1, 0):
            if vocabulary.is_statistic(words[place]):
                return [(last, place)]
        if words[-1] in vocabulary.readings:
            return [(last, len(words) - 1)]
    parents = enumerate(name.words[:-1])
    return [(part, 0) for part, words in parents if words and vocabulary.is_statistic(words[0])][:1]


def said_at(name: Name, places: Iterable[Position]) -> str:
    """The words at some places, as in ``best@4 mean``."""
    return " ".join(name.words[part][place] for part, place in sorted(places))


def statistic_units(
    units: Sequence[Unit], vocabulary: Vocabulary, lines: int, *, bare: bool
) -> list[Unit]:
    """The units with the statistics of one quantity joined.

    Args:
        units: Units of one kind.
        vocabulary: The words of statistics.
        lines: No joined unit is larger; where all statistics of a quantity are too many, those
            of one first word are joined.
        bare: Whether the quantity itself, without a statistic, joins its statistics.
    """
    groups: dict[tuple[str, ...], list[tuple[Unit, frozenset[Position]]]] = defaultdict(list)
    others: list[Unit] = []
    measured = _measured_elsewhere(units, vocabulary)
    for unit in units:
        if not unit.is_scalar:
            continue
        if vocabulary.statistical.isdisjoint(unit.row) and "@" not in unit.label:
            others.append(unit)
        elif (places := statistic_places(name := unit.name, vocabulary)) and not (
            unit.row[-1] in vocabulary.splits and name.flat(places) in measured
        ):
            groups[name.flat(places)].append((unit, places))
        else:
            others.append(unit)
    plain = {unit.row: unit for unit in others if unit.row in groups} if bare else {}
    joined: list[Unit] = []
    for words, members in groups.items():
        if words in plain:
            members.insert(0, (plain[words], frozenset()))
        for group in _fitting(members, lines) if words else ():
            if len(group) > 1:
                values = [
                    said_at(unit.name, places)
                    for unit, places in sorted(group, key=lambda pair: pair[0].keys)
                    for _ in unit.keys
                ]
                label = _starred(*next(pair for pair in group if pair[1]))
                joined.append(join((unit for unit, _ in group), label, "statistic", values))
    return replaced(units, joined)


def _measured_elsewhere(units: Sequence[Unit], vocabulary: Vocabulary) -> set[tuple[str, ...]]:
    """Quantities on a split that no word for the newest value names too.

    Beside ``loss_train``, ``loss_val`` is about validation; beside ``loss_avg``, the newest value.
    """
    splits = vocabulary.splits - vocabulary.readings
    return {
        (*unit.row[:place], *unit.row[place + 1 :])
        for unit in units
        if not splits.isdisjoint(unit.row)
        for place, word in enumerate(unit.row)
        if word in splits
    }


def _fitting(
    members: list[tuple[Unit, frozenset[Position]]], lines: int
) -> Iterable[list[tuple[Unit, frozenset[Position]]]]:
    if sum(len(unit.keys) for unit, _ in members) <= lines:
        return [members]
    by_first: dict[str, list[tuple[Unit, frozenset[Position]]]] = defaultdict(list)
    for unit, places in members:
        first = said_at(unit.name, sorted(places)[:1])
        by_first[first.split("@")[0]].append((unit, places))
    return [
        group for group in by_first.values() if sum(len(unit.keys) for unit, _ in group) <= lines
    ]


def _starred(unit: Unit, places: frozenset[Position]) -> str:
    """The unit's label with one ``*`` for the statistic."""
    name = unit.name
    first = min(places)
    parts: list[str | None] = list(name.parts)
    for part in {part for part, _ in places}:
        if len({place for other, place in places if other == part}) == len(name.words[part]):
            parts[part] = "*" if part == first[0] else None
        else:
            rest = without_words(
                name.parts[part], {place for other, place in places if other == part}
            )
            parts[part] = f"*_{rest}" if first[1] == 0 else f"{rest}_*"
    return name.joined(parts)


def split_places(name: Name, vocabulary: Vocabulary) -> list[Position]:
    """Where a name may say which split of the data it is about."""
    return [
        (part, place)
        for part, words in enumerate(name.words)
        for place, word in enumerate(words)
        if word in vocabulary.splits
    ]


_SENTENCE: Final = 4
"""A name with more words for splits is no quantity on a split."""


def _without_a_split(
    name: Name, vocabulary: Vocabulary
) -> dict[tuple[str, ...], tuple[str, list[Position]]]:
    """What a name's words are without a split: which one, and where.

    A split may be said twice: ``train/train_loss`` is the loss, and the ``train_loss`` of training.
    """
    said: dict[str, list[Position]] = defaultdict(list)
    places = split_places(name, vocabulary)
    for part, place in places if len(places) <= _SENTENCE else ():
        said[name.words[part][place]].append((part, place))
    return {
        name.flat(without): (word, without)
        for word, where in said.items()
        for without in [*([place] for place in where), *([where] if len(where) > 1 else [])]
    }


def split_units(units: Sequence[Unit], vocabulary: Vocabulary, lines: int) -> list[Unit]:
    """The units with one quantity on several splits joined."""
    classes = _classes(units, vocabulary)
    rows = {unit.row for unit in units}
    candidates: dict[tuple[str, ...], list[tuple[Unit, str, list[Position]]]] = defaultdict(list)
    for unit in units:
        # Of most units the words tell already that they name no split.
        if vocabulary.splits.isdisjoint(unit.row) or not unit.is_scalar or unit.keys[0] in classes:
            continue
        for words, (word, where) in _without_a_split(unit.name, vocabulary).items():
            # Where `train/loss` is there too, `train/train_loss` is no other way to write it.
            if len(where) == 1 or rows.isdisjoint(unit.name.flat([place]) for place in where):
                candidates[words].append((unit, word, where))
    bare = {unit.row: unit for unit in units if unit.row in candidates and unit.is_scalar}
    joined: list[Unit] = []
    taken: set[str] = set()
    for words in sorted(candidates, key=lambda words: (-len(candidates[words]), words)):
        members = [member for member in candidates[words] if member[0].keys[0] not in taken]
        splits = {word for _, word, _ in members}
        same = bare.get(words)
        # What is below `train/` is no whole of what is called `train_` there.
        if same and (same.keys[0] in taken or not splits.isdisjoint(words)):
            same = None
        together = [*(unit for unit, _, _ in members), *([same] if same else [])]
        count = sum(len(unit.keys) for unit in together)
        if not words or len(splits) + bool(same) < 2 or count > lines:
            continue
        unit, _, where = members[0]
        label = same.label if same else unit.name.written(where)
        joined.append(join(together, label, "split"))
        taken.update(unit.keys[0] for unit in together)
    return replaced(units, joined)


def _classes(units: Sequence[Unit], vocabulary: Vocabulary) -> set[str]:
    """First keys of units that are about a class which happens to be called like a split.

    Such a class is a last part of its own among others that are no splits (``per_class/train``), or
    a word for a thing too, that ends a part as `_OTHERS` others do (``AP-train``, ``AP-car``).
    """
    splits: dict[Ending, dict[str, str]] = defaultdict(dict)
    for unit in units:
        if unit.row and (word := unit.row[-1]) in vocabulary.splits and unit.row != (word,):
            splits[_ending(unit)][word] = unit.keys[0]
    others: dict[Ending, set[str]] = defaultdict(set)
    for unit in units if splits else ():
        if unit.row and unit.row[-1] not in vocabulary.splits and (at := _ending(unit)) in splits:
            others[at].add(unit.row[-1])
    classes: set[str] = set()
    for at, found in splits.items():
        _, before = at
        if before:
            is_class = vocabulary.things.issuperset(found) and len(others[at]) >= _OTHERS
        else:
            is_class = bool(others[at])
        classes.update(found.values() if is_class else ())
    return classes


_OTHERS: Final = 3
"""So many classes that end alike are no statistics of one quantity."""

Ending = tuple[tuple[str, ...], tuple[str, ...]]
"""What stands before the last word of a name: the parts, and the words of the last part."""


def _ending(unit: Unit) -> Ending:
    return unit.parts[:-1], words_of(unit.parts[-1])[:-1]
