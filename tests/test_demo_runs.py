from __future__ import annotations

import json
import os
import platform
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.commands import COMMAND
from tests.test_readme import README, blocks
from wslayout import demo
from wslayout.errors import SourceError
from wslayout.layout import Layout
from wslayout.wandb_api.rawspec import summarise


@contextmanager
def _proxy() -> Iterator[tuple[str, list[str]]]:
    """A proxy that lets nothing through and remembers who knocked."""
    knocks: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    knocks.append(connection.recv(200).decode("latin-1"))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", knocks
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


class Logged:
    """What one call left behind."""

    def __init__(self, base: Path) -> None:
        self.folder = base / "demo"
        self.home = base / "home"
        self.home.mkdir()
        self.told: list[tuple[str, int, int | None]] = []
        before = dict(os.environ)
        with _proxy() as (url, self.knocks), pytest.MonkeyPatch.context() as patch:
            for name in ("http_proxy", "https_proxy", "all_proxy"):
                patch.setenv(name, url)
                patch.setenv(name.upper(), url)
            patch.setenv("HOME", str(self.home))
            patch.setenv("WANDB_MODE", "online")
            patch.setenv("WANDB_API_KEY", "k" * 40)
            patch.setenv("WANDB_DIR", str(base / "elsewhere"))
            patch.setenv("WANDB_PROJECT", "theirs")
            self.runs = demo.log_demo_runs(self.folder, progress=self._tell)
        self.environment_changed = dict(os.environ) != before

    def _tell(self, what: str, done: int, total: int | None) -> None:
        self.told.append((what, done, total))


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Logged:
    return Logged(tmp_path_factory.mktemp("demo"))


@dataclass(frozen=True)
class Read:
    """A run as W&B's own command reads its transaction log."""

    last: dict[str, Any]
    step_metrics: dict[str, str]
    exit_code: int


