"""Whether thousands of metrics belong to one or two runs only."""

from __future__ import annotations

from wslayout.auditing.evidence import Evidence, need
from wslayout.auditing.findings import Example
from wslayout.auditing.rule import W_AND_B, Case, Measured, Rule
from wslayout.auditing.words import count, names

SMALL = 10
"""Runs up to which nearly every metric is that of a few."""


MUCH = 0.5
"""The share of the metrics from which on a few runs are the cause."""

_OF_ALL = (
    "Many runs have metrics of their own, so leave what is of one run (its id, its model's layers) "
    "out of the metrics' names; or keep runs with different models in projects of their own."
)


def _check(evidence: Evidence, limit: float) -> Measured:
    known = need(evidence.rare)
    rare = known.value
    found = rare.keys > limit and rare.runs > SMALL
    spread = 0 < rare.owned < MUCH
    about = "about " if known.certainty == "estimated" else ""
    return Measured(
        cases=[Case(name=evidence.source, measured=rare.keys)] if found else [],
        certainty=known.certainty,
        message=lambda cases: (
            f"{about}{rare.keys:,} of {count(rare.of, 'metrics')} are those of one or two of "
            f"{count(rare.runs, 'runs')}, such as {names(list(rare.names))}"
        ),
        action=_OF_ALL if spread else "",
        examples=[
            Example(name=one.run.label, measured=one.said, url=one.run.url) for one in rare.owners
        ],
    )


RULE = Rule(
    id="rare-metrics",
    title="Metrics of one or two runs",
    of="project",
    unit="metrics",
    limit=1_000,
    severity="warning",
    source=W_AND_B,
    basis="W&B says to look for thousands of plots that show one or two runs: most often "
    f"somebody logged them by accident. Projects up to {SMALL} runs are let pass.",
    cost="They slow the workspace down for all other runs of the project.",
    mend="Look at these runs; if it was an accident, move them to another project or delete them "
    "in W&B, and log them again without. wslayout never deletes runs.",
    needs=("rare",),
    check=_check,
)
