"""What the rules on code make of the places that were found."""

from __future__ import annotations

import math
from collections.abc import Sequence

from wslayout.auditing.code.reading import SharedSpot
from wslayout.auditing.evidence import CodeSpot, Evidence, need
from wslayout.auditing.rule import Case, Measured
from wslayout.auditing.words import count


def in_code(evidence: Evidence, limit: float, rule: str, unit: str) -> Measured:
    """The places in code that are beyond the limit of a rule.

    Args:
        evidence: What is known.
        limit: The most that is well.
        rule: The id of the rule.
        unit: What the limit counts, as a plural.

    Raises:
        Missing: No code was read.
    """
    known = need(evidence.code)
    beyond = [one for one in known.value if one.rule == rule and one.amount > limit * _share(one)]
    said = {one.place: one.said for one in beyond}
    cases = [
        Case(
            name=one.said.partition("; ")[0],
            measured=one.amount,
            said=count(one.amount, unit) if math.isfinite(one.amount) else "",
            place=one.place,
            certainty="estimated" if math.isinf(one.amount) else "exact",
        )
        for one in beyond
    ]

    def message(left: Sequence[Case]) -> str:
        first = left[0]
        return said[first.place] if first.place is not None else first.name

    return Measured(cases=cases, certainty=known.certainty, message=message)


def _share(spot: CodeSpot) -> float:
    return spot.share if isinstance(spot, SharedSpot) else 1.0
