"""What several rules do alike: find what is beyond a limit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from wslayout.auditing.evidence import Command, Count, History, Known, Missing, Most
from wslayout.auditing.findings import Certainty
from wslayout.auditing.rule import Case, Measured
from wslayout.auditing.words import count
from wslayout.inventory import MEDIA_KINDS

HISTOGRAMS: Final = frozenset({"histogram"})
"""Kinds of metrics that W&B counts as histograms."""

MEDIA: Final = (MEDIA_KINDS | {"table"}) - HISTOGRAMS
"""Those that it counts as media."""

SCALARS: Final = frozenset({"number", "bool"})
"""Those that it counts as scalars."""


class Does(NamedTuple):
    """What one thing does that is beyond a limit, for which ``{}`` stands; and what several do."""

    one: str
    several: str


HAVE: Final = Does("has more than {}", "have more than {}")
IN_A_RUN: Final = Does("has more than {} in a run", "have more than {} in a run")
LOG: Final = Does("logs more than {}", "log more than {}")


def beyond(
    cases: Iterable[Case],
    limit: float,
    certainty: Certainty,
    *,
    noun: str,
    unit: str,
    does: Does = HAVE,
    command: Command | None = None,
) -> Measured:
    """What is beyond a limit.

    Args:
        cases: What was measured.
        limit: The most that is well.
        certainty: How sure that is.
        noun: What the cases are, as a plural.
        unit: What the limit counts, as a plural.
        does: What they do that is beyond.
        command: What wslayout can do about it.
    """

    def message(left: Sequence[Case]) -> str:
        said = told(left, does.one, does.several).format(count(limit, unit))
        return f"{count(len(left), noun)} {said}"

    found = [case for case in cases if case.measured > limit]
    return Measured(cases=found, certainty=certainty, message=message, command=command)


def told(left: Sequence[Case], one: str, several: str) -> str:
    """Words for one case, or for several."""
    return one if len(left) == 1 else several


def runs_beyond(counts: Known[Sequence[Count]], limit: float, unit: str, does: Does) -> Measured:
    """The runs that have more than the limit of something.

    Args:
        counts: How many each run has.
        limit: The most that is well.
        unit: What is counted, as a plural.
        does: What a run does that is beyond.
    """
    cases = (
        Case(
            name=found.run.label,
            measured=found.amount,
            said=f"{count(found.amount, unit)} {found.said}".strip(),
            url=found.run.url,
        )
        for found in counts.value
    )
    return beyond(cases, limit, counts.certainty, noun="runs", unit=unit, does=does)


def keys_beyond(
    found: Known[Mapping[str, Most]],
    limit: float,
    unit: str,
    noun: str,
    kinds: Collection[str] | None = None,
    does: Does = IN_A_RUN,
) -> Measured:
    """The metric keys that have more than the limit of something in some run.

    Args:
        found: The most of each key.
        limit: The most that is well.
        unit: What is counted, as a plural.
        noun: What has too much, as a plural: "metrics".
        kinds: Kinds of keys that count; by default all.
        does: What a key does that is beyond.
    """
    cases = (
        Case(
            name=key,
            measured=most.amount,
            said=f"{count(most.amount, unit)} in {most.run.label}",
            url=most.run.url,
        )
        for key, most in found.value.items()
        if kinds is None or most.kind in kinds
    )
    return beyond(cases, limit, found.certainty, noun=noun, unit=unit, does=does)


def too_deep(found: Known[Mapping[str, Most]], limit: float, noun: str) -> Measured:
    """The names that are nested too deeply.

    Args:
        found: For each name how many dots nesting gives it.
        limit: The most dots.
        noun: What they are names of, as a plural.
    """
    cases = (
        Case(name=name, measured=most.amount, said=f"in {most.run.label}", url=most.run.url)
        for name, most in found.value.items()
    )
    does = Does("is nested deeper than {}", "are nested deeper than {}")
    return beyond(cases, limit, found.certainty, noun=noun, unit="dots", does=does)


def counted(
    histories: Known[Sequence[History]], amount: Callable[[History], int | None], what: str
) -> Known[Sequence[Count]]:
    """What is counted of each run that tells it.

    Args:
        histories: The runs.
        amount: Gives the count of one; None where it is not known.
        what: What is counted, as a clause: "how many steps runs have".

    Raises:
        Missing: No run tells it.
    """
    found = [
        Count(run=one.run, amount=number)
        for one in histories.value
        if (number := amount(one)) is not None
    ]
    if not found and histories.value:
        raise Missing(f"{what} is not known")
    return Known(found, histories.certainty)


def a_minute(
    histories: Known[Sequence[History]],
    limit: float,
    *,
    most: Callable[[History], int | None],
    total: Callable[[History], int | None],
    unit: str,
) -> Known[Sequence[Count]]:
    """The most of something that each run logs in a minute; of some only the mean is known.

    Args:
        histories: The runs.
        limit: The most that is well: runs that have no more in all are known to be.
        most: The most within 60 seconds; None where it is not known.
        total: How many in all, likewise.
        unit: What is counted, as a plural.

    Raises:
        Missing: No run tells either.
    """

    def amount(one: History) -> int | None:
        if (peak := most(one)) is not None:
            return peak
        whole = total(one)
        if whole is None or whole <= limit:
            return whole
        if one.seconds is None:
            return None
        return round(60 * whole / max(one.seconds, 60.0))

    found = counted(histories, amount, f"how many {unit} runs log in a minute")
    peaks = all(most(one) is not None for one in histories.value)
    return found if peaks else Known(found.value, "estimated")
