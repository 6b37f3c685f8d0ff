"""How far the engine agrees with people: ``make agree``.

Agreement is the adjusted Rand index (Hubert and Arabie, 1985) of "which section is this key in"
between a layout that somebody made by hand and what wslayout makes of exactly its keys; a key that
is left out counts as a section of its own. 1 is the same sections, 0 what chance gives.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from math import comb
from pathlib import Path
from statistics import mean
from typing import TypeAlias

from tests.keysets import inventory_of
from wslayout.grouping import lay_out
from wslayout.presets import builtin_budgets

LAYOUTS = sorted((Path(__file__).parent / "data" / "layouts").glob("*.json"))

Grouping: TypeAlias = Mapping[str, Hashable]
"""For each key, which section it is in."""


def adjusted_rand_index(one: Sequence[Hashable], other: Sequence[Hashable]) -> float:
    """The agreement of two groupings of the same items, given as a label an item."""

    def pairs(labels: Sequence[Hashable]) -> int:
        return sum(comb(count, 2) for count in Counter(labels).values())

    both = pairs(list(zip(one, other, strict=True)))
    first, second, all_pairs = pairs(one), pairs(other), comb(len(one), 2)
    expected = first * second / all_pairs if all_pairs else 0.0
    most = (first + second) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def by_hand(path: Path) -> Grouping:
    """A hand-made layout: each key in the first section that shows it."""
    sections: dict[str, Hashable] = {}
    for number, section in enumerate(json.loads(path.read_text(encoding="utf-8"))["sections"]):
        for panel in section["panels"]:
            for key in panel["keys"]:
                sections.setdefault(key, number)
    return sections


def by_engine(keys: Sequence[str]) -> Grouping:
    """What wslayout makes of these keys."""
    layout = lay_out(inventory_of(*keys), builtin_budgets())
    found: dict[str, Hashable] = {key: f"left out: {key}" for key in keys}
    for section in layout.sections:
        for panel in section.panels:
            found.update(dict.fromkeys(panel.keys + panel.represented, section.id))
    return found


def by_first_prefix(keys: Sequence[str]) -> Grouping:
    """W&B's automatic sections, grouped by first prefix."""
    return {key: key.split("/")[0] if "/" in key else "Charts" for key in keys}


def by_last_prefix(keys: Sequence[str]) -> Grouping:
    """W&B's automatic sections, grouped by last prefix."""
    return {key: key.rsplit("/", 1)[0] if "/" in key else "Charts" for key in keys}


METHODS: Mapping[str, Callable[[Sequence[str]], Grouping]] = {
    "wslayout": by_engine,
    "first prefix": by_first_prefix,
    "last prefix": by_last_prefix,
}


def agreement(path: Path, method: Callable[[Sequence[str]], Grouping]) -> float:
    truth = by_hand(path)
    keys = sorted(truth)
    found = method(keys)
    return adjusted_rand_index([truth[key] for key in keys], [found[key] for key in keys])


def report() -> str:
    """A table: a layout a row, a method a column, and the means below."""
    rows = {
        path.stem: {name: agreement(path, method) for name, method in METHODS.items()}
        for path in LAYOUTS
    }
    rows["mean"] = {name: mean(row[name] for row in rows.values()) for name in METHODS}
    head = f"{'':<44}" + "".join(f"{name:>14}" for name in METHODS)
    lines = [
        f"{stem[:43]:<44}" + "".join(f"{row[name]:>14.2f}" for name in METHODS)
        for stem, row in rows.items()
    ]
    return "\n".join([head, *lines]) + "\n"


if __name__ == "__main__":
    print(report(), end="")  # noqa: T201 - a report is to be printed
