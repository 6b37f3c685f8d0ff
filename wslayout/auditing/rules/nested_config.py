"""Whether values of configs are nested deeper than W&B tells apart."""

from __future__ import annotations

from wslayout.auditing.checks import too_deep
from wslayout.auditing.evidence import Evidence, Known, Most, most_of, need
from wslayout.auditing.rule import W_AND_B, Measured, Rule


def _check(evidence: Evidence, limit: float) -> Measured:
    configs = need(evidence.configs)
    deepest = most_of(
        (name, Most(amount=depth, kind="config", run=one.run))
        for one in configs.value
        for name, depth in one.names.items()
    )
    return too_deep(Known(deepest, configs.certainty), limit, "config values")


RULE = Rule(
    id="nested-config",
    title="Nesting of configs",
    of="keys",
    unit="dots",
    limit=3,
    severity="warning",
    source=W_AND_B,
    basis="W&B supports 3 dots in the names that nested config values get.",
    cost="What is nested deeper can't be a column, a filter or a group of the runs.",
    mend="Flatten what you filter and group by.",
    needs=("configs",),
    check=_check,
)
