"""Whether code logs each sample under a media key of its own (``f"pred_img_{i}"``)."""

from __future__ import annotations

from wslayout.auditing.code.cases import in_code
from wslayout.auditing.code.spots import INDEXED_MEDIA
from wslayout.auditing.evidence import Evidence
from wslayout.auditing.rule import OLDER, Measured, Rule
from wslayout.auditing.rules.indexed_media import RULE as INDEXED


def _check(evidence: Evidence, limit: float) -> Measured:
    return in_code(evidence, limit, INDEXED_MEDIA, "keys")


RULE = Rule(
    id=INDEXED_MEDIA,
    title="Code that logs media under a key for each sample",
    of="files",
    unit="keys",
    limit=10,
    severity="warning",
    source=OLDER,
    basis=INDEXED.basis,
    cost=INDEXED.cost,
    mend=INDEXED.mend,
    needs=("code",),
    check=_check,
)
