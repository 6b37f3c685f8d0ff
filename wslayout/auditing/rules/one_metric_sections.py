"""Whether a view has one section for each metric."""

from __future__ import annotations

from collections.abc import Sequence

from wslayout.auditing.checks import told
from wslayout.auditing.evidence import Evidence
from wslayout.auditing.rule import W_AND_B, Case, Measured, Rule
from wslayout.auditing.views import shown
from wslayout.auditing.words import count

MUCH = 0.5
"""The share of a view's sections from which on it is a habit, not an exception."""


def _check(evidence: Evidence, limit: float) -> Measured:
    views, certainty = shown(evidence)
    cases = [
        Case(
            name=view.name,
            measured=single,
            said=f"{single:,} of {count(len(view.sizes), 'sections')}",
            url=view.url,
        )
        for view in views
        if (single := sum(size == 1 for size in view.sizes)) > limit
        and single >= MUCH * len(view.sizes)
    ]

    def message(left: Sequence[Case]) -> str:
        of_them = told(left, "a view has", f"{len(left):,} views have")
        return f"{of_them} mostly sections of a single metric"

    return Measured(
        cases=cases,
        certainty=certainty,
        message=message,
        command=evidence.apply,
    )


RULE = Rule(
    id="one-metric-sections",
    title="Sections with one metric",
    of="views",
    unit="sections",
    limit=25,
    severity="warning",
    source=W_AND_B,
    basis="W&B calls one section a metric an anti-pattern. It counts from more than 25 such "
    "sections that are half of all; both figures are ours.",
    cost="Many headers to read and to fold, and a slower workspace.",
    mend="Group metrics of one meaning into one section.",
    needs=("views", "keys"),
    check=_check,
)
