"""How large a run's config is."""

from __future__ import annotations

from wslayout.amounts import size
from wslayout.auditing.checks import Does, runs_beyond
from wslayout.auditing.evidence import Count, Evidence, Known, need
from wslayout.auditing.rule import W_AND_B, Measured, Rule


def _check(evidence: Evidence, limit: float) -> Measured:
    configs = need(evidence.configs)
    counts = [
        Count(
            run=one.run,
            amount=one.bytes,
            said=f"(most in {one.largest[0]!r}: {size(one.largest[1])})" if one.largest[0] else "",
        )
        for one in configs.value
    ]
    return runs_beyond(
        Known(counts, configs.certainty),
        limit,
        "bytes",
        Does("has a config of more than {}", "have a config of more than {}"),
    )


RULE = Rule(
    id="config-size",
    title="Size of a run's config",
    of="runs",
    unit="bytes",
    limit=10_000_000,
    severity="warning",
    source=W_AND_B,
    basis="W&B recommends less than 10 MB.",
    cost="Workspaces and the table of runs become slow, since they read all configs.",
    mend="Keep the settings there, and put data, lists of files and vocabularies in an artifact.",
    needs=("configs",),
    check=_check,
)
