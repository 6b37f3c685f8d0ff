"""What somebody who mistyped a name may have meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from heapq import nlargest
from itertools import pairwise
from typing import Final

_COMPARED: Final = 500
"""Names that a mistyped one is compared with."""

_LONGEST: Final = 500
"""Characters of a name that is compared: the time grows with their square."""

_LISTED: Final = 30
"""So many names fit in a message."""


def near(name: str, names: Iterable[str], most: int = 3) -> list[str]:
    """The names most like one, the nearest first; none where none is."""
    if len(name) > _LONGEST:
        return []
    known = [other for other in names if len(other) <= _LONGEST]
    return get_close_matches(name, _alike(name, known), n=most)


def did_you_mean(name: str, names: Iterable[str], otherwise: str = "") -> str:
    """A sentence that asks for the nearest names; else one that lists all, where they are few."""
    known = list(names)
    if found := near(name, known):
        return f"Did you mean {' or '.join(found)}?"
    return f"{otherwise}{', '.join(known)}" if otherwise and 0 < len(known) <= _LISTED else ""


def _alike(name: str, names: list[str]) -> list[str]:
    """The names that share the most pairs of letters with one: comparing all takes seconds."""
    if len(names) <= _COMPARED:
        return names
    pairs = set(pairwise(name))

    def shared(other: str) -> tuple[int, str]:
        return len(pairs.intersection(pairwise(other))), other

    return nlargest(_COMPARED, names, key=shared)
