"""How many steps a run has."""

from __future__ import annotations

from wslayout.auditing.checks import HAVE, counted, runs_beyond
from wslayout.auditing.evidence import Evidence, need
from wslayout.auditing.rule import W_AND_B, Measured, Rule


def _check(evidence: Evidence, limit: float) -> Measured:
    rows = counted(need(evidence.histories), lambda one: one.rows, "how many steps runs have")
    return runs_beyond(rows, limit, "steps", HAVE)


RULE = Rule(
    id="steps-per-run",
    title="Steps of a run",
    of="runs",
    unit="steps",
    limit=500_000,
    severity="warning",
    source=W_AND_B,
    basis="W&B's guidance for logging at scale.",
    cost="The run's plots load slowly.",
    mend="Log every n-th step.",
    needs=("histories",),
    check=_check,
)
