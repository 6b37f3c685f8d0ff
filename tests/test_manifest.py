"""The manifest: many views kept up to date, on the loopback server."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from syrupy.assertion import SnapshotAssertion

import wslayout
from tests.commands import forked
from tests.conftest import WandbEnv
from tests.people import sections_of
from tests.wandb_server import KeyInfo, Run, WandbServer, faults
from wslayout.cli.main import run
from wslayout.errors import AuthError, SourceError, TargetError, TemplateError
from wslayout.manifest import manifest_schema, read_manifest
from wslayout.presets.found import Found
from wslayout.publish.apply import Applied, carry_out
from wslayout.publish.plan import Planned
from wslayout.templates.nodes import plain, read_yaml
from wslayout.wandb_api.pacing import BURST, INTERVAL, Pacer

KEYS = ("train/loss", "val/loss", "train/acc", "val/acc", "grad/a", "grad/b", "lr")


@pytest.fixture
def server(wandb_env: WandbEnv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WandbServer:
    for name in ("exp-1", "exp-2", "exp-old", "other", "empty"):
        keys = {} if name == "empty" else {key: KeyInfo("number", count=9) for key in KEYS}
        wandb_env.server.add_project(f"team/{name}", runs=[Run("run", keys=keys)])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ours.yaml").write_text(
        "name: Ours\nparameters: {few: {type: integer, default: 3}}\n"
        "sections: [{name: Losses, match: ['**/loss'], max_panels: '${few}'}]\n"
    )
    return wandb_env.server


def write(text: str) -> None:
    Path("wslayout.yaml").write_text(text, encoding="utf-8")


def names(server: WandbServer) -> dict[str, list[str]]:
    found = {
        path: sorted(view.display_name for view in project.views)
        for path, project in server.world.projects.items()
    }
    return {path: views for path, views in found.items() if views}


MANY = """\
presets: {team: ours.yaml}
targets:
  - project: [team/exp-*, team/empty*]
    without: [team/exp-old]
    template: team
    set: {few: 2}
  - project: team/other
    name: Overview of all
    limits: {panels: 4}
    exclude: [grad/*]
"""


def test_all_views_and_again(server: WandbServer) -> None:
    write(MANY)
    found = wslayout.regenerate()
    assert names(server) == {
        "team/exp-1": ["Ours"],
        "team/exp-2": ["Ours"],
        "team/other": ["Overview of all"],
    }
    assert [one.project for one in found] == [
        "team/exp-1",
        "team/exp-2",
        "team/empty",
        "team/other",
    ]
    assert [one.applied.action if one.applied else one.skipped[:20] for one in found] == [
        "created",
        "created",
        "the runs of team/emp",
        "created",
    ]
    again = wslayout.regenerate(jobs=1)
    assert [one.applied.action for one in again if one.applied] == ["unchanged"] * 3
    (view,) = server.views("team/other")
    assert "grad" not in view.spec


def test_only_some(server: WandbServer) -> None:
    write(MANY)
    wslayout.regenerate(only="team/*-1")
    assert names(server) == {"team/exp-1": ["Ours"]}
    wslayout.regenerate(only="Overview*")
    assert set(names(server)) == {"team/exp-1", "team/other"}
    assert [one.name for one in wslayout.regenerate(only="Our*")] == ["Ours", "Ours", ""]
    for only in ("nothing", ["team/exp-1", "nothing"], "[z-a]", "x" * 1_200):
        with pytest.raises(TargetError, match="--only"):
            wslayout.regenerate(only=only)
    assert wslayout.regenerate(only="team/exp-1", dry_run=True)[0].difference is not None


def test_what_fails_stops_no_other(
    server: WandbServer, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    write(MANY + "  - project: team/nowhere\n  - project: team/exp-1\n    template: no-such\n")
    assert run(["regenerate"]) == 4
    out = capsys.readouterr().out
    assert out.replace(server.url.removeprefix("http://"), "127.0.0.1:PORT") == snapshot
    assert set(names(server)) == {"team/exp-1", "team/exp-2", "team/other"}
    assert run(["regenerate", "--json"]) == 4
    rows = json.loads(capsys.readouterr().out)
    assert [bool(row["error"]) for row in rows] == [False] * 4 + [True, True]
    # Where all fail in one way, that is how it ends.
    write("targets: [{project: team/nowhere}, {project: team/gone}]\n")
    assert run(["regenerate"]) == 2
    write("targets: [{project: team/exp-1}, {project: team/exp-2}]\n")
    server.fail(faults.unauthorized(), times=None)
    assert run(["regenerate"]) == 3


def test_diff_of_all_views(
    server: WandbServer, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    write(MANY)
    assert run(["regenerate"]) == 0
    capsys.readouterr()
    assert run(["diff"]) == 0
    assert "fine" in capsys.readouterr().out
    (view,) = server.views("team/other")
    spec = json.loads(view.spec)
    first = sections_of(spec)[0]
    first["name"] = "Mine"
    first["panels"][0]["config"]["chartTitle"] = "My title"
    first["panels"].pop()
    view.spec = json.dumps(spec)
    server.world.touch(view)
    write(MANY.replace("exclude: [grad/*]", "pin: [grad/a]"))
    assert run(["diff"]) == 1
    assert capsys.readouterr().out == snapshot
    assert run(["diff", "--json"]) == 1
    rows = json.loads(capsys.readouterr().out)
    assert [row["difference"]["differs"] for row in rows if row["difference"]] == [
        False,
        False,
        True,
    ]
    assert run(["regenerate", "--dry-run"]) == 0
    assert json.loads(view.spec) == spec
    assert run(["diff", "--panels", "3"]) == 2


@pytest.mark.parametrize(
    "text",
    [
        "targets: [{proj: team/exp-1}]",
        "preset: {a: b.yaml}",
        "targets: [{project: team}, {project: 'te*/x'}]",
        "targets: [{project: team/exp-1, template: [a]}]",
        "targets: [{project: team/exp-1, limits: {panel: 3}}]",
        "targets: [{project: team/exp-1, group_by: topics}]",
        "targets: []",
        "targets: [{project: []}, {project: 'team/[z-a]*'}, {project: 'te am/a#b'}]",
        "targets: [{project: team/a, without: ['team/[z-a]'], name: 'a + b', source: ' '}]",
        "targets: [{project: team/a, source: '-', exclude: ['[z-a]'], name: ''}]",
        "- a",
        "",
    ],
)
def test_what_is_wrong_in_it(server: WandbServer, text: str, snapshot: SnapshotAssertion) -> None:
    write(text)
    with pytest.raises(TemplateError) as raised:
        wslayout.regenerate()
    assert f"{raised.value}\n{raised.value.hint}" == snapshot


