"""Metric keys that only one or two runs have."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from wslayout.auditing.evidence import Count, Rare, RunName
from wslayout.auditing.findings import EXAMPLES
from wslayout.auditing.words import count
from wslayout.inventory import Inventory, is_internal

OWNERS: Final = 2
"""Runs that make a metric a rare one."""


def rare_of(inventory: Inventory, runs: Iterable[tuple[RunName, Collection[str]]]) -> Rare:
    """The rare keys of an inventory that knows how many runs have each.

    Args:
        inventory: The keys of all runs.
        runs: Each run, with the keys that it has.
    """
    names = frozenset(
        key
        for key, runs in inventory.rows("key", "runs")
        if runs is not None and runs <= OWNERS and not is_internal(key)
    )
    owned = {run: names & frozenset(keys) for run, keys in runs}
    owners = sorted(
        (run for run in owned if owned[run]), key=lambda run: (-len(owned[run]), run.label)
    )[:EXAMPLES]
    return Rare(
        keys=len(names),
        of=sum(1 for key in inventory.keys if not is_internal(key)),
        runs=inventory.coverage.runs_total or 0,
        owners=tuple(
            Count(
                run=run,
                amount=len(owned[run]),
                said=f"{count(len(owned[run]), 'metrics')} of them",
            )
            for run in owners
        ),
        owned=len(frozenset[str]().union(*(owned[run] for run in owners))) / max(len(names), 1),
        names=tuple(sorted(names)[:EXAMPLES]),
    )
