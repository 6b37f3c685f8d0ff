"""How many rows a run logs in a minute."""

from __future__ import annotations

from wslayout.auditing.checks import LOG, a_minute, runs_beyond
from wslayout.auditing.evidence import Evidence, need
from wslayout.auditing.rule import W_AND_B, Measured, Rule


def _check(evidence: Evidence, limit: float) -> Measured:
    found = a_minute(
        need(evidence.histories),
        limit,
        most=lambda one: one.rows_a_minute,
        total=lambda one: one.rows,
        unit="rows",
    )
    return runs_beyond(found, limit, "rows a minute", LOG)


RULE = Rule(
    id="rows-per-minute",
    title="Rows a minute",
    of="runs",
    unit="rows a minute",
    limit=1_000,
    severity="warning",
    source=W_AND_B,
    basis="W&B's guidance for logging at scale. Runs on disk tell the most of any 60 seconds, "
    "servers the mean over the run; of runs that were synced at once it may not be known.",
    cost="The server takes rows in later than they are logged, and may refuse some for a while.",
    mend="Log every n-th step, or gather several values in one run.log().",
    needs=("histories",),
    check=_check,
)
