"""Whether code puts data into the config of a run."""

from __future__ import annotations

from wslayout.auditing.code.cases import in_code
from wslayout.auditing.code.spots import LARGE_CONFIG
from wslayout.auditing.evidence import Evidence
from wslayout.auditing.rule import W_AND_B, Measured, Rule


def _check(evidence: Evidence, limit: float) -> Measured:
    return in_code(evidence, limit, LARGE_CONFIG, "bytes")


RULE = Rule(
    id=LARGE_CONFIG,
    title="Code that puts data into the config",
    of="files",
    unit="bytes",
    limit=10_000_000,
    severity="warning",
    source=W_AND_B,
    basis="W&B recommends less than 10 MB.",
    cost="Workspaces and the table of runs become slow, since they read all configs.",
    mend="Keep the settings there, and put data, lists of files and vocabularies in an artifact.",
    needs=("code",),
    check=_check,
)
