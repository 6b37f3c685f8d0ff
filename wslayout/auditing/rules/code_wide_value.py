"""Whether code logs a value that is too large, or a whole file."""

from __future__ import annotations

from wslayout.auditing.code.cases import in_code
from wslayout.auditing.code.spots import WIDE_VALUE
from wslayout.auditing.evidence import Evidence
from wslayout.auditing.rule import W_AND_B, Measured, Rule


def _check(evidence: Evidence, limit: float) -> Measured:
    return in_code(evidence, limit, WIDE_VALUE, "bytes")


RULE = Rule(
    id=WIDE_VALUE,
    title="Code that logs large values or whole files",
    of="files",
    unit="bytes",
    limit=1_000_000,
    severity="warning",
    source=W_AND_B,
    basis="W&B recommends less than 1 MB for a value.",
    cost="One wide value makes the plots of all metrics of its run slow to load.",
    mend="Log a number or a histogram of it, and the data itself as an artifact.",
    needs=("code",),
    check=_check,
)
