"""Units: what the search for families starts from, and what it joins.

A unit is one key, or keys so alike that they are one thing to look at: the members of an index
(``layers.*/norm``), two ways to write one name, Lightning's ``_step`` and ``_epoch``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Literal

from wslayout.grouping.names import (
    Name,
    in_natural_order,
    indices,
    mask_all,
    parse,
    parts_and_row,
    split_parts,
    words_of,
)

Slot = Literal["single", "index", "twin", "statistic", "category", "split", "media"]
"""What differs between the keys of a family."""

_SCALAR: Final = frozenset({"single", "twin"})

_FEW: Final = 4
"""An index with so few values is told apart where all members would not fit on one panel."""


class Unit:
    """Keys that are looked at together.

    Attributes:
        label: What they share, with ``*`` for what differs.
        parts: The label's parts.
        row: The lower-case words of the label, in a row.
        keys: The keys, in natural order.
        slot: What differs.
        values: What the keys have in place of the ``*``, where people want to read it.
        is_scalar: Whether it is one quantity, so that another line fits beside it.
    """

    __slots__ = ("_name", "is_scalar", "keys", "label", "parts", "row", "slot", "values")

    def __init__(
        self, label: str, keys: tuple[str, ...], slot: Slot, values: tuple[str, ...] = ()
    ) -> None:
        self.label = label
        self.parts, self.row = parts_and_row(label)
        self.keys = keys
        self.slot = slot
        self.values = values
        self.is_scalar = slot in _SCALAR
        self._name: Name | None = None

    @property
    def name(self) -> Name:
        """The label, taken apart; of many units nobody asks for it."""
        if self._name is None:
            self._name = parse(self.label)
        return self._name


def index_units(keys: Sequence[str], is_statistic: Callable[[str], bool], lines: int) -> list[Unit]:
    """One unit for every index, and one for every other key.

    Args:
        keys: Keys of one kind, sorted.
        is_statistic: Tells words of statistics, whose ``@k`` is part of them (``best@4``).
        lines: A grid of several indices with more members is told apart by an index with few
            values (``blocks.*.norm1`` and ``blocks.*.norm2``).
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for key, masked in zip(keys, mask_all(keys), strict=True):
        groups[masked].append(key)
    units: list[Unit] = []
    for masked, members in groups.items():
        if len(members) == 1:
            units.append(Unit(members[0], (members[0],), "single"))
        else:
            for label, group in _told_apart(masked, members, is_statistic, lines):
                units.append(Unit(label, tuple(group), "index" if len(group) > 1 else "single"))
    return units


def _told_apart(
    masked: str, members: list[str], is_statistic: Callable[[str], bool], lines: int
) -> list[tuple[str, list[str]]]:
    """The members by the indices that name things rather than count them, each with a label.

    Each group is in natural order.
    """
    rows = indices(masked, members)
    if not rows:
        return [(key, [key]) for key in members]
    pieces = masked.split("*")
    named = _names_things(pieces, rows, is_statistic, lines)
    # Numbers order the members, which are sorted; what stands between is the same in all.
    numbers = _Numbers()
    ranks = [tuple([numbers[text] for text in row]) for row in rows]
    order = sorted(range(len(rows)), key=ranks.__getitem__)
    if not named:
        return [(masked, [members[place] for place in order])]
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for place in order:
        row = rows[place]
        groups[tuple([row[slot] for slot in named])].append(members[place])
    return [
        (
            _labelled(pieces, dict(zip(named, said, strict=True))) if len(group) > 1 else group[0],
            group,
        )
        for said, group in groups.items()
    ]


def _names_things(
    pieces: list[str],
    rows: list[tuple[str, ...]],
    is_statistic: Callable[[str], bool],
    lines: int,
) -> list[int]:
    """The slots, of those between the pieces, whose numbers name things."""
    values = [set(column) for column in zip(*rows, strict=True)]
    named = {
        slot
        for slot, numbers in enumerate(values)
        if len(numbers) == 1
        or not _counts(pieces[slot], pieces[slot + 1], numbers)
        or (pieces[slot].endswith("@") and _ends_in_statistic(pieces[slot][:-1], is_statistic))
    }
    free = [slot for slot in range(len(values)) if slot not in named]
    if len(free) > 1:  # `blocks.*.norm1` and `blocks.*.norm2` are two things with an index each
        glued = [s for s in free if pieces[s][-1:].isalpha() and len(values[s]) <= _FEW]
        named.update(glued if len(glued) < len(free) else ())
        free = [slot for slot in free if slot not in named]
    if len(free) > 1 and len(rows) > lines:
        smallest = min(free, key=lambda slot: (len(values[slot]), -slot))
        if len(values[smallest]) <= _FEW:
            named.add(smallest)
    return sorted(named)


def _labelled(pieces: list[str], said: Mapping[int, str]) -> str:
    return pieces[0] + "".join(said.get(slot, "*") + piece for slot, piece in enumerate(pieces[1:]))


