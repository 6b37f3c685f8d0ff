"""Whether settings are logged as metrics, too."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from wslayout.auditing.checks import told
from wslayout.auditing.evidence import Evidence, need
from wslayout.auditing.rule import Case, Measured, Rule
from wslayout.auditing.words import count
from wslayout.inventory import Inventory, is_internal

_PREFIX = re.compile(r"(?:config|cfg|args|hparams?|hyperparam(?:eter)?s?)[/.]", re.IGNORECASE)


def _check(evidence: Evidence, limit: float) -> Measured:
    keys, configs = need(evidence.keys), need(evidence.configs)
    settings = frozenset(name for one in configs.value for name in one.names)
    echoed = [key for key in _constant(keys.value) if _setting(key) in settings]
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
    frame = inventory.frame
    once = frame["points"].notna() & frame["runs"].notna() & (frame["points"] <= frame["runs"])
    same = frame["single_valued"].fillna(value=False) | once.fillna(value=False)
    return [str(key) for key in frame["key"][same.astype(bool)] if not is_internal(str(key))]


def _setting(key: str) -> str:
    """What the config would call it: without a prefix that says so, with dots."""
    return _PREFIX.sub("", key).replace("/", ".")


RULE = Rule(
    id="config-as-metrics",
    title="Configs logged as metrics",
    of="keys",
    unit="metrics",
    limit=10,
    severity="warning",
    basis="Metrics that never change within a run and are called like a value of its config; "
    "ours, since W&B counts each as a distinct metric.",
    cost="Each is a metric and a panel that shows a point or a flat line.",
    mend="Leave them out of run.log(): W&B keeps the config and groups, filters and plots by it.",
    needs=("keys", "configs"),
    check=_check,
)
