"""How many metrics one run has."""

from __future__ import annotations

from dataclasses import replace

from wslayout.auditing.checks import LOG, counted, runs_beyond
from wslayout.auditing.evidence import Evidence, Missing, Unknown, need
from wslayout.auditing.rule import W_AND_B, Measured, Rule, worst

MOST = 100_000
"""Up to so many a manual workspace helps, says W&B."""


_FEWER = (
    "Log fewer names in a run: no step, sample, layer or worker in a metric's name. A manual "
    f"workspace helps up to {MOST:,} metrics."
)


def _eased(evidence: Evidence) -> float | None:
    views = evidence.views
    if isinstance(views, Unknown):
        if views.absent:
            return None
        raise Missing(views.reason)
    has_manual = any(one.manual and not one.personal for one in views.value)
    return MOST if has_manual else None


def _check(evidence: Evidence, limit: float) -> Measured:
    counts = counted(
        need(evidence.histories), lambda one: one.metrics, "how many metrics single runs have"
    )
    found = runs_beyond(counts, limit, "metrics", LOG)
    helps = limit < MOST
    return replace(
        found,
        severity=lambda cases: "error" if worst(cases) > MOST else None,
        action="" if helps else _FEWER,
        command=evidence.apply if helps else None,
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
    eased=_eased,
)
