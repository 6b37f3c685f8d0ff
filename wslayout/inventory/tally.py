"""`Tally`: an inventory in the making, run by run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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


class Tally:
    """Collects keys run by run; memory grows with distinct keys, not with runs.

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
        if known is None:
            if not usable_key(key):
                self._unusable += 1
                return
            if len(self._seen) >= self._max_keys:
                raise too_many_keys(self._max_keys)
            self._seen[key] = _Seen(
                kind, runs, points, points, monotonic, single_valued, step_metric
            )
            return
        known.kind = stronger(known.kind, kind)
        known.runs += runs
        if points is not None:
            known.points = (known.points or 0) + points
            known.max_points = max(known.max_points or 0, points)
        known.monotonic = in_all(known.monotonic, monotonic)
        known.single_valued = in_all(known.single_valued, single_valued)
        if step_metric is not None:
            known.step_metric = min(step_metric, known.step_metric or step_metric)

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
