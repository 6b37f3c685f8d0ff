"""How many metrics one run has."""

from __future__ import annotations

from wslayout.auditing.checks import LOG, beyond
from wslayout.auditing.evidence import Count, Evidence, Known, Missing, Unknown, need
from wslayout.auditing.rule import W_AND_B, Measured, Rule

MOST = 100_000
"""Up to so many a manual workspace helps, says W&B."""


def _check(evidence: Evidence, limit: float) -> Measured:
    histories = need(evidence.histories)
    counts = [
        Count(run=one.run, amount=one.metrics) for one in histories.value if one.metrics is not None
    ]
    if not counts:
        raise Missing("how many metrics single runs have is not known")
    views = evidence.views
    if isinstance(views, Unknown) and not views.absent:
        raise Missing(views.reason)
    if isinstance(views, Known) and any(one.manual and not one.personal for one in views.value):
        limit = max(limit, MOST)  # the advice was taken
    found = beyond(Known(counts, histories.certainty), limit, "metrics", LOG)
    return Measured(
        cases=found.cases,
        certainty=found.certainty,
        message=found.message,
        severity="error" if any(case.measured > MOST for case in found.cases) else None,
        command=evidence.apply,
    )


RULE = Rule(
    id="metrics-per-run",
    title="Metrics of a run",
    of="runs",
    unit="metrics",
    limit=5_000,
    severity="warning",
    source=W_AND_B,
    basis="W&B advises manual workspaces for runs with 5,000 to 100,000 metrics; where the "
    "project has a saved view in manual mode, only the latter counts, as an error.",
    cost="Automatic workspaces draw a panel for each of them and load for minutes.",
    mend="Open a manual workspace with panels for the metrics that matter.",
    needs=("histories", "views"),
    check=_check,
)
