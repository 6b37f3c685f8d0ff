"""``define_metric``: which step metric and which visibility it gives to a key."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias

Definition: TypeAlias = "tuple[str | None, bool]"
"""A step metric or None, and whether the key is hidden."""

_TOKEN: Final = re.compile(r"(?s)\*|\?|\[\^?(?:\\.|[^\\\]])+\]|\\.|[^\[\\]")


class Definitions:
    """What the ``define_metric`` calls of one run say."""

    def __init__(self) -> None:
        self._exact: dict[str, Definition] = {}
        self._globs: dict[str, Definition] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._exact

    def take(self, metric: Any) -> None:
        """Add one call (a ``MetricRecord``), which completes an earlier one or overwrites it."""
        known, name = (self._exact, metric.name) if metric.name else (self._globs, metric.glob_name)
        step, hidden = known.get(name, (None, False))
        if metric._control.overwrite:
            step, hidden = None, False
        known[name] = (metric.step_metric or step, metric.options.hidden or hidden)

    def lookup(self) -> Callable[[str], Definition]:
        """What they say of a key: an exact name wins, then the longest glob."""
        exact = dict(self._exact)
        by_length = sorted(self._globs, key=lambda glob: (-len(glob), glob))
        globs = [
            (pattern, self._globs[glob])
            for glob in by_length
            if (pattern := glob_pattern(glob)) is not None
        ]

        def define(key: str) -> Definition:
            if key in exact:
                return exact[key]
            if not key.startswith("_"):
                for pattern, definition in globs:
                    if pattern.fullmatch(key):
                        return definition
            return None, False

        return define


def glob_pattern(glob: str) -> re.Pattern[str] | None:
    """A glob as the SDK matches it: Go's ``filepath.Match``, where * stops at a slash.

    None for one that is malformed, which matches nothing.
    """
    chunks = [""]
    end = 0
    while end < len(glob):
        found = _TOKEN.match(glob, end)
        if found is None:
            return None
        end = found.end()
        if found[0] != "*":
            chunks[-1] += _translated(found[0])
        elif chunks[-1] or len(chunks) == 1:  # of several in a row one is enough
            chunks.append("")
    first, *others = chunks
    *inner, last = others or [""]
    # What stands between two stars is taken where it comes first and never tried elsewhere, for
    # no other place leaves more to the rest: else a few stars take for ever.
    between = (f"(?=(?P<c{place}>[^/]*?{chunk}))(?P=c{place})" for place, chunk in enumerate(inner))
    try:
        return re.compile(f"{first}{''.join(between)}{'[^/]*' if others else ''}{last}")
    except re.error:
        return None


def _translated(part: str) -> str:
    if part == "?":
        return "[^/]"
    if len(part) > 1 and part[0] == "[":
        negated = part[1] == "^"
        inner = re.findall(r"(?s)\\.|.", part[2 if negated else 1 : -1])
        escaped = (char if char == "-" else re.escape(char[-1]) for char in inner)
        return f"[{'^' * negated}{''.join(escaped)}]"
    return re.escape(part[-1])
