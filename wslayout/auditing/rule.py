"""What a rule of the audit is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from wslayout.auditing.evidence import Command, Evidence, Part
from wslayout.auditing.findings import Certainty, Example, Place, Profile, Severity

W_AND_B: Final = "https://docs.wandb.ai/models/track/limits"
"""W&B's page on limits, in the version of 2026."""

OLDER: Final = "https://docs.wandb.ai/guides/track/limits"
"""The same in the version of 2025 and before, where the newest says nothing."""


CaseOf: TypeAlias = Literal["project", "runs", "keys", "views", "reports", "sweeps", "files"]
"""What the cases of a rule are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One thing beyond a rule's limit.

    Attributes:
        name: The run, key, view or file, which exclusions match.
        measured: What was measured, in the unit of the limit.
        said: The same in words; "" where the name says it all.
        url: Where it can be looked at.
        place: Where in the code it is.
        certainty: How sure this case is, where that is not as sure as all.
    """

    name: str
    measured: float
    said: str = ""
    url: str = ""
    place: Place | None = None
    certainty: Certainty | None = None

    @property
    def example(self) -> Example:
        """The case as a finding names it."""
        return Example(name=self.name, measured=self.said, url=self.url)


def worst(cases: Sequence[Case]) -> float:
    """The most that was measured of a case, of at least one."""
    return max(case.measured for case in cases)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a rule measured.

    Attributes:
        cases: What is beyond the limit, in any order; nothing: all is well.
        certainty: How sure that is.
        message: What was measured, of the cases that no exclusion takes out.
        at_least: With fewer cases left than these there is no finding.
        amount: What a finding says was measured, of the cases that are left.
        command: What wslayout can do about it.
        action: What to do, where it depends on what was measured; "": as the rule says.
        severity: Of the cases that are left, where it depends on them.
        examples: What to name instead of the worst cases.
    """

    cases: Sequence[Case] = ()
    certainty: Certainty = "exact"
    message: Callable[[Sequence[Case]], str] = lambda cases: ""
    at_least: int = 1
    amount: Callable[[Sequence[Case]], float] = worst
    command: Command | None = None
    action: str = ""
    severity: Callable[[Sequence[Case]], Severity | None] = lambda cases: None
    examples: Sequence[Example] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that W&B advises, and how to see whether a project keeps to it.

    Attributes:
        id: What options and files call it.
        title: What it is about.
        of: What its cases are, which exclusions match by pattern; "project": it has but one.
        unit: What the limit counts, as a plural.
        limit: The most that is well, by default.
        limits: Where a profile has another.
        severity: How bad it is beyond.
        source: The page that says so; "" for limits of our own, which ``basis`` explains.
        basis: Where the figure comes from.
        cost: What it costs to ignore it.
        mend: What to do about it.
        needs: What of the evidence it looks at.
        check: Measures, of the evidence and the limit; `Missing` where that can't be done.
        eased: The limit of a project that took W&B's advice, where it has another; None: it has
            not. A limit that somebody gives goes before it.
    """

    id: str
    title: str
    of: CaseOf
    unit: str
    limit: float
    severity: Severity
    basis: str
    cost: str
    mend: str
    needs: tuple[Part, ...]
    check: Callable[[Evidence, float], Measured]
    source: str = ""
    limits: Mapping[Profile, float] | None = None
    eased: Callable[[Evidence], float | None] = lambda evidence: None

    def limit_of(self, profile: Profile) -> float:
        """The limit for a kind of server."""
        return (self.limits or {}).get(profile, self.limit)
