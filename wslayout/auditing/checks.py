"""What several rules do alike: find what is beyond a limit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, NamedTuple

from wslayout.auditing.evidence import Count, History, Known, Missing, Most
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
    """What a run does that is beyond a limit, for which ``{}`` stands; and what several do."""

    one: str
    several: str


HAVE: Final = Does("has more than {}", "have more than {}")
LOG: Final = Does("logs more than {}", "log more than {}")


def beyond(counts: Known[Sequence[Count]], limit: float, unit: str, does: Does) -> Measured:
    """The runs that have more than the limit of something.

    Args:
        counts: How many each run has.
        limit: The most that is well.
        unit: What is counted, as a plural.
        does: What a run does that is beyond.
    """
    cases = [
        Case(
            name=found.run.label,
            measured=found.amount,
            said=f"{count(found.amount, unit)} {found.said}".strip(),
            url=found.run.url,
        )
        for found in counts.value
        if found.amount > limit
    ]

    def message(left: Sequence[Case]) -> str:
        said = (does.one if len(left) == 1 else does.several).format(count(limit, unit))
        return f"{count(len(left), 'runs')} {said}"

    return Measured(cases=cases, certainty=counts.certainty, message=message)


def beyond_of_keys(
    found: Known[Mapping[str, Most]],
    limit: float,
    unit: str,
    noun: str,
    kinds: Collection[str] | None = None,
) -> Measured:
    """The metric keys that have more than the limit of something in some run.

    Args:
        found: The most of each key.
        limit: The most that is well.
        unit: What is counted, as a plural.
        noun: What has too much, as a plural: "metrics".
        kinds: Kinds of keys that count; by default all.
    """
    cases = [
        Case(
            name=key,
            measured=most.amount,
            said=f"{count(most.amount, unit)} in {most.run.label}",
            url=most.run.url,
        )
        for key, most in found.value.items()
        if most.amount > limit and (kinds is None or most.kind in kinds)
    ]

    def message(left: Sequence[Case]) -> str:
        verb = "has" if len(left) == 1 else "have"
        return f"{count(len(left), noun)} {verb} more than {count(limit, unit)} in a run"

    return Measured(cases=cases, certainty=found.certainty, message=message)


def too_deep(found: Known[Mapping[str, Most]], limit: float, noun: str) -> Measured:
    """The names that are nested too deeply.

    Args:
        found: For each name how many dots nesting gives it.
        limit: The most dots.
        noun: What they are names of, as a plural.
    """
    cases = [
        Case(name=name, measured=most.amount, said=f"in {most.run.label}", url=most.run.url)
        for name, most in found.value.items()
        if most.amount > limit
    ]

    def message(left: Sequence[Case]) -> str:
        verb = "is" if len(left) == 1 else "are"
        return f"{count(len(left), noun)} {verb} nested deeper than {count(limit, 'dots')}"

    return Measured(cases=cases, certainty=found.certainty, message=message)


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
    *,
    most: Callable[[History], int | None],
    total: Callable[[History], int | None],
    unit: str,
) -> Known[Sequence[Count]]:
    """The most of something that each run logs in a minute; of some only the mean is known.

    Args:
        histories: The runs.
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
        if whole is None or one.seconds is None:
            return None
        return round(60 * whole / max(one.seconds, 60.0))

    found = counted(histories, amount, f"how many {unit} runs log in a minute")
    peaks = all(most(one) is not None for one in histories.value)
    return found if peaks else Known(found.value, "estimated")
