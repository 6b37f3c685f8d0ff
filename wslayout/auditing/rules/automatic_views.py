"""Whether views in automatic mode draw a panel for each of very many metrics."""

from __future__ import annotations

from collections.abc import Sequence

from wslayout.auditing.checks import told
from wslayout.auditing.evidence import Evidence, need
from wslayout.auditing.rule import W_AND_B, Case, Measured, Rule
from wslayout.auditing.words import count


def _check(evidence: Evidence, limit: float) -> Measured:
    views, keys = need(evidence.views), need(evidence.keys)
    panels = len(keys.value.drawable)
    cases = [
        Case(name=view.name, measured=panels, url=view.url)
        for view in views.value
        if not view.manual and panels > limit
    ]

    def message(left: Sequence[Case]) -> str:
        of_them = told(left, "a view is", f"{len(left):,} views are")
        metrics = count(panels, "metrics")
        return f"{of_them} in automatic mode, which draws a panel for each of {metrics}"

    return Measured(
        cases=cases,
        certainty=views.certainty,
        message=message,
        command=evidence.apply,
    )


RULE = Rule(
    id="automatic-views",
    title="Views in automatic mode",
    of="views",
    unit="metrics",
    limit=1_000,
    severity="warning",
    source=W_AND_B,
    basis="W&B advises manual mode where an automatic workspace has panels for many keys, and "
    "gives no figure; 1,000 is ours.",
    cost="The view loads a panel for every metric, and nobody finds anything in it.",
    mend="Open a manual view with the metrics that matter; reset this one to manual mode.",
    needs=("views", "keys"),
    check=_check,
)
