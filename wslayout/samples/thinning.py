"""Curves of any length in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

STRETCHES: Final = 30
"""Stretches of rows of which a curve keeps the lowest and the highest value, at least."""


class _Point(NamedTuple):
    place: int
    x: float
    y: float


class _Stretch(NamedTuple):
    low: _Point
    high: _Point


class Thinner:
    """Keeps of a curve the lowest and the highest value of each of a few stretches of it.

    So a spike stays, however long the curve is, and so do its ends. What has few points stays as
    it is.

    Args:
        stretches: How many there are at least; twice as many at most.
    """

    def __init__(self, stretches: int = STRETCHES) -> None:
        self._most = 2 * stretches
        self._done: list[_Stretch] = []
        self._open: _Stretch | None = None
        self._in_open = 0
        self._length = 1
        self._ends: list[_Point] = []
        self._taken = 0

    def add(self, x: float, y: float) -> None:
        """Take the next point; both are finite."""
        point = _Point(self._taken, x, y)
        self._taken += 1
        self._ends = [*self._ends[:1], point]
        one = _Stretch(point, point)
        self._open = one if self._open is None else _joined(self._open, one)
        self._in_open += 1
        if self._in_open == self._length:
            self._done.append(self._open)
            self._open, self._in_open = None, 0
            if len(self._done) == self._most:
                pairs = zip(self._done[::2], self._done[1::2], strict=True)
                self._done = [_joined(one, other) for one, other in pairs]
                self._length *= 2

    def points(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """What is left, as x and y, in the order in which it was taken."""
        stretches = self._done if self._open is None else [*self._done, self._open]
        kept = {point for one in stretches for point in one}
        points = sorted(kept.union(self._ends))
        return tuple(point.x for point in points), tuple(point.y for point in points)


def _joined(one: _Stretch, other: _Stretch) -> _Stretch:
    low = min(one.low, other.low, key=lambda point: point.y)
    high = max(one.high, other.high, key=lambda point: point.y)
    return _Stretch(low, high)


def thinned(
    xs: Sequence[float], ys: Sequence[float], most: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """A curve with at most so many points."""
    if len(xs) <= most:
        return tuple(xs), tuple(ys)
    thinner = Thinner(max(1, (most - 2) // 4))
    for x, y in zip(xs, ys, strict=True):
        thinner.add(x, y)
    return thinner.points()
