"""Whether a sweep has very many agents at once."""

from __future__ import annotations

from wslayout.auditing.checks import Does, beyond
from wslayout.auditing.evidence import Evidence, need
from wslayout.auditing.rule import OLDER, Case, Measured, Rule
from wslayout.auditing.words import count


def _check(evidence: Evidence, limit: float) -> Measured:
    activity = need(evidence.activity)
    cases = (
        Case(name=sweep, measured=running, said=f"{count(running, 'runs')} at once")
        for sweep, running in activity.value.sweeps.items()
    )
    does = Does("has more than {} at once", "have more than {} at once")
    return beyond(cases, limit, activity.certainty, noun="sweeps", unit="agents", does=does)


RULE = Rule(
    id="sweep-agents",
    title="Agents of a sweep at once",
    of="sweeps",
    unit="agents",
    limit=20,
    severity="warning",
    source=OLDER,
    basis="An older version of W&B's page: sweeps support at most 20 agents at once. Counted are "
    "the runs of a sweep that go on at the same time.",
    cost="Agents wait for each other, and requests are refused.",
    mend="Run fewer agents of one sweep at once.",
    needs=("activity",),
    check=_check,
)
