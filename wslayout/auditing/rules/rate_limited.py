"""Whether requests were refused since there were too many."""

from __future__ import annotations

from wslayout.auditing.evidence import Evidence, need
from wslayout.auditing.rule import W_AND_B, Case, Measured, Rule
from wslayout.auditing.words import count


def _check(evidence: Evidence, limit: float) -> Measured:
    answers = need(evidence.answers)
    refused = answers.value
    said = f" ({refused.said})" if refused.said else ""
    return Measured(
        cases=[Case(name=evidence.source, measured=refused.count)] if refused.count > limit else [],
        certainty=answers.certainty,
        message=lambda cases: (
            f"{refused.where} got {count(refused.count, 'answers')} “rate limit exceeded” "
            f"(HTTP 429){said}"
        ),
        examples=(),
    )


RULE = Rule(
    id="rate-limited",
    title="Refused requests",
    of="project",
    unit="answers",
    limit=0,
    severity="warning",
    source=W_AND_B,
    basis="W&B answers HTTP 429 beyond its rate limits, with RateLimit-* headers.",
    cost="Runs end late, since the rest of what they logged waits for the limit to reset.",
    mend="Log less often, or in fewer processes at once; update wandb, which retries better.",
    needs=("answers",),
    check=_check,
)
