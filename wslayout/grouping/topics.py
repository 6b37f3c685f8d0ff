"""What a quantity is about, by the words of its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from wslayout.grouping.names import words_of
from wslayout.grouping.vocabulary import Vocabulary

_TOKEN: Final = re.compile(r"[^\W_]+(?:[.:-]?\d+)*")
_BRACKETS: Final = re.compile(r"\([^()]*\)")

Word = tuple[str, ...]


def tokens(path: Sequence[str]) -> list[str]:
    """The words of a path's parts, without punctuation and without what stands in brackets.

    ``mAP50-95(B)`` is ``map50-95``, ``lr(1e-3)`` is ``lr``.
    """
    return [
        token
        for part in path
        for word in words_of(_BRACKETS.sub(" ", part) if not part.startswith("(") else part)
        for token in _TOKEN.findall(word.lower())
    ]


def topic_of(path: Sequence[str], vocabulary: Vocabulary) -> int | None:
    """The index of the topic that a path is about; None where no word tells.

    The leaf speaks first, then its parents. Within a part the longest word wins, then the
    one nearest the end (``value_loss`` is a loss, ``loss_scale`` a scale).
    """
    for part in reversed(path):
        found = tokens([part])
        best: tuple[int, int, int] | None = None
        for index, topic in enumerate(vocabulary.topics):
            match = last_match(found, topic.words)
            if match is not None and (best is None or match > best[:2]):
                best = (*match, index)
        if best is not None:
            return best[2]
    return None


def headline_rank(path: Sequence[str], vocabulary: Vocabulary) -> int | None:
    """How much of a headline the leaf of a path is: 0 the most; None: not at all.

    Only a leaf that says little else counts: ``val/loss`` yes, ``loss_entropy_aux_3`` no; and
    none below a part that speaks of time: ``timing_s/reward`` is how long it took.
    """
    if vocabulary.durations.intersection(tokens(path[:-1])):
        return None
    found = tokens(path[-1:])
    ranks = [
        rank
        for word, rank in vocabulary.headline.items()
        if _ends_with(found, word) and len(found) <= len(word) + 1
    ]
    return min(ranks, default=None)


def _ends_with(found: list[str], word: Word) -> bool:
    return tuple(found[-len(word) :]) == word


def last_match(found: list[str], words: frozenset[Word]) -> tuple[int, int] | None:
    """The longest of ``words`` among the tokens, then the last: (length, position)."""
    best: tuple[int, int] | None = None
    for start in range(len(found)):
        for length in (1, 2, 3):
            if start + length <= len(found) and tuple(found[start : start + length]) in words:
                match = (length, start + length)
                if best is None or match > best:
                    best = match
    return best
