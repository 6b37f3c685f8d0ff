"""Curves of any length in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

STRETCHES: Final = 30
"""Stretches of rows of which a curve keeps the lowest and the highest value, at least."""


class _Stretch(NamedTuple):
    low_x: float
    low: float
    high_x: float
    high: float


class Thinner:
    """Keeps of a curve the lowest and the highest value of each of a few stretches of it.

    So a spike stays, however long the curve is. What has few points stays as it is.

    Args:
        stretches: How many there are at least; twice as many at most.
    """

    def __init__(self, stretches: int = STRETCHES) -> None:
        self._most = 2 * stretches
        self._done: list[_Stretch] = []
        self._open: _Stretch | None = None
        self._in_open = 0
        self._length = 1

    def add(self, x: float, y: float) -> None:
        """Take the next point; both are finite."""
        point = _Stretch(x, y, x, y)
        self._open = point if self._open is None else _joined(self._open, point)
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
        xs: list[float] = []
        ys: list[float] = []
        for one in stretches:
            low, high = (one.low_x, one.low), (one.high_x, one.high)
            for x, y in sorted({low, high}):
                xs.append(x)
                ys.append(y)
        return tuple(xs), tuple(ys)


def _joined(one: _Stretch, other: _Stretch) -> _Stretch:
    low = min(one[:2], other[:2], key=lambda point: point[1])
    high = max(one[2:], other[2:], key=lambda point: point[1])
    return _Stretch(*low, *high)


def thinned(
    xs: Sequence[float], ys: Sequence[float], most: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """A curve with at most so many points."""
    if len(xs) <= most:
        return tuple(xs), tuple(ys)
    thinner = Thinner(max(1, most // 4))
    for x, y in zip(xs, ys, strict=True):
        thinner.add(x, y)
    return thinner.points()
