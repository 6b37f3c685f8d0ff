"""What a manifest says of the audit, checked against the rules that there are."""

from __future__ import annotations

from wslayout.auditing.judging import Exclusion
from wslayout.auditing.rules import RULES
from wslayout.errors import Problem, TemplateError
from wslayout.manifest import ReadManifest
from wslayout.suggest import did_you_mean


def exclusions_of(read: ReadManifest) -> list[Exclusion]:
    """The exclusions of a manifest.

    Raises:
        TemplateError: Something in its part ``audit`` names no rule, or matches what a rule has
            not.
    """
    rules = {rule.id: rule for rule in RULES}
    part = read.manifest.audit
    problems = [
        Problem(read.mark("audit", "limits", name), _no_rule(name), did_you_mean(name, rules))
        for name in part.limits
        if name not in rules
    ]
    for place, one in enumerate(part.exclude):
        rule = rules.get(one.rule)
        if rule is None:
            mark = read.mark("audit", "exclude", place, "rule")
            problems.append(Problem(mark, _no_rule(one.rule), did_you_mean(one.rule, rules)))
        elif one.match and rule.of == "project":
            mark = read.mark("audit", "exclude", place, "match")
            said = f"{one.rule} is about the whole project, so `match` means nothing"
            problems.append(Problem(mark, said, "Leave it out, or set `limits` instead."))
    if problems:
        raise TemplateError.of(problems)
    return [
        Exclusion(rule=one.rule, reason=one.reason, match=tuple(one.match)) for one in part.exclude
    ]


def _no_rule(name: str) -> str:
    return f"there is no rule {name!r} of the audit"
