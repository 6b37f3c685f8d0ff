"""Whether an automatic view groups by the last prefix where the first makes fewer sections."""

from __future__ import annotations

from collections.abc import Sequence

from wslayout.auditing.checks import told
from wslayout.auditing.evidence import Evidence, need
from wslayout.auditing.rule import W_AND_B, Case, Measured, Rule
from wslayout.auditing.words import count
from wslayout.grouping.automatic import automatic_sections


def _check(evidence: Evidence, limit: float) -> Measured:
    views, keys = need(evidence.views), need(evidence.keys)
    kinds = keys.value.drawable
    by_last = len(automatic_sections(kinds, "last"))
    by_first = len(automatic_sections(kinds, "first"))
    cases = [
        Case(name=view.name, measured=by_last, url=view.url)
        for view in views.value
        if view.by_last_prefix and not view.manual and by_last > limit and by_last > by_first
    ]

    def message(left: Sequence[Case]) -> str:
        of_them = told(left, "a view groups", f"{len(left):,} views group")
        return (
            f"{of_them} by the last prefix: {count(by_last, 'sections')} instead of "
            f"{by_first:,} by the first"
        )

    return Measured(cases=cases, certainty=views.certainty, message=message)


RULE = Rule(
    id="last-prefix",
    title="Grouping by the last prefix",
    of="views",
    unit="sections",
    limit=50,
    severity="warning",
    source=W_AND_B,
    basis="W&B advises the first prefix where there are too many sections; 50 is ours.",
    cost="Many more sections, and what belongs together stands apart.",
    mend="In the workspace's settings, group by the first prefix.",
    needs=("views", "keys"),
    check=_check,
)
