"""``audit``: a project, runs or code against what W&B's pages on limits advise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wslayout.auditing.findings import PROFILES
from wslayout.cli.options import waiting
from wslayout.cli.talk import progress_bar, say, say_why_waiting
from wslayout.errors import EXIT_DIFFERENT, EXIT_DONE

if TYPE_CHECKING:
    from wslayout.auditing.findings import AuditReport


@click.command()
@click.argument("source", required=False)
@click.option(
    "--code", type=click.Path(path_type=Path), help="Training code to read; nothing of it is run."
)
@click.option("--profile", type=click.Choice(PROFILES), help="Whose limits apply.")
@click.option("--select", multiple=True, metavar="RULE", help="Only these rules: 'code-*'.")
@click.option("--ignore", multiple=True, metavar="RULE", help="Not these rules.")
@click.option(
    "--limit",
    "limits",
    multiple=True,
    metavar="RULE=NUMBER",
    help="Another limit: distinct-metrics=20000.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["warning", "error"]),
    help="From which severity on to exit with 1 (warning).",
)
@click.option("-f", "--file", "manifest", type=click.Path(path_type=Path), help="Another manifest.")
@click.option("--rules", "list_rules", is_flag=True, help="List the rules.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--github", "as_github", is_flag=True, help="Print annotations for GitHub.")
@click.option("--sarif", "as_sarif", is_flag=True, help="Print a SARIF log.")
@waiting
def audit(
    source: str | None,
    list_rules: bool,
    as_json: bool,
    as_github: bool,
    as_sarif: bool,
    max_wait: float,
    **options: Any,
) -> int:
    """Find what makes a project's pages slow, with evidence and a way out.

    Nothing is written, and a project is always read as it is now, never from the cache. Known
    findings are excluded by the part `audit` of wslayout.yaml, each with a reason.
    """
    from wslayout.audit_api import audit as check
    from wslayout.audit_api import chosen
    from wslayout.manifest import MANIFEST
    from wslayout.read_api import server

    outputs = {"json": as_json, "github": as_github, "sarif": as_sarif}
    asked_for = [name for name, wanted in outputs.items() if wanted]
    if len(asked_for) > 1:
        raise click.UsageError("Choose one of --json, --github and --sarif.")
    given = {name: value for name, value in options.items() if value not in (None, ())}
    rules = chosen(given.get("select", ()), given.get("ignore", ()))
    if list_rules:
        _list_rules(rules, given.get("profile", "saas"), as_json=as_json)
        return EXIT_DONE
    if source is None and "code" not in given:
        raise click.UsageError("Give a SOURCE, or training code with --code.")
    if "limits" in given:
        given["limits"] = dict(map(_limit, given["limits"]))
    with (
        server(say_why_waiting, max_wait=max_wait, tell=say) as client,
        progress_bar("Auditing") as progress,
    ):
        report = check(source, progress=progress, client=client, **given)
    _show(report, rules, str(given.get("manifest", MANIFEST)), *asked_for)
    return EXIT_DIFFERENT if report.failed else EXIT_DONE


def _limit(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    try:
        return name.strip(), float(number.replace("_", ""))
    except ValueError:
        raise click.UsageError(f"--limit takes RULE=NUMBER, not {text!r}.") from None


def _list_rules(rules: Any, profile: Any, *, as_json: bool) -> None:
    from wslayout.auditing.docs import rules_as_data
    from wslayout.display.audit import rules_table
    from wslayout.display.terminal import show

    if as_json:
        click.echo(json.dumps(rules_as_data(rules, profile), indent=1))
    else:
        show(rules_table(rules, profile))


def _show(report: AuditReport, rules: Any, manifest: str, output: str = "text") -> None:
    from wslayout.display.annotations import github_lines, report_json, sarif
    from wslayout.display.audit import report_text
    from wslayout.display.terminal import show

    if output == "json":
        click.echo(report_json(report))
    elif output == "sarif":
        click.echo(json.dumps(sarif(report, rules, manifest), indent=1))
    elif output == "github":
        for line in github_lines(report):
            click.echo(line)
    else:
        show(report_text(report))
