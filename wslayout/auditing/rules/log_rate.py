"""Whether a run logs more than once a second."""

from __future__ import annotations

from wslayout.auditing.checks import LOG, counted, runs_beyond
from wslayout.auditing.evidence import Evidence, History, need
from wslayout.auditing.rule import OLDER, Measured, Rule

LONG = 600.0
"""Seconds: of shorter runs the rate costs nobody anything."""


def _check(evidence: Evidence, limit: float) -> Measured:
    def a_minute(one: History) -> int | None:
        if one.rows is None or one.rows <= limit * LONG / 60:
            return one.rows and 0
        if one.seconds is None:
            return None
        return round(60 * one.rows / one.seconds) if one.seconds >= LONG else 0

    rates = counted(need(evidence.histories), a_minute, "how often runs log")
    return runs_beyond(rates, limit, "rows a minute", LOG)


RULE = Rule(
    id="log-rate",
    title="Logging more than once a second",
    of="runs",
    unit="rows a minute",
    limit=60,
    severity="warning",
    source=OLDER,
    basis="W&B names run.log() more than once a second as a common reason of slow scripts. "
    f"Measured is the mean over runs of {LONG / 60:.0f} minutes and more.",
    cost="Each call takes a little of the training loop's time.",
    mend="Log every n-th step; gather what belongs together in one run.log().",
    needs=("histories",),
    check=_check,
)
