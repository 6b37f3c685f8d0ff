"""What begins or ends with one word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TypeVar

from wslayout.grouping.names import words_of

Item = TypeVar("Item")

End = tuple[bool, str]
"""A word, and whether something begins with it rather than ends."""


def word_ends(part: str) -> list[End]:
    """The words that a part ends and begins with, the joint before it apart."""
    words = words_of(part.lstrip("/.:"))
    return [(False, words[-1]), (True, words[0])] if words else []


def by_common_word(
    items: Sequence[Item],
    ends_of: Callable[[Item], list[End]],
    fits: Callable[[End, int], bool],
) -> tuple[list[Item], list[tuple[End, list[Item]]]]:
    """The items by the words that they begin or end with, the most frequent first.

    Args:
        items: What to group; each goes with one word.
        ends_of: The words that an item could go with.
        fits: Whether so many items may go with a word.

    Returns:
        The items that go with no word, and the others by word.
    """
    found: list[tuple[End, list[Item]]] = []
    left = list(items)
    while True:
        by_end: dict[End, list[Item]] = defaultdict(list)
        for item in left:
            for end in ends_of(item):
                by_end[end].append(item)
        fitting = [end for end, members in by_end.items() if fits(end, len(members))]
        if not fitting:
            return left, found
        best = max(fitting, key=lambda end: (len(by_end[end]), end))
        found.append((best, by_end[best]))
        taken = set(map(id, by_end[best]))
        left = [item for item in left if id(item) not in taken]
