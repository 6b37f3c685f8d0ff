"""The audit of run folders: every rule just under and just over, on runs the real SDK logged."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from tests.audit_runs import (
    LoggedRun,
    Row,
    WrittenRun,
    histogram,
    html,
    leaves,
    log_offline,
    text,
)
from tests.conftest import WandbEnv, forget_wandb
from tests.wandb_server import faults
from wslayout.audit_api import audit
from wslayout.auditing.evidence import Evidence, Known
from wslayout.auditing.findings import AuditReport, Finding
from wslayout.auditing.folders import read_evidence
from wslayout.auditing.rules import RULES
from wslayout.cli.main import run as command
from wslayout.display.audit import report_text
from wslayout.display.terminal import as_text
from wslayout.errors import EmptySource, SourceError

VIEWS: Final = {
    "automatic-views", "panels-per-view", "empty-panels", "last-prefix", "report-plots",
}  # fmt: skip
"""What run folders can't tell."""

CODE: Final = {rule.id for rule in RULES if "code" in rule.needs}
"""What only training code tells."""

START: Final = 1_780_000_000.0
MB: Final = 1_000_000


# -- What is logged ---------------------------------------------------------------------------


def nested(dots: int, value: object = 1) -> object:
    """A value below so many names."""
    return {"abcdefgh"[dots - 1]: nested(dots - 1, value)} if dots else value


def shapes(media: int, twins: int, echoes: int, dots: int, settings: int, alone: int) -> LoggedRun:
    """A run whose names are what W&B warns of, so many of each."""
    row: dict[str, Any] = {f"pred_img_{number}": html() for number in range(media)}
    row |= {name: 1 for number in range(twins) for name in (f"a/b{number}", f"a.b{number}")}
    row |= {f"config/x{number}": number for number in range(echoes)}
    row |= {"deep": nested(dots)}
    row |= {f"alone{number}/x": 1 for number in range(alone)}
    config: dict[str, Any] = {f"x{number}": number for number in range(echoes)}
    config |= {f"deep{number}": nested(4) for number in range(settings)}
    return LoggedRun(id="shapes", rows=[row, row], config=config)


def many(more: int) -> list[LoggedRun]:
    """Two runs of 5,000 metrics in 100 sections; and more of the first."""
    first = {f"g{n % 100}/k{n}": n for n in range(5_000)}
    second = {f"g{n % 100}/l{n}": n for n in range(5_000)}
    return [
        LoggedRun(id="first", rows=[first | {f"z{n}/z": n for n in range(more)}]),
        LoggedRun(id="second", rows=[second]),
    ]


def large(more: int) -> LoggedRun:
    """A config of 10 MB, a value of 1 MB, a call of 25 MB; and more."""
    call = {f"v{number:02}": text(MB - 2) for number in range(24)}
    call |= {"rest": text(25 * MB - 24 * (MB + len("v00")) - len("rest") - 2 + more)}
    words = 10 * MB - len("lr") - len("0.1") - 4 - len("words") - 4
    return LoggedRun(
        id="large",
        rows=[{"value": text(MB - 2 + more)}, call],
        config={"lr": 0.1, "words": text(words - 2 + more)},
    )


def often(rows: int) -> LoggedRun:
    """A run that logs so many rows at once."""
    return LoggedRun(id="often", rows=[{"loss": 1 / (n + 1)} for n in range(rows)])


def steady(rows: int) -> LoggedRun:
    """A run that logs so many rows in exactly ten minutes."""
    return LoggedRun(
        id="steady",
        rows=[{"loss": n, "_timestamp": START + 600 * n / (rows - 1)} for n in range(rows)],
    )


POINTS: Final[Sequence[Row]] = [
    {
        "loss": n / 10,
        **({"img": html(f"<b>{n}")} if n < 5 else {}),
        **({"hist": histogram(1, 2, n)} if n < 3 else {}),
        **({"flag": True} if n else {}),
        **({"note": "abc", "by": {"class": {"a": n, "b.c": -n}}} if n < 2 else {}),
    }
    for n in range(7)
]
"""Rows of which everything is counted below."""

TEAM: Final = 11


