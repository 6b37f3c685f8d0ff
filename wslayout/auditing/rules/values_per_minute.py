"""How many values a run logs in a minute."""

from __future__ import annotations

from wslayout.auditing.checks import LOG, a_minute, runs_beyond
from wslayout.auditing.evidence import Evidence, need
from wslayout.auditing.rule import W_AND_B, Measured, Rule


def _check(evidence: Evidence, limit: float) -> Measured:
    found = a_minute(
        need(evidence.histories),
        limit,
        most=lambda one: one.values_a_minute,
        total=lambda one: one.values,
        unit="values",
    )
    return runs_beyond(found, limit, "values a minute", LOG)


RULE = Rule(
    id="values-per-minute",
    title="Values a minute",
    of="runs",
    unit="values a minute",
    limit=100_000,
    severity="warning",
    source=W_AND_B,
    basis="W&B's guidance for logging at scale. Runs on disk tell the most of any 60 seconds, "
    "servers the mean over the run; of runs that were synced at once it may not be known.",
    cost="The server takes rows in later than they are logged, and may refuse some for a while.",
    mend="Log every n-th step, or fewer metrics in each.",
    needs=("histories",),
    check=_check,
)
