"""A metric key taken apart: parts, words, index, split and statistic.

``/``, ``.`` and ``:`` are strong joints, between parts; ``_``, ``-``, spaces and a change
of case are weak joints, between the words of a part. Numbers that belong together
(``0.5:0.95``, ``mAP50-95``, ``1e-3``) are never taken apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from wslayout.grouping.vocabulary import Vocabulary

# A strong joint between digits belongs to a number; `..` and a joint at either end is text.
_STRONG: Final = re.compile(r"/+|(?<=[^\d.:/])[.:]+(?=[^.:/])|(?<=\d)[.:]+(?=[^\d.:/])")
_WEAK: Final = re.compile(
    r"[_\s]+|(?<=[^\W\d_])-+|(?<=[\d)])-+(?=[^\W\d_])|(?<=[a-z])(?=[A-Z][a-z])"
)
_INTEGER: Final = re.compile(r"(?<![\d.])\d+(?![\d.]|e[-+]?\d)")
_GLUED: Final = re.compile(r"^([^\W\d_]+)(\d+)$")
_RANGE: Final = re.compile(r"\d[-:]\d|\d\.\d|\de[-+]?\d")


@dataclass(frozen=True)
class Name:
    """A metric key, taken apart.

    Attributes:
        key: The key as logged.
        parts: What stands between strong joints, as written; at least one.
        joints: The strong joints themselves, one fewer than parts.
    """

    key: str
    parts: tuple[str, ...]
    joints: tuple[str, ...]

    @cached_property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """The lower-case words of each part."""
        return tuple(words_of(part) for part in self.parts)

    def joined(self, parts: list[str | None]) -> str:
        """The name with its parts replaced; a part that is None goes with its joint."""
        text = ""
        pending = ""
        for index, part in enumerate(parts):
            if part is not None:
                text += (pending if text else "") + part
            if index < len(self.joints) and (part is not None or not text):
                pending = self.joints[index]
        return text


def parse(key: str) -> Name:
    """Take a metric key apart."""
    parts: list[str] = []
    joints: list[str] = []
    start = 0
    for match in _STRONG.finditer(key):
        if match.start() == 0 or match.end() == len(key):
            continue
        parts.append(key[start : match.start()])
        joints.append(match.group())
        start = match.end()
    parts.append(key[start:])
    return Name(key, tuple(parts), tuple(joints))


def words_of(part: str) -> tuple[str, ...]:
    """The lower-case words of one part."""
    return tuple(word.lower() for word in _WEAK.split(part) if word)


def mask_indices(part: str) -> str:
    """The part with every index in it written ``*``; unchanged if there is none.

    An index is a whole number that stands alone between joints or closes a word
    (``17``, ``ngram_506``, ``agent3``); numbers with a dot, a range or an exponent
    (``0.5``, ``mAP50-95``, ``1e-3``) are not.
    """
    if not any(char.isdigit() for char in part) or _RANGE.search(part):
        return part
    return _INTEGER.sub("*", part)


def is_glued(part: str) -> bool:
    """Whether a word of the part is one letter and a number (``l2``, ``R1``, ``s0``)."""
    matches = (_GLUED.match(word) for word in words_of(part))
    return any(match is not None and len(match.group(1)) == 1 for match in matches)


def without_split(name: Name, vocabulary: Vocabulary) -> tuple[str, str] | None:
    """The key without its split word, and that word; None where it names no split.

    A split is a whole part, or the first word of a part (``train_loss``, ``eval-loss/kld``).
    A key whose last part is nothing but a split word keeps it: whether that is a split or
    the name of a class, only its siblings tell (see `families`).
    """
    last = len(name.parts) - 1
    for index, words in enumerate(name.words):
        if not words:
            continue
        position = next((i for i, word in enumerate(words) if word in vocabulary.splits), None)
        if position is None or (len(words) > 1 and position > 1):
            continue
        if len(words) == 1:
            if index == last:
                continue
            parts: list[str | None] = list(name.parts)
            parts[index] = None
            return name.joined(parts), words[0]
        rest = _drop_word(name.parts[index], position)
        replaced: list[str | None] = list(name.parts)
        replaced[index] = rest
        return name.joined(replaced), words[position]
    return None


def _drop_word(part: str, position: int) -> str:
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _WEAK.finditer(part):
        if match.start() > start:
            spans.append((start, match.start()))
        start = match.end()
    if start < len(part):
        spans.append((start, len(part)))
    begin, end = spans[position]
    if position + 1 < len(spans):
        return part[:begin] + part[spans[position + 1][0] :]
    return part[: spans[position - 1][1]] + part[end:]


def mask_statistic(name: Name, vocabulary: Vocabulary) -> tuple[str, str] | None:
    """The key with ``*`` for its statistic, and that statistic; None where it has none.

    A statistic is the whole last part, or the first or last word of it.
    """
    words = name.words[-1]
    if not words:
        return None
    part = name.parts[-1]
    if len(words) == 1:
        if words[0] not in vocabulary.statistics or len(name.parts) == 1:
            return None
        return name.joined([*name.parts[:-1], "*"]), words[0]
    for position in (len(words) - 1, 0):
        if words[position] in vocabulary.statistics:
            rest = _drop_word(part, position)
            masked = f"{rest}_*" if position else f"*_{rest}"
            return name.joined([*name.parts[:-1], masked]), words[position]
    return None


def natural_order(key: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key that puts ``layer 2`` before ``layer 10``."""
    return tuple(
        (0, int(piece), piece) if piece.isdecimal() and len(piece) < 19 else (1, 0, piece)
        for piece in re.split(r"(\d+)", key)
        if piece
    )