def team() -> list[LoggedRun]:
    """Runs that go on at once, five of them a sweep's, each with two metrics of its own."""
    return [
        LoggedRun(
            id=f"r{n:02}",
            rows=[{"loss": n, f"mine{n}/a": 1, f"mine{n}/b": 2}] * 2,
            sweep="sweep1" if n < 5 else "",
        )
        for n in range(TEAM)
    ]


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of projects, each with its runs, as the SDK logged them."""
    top = tmp_path_factory.mktemp("audited")
    runs: dict[str, Sequence[LoggedRun]] = {
        "shapes/under": [shapes(10, 5, 10, 4, 10, 25)],
        "shapes/over": [shapes(11, 6, 11, 5, 11, 26)],
        "many/under": many(0),
        "many/over": many(1),
        "large/under": [large(0)],
        "large/over": [large(1)],
        "often/under": [often(1_000)],
        "often/over": [often(1_001)],
        "steady/under": [steady(601)],
        "steady/over": [steady(606)],
        "points": [
            LoggedRun(id="one", rows=POINTS, config={"lr": 0.1, "by": {"a": 1}}),
            LoggedRun(id="two", rows=POINTS[:2], config={"lr": 0.2}, wave=1),
        ],
        "team": team(),
        "odd": [
            LoggedRun(id="words", rows=[{"検証": "日本語" * 10}]),
            LoggedRun(id="times", rows=[{"loss": 1, "_timestamp": START * 1_000}]),
            LoggedRun(id="again", rows=[{"loss": 1}]),
            LoggedRun(id="again", rows=[{"loss": 1}], wave=1),
            LoggedRun(id="nothing"),
        ],
    }
    log_offline({top / name: given for name, given in runs.items()})
    return top


def finding(path: Path, rule: str, limit: float | None = None) -> Finding:
    """What one rule finds, which has to be something."""
    (found,) = audit(
        path, select=rule, limits={rule: limit} if limit is not None else None
    ).findings
    assert found.rule == rule
    return found


def passes(path: Path, rule: str, limit: float | None = None) -> bool:
    """Whether a rule was checked exactly and found nothing."""
    report = audit(path, select=rule, limits={rule: limit} if limit is not None else None)
    return [(one.rule, one.certainty) for one in report.passed] == [(rule, "exact")]


def only(folder: Path, run_id: str, place: Path) -> Path:
    """A copy of the folders of one run, to spoil."""
    for found in folder.glob(f"wandb/*run-*-{run_id}"):
        shutil.copytree(found, place / "wandb" / found.name)
    return place


def known(part: Any) -> Any:
    """A part of the evidence that is exactly known."""
    assert isinstance(part, Known)
    assert part.certainty == "exact"
    return part.value


# -- At the limits that W&B names -------------------------------------------------------------


@dataclass(frozen=True)
class Beyond:
    """What the audit says of one rule."""

    rule: str
    measured: float
    cases: int
    first: str  # the worst case that it names

    @staticmethod
    def of(found: Finding) -> Beyond:
        example = found.examples[0] if found.examples else None
        first = f"{example.name}: {example.measured}" if example else ""
        return Beyond(found.rule, found.measured, found.cases, first)


OVER: Final = {
    "shapes": [
        Beyond(
            "indexed-media",
            11,
            1,
            "pred_img_0: 11 keys up to pred_img_10; log a list as pred_img",
        ),
        Beyond("duplicate-metrics", 6, 6, "a/b0: as a.b0 already"),
        Beyond("config-as-metrics", 11, 11, "config/x0: "),
        Beyond("nested-summary", 5, 1, "deep.e.d.c.b.a: in shapes"),
        Beyond("one-metric-sections", 26, 1, "the automatic workspace: 26 of 30 sections"),
        Beyond("nested-config", 11, 11, "deep0.d.c.b.a: in shapes"),
    ],
    "many": [
        Beyond("distinct-metrics", 10_001, 1, "g0/: 100 metrics"),
        Beyond("metrics-per-run", 5_001, 1, "first: 5,001 metrics"),
        Beyond("sections-per-view", 101, 1, "the automatic workspace: 101 sections"),
    ],
    "large": [
        Beyond("value-size", MB + 1, 1, "value: 1 MB in large"),
        Beyond("log-call-size", 25 * MB + 1, 1, "large: 25 MB in row 2"),
        Beyond("config-size", 10 * MB + 1, 1, "large: 10 MB (most in 'words': 10 MB)"),
    ],
    "often": [Beyond("rows-per-minute", 1_001, 1, "often: 1,001 rows a minute")],
    "steady": [Beyond("log-rate", 61, 1, "steady: 61 rows a minute")],
}


@pytest.mark.parametrize("name", OVER)
def test_just_under_and_just_over_the_real_limits(name: str, logged: Path) -> None:
    under = audit(logged / name / "under")
    assert under.findings == ()
    assert {one.rule for one in under.not_checked} - CODE == VIEWS
    assert {one.certainty for one in under.passed} == {"exact"}
    assert {one.rule for one in under.passed} == {rule.id for rule in RULES} - VIEWS - CODE
    over = audit(logged / name / "over")
    assert [Beyond.of(one) for one in over.findings] == OVER[name]
    assert {(one.certainty, one.severity) for one in over.findings} == {("exact", "warning")}
    assert all(one.action for one in over.findings)


def test_the_largest_are_measured_to_the_byte(logged: Path) -> None:
    for name, more in (("under", 0), ("over", 1)):
        evidence = read_evidence(logged / "large" / name)
        (config,) = known(evidence.configs)
        assert (config.bytes, config.largest) == (10 * MB + more, ("words", 10 * MB + more - 9))
        assert known(evidence.values)["value"].amount == MB + more
        (call,) = known(evidence.calls)
        assert (call.amount, call.said) == (25 * MB + more, "in row 2")


# -- At limits of our own ---------------------------------------------------------------------

COUNTED: Final = [
    ("points", "scalar-points", 7, "loss: 7 points in one"),
    ("points", "media-points", 5, "img: 5 points in one"),
    ("points", "histogram-points", 3, "hist: 3 points in one"),
    ("points", "steps-per-run", 7, "one: 7 steps"),
    ("points", "rows-per-minute", 7, "one: 7 rows a minute"),
    ("points", "values-per-minute", 27, "one: 27 values a minute"),
    ("points", "files-per-run", 6, "one: 6 files"),
    ("points", "run-count", 2, ""),
    ("points", "parallel-runs", 1, ""),
    ("points", "distinct-metrics", 7, ""),
    ("points", "metrics-per-run", 7, "one: 7 metrics"),
    ("points", "value-size", 5, "note: 5 bytes in one"),
    ("points", "nested-summary", 2, "by.class.a: in one"),
    ("points", "sections-per-view", 2, "the automatic workspace: 2 sections"),
    ("team", "run-count", TEAM, ""),
    ("team", "parallel-runs", TEAM - 5, ""),
    ("team", "sweep-agents", 5, "sweep1: 5 runs at once"),
    ("team", "rare-metrics", 2 * TEAM, "r00: 2 metrics of them"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "rule", "amount", "first"), COUNTED)
def test_just_under_and_just_over_a_limit(
    name: str, rule: str, amount: int, first: str, logged: Path
) -> None:
    assert passes(logged / name, rule, amount)
    found = finding(logged / name, rule, amount - 1)
    assert (found.measured, found.limit, found.certainty) == (amount, amount - 1, "exact")
    assert not first or Beyond.of(found).first == first


def test_metrics_of_one_run_are_rare_from_eleven_runs_on(logged: Path, tmp_path: Path) -> None:
    """Of ten runs nearly every metric may be that of a few."""
    place = Path(shutil.copytree(logged / "team" / "wandb", tmp_path / "wandb", symlinks=True))
    (last,) = place.glob("*-r10")
    shutil.rmtree(last)
    assert known(read_evidence(tmp_path).rare).keys == 2 * (TEAM - 1)
    assert passes(tmp_path, "rare-metrics", 0)


def test_files_at_the_real_limit(logged: Path, tmp_path: Path) -> None:
    place = only(logged / "points", "one", tmp_path)
    (media,) = place.glob("wandb/*/files/media")
    for number in range(1_000 - 6):
        (media / f"{number}.png").touch()
    assert passes(place, "files-per-run")
    (media / "one more.png").touch()
    assert finding(place, "files-per-run").measured == 1_001


@pytest.mark.parametrize(
    ("rule", "limit", "sweep", "said"),
    [
        ("parallel-runs", 15, "", "16 runs reported at once at 2026-05-28 20:41 UTC"),
        ("sweep-agents", 20, "s", "1 sweep has more than 20 agents at once"),
    ],
)
def test_runs_at_once_at_the_real_limits(
    rule: str, limit: int, sweep: str, said: str, tmp_path: Path
) -> None:
    """Each begins a minute later; the last begins just when the first ends, and then before."""
    minutes = [START + 60 * number for number in range(limit + 1)]
    for name, end in (("under", minutes[-1]), ("over", minutes[-1] + 0.5)):
        for number, begin in enumerate(minutes):
            last = end if number == 0 else minutes[-1] + 60
            WrittenRun(
                id=f"r{number}", rows=[(last, {"loss": 1})], started=begin, sweep=sweep
            ).write(tmp_path / name)
    assert passes(tmp_path / "under", rule)
    found = finding(tmp_path / "over", rule)
    assert (found.measured, found.message) == (limit + 1, said)


def test_a_sweep_of_runs_one_after_the_other_has_one_agent(tmp_path: Path) -> None:
    for number in range(4):
        begin = START + 100 * number
        rows: list[tuple[float | None, Row]] = [(begin + 100, {"loss": 1})]
        WrittenRun(id=f"r{number}", rows=rows, started=begin, sweep="s").write(tmp_path)
    activity = known(read_evidence(tmp_path).activity)
    assert (activity.alone, activity.sweeps) == (0, {"s": 1})


def test_copies_of_wandb_watch_are_metrics_under_two_names(tmp_path: Path) -> None:
    parts = ("encoder.", "graph_1")
    row = {f"gradients/{part}fc{n}.weight": n for part in parts for n in range(6)}
    WrittenRun(id="a", rows=[(START, row)]).write(tmp_path / "part")
    found = finding(tmp_path / "part", "duplicate-metrics")
    assert (found.measured, found.cases) == (6, 6)
    assert Beyond.of(found).first == (
        "gradients/graph_1fc0.weight: as gradients/encoder.fc0.weight already"
    )
    # Two networks of one kind have layers of the same names.
    row = {f"gradients/{graph}fc{n}.weight": n for graph in ("", "graph_1") for n in range(6)}
    WrittenRun(id="a", rows=[(START, row)]).write(tmp_path / "two")
    assert passes(tmp_path / "two", "duplicate-metrics")


def test_settings_that_change_in_a_run_are_metrics(tmp_path: Path) -> None:
    rows: list[tuple[float | None, Row]] = [
        (START + step, {f"config/x{n}": n + step for n in range(20)}) for step in range(2)
    ]
    WrittenRun(id="a", rows=rows, config={f"x{n}": n for n in range(20)}).write(tmp_path)
    assert passes(tmp_path, "config-as-metrics")


def test_metrics_of_other_values_are_no_settings(tmp_path: Path) -> None:
    """They are called alike, as losses and their weights are."""
    config = {"loss_weights": {f"t{n}": 1.0 for n in range(12)}}
    row = {f"loss_weights/t{n}": 0.1 * n for n in range(12)}
    WrittenRun(id="a", rows=[(START, row)], config=config).write(tmp_path / "other")
    assert passes(tmp_path / "other", "config-as-metrics")
    row = {f"ray/config/loss_weights/t{n}": 1 for n in range(12)}
    WrittenRun(id="a", rows=[(START, row)], config=config).write(tmp_path / "same")
    assert finding(tmp_path / "same", "config-as-metrics").cases == 12


# -- Refused requests -------------------------------------------------------------------------


def log_online(env: WandbEnv, run_id: str) -> Path:
    """A run that is logged to the loopback server; gives its folder."""
    import wandb

    settings = wandb.Settings(
        silent=True, console="off", x_disable_stats=True, x_disable_meta=True, disable_git=True,
        disable_job_creation=True, save_code=False,
    )  # fmt: skip
    run = wandb.init(
        entity="demo", project="project", id=run_id, dir=str(env.home), settings=settings
    )
    run.log({"loss": 1})
    run.finish()
    forget_wandb()  # only then is all of it on disk
    return env.home


@pytest.fixture
def refused(wandb_env: WandbEnv) -> Path:
    """A run two of whose requests were refused for their number, and one for another reason."""
    server = wandb_env.server
    server.add_project("demo/project")
    again = faults.Headers({"Retry-After": "0.1"})
    server.fail(faults.rate_limited(reset=1) + again, operation="upsertBucket")
    stream = "/files/demo/project/run429/file_stream"
    server.fail(faults.rate_limited(reset=1) + again, path=stream)
    server.fail(faults.status(503, "busy") + again, path=stream)
    return log_online(wandb_env, "run429")


def test_refused_requests_of_a_real_run(refused: Path) -> None:
    found = finding(refused, "rate-limited")
    assert (found.measured, found.certainty) == (2, "exact")
    assert found.message.startswith("the runs on disk got 2 answers “rate limit exceeded”")
    assert passes(refused, "rate-limited", 2)
    # An online run has its summary, its config and more on disk.
    on_disk = {path.name for path in refused.glob("wandb/run-*/files/*")}
    assert {"wandb-summary.json", "config.yaml"} <= on_disk
    assert finding(refused, "files-per-run", 0).measured == len(on_disk)


def logging(place: Path, run_id: str, line: str) -> Path:
    """The folder, with one line in the log of a run."""
    (log,) = place.glob(f"wandb/*-{run_id}/logs/debug-internal.log")
    log.write_text(line + "\n")
    return place


def test_how_many_lines_were_sent_is_no_refusal(logged: Path, tmp_path: Path) -> None:
    line = '{"level":"INFO","msg":"filestream: request sent","status":"200 OK","lines":429}'
    assert passes(logging(only(logged / "points", "one", tmp_path), "one", line), "rate-limited")


def test_without_logs_refusals_are_not_checked(tmp_path: Path) -> None:
    WrittenRun(id="a", rows=[(START, {"loss": 1})]).write(tmp_path)
    (left,) = audit(tmp_path, select="rate-limited").not_checked
    assert left.reason == "the runs on disk hold no logs of wandb, which tell of refused requests"


# -- Exactly what was logged ------------------------------------------------------------------


def test_points_rows_and_values_of_a_real_run(logged: Path) -> None:
    evidence = read_evidence(logged / "points")
    assert {key: (most.amount, most.kind) for key, most in known(evidence.points).items()} == {
        "loss": (7, "number"), "img": (5, "html"), "hist": (3, "histogram"), "flag": (6, "bool"),
        "note": (2, "string"), "by.class.a": (2, "number"), "by.class.b.c": (2, "number"),
    }  # fmt: skip
    assert {key: most.amount for key, most in known(evidence.summaries).items()} == {
        "by.class.a": 2,
        "by.class.b.c": 2,  # a dot that stands in a name is no nesting
    }
    assert {key: most.amount for key, most in known(evidence.values).items()} == {
        "loss": 3, "flag": 4, "note": 5, "by.class.a": 1, "by.class.b.c": 2,
    }  # fmt: skip
    one, two = known(evidence.histories)
    assert (one.metrics, one.rows, one.values) == (7, 7, 27)
    assert (two.metrics, two.rows, two.values) == (7, 2, 13)
    configs = [(found.bytes, dict(found.names)) for found in known(evidence.configs)]
    assert configs == [(9 + 13, {"lr": 0, "by.a": 1}), (9, {"lr": 0})]


@dataclass(frozen=True)
class Model:
    """What a log comes to, counted in the plainest way."""

    points: Mapping[str, int]
    rows: int
    values: int
    rows_a_minute: int
    values_a_minute: int
    call: int

    @staticmethod
    def of(rows: Sequence[tuple[float, Row]]) -> Model:
        flat = [
            (moment, [(".".join(parts), json.dumps(value)) for parts, value in leaves(row)])
            for moment, row in rows
            if row
        ]
        minutes = [
            [len(row) for moment, row in flat if begin <= moment < begin + 60] for begin, _ in flat
        ]
        return Model(
            points=Counter(key for _, row in flat for key, _ in row),
            rows=len(flat),
            values=sum(len(row) for _, row in flat),
            rows_a_minute=max(map(len, minutes)),
            values_a_minute=max(map(sum, minutes)),
            call=max(sum(len(key) + len(value) for key, value in row) for _, row in flat),
        )

    @staticmethod
    def measured(evidence: Evidence) -> Model:
        (run,) = known(evidence.histories)
        (call,) = known(evidence.calls)
        return Model(
            points={key: most.amount for key, most in known(evidence.points).items()},
            rows=run.rows,
            values=run.values,
            rows_a_minute=run.rows_a_minute,
            values_a_minute=run.values_a_minute,
            call=call.amount,
        )


names = st.sampled_from(["loss", "acc", "train/loss", "x.y"])
plain = st.one_of(
    st.integers(-99, 10**6), st.floats(allow_nan=False), st.booleans(), st.text("ab", max_size=4)
)
values = st.one_of(
    plain,
    st.dictionaries(st.sampled_from("abc"), plain, min_size=1, max_size=3),
    st.dictionaries(
        st.just("d"), st.dictionaries(st.sampled_from("ef"), plain, min_size=1), min_size=1
    ),
)
gaps = st.sampled_from([0.0, 0.5, 7.0, 29.5, 30.0, 59.5, 60.0, 61.0])
small_logs = st.lists(
    st.tuples(gaps, st.dictionaries(names, values, max_size=3)), min_size=1, max_size=12
).filter(lambda log: any(row for _, row in log))


@settings(max_examples=40)
@given(log=small_logs)
def test_any_small_log_is_measured_exactly(
    log: list[tuple[float, Row]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    moment, rows = START, []
    for gap, row in log:
        moment += gap
        rows.append((moment, row))
    place = tmp_path_factory.mktemp("log")
    WrittenRun(id="a", rows=rows, started=START).write(place)
    assert Model.measured(read_evidence(place)) == Model.of(rows)


# -- What it looks like -----------------------------------------------------------------------


def shown(path: Path) -> str:
    """The report on a terminal, with the same path on every machine."""
    lines = as_text(report_text(audit(path))).replace(str(path), "wandb")
    return re.sub(r"offline-run-\d{8}_\d{6}", "offline-run-20260101_000000", lines)


def test_a_healthy_run_prints_one_green_line(logged: Path, snapshot: SnapshotAssertion) -> None:
    report = audit(logged / "points")
    assert not report.findings
    assert shown(logged / "points") == snapshot


def test_a_report_of_several_findings(logged: Path, snapshot: SnapshotAssertion) -> None:
    assert shown(logged / "shapes" / "over") == snapshot


# -- What can't be read, or only in part ------------------------------------------------------


def certain(report: AuditReport) -> set[str]:
    """The rules of which it says that they were checked on everything."""
    sure = {one.rule for one in report.passed if one.certainty == "exact"}
    return sure | {one.rule for one in report.findings if one.certainty == "exact"}


def spoilt(place: Path, content: bytes) -> Path:
    """The folder, with its only run's file replaced."""
    (file,) = place.glob("wandb/*/run-*.wandb")
    file.write_bytes(content)
    return place


