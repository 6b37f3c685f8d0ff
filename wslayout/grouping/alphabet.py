"""Sections where nothing but the alphabet divides too many panels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


def in_runs(items: Sequence[Item], sizes: Sequence[int], most: int) -> list[list[Item]]:
    """The items in as few runs of about one size as hold at most ``most`` where they can."""
    total = sum(sizes)
    count = math.ceil(total / most)
    runs: list[list[Item]] = [[]]
    held = before = 0
    for item, size in zip(items, sizes, strict=True):
        full = before >= len(runs) * total / count
        if runs[-1] and (full or held + size > most):
            runs.append([])
            held = 0
        runs[-1].append(item)
        held += size
        before += size
    return runs


def from_to(first: str, last: str) -> str:
    """A heading for what stands between two names in the alphabet: as much as tells them apart."""
    shorter = min(len(first), len(last))
    pairs = zip(first.casefold(), last.casefold(), strict=False)
    same = next((place for place, (one, other) in enumerate(pairs) if one != other), shorter)
    ends = (name if len(name) <= same + 4 else f"{name[: same + 3]}…" for name in (first, last))
    return " – ".join(ends)
