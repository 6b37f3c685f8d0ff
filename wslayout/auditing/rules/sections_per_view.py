"""How many sections a view has."""

from __future__ import annotations

from wslayout.auditing.checks import beyond
from wslayout.auditing.evidence import Evidence
from wslayout.auditing.rule import W_AND_B, Case, Measured, Rule
from wslayout.auditing.views import shown
from wslayout.auditing.words import count


def _check(evidence: Evidence, limit: float) -> Measured:
    views, certainty = shown(evidence)
    cases = (
        Case(name=view.name, measured=number, said=count(number, "sections"), url=view.url)
        for view in views
        for number in [len(view.sizes)]
    )
    return beyond(cases, limit, certainty, noun="views", unit="sections", command=evidence.apply)


RULE = Rule(
    id="sections-per-view",
    title="Sections of a view",
    of="views",
    unit="sections",
    limit=100,
    severity="warning",
    source=W_AND_B,
    basis="W&B says that hundreds of sections slow a workspace down. Where the project has no "
    "manual view, the automatic workspace counts, which everybody opens with.",
    cost="The workspace becomes much slower, and its list of sections too long to read.",
    mend="Group by the first prefix, and into few sections.",
    needs=("views", "keys"),
    check=_check,
)
