"""`Tally`: an inventory in the making, run by run."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wslayout.inventory.columns import COLUMNS, Table
from wslayout.inventory.coverage import Coverage, Origin
from wslayout.inventory.kinds import stronger
from wslayout.inventory.limits import MAX_KEYS, left_out, too_many_keys, usable_key
from wslayout.inventory.table import Inventory


@dataclass(slots=True)
class _Seen:
    kind: str
    runs: int | None
    points: int | None
    max_points: int | None
    monotonic: bool | None
    single_valued: bool | None
    step_metric: str | None

    def add(
        self,
        kind: str,
        runs: int | None,
        points: int | None,
        max_points: int | None,
        monotonic: bool | None,
        single_valued: bool | None,
        step_metric: str | None,
    ) -> None:
        """Add what was seen elsewhere; in which order makes no difference."""
        if kind != self.kind:
            self.kind = stronger(self.kind, kind)
        if runs is not None:
            self.runs = (self.runs or 0) + runs
        if points is not None:
            self.points = (self.points or 0) + points
        if max_points is not None and max_points > (self.max_points or -1):
            self.max_points = max_points
        if monotonic is not self.monotonic:
            self.monotonic = _in_all(self.monotonic, monotonic)
        if single_valued is not self.single_valued:
            self.single_valued = _in_all(self.single_valued, single_valued)
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
        runs: int | None = 1,
        points: int | None = None,
        monotonic: bool | None = None,
        single_valued: bool | None = None,
        step_metric: str | None = None,
    ) -> None:
        """Count one key.

        Args:
            key: The key.
            kind: One of `wslayout.inventory.KINDS`.
            runs: How many runs have it; None: not known.
            points: Values logged in each of them, or in all where their number is not known.
            monotonic: Whether it never falls; None: not known.
            single_valued: Whether all values are the same; None: not known.
            step_metric: The x-axis that ``define_metric`` gives it.

        Raises:
            TooManyKeys: It is one key more than the limit.
        """
        most = None if runs is None else points
        known = self._seen.get(key)
        if known is not None:
            known.add(kind, runs, points, most, monotonic, single_valued, step_metric)
        elif usable_key(key):
            seen = _Seen(kind, runs, points, most, monotonic, single_valued, step_metric or None)
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
            coverage = coverage.noting(left_out(self._unusable))
        rows = sorted(self._seen.items())
        columns = {"key": [key for key, _ in rows]}
        for name in list(COLUMNS)[1:]:
            columns[name] = [getattr(seen, name) for _, seen in rows]
        return Inventory(Table(columns), coverage, origin)


def _in_all(one: bool | None, other: bool | None) -> bool | None:
    """Whether both hold; None where that is not known (Kleene's three-valued "and")."""
    if one is False or other is False:
        return False
    return None if one is None or other is None else True
