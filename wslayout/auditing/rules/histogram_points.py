"""How many points a histogram has in one run."""

from __future__ import annotations

from wslayout.auditing.checks import HISTOGRAMS, keys_beyond
from wslayout.auditing.evidence import Evidence, need
from wslayout.auditing.rule import W_AND_B, Measured, Rule


def _check(evidence: Evidence, limit: float) -> Measured:
    return keys_beyond(need(evidence.points), limit, "points", "histograms", HISTOGRAMS)


RULE = Rule(
    id="histogram-points",
    title="Points of a histogram in a run",
    of="keys",
    unit="points",
    limit=10_000,
    severity="warning",
    source=W_AND_B,
    basis="W&B recommends fewer than 10,000 logged points a metric.",
    cost="Plots of the run load slowly, and histograms take much of its size.",
    mend="Log histograms every n-th step; wandb.watch takes log_freq.",
    needs=("points",),
    check=_check,
)
