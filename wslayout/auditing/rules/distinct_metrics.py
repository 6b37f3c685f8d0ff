"""How many distinct metrics the project has."""

from __future__ import annotations

from collections import Counter

from wslayout.auditing.evidence import Evidence, need
from wslayout.auditing.findings import EXAMPLES, Example
from wslayout.auditing.rule import W_AND_B, Case, Measured, Rule
from wslayout.auditing.words import count
from wslayout.inventory import is_internal

MOST = 100_000
"""What W&B's newest page names as the most of a project; 10,000 is what it recommended before."""


def _check(evidence: Evidence, limit: float) -> Measured:
    known = need(evidence.keys)
    keys = [key for key in known.value.keys if not is_internal(key)]
    at_least = "at least " if known.certainty == "sampled" else ""
    prefixes = Counter(key.partition("/")[0] for key in keys if "/" in key)
    return Measured(
        cases=[Case(name=evidence.source, measured=len(keys))] if len(keys) > limit else [],
        certainty=known.certainty,
        message=lambda cases: (
            f"{at_least}{count(len(keys), 'distinct metrics')}, recommended are {limit:,.0f}"
        ),
        examples=[
            Example(name=f"{prefix}/", measured=count(number, "metrics"))
            for prefix, number in prefixes.most_common(EXAMPLES)
        ],
        severity=lambda cases: "error" if len(keys) > MOST else None,
        command=evidence.apply,
    )


RULE = Rule(
    id="distinct-metrics",
    title="Distinct metrics of a project",
    of="project",
    unit="metrics",
    limit=10_000,
    severity="warning",
    source=W_AND_B,
    basis=f"W&B recommends fewer than 10,000, and names {MOST:,} as the most (an error here).",
    cost="Workspaces and the table of runs become slow for everybody in the project.",
    mend="Log fewer names: no step, sample, layer or worker in a metric's name. Until then open "
    "a manual workspace with the metrics that matter.",
    needs=("keys",),
    check=_check,
)
