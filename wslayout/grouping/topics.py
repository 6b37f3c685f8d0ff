"""What a quantity is about, by the words of its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from wslayout.grouping.names import Name, words_of
from wslayout.grouping.vocabulary import Topic, Vocabulary, Word

_TOKEN: Final = re.compile(r"[^\W_]+(?:[.:-]?\d+)*")
_BRACKETS: Final = re.compile(r"\([^()]*\)")
_LOSSES: Final = "Losses"

_LONGEST: Final = 3
"""Tokens in the longest words of the vocabulary."""

_READ: Final = 64
"""Parts of a name, and tokens of a part, that are looked at: real ones have about ten."""


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


def topic_of(path: Sequence[str], vocabulary: Vocabulary) -> Topic | None:
    """The topic that a path is about; None where no word tells.

    A parent that speaks for one of the topics by its ``parents`` decides (``timing_s/reward`` is a
    time, ``loss/learning_rate`` stands with the losses). Else the leaf speaks first, then its
    parents; weak words speak last. Within a part the longest word wins, then a loss, then the
    word nearest the end (``value_loss`` is a loss, ``loss_scale`` a scale).
    """
    path = path[-_READ:]
    parts = [tokens([part])[-_READ:] for part in path]
    for parent in path[:-1]:
        for topic in vocabulary.topics:
            if is_parent(parent, topic):
                return topic
    for weak in (False, True):
        for part in reversed(parts):
            best: tuple[tuple[int, bool, int], Topic] | None = None
            for topic in vocabulary.topics:
                found = last_match(part, topic.weak if weak else topic.words)
                if found is not None:
                    match = (found[0], topic.name == _LOSSES, found[1])
                    if best is None or match > best[0]:
                        best = (match, topic)
            if best is not None:
                return best[1]
    return None


def is_parent(part: str, topic: Topic) -> bool:
    """Whether a part decides for all below it that they are about a topic.

    One that begins with a word of the topic's ``parents`` does, and for results one that ends with
    it: ``episode_reward`` is a reward, ``wind_speed`` no matter of performance.
    """
    found = tokens([part])
    return bool(found) and (
        found[0] in topic.parents or (topic.broad and found[-1] in topic.parents)
    )


def may_lead(row: Sequence[str], vocabulary: Vocabulary) -> bool:
    """Whether a name of these words may be a headline; `headline_rank` says whether it is."""
    if row and row[-1].isalnum() and row[-1] not in vocabulary.open_ends:
        return False  # so most names end
    for word in reversed(row):
        if not vocabulary.leaves_it_open(word):
            return word in vocabulary.headline_ends or not word.isalnum()
    return bool(row)


def headline_rank(name: Name, vocabulary: Vocabulary) -> int | None:
    """How much of a headline the leaf of a name is: 0 the most; None: not at all.

    The leaf is the last part that says more than a statistic or a whole: ``reward/all/mean``
    is a reward, ``loss/train/total`` a loss. Only a leaf that says little else counts:
    ``val/loss`` yes, ``loss_entropy_aux_3`` no; and none below a part that speaks of time:
    ``timing_s/reward`` is how long it took.
    """
    place = len(name.parts) - 1
    while place and (
        all(map(vocabulary.says_nothing, name.words[place]))
        or vocabulary.is_split(name.words[place])
    ):
        place -= 1
    words = name.words[place]
    copy = len(words) > 1 and words[-1] in vocabulary.copies
    last = words[-2 if copy else -1] if words else ""
    if not last or (last.isalnum() and last not in vocabulary.headline_ends):
        return None
    found = tokens(name.parts[place : place + 1])
    found = found[:-1] if copy else found
    ranks = [
        rank
        for length in range(1, min(_LONGEST, len(found)) + 1)
        if len([word for word in found[:-length] if not vocabulary.says_nothing(word)]) <= 1
        and (rank := vocabulary.headline.get(tuple(found[-length:]))) is not None
    ]
    if not ranks or vocabulary.durations.intersection(tokens(name.parts[:place])):
        return None
    return min(ranks)


def last_match(found: list[str], words: frozenset[Word]) -> tuple[int, int] | None:
    """The longest of ``words`` among the tokens, then the last: (length, position)."""
    best: tuple[int, int] | None = None
    for start in range(len(found)):
        for length in range(1, _LONGEST + 1):
            if start + length <= len(found) and tuple(found[start : start + length]) in words:
                match = (length, start + length)
                if best is None or match > best:
                    best = match
    return best
