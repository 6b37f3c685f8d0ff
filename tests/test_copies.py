"""The same run's log in several places is read once; the parts of a resumed run are not that."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wslayout
from tests.run_folders import run_bytes
from wslayout.sources.folders.copies import copies_among
from wslayout.sources.folders.offline import read_run_folders
from wslayout.sources.folders.run_folders import find_run_folders, parts_of_runs
from wslayout.sources.folders.workers import in_processes, in_turn
from wslayout.sources.remote import Place

ROWS = [{"loss": step / 7, "lr": step} for step in range(3_000)]
SUMMARY = '{"loss": 0.5, "best": 1}'


def log(folder: Path, content: bytes, *, summary: str = SUMMARY) -> Path:
    (folder / "files").mkdir(parents=True)
    (folder / "run-abc.wandb").write_bytes(content)
    if summary:
        (folder / "files" / "wandb-summary.json").write_text(summary)
    return folder


@pytest.fixture
def resumed(tmp_path: Path) -> Path:
    """A ``wandb/`` folder with one run, which was resumed once."""
    top = tmp_path / "wandb"
    log(top / "offline-run-20260101_000000-abc", run_bytes("abc", ROWS, began=1_000_000))
    log(top / "offline-run-20260102_000000-abc", run_bytes("abc", ROWS[:500], began=1_086_400))
    return top


def told(folder: Path) -> list[dict[str, Any]]:
    found = read_run_folders(folder)
    assert found.coverage.complete
    assert found.coverage.runs_total == 1
    return list(found.records())


def notes(folder: Path) -> tuple[str, ...]:
    return read_run_folders(folder).coverage.notes


def test_a_copy_beside_it(resumed: Path, tmp_path: Path) -> None:
    once = told(resumed)
    assert {row["key"]: row.get("points") for row in once} == {
        "best": 0,
        "loss": 3_500,
        "lr": 3_500,
    }
    shutil.copytree(resumed, tmp_path / "wandb-old")
    assert told(tmp_path) == once
    at_once = read_run_folders(tmp_path, each=in_processes(2))
    assert at_once == read_run_folders(tmp_path, each=in_turn)
    (note,) = at_once.coverage.notes
    first = "offline-run-20260101_000000-abc/run-abc.wandb"
    assert note == (
        "2 run files are copies of others, read once; the first: "
        f"{tmp_path}/wandb-old/{first} is a copy of {tmp_path}/wandb/{first}"
    )


@pytest.mark.parametrize("name", ["a run that I like", "offline-run-20991231_000000-abc", "run-0"])
def test_one_folder_copied_to_another_name(name: str, resumed: Path) -> None:
    once = told(resumed)
    shutil.copytree(resumed / "offline-run-20260101_000000-abc", resumed / name)
    assert told(resumed) == once
    assert len(notes(resumed)) == 1
    assert "is a copy of" in notes(resumed)[0]


@pytest.mark.parametrize("kept", [1_000, 32 * 1024, 70_000, -1])
def test_a_copy_made_while_the_run_went_on(kept: int, resumed: Path, tmp_path: Path) -> None:
    """The longer one is read, wherever it lies."""
    once = told(resumed)
    for name in ("backup1", "backup2"):
        shutil.copytree(resumed, tmp_path / name)
        cut = next((tmp_path / name).glob("*0101_*/run-abc.wandb"))
        cut.write_bytes(cut.read_bytes()[:kept])
    assert told(tmp_path) == once
    whole = next(resumed.glob("*0101_*/run-abc.wandb"))
    content = whole.read_bytes()
    whole.write_bytes(cut.read_bytes())
    cut.write_bytes(content)
    assert told(tmp_path) == once


def test_a_log_copied_without_its_folder_is_the_copy(resumed: Path, tmp_path: Path) -> None:
    log(tmp_path / "a", next(resumed.glob("*0101_*/run-abc.wandb")).read_bytes(), summary="")
    (parts,) = parts_of_runs(find_run_folders(tmp_path))
    assert [part.path.parent for part in parts] == [resumed, resumed]


def test_a_link_to_a_log_beside_it_is_no_run(resumed: Path) -> None:
    once = told(resumed)
    file = next(resumed.glob("*/run-abc.wandb"))
    latest = file.with_name("latest.wandb")
    latest.symlink_to(file.name)
    assert told(resumed) == once
    latest.unlink()
    moved = file.rename(file.with_name("log"))
    file.symlink_to(moved)
    assert told(resumed) == once


def test_parts_that_are_no_copies_count(tmp_path: Path) -> None:
    """Same id and project, but begun at another time, or another log though it tells no time."""
    rows = [{"loss": 1.0}] * 5_000
    changed = [*rows[:-1], {"loss": 2.0}]
    log(tmp_path / "run-20260101_000000-abc", run_bytes("abc", rows, began=1))
    log(tmp_path / "run-20260102_000000-abc", run_bytes("abc", rows, began=2))
    assert told(tmp_path)[1]["points"] == 10_000
    log(tmp_path / "run-20260103_000000-abc", run_bytes("abc", rows))
    log(tmp_path / "run-20260104_000000-abc", run_bytes("abc", changed))
    assert told(tmp_path)[1]["points"] == 20_000
    assert notes(tmp_path) == ()


@pytest.mark.parametrize("damaged", [slice(0, 9_000), slice(60_000, 80_000), slice(-9_000, None)])
def test_a_backup_of_a_damaged_log_is_read(damaged: slice, resumed: Path, tmp_path: Path) -> None:
    once = told(resumed)
    shutil.copytree(resumed, tmp_path / "backup")
    whole = next(resumed.glob("*0101_*/run-abc.wandb"))
    content = bytearray(whole.read_bytes())
    content[damaged] = bytes(len(content[damaged]))
    content[:7] = whole.read_bytes()[:7]
    whole.write_bytes(content)
    assert not read_run_folders(resumed).coverage.complete
    assert told(tmp_path) == once
    assert read_run_folders(tmp_path, each=in_processes(2)) == read_run_folders(tmp_path)


def test_an_earlier_backup_of_a_damaged_log_counts_nothing_twice(
    resumed: Path, tmp_path: Path
) -> None:
    """What was written since the backup is in the damaged one alone."""
    shutil.copytree(resumed, tmp_path / "backup")
    cut = next((tmp_path / "backup").glob("*0101_*/run-abc.wandb"))
    cut.write_bytes(cut.read_bytes()[:90_000])
    whole = next(resumed.glob("*0101_*/run-abc.wandb"))
    whole.write_bytes(whole.read_bytes()[:80_000] + bytes(40_000))
    found = read_run_folders(tmp_path)
    assert not found.coverage.complete
    assert found.records() == read_run_folders(resumed).records()


def test_values_and_answers_count_once(resumed: Path, tmp_path: Path) -> None:
    for home in resumed.iterdir():
        (home / "logs").mkdir()
        (home / "logs" / "debug-internal.log").write_text("429 Too Many Requests\n")
    before = wslayout.preview(resumed).samples
    answers = wslayout.audit(resumed, select="rate-limited").findings
    shutil.copytree(resumed, tmp_path / "wandb-old")
    after = wslayout.preview(tmp_path).samples
    assert before is not None
    assert after is not None
    assert after.curves == before.curves
    assert [one.measured for one in answers] == [2]
    found = wslayout.audit(tmp_path, select="rate-limited").findings
    assert [one.measured for one in found] == [one.measured for one in answers]


@given(st.lists(st.binary(max_size=4), max_size=6), st.randoms(use_true_random=False))
def test_what_is_left_out_is_in_what_stays(
    tmp_path_factory: pytest.TempPathFactory, logs: list[bytes], order: random.Random
) -> None:
    folder = tmp_path_factory.mktemp("logs")
    files: dict[Place, bytes] = {}
    for number, content in enumerate(logs):
        file = folder / str(number)
        file.write_bytes(content)
        files[file] = content
    shuffled = list(files)
    order.shuffle(shuffled)
    copies = copies_among(shuffled)
    for copy, original in copies.items():
        assert files[original].startswith(files[copy])
        assert original not in copies
    stay = [file for file in files if file not in copies and files[file]]
    for one in stay:
        assert not [two for two in stay if two != one and files[two].startswith(files[one])]


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="needs Linux, which counts bytes")
def test_copies_are_found_by_their_ends(tmp_path: Path) -> None:
    content = run_bytes("abc", ROWS, began=1) + bytes(50_000_000)
    for name in "ab":
        log(tmp_path / name, content)
    found = find_run_folders(tmp_path)
    before = bytes_read()
    (parts,) = parts_of_runs(found)
    assert len(parts) == 1
    assert bytes_read() - before < 500_000


def bytes_read() -> int:
    """By this process, so far."""
    return int(Path("/proc/self/io").read_text().split()[1])
