"""The rules as data and as the page that lists them, ``wslayout/auditing/README.md``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from wslayout.auditing.findings import PROFILES, AuditReport, Profile
from wslayout.auditing.rule import Rule
from wslayout.auditing.words import count

_HEAD: Final = """\
# The rules of `wslayout audit`

This page is made from the rules' modules in [`rules/`](rules): `make docs` writes it, and a test
checks that it is up to date. Limits are those of the profile `saas` where profiles differ.

`wslayout audit SOURCE` checks a project or run folders, `--code PATH` training code. Rules are
chosen with `--select` and `--ignore`, limits set with `--limit RULE=NUMBER`. What is known stands
in `wslayout.yaml`, each with its reason:

```yaml
# wslayout.yaml
audit:
  profile: dedicated
  limits: {distinct-metrics: 20000}
  exclude:
    - rule: indexed-media
      match: ["debug/**"]
      reason: renamed in the next release
```

| rule | what | limit | severity |
|---|---|---|---|
"""


def rules_as_data(rules: Sequence[Rule], profile: Profile) -> list[dict[str, Any]]:
    """The rules, one a dict, with their limits for a kind of server."""
    return [
        {
            "id": rule.id,
            "title": rule.title,
            "limit": rule.limit_of(profile),
            "unit": rule.unit,
            "severity": rule.severity,
            "source": rule.source,
            "basis": rule.basis,
            "cost": rule.cost,
            "mend": rule.mend,
            "exclusions_match": None if rule.of == "project" else rule.of,
        }
        for rule in rules
    ]


def report_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of what `wslayout audit --json` prints."""
    from pydantic import TypeAdapter

    schema = TypeAdapter(AuditReport).json_schema(mode="serialization")
    for part in [schema, *schema["$defs"].values()]:
        part["required"] = list(part["properties"])
        part["additionalProperties"] = False
    # What can't be told is null, for JSON has no infinity.
    schema["$defs"]["Finding"]["properties"]["measured"] = {"type": ["number", "null"]}
    schema["properties"]["version"] = {"const": 1}
    schema["required"].insert(0, "version")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "wslayout audit",
    }


def rules_page(rules: Sequence[Rule]) -> str:
    """The page that lists the rules, in Markdown."""
    rows = [
        f"| [`{rule.id}`](#{rule.id}) | {rule.title} | {_limits(rule)} | {rule.severity} |"
        for rule in rules
    ]
    return (
        _HEAD + "\n".join(rows) + "\n\n" + "\n".join(line for rule in rules for line in _rule(rule))
    )


def _rule(rule: Rule) -> Iterator[str]:
    yield f"## {rule.id}\n"
    yield f"{rule.title}: at most {_limits(rule)}. {rule.basis}\n"
    yield f"**If ignored:** {rule.cost}\n"
    yield f"**Way out:** {rule.mend}\n"
    told = "the rule as a whole" if rule.of == "project" else f"patterns of {rule.of}"
    source = f"[W&B's page]({rule.source})" if rule.source else "a limit of ours"
    yield f"Source: {source}. Exclusions match {told}.\n"


def _limits(rule: Rule) -> str:
    limits = {profile: count(rule.limit_of(profile), rule.unit) for profile in PROFILES}
    usual = limits["saas"]
    others = [f"{limit} ({profile})" for profile, limit in limits.items() if limit != usual]
    return ", ".join([usual, *others])
