from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from wslayout.errors import EmptySource, SourceError, TooManyKeys
from wslayout.inventory import Inventory
from wslayout.sources.folders import run_folders, workers
from wslayout.sources.folders.offline import read_run_folders
from wslayout.sources.folders.run_folders import find_run_folders, parts_of_runs
from wslayout.sources.folders.workers import by_size, in_processes, in_turn

LOGGING = """
import sys
import wandb

def log(folder, run_id, keys, steps, project="demo"):
    run = wandb.init(
        mode="offline", dir=folder, project=project, entity="team", id=run_id,
        settings=wandb.Settings(console="off", x_disable_stats=True),
    )
    for i in range(steps):
        run.log({key: i / 10 for key in keys})
    run.summary["best"] = 1
    run.finish()

top = sys.argv[1]
log(top, "one", ["loss", "acc"], 3)
log(top, "two", ["loss", "lr"], 5)
log(top, "two", ["loss"], 2)
log(top + "/deep/er", "two", ["other"], 2, "elsewhere")
"""

OLD_SUMMARY = {
    "loss": 0.5,
    "bad": "NaN",
    "stats": {"mean": 1, "by": {"a.b": 2}},
    "img": {"_type": "image-file", "path": "media/images/img_5.png", "size": 3},
    "hist": {"_type": "histogram", "values": [1], "bins": [0, 1]},
    "done": True,
    "note": "text",
    "_step": 9,
    "_wandb": {"runtime": 5},
}


