"""What is read of runs merges: any order and any grouping give what one reader finds."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.run_folders import write_runs
from wslayout.errors import SourceError, TooManyKeys
from wslayout.inventory import KINDS, Tally
from wslayout.sources.folders import workers
from wslayout.sources.folders.key_facts import KeyFacts
from wslayout.sources.folders.offline import read_run_folders
from wslayout.sources.folders.one_run import OneRun
from wslayout.sources.folders.reading import Chunk, Reading, read_chunk
from wslayout.sources.folders.run_folders import (
    RunFolder,
    find_run_folders,
    parts_of_runs,
    search_runs,
)
from wslayout.sources.folders.runfile import RunKeys
from wslayout.sources.folders.workers import chunks, chunks_for, in_processes, in_turn

keys = st.sampled_from(["loss", "acc", "acc.max", "lr", "images", "ünï", "", "\ud800"])
maybe = st.sampled_from([None, True, False])
facts = st.builds(
    KeyFacts,
    kind=st.sampled_from(KINDS),
    points=st.integers(0, 9),
    monotonic=maybe,
    single_valued=maybe,
    step_metric=st.sampled_from([None, "", "epoch", "step"]),
)
names = st.sampled_from([None, "", "one", "other"])
notes = st.lists(st.integers(0, 60).map(lambda n: f"run-{n}.wandb: cut"), max_size=3).map(tuple)
ones = st.builds(
    OneRun,
    run=st.none()
    | st.builds(
        RunKeys,
        keys=st.dictionaries(keys, facts),
        entity=names,
        project=names,
        finished=st.booleans(),
        complete=st.booleans(),
        notes=notes,
    ),
    summaries=st.lists(
        st.lists(st.tuples(keys, st.sampled_from(KINDS)), max_size=3), max_size=2
    ).map(tuple),
    errors=st.lists(st.integers(0, 60).map(lambda n: SourceError(f"{n} is bad")), max_size=2).map(
        tuple
    ),
)


def of_one(number: int, read: OneRun, max_keys: int) -> Reading:
    reading = Reading(Tally(max_keys))
    reading.take(number, read)
    return reading


def in_order(reads: Sequence[OneRun], max_keys: int) -> Reading:
    reading = Reading(Tally(max_keys))
    for number, read in enumerate(reads):
        reading.take(number, read)
    return reading


def told(reading: Reading) -> tuple[Any, ...]:
    """All that can be told of a reading."""
    return (
        reading.inventory("somewhere").to_json(),
        str(reading.first_error),
        reading.runs,
        reading.runs_read,
    )


@given(reads=st.lists(ones, max_size=8), data=st.data())
def test_any_order_and_any_grouping(reads: list[OneRun], data: st.DataObject) -> None:
    parts = [of_one(number, read, 1_000) for number, read in enumerate(reads)]
    parts = data.draw(st.permutations([*parts, Reading(Tally(1_000))]))
    while len(parts) > 1:
        at = data.draw(st.integers(0, len(parts) - 2))
        one, other = parts[at : at + 2]
        before = told(other)
        one.merge(pickle.loads(pickle.dumps(other)))  # noqa: S301 - our own
        assert told(other) == before
        parts[at : at + 2] = [one]
    assert told(parts[0]) == told(in_order(reads, 1_000))


@given(one=ones, other=ones)
def test_what_was_merged_stays_as_it_was(one: OneRun, other: OneRun) -> None:
    mine, theirs = of_one(0, one, 100), of_one(1, other, 100)
    before = told(theirs)
    mine.merge(theirs)
    mine.merge(of_one(2, one, 100))
    assert told(theirs) == before


@given(reads=st.lists(ones, min_size=1, max_size=6), most=st.integers(1, 6), data=st.data())
def test_too_many_keys_are_too_many_in_any_order(
    reads: list[OneRun], most: int, data: st.DataObject
) -> None:
    def said(order: Sequence[int]) -> str:
        whole = Reading(Tally(most))
        try:
            for number in order:
                whole.merge(of_one(number, reads[number], most))
        except TooManyKeys as error:
            return str(error)
        return str(told(whole))

    order = data.draw(st.permutations(range(len(reads))))
    assert said(order) == said(range(len(reads)))


def test_notes_by_the_thousand_stay_few() -> None:
    reading = Reading(Tally())
    for number in range(2_000):
        run = RunKeys({}, complete=False, notes=(f"run-{number % 1_500:04}.wandb: cut",))
        reading.take(number, OneRun(run))
    assert len(pickle.dumps(reading)) < 4_000
    coverage = reading.inventory("somewhere").coverage
    assert len(coverage.notes) == 22
    assert "1,960 more such notes" in coverage.notes


def test_chunks_are_neighbours_and_none_is_lost(tmp_path: Path) -> None:
    sizes = [3, 50, 1, 1, 200, 4, 4]
    runs = []
    for number, size in enumerate(sizes):
        file = tmp_path / f"run-{number}.wandb"
        file.write_bytes(bytes(size * 1_000_000))
        runs.append([RunFolder(tmp_path, str(number), run_file=file)])
    found = [[number for number, _ in chunk] for chunk in chunks(runs, 56_000_000)]
    assert found == [[0, 1, 2, 3], [4], [5, 6]]
    gone = [[RunFolder(tmp_path, "gone", run_file=tmp_path / "gone.wandb")]]
    assert len(list(chunks(gone * 3, 10**9))) == 1
    assert list(chunks_for(4, [])) == []
    assert [number for chunk in chunks_for(2, runs) for number, _ in chunk] == list(range(7))


def test_processes_read_what_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_runs(tmp_path / "wandb", 24)
    here = read_run_folders(folder, each=in_turn)
    assert here.coverage.runs_total == 24
    # Also in chunks of one run.
    monkeypatch.setattr(workers, "_LARGE", 1)
    monkeypatch.setattr(workers, "_SMALL", 1)
    assert len(list(chunks_for(2, parts_of_runs(find_run_folders(folder))))) == 24
    assert read_run_folders(folder, each=in_processes(2)).to_json() == here.to_json()
    assert read_run_folders(folder, each=in_turn).to_json() == here.to_json()


def _killed_once(marker: Path, chunk: Chunk) -> Reading:
    """Read a chunk, but kill the first process that does, as where memory runs out."""
    with suppress(FileExistsError):
        marker.touch(exist_ok=False)
        os.kill(os.getpid(), signal.SIGKILL)
    return read_chunk(chunk)


def test_a_process_that_is_killed_loses_no_run(tmp_path: Path) -> None:
    folder = write_runs(tmp_path / "wandb", 6)
    runs = parts_of_runs(search_runs(folder).found)
    do = partial(_killed_once, tmp_path / "killed")
    found = list(in_processes(2)(do, runs))
    assert (tmp_path / "killed").exists()
    assert sum(reading.runs for reading in found) == len(runs)
