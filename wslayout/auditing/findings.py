"""What an audit found, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from wslayout.shown import Shown

Severity: TypeAlias = Literal["warning", "error"]

Profile: TypeAlias = Literal["saas", "dedicated", "self-managed"]

PROFILES: Final[tuple[Profile, ...]] = ("saas", "dedicated", "self-managed")
"""Kinds of W&B servers, whose limits differ."""

Certainty: TypeAlias = Literal["exact", "sampled", "estimated"]
"""How sure a finding is: measured on everything, measured on a part, or computed from less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in training code something stands.

    Attributes:
        file: The path as it was given, with ``/``.
        line: The line, from 1.
        column: The column, from 1.
    """

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One of the worst cases of a finding.

    Attributes:
        name: The run, the metric key, the view, the file.
        measured: What was measured there, in words: "412,000 points"; "" where nothing was.
        url: Where it can be looked at; "" where it can't.
    """

    name: str
    measured: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that makes pages slow.

    Attributes:
        rule: The id of the rule.
        severity: How bad it is.
        message: What was measured, against which limit.
        measured: The worst that was measured, in the unit of the rule's limit.
        limit: The limit that was applied.
        certainty: How sure it is.
        examples: The worst cases, worst first, at most `EXAMPLES`.
        cases: How many cases there are in all.
        action: The one thing to do that helps most.
        command: The command that does it, where wslayout can; else "".
        command_does: What that command does, as a clause: "saves a manual view beside the others".
        place: Where in the code it is, for findings in code.
    """

    rule: str
    severity: Severity
    message: str
    measured: float
    limit: float
    certainty: Certainty
    examples: tuple[Example, ...] = ()
    cases: int = 1
    action: str = ""
    command: str = ""
    command_does: str = ""
    place: Place | None = None


EXAMPLES = 3
"""Most examples that a finding names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotChecked:
    """A rule that could not be checked.

    Attributes:
        rule: Its id.
        reason: Why, as a clause: "the server does not tell how large values are".
    """

    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A rule that was checked and found nothing.

    Attributes:
        rule: Its id.
        certainty: How sure that is.
    """

    rule: str
    certainty: Certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """What an exclusion of the manifest took out.

    Attributes:
        rule: The id of the rule.
        reason: Why, as the manifest says.
        cases: How many cases it took out; 0: the rule was not checked at all.
    """

    rule: str
    reason: str
    cases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport(Shown):
    """What an audit came to.

    Attributes:
        source: What was audited, as a person would call it.
        profile: Whose limits were applied.
        findings: What was found, errors first, in the order of the rules.
        passed: The rules that found nothing.
        not_checked: The rules that could not be checked, and why.
        excluded: What the manifest excludes, and why.
        requests: How often the server was asked, repeats of what it refused left out; None: it
            was not.
        notes: Sentences on what was looked at.
        fail_on: From which severity on the audit fails.
    """

    source: str
    profile: Profile
    findings: tuple[Finding, ...] = ()
    passed: tuple[Passed, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    requests: int | None = None
    notes: tuple[str, ...] = ()
    fail_on: Severity = "warning"

    @property
    def failed(self) -> bool:
        """Whether something was found that is as bad as ``fail_on``, or worse."""
        return any(self.fail_on == "warning" or one.severity == "error" for one in self.findings)
