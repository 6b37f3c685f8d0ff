"""The manifest: many views kept up to date, on the loopback server."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jsonschema
import pytest
from syrupy.assertion import SnapshotAssertion

import wslayout
from tests.conftest import WandbEnv
from tests.people import sections_of
from tests.wandb_server import KeyInfo, Run, WandbServer, faults
from wslayout.cli.main import run
from wslayout.errors import SourceError, TargetError, TemplateError
from wslayout.manifest import manifest_schema, read_manifest
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
    with pytest.raises(TargetError, match="--only nothing"):
        wslayout.regenerate(only="nothing")


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
        "targets: [{project: team/nope-*}]",
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
    # The first target of a project counts; a pattern does not mean it again.
    assert [(one.project, one.error) for one in found] == [
        ("team/exp-1", ""),
        ("team/exp-2", ""),
        ("team/exp-old", ""),
    ]
    write(
        "targets:\n  - project: team/exp-1\n    name: A\n"
        "  - project: team/exp-1\n    name: A\n    template: base\n"
    )
    found = wslayout.regenerate(jobs=1)
    assert [bool(one.error) for one in found] == [False, True]
    assert "the target in line 2 writes the view 'A' too" in found[1].error


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
