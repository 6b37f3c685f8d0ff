"""How many panels a saved view has."""

from __future__ import annotations

from wslayout.auditing.checks import beyond
from wslayout.auditing.evidence import Evidence, need
from wslayout.auditing.rule import W_AND_B, Case, Measured, Rule
from wslayout.auditing.words import count


def _check(evidence: Evidence, limit: float) -> Measured:
    views = need(evidence.views)
    cases = (
        Case(name=view.name, measured=panels, said=count(panels, "panels"), url=view.url)
        for view in views.value
        if view.manual
        for panels in [sum(section.panels for section in view.sections)]
    )
    return beyond(
        cases, limit, views.certainty, noun="views", unit="panels", command=evidence.apply
    )


RULE = Rule(
    id="panels-per-view",
    title="Panels of a saved view",
    of="views",
    unit="panels",
    limit=500,
    severity="warning",
    source=W_AND_B,
    basis="W&B says that many panels are slow, and gives no figure; 500 is ours. Of 45 layouts "
    "that people made by hand the largest has fewer than 100.",
    cost="The view loads slowly, and nobody finds anything in it.",
    mend="Start again with the panels that matter: W&B says that taking away single ones hardly "
    "helps.",
    needs=("views",),
    check=_check,
)
