"""How many sections a view has."""

from __future__ import annotations

from collections.abc import Sequence

from wslayout.auditing.evidence import Evidence
from wslayout.auditing.rule import W_AND_B, Case, Measured, Rule
from wslayout.auditing.views import shown
from wslayout.auditing.words import count


def _check(evidence: Evidence, limit: float) -> Measured:
    views, certainty = shown(evidence)
    cases = [
        Case(
            name=view.name,
            measured=len(view.sizes),
            said=count(len(view.sizes), "sections"),
            url=view.url,
        )
        for view in views
        if len(view.sizes) > limit
    ]

    def message(left: Sequence[Case]) -> str:
        verb = "has" if len(left) == 1 else "have"
        return f"{count(len(left), 'views')} {verb} more than {count(limit, 'sections')}"

    return Measured(
        cases=cases,
        certainty=certainty,
        message=message,
        command=evidence.apply,
    )


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
