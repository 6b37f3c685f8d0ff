"""Whether each sample has a media key of its own (``pred_img_0``, ``pred_img_1``, …)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from wslayout.auditing.checks import MEDIA, told
from wslayout.auditing.evidence import Evidence, Missing, need
from wslayout.auditing.numbered import HOLE, one_key
from wslayout.auditing.rule import OLDER, Case, Measured, Rule
from wslayout.auditing.words import count

_NUMBER = re.compile(r"\d+")


def _check(evidence: Evidence, limit: float) -> Measured:
    known = need(evidence.keys)
    rows = list(known.value.rows("key", "kind", "points"))
    # A plain list of keys is taken for one of numbers, and tells no points either.
    if all(kind in ("number", "unknown") and points is None for _, kind, points in rows):
        raise Missing("the kinds of the metric keys are not known")
    families: dict[str, list[str]] = defaultdict(list)
    for key, kind, _ in rows:
        if kind in MEDIA and (pattern := _NUMBER.sub(HOLE, key)) != key:
            families[pattern].append(key)
    cases = [
        Case(
            name=in_order[0],
            measured=len(keys),
            said=f"{count(len(keys), 'keys')} up to {in_order[-1]}; "
            f"log a list as {one_key(pattern)}",
        )
        for pattern, keys in families.items()
        if len(keys) > limit
        for in_order in [sorted(keys, key=_numbers)]
    ]

    def message(left: Sequence[Case]) -> str:
        total = sum(int(case.measured) for case in left)
        families = told(left, "family", "families")
        return f"{count(total, 'media keys')} of {len(left):,} {families} differ in a number only"

    return Measured(cases=cases, certainty=known.certainty, message=message)


def _numbers(key: str) -> list[int]:
    return [int(number) for number in _NUMBER.findall(key)]


RULE = Rule(
    id="indexed-media",
    title="Media keys with a number",
    of="keys",
    unit="keys",
    limit=10,
    severity="warning",
    source=OLDER,
    basis="W&B advises to log related media under one name; up to 10 are let pass, which is ours.",
    cost="Every number is a metric and a panel of its own, in the workspace for ever.",
    mend="Log a list under one key: run.log({'pred_img': [wandb.Image(one) for one in images]}); "
    "of layers, only those that somebody looks at.",
    needs=("keys",),
    check=_check,
)
