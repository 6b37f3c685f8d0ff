"""Whether code logs at each step of a very long loop."""

from __future__ import annotations

from wslayout.auditing.code.cases import in_code
from wslayout.auditing.code.spots import LOG_EVERY_STEP, POINTS
from wslayout.auditing.evidence import Evidence
from wslayout.auditing.rule import W_AND_B, Measured, Rule


def _check(evidence: Evidence, limit: float) -> Measured:
    return in_code(evidence, limit, LOG_EVERY_STEP, "points")


RULE = Rule(
    id=LOG_EVERY_STEP,
    title="Code that logs at each step of a very long loop",
    of="files",
    unit="points",
    limit=POINTS["scalar"],
    severity="warning",
    source=W_AND_B,
    basis="W&B recommends fewer than 100,000 points a metric; half of that for media, and a "
    "tenth for histograms.",
    cost="Plots of the metric are slow to load, and each call of log delays training a little.",
    mend="Log with a stride: if step % 100 == 0: run.log(…); media and histograms less often.",
    needs=("code",),
    check=_check,
)
