"""Whether many values of configs are nested deeper than W&B tells apart."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from wslayout.auditing.checks import too_deep
from wslayout.auditing.evidence import Evidence, Known, Most, most_of, need
from wslayout.auditing.rule import W_AND_B, Measured, Rule

DOTS: Final = 3
"""How many dots W&B supports in the name of a config's value."""


def _check(evidence: Evidence, limit: float) -> Measured:
    configs = need(evidence.configs)
    deepest = most_of(
        (name, Most(amount=depth, kind="config", run=one.run))
        for one in configs.value
        for name, depth in one.names.items()
    )
    found = too_deep(Known(deepest, configs.certainty), DOTS, "config values")
    return replace(found, at_least=math.floor(limit) + 1, amount=len)


RULE = Rule(
    id="nested-config",
    title=f"Config values nested deeper than {DOTS} dots",
    of="keys",
    unit="values",
    limit=10,
    severity="warning",
    source=W_AND_B,
    basis=f"W&B supports {DOTS} dots in the names that nested config values get; up to 10 deeper "
    "ones are let pass, which is ours: many configs have a few that nobody filters by.",
    cost="What is nested deeper can't be a column, a filter or a group of the runs.",
    mend="Flatten what you filter and group by.",
    needs=("configs",),
    check=_check,
)
