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
    Profile,
)
from wslayout.auditing.rule import Case, Measured, Rule
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
        self._notes: list[str] = []

    def report(self) -> AuditReport:
        return AuditReport(
            source=self._evidence.source,
            profile=self._profile,
            findings=tuple(sorted(self._findings, key=lambda one: one.severity != "error")),
            passed=tuple(self._passed),
            not_checked=tuple(self._not_checked),
            excluded=tuple(self._excluded),
            notes=tuple(self._notes),
        )

    def check(self, rule: Rule) -> None:
        """Check one rule, and take down what came of it."""
        exclusions = [one for one in self._exclusions if one.rule == rule.id]
        for one in exclusions:
            if not one.match:
                self._excluded.append(Excluded(rule=rule.id, reason=one.reason, cases=0))
                return
        try:
            limit = self._limit(rule)
            measured = rule.check(self._evidence, limit)
        except Missing as missing:
            self._not_checked.append(NotChecked(rule=rule.id, reason=str(missing)))
            return
        cases = self._left(rule, exclusions, measured.cases)
        if len(cases) < measured.at_least:
            self._passed.append(Passed(rule=rule.id, certainty=measured.certainty))
            return
        worst = sorted(cases, key=lambda case: (-case.measured, case.name))
        in_code = [case for case in worst if case.place is not None]
        if in_code:  # each place of its own, as it stands in the file
            in_order = sorted(in_code, key=_where)
            self._findings += [_finding(rule, limit, measured, [case]) for case in in_order]
        else:
            self._findings.append(_finding(rule, limit, measured, worst))

    def _limit(self, rule: Rule) -> float:
        """The limit that counts."""
        if rule.id in self._limits:
            return self._limits[rule.id]
        eased = rule.eased(self._evidence)
        return rule.limit_of(self._profile) if eased is None else eased

    def _left(
        self, rule: Rule, exclusions: Sequence[Exclusion], cases: Sequence[Case]
    ) -> list[Case]:
        """The cases that no exclusion takes out."""
        left = list(cases)
        for one in exclusions:
            names = [case.place.file if case.place else case.name for case in left]
            matched = {pattern: match(pattern, names) for pattern in one.match}
            self._notes += [_stale(rule, pattern) for pattern in matched if not matched[pattern]]
            out = {name for found in matched.values() for name in found}
            kept = [case for case, name in zip(left, names, strict=True) if name not in out]
            taken = Excluded(rule=rule.id, reason=one.reason, cases=len(left) - len(kept))
            if taken.cases:
                self._excluded.append(taken)
            left = kept
        return left


def _stale(rule: Rule, pattern: str) -> str:
    return f"nothing that {rule.id} found matches the exclusion {pattern!r}: is it still needed?"


def _where(case: Case) -> tuple[str, int, int]:
    place = case.place
    return (place.file, place.line, place.column) if place else ("", 0, 0)


def _examples(measured: Measured, cases: Sequence[Case]) -> tuple[Example, ...]:
    """The worst cases; none for a place in code, which is the case itself."""
    if measured.examples is not None:
        return tuple(measured.examples)
    return tuple(case.example for case in cases[:EXAMPLES] if case.place is None)


def _finding(rule: Rule, limit: float, measured: Measured, cases: Sequence[Case]) -> Finding:
    command = measured.command
    return Finding(
        rule=rule.id,
        severity=measured.severity(cases) or rule.severity,
        message=measured.message(cases),
        measured=measured.amount(cases),
        limit=limit,
        certainty=cases[0].certainty or measured.certainty,
        examples=_examples(measured, cases),
        cases=len(cases),
        action=measured.action or rule.mend,
        command=command.line if command else "",
        command_does=command.does if command else "",
        place=cases[0].place,
    )