@cache
def _read(run: Path) -> Read:
    command = [sys.executable, "-m", "wandb", "leet", "inspect", "--json", str(run)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    last: dict[str, Any] = {}
    step_metrics: dict[str, str] = {}
    exit_code = -1
    for record in map(json.loads, lines.splitlines()):
        if record["type"] == "history":
            last |= record["history"]["item"]
        elif record["type"] == "metric" and "step_metric" in record["metric"]:
            step_metrics[record["metric"]["glob_name"]] = record["metric"]["step_metric"]
        elif record["type"] == "exit":
            exit_code = record["exit"].get("exit_code", 0)
    return Read(last, step_metrics, exit_code)


def test_real_runs_of_over_a_thousand_keys(logged: Logged) -> None:
    assert [path.name.rsplit("-", 1)[1] for path in logged.runs] == [
        "wsldemo1",
        "wsldemo2",
        "wsldemo3",
    ]
    for path in logged.runs:
        assert path.parent == logged.folder.resolve() / "wandb"
        assert path.name.startswith("offline-run-")
        assert (path / f"run-{path.name.rsplit('-', 1)[1]}.wandb").stat().st_size > 100_000
    assert len(_read(logged.runs[0]).last) > 1_050


def test_runs_hold_every_kind_of_value(logged: Logged) -> None:
    run = _read(logged.runs[0])
    kinds = {key: value for key, value in run.last.items() if key.endswith("._type")}
    assert kinds == {
        "val/attention_map._type": "image-file",
        "val/predictions._type": "image-file",
        "val/worst_classes._type": "table-file",
        "weights/head._type": "histogram",
    }
    picture = logged.runs[0] / "files" / run.last["val/predictions.path"]
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert run.last["grad_norm/layers.47.mlp.bias"] > 0
    assert run.last["trainer/global_step"] == 500 * (demo.STEPS - 1)
    assert run.last["trainer/phase"] == "train"
    assert run.exit_code == 0


def test_step_metrics_are_defined(logged: Logged) -> None:
    over = _read(logged.runs[0]).step_metrics
    assert over == {"train/*": "trainer/global_step", "val/*": "epoch"}


def test_nothing_reaches_for_the_network(logged: Logged) -> None:
    assert logged.knocks == []


def test_nothing_else_is_written_or_changed(logged: Logged) -> None:
    assert list(logged.home.iterdir()) == []
    assert [path.name for path in logged.folder.iterdir()] == ["wandb"]
    assert not (logged.folder.parent / "elsewhere").exists()
    assert not logged.environment_changed


def test_runs_tell_nothing_about_the_machine(logged: Logged) -> None:
    log = next(logged.runs[0].glob("*.wandb")).read_bytes()
    for word in (platform.platform(), platform.processor(), sys.executable, str(logged.home)):
        assert not word or word.encode() not in log
    assert b"requirements.txt" not in log


def test_progress_is_told_run_by_run(logged: Logged) -> None:
    assert logged.told == [("demo runs", done, 3) for done in range(4)]


def test_a_second_call_replaces_the_runs_and_says_nothing(
    logged: Logged, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    theirs = tmp_path / "wandb" / "offline-run-20260101_000000-theirs"
    old = tmp_path / "wandb" / "offline-run-20260101_000000-wsldemo1"
    for path in (theirs, old):
        path.mkdir(parents=True)
    runs = demo.log_demo_runs(tmp_path, runs=1)
    assert capfd.readouterr() == ("", "")
    assert sorted(theirs.parent.glob("offline-run-*")) == sorted([theirs, *runs])
    assert _curves(runs[0]) == _curves(logged.runs[0])


def _curves(run: Path) -> dict[str, Any]:
    """What a run ended with, without what tells the time or is random by wandb's doing."""
    drop = ("_timestamp", "_runtime", "_wandb", "val/worst_classes")
    return {key: value for key, value in _read(run).last.items() if not key.startswith(drop)}


def test_a_folder_that_cannot_be_is_a_source_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match="can't be written"):
        demo.log_demo_runs(tmp_path / "file" / "below")


def test_a_child_that_fails_is_a_source_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", _broken_python(tmp_path))
    with pytest.raises(SourceError, match="no wandb today") as caught:
        demo.log_demo_runs(tmp_path / "demo")
    assert caught.value.hint
    assert list((tmp_path / "demo").iterdir()) == []


def _broken_python(folder: Path) -> str:
    script = folder / "python"
    script.write_text("#!/bin/sh\necho no wandb today >&2\nexit 1\n")
    script.chmod(0o755)
    return str(script)


# The command


@dataclass(frozen=True)
class Done:
    """What ``wslayout demo`` made and said."""

    folder: Path
    said: str
    layout: Layout


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    home = tmp_path_factory.mktemp("home")
    folder = home / "demo"
    command = [*COMMAND, "demo", str(folder)]
    env = {**os.environ, "HOME": str(home)}
    ended = subprocess.run(command, cwd=home, env=env, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    text = (folder / "layout.json").read_text(encoding="utf-8")
    return Done(folder, ended.stdout, Layout.from_json(text))


def test_the_command_lays_the_runs_out(done: Done) -> None:
    assert {path.name for path in done.folder.iterdir()} == {
        "wandb",
        "layout.json",
        "view-spec.json",
        "preview.html",
    }
    ours = done.layout.figures["wslayout"]
    automatic = done.layout.figures["automatic, first prefix"]
    assert automatic.panels > 1_000
    assert ours.panels <= 60
    assert ours.sections <= 12
    assert ours.spec_bytes is not None
    assert automatic.spec_bytes is not None
    assert ours.spec_bytes < automatic.spec_bytes / 3
    summary = summarise(json.loads((done.folder / "view-spec.json").read_text(encoding="utf-8")))
    assert summary.manual
    assert summary.panels == ours.panels
    assert {panel.kind for panel in done.layout.panels} >= {"line", "media", "table"}


def test_the_readme_shows_its_figures(done: Done) -> None:
    table = re.search(r"^ +wslayout  automatic.*\n(?:.+\n)*", done.said, re.MULTILINE)
    assert table is not None
    assert "automatic, first prefix" in table.group()
    assert table.group() in blocks("text")
    ours, automatic = (
        done.layout.figures[name] for name in ("wslayout", "automatic, first prefix")
    )
    caption = f"{ours.panels} panels in {ours.sections} sections instead of {automatic.panels:,}"
    assert caption in README
