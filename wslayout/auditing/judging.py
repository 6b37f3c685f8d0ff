"""The audit: rules applied to evidence. Pure; who gathers the evidence is elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wslayout.auditing.evidence import Evidence, Missing
from wslayout.auditing.findings import (
    EXAMPLES,
    AuditReport,
    Example,
    Excluded,
    Finding,
    NotChecked,
    Passed,
)
from wslayout.auditing.rule import Case, Measured, Profile, Rule
from wslayout.patterns import match


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """What a project knows of and leaves as it is.

    Attributes:
        rule: The id of the rule.
        reason: Why.
        match: Patterns of runs, metric keys, views or files; none: all of the rule.
    """

    rule: str
    reason: str
    match: tuple[str, ...] = ()


def audit(
    evidence: Evidence,
    rules: Sequence[Rule],
    *,
    profile: Profile,
    limits: Mapping[str, float] | None = None,
    exclusions: Sequence[Exclusion] = (),
) -> AuditReport:
    """Check rules against what is known.

    Args:
        evidence: What is known.
        rules: The rules, in the order in which they are told.
        profile: Whose limits apply.
        limits: Other limits, by the ids of rules.
        exclusions: What is left out.
    """
    audited = _Audit(evidence, profile, limits or {}, exclusions)
    for rule in rules:
        audited.check(rule)
    return audited.report()


class _Audit:
    def __init__(
        self,
        evidence: Evidence,
        profile: Profile,
        limits: Mapping[str, float],
        exclusions: Sequence[Exclusion],
    ) -> None:
        self._evidence = evidence
        self._profile = profile
        self._limits = limits
        self._exclusions = exclusions
        self._findings: list[Finding] = []
        self._passed: list[Passed] = []
        self._not_checked: list[NotChecked] = []
        self._excluded: list[Excluded] = []

    def report(self) -> AuditReport:
        return AuditReport(
            source=self._evidence.source,
            profile=self._profile,
            findings=tuple(sorted(self._findings, key=lambda one: one.severity != "error")),
            passed=tuple(self._passed),
            not_checked=tuple(self._not_checked),
            excluded=tuple(self._excluded),
        )

    def check(self, rule: Rule) -> None:
        """Check one rule, and take down what came of it."""
        exclusions = [one for one in self._exclusions if one.rule == rule.id]
        for one in exclusions:
            if not one.match:
                self._excluded.append(Excluded(rule=rule.id, reason=one.reason, cases=0))
                return
        limit = self._limits.get(rule.id, rule.limit_of(self._profile))
        try:
            measured = rule.check(self._evidence, limit)
        except Missing as missing:
            self._not_checked.append(NotChecked(rule=rule.id, reason=str(missing)))
            return
        cases = self._left(rule, exclusions, measured.cases)
        if not cases:
            self._passed.append(Passed(rule=rule.id, certainty=measured.certainty))
            return
        worst = sorted(cases, key=lambda case: (-case.measured, case.name))
        in_code = [case for case in worst if case.place is not None]
        if in_code:  # each place of its own, as it stands in the file
            in_order = sorted(in_code, key=_where)
            self._findings += [_finding(rule, limit, measured, [case]) for case in in_order]
        else:
            self._findings.append(_finding(rule, limit, measured, worst))

    def _left(
        self, rule: Rule, exclusions: Sequence[Exclusion], cases: Sequence[Case]
    ) -> list[Case]:
        """The cases that no exclusion takes out."""
        left = list(cases)
        for one in exclusions:
            names = [case.place.file if case.place else case.name for case in left]
            out = {name for pattern in one.match for name in match(pattern, names)}
            kept = [case for case, name in zip(left, names, strict=True) if name not in out]
            taken = Excluded(rule=rule.id, reason=one.reason, cases=len(left) - len(kept))
            if taken.cases:
                self._excluded.append(taken)
            left = kept
        return left


def _where(case: Case) -> tuple[str, int, int]:
    place = case.place
    return (place.file, place.line, place.column) if place else ("", 0, 0)


def _examples(measured: Measured, cases: Sequence[Case]) -> tuple[Example, ...]:
    """The worst cases; none for a place in code, which is the case itself."""
    if measured.examples is not None:
        return tuple(measured.examples)
    return tuple(case.example for case in cases[:EXAMPLES] if case.place is None)


def _finding(rule: Rule, limit: float, measured: Measured, cases: Sequence[Case]) -> Finding:
    return Finding(
        rule=rule.id,
        severity=measured.severity or rule.severity,
        message=measured.message(cases),
        measured=cases[0].measured,
        limit=limit,
        certainty=measured.certainty,
        examples=_examples(measured, cases),
        cases=len(cases),
        action=measured.action or rule.mend,
        command=measured.command,
        place=cases[0].place,
    )