class _Numbers(dict[str, int]):
    """Numbers by their digits; each is read once."""

    def __missing__(self, text: str) -> int:
        # Python refuses to read numbers of thousands of digits.
        number = self[text] = int(text[-300:])
        return number


def _ends_in_statistic(text: str, is_statistic: Callable[[str], bool]) -> bool:
    words = words_of(split_parts(text)[0][-1])
    return bool(words) and is_statistic(words[-1])


def _counts(before: str, after: str, values: set[str]) -> bool:
    """Whether numbers between two texts count something: stages yes, norms and years no.

    A number glued to a word is part of a name unless there are several of it: `l1` and `l2` are
    two norms, `aime24` and `aime25` two contests, `2d` and `3d` two spaces, `s0` to `s5` stages.
    Nobody names things `batch128340`, so numbers longer than a year count.
    """
    if all(len(value) > _YEAR for value in values):
        return True
    if _MEASURE.match(after) and len(values) < _FEW:
        return False
    glued = before[-1:].isalpha()
    if not glued:
        return True
    if not before[-2:-1].isalpha():
        return len(values) > (_FEW - 1 if before[-1] in _NAMING else _FEW - 2)
    return len(values) > _FEW - 1 or min(int(value) for value in values) <= 1


_YEAR: Final = 4
"""Digits of a year."""

_MEASURE: Final = re.compile(r"[a-zA-Z]{1,2}(?![a-zA-Z])")
"""What makes a measure of the number before it: `2d`, `7b`, `16gb`; not `5shot`."""

_NAMING: Final = "lLfF"
"""Letters that names end with and numbers follow: the norms l0 to l2, the scores f1 and f2."""


_WATCHED: Final = re.compile(r"(?<![^/.])graph_\d+\.?")
"""`wandb.watch` called a second time names everything anew; it is W&B's own way."""


def twin_units(
    units: Sequence[Unit], copies: frozenset[str], accrued: frozenset[str]
) -> list[Unit]:
    """The units with twins joined: names of the same words in a row, whatever joins them.

    Args:
        units: Units of one kind.
        copies: Last words that tell how one quantity was collected (``step``, ``epoch``).
        accrued: Words of what adds up: so much a step is no other way to say so much an epoch.
    """
    groups: dict[tuple[str, ...], list[Unit]] = defaultdict(list)
    for unit in units:
        watched = "graph_" in unit.label
        row = parse(_WATCHED.sub("", unit.label)).row if watched else unit.row
        groups[row].append(unit)
    for words in [words for words in groups if len(words) > 1 and words[-1] in copies]:
        bare = words[:-1]
        if not accrued.isdisjoint(bare) or any(
            len(words_of(u.parts[-1])) < 2 for u in groups[words]
        ):
            continue
        if bare in groups or any((*bare, copy) in groups for copy in copies - {words[-1]}):
            groups[bare].extend(groups.pop(words))
    joined: list[Unit] = []
    for words, twins in groups.items():
        if len(twins) == 1 or any(unit.slot == "index" for unit in twins):
            joined += twins
            continue
        first = min(twins, key=lambda unit: (len(unit.label), unit.label)).name
        label = first.key
        if first.row[-1:] != words[-1:]:
            last = len(first.words) - 1
            label = first.written({(last, len(first.words[last]) - 1)})
        joined.append(join(twins, label, "twin"))
    return joined


def join(units: Iterable[Unit], label: str, slot: Slot, values: Sequence[str] = ()) -> Unit:
    """One unit of several."""
    keys = in_natural_order(key for unit in units for key in unit.keys)
    return Unit(label, keys, slot, tuple(values))


def replaced(units: Sequence[Unit], joined: Sequence[Unit]) -> list[Unit]:
    """The units without those whose keys have been joined, and the joined ones."""
    if not joined:
        return [*units]
    taken = {key for unit in joined for key in unit.keys}
    return [*(unit for unit in units if unit.keys[0] not in taken), *joined]


def media_units(units: Sequence[Unit]) -> list[Unit]:
    """The units with media of one prefix and one last word joined: they have no axis to share.

    ``P_curve``, ``R_curve`` and ``PR_curve`` are pages of one media browser.
    """
    groups: dict[tuple[str, ...], list[Unit]] = defaultdict(list)
    for unit in units:
        name = unit.name
        words = name.words[-1]
        kin = (*name.parts[:-1], words[-1]) if len(words) > 1 else (unit.label, "")
        groups[kin].append(unit)
    joined: list[Unit] = []
    for group in groups.values():
        if len(group) == 1 or any(not unit.is_scalar for unit in group):
            joined += group
            continue
        name = group[0].name
        label = name.joined([*name.parts[:-1], f"*_{name.words[-1][-1]}"])
        joined.append(join(group, label, "media"))
    return joined
