"""Whether code logs each sample under a media key of its own (``f"pred_img_{i}"``)."""

from __future__ import annotations

from wslayout.auditing.code.cases import in_code
from wslayout.auditing.code.spots import INDEXED_MEDIA
from wslayout.auditing.evidence import Evidence
from wslayout.auditing.rule import OLDER, Measured, Rule


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
    basis="W&B advises to log related media under one name; up to 10 are let pass, which is ours.",
    cost="Every number is a metric and a panel of its own, in the workspace for ever.",
    mend="Log a list under one key: run.log({'pred_img': [wandb.Image(one) for one in images]}); "
    "of layers, only those that somebody looks at.",
    needs=("code",),
    check=_check,
)
