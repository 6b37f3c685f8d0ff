"""The command line as its user runs it: output, errors and exit codes."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.commands import COMMAND, forked, on_a_terminal
from tests.conftest import WandbEnv
from tests.keysets import KEYSETS
from tests.test_apply import demo_runs
from tests.wandb_server import WandbServer, faults
from wslayout import errors
from wslayout.cli.main import cli, run
from wslayout.inventory import Inventory
from wslayout.layout import Layout
from wslayout.wandb_api.rawspec import summarise

IPRO = str(next(path for path in KEYSETS if path.stem == "wilrop__ipro"))


@pytest.fixture
def server(wandb_env: WandbEnv) -> WandbServer:
    wandb_env.server.add_project("demo/project", runs=demo_runs())
    return wandb_env.server


def test_help_of_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], *([name] for name in cli.commands), ["view", "list"]):
        assert run([*arguments, "--help"]) == 0
        out, err = capsys.readouterr()
        assert out.startswith("Usage: wslayout")
        assert not err


def test_help_tells_all_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    told = capsys.readouterr().out.partition("Exit codes:")[2]
    codes = sorted(code for name, code in vars(errors).items() if name.startswith("EXIT_"))
    assert [int(line.split()[0]) for line in told.strip().splitlines()] == codes


def test_plan(capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion) -> None:
    assert run(["plan", IPRO, "--name", "IPRO"]) == 0
    out, err = capsys.readouterr()
    assert out == snapshot
    assert not err


def test_plan_writes_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, page = tmp_path / "deep" / "layout.json", tmp_path / "page.html"
    options = ["-o", str(out), "--html", str(page), "--panels", "6", "--sections", "3", "--json"]
    assert run(["plan", IPRO, *options, "--overlay", "none", "--x-axis", "global_step"]) == 0
    printed = capsys.readouterr().out
    assert out.read_text(encoding="utf-8") == printed
    layout = Layout.from_json(printed)
    assert layout.figures["wslayout"].panels == 6
    assert layout.x_axis == "global_step"
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_preview(tmp_path: Path, server: WandbServer, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.html"
    assert run(["preview", "demo/project", "-o", str(page)]) == 0
    out, err = capsys.readouterr()
    assert not out
    assert f"Wrote the preview to {page}" in err
    assert "manual mode" in page.read_text(encoding="utf-8")
    assert not server.views("demo/project")
    # A stored layout is shown as it is.
    assert run(["plan", "demo/project", "-o", str(tmp_path / "layout.json")]) == 0
    stored = str(tmp_path / "layout.json")
    assert run(["preview", stored, "--no-values", "--to", "demo/project", "-o", str(page)]) == 0
    assert "drawings are schematic" in page.read_text(encoding="utf-8")
    assert run(["preview", stored, "--panels", "3", "-o", str(page)]) == 2
    assert run(["preview", str(tmp_path / "gone"), "-o", str(page)]) == 2


def test_preview_to_standard_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text('["train/loss", "val/loss"]')
    assert run(["preview", str(keys), "-o", "-"]) == 0
    assert capsys.readouterr().out.startswith("<!doctype html>")
    assert run(["preview", str(keys), "-o", "-", "--open"]) == 2
    for command in (["preview", "-o"], ["plan", "-o"], ["plan", "--html"]):
        assert run([command[0], str(keys), command[1], str(keys)]) == 2
        assert "is what is read" in capsys.readouterr().err
        assert keys.read_text() == '["train/loss", "val/loss"]'


def test_preview_opens_a_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", f"{browser} %s")
    monkeypatch.chdir(tmp_path)
    with forked("preview", IPRO, "--open") as child:
        child.join(60)
        assert child.exitcode == 0, Path("said").read_text()
    page = tmp_path / "wslayout-preview.html"
    assert page.exists()
    assert (tmp_path / "opened").read_text().strip() == page.as_uri()


def test_keys(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["keys", IPRO, "--json"]) == 0
    inventory = Inventory.from_json(capsys.readouterr().out)
    assert len(inventory) == 65
    for suffix in ("csv", "json", "parquet"):
        path = tmp_path / f"keys.{suffix}"
        assert run(["keys", IPRO, "-o", str(path)]) == 0
        assert "Wrote 65 keys" in capsys.readouterr().err
        assert run(["keys", str(path), "--json"]) == 0
        assert Inventory.from_json(capsys.readouterr().out).frame.equals(inventory.frame)
    assert run(["keys", IPRO, "-o", "keys.xlsx"]) == 2
    assert "should end in .csv, .json or .parquet" in capsys.readouterr().err


# What is laid out of all of them, and its view specs, have tests of their own.
@pytest.mark.parametrize("path", KEYSETS[::8], ids=lambda path: path.stem)
def test_apply_to_standard_output(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["apply", str(path), "--spec", "-"]) == 0
    summary = summarise(json.loads(capsys.readouterr().out))
    assert summary.manual
    assert summary.sections <= 12
    assert summary.panels <= 60


def test_apply_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "spec.json"
    assert run(["apply", IPRO, "--spec", str(out)]) == 0
    assert f"{out}" in "".join(capsys.readouterr())
    assert run(["apply", IPRO, "--spec", "-"]) == 0
    assert out.read_text(encoding="utf-8") == capsys.readouterr().out


def test_apply_to_a_project(
    server: WandbServer, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    assert run(["apply", "demo/project", "--dry-run", "--panels", "8"]) == 0
    dry = capsys.readouterr()
    assert run(["apply", "demo/project", "--panels", "8"]) == 0
    wet = capsys.readouterr()
    server.clear()
    assert run(["apply", "demo/project", "--panels", "8"]) == 0
    again = capsys.readouterr()
    assert server.count(kind="mutation") == 0
    told = [text.out.replace(server.url, "http://127.0.0.1:PORT") for text in (dry, wet, again)]
    assert told == snapshot
    assert run(["apply", "demo/project", "--panels", "8", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["action"] == "unchanged"


def test_view_list(server: WandbServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["view", "list", "demo/project"]) == 0
    assert capsys.readouterr().err == "No saved views in demo/project.\n"
    assert run(["apply", "demo/project", "--json"]) == 0
    capsys.readouterr()
    assert run(["view", "list", "demo/project"]) == 0
    table = capsys.readouterr().out
    assert re.search(r"wslayout\s+qb599fpj4zd\s+demo\s+.*manual\s+wslayout 0\.1\.0", table)
    assert run(["view", "list", f"{server.url}/demo/project", "--json", "--fast"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["name"], row["sections"], row["mode"]) == ("wslayout", None, "")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["keys", "nowhere.csv"], 2),
        (["apply", IPRO], 2),
        (["apply", IPRO, "--to", "-x"], 2),
        (["apply", IPRO, "--to", "demo/project", "--spec", "x.json"], 2),
        (["apply", IPRO, "--spec", "/proc/nowhere/x.json"], 2),
        (["apply", IPRO, "--spec", "x.json", "--name", "a 😀"], 2),
        (["apply", "demo/nowhere"], 2),
        (["apply", "https://wandb.ai/home"], 2),
        (["view", "list", "https://wandb.example.com/demo/project"], 2),
    ],
)
def test_errors(
    server: WandbServer,
    capsys: pytest.CaptureFixture[str],
    snapshot: SnapshotAssertion,
    arguments: list[str],
    code: int,
) -> None:
    assert run(arguments) == code
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    shown = err.replace(server.url, "http://127.0.0.1:PORT")
    shown = shown.replace(server.url.removeprefix("http://"), "127.0.0.1:PORT")
    usage, is_error, ours = shown.rpartition("Error: ")
    assert is_error + ours == snapshot
    assert usage.startswith("Usage: wslayout apply") or not usage
    if arguments[0] != "apply":
        assert not out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["plan", IPRO, "--panels", "0"], "'--panels'.* 0 "),
        (["plan", IPRO, "--columns", "3"], "--columns.*--sections"),
        (["nonsense"], "'nonsense'"),
    ],
)
def test_errors_that_click_words(
    capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    """Each of its versions says these in another way."""
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    usage, _, error = err.rpartition("Error: ")
    assert usage.startswith("Usage: wslayout ")
    assert re.search(told, error)
    assert not out


def test_server_errors_have_their_own_codes(
    server: WandbServer, capsys: pytest.CaptureFixture[str], wandb_env: WandbEnv
) -> None:
    server.fail(faults.forbidden(), times=None)
    assert run(["apply", "demo/project"]) == 3
    server.heal()
    server.fail(faults.html(200), times=None)
    assert run(["apply", "demo/project"]) == 6
    wandb_env.monkeypatch.setenv("WANDB_API_KEY", "short")
    assert run(["apply", "demo/project"]) == 3
    assert "short" not in capsys.readouterr().err.split("too short")[0]


def test_tracebacks_only_with_debug(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--debug", "keys", "nowhere.csv"]) == 2
    assert "Traceback" in capsys.readouterr().err


def wslayout(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """The installed command, in a process of its own."""
    done: subprocess.CompletedProcess[str] = subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, check=False, **options
    )
    return done


def test_standard_input_and_output() -> None:
    """Names as they are; no colours in a pipe, and no control characters of names on a terminal."""
    keys = 'train/loss\nval/loss\ntrain/acc\n検証/損失\na/\x1b[31mred\na/"quoted"\na/<b>bold</b>\n'
    done = wslayout("plan", "-", input=keys)
    assert done.returncode == 0
    assert "検証/損失" in done.stdout
    assert "<b>bold</b>" in done.stdout
    assert "red" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["keys", "plan"])
def test_a_closed_pipe_is_no_error(command: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as stdout:
        done = subprocess.run(
            [*COMMAND, command, IPRO],
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (141, "")


def test_output_that_cannot_be_written() -> None:
    command = shlex.join([*COMMAND, "keys", IPRO])
    full = subprocess.run(
        ["sh", "-c", f"{command} > /dev/full"], capture_output=True, text=True, check=False
    )
    assert full.returncode == 2
    assert full.stderr.splitlines()[-1] == "Error: No space left on device"
    closed = subprocess.run(
        ["sh", "-c", f"{command} >&-"], capture_output=True, text=True, check=False
    )
    assert (closed.returncode, closed.stderr) == (2, "Error: standard output is closed\n")


def test_apply_asks_on_a_terminal_and_only_if_there_is_something_to_do(
    server: WandbServer,
) -> None:
    code, screen = on_a_terminal("apply", "demo/project", types="n\n")
    assert code == 5
    assert "Create the view 'wslayout' in demo/project? [y/N]" in screen
    assert "Cancelled" in screen
    assert server.views("demo/project") == []
    code, screen = on_a_terminal("apply", "demo/project", types="y\n")
    assert code == 0
    assert "Created: wslayout" in screen
    code, screen = on_a_terminal("apply", "demo/project", types="")
    assert code == 0
    assert "Unchanged: wslayout" in screen
    assert "[y/N]" not in screen


def test_an_update_shows_what_changes_and_asks(server: WandbServer) -> None:
    assert run(["apply", "demo/project", "--panels", "8"]) == 0
    before = server.views("demo/project")[0].spec
    code, screen = on_a_terminal("apply", "demo/project", "--panels", "12", types="n\n")
    assert code == 5
    assert re.search(r"demo/project · would change\s", screen)
    assert re.search(r"    \+ \S", screen)
    assert "Update the view 'wslayout' in demo/project? [y/N]" in screen
    assert server.views("demo/project")[0].spec == before
    code, screen = on_a_terminal("apply", "demo/project", "--panels", "12", types="y\n")
    assert code == 0
    assert "Updated: wslayout" in screen
    assert "As it was before: " in screen


def test_deleting_and_restoring_ask(
    server: WandbServer, capsys: pytest.CaptureFixture[str], wandb_env: WandbEnv
) -> None:
    assert run(["apply", "demo/project"]) == 0
    url = capsys.readouterr().out.split()[-1]
    assert run(["view", "backups", "demo/project"]) == 0
    assert "No backups of demo/project" in capsys.readouterr().err
    code, screen = on_a_terminal("view", "delete", url, types="n\n")
    assert code == 5
    assert "for everybody? [y/N]" in screen
    assert len(server.views("demo/project")) == 1
    assert run(["view", "delete", url, "--yes"]) == 0
    out, err = capsys.readouterr()
    assert out == "Deleted: wslayout\n"
    path = err.partition("It is kept here: ")[2].strip()
    assert server.views("demo/project") == []
    code, screen = on_a_terminal("view", "restore", path, types="n\n")
    assert code == 5
    assert run(["view", "restore", path, "--yes"]) == 0
    assert capsys.readouterr().out.startswith("Restored: wslayout, 40 panels in ")
    assert len(server.views("demo/project")) == 1
    assert run(["view", "backups", url]) == 0
    table = capsys.readouterr().out
    assert re.search(
        r"wslayout\s+qb599fpj4zd\s+40 in \d+\s+Their files, in the same order:\s+/", table
    )
    assert run(["view", "backups", "demo/project", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["path"] == path
    assert row["view"]["display_name"] == "wslayout"
    assert run(["view", "restore", "nowhere.json", "--yes"]) == 2
    assert run(["view", "delete", "demo/project", "--yes"]) == 2
    assert "no URL of a saved view" in capsys.readouterr().err


def test_a_personal_workspace_is_warned_of(
    server: WandbServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.add_view("demo/project", name="nw-nwuserdemo-w", spec="{}", display_name="Mine")
    assert run(["apply", "demo/project", "--personal"]) == 2
    assert "--adopt" in capsys.readouterr().err
    assert run(["apply", "demo/project", "--personal", "--adopt", "--dry-run"]) == 0
    code, screen = on_a_terminal("apply", "demo/project", "--personal", "--adopt", types="y\n")
    assert code == 0
    assert "an open tab overwrites" in screen


def test_progress_is_shown_on_a_terminal(server: WandbServer) -> None:
    code, screen = on_a_terminal("keys", "demo/project", types="")
    assert code == 0
    assert "Reading demo/project: requests" in screen
    assert "the first 40 shown" in screen


def test_a_planned_layout_is_applied_as_it_is(
    server: WandbServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(tmp_path / "layout.json")
    assert run(["plan", IPRO, "-o", file, "--panels", "5", "--name", "IPRO"]) == 0
    assert run(["apply", file, "--to", "demo/project"]) == 0
    assert "Created: IPRO, 5 panels in" in capsys.readouterr().out
    assert run(["apply", file, "--to", "demo/project", "--panels", "3"]) == 2
    assert "That file is a finished layout" in capsys.readouterr().err
    assert run(["plan", file]) == 2
    assert "a layout that `wslayout plan -o` wrote" in capsys.readouterr().err
    assert run(["apply", file, "--spec", str(tmp_path / "spec.json")]) == 0
    assert run(["keys", str(tmp_path / "spec.json")]) == 2
    assert "a view spec, not metric keys" in capsys.readouterr().err


def test_protected_views_are_no_server_failure(
    server: WandbServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.add_view("demo/project", name="nw-byhand-v", spec="{}", display_name="By hand")
    assert run(["apply", "demo/project", "--view", "byhand"]) == 2
    assert "carries no mark of wslayout" in capsys.readouterr().err
