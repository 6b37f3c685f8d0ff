"""The parts of a project that a sample is read from, each page by page.

W&B documents as orders of runs ``created_at``, ``heartbeat_at``, and values of configs and
summaries; as filters, among others, ``name``, ``group``, ``jobType``, ``state`` and ``createdAt``
(``wandb.Api.runs``). No order is random, so runs are drawn by filters on their names. That a
server takes each operator for each of these is not certain: whoever reads a stratum that is
refused goes on without it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from wslayout.sources.project.run_names import Draw, Ends
from wslayout.sources.project.run_pages import OLDEST_FIRST, Run
from wslayout.sources.project.times import time_of

_FEW: Final = 10  # runs of groups not met; random draws bring more of those that are large
_MOST_VALUES: Final = 200  # in one filter
_MOST_EMPTY: Final = 3  # pages one after another
_NEIGHBOURS: Final = 40  # runs at one time; more of them log the same
_FURTHER_PAGES: Final = 3  # of runs whose names have one end
_ALIKE: Final = "runs can't be drawn at random, as too many names end alike"


class Stratum:
    """One part, in an order of its own.

    Attributes:
        label: What a note calls its runs.
        open: Whether there may be more to read.
        failed: Why the server can't give it; "" where it can.
        after: Behind which cursor the next page begins; None at the beginning.
    """

    def __init__(self, label: str) -> None:
        self.label = label
        self.open = True
        self.failed = ""
        self.after: str | None = None

    def ask(self, runs: int) -> dict[str, Any] | None:
        """The variables of a request for about so many runs; None where there is none left."""
        raise NotImplementedError

    def take(self, runs: Sequence[Run], after: str | None) -> None:
        """Go on behind what was asked for; ``after`` is the next page's cursor."""
        raise NotImplementedError

    def notice(self, runs: Sequence[Run]) -> None:
        """Know runs that were read from another part."""

    def fail(self, why: str) -> None:
        """Be done, since the server can't give it."""
        self.failed = why
        self.open = False


class Walk(Stratum):
    """All runs in one order.

    Args:
        label: See `Stratum`.
        order: The order; None for the server's own.

    Attributes:
        order: The same.
        ended: Whether it has been read to its end, and so all runs.
    """

    def __init__(self, label: str, order: str | None) -> None:
        super().__init__(label)
        self.order = order
        self.ended = False

    def ask(self, runs: int) -> dict[str, Any]:
        """The next page."""
        return {"first": runs, "after": self.after, "order": self.order, "filters": None}

    def take(self, runs: Sequence[Run], after: str | None) -> None:
        """Go on behind these, to the end."""
        self.after = after
        if after is None or not runs:
            self.open = False
            self.ended = True


class NotMet(Stratum):
    """Runs whose value in one column no run has that was read.

    Args:
        label: See `Stratum`.
        column: The column, as filters and runs call it.
    """

    def __init__(self, label: str, column: str) -> None:
        super().__init__(label)
        self._column = column
        self._met: set[str] = set()

    def ask(self, runs: int) -> dict[str, Any] | None:
        """A few runs with other values than those met; None where these are many."""
        if len(self._met) > _MOST_VALUES:
            return None
        # SQL's NOT IN lets no null through and MongoDB's $nin does, so that is told.
        filters = {
            "$and": [
                {self._column: {"$ne": None}},
                {self._column: {"$nin": sorted(self._met)}},
            ]
        }
        return {
            "first": min(runs, _FEW),
            "after": None,
            "order": OLDEST_FIRST,
            "filters": json.dumps(filters),
        }

    def take(self, runs: Sequence[Run], after: str | None) -> None:
        """Be done where they brought no new value, as of a server that filters nothing."""
        before = len(self._met)
        self.notice(runs)
        self.open = len(self._met) > before

    def notice(self, runs: Sequence[Run]) -> None:
        """Know their values."""
        values = (run.get(self._column) for run in runs)
        self._met.update(value for value in values if isinstance(value, str) and value)


class Drawn(Stratum):
    """Runs drawn at random, by how their names end."""

    def __init__(self, draw: Draw) -> None:
        super().__init__("drawn at random by how their names end")
        self._draw = draw
        self._ends = Ends(())
        self._pages = 0
        self._empty = 0
        if draw.choices == 1:
            self.fail(_ALIKE)

    @property
    def between(self) -> bool:
        """Whether the last draw has been read to its end."""
        return self.after is None

    def ask(self, runs: int) -> dict[str, Any] | None:
        """A draw of about so many runs, or what is left of the last."""
        if self.after is None:
            ends = self._draw.ends(runs)
            if ends is None:
                return None
            self._ends = ends
            self._pages = 0
        return {
            "first": runs,
            "after": self.after,
            "order": OLDEST_FIRST,
            "filters": json.dumps(self._ends.filters),
        }

    def take(self, runs: Sequence[Run], after: str | None) -> None:
        """Go on to the draw's end; stop drawing where its runs are not what was drawn."""
        if not self._ends.match(str(run.get("name")) for run in runs):
            self.fail("the server does not filter runs by how their names end")
            return
        self._draw.found(len(runs))
        self._pages += 1
        self._empty = 0 if runs else self._empty + 1
        self.after = after
        if self._empty == _MOST_EMPTY:
            self.fail("runs can't be drawn at random, as hardly two names end alike")
        elif after is not None and self._pages > _FURTHER_PAGES and len(self._ends.texts) == 1:
            self.fail(_ALIKE)

    def reach(self, total: int) -> float:
        """Which share of so many runs can be drawn."""
        return self._draw.reach(total)


class AtTimes(Stratum):
    """Runs that follow times which are spread evenly, where none can be drawn.

    Args:
        first: When an old run was created.
        last: When a new one was.
    """

    def __init__(self, first: datetime, last: datetime) -> None:
        super().__init__("at times in between")
        self._first = first
        self._span = last - first
        self._times = 0
        self._time = first

    def ask(self, runs: int) -> dict[str, Any]:
        """The runs that follow the next time."""
        self._times += 1
        self._time = self._first + halving(self._times) * self._span
        filters = {"createdAt": {"$gte": self._time.strftime("%Y-%m-%dT%H:%M:%SZ")}}
        return {
            "first": min(runs, _NEIGHBOURS),
            "after": None,
            "order": OLDEST_FIRST,
            "filters": json.dumps(filters),
        }

    def take(self, runs: Sequence[Run], after: str | None) -> None:
        """Stop where they are older, as of a server that does not filter."""
        times = [time_of(run.get("createdAt")) for run in runs]
        second = timedelta(seconds=1)
        if any(time is not None and time < self._time - second for time in times):
            self.fail("the server does not filter runs by when they were created")


def halving(number: int) -> float:
    """The ``number``-th of 1/2, 1/4, 3/4, 1/8, 5/8, …: any first few of them lie evenly.

    It is van der Corput's sequence in base 2 (1935): the number's binary digits, mirrored at
    the point.
    """
    digits = f"{number:b}"[::-1]
    return int(digits, 2) / (1 << len(digits))
