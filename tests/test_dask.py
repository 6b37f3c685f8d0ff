"""Run folders read by a Dask cluster on this machine."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from distributed import Client, LocalCluster
from fsspec.implementations.memory import MemoryFileSystem

import wslayout
from tests.run_folders import run_bytes, write_runs
from wslayout.cli.main import run
from wslayout.errors import ServerError, ServerUnreachable, SourceError, TooManyKeys
from wslayout.sources.folders import cluster as clusters
from wslayout.sources.folders import workers
from wslayout.sources.folders.cluster import on_cluster
from wslayout.sources.folders.offline import read_run_folders
from wslayout.sources.folders.run_folders import find_run_folders, parts_of_runs
from wslayout.sources.folders.workers import in_turn

RUNS = 24


def local_cluster(**options: Any) -> LocalCluster:
    return LocalCluster(
        host="127.0.0.1",
        protocol="tcp",
        dashboard_address="127.0.0.1:0",
        threads_per_worker=1,
        silence_logs=50,
        **options,
    )


@pytest.fixture(scope="module")
def processes() -> Iterator[LocalCluster]:
    """Two workers, each a process of its own."""
    with local_cluster(n_workers=2, processes=True) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def threads() -> Iterator[LocalCluster]:
    """Two workers in this process, which see its ``memory://``."""
    with local_cluster(n_workers=2, processes=False) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of all sorts on disk."""
    return write_runs(tmp_path_factory.mktemp("runs") / "wandb", RUNS)


@pytest.fixture
def memory(runs: Path) -> Iterator[str]:
    """The URL of a copy of the runs in memory."""
    fs = MemoryFileSystem()
    for file in runs.rglob("*"):
        if file.is_file():
            fs.pipe(f"/wandb/{file.relative_to(runs).as_posix()}", file.read_bytes())
    yield "memory://wandb"
    fs.rm("/wandb", recursive=True)


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many chunks as runs."""
    monkeypatch.setattr(workers, "_LARGE", 1)


def test_a_cluster_reads_what_one_process_does(
    processes: LocalCluster, runs: Path, one_by_one: None
) -> None:
    here = read_run_folders(runs, each=in_turn)
    assert here.coverage.runs_total == RUNS
    told: list[tuple[str, int, int | None]] = []
    there = wslayout.read(
        runs,
        cluster=processes.scheduler_address,
        progress=lambda what, done, total: told.append((what, done, total)),
    )
    assert there.to_json() == here.to_json()
    done = [number for what, number, total in told if what == "reading runs" and total == RUNS]
    assert done == list(range(RUNS + 1))
    assert wslayout.read(runs.as_uri(), cluster=processes).to_json() == here.to_json()
    assert wslayout.read(f"file://{runs}", cluster=processes).to_json() == here.to_json()


def test_runs_behind_urls(threads: LocalCluster, memory: str, one_by_one: None) -> None:
    here = wslayout.read(memory)
    with Client(threads, set_as_default=False) as client:
        assert wslayout.read(memory, cluster=client).to_json() == here.to_json()
        assert wslayout.plan(memory, cluster=client) == wslayout.plan(here)
        assert wslayout.explain(memory, "loss", cluster=client)
        assert wslayout.preview(memory, cluster=client).samples is not None
        # A client that was given is not closed.
        assert client.status == "running"
        # Nothing stays behind.
        assert not client.futures


