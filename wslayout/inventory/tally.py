"""`Tally`: an inventory in the making, run by run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import pandas as pd

from wslayout.inventory.coverage import Coverage, Origin
from wslayout.inventory.kinds import stronger
from wslayout.inventory.limits import MAX_KEYS, too_many_keys, usable_key
from wslayout.inventory.rows import COLUMNS, in_all
from wslayout.inventory.table import Inventory


@dataclass(slots=True)
class _Seen:
    kind: str
    runs: int
    points: int | None
    max_points: int | None
    monotonic: bool | None
    single_valued: bool | None
    step_metric: str | None

    def add(
        self,
        kind: str,
        runs: int,
        points: int | None,
        max_points: int | None,
        monotonic: bool | None,
        single_valued: bool | None,
        step_metric: str | None,
    ) -> None:
        """Add what was seen elsewhere; in which order makes no difference."""
        if kind != self.kind:
            self.kind = stronger(self.kind, kind)
        self.runs += runs
        if points is not None:
            self.points = (self.points or 0) + points
        if max_points is not None and max_points > (self.max_points or -1):
            self.max_points = max_points
        if monotonic is not self.monotonic:
            self.monotonic = in_all(self.monotonic, monotonic)
        if single_valued is not self.single_valued:
            self.single_valued = in_all(self.single_valued, single_valued)
        if step_metric:
            self.step_metric = min(step_metric, self.step_metric or step_metric)


class Tally:
    """Collects keys run by run; memory grows with distinct keys, not with runs.

    Tallies of different runs merge: in whichever order and in whichever groups, what comes of it
    is the same.

    Args:
        max_keys: The most distinct keys to accept.
    """

    def __init__(self, max_keys: int = MAX_KEYS) -> None:
        self._max_keys = max_keys
        self._seen: dict[str, _Seen] = {}
        self._unusable = 0

    def __len__(self) -> int:
        return len(self._seen)

    def __contains__(self, key: str) -> bool:
        return key in self._seen

    def see(
        self,
        key: str,
        kind: str,
        *,
        runs: int = 1,
        points: int | None = None,
        monotonic: bool | None = None,
        single_valued: bool | None = None,
        step_metric: str | None = None,
    ) -> None:
        """Count one key of ``runs`` runs (``points``: values logged in one of them).

        Raises:
            TooManyKeys: It is one key more than the limit.
        """
        known = self._seen.get(key)
        if known is not None:
            known.add(kind, runs, points, points, monotonic, single_valued, step_metric)
        elif usable_key(key):
            seen = _Seen(kind, runs, points, points, monotonic, single_valued, step_metric or None)
            self._begin(key, seen)
        else:
            self._unusable += 1

    def merge(self, other: Tally) -> None:
        """Add what another tally saw of other runs.

        Raises:
            TooManyKeys: Together they hold more keys than the limit.
        """
        self._unusable += other._unusable
        for key, seen in other._seen.items():
            known = self._seen.get(key)
            if known is None:
                self._begin(key, replace(seen))
            else:
                known.add(
                    seen.kind,
                    seen.runs,
                    seen.points,
                    seen.max_points,
                    seen.monotonic,
                    seen.single_valued,
                    seen.step_metric,
                )

    def _begin(self, key: str, seen: _Seen) -> None:
        if len(self._seen) >= self._max_keys:
            raise too_many_keys(self._max_keys)
        self._seen[key] = seen

    def inventory(self, *, coverage: Coverage, origin: Origin) -> Inventory:
        """What was seen, as an `Inventory`."""
        if self._unusable:
            coverage = coverage.noting(
                f"{self._unusable:,} keys without a usable name were left out"
            )
        rows = sorted(self._seen.items())
        columns: dict[str, Iterable[object]] = {"key": [key for key, _ in rows]}
        for name in list(COLUMNS)[1:]:
            columns[name] = [getattr(seen, name) for _, seen in rows]
        table = pd.DataFrame(
            {name: pd.Series(columns[name], dtype=dtype) for name, dtype in COLUMNS.items()}
        )
        return Inventory(table, coverage, origin)
