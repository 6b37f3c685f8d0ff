"""Whether reports are used as workspaces."""

from __future__ import annotations

from wslayout.auditing.checks import beyond
from wslayout.auditing.evidence import Evidence, need
from wslayout.auditing.rule import W_AND_B, Case, Measured, Rule
from wslayout.auditing.words import count


def _check(evidence: Evidence, limit: float) -> Measured:
    reports = need(evidence.reports)
    cases = (
        Case(name=one.name, measured=one.plots, said=count(one.plots, "plots"), url=one.url)
        for one in reports.value
    )
    return beyond(cases, limit, reports.certainty, noun="reports", unit="plots")


RULE = Rule(
    id="report-plots",
    title="Plots of a report",
    of="reports",
    unit="plots",
    limit=20,
    severity="warning",
    source=W_AND_B,
    basis="W&B recommends workspaces for more than 20 plots at once.",
    cost="The report loads slowly: workspaces cache and load more cleverly.",
    mend="Move the plots into a saved view, and link it in the report.",
    needs=("reports",),
    check=_check,
)
