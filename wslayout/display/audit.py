"""An audit on a terminal: what was found and what to do, then what was not checked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from wslayout.auditing.findings import AuditReport, Certainty, Finding, NotChecked, Profile
from wslayout.auditing.rule import Rule
from wslayout.auditing.words import count
from wslayout.display.terminal import table_of
from wslayout.display.words import plural, shorten, visible

_LONGEST: Final = 100  # characters of a name
_STYLES: Final = {"error": "bold red", "warning": "bold yellow"}
CERTAINTIES: Final[dict[Certainty, str]] = {
    "exact": "",
    "sampled": "measured on a sample",
    "estimated": "estimated",
}
"""What is said of how sure a finding is."""


def report_text(report: AuditReport) -> RenderableType:
    """The findings, each with evidence and a way out; then what was left out, and how it ends."""
    lines: list[Text] = []
    for finding in report.findings:
        lines += _finding(finding)
        lines.append(Text())
    lines.append(_verdict(report))
    lines += _left_out(report)
    return Group(*lines)


def _finding(finding: Finding) -> Iterator[Text]:
    head = Text(f"{finding.severity}: ", _STYLES[finding.severity])
    place = finding.place
    if place is not None:
        head.append(f"{visible(place.file)}:{place.line}:{place.column}: ", "bold")
    head.append(visible(finding.message), "bold")
    head.append(f"  [{finding.rule}]", "dim")
    yield head
    if sure := CERTAINTIES[finding.certainty]:
        yield Text(f"    {sure}", "dim")
    for example in finding.examples:
        said = f": {example.measured}" if example.measured else ""
        line = Text(f"    {_name(example.name)}{visible(said)}")
        if example.url:
            line.append(f"  {visible(example.url)}", "dim")
        yield line
    more = finding.cases - len(finding.examples)
    if more > 0 and finding.examples and finding.cases > 1:
        yield Text(f"    and {more:,} more", "dim")
    yield Text.assemble(("    → ", "green"), visible(finding.action))
    if finding.command:
        yield Text.assemble(
            (f"      {visible(finding.command)}", "green"),
            (f"  ({finding.command_does})" if finding.command_does else "", "dim"),
        )


def _name(name: str) -> str:
    return shorten(visible(name), _LONGEST)


def _verdict(report: AuditReport) -> Text:
    checked = plural(len(report.passed) + len({one.rule for one in report.findings}), "rule")
    name = visible(report.source)
    if not report.findings:
        if not report.passed:
            return Text(f"{name}: no rule could be checked.", "yellow")
        return Text(f"✓ {name}: {checked} checked, nothing found.", "green")
    errors = sum(one.severity == "error" for one in report.findings)
    warnings = len(report.findings) - errors
    said = [plural(errors, "error")] if errors else []
    said += [plural(warnings, "warning")] if warnings else []
    return Text(f"{name}: {' and '.join(said)} of {checked} checked.", "bold")


def _left_out(report: AuditReport) -> Iterator[Text]:
    for one in report.excluded:
        cases = f", {plural(one.cases, 'case')}" if one.cases else ""
        yield Text(f"  excluded: {one.rule}{cases}: {visible(one.reason)}", "dim")
    for reason, rules in by_reason(report.not_checked).items():
        yield Text(f"  not checked: {', '.join(rules)}: {visible(reason)}", "dim")
    parts: tuple[Certainty, ...] = ("sampled", "estimated")
    for certainty in parts:
        rules = [one.rule for one in report.passed if one.certainty == certainty]
        if rules:
            yield Text(f"  {CERTAINTIES[certainty]}: {', '.join(rules)}", "dim")
    for note in report.notes:
        yield Text(f"  {visible(note)}", "dim")


def by_reason(rules: Iterable[NotChecked]) -> dict[str, list[str]]:
    """The rules that were not checked, by why not."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in rules:
        found[one.reason].append(one.rule)
    return found


def rules_table(rules: Sequence[Rule], profile: Profile) -> Table:
    """The rules with their limits for a kind of server."""
    table = table_of(
        Column("Rule", no_wrap=True),
        Column("What", overflow="fold"),
        Column("Limit", no_wrap=True),
        Column("", no_wrap=True),
    )
    for rule in rules:
        table.add_row(rule.id, rule.title, count(rule.limit_of(profile), rule.unit), rule.severity)
    return table
