"""How many points media has in one run."""

from __future__ import annotations

from wslayout.auditing.checks import MEDIA, keys_beyond
from wslayout.auditing.evidence import Evidence, need
from wslayout.auditing.rule import W_AND_B, Measured, Rule


def _check(evidence: Evidence, limit: float) -> Measured:
    return keys_beyond(need(evidence.points), limit, "points", "media metrics", MEDIA)


RULE = Rule(
    id="media-points",
    title="Points of media in a run",
    of="keys",
    unit="points",
    limit=50_000,
    severity="warning",
    source=W_AND_B,
    basis="W&B recommends fewer than 50,000 logged points a metric.",
    cost="Media panels and plots of the run load slowly.",
    mend="Log media every n-th step, or a sample of them.",
    needs=("points",),
    check=_check,
)
