"""Whether logged values are nested deeper than W&B tells apart."""

from __future__ import annotations

from wslayout.auditing.checks import too_deep
from wslayout.auditing.evidence import Evidence, need
from wslayout.auditing.rule import W_AND_B, Measured, Rule


def _check(evidence: Evidence, limit: float) -> Measured:
    return too_deep(need(evidence.summaries), limit, "metrics")


RULE = Rule(
    id="nested-summary",
    title="Nesting of logged values",
    of="keys",
    unit="dots",
    limit=4,
    severity="warning",
    source=W_AND_B,
    basis="W&B supports 4 dots in the names that nested values get in the summary. Dots that "
    "stand in a name itself don't count.",
    cost="What is nested deeper has no column in the table of runs.",
    mend="Log flatter dictionaries, or names with slashes.",
    needs=("summaries",),
    check=_check,
)
