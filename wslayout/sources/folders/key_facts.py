"""What one run tells of one metric key, and the state that gathers it."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from math import isnan
from typing import Final

from wslayout.inventory import stronger
from wslayout.sources.values import NON_FINITE, PLAIN_KINDS

_STATISTICS: Final = frozenset({"min", "max", "mean", "best", "last", "first", "copy"})


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What one run tells of one metric key.

    Attributes:
        kind: One of `wslayout.inventory.KINDS`; the strongest that was logged.
        points: Values of that kind logged; 0 for a key that only the summary has.
        monotonic: Whether it never falls, for a number with two points or more.
        single_valued: Whether all values are the same; None for media and for keys
            that only the summary has.
        step_metric: The x-axis that ``define_metric`` gives it, or None.
        hidden: Whether ``define_metric(hidden=True)`` keeps it off W&B's own panels.
    """

    kind: str
    points: int
    monotonic: bool | None = None
    single_valued: bool | None = None
    step_metric: str | None = None
    hidden: bool = False


class KeyState:
    """What one key's values were so far; only the latest is kept, never a list.

    Attributes:
        kind: The strongest kind that was logged.
        points: Values of that kind.
        falls: Whether a number was below the one before. With this, further numbers
            tell nothing new but their count.
        latest: The latest value of that kind: a number, or the hash of a text.
    """

    __slots__ = ("_has_nan", "_texts", "_varies", "falls", "kind", "latest", "points")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.points = 0
        self.falls = False
        self.latest: float | int | None = None
        self._texts = 0
        self._has_nan = False
        self._varies = False

    def number(self, value: float) -> None:
        """Count a number."""
        if self.kind == "number":
            self.points += 1
        else:
            self.count("number")
        latest = self.latest
        if value == latest:
            return
        if isnan(value):
            self._has_nan = True
            return
        if latest is not None:
            self._varies = True
            if value < latest:
                self.falls = True
        self.latest = value

    def numbers(self, values: list[float]) -> None:
        """Count several numbers of a key that has had no others, in their order."""
        latest = self.latest
        told = values if latest is None else [latest, *values]
        if isnan(sum(values)):
            for value in values:
                self.number(value)
            return
        self.points += len(values)
        self.latest = values[-1]
        if told.count(told[0]) < len(told):
            self._varies = True
            self.falls = self.falls or sorted(told) != told

    def other(self, kind: str, text: str) -> None:
        """Count a value that is no number but can be compared, by a text that tells it."""
        if kind == "string" and text[1:-1] in NON_FINITE:
            self._texts += 1
        if self.count(kind):
            code = hash(text)
            self._varies = self._varies or (self.latest is not None and code != self.latest)
            self.latest = code

    def count(self, kind: str) -> bool:
        """Count a value; whether its kind is the key's (the strongest counts)."""
        if kind != self.kind:
            self._varies = self._varies or self.points > 0
            if stronger(kind, self.kind) != kind:
                return False
            self.kind, self.points, self.latest = kind, 0, None
        self.points += 1
        return True

    def facts(self, step_metric: str | None, hidden: bool) -> KeyFacts:
        """What the values tell, together with what ``define_metric`` does."""
        points, varies = self.points, self._varies
        monotonic = single = None
        if self.kind == "number":
            # Texts like "NaN" are numbers of a key that has other numbers.
            points += self._texts
            varies = varies or (bool(self._has_nan or self._texts) and self.latest is not None)
            monotonic = not self.falls if points > 1 else None
        if self.kind in PLAIN_KINDS:
            single = not varies
        return KeyFacts(self.kind, points, monotonic, single, step_metric, hidden)


def is_part_of_logged(key: str, logged: Mapping[str, KeyFacts], named: Container[str] = ()) -> bool:
    """Whether a summary's key is no metric of its own but a piece of a logged one.

    Such are ``loss.min``, which ``define_metric("loss", summary="min")`` makes, and
    the fields of a media value.

    Args:
        key: The summary's key.
        logged: The keys that were logged.
        named: Further names that ``define_metric`` knows.
    """
    parent, _, last = key.rpartition(".")
    if last in _STATISTICS and (parent in logged or parent in named):
        return True
    while parent:
        if parent in logged and logged[parent].kind not in PLAIN_KINDS:
            return True
        parent = parent.rpartition(".")[0]
    return False