@pytest.fixture(scope="session")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs that the real SDK logged: ``one``, ``two`` (resumed), and a namesake elsewhere."""
    folder = tmp_path_factory.mktemp("offline")
    (folder / "deep" / "er").mkdir(parents=True)
    env = {**os.environ, "WANDB_SILENT": "true"}
    subprocess.run([sys.executable, "-c", LOGGING, str(folder)], check=True, env=env, timeout=120)
    return folder


@pytest.fixture
def wandb_folder(logged: Path, tmp_path: Path) -> Path:
    """A copy of the first ``wandb/`` folder, to spoil."""
    return Path(shutil.copytree(logged / "wandb", tmp_path / "wandb", symlinks=True))


def run_file(folder: Path, run_id: str) -> Path:
    return sorted(folder.rglob(f"run-{run_id}.wandb"))[0]


def old_run(folder: Path, summary: Mapping[str, Any] | str, *, files: str = "files") -> Path:
    place = folder / files
    place.mkdir(parents=True)
    text = summary if isinstance(summary, str) else json.dumps(summary)
    (place / "wandb-summary.json").write_text(text, encoding="utf-8")
    return folder


def row(inventory: Inventory, key: str) -> dict[str, Any]:
    (record,) = [record for record in inventory.records() if record["key"] == key]
    return record


def test_a_wandb_folder(logged: Path) -> None:
    inventory = read_run_folders(logged / "wandb")
    assert row(inventory, "loss") == {
        "key": "loss", "kind": "number", "runs": 2, "points": 10, "max_points": 7,
        "monotonic": False, "single_valued": False,
    }  # fmt: skip
    assert row(inventory, "acc")["runs"] == 1
    assert row(inventory, "acc")["monotonic"] is True
    best = row(inventory, "best")
    assert (best["runs"], best["points"]) == (2, 0)
    assert (inventory.coverage.runs_total, inventory.coverage.runs_read) == (2, 2)
    assert inventory.coverage.complete
    assert inventory.coverage.notes == ()
    assert inventory.origin.label == str(logged / "wandb")
    assert (inventory.origin.entity, inventory.origin.project) == ("team", "demo")


def test_any_folder_above_finds_all_runs_once(logged: Path, tmp_path: Path) -> None:
    inventory = read_run_folders(str(logged))
    assert inventory.coverage.runs_total == 3
    assert (inventory.origin.entity, inventory.origin.project) == ("team", None)
    links = tmp_path / "links"
    links.mkdir()
    (links / "a").symlink_to(logged)
    (links / "b").symlink_to(logged / "wandb")
    (links / "latest-run").symlink_to(run_file(logged, "one").parent)
    (links / "loop").symlink_to(links)
    pd.testing.assert_frame_equal(read_run_folders(links).frame, inventory.frame)


def test_one_run_folder_and_one_file(logged: Path) -> None:
    file = run_file(logged, "one")
    for path in (file, file.parent):
        inventory = read_run_folders(path)
        assert {"loss", "acc", "best"} < set(inventory.keys)
        assert inventory.coverage.runs_total == 1


def test_find_run_folders(logged: Path) -> None:
    runs = find_run_folders(logged)
    assert sorted(run.run_id for run in runs) == ["one", "two", "two", "two"]
    assert all(run.run_file and run.run_file.parent == run.path for run in runs)
    names = [run.path.name for run in runs]
    assert names == sorted(names)


def test_order_of_reading_does_not_matter(logged: Path) -> None:
    parts = [read_run_folders(logged / "deep"), read_run_folders(run_file(logged, "one"))]
    there = parts[0].merge(parts[1])
    back = parts[1].merge(parts[0])
    pd.testing.assert_frame_equal(there.frame, back.frame)
    assert there.coverage == back.coverage


@pytest.mark.parametrize("files", ["files", "."])
def test_old_folders_with_only_a_summary(files: str, tmp_path: Path) -> None:
    old_run(tmp_path / "wandb" / "run-20200101_000000-abc", OLD_SUMMARY, files=files)
    old_run(tmp_path / "wandb" / "run-20200102_000000-def", {"loss": 0.1}, files=files)
    inventory = read_run_folders(tmp_path)
    assert dict(zip(inventory.keys, inventory.frame["kind"], strict=True)) == {
        "_step": "number", "bad": "number", "done": "bool", "hist": "histogram", "img": "image",
        "loss": "number", "note": "string", "stats.by.a.b": "number", "stats.mean": "number",
    }  # fmt: skip
    assert row(inventory, "loss") == {"key": "loss", "kind": "number", "runs": 2}
    assert inventory.coverage.runs_read == 2
    assert "2 runs known from wandb-summary.json only" in inventory.coverage.notes[0]


def test_a_summary_beside_the_file_adds_keys(wandb_folder: Path) -> None:
    file = run_file(wandb_folder, "one")
    summary = {"loss": "text", "loss.min": 0.1, "extra": 1, "acc": {"max": 3}}
    (file.parent / "files" / "wandb-summary.json").write_text(json.dumps(summary))
    inventory = read_run_folders(file.parent)
    assert row(inventory, "loss")["kind"] == "number"
    assert row(inventory, "extra")["points"] == 0
    assert not {"acc.max", "loss.min"} & set(inventory.keys)
    assert inventory.coverage.complete


def test_damaged_runs_become_notes(wandb_folder: Path) -> None:
    whole = run_file(wandb_folder, "one")
    whole.write_bytes(whole.read_bytes()[:-20])
    bad = run_file(wandb_folder, "two")
    bad.write_bytes(b"nonsense")
    empty = wandb_folder / "offline-run-20260101_000000-nil"
    empty.mkdir()
    (empty / "run-nil.wandb").touch()
    inventory = read_run_folders(wandb_folder)
    coverage = inventory.coverage
    assert "loss" in inventory.keys
    assert (coverage.runs_total, coverage.runs_read, coverage.complete) == (3, 2, False)
    notes = "\n".join(coverage.notes)
    assert "run-one.wandb: the file breaks off in the record at byte" in notes
    assert f"{bad} is not a W&B run file" in notes
    assert "run-nil.wandb is empty" in notes
    assert "1 run did not end" in notes


def test_many_bad_runs_are_few_notes(wandb_folder: Path) -> None:
    for number in range(50):
        (wandb_folder / f"run-bad{number}.wandb").write_bytes(b"nonsense")
    coverage = read_run_folders(wandb_folder).coverage
    assert len(coverage.notes) == 21
    assert "30 more such notes" in coverage.notes


def test_no_run_readable(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"run-{name}.wandb").write_bytes(b"nonsense")
    with pytest.raises(
        SourceError, match=r"none of the runs in .* can be read; the first: .*run-a"
    ):
        read_run_folders(tmp_path)
    with pytest.raises(SourceError, match=r"run-a\.wandb is not a W&B run file"):
        read_run_folders(tmp_path / "run-a.wandb")


@pytest.mark.parametrize("text", ["{", "[1]", "null", "[" * 100_000, '{"a": \udcff'])
def test_a_broken_summary(text: str, tmp_path: Path) -> None:
    folder = tmp_path / "run-20200101_000000-abc"
    folder.mkdir()
    file = folder / "wandb-summary.json"
    file.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(SourceError, match="is not a W&B summary"):
        read_run_folders(folder)


def test_nothing_there(tmp_path: Path) -> None:
    (tmp_path / "wandb").mkdir()
    with pytest.raises(EmptySource, match="holds no W&B runs") as caught:
        read_run_folders(tmp_path)
    assert "wandb/offline-run-*/" in caught.value.hint
    with pytest.raises(SourceError, match="no such file") as missing:
        read_run_folders(tmp_path / "nowhere")
    assert missing.value.hint
    with pytest.raises(SourceError, match="can't read"):
        read_run_folders("a\0b")
    (tmp_path / "notes.md").write_text("hello")
    with pytest.raises(SourceError, match="neither a folder of W&B runs nor"):
        read_run_folders(tmp_path / "notes.md")


def test_a_run_that_logged_nothing(tmp_path: Path) -> None:
    old_run(tmp_path / "run-20200101_000000-abc", {"_runtime": 3, "_wandb": {"runtime": 3}})
    with pytest.raises(EmptySource, match="no metric was logged"):
        read_run_folders(tmp_path)


def test_runs_deeper_than_the_bound_are_not_found(tmp_path: Path) -> None:
    near = tmp_path.joinpath(*"abcdefgh")
    old_run(near, {"near": 1}, files=".")
    old_run(tmp_path.joinpath(*"ijklmnop", "q"), {"far": 1}, files=".")
    assert read_run_folders(tmp_path).keys == ["near"]


def test_the_search_stops_somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_folders, "MAX_FOLDERS", 20)
    old_run(tmp_path / "a", {"loss": 1}, files=".")
    for number in range(50):
        (tmp_path / f"z{number}").mkdir()
    inventory = read_run_folders(tmp_path)
    assert "the search stopped after 20 folders" in inventory.coverage.notes
    assert not inventory.coverage.complete


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read(wandb_folder: Path) -> None:
    closed = wandb_folder / "closed"
    closed.mkdir(mode=0)
    assert "closed" in read_run_folders(wandb_folder).coverage.notes[0]
    with pytest.raises(SourceError, match="Permission"):
        read_run_folders(closed)


def test_too_many_keys(logged: Path) -> None:
    with pytest.raises(TooManyKeys):
        read_run_folders(logged, max_keys=5)


def test_progress(logged: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    read_run_folders(logged, progress=lambda what, done, total: told.append((what, done, total)))
    assert told[-1] == ("reading runs", 3, 3)


def test_a_renamed_run_folder_is_one_run(tmp_path: Path) -> None:
    files = tmp_path / "my best run" / "files"
    files.mkdir(parents=True)
    (files / "wandb-summary.json").write_text('{"loss": 1.0, "acc": 0.5}', encoding="utf-8")
    inventory = read_run_folders(tmp_path / "my best run")
    assert inventory.coverage.runs_total == 1
    assert inventory.frame["runs"].tolist() == [1, 1]


def test_the_hidden_folder_that_wandb_may_log_to_is_searched(tmp_path: Path) -> None:
    files = tmp_path / ".wandb" / "run-20240101_000000-abc" / "files"
    files.mkdir(parents=True)
    (files / "wandb-summary.json").write_text('{"loss": 1.0}', encoding="utf-8")
    assert read_run_folders(tmp_path).keys == ["loss"]


def test_several_processes_read_what_one_does(wandb_folder: Path) -> None:
    """And tell the same errors, with what to do about them."""
    (wandb_folder / "run-20260101_000009-bad").mkdir()
    (wandb_folder / "run-20260101_000009-bad" / "run-bad.wandb").write_bytes(b"")
    at_once = read_run_folders(wandb_folder, each=in_processes(2))
    assert at_once == read_run_folders(wandb_folder, each=in_turn)
    assert at_once == read_run_folders(wandb_folder)
    assert any("is empty" in note for note in at_once.coverage.notes)
    with pytest.raises(TooManyKeys, match="more than 2"):
        read_run_folders(wandb_folder, max_keys=2, each=in_processes(1))
    again = pickle.loads(pickle.dumps(SourceError("said", hint="do")))  # noqa: S301 - our own
    assert (str(again), again.hint) == ("said", "do")


def test_processes_are_begun_where_there_is_much_to_read(
    wandb_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_cores", lambda: 2)
    runs = parts_of_runs(find_run_folders(wandb_folder))
    assert by_size(runs) is in_turn
    monkeypatch.setattr(workers, "MUCH", 1)
    assert by_size(runs) is not in_turn
    assert by_size(runs[:1]) is in_turn
    monkeypatch.setattr(workers, "_cores", lambda: 1)
    assert by_size(runs) is in_turn


def test_a_script_needs_no_guarded_main_part(wandb_folder: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from wslayout.sources.folders import workers\n"
        "import wslayout\n"
        "workers.MUCH, workers._cores = 0, lambda: 2\n"
        "print('once')\n"
        f"print(len(wslayout.read({str(wandb_folder)!r})))\n"
    )
    done = subprocess.run([sys.executable, script], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["once", str(len(read_run_folders(wandb_folder)))]
    assert done.stderr == ""