def test_the_command_line(
    processes: LocalCluster, runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (
        ["keys", str(runs), "--json"],
        ["plan", runs.as_uri(), "--json"],
        ["explain", str(runs), "loss", "--json"],
    ):
        assert run(arguments) == 0
        here = capsys.readouterr().out
        assert run([*arguments, "--dask", processes.scheduler_address]) == 0
        assert capsys.readouterr().out == here
    before = threading.active_count()
    assert run(["keys", str(runs), "--dask", processes.scheduler_address]) == 0
    assert threading.active_count() <= before


@pytest.mark.parametrize("given", ["team/project", "keys.csv", "-", "layout.json"])
def test_a_cluster_is_for_run_folders(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("keys.csv").write_text("key\nloss\n")
    assert run(["plan", "keys.csv", "-o", "layout.json"]) == 0
    assert run(["apply", given, "--spec", "x.json", "--dask", "127.0.0.1:1"]) == 2
    assert "run folders" in (said := capsys.readouterr().err) or "finished layout" in said
    assert run(["diff", "--dask", "127.0.0.1:1"]) == 2


def test_too_many_keys(processes: LocalCluster, runs: Path, one_by_one: None) -> None:
    with pytest.raises(TooManyKeys, match="more than 6 distinct"):
        wslayout.read(runs, cluster=processes, max_keys=6)
    assert len(wslayout.read(runs, cluster=processes, max_keys=12)) == 9


def test_errors_are_those_of_one_process(
    processes: LocalCluster, tmp_path: Path, one_by_one: None
) -> None:
    for name in "abc":
        (tmp_path / f"run-{name}.wandb").write_bytes(b"nonsense")
    said = []
    for cluster in (None, processes):
        with pytest.raises(SourceError, match=r"the first: .*run-a\.wandb is not") as caught:
            wslayout.read(tmp_path, cluster=cluster)
        said.append((str(caught.value), caught.value.hint))
    assert said[0] == said[1]


def test_no_scheduler(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(clusters, "CONNECTING", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent_port = silent.getsockname()[1]
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        for address in (f"tcp://127.0.0.1:{port}", f"127.0.0.1:{port}", f"127.0.0.1:{silent_port}"):
            before = threading.active_count()
            assert run(["keys", str(runs), "--dask", address]) == 6
            said = capsys.readouterr().err
            assert f"no scheduler of Dask answers at {address}" in said
            assert "Check the address" in said
            assert "Traceback" not in said
            assert threading.active_count() <= before


@pytest.mark.parametrize("address", ["", "nope://127.0.0.1:1", "127.0.0.1:port"])
def test_what_is_no_address(address: str, runs: Path, capsys: Any) -> None:
    assert run(["keys", str(runs), "--dask", address]) == 2
    assert "no address of a scheduler" in capsys.readouterr().err


def test_a_worker_killed_while_it_reads(
    processes: LocalCluster, runs: Path, one_by_one: None
) -> None:
    here = wslayout.read(runs)
    with Client(processes, set_as_default=False) as client:
        pids = list(client.run(os.getpid).values())

        def kill(what: str, done: int, total: int | None) -> None:
            if what == "reading runs" and done == 2:
                os.kill(pids[0], signal.SIGKILL)

        there = read_run_folders_on(client, runs, kill)
        assert there.to_json() == here.to_json()


def read_run_folders_on(client: Any, runs: Path, progress: Any) -> Any:
    with on_cluster(client) as each:
        return read_run_folders(runs, each=each, progress=progress)


def test_a_cluster_that_goes_away(
    memory: str, one_by_one: None, caplog: pytest.LogCaptureFixture
) -> None:
    level = logging.getLogger("distributed.client").level
    cluster = local_cluster(n_workers=1, processes=False)
    try:

        def end(what: str, done: int, total: int | None) -> None:
            if what == "reading runs" and done == 1:
                cluster.close()

        with pytest.raises(ServerUnreachable, match="was lost while runs were read") as caught:
            wslayout.read(memory, cluster=cluster.scheduler_address, progress=end)
        assert caught.value.exit_code == 6
        # What Dask shows of it is no traceback; the scheduler's own INFO is shown to nobody.
        shown = [one for one in caplog.records if one.levelno >= logging.WARNING]
        assert not [one for one in shown if one.exc_info]
        assert logging.getLogger("distributed.client").level == level
    finally:
        cluster.close()


def test_no_workers(memory: str) -> None:
    with local_cluster(n_workers=0, processes=False) as cluster:
        with (
            on_cluster(cluster, patience=0.1) as each,
            pytest.raises(ServerUnreachable, match="has no workers"),
        ):
            read_run_folders(memory, each=each)
        # Those that come later are waited for.
        timer = threading.Timer(0.5, cluster.scale, [1])
        timer.start()
        assert wslayout.read(memory, cluster=cluster).coverage.runs_total == RUNS
        timer.join()


def test_an_interrupt_leaves_nothing_behind(
    threads: LocalCluster, memory: str, one_by_one: None
) -> None:
    with Client(threads, set_as_default=False) as client:

        def interrupt(what: str, done: int, total: int | None) -> None:
            if done == 2:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            wslayout.read(memory, cluster=client, progress=interrupt)
        assert all(future.status == "cancelled" for future in client.futures.values())


def test_a_worker_that_sees_other_files(processes: LocalCluster, memory: str, capsys: Any) -> None:
    """As those of another machine do: ``memory://`` is each process's own."""
    assert run(["keys", memory, "--dask", processes.scheduler_address]) == 2
    said = capsys.readouterr().err
    assert "does not see memory://wandb/offline-run-" in said
    assert "all workers find them by the same path" in said


def test_runs_that_vanish_are_notes(
    processes: LocalCluster, runs: Path, tmp_path: Path, one_by_one: None
) -> None:
    folder = Path(shutil.copytree(runs, tmp_path / "wandb"))

    def vanish(what: str, done: int, total: int | None) -> None:
        if what == "reading runs" and done == 0:
            shutil.rmtree(next(folder.glob("*-r002")))

    coverage = wslayout.read(folder, cluster=processes, progress=vanish).coverage
    assert any("run-r002.wandb: No such file" in note for note in coverage.notes)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("wslayout.__version__ = '0.0.1'", "has wslayout 0.0.1"),
        ("sys.modules['wslayout'] = None", "has none: import of wslayout halted"),
    ],
)
def test_a_worker_with_another_wslayout(
    code: str, said: str, processes: LocalCluster, runs: Path, capsys: Any
) -> None:
    keep = "import sys, wslayout; sys.kept = wslayout, wslayout.__version__; "
    back = (
        "import sys; sys.modules['wslayout'] = sys.kept[0]; sys.kept[0].__version__ = sys.kept[1]"
    )
    with Client(processes, set_as_default=False) as client:
        worker = sorted(client.nthreads())[0]
        client.run(exec, keep + code, workers=[worker])
        try:
            assert run(["keys", str(runs), "--dask", processes.scheduler_address]) == 2
        finally:
            client.run(exec, back, workers=[worker])
    told = capsys.readouterr().err
    assert f"{worker} {said}" in told
    assert f"need what this machine has: wslayout {wslayout.__version__}" in told


def test_what_else_fails_on_workers_is_told(processes: LocalCluster, runs: Path) -> None:
    def broken(chunk: Any) -> Any:
        raise MemoryError("too little\nof it")

    with (
        on_cluster(processes) as each,
        pytest.raises(ServerError, match="failed to read runs: MemoryError: too little"),
    ):
        list(each(broken, parts_of_runs(find_run_folders(runs))))


def test_runs_that_kill_workers_are_told(processes: LocalCluster, runs: Path) -> None:
    def deadly(chunk: Any) -> Any:
        os.kill(os.getpid(), signal.SIGKILL)

    scheduler: Any = processes.scheduler
    scheduler.allowed_failures = 0
    with (
        on_cluster(processes) as each,
        pytest.raises(ServerError, match="lost worker after worker") as caught,
    ):
        list(each(deadly, parts_of_runs(find_run_folders(runs))))
    assert "memory" in caught.value.hint
    scheduler.allowed_failures = 3


def test_an_asynchronous_client_is_refused(threads: LocalCluster, runs: Path) -> None:
    async def ask() -> None:
        address = threads.scheduler_address
        async with Client(address, asynchronous=True, set_as_default=False) as client:
            wslayout.read(runs, cluster=client)

    with pytest.raises(SourceError, match="asynchronous"):
        asyncio.run(ask())


def test_a_large_run_beside_small_ones(processes: LocalCluster, tmp_path: Path) -> None:
    """Chunks follow bytes; what is read in one of them is told as soon as it is done."""
    rows = [{f"layer/{n}": n / 7 for n in range(40)}] * 2_000
    (tmp_path / "run-large.wandb").write_bytes(run_bytes("large", rows))
    for number in range(6):
        name = f"run-s{number}.wandb"
        (tmp_path / name).write_bytes(run_bytes(f"s{number}", [{"loss": number}]))
    assert wslayout.read(tmp_path, cluster=processes) == wslayout.read(tmp_path)
