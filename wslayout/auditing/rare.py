"""Metric keys that only one or two runs have."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from wslayout.auditing.evidence import Count, Rare, RunName
from wslayout.auditing.findings import EXAMPLES
from wslayout.auditing.words import count
from wslayout.inventory import Inventory, is_internal

FEW: Final = 2
"""Runs that make a metric a rare one."""


def rare_of(inventory: Inventory, runs: Iterable[tuple[RunName, Collection[str]]]) -> Rare:
    """The rare keys of an inventory that knows how many runs have each.

    Args:
        inventory: The keys of all runs.
        runs: Each run, with the keys that it has.
    """
    frame = inventory.frame
    few = frame["runs"].notna() & (frame["runs"] <= FEW)
    names = frozenset(str(key) for key in frame["key"][few] if not is_internal(str(key)))
    owners = [
        Count(run=run, amount=own, said=f"{count(own, 'metrics')} of them")
        for run, keys in runs
        if (own := sum(1 for key in keys if key in names))
    ]
    owners.sort(key=lambda one: (-one.amount, one.run.label))
    return Rare(
        keys=len(names),
        of=sum(1 for key in inventory.keys if not is_internal(key)),
        runs=inventory.coverage.runs_total or 0,
        owners=tuple(owners[:EXAMPLES]),
        looked_at=len(names),
        names=tuple(sorted(names)[:EXAMPLES]),
    )
