"""How many points a scalar has in one run."""

from __future__ import annotations

from wslayout.auditing.checks import SCALARS, keys_beyond
from wslayout.auditing.evidence import Evidence, need
from wslayout.auditing.rule import W_AND_B, Measured, Rule


def _check(evidence: Evidence, limit: float) -> Measured:
    return keys_beyond(need(evidence.points), limit, "points", "scalars", SCALARS)


RULE = Rule(
    id="scalar-points",
    title="Points of a scalar in a run",
    of="keys",
    unit="points",
    limit=100_000,
    severity="warning",
    source=W_AND_B,
    basis="W&B recommends fewer than 100,000 logged points a metric.",
    cost="Plots of the metric load slowly.",
    mend="Log every n-th step, so that the longest run stays below the limit.",
    needs=("points",),
    check=_check,
)
