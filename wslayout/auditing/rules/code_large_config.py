"""Whether code puts data into the config of a run."""

from __future__ import annotations

from wslayout.auditing.code.cases import in_code
from wslayout.auditing.code.spots import LARGE_CONFIG
from wslayout.auditing.evidence import Evidence
from wslayout.auditing.rule import W_AND_B, Measured, Rule
from wslayout.auditing.rules.config_size import RULE as SIZE


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
    basis=SIZE.basis,
    cost=SIZE.cost,
    mend=SIZE.mend,
    needs=("code",),
    check=_check,
)
