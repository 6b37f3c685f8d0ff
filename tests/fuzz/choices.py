"""`Choices`: bytes read as decisions, the same under every fuzzer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Choices:
    """Decisions that bytes stand for; once they are used up, each is the first there is."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """How many bytes are not used yet."""
        return max(0, len(self._data) - self._at)

    def number(self, most: int) -> int:
        """A number from 0 to ``most``."""
        size = max(1, (most.bit_length() + 7) // 8)
        return int.from_bytes(self.take(size), "little") % (most + 1)

    def flag(self) -> bool:
        """Yes or no."""
        return bool(self.number(1))

    def pick(self, things: Sequence[T]) -> T:
        """One of some things."""
        return things[self.number(len(things) - 1)]

    def several(self, most: int) -> range:
        """What to loop over so many times, at most."""
        return range(self.number(most))

    def take(self, size: int) -> bytes:
        """So many bytes, or those that are left."""
        found = self._data[self._at : self._at + size]
        self._at += size
        return found

    def rest(self) -> bytes:
        """All bytes that are left."""
        return self.take(self.left)
