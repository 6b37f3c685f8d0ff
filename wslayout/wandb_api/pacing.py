"""How fast to ask: W&B's documented limits, obeyed only where a server has them.

https://docs.wandb.ai/platform/hosting/limits (read for ``ratelimit-*``): GraphQL answers
announce ``RateLimit-Remaining`` and ``RateLimit-Reset`` (seconds); bulk readers should leave
a second between requests, and on 429 or nothing remaining wait for the reset.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Final, Protocol

MAX_WAIT: Final = 300.0
"""Seconds that one request waits in all for rate limits to lift, unless told otherwise."""

BURST: Final = 5
"""Requests that may follow each other at once."""

INTERVAL: Final = 1.0
"""Seconds from one request to the next after a burst."""

_TELLING: Final = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After")
_LONGEST: Final = 86_400.0  # seconds; a header that says more is taken for this


class Pacer:
    """Says how long to wait before the next request to one server.

    A bucket of `BURST` tokens, one more each `INTERVAL`: it only counts where the
    server announces limits, so that a server without them is not slowed. Several clients
    of one server may share it, each in a thread of its own.

    Args:
        clock: Seconds that never go back, such as `time.monotonic`.
        limited: Whether the server is known to have limits before it says so.

    Attributes:
        refusals: How many requests were refused (HTTP 429).
        refused_with: What the headers of the last of them said.
    """

    def __init__(self, clock: Callable[[], float], *, limited: bool = False) -> None:
        self._clock = clock
        self._limited = limited
        self._tokens = float(BURST)
        self._counted_at = clock()
        self._closed_until = -math.inf
        self.refusals = 0
        self.refused_with = ""
        self._lock = threading.Lock()

    def closed_for(self) -> float:
        """Seconds until the server's limit resets; 0 where it is not used up."""
        return max(0.0, self._closed_until - self._clock())

    def take(self) -> float:
        """Count one request, and give the seconds to wait before it; 0 without limits."""
        with self._lock:
            now = self._clock()
            grown = self._tokens + (now - self._counted_at) / INTERVAL
            self._tokens = min(float(BURST), grown) - 1.0
            self._counted_at = now
            if self._limited:
                return max(0.0, -self._tokens * INTERVAL)
            self._tokens = max(self._tokens, 0.0)
            return 0.0

    def saw(self, headers: Mapping[str, str]) -> None:
        """Learn from the headers of an answer (names in any case)."""
        found = {name.lower(): value for name, value in headers.items()}
        if any(name.startswith("ratelimit-") for name in found):
            self._limited = True
        if _number(found.get("ratelimit-remaining")) == 0:
            self.close(_number(found.get("ratelimit-reset")) or 0.0)

    def refused(self, headers: Mapping[str, str]) -> None:
        """Count an answer HTTP 429."""
        said = {name.lower(): value for name, value in headers.items()}
        told = [f"{name} {said[name.lower()]}" for name in _TELLING if name.lower() in said]
        with self._lock:
            self.refusals += 1
            self.refused_with = ", ".join(told)

    def close(self, seconds: float) -> None:
        """Let no request out for ``seconds`` from now."""
        with self._lock:
            self._closed_until = max(self._closed_until, self._clock() + seconds)


def asked_to_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that an answer asks us to wait, or None where it does not say.

    ``RateLimit-Reset`` counts before ``Retry-After``. A date is read against the
    answer's own ``Date``, so that a wrong clock on either side does not matter.
    """
    found = {name.lower(): value for name, value in headers.items()}
    for name in ("ratelimit-reset", "retry-after"):
        seconds = _number(found.get(name))
        if seconds is not None:
            return seconds
    try:
        until = parsedate_to_datetime(found["retry-after"])
        now = parsedate_to_datetime(found["date"])
        return min(max(0.0, (until - now).total_seconds()), _LONGEST)
    except (KeyError, ValueError, TypeError, OverflowError):
        return None


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return min(number, _LONGEST) if number >= 0 else None  # NaN is not >= 0


class OnWait(Protocol):
    """Told before each wait of more than a second."""

    def __call__(self, why: str, seconds: float) -> None:
        """Say that the client waits ``seconds`` now, and why."""


def say_nothing(why: str, seconds: float) -> None:
    """An `OnWait` that says nothing."""
