"""Whether settings are logged as metrics, too."""

from __future__ import annotations

import math
from collections.abc import Sequence

from wslayout.auditing.checks import told
from wslayout.auditing.evidence import Evidence, need
from wslayout.auditing.rule import Case, Measured, Rule
from wslayout.auditing.words import count
from wslayout.inventory import Inventory, is_internal


def _check(evidence: Evidence, limit: float) -> Measured:
    keys, configs = need(evidence.keys), need(evidence.configs)
    same = {key for one in configs.value for key, is_same in one.echoes.items() if is_same}
    other = {key for one in configs.value for key, is_same in one.echoes.items() if not is_same}
    echoed = [key for key in _constant(keys.value) if key in same - other]
    cases = [Case(name=key, measured=1) for key in sorted(echoed)]

    def message(left: Sequence[Case]) -> str:
        verb = told(left, "repeats", "repeat")
        return f"{count(len(left), 'metrics')} only {verb} values of the runs' configs"

    sure = keys.certainty == configs.certainty == "exact"
    return Measured(
        cases=cases,
        certainty="exact" if sure else "sampled",
        message=message,
        at_least=math.floor(limit) + 1,
        amount=len,
    )


def _constant(inventory: Inventory) -> list[str]:
    """The keys of which no run has two different values."""
    known = inventory.rows("key", "points", "runs", "single_valued")
    return [
        key
        for key, points, runs, same in known
        if (same or (points is not None and runs is not None and points <= runs))
        and not is_internal(key)
    ]


RULE = Rule(
    id="config-as-metrics",
    title="Configs logged as metrics",
    of="keys",
    unit="metrics",
    limit=10,
    severity="warning",
    basis="Metrics that never change within a run, and are called like a value of its config and "
    "equal to it; ours, since W&B counts each as a distinct metric.",
    cost="Each is a metric and a panel that shows a point or a flat line.",
    mend="Leave them out of run.log(): W&B keeps the config and groups, filters and plots by it.",
    needs=("keys", "configs"),
    check=_check,
)
