"""A metric key taken apart: parts, words, indices.

``/``, ``.`` and ``:`` are strong joints, between parts; ``_``, ``-``, spaces and a change
of case are weak joints, between the words of a part. Numbers that belong together
(``0.5:0.95``, ``mAP50-95``, ``1e-3``) are never taken apart; ``layers.0.1.weight``, where a dot
stands before the numbers too, is.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from itertools import accumulate, chain
from typing import Final, NamedTuple

# A strong joint between digits belongs to a number; `..` and a joint at either end is text.
_STRONG: Final = re.compile(r"/+|(?<=[^\d.:/])[.:]+(?=[^.:/])|(?<=\d)[.:]+(?=[^\d.:/])")
_MODULE_PATH: Final = re.compile(r"(?<=\.)\d+(?:\.\d+)+(?![\d:]|e[-+]?\d)")
_WEAK: Final = re.compile(
    r"[_\s]+|(?<=[^\W\d_])(?<!\de)-+|(?<=[\d)])-+(?=[^\W\d_])|(?<=[a-z])(?=[A-Z][a-z])"
)
# Lower-case words with one joint between them: most keys are no more than that.
_SIMPLE: Final = re.compile(r"[a-z0-9*]+(?:[_/][a-z0-9*]+)*")
_INTEGER: Final = re.compile(r"[0-9]+")
_RANGE: Final = re.compile(r"[0-9](?:[:.]|-(?!0[0-9]))[0-9]|[0-9]e[-+]?[0-9]")
_DIGITS: Final = re.compile(r"(\d+)")

Position = tuple[int, int]
"""Where a word stands: (part, word), both from 0."""


class Name(NamedTuple):
    """A metric key, taken apart.

    Attributes:
        key: The key as logged.
        parts: What stands between strong joints, as written; at least one.
        joints: The strong joints themselves, one fewer than parts.
        words: The lower-case words of each part.
        row: All words in a row: what two ways to write one name have in common.
    """

    key: str
    parts: tuple[str, ...]
    joints: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]
    row: tuple[str, ...]

    def flat(self, without: Collection[Position]) -> tuple[str, ...]:
        """All words in a row, but for some."""
        return tuple(
            word
            for part, words in enumerate(self.words)
            for place, word in enumerate(words)
            if (part, place) not in without
        )

    def written(self, without: Collection[Position]) -> str:
        """The key as written, without some of its words; a part without words goes."""
        parts: list[str | None] = list(self.parts)
        for part in {part for part, _ in without}:
            dropped = {place for other, place in without if other == part}
            parts[part] = without_words(self.parts[part], dropped)
        return self.joined(parts)

    def joined(self, parts: list[str | None]) -> str:
        """The key with its parts replaced; a part that is None goes with its joint."""
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
    parts, joints = split_parts(key)
    in_parts = tuple(map(words_of, parts))
    return Name(key, parts, joints, in_parts, tuple(chain.from_iterable(in_parts)))


def parts_and_row(key: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """`Name.parts` and `Name.row` of a key: all that most keys are ever asked for."""
    if _SIMPLE.fullmatch(key):
        return tuple(key.split("/")), tuple(key.replace("/", "_").split("_"))
    parts, _ = split_parts(key)
    return parts, tuple(chain.from_iterable(map(words_of, parts)))


def split_parts(key: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The parts of a key, and the strong joints between them."""
    if "." not in key and ":" not in key and "//" not in key and "/" not in (key[:1], key[-1:]):
        plain = tuple(key.split("/"))
        return plain, ("/",) * (len(plain) - 1)
    parts: list[str] = []
    joints: list[str] = []
    start = 0
    cuts = [match.span() for match in _STRONG.finditer(key)]
    if module := [match.span() for match in _MODULE_PATH.finditer(key)]:
        dots = [
            (place, place + 1) for begin, end in module for place in range(begin, end)
            if key[place] == "."
        ]  # fmt: skip
        cuts = sorted({*cuts, *dots})
    for begin, end in cuts:
        if begin == 0 or end == len(key):
            continue
        parts.append(key[start:begin])
        joints.append(key[begin:end])
        start = end
    parts.append(key[start:])
    return tuple(parts), tuple(joints)


@lru_cache(maxsize=65_536)  # keys share most of their parts
def words_of(part: str) -> tuple[str, ...]:
    """The lower-case words of one part."""
    if part.islower() and part.isalnum():
        return (part,)
    return tuple([word.lower() for word in _WEAK.split(part) if word])


def without_words(part: str, dropped: Collection[int]) -> str | None:
    """The part without some of its words, and without the joints that held them."""
    text = ""
    joint = ""
    place = 0
    start = 0
    for match in [*_WEAK.finditer(part), None]:
        end = match.start() if match else len(part)
        if end > start or match is None:
            word = part[start:end]
            if word and place not in dropped:
                text += (joint if text else "") + word
                joint = ""
            place += bool(word)
        if match:
            joint = match.group() if text and not joint else joint
            start = match.end()
    return text or None


def mask_indices(key: str) -> str:
    """The key with every index in it written ``*``; unchanged if there is none.

    An index is a whole number that stands alone between joints or touches a word
    (``17``, ``ngram_506``, ``agent3``); numbers with a dot, a range or an exponent
    (``0.5``, ``mAP50-95``, ``1e-3``) are not, nor is any other number in the same part.
    """
    if not _RANGE.search(key):
        return _INTEGER.sub("*", key)
    parts, joints = split_parts(key)
    masked = [part if _RANGE.search(part) else _INTEGER.sub("*", part) for part in parts]
    return masked[0] + "".join(joint + part for joint, part in zip(joints, masked[1:], strict=True))


def mask_all(keys: Sequence[str]) -> Sequence[str]:
    """All keys with their indices masked, in one go: a call for each would take longer."""
    text = "\n".join(keys)
    if not _INTEGER.search(text):
        return keys
    masked = _INTEGER.sub("*", text).split("\n")
    if len(masked) != len(keys):  # a key with a line break in it
        return [mask_indices(key) for key in keys]
    ranges = [match.start() for match in _RANGE.finditer(text)]
    begins = list(accumulate((len(key) + 1 for key in keys), initial=0)) if ranges else []
    for place in {bisect_right(begins, start) - 1 for start in ranges}:
        masked[place] = mask_indices(keys[place])
    return masked


def indices(masked: str, keys: Sequence[str]) -> list[tuple[str, ...]]:
    """For each key the numbers for which the masked key has its ``*``, in order.

    Args:
        masked: What `mask_indices` gives for all of the keys.
        keys: The keys; where one has a ``*`` of its own, the list is empty.
    """
    slots = masked.count("*")
    if not _INTEGER.search(masked) and not any("*" in key for key in keys):
        numbers = _INTEGER.findall("\n".join(keys))
        return list(zip(*(numbers[slot::slots] for slot in range(slots)), strict=True))
    pattern = re.compile(re.escape(masked).replace(r"\*", "([0-9]+)"))
    rows = [match.groups() for key in keys if (match := pattern.fullmatch(key))]
    return rows if len(rows) == len(keys) else []


def in_natural_order(keys: Iterable[str]) -> tuple[str, ...]:
    """The keys sorted so that ``layer 2`` comes before ``layer 10``."""
    listed = sorted(keys)
    if _DIGITS.search("".join(listed)):
        listed.sort(key=natural_order)
    return tuple(listed)


def natural_order(key: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key that puts ``layer 2`` before ``layer 10``."""
    return tuple(
        (0, int(piece), piece) if piece.isdecimal() and len(piece) < 19 else (1, 0, piece)
        for piece in _DIGITS.split(key)
        if piece
    )