def test_a_run_cut_anywhere_is_never_said_to_be_exact(logged: Path, tmp_path: Path) -> None:
    place = only(logged / "points", "one", tmp_path)
    whole = next(place.glob("wandb/*/run-*.wandb")).read_bytes()
    for cut in range(50, len(whole), len(whole) // 25):
        try:
            report = audit(spoilt(place, whole[:-cut]))
        except (EmptySource, SourceError):
            continue
        # Of one run, its folder and its logs all is known whatever its file says.
        assert certain(report) - ACTIVITY <= {"run-count", "rate-limited"}, cut
        assert not report.findings


ACTIVITY: Final = {"parallel-runs", "sweep-agents"}


def test_flipped_bytes_are_never_a_traceback(logged: Path, tmp_path: Path) -> None:
    place = only(logged / "points", "one", tmp_path)
    whole = next(place.glob("wandb/*/run-*.wandb")).read_bytes()
    for at in range(0, len(whole), len(whole) // 60):
        changed = bytearray(whole)
        changed[at] ^= 0x55
        try:
            report = audit(spoilt(place, bytes(changed)))
        except SourceError:
            continue
        assert certain(report) - ACTIVITY <= {"run-count", "rate-limited"}, at


def one_spoilt(logged: Path, place: Path) -> Path:
    """Two runs, the first of which can't be read."""
    for name in ("one", "two"):
        only(logged / "points", name, place)
    (file,) = place.glob("wandb/*/run-*-one.wandb")
    file.write_bytes(b"nonsense")
    return place


def test_one_spoilt_run_among_others(logged: Path, tmp_path: Path) -> None:
    place = one_spoilt(logged, tmp_path)
    assert {"scalar-points", "value-size", "config-size"}.isdisjoint(certain(audit(place)))
    assert finding(place, "run-count", 1).measured == 2


def summary_only(folder: Path, run_id: str = "old") -> Path:
    """A run of which only the last values are there."""
    place = folder / "wandb" / f"run-20200101_000000-{run_id}" / "files"
    place.mkdir(parents=True)
    (place / "wandb-summary.json").write_text(json.dumps({"loss": 0.5, "acc": 1}))
    return folder


def test_a_folder_with_only_a_summary(tmp_path: Path) -> None:
    report = audit(summary_only(tmp_path))
    assert certain(report) == {"run-count"}
    assert not report.findings
    reasons = {one.reason for one in report.not_checked if one.rule not in VIEWS | CODE}
    # Where no points are told and all is numbers, kinds are not taken for told either.
    assert reasons == {
        "no run on disk has a .wandb file that can be read",
        "the kinds of the metric keys are not known",
    }
    assert {"scalar-points", "value-size", "files-per-run", "parallel-runs", "rate-limited"} <= {
        one.rule for one in report.not_checked
    }


def test_nothing_to_audit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(EmptySource, match="holds no W&B runs"):
        audit(tmp_path)
    WrittenRun(id="a", config={"lr": 1}).write(tmp_path)
    with pytest.raises(EmptySource, match="no metric was logged"):
        audit(tmp_path)
    assert command(["audit", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err


def test_rows_without_times_are_not_checked_for_rates(tmp_path: Path) -> None:
    WrittenRun(id="a", rows=[(None, {"loss": 1})] * 3).write(tmp_path)
    rates = {"rows-per-minute", "values-per-minute", "log-rate"}
    report = audit(tmp_path, limits=dict.fromkeys(rates, 0.1))
    assert rates | ACTIVITY <= {one.rule for one in report.not_checked}
    assert "steps-per-run" in certain(report)
    # Where there are fewer rows in all than a minute may have, no time is needed.
    assert rates <= {one.rule for one in audit(tmp_path).passed}


def test_a_clock_that_was_set_back_begins_another_minute(tmp_path: Path) -> None:
    moments = [START, START + 1, START - 3600, START - 3599, START - 3598]
    WrittenRun(id="a", rows=[(moment, {"loss": 1}) for moment in moments]).write(tmp_path)
    assert finding(tmp_path, "rows-per-minute", 2).measured == 3


# -- Faults found -----------------------------------------------------------------------------


@pytest.mark.parametrize(("rule", "amount"), [("value-size", 92), ("log-call-size", 98)])
def test_sizes_of_other_scripts_are_bytes(
    rule: str, amount: int, logged: Path, tmp_path: Path
) -> None:
    assert finding(only(logged / "odd", "words", tmp_path), rule, 1).measured == amount


def test_times_of_people_may_be_anything(logged: Path, tmp_path: Path) -> None:
    audit(only(logged / "odd", "times", tmp_path))


@pytest.mark.parametrize("moment", [float("nan"), float("inf"), -1e18, 1e300])
def test_any_number_may_stand_for_a_time(moment: float, tmp_path: Path) -> None:
    WrittenRun(id="a", rows=[(moment, {"loss": 1})] * 3, started=START).write(tmp_path)
    audit(tmp_path)


def test_a_summary_beside_runs_makes_a_sample(logged: Path, tmp_path: Path) -> None:
    place = summary_only(only(logged / "points", "one", tmp_path))
    assert {"scalar-points", "value-size", "config-size", "files-per-run"}.isdisjoint(
        certain(audit(place))
    )


@pytest.mark.parametrize("rule", ["parallel-runs", "sweep-agents"])
def test_what_goes_on_at_once_is_a_sample_of_spoilt_runs(
    rule: str, logged: Path, tmp_path: Path
) -> None:
    assert rule not in certain(audit(one_spoilt(logged, tmp_path)))


def test_refusals_of_a_spoilt_run_are_found(logged: Path, tmp_path: Path) -> None:
    line = '{"level":"INFO","msg":"api: retrying HTTP error","status":429,"url":"x","body":""}'
    place = logging(one_spoilt(logged, tmp_path), "one", line)
    assert finding(place, "rate-limited").measured == 1


def test_other_errors_of_addresses_with_that_number(logged: Path, tmp_path: Path) -> None:
    line = (
        '{"level":"INFO","msg":"api: retrying HTTP error","status":503,'
        '"url":"https://api.wandb.ai/files/me/exp-429/r1/file_stream","body":"busy"}'
    )
    assert passes(logging(only(logged / "points", "one", tmp_path), "one", line), "rate-limited")


def test_a_run_that_logged_nothing_is_no_estimate(logged: Path, tmp_path: Path) -> None:
    place = only(logged / "points", "one", tmp_path)
    assert "rows-per-minute" in certain(audit(place))
    only(logged / "odd", "nothing", tmp_path)
    assert "rows-per-minute" in certain(audit(place))


def test_a_resumed_run_does_not_go_on_while_it_rests(tmp_path: Path) -> None:
    """Four runs one after the other, each resumed the next day: never two at once."""
    for number in range(4):
        for day in range(2):
            begin = START + 86_400 * day + 100 * number
            rows: list[tuple[float | None, Row]] = [(begin + 50, {"loss": 1})]
            WrittenRun(id=f"r{number}", rows=rows, started=begin, number=day).write(tmp_path)
    assert known(read_evidence(tmp_path).activity).alone == 1


def test_a_file_of_a_resumed_run_is_one(logged: Path, tmp_path: Path) -> None:
    place = only(logged / "odd", "again", tmp_path)
    assert {path.name for path in place.glob("wandb/*/files/*")} == {"requirements.txt"}
    (files,) = known(read_evidence(place).files)
    assert files.amount == 1


def test_the_deepest_of_all_configs_counts(tmp_path: Path) -> None:
    rows: list[tuple[float | None, Row]] = [(START, {"loss": 1})]
    WrittenRun(id="a", rows=rows, config={"d.c.b.a.x": 1}).write(tmp_path)
    WrittenRun(id="b", rows=rows, config={"d": nested(3, {"x": 1})}).write(tmp_path)
    found = finding(tmp_path, "nested-config", 0)
    assert Beyond.of(found) == Beyond("nested-config", 1, 1, "d.c.b.a.x: in b")


def test_the_command_that_is_told_can_be_run(
    logged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = only(logged / "points", "one", tmp_path / "my runs")
    words = shlex.split(finding(place, "sections-per-view", 0).command)
    assert words[:3] == ["wslayout", "apply", str(place)]
    assert "--to" in words


def test_names_alike_of_metrics_logged_more_often_are_let_pass(tmp_path: Path) -> None:
    often, once = ({f"a{sign}b{n}": n for n in range(20)} for sign in "/.")
    rows: list[tuple[float | None, Row]] = [(START, often), (START + 1, often | once)]
    WrittenRun(id="a", rows=rows).write(tmp_path)
    assert passes(tmp_path, "duplicate-metrics")


ONE: Final = [
    ("duplicate-metrics", 0, "1 metric seems to be logged a second time under another name"),
    ("config-as-metrics", 0, "1 metric only repeats values of the runs' configs"),
    ("nested-config", 0, "1 config value is nested deeper than 3 dots"),
    ("media-points", 1, "1 media metric has more than 1 point in a run"),
]


@pytest.mark.parametrize(("rule", "limit", "said"), ONE, ids=[each[0] for each in ONE])
def test_one_is_no_plural(rule: str, limit: int, said: str, tmp_path: Path) -> None:
    row = {"a/b": 1, "a.b": 1, "config/lr": 1, "img": {"_type": "image-file", "path": "x"}}
    rows: list[tuple[float | None, Row]] = [(START, row)] * 2
    WrittenRun(id="a", rows=rows, config={"lr": 1, "deep": nested(4)}).write(tmp_path)
    assert finding(tmp_path, rule, limit).message == said


def test_a_run_without_its_first_record_is_measured(tmp_path: Path) -> None:
    WrittenRun(id="a", rows=[(START, {"loss": 1})] * 3, run_record=False).write(tmp_path)
    assert finding(tmp_path, "scalar-points", 2).measured == 3
