"""Axes: where values stand, and what their ends are called."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Final, TypeAlias

from wslayout.layout import Panel

Bounds: TypeAlias = tuple[float | None, float | None]
"""The ends of an axis that somebody gave; None: as the values are."""

_BEYOND: Final = 20.0  # lengths of an axis
_DIGITS: Final = (5, 7, 10, 13)


class Scale:
    """Where values stand between the ends of an axis: from 0 to 1, and beyond where it is cut."""

    def __init__(
        self, values: Iterable[float], *, log: bool = False, ends: Bounds = (None, None)
    ) -> None:
        known = list(values)
        low, high = (None if log and end is not None and end <= 0 else end for end in ends)
        self.low: float = min(known) if low is None else low
        self.high: float = max(known) if high is None else high
        if self.low > self.high:  # all values are beyond the end that is given
            self.low = self.high = (low if high is None else high) or 0.0
        self._log = log
        self._begin = self._at(self.low)
        self._length = self._at(self.high) - self._begin

    def _at(self, value: float) -> float:
        # Halved, so that the distance of any two numbers is finite.
        return math.log10(value) if self._log else value / 2

    def of(self, value: float) -> float:
        """Where a value stands."""
        if self._length <= 0 and self.low <= value <= self.high:
            return 0.5
        if self._length <= 0:
            return 1 + _BEYOND if value > self.high else -_BEYOND
        # What is far beyond is as unseen as what is near, and has shorter numbers.
        return min(max((self._at(value) - self._begin) / self._length, -_BEYOND), 1 + _BEYOND)


def bounds(panel: Panel, name: str) -> Bounds:
    """The ends of an axis that a panel says."""
    given = panel.settings.get(name)
    if not isinstance(given, (list, tuple)) or len(given) != 2:
        return (None, None)
    low, high = (one if isinstance(one, (int, float)) else None for one in given)
    return (low, high)


def ends_of(scale: Scale) -> tuple[str, str]:
    """What the ends of an axis are called, told apart where they differ."""
    low, high = said(scale.low), said(scale.high)
    if low == high and scale.low != scale.high:
        digits = next(
            (one for one in _DIGITS if f"{scale.low:.{one}g}" != f"{scale.high:.{one}g}"), 17
        )
        return f"{scale.low:.{digits}g}", f"{scale.high:.{digits}g}"
    return low, high


def moments_of(scale: Scale) -> tuple[str, str]:
    """What the ends of an axis of seconds since 1970 are called, in UTC."""
    try:
        low, high = (datetime.fromtimestamp(one, timezone.utc) for one in (scale.low, scale.high))
    except (ValueError, OverflowError, OSError):
        return ends_of(scale)
    return f"{low:%Y-%m-%d %H:%M}", f"{high:%Y-%m-%d %H:%M}"


def said(value: float) -> str:
    """A number in few characters: "0.512", "12.3k", "1.2e-05"."""
    size = abs(value)
    if size == 0:
        return "0"
    for unit, factor, least in (("G", 1e9, 1e9), ("M", 1e6, 1e6), ("k", 1e3, 1e4)):
        if 0.9995 * least <= size < 0.9995e12:
            return f"{_few_digits(value / factor)}{unit}"
    return _few_digits(value) if 1e-3 <= size < 1e4 else f"{value:.1e}"


def _few_digits(value: float) -> str:
    """Three digits, or the four of a whole number."""
    return f"{value:.4g}" if abs(value) >= 999.5 else f"{value:.3g}"
