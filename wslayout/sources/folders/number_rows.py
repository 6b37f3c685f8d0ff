"""Rows of numbers in a run's log, counted a thousand at a time without parsing them.

A row is a protobuf message (``HistoryRecord``) of items: a key in parts, and a value as JSON text.
Where all values are numbers, a scan finds every item with its length and that of its value; only if
each is as long as it says, and all together are exactly as long as the rows are, has nothing been
missed or taken for something else. Otherwise the rows must be parsed. The SDK writes two summaries
(``SummaryRecord``) with each row, whose items are the same.

    item = 0A <length> { 12 <length> <part of the key> }… 82 01 <length> <number>
    item = 0A <length> 0A <length> <key> 82 01 <length> <number>

https://github.com/wandb/wandb/blob/main/wandb/proto/wandb_internal.proto,
https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from wslayout.sources.folders.key_facts import KeyState

_BETWEEN: Final = b"\xff\xfe\xfd\xfc"
_VARINT: Final = rb"[\x80-\xff]*[\x00-\x7f]"
_HEADS: Final = re.compile(
    re.escape(_BETWEEN) + rb"(?:\x08" + _VARINT + rb")?([\x12\x1a])" + _VARINT + rb"(?=\x0a)"
)
_HISTORY: Final = b"\x12"
_START: Final = rb"\x0a([^\x82]+\x82\x01[\x00-\x7f])"
_ITEM: Final = re.compile(_START + rb"[-0-9NI]")
_VALUED: Final = re.compile(_START + rb"([-0-9NI][-+.0-9A-Za-z]*)")
_PART, _WHOLE = 0x12, 0x0A
# The step: 12 <length> 08 <varint>, which is left out where it is 0; most take few bytes.
_STEPS: Final = [(length, bytes((_PART, length - 2, 8))) for length in range(4, 14)] + [
    (2, bytes((_PART, 0)))
]
_FEW: Final = 6  # keys whose values are looked for one by one: more are found in one scan


def _contents(payloads: Sequence[bytes]) -> list[tuple[bytes, bytes]] | None:
    """Tag and content of each record; None where one is neither a row nor a summary."""
    parts = _HEADS.split(_BETWEEN + _BETWEEN.join(payloads))
    if parts[0] or len(parts) != 1 + 2 * len(payloads):
        return None
    return list(zip(parts[1::2], parts[2::2], strict=True))


def _items(rows: Sequence[bytes]) -> bytes:
    """The items of rows, one after the other, without the steps at their ends."""
    if not rows:
        return b""
    # Steps of neighbours mostly are of one length, which is quicker to try than all.
    length, begin = _step(rows[-1])
    items = [one[:-length] for one in rows if begin and one.startswith(begin, len(one) - length)]
    if len(items) < len(rows):
        items = [one[: len(one) - _step(one)[0]] for one in rows]
    return b"".join(items)


def _step(row: bytes) -> tuple[int, bytes]:
    """How long the step at the end of a row is, and how it begins; 0 where there is none."""
    ends = (step for step in _STEPS if row.startswith(step[1], len(row) - step[0]))
    return next(ends, (0, b""))


class NumberRows:
    """Counts rows of numbers.

    Args:
        seen: What is known of each key; changed in place.
        make: Begins with a new key: gives its state, which is then in ``seen``.
        note: Told of each key that has a number in a summary.
    """

    def __init__(
        self,
        seen: Mapping[str, KeyState],
        make: Callable[[str], KeyState],
        note: Callable[[str], None],
    ) -> None:
        self._seen = seen
        self._make = make
        self._note = note
        self._found: dict[bytes, tuple[str, int] | None] = {}

    def count(self, payloads: Sequence[bytes]) -> list[int] | None:
        """Count the rows among some records, or none where something in them is no number.

        Args:
            payloads: The records.

        Returns:
            Which of the records, all of them summaries, are still to be parsed; None: all are.

        Raises:
            TooManyKeys: They hold one key too many.
        """
        contents = _contents(payloads)
        if contents is None:
            return None
        if not self._count(_items([content for tag, content in contents if tag == _HISTORY])):
            return None
        points = self._points(b"".join([content for tag, content in contents if tag != _HISTORY]))
        if points is None:
            return [at for at, (tag, _) in enumerate(contents) if tag != _HISTORY]
        for key in points:
            self._note(key)
        return []

    def _count(self, items: bytes) -> bool:
        points = self._points(items)
        if points is None:
            return False
        states = {key: self._seen.get(key) for key in points}
        if any(one and one.kind != "number" for one in states.values()):
            return False
        # Of a number that fell before, only the count is still open.
        still_open = [key for key, state in states.items() if state is None or not state.falls]
        values = self._values(items, still_open, points)
        if values is None:
            return False
        for key, count in points.items():
            if key in values:
                (states[key] or self._make(key)).numbers(values[key])
            elif (state := states[key]) is not None:
                state.points += count
        return True

    def _points(self, items: bytes) -> Counter[str] | None:
        """How many values each key has; None where one is no number, or is not understood."""
        points: Counter[str] = Counter()
        size = 0
        for found, count in Counter(_ITEM.findall(items)).items():
            item = self._item(found)
            if item is None:
                return None
            key, length = item
            points[key] += count
            size += length * count
        return points if size == len(items) else None

    def _item(self, found: bytes) -> tuple[str, int] | None:
        """The key of an item and how long the item is; None where it is not understood."""
        if found not in self._found:
            self._found[found] = _decoded(found)
        return self._found[found]

    def _values(
        self, items: bytes, keys: Sequence[str], points: Mapping[str, int]
    ) -> dict[str, list[float]] | None:
        """The values of some keys, in their order; None where one of them is no number."""
        texts: dict[str, list[bytes]] = {}
        if len(keys) <= _FEW:
            for key in keys:
                name = key.encode()
                mark = bytes((_PART, *_varint(len(name)))) + name + b"\x82\x01"
                texts[key] = [one[1 : 1 + one[0]] for one in items.split(mark)[1:]]
        if not keys:
            return {}
        # A key in parts, or one that ends as another begins, is not found so.
        if any(len(texts.get(key, ())) != points[key] for key in keys):
            texts = {key: [] for key in keys}
            for found, text in _VALUED.findall(items):
                item = self._item(found)
                if item is None or len(text) != found[-1]:
                    return None
                if item[0] in texts:
                    texts[item[0]].append(text)
        try:
            return {key: list(map(float, told)) for key, told in texts.items()}
        except ValueError:
            return None


def _decoded(found: bytes) -> tuple[str, int] | None:
    """The key of an item and how long the item is; None where it is not as long as it says.

    Args:
        found: Its length, the key, the tag of its value, and the value's length.
    """
    size, at = _number(found, 0)
    if size != len(found) - at + found[-1]:
        return None
    parts = _parts(found[at:-3])
    return None if parts is None else (".".join(parts), 1 + at + size)


def _parts(data: bytes) -> list[str] | None:
    """The parts of a key, or the whole of it, each after a tag and its length."""
    parts: list[str] = []
    at = 0
    while at < len(data):
        tag = data[at]
        length, at = _number(data, at + 1)
        part = data[at : at + length]
        at += length
        if at > len(data) or not (tag == _PART or (tag == _WHOLE and length == len(data) - 2)):
            return None
        try:
            parts.append(part.decode())
        except UnicodeDecodeError:
            return None
    return parts or None


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A number in as few bytes as it takes, and where it ends."""
    number = shift = 0
    for place in range(at, len(data)):
        number |= (data[place] & 0x7F) << shift
        shift += 7
        if data[place] < 0x80:
            return number, place + 1
    return number, len(data)


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])
