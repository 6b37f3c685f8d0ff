"""The audit of a project on the loopback server: each rule just under and just over its limit."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from syrupy.assertion import SnapshotAssertion

from tests.conftest import WandbEnv
from tests.rules_page import PAGE
from tests.stored_schemas import stored_schema
from tests.wandb_server import KeyInfo, Run, WandbServer, faults
from wslayout.audit_api import audit
from wslayout.auditing.docs import rules_page
from wslayout.auditing.evidence import RunName
from wslayout.auditing.findings import AuditReport, Example, Finding
from wslayout.auditing.project import _Run
from wslayout.auditing.rules import RULES
from wslayout.cli.main import run
from wslayout.display.annotations import SARIF_SCHEMA, github_lines, report_json, sarif
from wslayout.display.audit import report_text
from wslayout.display.terminal import as_text
from wslayout.errors import SourceError, TemplateError, WslayoutError

PROJECT = "demo/project"
BEGIN = datetime(2026, 1, 2, tzinfo=timezone.utc)
FEW = {key: KeyInfo("number", count=50) for key in ("train/loss", "val/loss", "lr")}


@pytest.fixture
def server(wandb_env: WandbEnv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WandbServer:
    monkeypatch.chdir(tmp_path)
    return wandb_env.server


@dataclass
class Made:
    """A project in the making.

    Attributes:
        runs: Its runs.
        views: Saved views, each with its spec.
        reports: Reports, likewise.
        limit: The limit of the rule in this case; None: the documented one.
    """

    runs: list[Run] = field(default_factory=list)
    views: list[dict[str, Any]] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)
    limit: float | None = None

    def put(self, server: WandbServer) -> None:
        server.add_project(PROJECT, runs=self.runs or [a_run()])
        for place, spec in enumerate(self.views):
            server.add_view(
                PROJECT,
                name=f"nw-view{place}-v",
                display_name=f"View {place}",
                spec=json.dumps(spec),
            )
        for place, spec in enumerate(self.reports):
            view = server.add_view(PROJECT, name=f"report{place}", spec=json.dumps(spec))
            view.type, view.display_name = "runs", f"Report {place}"


def a_run(name: str = "run", *, keys: Mapping[str, KeyInfo] | None = FEW, **options: Any) -> Run:
    options.setdefault("created_at", BEGIN)
    options.setdefault("heartbeat_at", BEGIN + timedelta(hours=10))
    return Run(name, keys=keys, **options)


def numbers(count: int, prefix: str = "a", points: int = 50) -> dict[str, KeyInfo]:
    return {f"{prefix}/{place}": KeyInfo("number", count=points) for place in range(count)}


def one(key: str, kind: str, points: int) -> dict[str, KeyInfo]:
    return {**FEW, key: KeyInfo(kind, count=points)}


def view_of(*sizes: int, manual: bool = True, by_last: bool = False) -> dict[str, Any]:
    """A view with sections of so many panels, all of a metric that is there."""
    sections = [
        {
            "__id__": f"s{place}",
            "name": f"section {place}",
            "panels": [panel("train/loss") for _ in range(size)],
        }
        for place, size in enumerate(sizes)
    ]
    bank = {"sections": sections, "settings": {"autoOrganizePrefix": 2 if by_last else 1}}
    return {
        "section": {
            "panelBankConfig": bank,
            "settings": {"shouldAutoGeneratePanels": not manual},
        }
    }


def panel(*keys: str) -> dict[str, Any]:
    return {"viewType": "Run History Line Plot", "config": {"metrics": list(keys)}}


def with_panels(*panels: dict[str, Any]) -> dict[str, Any]:
    spec = view_of(1)
    spec["section"]["panelBankConfig"]["sections"][0]["panels"] = list(panels)
    return spec


def report_of(plots: int) -> dict[str, Any]:
    grid = {"panelBankSectionConfig": {"panels": [panel("train/loss")] * plots}}
    return {"blocks": [{"type": "heading"}, {"type": "panel-grid", "metadata": grid}]}


def config_of(size: int) -> dict[str, Any]:
    """A config of so many bytes: ``"data"``, a string, and what JSON puts around both."""
    return {"data": "x" * (size - len("data") - 4 - 2)}


def nested(depth: int) -> dict[str, Any]:
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    return {"n": value}


def deep(count: int) -> dict[str, Any]:
    """A config with so many values that have four dots in their names."""
    return {f"a{place}": nested(3) for place in range(count)}


def echo(count: int) -> Made:
    keys = {f"config/setting{place}": KeyInfo("number", count=1) for place in range(count)}
    config = {f"setting{place}": place for place in range(count)}
    summary = {f"config/setting{place}": place for place in range(count)}
    return Made([a_run(keys={**FEW, **keys}, config=config, summary=summary)])


def twins(count: int) -> Made:
    keys = {
        name: KeyInfo("number", count=7)
        for place in range(count)
        for name in (f"m.{place}", f"m/{place}")
    }
    return Made([a_run(keys={**FEW, **keys})])


def rare(count: int) -> Made:
    runs = [a_run(f"run{place}") for place in range(12)]
    return Made([*runs, a_run("odd", keys={**FEW, **numbers(count, "only_here")})])


def at_once(count: int, **options: Any) -> Made:
    return Made([a_run(f"run{place}", state="running", **options) for place in range(count)])


# For each rule a project at its limit, and one just beyond it.
CASES: dict[str, tuple[Callable[[], Made], Callable[[], Made]]] = {
    "distinct-metrics": (
        lambda: Made([a_run(keys=numbers(10_000))]),
        lambda: Made([a_run(keys=numbers(10_001))]),
    ),
    "metrics-per-run": (
        lambda: Made([a_run(keys=numbers(5_000))]),
        lambda: Made([a_run(keys=numbers(5_001))]),
    ),
    "rare-metrics": (lambda: rare(1_000), lambda: rare(1_001)),
    "indexed-media": (
        lambda: Made(
            [a_run(keys={**FEW, **{f"img_{n}": KeyInfo("image-file") for n in range(10)}})]
        ),
        lambda: Made(
            [a_run(keys={**FEW, **{f"img_{n}": KeyInfo("image-file") for n in range(11)}})]
        ),
    ),
    "duplicate-metrics": (lambda: twins(5), lambda: twins(6)),
    "config-as-metrics": (lambda: echo(10), lambda: echo(11)),
    "nested-summary": (
        lambda: Made([a_run(summary=nested(4))]),
        lambda: Made([a_run(summary=nested(5))]),
    ),
    "automatic-views": (
        lambda: Made([a_run(keys=numbers(1_000))], [view_of(manual=False)]),
        lambda: Made([a_run(keys=numbers(1_001))], [view_of(manual=False)]),
    ),
    "panels-per-view": (
        lambda: Made(views=[view_of(250, 250)]),
        lambda: Made(views=[view_of(250, 251)]),
    ),
    "empty-panels": (
        lambda: Made(
            views=[with_panels(panel("lr"), panel("gone", "lr"), panel("_step"), panel())]
        ),
        lambda: Made(views=[with_panels(panel("lr"), panel("gone", "lost"))]),
    ),
    "sections-per-view": (
        lambda: Made(views=[view_of(*[2] * 100)]),
        lambda: Made(views=[view_of(*[2] * 101)]),
    ),
    "one-metric-sections": (
        lambda: Made(views=[view_of(*[1] * 25, 5)]),
        lambda: Made(views=[view_of(*[1] * 26, 5)]),
    ),
    "last-prefix": (
        lambda: Made(
            [a_run(keys={f"a/{n}/b": KeyInfo() for n in range(50)})],
            [view_of(manual=False, by_last=True)],
        ),
        lambda: Made(
            [a_run(keys={f"a/{n}/b": KeyInfo() for n in range(51)})],
            [view_of(manual=False, by_last=True)],
        ),
    ),
    "report-plots": (lambda: Made(reports=[report_of(20)]), lambda: Made(reports=[report_of(21)])),
    "scalar-points": (
        lambda: Made([a_run(keys=one("x", "number", 100_000))]),
        lambda: Made([a_run(keys=one("x", "number", 100_001))]),
    ),
    "media-points": (
        lambda: Made([a_run(keys=one("x", "image-file", 50_000))]),
        lambda: Made([a_run(keys=one("x", "image-file", 50_001))]),
    ),
    "histogram-points": (
        lambda: Made([a_run(keys=one("x", "histogram", 10_000))]),
        lambda: Made([a_run(keys=one("x", "histogram", 10_001))]),
    ),
    "value-size": (
        lambda: Made([a_run(summary={"x": "y" * (1_000_000 - 2)})]),
        lambda: Made([a_run(summary={"x": "y" * (1_000_000 - 1)})]),
    ),
    "steps-per-run": (
        lambda: Made([a_run(history_line_count=500_000)]),
        lambda: Made([a_run(history_line_count=500_001)]),
    ),
    "rows-per-minute": (
        lambda: Made([a_run(history_line_count=600_000)]),
        lambda: Made([a_run(history_line_count=601_000)]),
    ),
    "values-per-minute": (
        lambda: Made([a_run(keys=numbers(600, points=100_000))]),
        lambda: Made([a_run(keys=numbers(601, points=100_000))]),
    ),
    "log-rate": (
        lambda: Made([a_run(history_line_count=36_000)]),
        lambda: Made([a_run(history_line_count=37_000)]),
    ),
    "config-size": (
        lambda: Made([a_run(config=config_of(10_000_000))]),
        lambda: Made([a_run(config=config_of(10_000_001))]),
    ),
    "nested-config": (
        lambda: Made([a_run(config={**deep(10), "b": nested(2)})]),
        lambda: Made([a_run(config=deep(11))]),
    ),
    "run-count": (
        lambda: Made([a_run(f"r{n}") for n in range(20)], limit=20),
        lambda: Made([a_run(f"r{n}") for n in range(21)], limit=20),
    ),
    "files-per-run": (
        lambda: Made([a_run(file_count=1_000)]),
        lambda: Made([a_run(file_count=1_001)]),
    ),
    "parallel-runs": (lambda: at_once(15), lambda: at_once(16)),
    "sweep-agents": (lambda: at_once(20, sweep_name="sw"), lambda: at_once(21, sweep_name="sw")),
}


def test_every_rule_has_its_case() -> None:
    elsewhere = {"log-call-size", "rate-limited"}
    ids = {rule.id for rule in RULES if "code" not in rule.needs}
    assert CASES.keys() | elsewhere == ids


@pytest.mark.parametrize("rule", CASES)
def test_just_under_and_just_over(server: WandbServer, rule: str) -> None:
    under, over = (made() for made in CASES[rule])
    under.put(server)
    limits = {} if under.limit is None else {rule: under.limit}
    well = audit(PROJECT, limits=limits)
    assert not [one for one in well.findings if one.rule == rule]
    assert rule in {one.rule for one in well.passed}
    server.world.projects.clear()
    over.put(server)
    (found,) = [one for one in audit(PROJECT, limits=limits).findings if one.rule == rule]
    assert found.measured > found.limit
    assert found.message
    assert found.action
    # Chosen alone, it is found as well, with what it needs and no more.
    server.clear()
    (alone,) = audit(PROJECT, limits=limits, select=rule).findings
    assert (alone.rule, alone.measured) == (rule, found.measured)
    assert len(server.requests) <= 8


def test_refused_requests(server: WandbServer) -> None:
    Made().put(server)
    assert "rate-limited" in {one.rule for one in audit(PROJECT).passed}
    server.fail(faults.rate_limited(reset=0.1), times=2)
    (found,) = audit(PROJECT).findings
    assert found.rule == "rate-limited"
    assert "2 answers" in found.message
    assert "RateLimit-Reset 0.1" in found.message


@pytest.mark.parametrize("aggregated", [True, False])
def test_a_large_project_takes_few_requests(server: WandbServer, aggregated: bool) -> None:
    runs = [a_run(f"r{place}") for place in range(10_000)]
    Made(runs, [view_of(3, 4) for _ in range(30)], [report_of(3) for _ in range(30)]).put(server)
    if not aggregated:
        server.disable("project_history_keys")
    server.clear()
    report = audit(PROJECT, profile="saas")
    assert not report.findings
    assert report.requests is not None
    assert report.requests == len(server.requests) <= 30
    assert {one.certainty for one in report.passed} >= {"exact", "sampled"}


def test_what_a_server_does_not_tell_is_not_checked(server: WandbServer) -> None:
    Made(views=[view_of(3)], reports=[report_of(3)]).put(server)
    for feature in (
        "file_count",
        "view_name",
        "run_count",
        "run_history_keys",
        "project_history_keys",
        "fields",
    ):
        server.disable(feature)
    report = audit(PROJECT)
    reasons = {one.rule: one.reason for one in report.not_checked}
    assert {"files-per-run", "panels-per-view", "report-plots", "parallel-runs"} <= reasons.keys()
    assert {"scalar-points", "metrics-per-run", "distinct-metrics"} <= reasons.keys()
    assert all(reasons.values())
    assert not {one.rule for one in report.passed} & reasons.keys()


def test_only_what_a_rule_needs_is_asked(server: WandbServer) -> None:
    Made(views=[view_of(3)]).put(server)
    for rule, most in (
        ("run-count", 1),
        ("config-size", 1),
        ("report-plots", 1),
        ("parallel-runs", 1),
    ):
        server.clear()
        audit(PROJECT, select=rule)
        assert len(server.requests) == most, rule


def test_exclusions_need_a_reason_and_are_told(
    server: WandbServer, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = {
        **FEW,
        **{f"{name}_{n}": KeyInfo("image-file") for name in ("a", "debug/b") for n in range(20)},
    }
    Made([a_run(keys=keys, file_count=2_000)]).put(server)
    Path("wslayout.yaml").write_text(
        "audit:\n  fail_on: error\n  limits: {files-per-run: 5000}\n  exclude:\n"
        "    - {rule: indexed-media, match: ['debug/**'], reason: known}\n"
    )
    assert run(["audit", PROJECT]) == 0
    said = capsys.readouterr().out
    assert "a_0: 20 keys up to a_19; log a list as a" in said
    assert "debug/b_0" not in said
    assert "excluded: indexed-media, 1 case: known" in said
    assert "files-per-run" not in said
    assert run(["audit", PROJECT, "--fail-on", "warning"]) == 1
    assert run(["audit", PROJECT, "--limit", "files-per-run=10", "--fail-on", "warning"]) == 1
    for text, said in (
        ("exclude: [{rule: indexed-media}]", "reason"),
        ("exclude: [{rule: indexed-media, reason: ' '}]", "needs a reason"),
        ("exclude: [{rule: indexed, reason: x}]", "there is no rule 'indexed'"),
        ("exclude: [{rule: run-count, match: [a], reason: x}]", "means nothing"),
        ("limits: {run-counts: 3}", "Did you mean run-count?"),
        ("profile: cloud", "profile"),
    ):
        Path("wslayout.yaml").write_text(f"audit: {{{text}}}")
        with pytest.raises(TemplateError, match=r"wslayout\.yaml:1:") as raised:
            audit(PROJECT)
        assert said in f"{raised.value}{raised.value.hint}"


def test_rules_are_chosen(server: WandbServer, capsys: pytest.CaptureFixture[str]) -> None:
    Made().put(server)
    report = audit(PROJECT, select=["*-points", "run-count"], ignore="media-*")
    assert [one.rule for one in report.passed] == ["scalar-points", "histogram-points", "run-count"]
    with pytest.raises(SourceError, match="there is no rule 'run-cuont'") as raised:
        audit(PROJECT, select="run-cuont")
    assert "run-count" in raised.value.hint
    assert run(["audit", PROJECT, "--limit", "run-count"]) == 2
    assert run(["audit"]) == 2
    capsys.readouterr()
    assert run(["audit", "--rules", "--json", "--profile", "dedicated"]) == 0
    limits = {one["id"]: one["limit"] for one in json.loads(capsys.readouterr().out)}
    assert limits["run-count"] == 10_000
    assert limits.keys() == {rule.id for rule in RULES}
    assert run(["audit", "--rules"]) == 0
    assert "distinct-metrics" in capsys.readouterr().out


def test_profiles(server: WandbServer) -> None:
    Made().put(server)
    assert audit(PROJECT).profile == "self-managed"
    assert audit(PROJECT, profile="saas").profile == "saas"


def much(metrics: int = 1_050) -> Made:
    """A project in which a lot is wrong."""
    keys = {
        **numbers(metrics, "layer"),
        **{f"pred_img_{n}": KeyInfo("image-file") for n in range(40)},
    }
    runs = [
        a_run(f"run{n}", keys=keys, history_line_count=600_000, file_count=1_500) for n in range(3)
    ]
    return Made(runs, [view_of(*[1] * 30), view_of(manual=False)])


def test_the_report_reads_well(server: WandbServer, snapshot: SnapshotAssertion) -> None:
    much(10_050).put(server)
    text = as_text(report_text(audit(PROJECT)))
    assert text.replace(server.url, "http://127.0.0.1:PORT") == snapshot


def test_a_healthy_project_is_one_green_line(
    server: WandbServer, capsys: pytest.CaptureFixture[str]
) -> None:
    Made(views=[view_of(3, 4)]).put(server)
    assert run(["audit", PROJECT]) == 0
    first, *others = capsys.readouterr().out.splitlines()
    assert first == f"✓ {PROJECT}: 29 rules checked, nothing found."
    assert all(line.startswith("  ") for line in others)
    assert run(["audit", PROJECT, "--github"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("::notice title=wslayout audit%3A not checked::log-call-size: ")


def test_machines_can_read_it(server: WandbServer, capsys: pytest.CaptureFixture[str]) -> None:
    much().put(server)
    report = audit(PROJECT)
    assert len(report.findings) > 5
    assert run(["audit", PROJECT, "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data == json.loads(report_json(report)) | {"requests": data["requests"]}
    assert [one["rule"] for one in data["findings"]] == [one.rule for one in report.findings]
    assert run(["audit", PROJECT, "--sarif"]) == 1
    log = json.loads(capsys.readouterr().out)
    jsonschema.Draft7Validator(stored_schema(SARIF_SCHEMA)).validate(log)
    assert len(log["runs"][0]["results"]) == len(report.findings)
    assert log == sarif(report, RULES, "wslayout.yaml")
    lines = list(github_lines(report))
    assert len(lines) == len(report.findings) + 1
    assert all(line.startswith("::warning title=wslayout audit%3A ") for line in lines[:-1])
    assert all("\n" not in line for line in lines)


def test_the_schema_of_the_report(server: WandbServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "audit"]) == 0
    schema = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    much().put(server)
    data = json.loads(report_json(audit(PROJECT)))
    validator.validate(data)
    data["findings"][0]["severity"] = "dreadful"
    assert list(validator.iter_errors(data))


def test_the_page_of_the_rules_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == rules_page(RULES), "run `make docs`"


def test_rare_metrics_of_many_runs_are_estimated(server: WandbServer) -> None:
    """Where single runs are not all read, it is asked of some metrics how many runs have them."""
    odd = a_run("odd", keys={**FEW, **numbers(1_200, "only_here")})
    Made([odd, *(a_run(f"run{place}") for place in range(150))]).put(server)
    server.clear()
    report = audit(PROJECT, select="rare-metrics")
    (found,) = report.findings
    assert found.certainty == "estimated"
    assert abs(found.measured - 1_200) < 60
    assert found.examples[0].name == "odd"
    assert report.requests == len(server.requests) == 3


def test_every_rule_says_what_a_person_needs() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.source.startswith("https://docs.wandb.ai/") or "ours" in rule.basis, rule.id
        for text in (rule.basis, rule.cost, rule.mend):
            assert text.endswith((".", ").")), rule.id


# What is not told is never said to be well


def judged(rule: str) -> tuple[str, str]:
    """What came of a rule, and how sure that is or why it was not checked."""
    report = audit(PROJECT)
    for one in report.findings:
        if one.rule == rule:
            return "found", one.certainty
    told: dict[str, tuple[str, str]] = {}
    told |= {one.rule: ("passed", one.certainty) for one in report.passed}
    told |= {one.rule: ("not checked", one.reason) for one in report.not_checked}
    kind, said = told[rule]
    return kind, said if kind != "not checked" else ""


def test_runs_that_tell_no_keys(server: WandbServer) -> None:
    Made([a_run("a", keys=None), a_run("b")]).put(server)
    for rule in ("scalar-points", "metrics-per-run"):
        assert judged(rule) == ("passed", "sampled")
    server.world.projects.clear()
    Made([a_run("a", keys=None)], [with_panels(panel("a/1"))]).put(server)
    for rule in ("distinct-metrics", "scalar-points", "metrics-per-run", "empty-panels"):
        assert judged(rule)[0] == "not checked", rule


@pytest.mark.parametrize("spec", ["not json", "[]", ""])
def test_specs_that_can_not_be_read(server: WandbServer, spec: str) -> None:
    Made(views=[view_of(3)], reports=[report_of(3)]).put(server)
    for view in server.views(PROJECT):
        view.spec = spec
    rules = ("panels-per-view", "sections-per-view", "automatic-views", "empty-panels")
    for rule in (*rules, "report-plots"):
        assert judged(rule)[0] == "not checked", rule


def test_a_part_that_is_refused_takes_no_other_with_it(server: WandbServer) -> None:
    Made([a_run(file_count=5_000)], [view_of(3)]).put(server)
    for fault in (faults.forbidden(), faults.graphql_error("permission denied", "PERMISSION")):
        server.fail(fault, operation="WslayoutListReports", times=None)
        assert judged("report-plots")[0] == "not checked"
        assert judged("files-per-run") == ("found", "exact")
        server.heal()
    server.fail(faults.graphql_error("no", "X"), operation="WslayoutListViews", times=None)
    for rule in ("sections-per-view", "one-metric-sections", "metrics-per-run"):
        assert judged(rule)[0] == "not checked", rule


def test_a_project_that_is_not_there(server: WandbServer) -> None:
    Made().put(server)
    for rule in ("rate-limited", "run-count", "report-plots", "config-size", "*"):
        with pytest.raises(WslayoutError):
            audit("nobody/nowhere", select=rule)


def test_texts_are_measured_in_bytes(server: WandbServer) -> None:
    long = "日" * 200_000  # 600 kB
    Made([a_run(summary={"x": long}, config={"x": long})]).put(server)
    report = audit(PROJECT, limits={"value-size": 600_001, "config-size": 599_999})
    assert {one.rule: one.measured for one in report.findings}.keys() == {
        "value-size",
        "config-size",
    }


@pytest.mark.parametrize("limit", ["nan", "inf", "-1", "1,5", ""])
def test_limits_that_are_none(server: WandbServer, limit: str) -> None:
    Made().put(server)
    assert run(["audit", PROJECT, f"--limit=run-count={limit}"]) == 2


def test_rules_that_do_not_apply(server: WandbServer) -> None:
    Made().put(server)
    assert run(["audit", PROJECT, "--select", "code-*"]) == 2
    assert run(["audit", PROJECT, "--ignore", "**"]) == 2


def test_halves_of_characters_and_commands_in_names() -> None:
    odd = "a\ud800b\n::error::c\x1b[0m%0A"
    finding = Finding(
        rule="files-per-run",
        severity="warning",
        message="m",
        measured=2,
        limit=1,
        certainty="exact",
        examples=(Example(name=odd),),
        action="do",
    )
    report = AuditReport(source=odd, profile="saas", findings=(finding,))
    (line,) = github_lines(report)
    for text in (line, report_json(report), json.dumps(sarif(report, RULES, "wslayout.yaml"))):
        assert text.encode()
        assert "\x1b" not in text
    assert "\n" not in line
    assert "%250A" in line


# What looks wrong and is not


def found_by(rule: str, **options: Any) -> Finding | None:
    """What one rule finds, if anything."""
    found = audit(PROJECT, select=rule, **options).findings
    return found[0] if found else None


def test_panels_of_what_is_no_metric_are_not_empty(server: WandbServer) -> None:
    """Bars and scatter plots draw summaries; system metrics stand in no inventory."""
    of_summaries: list[dict[str, Any]] = [
        {"viewType": kind, "config": {"metrics": ["best", "loss.min"], "xAxis": "Step"}}
        for kind in ("Bar Chart", "Scalar Chart", "Scatter Plot", "Parallel Coordinates Plot")
    ]
    patterns: list[dict[str, Any]] = [
        {
            "viewType": "Run History Line Plot",
            "config": {"useMetricRegex": True, "metricRegex": pattern},
        }
        for pattern in (r"^system[/.]gpu\.\d+\.temp$", "powerWatts", "^lr$")
    ]
    Made(views=[with_panels(*of_summaries, *patterns, panel("system/gpu.0.temp"))]).put(server)
    assert found_by("empty-panels") is None
    server.world.projects.clear()
    media = {"viewType": "Media Browser", "config": {"mediaKeys": ["no_image"]}}
    patterns[-1]["config"]["metricRegex"] = "^rl$"
    Made(views=[with_panels(patterns[-1], media)]).put(server)
    found = found_by("empty-panels")
    assert found is not None
    assert found.measured == 2


def test_the_agents_of_a_sweep_are_not_runs_at_once(server: WandbServer) -> None:
    sweep = [a_run(f"s{n}", state="running", sweep_name="sw") for n in range(20)]
    alone = [a_run(f"r{n}", state="running") for n in range(16)]
    Made([*sweep, *alone[:15]]).put(server)
    assert found_by("parallel-runs") is None
    server.world.projects.clear()
    Made([*sweep, *alone]).put(server)
    found = found_by("parallel-runs")
    assert found is not None
    assert (found.measured, found.certainty) == (16, "exact")
    server.world.projects.clear()  # more than are listed
    Made([a_run(f"s{n}", state="running", sweep_name="sw") for n in range(1_200)]).put(server)
    assert found_by("parallel-runs") is None
    found = found_by("sweep-agents")
    assert found is not None
    assert (found.measured, found.certainty) == (1_200, "estimated")


@pytest.mark.parametrize("rule", ["rows-per-minute", "log-rate"])
def test_the_rates_of_runs_that_were_synced_at_once(server: WandbServer, rule: str) -> None:
    """A run of ten hours that was synced in five seconds did not log a million rows a minute."""
    synced: dict[str, Any] = {
        "history_line_count": 1_000_000,
        "heartbeat_at": BEGIN + timedelta(seconds=5),
    }
    Made([a_run(**synced)]).put(server)
    assert judged(rule)[0] == "not checked"
    server.world.projects.clear()
    runtime = {"_runtime": KeyInfo("number", previous=1_000_000.0)}
    Made([a_run(keys=FEW | runtime, **synced)]).put(server)
    assert judged(rule)[0] == "passed"
    server.world.projects.clear()
    runtime = {"_runtime": KeyInfo("number", previous=36_000.0)}
    Made([a_run(keys=FEW | runtime, **synced)]).put(server)
    assert judged(rule)[0] == "found"


@pytest.mark.parametrize(
    ("begin", "end", "seconds"),
    [
        ("2026-01-02T03:04:05", "2026-01-02T03:26:05", 1_320),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:26:05.123456789", 1_320),
        ("2026-01-02 03:04:05+00:00", "2026-01-02T04:26:05+01:00", 1_320),
        ("yesterday", "2026-01-02T03:04:05Z", None),
        ("2026-13-02T03:04:05", "2026-01-02T03:04:05Z", None),
    ],
)
def test_moments_as_servers_write_them(begin: str, end: str, seconds: float | None) -> None:
    told = {"historyKeys": {}, "createdAt": begin, "heartbeatAt": end}
    assert _Run(RunName(id="r", label="r"), told).history().seconds == seconds


def test_rare_metrics_of_all_runs_are_nobodys_accident(server: WandbServer) -> None:
    own = [a_run(f"r{n}", keys=FEW | numbers(60, f"model{n}")) for n in range(20)]
    Made(own).put(server)
    found = found_by("rare-metrics")
    assert found is not None
    assert found.measured == 1_200
    assert found.action.startswith("Many runs have metrics of their own")
    server.world.projects.clear()
    rare(1_200).put(server)
    found = found_by("rare-metrics")
    assert found is not None
    assert found.action.startswith("Look at these runs")


# Limits and exclusions


def test_a_limit_of_how_many_counts_what_is_not_excluded(
    server: WandbServer, capsys: pytest.CaptureFixture[str]
) -> None:
    twins(8).put(server)
    Path("wslayout.yaml").write_text(
        "audit:\n  exclude:\n    - rule: duplicate-metrics\n      reason: known\n"
        "      match: ['m/0', 'm/1', 'm.0', 'm.1', gone]\n"
    )
    found = found_by("duplicate-metrics")
    assert found is not None
    assert (found.measured, found.cases) == (6, 6)
    server.world.projects.clear()
    twins(7).put(server)
    assert run(["audit", PROJECT, "--select", "duplicate-metrics"]) == 0
    said = capsys.readouterr().out
    assert "excluded: duplicate-metrics, 2 cases: known" in said
    assert "nothing that duplicate-metrics found matches the exclusion 'gone'" in said


def test_metrics_of_a_run_where_the_advice_was_taken(server: WandbServer) -> None:
    Made([a_run(keys=numbers(6_000))], [view_of(3)]).put(server)
    assert found_by("metrics-per-run") is None
    found = found_by("metrics-per-run", limits={"metrics-per-run": 5_500})
    assert found is not None
    assert (found.limit, found.severity) == (5_500, "warning")
    server.world.projects.clear()
    huge = [a_run("huge", keys=numbers(100_001)), a_run("mid", keys=numbers(20))]
    Made(huge, [view_of(3)]).put(server)
    found = found_by("metrics-per-run", max_keys=200_000)
    assert found is not None
    assert (found.limit, found.severity) == (100_000, "error")
    # It has a manual workspace, which no longer helps.
    assert found.action.startswith("Log fewer names")
    assert not found.command
    # What is excluded plays no part in the severity.
    Path("wslayout.yaml").write_text(
        "audit: {exclude: [{rule: metrics-per-run, match: [huge], reason: known}]}"
    )
    found = found_by("metrics-per-run", limits={"metrics-per-run": 10}, max_keys=200_000)
    assert found is not None
    assert (found.severity, found.measured) == ("warning", 20)


def test_keys_of_unknown_kinds_are_not_said_to_be_no_media() -> None:
    report = audit([f"img_{n}" for n in range(30)], select="indexed-media")
    assert [one.reason for one in report.not_checked] == [
        "the kinds of the metric keys are not known"
    ]


@pytest.mark.parametrize(
    ("keys", "one_key"),
    [
        (["images/0", "images/1"], "images"),
        (["layer0/head0/attn", "layer1/head1/attn"], "layer/head/attn"),
        (["pred_img_0", "pred_img_1"], "pred_img"),
        (["0", "1"], "samples"),
    ],
)
def test_the_one_key_to_log_instead(server: WandbServer, keys: list[str], one_key: str) -> None:
    Made([a_run(keys={key: KeyInfo("image-file") for key in keys})]).put(server)
    found = found_by("indexed-media", limits={"indexed-media": 1})
    assert found is not None
    assert found.examples[0].measured.endswith(f"; log a list as {one_key}")


# Many views, and what is told of them


@pytest.mark.parametrize("aggregated", [True, False])
def test_hundreds_of_views_take_few_requests(server: WandbServer, aggregated: bool) -> None:
    runs = [a_run(f"r{n}", state="running", sweep_name=f"s{n % 2}") for n in range(400)]
    runs += [a_run(f"odd{n}", keys=numbers(300, f"odd{n}")) for n in range(3)]
    Made(runs, [view_of(3) for _ in range(400)], [report_of(3) for _ in range(130)]).put(server)
    for feature in ("file_count", *(() if aggregated else ("project_history_keys",))):
        server.disable(feature)
    report = audit(PROJECT)
    assert report.requests is not None
    assert report.requests <= 30
    assert {"panels-per-view": "sampled", "report-plots": "sampled"}.items() <= {
        one.rule: one.certainty for one in report.passed
    }.items()


def test_the_newest_reports_are_read_and_can_be_opened(server: WandbServer) -> None:
    Made(reports=[report_of(21), *(report_of(3) for _ in range(40)), report_of(22)]).put(server)
    found = found_by("report-plots")
    assert found is not None
    assert found.measured == 22
    (example,) = found.examples
    assert example.url.startswith(f"{server.url}/{PROJECT}/reports/Report-41--")
    assert not example.url.endswith("=")


# What machines and people read


def test_one_way_to_print_it(server: WandbServer, capsys: pytest.CaptureFixture[str]) -> None:
    Made().put(server)
    assert run(["audit", PROJECT, "--json", "--github"]) == 2
    assert "Choose one of --json, --github and --sarif." in capsys.readouterr().err


def test_what_github_and_code_scanning_show(
    server: WandbServer, snapshot: SnapshotAssertion
) -> None:
    much().put(server)
    Path("train.py").write_text(
        "import wandb\nrun = wandb.init()\nfor i in range(100):\n"
        "    run.log({f'img_{i}': wandb.Image(i)})\n"
    )
    report = audit(PROJECT, code="train.py", select=["indexed-media", "code-*", "log-call-size"])
    rules = [rule for rule in RULES if rule.id in {"indexed-media", "code-indexed-media"}]
    told = [rule for rule in RULES if rule.id in {one.rule for one in report.not_checked}]
    log = sarif(report, [*rules, *told], "wslayout.yaml")
    log["runs"][0]["tool"]["driver"]["version"] = "VERSION"
    assert "\n".join(github_lines(report)) == snapshot(name="github")
    assert json.dumps(log, indent=1) == snapshot(name="sarif")


def test_long_names_are_shortened(server: WandbServer) -> None:
    Made([a_run(keys=one("x" * 5_000, "number", 200_000))]).put(server)
    text = as_text(report_text(audit(PROJECT)))
    assert "characters…" in text
    assert max(map(len, text.splitlines())) < 400
