"""Whether panels of saved views show nothing."""

from __future__ import annotations

from collections.abc import Sequence

from wslayout.auditing.checks import told
from wslayout.auditing.evidence import DrawnPanel, Evidence, Missing, need
from wslayout.auditing.rule import Case, Measured, Rule
from wslayout.auditing.words import count, names
from wslayout.inventory import is_internal
from wslayout.patterns import REGEX, find

_SYSTEM = [
    f"system{mark}{name}"
    for mark in "./"
    for name in (
        "cpu",
        "cpu.0.cpu_percent",
        "disk./.usagePercent",
        "disk.in",
        "gpu.0.gpu",
        "gpu.0.memoryAllocated",
        "gpu.0.powerWatts",
        "gpu.0.temp",
        "gpu.process.0.temp",
        "memory_percent",
        "network.sent",
        "proc.cpu.threads",
        "proc.memory.rssMB",
        "tpu.0.memoryUsage",
    )
]
"""System metrics, which W&B logs for every run and no inventory names."""


def _check(evidence: Evidence, limit: float) -> Measured:
    views, known = need(evidence.views), need(evidence.keys)
    if known.certainty != "exact":
        raise Missing("only some of the runs were read, and others may have what a panel draws")
    keys = frozenset(known.value.keys)
    listed = sorted(keys)
    cases = []
    for view in views.value:
        empty = [panel.title for panel in view.panels if _is_empty(panel, keys, listed)]
        if len(empty) > limit:
            said = f"{count(len(empty), 'panels')}: {names(empty)}"
            cases.append(Case(name=view.name, measured=len(empty), said=said, url=view.url))

    def message(left: Sequence[Case]) -> str:
        of_them = told(left, "a view has", f"{len(left):,} views have")
        return f"{of_them} panels of metrics that no run has"

    return Measured(cases=cases, certainty=views.certainty, message=message)


def _is_empty(panel: DrawnPanel, keys: frozenset[str], listed: Sequence[str]) -> bool:
    if panel.pattern:
        try:
            return not find(REGEX + panel.pattern, [*listed, *_SYSTEM])
        except ValueError:  # W&B may read what we can't
            return False
    return bool(panel.keys) and not any(key in keys or is_internal(key) for key in panel.keys)


RULE = Rule(
    id="empty-panels",
    title="Panels that show nothing",
    of="views",
    unit="panels",
    limit=0,
    severity="warning",
    basis="A line plot or a media panel none of whose metrics any run logs; ours, W&B names no "
    "such limit. What other panels draw may stand in the summaries alone, and is not judged.",
    cost="People look at empty panels, and wonder what is broken.",
    mend="Take them out; if wslayout made the view, run `wslayout regenerate`, or `wslayout apply` "
    "with the options that it was made with.",
    needs=("views", "keys"),
    check=_check,
)
