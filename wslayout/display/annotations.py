"""An audit for machines that show findings beside code: GitHub's annotations and SARIF."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from wslayout import __version__
from wslayout.auditing.findings import AuditReport, Finding, Place
from wslayout.auditing.rule import Rule
from wslayout.display.audit import by_reason
from wslayout.display.words import visible_lines

SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
"""The schema of SARIF 2.1.0, https://docs.oasis-open.org/sarif/sarif/v2.1.0."""

_HOME: Final = "https://pypi.org/project/wslayout/"


def github_lines(report: AuditReport) -> Iterator[str]:
    """Workflow commands, one a finding, and one for what was not checked.

    https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """
    for one in report.findings:
        told = {"title": f"wslayout audit: {one.rule}"}
        if (place := one.place) is not None:
            told |= {"file": place.file, "line": str(place.line), "col": str(place.column)}
        properties = ",".join(f"{name}={_property(text)}" for name, text in told.items())
        yield f"::{one.severity} {properties}::{_message(visible_lines(_said(one)))}"
    reasons = by_reason(report.not_checked).items()
    unchecked = [f"{', '.join(rules)}: {reason}" for reason, rules in reasons]
    if said := "\n".join([*unchecked, *report.notes]):
        yield f"::notice title=wslayout audit%3A not checked::{_message(visible_lines(said))}"


def _said(one: Finding) -> str:
    """A finding in a few lines."""
    lines = [one.message]
    lines += [
        f"{example.name}: {example.measured}" if example.measured else example.name
        for example in one.examples
    ]
    lines.append(one.action)
    command = f"{one.command}  # {one.command_does}"
    return "\n".join([*lines, command] if one.command else lines)


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def sarif(report: AuditReport, rules: Sequence[Rule], file: str) -> dict[str, Any]:
    """The report as a SARIF log; what was not checked is a notification of it.

    Args:
        report: What was found.
        rules: The rules that were chosen.
        file: Where findings stand that are in no file, since GitHub takes none without.
    """
    ids = [rule.id for rule in rules]
    notifications: list[dict[str, Any]] = [
        {
            "level": "note",
            "message": {"text": f"{one.rule} was not checked: {one.reason}"},
            "associatedRule": {"id": one.rule, "index": ids.index(one.rule)},
        }
        for one in report.not_checked
    ]
    notifications += [{"level": "note", "message": {"text": note}} for note in report.notes]
    return {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "wslayout audit",
                        "version": __version__,
                        "informationUri": _HOME,
                        "rules": [_sarif_rule(rule) for rule in rules],
                    }
                },
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "toolExecutionNotifications": notifications,
                    }
                ],
                "results": [
                    _sarif_result(one, ids, report.source, file) for one in report.findings
                ],
            }
        ],
    }


def _sarif_rule(rule: Rule) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": f"{rule.basis} {rule.cost}"},
        "help": {"text": rule.mend},
        "defaultConfiguration": {"level": rule.severity},
    }
    return {**told, "helpUri": rule.source} if rule.source else told


def _sarif_result(one: Finding, ids: Sequence[str], source: str, file: str) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": one.rule,
        "ruleIndex": ids.index(one.rule),
        "level": one.severity,
        "message": {"text": _said(one)},
        "properties": {
            "measured": one.measured if one.measured != float("inf") else None,
            "limit": one.limit,
            "certainty": one.certainty,
        },
    }
    place = one.place or Place(file=file, line=1, column=1)
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(place.file)},
            "region": {"startLine": place.line, "startColumn": place.column},
        }
    }
    if one.place is None:
        location["logicalLocations"] = [{"name": source, "kind": "resource"}]
    return {**result, "locations": [location]}


def _uri(path: str) -> str:
    from urllib.parse import quote

    return quote(path, safe="/")


def report_json(report: AuditReport) -> str:
    """The report as JSON text; `report_schema` says what it holds."""
    from dataclasses import asdict

    def plain(value: Any) -> Any:
        if isinstance(value, float) and value == float("inf"):
            return None
        if isinstance(value, dict):
            return {name: plain(item) for name, item in value.items()}
        return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value

    return json.dumps({"version": 1, **plain(asdict(report))}, indent=1)
