"""How large one logged value is."""

from __future__ import annotations

from wslayout.auditing.checks import Does, keys_beyond
from wslayout.auditing.evidence import Evidence, need
from wslayout.auditing.rule import W_AND_B, Measured, Rule

_DOES = Does("has a value of more than {}", "have values of more than {}")


def _check(evidence: Evidence, limit: float) -> Measured:
    return keys_beyond(need(evidence.values), limit, "bytes", "metrics", does=_DOES)


RULE = Rule(
    id="value-size",
    title="Size of a logged value",
    of="keys",
    unit="bytes",
    limit=1_000_000,
    severity="warning",
    source=W_AND_B,
    basis="W&B limits a single value to 1 MB; media don't count.",
    cost="One such value slows the plots of all metrics of its run.",
    mend="Log a summary of it (mean, percentiles, a histogram), or the whole as an artifact.",
    needs=("values",),
    check=_check,
)
