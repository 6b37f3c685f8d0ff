"""Families: keys that belong on one panel.

Each key joins one family. Families are looked for in this order, each among the keys that
the ones before left over: indices (``layers.*/norm``), statistics (``reward/{mean,max}``),
categories (``env/{gsm8k,math}/reward``) and splits (``{train,val}/loss``).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from wslayout.grouping.names import (
    Name,
    is_glued,
    mask_indices,
    mask_statistic,
    natural_order,
    parse,
    without_split,
    words_of,
)
from wslayout.grouping.vocabulary import Vocabulary
from wslayout.inventory import MEDIA_KINDS

Slot = Literal["single", "index", "statistic", "category", "split"]

MIN_CATEGORIES: Final = 3
"""Fewer values than this that recur in several places are a coincidence, not categories."""


@dataclass(frozen=True, slots=True)
class Family:
    """Keys that belong on one panel.

    Attributes:
        label: What they share, with ``*`` for what differs, for people.
        signature: What identifies the family, among all of a layout; the same when members
            come and go.
        kind: The kind of panel they need: "number", "media" or "table".
        slot: What differs between them.
        keys: The keys, in natural order.
        values: What they have in place of the ``*``, key by key, where it is a statistic.
        path: The parts they share, without the split part; the last one is the leaf.
    """

    label: str
    signature: str
    kind: str
    slot: Slot
    keys: tuple[str, ...]
    path: tuple[str, ...]
    values: tuple[str, ...] = ()


def panel_kind(kind: str) -> str:
    """Which panels keys of a kind may share: "number", "media" or "table"."""
    return "media" if kind in MEDIA_KINDS else kind


def find_families(
    kinds: dict[str, str], vocabulary: Vocabulary, *, lines_per_panel: int, overlay_splits: bool
) -> list[Family]:
    """Put every key into one family.

    Args:
        kinds: The drawable keys, each with its kind.
        vocabulary: The words of splits and statistics.
        lines_per_panel: Families whose members must all be seen are no larger.
        overlay_splits: Whether the splits of one quantity share a panel.

    Returns:
        The families, sorted by label; each key is in exactly one of them.
    """
    # Two kinds of media never share a panel either: an image next to a histogram.
    pools: dict[str, list[Name]] = defaultdict(list)
    for key in sorted(kinds):
        pools[kinds[key]].append(parse(key))
    found: list[Family] = []
    for kind in sorted(pools):
        if kind == "table":
            found += [_family(kind, "single", [name], vocabulary) for name in pools[kind]]
        else:
            found += _families_of_kind(
                pools[kind], kind, vocabulary, lines_per_panel, overlay_splits
            )
    return sorted(_distinct(found), key=lambda family: (family.label, family.signature))


def _distinct(families: list[Family]) -> list[Family]:
    """The families with signatures made unique: a key may itself hold a ``*``."""
    seen = Counter(family.signature for family in families)
    return [
        family
        if seen[family.signature] == 1
        else replace(family, signature=f"{family.signature}\0{family.keys[0]}")
        for family in families
    ]


def _families_of_kind(
    names: list[Name], kind: str, vocabulary: Vocabulary, lines: int, overlay_splits: bool
) -> list[Family]:
    found: list[Family] = []

    def take(slot: Slot, groups: Iterable[list[Name]]) -> None:
        nonlocal names
        taken: set[str] = set()
        for group in groups:
            found.append(_family(kind, slot, group, vocabulary))
            taken.update(name.key for name in group)
        names = [name for name in names if name.key not in taken]

    take("index", _index_groups(names))
    take("statistic", _statistic_groups(names, vocabulary, lines))
    take("category", _category_groups(names, vocabulary))
    if overlay_splits:
        take("split", _split_groups(names, vocabulary, lines))
    take("single", ([name] for name in names))
    return found


def _grouped(
    names: Iterable[Name], signature: Callable[[Name], str | None]
) -> dict[str, list[Name]]:
    groups: dict[str, list[Name]] = defaultdict(list)
    for name in names:
        if (text := signature(name)) is not None:
            groups[text].append(name)
    return groups


def _index_groups(names: list[Name]) -> list[list[Name]]:
    def signature(name: Name) -> str | None:
        masked = name.joined([mask_indices(part) for part in name.parts])
        return None if masked == name.key else masked

    return [
        group
        for group in _grouped(names, signature).values()
        # `l1_loss` and `l2_loss` are two norms, `s0 … s5` are stages.
        if len(group) >= (3 if any(is_glued(part) for part in group[0].parts) else 2)
    ]


def _statistic_groups(names: list[Name], vocabulary: Vocabulary, lines: int) -> list[list[Name]]:
    def signature(name: Name) -> str | None:
        masked = mask_statistic(name, vocabulary)
        return masked[0] if masked else None

    groups = _grouped(names, signature)
    return [group for group in groups.values() if 2 <= len(group) <= lines]


def _category_groups(names: list[Name], vocabulary: Vocabulary) -> list[list[Name]]:
    """Groups that differ in one part, whose values recur in another place.

    Four metrics of the same 19 classes make four families; once a set of values has recurred,
    a place that has only some of them counts too.
    """
    topical = {token for topic in vocabulary.topics for word in topic.words for token in word}
    places: dict[str, list[tuple[Name, str]]] = defaultdict(list)
    for name in names:
        for index in range(1, len(name.parts)):
            parts: list[str | None] = list(name.parts)
            parts[index] = "*"
            places[name.joined(parts)].append((name, name.parts[index]))
    by_values: dict[tuple[str, ...], list[list[Name]]] = defaultdict(list)
    for members in places.values():
        values = tuple(sorted(value for _, value in members))
        if len(values) >= MIN_CATEGORIES and not any(
            topical.intersection(words_of(value)) for value in values
        ):
            by_values[values].append([name for name, _ in members])
    known = {value for values, groups in by_values.items() if len(groups) > 1 for value in values}
    found: list[list[Name]] = []
    taken: set[str] = set()
    for values in sorted(by_values, key=lambda values: (-len(values), values)):
        for group in by_values[values] if known.issuperset(values) else ():
            if not taken.intersection(name.key for name in group):
                found.append(group)
                taken.update(name.key for name in group)
    return found


def _split_groups(names: list[Name], vocabulary: Vocabulary, lines: int) -> list[list[Name]]:
    leaf_splits = _leaf_splits(names, vocabulary)

    def signature(name: Name) -> str:
        if name.key in leaf_splits:
            return name.joined([*name.parts[:-1], None])
        dropped = without_split(name, vocabulary)
        return dropped[0] if dropped else name.key

    groups = _grouped(names, signature)
    return [group for group in groups.values() if 2 <= len(group) <= lines]


def _leaf_splits(names: list[Name], vocabulary: Vocabulary) -> set[str]:
    """``loss/train`` and ``loss/val``: splits only if every sibling is one."""
    families: dict[str, list[Name]] = defaultdict(list)
    for name in names:
        if len(name.parts) > 1:
            families[name.joined([*name.parts[:-1], None])].append(name)
    return {
        name.key
        for siblings in families.values()
        if len(siblings) > 1
        and all(name.parts[-1].lower() in vocabulary.splits for name in siblings)
        for name in siblings
    }


def _family(kind: str, slot: Slot, group: Sequence[Name], vocabulary: Vocabulary) -> Family:
    ordered = sorted(group, key=lambda name: natural_order(name.key))
    first = ordered[0]
    label = first.key
    identity = ""
    values: tuple[str, ...] = ()
    if slot == "statistic":
        masked = [pair for name in ordered if (pair := mask_statistic(name, vocabulary))]
        label = masked[0][0]
        values = tuple(value for _, value in masked)
    elif slot == "split":
        dropped = [without_split(name, vocabulary) for name in ordered]
        label = next((pair[0] for pair in dropped if pair), None) or first.joined(
            [*first.parts[:-1], None]
        )
    elif slot in ("index", "category"):
        label = first.joined(
            [
                part
                if all(name.parts[place] == part for name in ordered)
                else ("*" if slot == "category" else mask_indices(part))
                for place, part in enumerate(first.parts)
            ]
        )
    if slot == "index":  # also what does not differ now may differ with the next member
        identity = first.joined([mask_indices(part) for part in first.parts])
    return Family(
        label=label,
        signature=f"{kind}:{slot}:{identity or label}",
        kind=panel_kind(kind),
        slot=slot,
        keys=tuple(name.key for name in ordered),
        path=parse(label).parts,
        values=values,
    )
