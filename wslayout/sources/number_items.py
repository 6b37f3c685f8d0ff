"""The items of many rows of numbers, found all at once.

An item is a key in parts, or the whole of it, and a number as JSON text, each with its length::

    item = 0A <length> { 12 <length> <part of the key> }… 82 01 <length> <number>
    item = 0A <length> 0A <length> <key> 82 01 <length> <number>

Every place where ``82 01`` stands is taken for the end of a key. That gives where each item ends
and the next begins; only if each is exactly as long as it says, if the keys are as long as they
say, and if all items together fill the rows, has nothing been missed or taken for something else.
All of it is arithmetic of arrays, without a step of Python's for each item.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

_Places: TypeAlias = "npt.NDArray[np.int64]"

_PART, _WHOLE = 0x12, 0x0A
_NUMBERS: Final = np.isin(np.arange(256), np.frombuffer(b"-0123456789NI", np.uint8))
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)  # of splitmix64 (Steele and others 2014)
_WIDEST: Final = 40  # bytes of a number: longer ones are rare, and come one by one


@dataclass(frozen=True, slots=True)
class Layout:
    """Rows that have the same keys.

    Attributes:
        keys: Their keys, in their order.
        begins: Which item is the first of each of these rows.
    """

    keys: Sequence[str]
    begins: _Places


class NumberItems:
    """The items of some rows.

    Attributes:
        layouts: Rows that have the same keys, together.
    """

    def __init__(self, data: npt.NDArray[np.uint8], values: _Places, layouts: list[Layout]) -> None:
        self.layouts = layouts
        self._data = data
        self._values = values  # where the length of each value stands

    @cached_property
    def _places(self) -> dict[str, list[tuple[_Places, int]]]:
        """Where each key stands: the first items of rows, and how far behind these."""
        places: dict[str, list[tuple[_Places, int]]] = {}
        for layout in self.layouts:
            for place, key in enumerate(layout.keys):
                places.setdefault(key, []).append((layout.begins, place))
        return places

    @property
    def points(self) -> dict[str, int]:
        """How many values each key has."""
        return {
            key: sum([len(begins) for begins, _ in places]) for key, places in self._places.items()
        }

    def values(self, key: str) -> list[float]:
        """The values of a key, in their order.

        Raises:
            ValueError: One is no number.
        """
        found = [begins + place for begins, place in self._places[key]]
        items = found[0] if len(found) == 1 else np.sort(np.concatenate(found))
        at = self._values[items]
        lengths = self._data[at]
        widest = int(lengths.max())
        if widest > _WIDEST:
            texts = zip((at + 1).tolist(), (at + 1 + lengths).tolist(), strict=True)
            return [float(self._data[begin:end].tobytes()) for begin, end in texts]
        # One text a row of a table, filled up with zeros, which numpy takes for their ends.
        places = at[:, None] + np.arange(1, widest + 1)
        table = self._data[np.minimum(places, len(self._data) - 1)]
        table[np.arange(widest) >= lengths[:, None]] = 0
        if not table[:, 0].all():
            raise ValueError("an empty number")
        told: list[float] = table.view(f"S{widest}")[:, 0].astype(np.float64).tolist()
        return told


def find_items(rows: Sequence[bytes], names: dict[bytes, str | None]) -> NumberItems | None:
    """The items of some rows; None where the rows hold anything but numbers.

    Args:
        rows: The rows.
        names: The keys that were met before, which saves finding them out; added to.
    """
    data = np.frombuffer(b"".join(rows), np.uint8)
    if not len(data):
        return NumberItems(data, np.empty(0, np.int64), [])
    tags = np.flatnonzero((data[:-1] == 0x82) & (data[1:] == 0x01))
    if not len(tags) or tags[-1] + 3 >= len(data):
        return None
    values = tags + 2
    lengths = data[values]
    ends = values + 1 + lengths
    begins = np.concatenate((np.zeros(1, np.int64), ends[:-1]))
    if ends[-1] != len(data) or not (begins + 4 < tags).all():
        return None
    keys = _keys(data, begins, ends)
    if (
        keys is None
        or (lengths >= 0x80).any()
        or not (keys < tags).all()
        or not _NUMBERS[data[values + 1]].all()
    ):
        return None
    layouts = _layouts(rows, _Texts(data, keys, tags), ends, names)
    return None if layouts is None else NumberItems(data, values, layouts)


def _keys(data: npt.NDArray[np.uint8], begins: _Places, ends: _Places) -> _Places | None:
    """Where each key begins; None where an item is not as long as it says."""
    first, second = data[begins + 1].astype(np.int64), data[begins + 2].astype(np.int64)
    long = first >= 0x80
    keys = begins + 2 + long
    said = np.where(long, (first & 0x7F) | second << 7, first)
    sound = (data[begins] == 0x0A) & (keys + said == ends) & ~(long & (second >= 0x80))
    return keys if sound.all() else None


def _layouts(
    rows: Sequence[bytes], texts: _Texts, ends: _Places, names: dict[bytes, str | None]
) -> list[Layout] | None:
    """Which rows have the same keys; None where a key, or a row, is not as long as it says."""
    row_ends = np.cumsum(np.fromiter(map(len, rows), np.int64, len(rows)))
    stops = np.searchsorted(ends, row_ends, side="right")
    filled = stops > 0
    if not (ends[stops[filled] - 1] == row_ends[filled]).all() or row_ends[~filled].any():
        return None
    starts = np.concatenate((np.zeros(1, np.int64), stops[:-1]))
    layouts: list[Layout] = []
    for begins, size in _alike(texts.hashes, starts, stops):
        keys = []
        for item in range(begins[0], begins[0] + size):
            text = texts.of(item)
            if text not in names:
                names[text] = _name(text)
            keys.append(names[text])
        if None in keys or not texts.same(begins, size):
            return None
        layouts.append(Layout([key for key in keys if key is not None], begins))
    return layouts


def _alike(
    hashes: npt.NDArray[np.uint64], starts: _Places, stops: _Places
) -> Iterator[tuple[_Places, int]]:
    """Rows whose items have the same hashes: where each begins, and how many items it has."""
    size = int(stops[0])
    if size and size * len(starts) == len(hashes):
        table = hashes.reshape(-1, size)
        if (stops == np.arange(1, len(starts) + 1) * size).all() and (table == table[0]).all():
            yield starts, size
            return
    told: dict[bytes, list[int]] = {}
    words = hashes.tobytes()
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        told.setdefault(words[8 * start : 8 * stop], []).append(start)
    for word, begins in told.items():
        yield np.array(begins, np.int64), len(word) // 8


class _Texts:
    """Many pieces of some bytes, compared eight bytes at a time.

    Args:
        data: The bytes.
        begins: Where each piece begins.
        ends: Where each ends.

    Attributes:
        hashes: A number for each piece; pieces that are alike have the same.
    """

    def __init__(self, data: npt.NDArray[np.uint8], begins: _Places, ends: _Places) -> None:
        self._data = data
        self._begins = begins
        self._ends = ends
        lengths = ends - begins
        padded = np.concatenate((data, np.zeros(8, np.uint8)))
        words = np.ndarray((len(data),), "<u8", padded.data, strides=(1,))
        # Eight bytes from each place; of a shorter piece those that are its own.
        self._words = [
            words[begins + np.maximum(np.minimum(at, lengths - 8), 0)]
            for at in range(0, int(lengths.max()), 8)
        ]
        short = np.flatnonzero(lengths < 8)
        own = (np.uint64(1) << (8 * lengths[short]).astype(np.uint64)) - np.uint64(1)
        self.hashes = lengths.astype(np.uint64)
        for word in self._words:
            word[short] &= own
            self.hashes = self.hashes * _MIX ^ word
        self._words.append(lengths.astype(np.uint64))

    def of(self, piece: int) -> bytes:
        """One piece."""
        return self._data[self._begins[piece] : self._ends[piece]].tobytes()

    def same(self, begins: _Places, size: int) -> bool:
        """Whether so many pieces from each of some places are the same, one by one."""
        items = begins[:, None] + np.arange(size)
        return all(bool((word[items] == word[items[0]]).all()) for word in self._words)


def _name(data: bytes) -> str | None:
    """A key; None where it is not as long as it says."""
    parts = _parts(data)
    return None if parts is None else ".".join(parts)


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
