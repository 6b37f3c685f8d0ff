"""How large one log call is."""

from __future__ import annotations

from wslayout.auditing.checks import Does, runs_beyond
from wslayout.auditing.evidence import Evidence, need
from wslayout.auditing.rule import W_AND_B, Measured, Rule


def _check(evidence: Evidence, limit: float) -> Measured:
    return runs_beyond(
        need(evidence.calls),
        limit,
        "bytes",
        Does("logs more than {} in one call", "log more than {} in one call"),
    )


RULE = Rule(
    id="log-call-size",
    title="Size of a log call",
    of="runs",
    unit="bytes",
    limit=25_000_000,
    severity="warning",
    source=W_AND_B,
    basis="W&B limits all values of one run.log() to 25 MB; media don't count.",
    cost="The call holds training up, and every plot of the run loads slowly.",
    mend="Log what is plotted; save the rest as an artifact.",
    needs=("calls",),
    check=_check,
)
