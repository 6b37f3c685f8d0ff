"""Rows of numbers in a run's log, counted a thousand at a time without parsing them.

A row is a protobuf message (``HistoryRecord``) of items: a key in parts, and a value as JSON text.
Where all values are numbers, a scan finds every key with the length of its value. These lengths
make up the size of each item; only if all items together are exactly as long as the rows are has
nothing been missed or taken for something else. Otherwise the rows must be parsed.

    item = 0A <length> { 12 <length> <part of the key> }… 82 01 <length> <number>

https://github.com/wandb/wandb/blob/main/wandb/proto/wandb_internal.proto (``HistoryItem``),
https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from wslayout.sources.key_facts import KeyState

_VARINT: Final = rb"[\x80-\xff]*[\x00-\x7f]"
_HEAD: Final = re.compile(rb"(?:\x08" + _VARINT + rb")?\x12" + _VARINT + rb"(?=\x0a)")
_BETWEEN: Final = b"\xff\xfe\xfd\xfc"
_HEADS: Final = re.compile(re.escape(_BETWEEN) + _HEAD.pattern)
_KEY: Final = rb"\x12([^\x82]+\x82\x01[\x00-\x7f])"
_ITEM: Final = re.compile(_KEY + rb"[-0-9NI]")
_VALUED: Final = re.compile(_KEY + rb"([-0-9NI][-+.0-9A-Za-z]*)")
_PART: Final = 0x12
# The step: 12 <length> 08 <varint>, which is left out where it is 0; most take few bytes.
_STEPS: Final = [(length, bytes((_PART, length - 2, 8))) for length in range(4, 14)] + [
    (2, bytes((_PART, 0)))
]
_FEW: Final = 6  # keys whose values are looked for one by one: more are found in one scan


def rows_of(payloads: Sequence[bytes]) -> bytes | None:
    """The items of several records, one row after the other; None where one is no row.

    Args:
        payloads: Records: a number, a ``HistoryRecord``, which ends with the step.
    """
    for length, begin in _STEPS:
        if payloads[-1].startswith(begin, len(payloads[-1]) - length):
            break
    else:
        return None
    items = [one[:-length] for one in payloads if one.startswith(begin, len(one) - length)]
    if len(items) == len(payloads):
        joined, heads = _HEADS.subn(b"", _BETWEEN + _BETWEEN.join(items))
        if heads == len(payloads):
            return joined
    rows = [row for one in payloads if (row := row_of(one)) is not None]
    return b"".join(rows) if len(rows) == len(payloads) else None


def row_of(payload: bytes) -> bytes | None:
    """The items of a record, if it is a row and nothing else.

    Args:
        payload: A ``Record``: its number, a ``HistoryRecord``, which ends with the step.
    """
    head = _HEAD.match(payload)
    if head is None:
        return None
    for length, begin in _STEPS:
        if payload.startswith(begin, len(payload) - length):
            return payload[head.end() : -length]
    return payload[head.end() :]


class NumberRows:
    """Counts rows of numbers.

    Args:
        seen: What is known of each key; changed in place.
        make: Begins with a new key: gives its state, which is then in ``seen``.
    """

    def __init__(self, seen: Mapping[str, KeyState], make: Callable[[str], KeyState]) -> None:
        self._seen = seen
        self._make = make
        self._items: dict[bytes, tuple[str, int] | None] = {}

    def count(self, payloads: Sequence[bytes]) -> bool:
        """Count all of some rows, or none of them where something in them is no number.

        Args:
            payloads: Records, of which some may be no rows.

        Raises:
            TooManyKeys: They hold one key too many.
        """
        joined = rows_of(payloads)
        if joined is None:
            return False
        points: Counter[str] = Counter()
        size = 0
        for found, count in Counter(_ITEM.findall(joined)).items():
            item = self._item(found)
            if item is None:
                return False
            key, length = item
            points[key] += count
            size += length * count
        states = {key: self._seen.get(key) for key in points}
        if size != len(joined) or any(one and one.kind != "number" for one in states.values()):
            return False
        # Of a number that fell before, only the count is still open.
        still_open = [key for key, state in states.items() if state is None or not state.falls]
        values = self._values(joined, still_open, points)
        if values is None:
            return False
        for key, count in points.items():
            if key in values:
                (states[key] or self._make(key)).numbers(values[key])
            elif (state := states[key]) is not None:
                state.points += count
        return True

    def _item(self, found: bytes) -> tuple[str, int] | None:
        """The key of an item and how long the item is; None where it is not understood."""
        if found not in self._items:
            self._items[found] = _decoded(found)
        return self._items[found]

    def _values(
        self, joined: bytes, keys: Sequence[str], points: Mapping[str, int]
    ) -> dict[str, list[float]] | None:
        """The values of some keys, in their order; None where one of them is no number."""
        texts: dict[str, list[bytes]] = {}
        if len(keys) <= _FEW:
            for key in keys:
                name = key.encode()
                mark = bytes((_PART, *_varint(len(name)))) + name + b"\x82\x01"
                texts[key] = [one[1 : 1 + one[0]] for one in joined.split(mark)[1:]]
        if not keys:
            return {}
        # A key in parts, or one that ends as another begins, is not found so.
        if any(len(texts.get(key, ())) != points[key] for key in keys):
            texts = {key: [] for key in keys}
            for found, text in _VALUED.findall(joined):
                item = self._item(found)
                if item is not None and item[0] in texts:
                    texts[item[0]].append(text)
        try:
            return {key: list(map(float, told)) for key, told in texts.items()}
        except ValueError:
            return None


def _decoded(found: bytes) -> tuple[str, int] | None:
    """What a scan found: the lengths and parts of a key, a tag, and the length of a value."""
    parts = _parts(found[:-3])
    size = 1 + len(found) + found[-1]
    if parts is None and found[0] == _PART == size - 1:
        # It began one byte too early, with the length of the item.
        parts, size = _parts(found[1:-3]), size - 1
    if parts is None:
        return None
    return ".".join(parts), 1 + len(_varint(size)) + size


def _parts(data: bytes) -> list[str] | None:
    """The parts of a key, each after its length, with a tag between them."""
    parts: list[str] = []
    at = 0
    while True:
        length = shift = 0
        while at < len(data):
            length |= (data[at] & 0x7F) << shift
            shift += 7
            at += 1
            if data[at - 1] < 0x80:
                break
        part = data[at : at + length]
        if not part or len(part) != length:
            return None
        try:
            parts.append(part.decode())
        except UnicodeDecodeError:
            return None
        at += length
        if at == len(data):
            return parts
        if data[at] != _PART:
            return None
        at += 1


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])