def test_two_targets_of_one_view(server: WandbServer) -> None:
    write("targets:\n  - project: team/exp-1\n  - project: team/exp-*\n    limits: {panels: 3}\n")
    found = wslayout.regenerate()
    # A target that names a project goes before a pattern, wherever it stands.
    told = ["", "the target in line 2 writes the view 'wslayout' too", "", ""]
    assert [one.skipped for one in found] == told
    write("targets:\n  - project: team/exp-*\n    limits: {panels: 3}\n  - project: team/exp-1\n")
    found = wslayout.regenerate()
    assert [one.project for one in found if one.skipped] == ["team/exp-1"]
    assert "line 4" in found[0].skipped
    write(
        "targets:\n  - project: team/exp-1\n    name: A\n"
        "  - project: team/exp-1\n    name: A\n    template: base\n"
    )
    for _ in range(4):
        found = wslayout.regenerate()
        assert [bool(one.error) for one in found] == [False, True]
        assert "the target in line 2 writes the view 'A' too" in found[1].error
    # Also where they differ in no more than how large the view is.
    write("targets: [{project: team/other}, {project: team/other, limits: {panels: 2}}]\n")
    assert [bool(one.error) for one in wslayout.regenerate()] == [False, True]


def test_a_manifest_elsewhere(server: WandbServer, tmp_path: Path) -> None:
    home = tmp_path / "layouts"
    home.mkdir()
    (home / "own.yaml").write_text("name: Own\nsections: [{name: L, match: ['**/loss']}]\n")
    (home / "w.yaml").write_text("targets: [{project: team/exp-1, template: own.yaml}]\n")
    assert [one.error for one in wslayout.regenerate(home / "w.yaml")] == [""]
    assert names(server) == {"team/exp-1": ["Own"]}
    with pytest.raises(SourceError, match="can't read") as caught:
        wslayout.regenerate("nowhere.yaml")
    assert "wslayout init" in caught.value.hint


