"""How many runs the project has."""

from __future__ import annotations

from wslayout.auditing.evidence import Evidence, need
from wslayout.auditing.rule import W_AND_B, Case, Measured, Rule
from wslayout.auditing.words import count


def _check(evidence: Evidence, limit: float) -> Measured:
    runs = need(evidence.runs)
    return Measured(
        cases=[Case(name=evidence.source, measured=runs.value)] if runs.value > limit else [],
        certainty=runs.certainty,
        message=lambda cases: f"{count(runs.value, 'runs')}, recommended are {limit:,.0f}",
        examples=(),
    )


RULE = Rule(
    id="run-count",
    title="Runs of a project",
    of="project",
    unit="runs",
    limit=10_000,
    limits={"saas": 100_000},
    severity="warning",
    source=W_AND_B,
    basis="W&B recommends fewer than 100,000 on its cloud, 10,000 on dedicated and self-managed "
    "servers.",
    cost="Workspaces and the table of runs become slow, grouping most of all.",
    mend="Move runs that nobody looks at to a project of their own.",
    needs=("runs",),
    check=_check,
)
