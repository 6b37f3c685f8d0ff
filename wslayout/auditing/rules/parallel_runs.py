"""Whether very many runs report at once."""

from __future__ import annotations

from collections.abc import Sequence

from wslayout.auditing.evidence import Evidence, need
from wslayout.auditing.rule import OLDER, Case, Measured, Rule
from wslayout.auditing.words import count


def _check(evidence: Evidence, limit: float) -> Measured:
    activity = need(evidence.activity)
    when = activity.value.when
    # A sweep is made for many agents, and has a limit of its own.
    running = activity.value.alone

    def message(left: Sequence[Case]) -> str:
        if when is None:
            return f"{count(running, 'runs')} report at once now"
        return f"{count(running, 'runs')} reported at once at {when:%Y-%m-%d %H:%M} UTC"

    return Measured(
        cases=[Case(name=evidence.source, measured=running)] if running > limit else [],
        certainty=activity.certainty,
        message=message,
        examples=(),
    )


RULE = Rule(
    id="parallel-runs",
    title="Runs at once",
    of="project",
    unit="runs",
    limit=15,
    severity="warning",
    source=OLDER,
    basis="An older version of W&B's page: about 15 processes report without being slowed down. "
    "Runs of sweeps have a limit of their own.",
    cost="Beyond it requests are refused and repeated, and runs end late.",
    mend="Log less often, or one run for all processes of a job.",
    needs=("activity",),
    check=_check,
)
