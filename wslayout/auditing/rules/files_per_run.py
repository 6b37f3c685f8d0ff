"""How many files a run has."""

from __future__ import annotations

from wslayout.auditing.checks import HAVE, runs_beyond
from wslayout.auditing.evidence import Evidence, need
from wslayout.auditing.rule import W_AND_B, Measured, Rule


def _check(evidence: Evidence, limit: float) -> Measured:
    return runs_beyond(need(evidence.files), limit, "files", HAVE)


RULE = Rule(
    id="files-per-run",
    title="Files of a run",
    of="runs",
    unit="files",
    limit=1_000,
    severity="warning",
    source=W_AND_B,
    basis="W&B recommends fewer than 1,000; each logged image is one.",
    cost="The run's page becomes slow.",
    mend="Log fewer media, several images as one table, or files as an artifact.",
    needs=("files",),
    check=_check,
)
