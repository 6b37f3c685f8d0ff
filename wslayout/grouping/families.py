"""Families: keys that belong on one panel.

Each key joins one family. They are looked for in this order, each among what the ones before
left over: indices (``layers.*/norm``), two ways to write one name, many categories
(``env/{gsm8k,math,…}/reward``), statistics of one quantity (``reward/{mean,max}``), few categories,
splits (``{train,val}/loss``), categories in a word, and statistics beside the quantity itself.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from operator import attrgetter
from typing import NamedTuple

from wslayout.grouping.categories import MANY_CATEGORIES, category_units
from wslayout.grouping.names import Name, mask_indices, parse
from wslayout.grouping.recurring import part_slots, word_slots
from wslayout.grouping.slots import split_units, statistic_units
from wslayout.grouping.units import Slot, Unit, index_units, media_units, twin_units
from wslayout.grouping.vocabulary import Vocabulary
from wslayout.inventory import MEDIA_KINDS


class Family(NamedTuple):
    """Keys that belong on one panel.

    Attributes:
        label: What they share, with ``*`` for what differs, for people.
        path: The parts that the keys share; the last one is the leaf.
        row: The lower-case words of the label, in a row.
        signature: What identifies the family, among all of a layout; the same when members
            come and go.
        kind: The kind of panel they need: "number", "media" or "table".
        slot: What differs between them.
        keys: The keys, in natural order.
        values: What they have in place of the ``*``, key by key, where it is a statistic.
    """

    label: str
    path: tuple[str, ...]
    row: tuple[str, ...]
    signature: str
    kind: str
    slot: Slot
    keys: tuple[str, ...]
    values: tuple[str, ...] = ()

    @property
    def name(self) -> Name:
        """The label, taken apart."""
        return parse(self.label)


def panel_kind(kind: str) -> str:
    """Which panels keys of a kind may share: "number", "media" or "table"."""
    return "media" if kind in MEDIA_KINDS else kind


def find_families(
    kinds: dict[str, str],
    vocabulary: Vocabulary,
    *,
    lines_per_panel: int,
    overlay_splits: bool,
    pins: Collection[str] = (),
) -> list[Family]:
    """Put every key into one family.

    Args:
        kinds: The drawable keys, each with its kind.
        vocabulary: The words of splits, statistics and categories.
        lines_per_panel: Families whose members must all be seen are no larger.
        overlay_splits: Whether the splits of one quantity share a panel.
        pins: Keys that are drawn in any case.

    Returns:
        The families, sorted by label; each key is in exactly one of them.
    """
    # Two kinds of media never share a panel either: an image next to a histogram.
    pools: dict[str, list[str]] = defaultdict(list)
    for key in sorted(kinds):
        pools[kinds[key]].append(key)
    found: list[Family] = []
    for kind in sorted(pools):
        if kind == "table":
            # A table panel shows one table, so that what must be shown has one of its own.
            units = [Unit(key, (key,), "single") for key in pools[kind] if key in pins]
            others = [key for key in pools[kind] if key not in pins]
            units += index_units(others, vocabulary.is_statistic, lines_per_panel)
        else:
            units = _joined_units(pools[kind], kind, vocabulary, lines_per_panel, overlay_splits)
        found += [_family(kind, unit) for unit in units]
    return sorted(_distinct(found), key=attrgetter("label", "signature"))


def _joined_units(
    keys: list[str], kind: str, vocabulary: Vocabulary, lines: int, overlay_splits: bool
) -> list[Unit]:
    units = index_units(keys, vocabulary.is_statistic, lines)
    units = twin_units(units, vocabulary.copies, vocabulary.accrued)
    parts = part_slots(units, vocabulary, lines)
    # Of eight tasks with three statistics each, three panels of eight lines are fewer.
    units, known = category_units(
        units, parts, vocabulary, lines, least=MANY_CATEGORIES, alone=True
    )
    units = statistic_units(units, vocabulary, lines, bare=False)
    units, known = category_units(units, parts, vocabulary, lines, alone=True, known=known)
    if overlay_splits:
        units = split_units(units, vocabulary, lines)
    words = word_slots(units, vocabulary, lines)
    units, _ = category_units(units, words, vocabulary, lines, alone=False, known=known)
    units = statistic_units(units, vocabulary, lines, bare=True)
    return units if kind in ("number", "histogram") else media_units(units)


def _family(kind: str, unit: Unit) -> Family:
    # What does not differ now may differ with the next member of an index.
    identity = mask_indices(unit.label) if unit.slot == "index" else unit.label
    return Family(
        unit.label,
        unit.parts,
        unit.row,
        f"{kind}:{unit.slot}:{identity}",
        panel_kind(kind),
        unit.slot,
        unit.keys,
        unit.values,
    )


def _distinct(families: list[Family]) -> list[Family]:
    """The families with signatures made unique: a key may itself hold a ``*``."""
    seen = Counter(family.signature for family in families if family.slot != "single")
    again = {signature for signature, times in seen.items() if times > 1}
    return [
        family._replace(signature=f"{family.signature}\0{family.keys[0]}")
        if family.signature in again
        else family
        for family in families
    ]