def test_keys_from_elsewhere(server: WandbServer) -> None:
    Path("keys.csv").write_text("key\nmine/a\nmine/b\n")
    write("targets: [{project: team/exp-1, source: keys.csv}]\n")
    wslayout.regenerate()
    (view,) = server.views("team/exp-1")
    assert "mine/a" in view.spec


def test_init_then_regenerate(
    server: WandbServer, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    assert run(["init", "team/exp-1"]) == 0
    out = capsys.readouterr().out
    assert out == snapshot
    assert Path("wslayout.yaml").read_text() == out
    assert read_manifest(Path("wslayout.yaml")).manifest.targets[0].projects == ["team/exp-1"]
    assert run(["init", "team/exp-1"]) == 2
    assert "is there already" in capsys.readouterr().err
    assert run(["diff"]) == 1
    assert run(["regenerate"]) == 0
    assert run(["diff"]) == 0
    assert run(["init", "team/empty", "-o", "other.yaml"]) == 2


def test_threads_keep_one_pace() -> None:
    pacer = Pacer(lambda: 0.0, limited=True)
    with ThreadPoolExecutor(max_workers=4) as pool:
        waits = sorted(pool.map(lambda _: pacer.take(), range(20)))
    assert waits == [0.0] * BURST + [INTERVAL * number for number in range(1, 21 - BURST)]
    unlimited = Pacer(lambda: 0.0)
    assert [unlimited.take() for _ in range(20)] == [0.0] * 20


def test_options_are_those_of_plan(tmp_path: Path) -> None:
    path = tmp_path / "w.yaml"
    path.write_text(
        "targets: [{project: a/b, template: t, set: {x: 1}, name: n, limits: {panels: 3}, "
        "include: [a], exclude: [b], kinds: [number], pin: [c], x_axis: s, overlay: none, "
        "group_by: topic}]"
    )
    (entry,) = read_manifest(path).manifest.targets
    assert entry.options() == {
        "template": "t",
        "parameters": {"x": 1},
        "name": "n",
        "include": ("a",),
        "exclude": ("b",),
        "kinds": ("number",),
        "pin": ("c",),
        "x_axis": "s",
        "overlay_splits": False,
        "group_by": "topic",
        "panels": 3,
    }


def test_the_schema_for_editors(server: WandbServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "manifest"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == manifest_schema()
    validator = jsonschema.Draft7Validator(printed)
    assert run(["init", "team/other"]) == 0
    first = Path("wslayout.yaml").read_text(encoding="utf-8")
    for text in (MANY, first):
        assert not list(validator.iter_errors(plain(read_yaml(text.encode(), "m"))))
    bad = "targets:\n- project: 3\n  overlay: true\n  limts: {panels: 3}\n- name: x\n"
    found = {error.json_path for error in validator.iter_errors(plain(read_yaml(bad.encode(), "")))}
    assert found == {"$.targets[0]", "$.targets[0].project", "$.targets[0].overlay", "$.targets[1]"}


# What happens around it


def test_what_comes_to_nothing_stops_no_other(
    server: WandbServer, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    write(
        "targets:\n"
        "  - {project: team/exp-1}\n"
        "  - {project: team/tpyo-*}\n"
        "  - {project: nobody/*}\n"
        "  - {project: team/exp-*, include: ['trian/**'], name: Filtered}\n"
        "  - {project: team/empty*, name: Empty}\n"
        "  - {project: team/other, source: '~nobody1/x'}\n"
        "  - {project: team/other, source: " + "x" * 400 + "}\n"
        "  - {project: team/other, source: keys.csv}\n"
        "  - {project: team/other, set: {a: 1}}\n"
        "  - {project: team/other, view: nwuserbob}\n"
    )
    assert run(["regenerate"]) == 4
    assert capsys.readouterr().out == snapshot
    assert names(server) == {"team/exp-1": ["wslayout"]}
    assert run(["regenerate", "--only", "team/exp-1"]) == 4
    write("targets: [{project: team/exp-1}, {project: team/tpyo-*}]\n")
    assert [one.project for one in wslayout.regenerate(only="team/exp-1")] == ["team/exp-1"]


def test_a_bug_in_one_view_hides_no_other(
    server: WandbServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sometimes(planned: Planned, *rest: Any) -> Applied:
        if planned.target.project == "exp-1":
            raise ZeroDivisionError("oh")
        return carry_out(planned, *rest)

    monkeypatch.setattr("wslayout.regeneration.carry_out", sometimes)
    write("targets: [{project: team/exp-1}, {project: team/exp-2}]\n")
    found = wslayout.regenerate()
    assert found[0].error == "wslayout has a bug here: ZeroDivisionError: oh"
    assert (found[0].exit_code, found[1].exit_code) == (70, 0)
    assert set(names(server)) == {"team/exp-2"}


def test_a_finished_layout(server: WandbServer) -> None:
    layout = wslayout.plan("team/exp-1", panels=2)
    Path("layout.json").write_text(layout.to_json())
    write("targets: [{project: team/exp-2, source: layout.json, name: Done}]\n")
    assert [one.error for one in wslayout.regenerate()] == [""]
    assert names(server) == {"team/exp-2": ["Done"]}
    write("targets: [{project: team/exp-2, source: layout.json, limits: {panels: 9}}]\n")
    (found,) = wslayout.regenerate()
    assert "wslayout.yaml:1:11: layout.json is a finished layout" in found.error


def test_presets_are_those_of_the_manifest(server: WandbServer, tmp_path: Path) -> None:
    Path("other.yaml").write_text(
        "presets: {team: ours.yaml}\ntargets: [{project: team/exp-1, template: team}]\n"
    )
    for neighbour in ("presets: {team: nowhere.yaml}\n", "what: ever\n"):
        write(neighbour)
        assert [one.error for one in wslayout.regenerate("other.yaml")] == [""]
    assert names(server) == {"team/exp-1": ["Ours"]}


def test_a_project_is_no_path(server: WandbServer) -> None:
    server.add_project(
        "team/train.py", runs=[Run("run", keys={"a/b": KeyInfo(), "a/c": KeyInfo()})]
    )
    Path("team/exp-1").mkdir(parents=True)
    assert run(["init", "team/exp-1"]) == 0
    assert run(["init", "team/train.py", "-o", "a b/py.yaml"]) == 0
    assert [one.error for one in wslayout.regenerate()] == [""]
    assert [one.error for one in wslayout.regenerate("a b/py.yaml")] == [""]
    write("targets: [{project: team/train*}]\n")
    assert [one.error for one in wslayout.regenerate()] == [""]


def test_sources_begin_at_the_manifest(server: WandbServer, tmp_path: Path) -> None:
    Path("lay").mkdir()
    Path("keys.csv").write_text("key\nwrong/a\nwrong/b\n")
    Path("lay/w.yaml").write_text("targets: [{project: team/exp-1, source: keys.csv}]\n")
    (found,) = wslayout.regenerate("lay/w.yaml")
    assert "there is no file or folder 'keys.csv' beside the manifest, in lay" in found.error
    Path("lay/keys.csv").write_text("key\nright/a\nright/b\n")
    wslayout.regenerate("lay/w.yaml")
    assert "right/a" in server.views("team/exp-1")[0].spec


ODD_NAMES = (
    "a[1]",
    "{q}",
    "a b",
    "x" * 120 + " " + "y" * 60,
    "損失",
    "a'b",
    'a"b',
    "yes",
    "* x",
    "a\u2028b",
)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_init_names_the_one_project(server: WandbServer, name: str) -> None:
    keys = {key: KeyInfo() for key in KEYS}
    server.add_project(f"team/{name}", runs=[Run("run", keys=keys)])
    server.add_project("team/a1", runs=[Run("run", keys=keys)])
    wslayout.init(f"team/{name}")
    assert [one.error for one in wslayout.regenerate()] == [""]
    assert set(names(server)) == {f"team/{name}"}


def test_init_overwrites_nothing(server: WandbServer) -> None:
    def meanwhile(what: str, done: int, total: int | None) -> None:
        write("presets: {}\n")

    with pytest.raises(TargetError, match="File exists"):
        wslayout.init("team/exp-1", progress=meanwhile)
    assert Path("wslayout.yaml").read_text() == "presets: {}\n"
    assert list(Path().glob(".wslayout*")) == []
    text = wslayout.init("team/exp-1", "sub dir/new.yaml")
    assert "wslayout diff -f 'sub dir/new.yaml'" in text
    assert "\n    # limits:" in text


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_no_manifest(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(SourceError, match="no regular file"):
        wslayout.regenerate(tmp_path / "pipe.yaml")
    with pytest.raises(SourceError, match="can't read"):
        wslayout.regenerate("a\0b")


def test_conflicts_are_told(
    server: WandbServer, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    write("targets: [{project: team/other, source: keys.csv}]\n")
    Path("keys.csv").write_text("key\n" + "\n".join(KEYS))
    wslayout.regenerate()
    (view,) = server.views("team/other")
    spec = json.loads(view.spec)
    panels = [panel for section in sections_of(spec) for panel in section["panels"]]
    acc = next(one for one in panels if "val/acc" in one["config"]["metrics"])
    acc["config"]["metrics"] = ["val/acc"]
    view.spec = json.dumps(spec)
    server.world.touch(view)
    Path("keys.csv").write_text("key\n" + "\n".join([*KEYS, "test/acc"]))
    assert run(["regenerate"]) == 0
    assert capsys.readouterr().out == snapshot


def test_an_artifact_is_fetched_once(server: WandbServer, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[str] = []

    def fetch(store: object, reference: str) -> Found:
        fetched.append(reference)
        return Found(name="t", label=reference, source="artifact", data=b"name: T\nsections: []\n")

    monkeypatch.setattr("wslayout.presets.sharing.fetch", fetch)
    write("targets: [{project: team/exp-*, template: 'wandb-artifact:team/exp-1/t:latest'}]\n")
    assert [one.error for one in wslayout.regenerate()] == [""] * 3
    assert len(fetched) == 1


def test_who_is_not_logged_in_is_told_once(server: WandbServer, wandb_env: WandbEnv) -> None:
    write(MANY)
    wandb_env.monkeypatch.delenv("WANDB_API_KEY")
    with pytest.raises(AuthError, match="not logged in"):
        wslayout.regenerate()
    # A list of files needs no login.
    assert wslayout.backups("team/exp-1") == []


def interrupted(when: Callable[[], bool], *arguments: str) -> tuple[int | None, str, str]:
    """Run a command, and interrupt it once something is so; its exit code, output and errors."""
    with forked(*arguments, says="out", errors="errors") as child:
        for _ in range(1_200):
            if when():
                break
            assert child.is_alive()
            time.sleep(0.05)
        assert child.pid is not None
        os.kill(child.pid, signal.SIGINT)
        child.join(60)
        code = child.exitcode
    out, said = (Path(name).read_text(encoding="utf-8") for name in ("out", "errors"))
    return code, out, said


def test_an_interrupt_begins_nothing_more(server: WandbServer) -> None:
    write("targets: [{project: team/exp-*}, {project: team/other}]\n")
    server.fail(faults.Delay(0.8), times=None)
    code, out, errors = interrupted(lambda: bool(names(server)), "regenerate", "--json")
    assert code == 5
    rows = json.loads(out)
    saved = {row["project"] for row in rows if row["applied"]}
    assert saved == set(names(server))
    assert {row["exit_code"] for row in rows if not row["applied"]} <= {5}
    assert f"Cancelled: {len(saved)} of 4 views were done." in errors


def test_an_interrupt_ends_a_wait(server: WandbServer) -> None:
    write("targets: [{project: team/exp-*}]\n")
    server.fail(faults.rate_limited(reset=200), times=None, skip=2)
    began = time.monotonic()
    code, _, errors = interrupted(lambda: len(server.requests) > 3, "regenerate")
    assert time.monotonic() - began < 40
    assert code == 5
    assert "Cancelled: 0 of 3 views were done." in errors
    assert "nothing was saved" not in errors
