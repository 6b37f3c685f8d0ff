"""Run folders and tables that are named by URLs."""

from __future__ import annotations

import asyncio
import builtins
import json
import os
import pickle
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.asyn import AsyncFileSystem
from fsspec.implementations.memory import MemoryFileSystem

import wslayout
from tests.conftest import WandbEnv
from tests.run_folders import run_bytes, write_runs
from tests.wandb_server import DEFAULT_KEY
from wslayout.cli.main import run
from wslayout.demo import log_demo_runs
from wslayout.errors import EmptySource, SourceError
from wslayout.inventory import Inventory, Origin
from wslayout.sources.folders import run_folders
from wslayout.sources.folders.offline import read_run_folders
from wslayout.sources.folders.run_folders import find_run_folders, parts_of_runs, search_runs
from wslayout.sources.folders.workers import by_size
from wslayout.sources.remote import RemotePath, lies_in, place_of
from wslayout.sources.urls import is_url, local_path, shown


@pytest.fixture
def memory() -> Iterator[MemoryFileSystem]:
    """The file system behind ``memory://``, empty."""
    fs = MemoryFileSystem()
    fs.store.clear()
    fs.pseudo_dirs[:] = [""]
    yield fs
    fs.store.clear()
    fs.pseudo_dirs[:] = [""]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of all sorts on disk."""
    return write_runs(tmp_path_factory.mktemp("runs") / "wandb", 16)


def put(fs: MemoryFileSystem, folder: Path, name: str) -> str:
    """Copy a folder; its URL."""
    for file in folder.rglob("*"):
        if file.is_file():
            fs.pipe(f"{name}/{file.relative_to(folder).as_posix()}", file.read_bytes())
    return f"memory://{name}"


def unlabelled(inventory: Inventory, *places: str) -> str:
    """All that an inventory tells, but where its runs lie."""
    text = replace(inventory, origin=replace(inventory.origin, label="")).to_json()
    for place in places:
        text = text.replace(place, "HERE")
    told = json.loads(text)
    told["coverage"]["notes"].sort()  # which begin with where a run lies
    return json.dumps(told)


def test_which_texts_are_urls(tmp_path: Path) -> None:
    for text in ("s3://b/x", "gs://b", "memory://x", "sftp://me@host/x", "zip://a::file:///b.zip"):
        assert is_url(text)
    for text in ("https://wandb.ai/a/b", "http://host/a", "team/project", "C:/runs", "a:b//c", "-"):
        assert not is_url(text)
    (tmp_path / "a b%20ü#?").mkdir()
    for text in (f"file://{tmp_path}/a b%20ü#?", f"local://{tmp_path}/a b%20ü#?"):
        assert not is_url(text)
        assert local_path(text) == tmp_path / "a b%20ü#?"
    assert local_path((tmp_path / "a b%20ü#?").as_uri()) == tmp_path / "a b%20ü#?"
    assert local_path(f"file://localhost{tmp_path}") == tmp_path
    assert local_path("file:///C:/runs") == Path("C:/runs")
    assert local_path("wandb/") == Path("wandb")


def test_no_password_is_shown() -> None:
    assert shown("ftp://me:pass@host/a:b@c") == "ftp://me@host/a:b@c"
    assert shown("ftp://me:p@ss wo:rd@host/a") == "ftp://me@host/a"
    assert shown("abfs://box/a?sv=1&sig=SECRET&x=2") == "abfs://box/a?sv=1&sig=…&x=2"
    assert shown("gs://box/a?access_token=SECRET") == "gs://box/a?access_token=…"
    assert shown("zip://x::ftp://me:pass@host/x") == "zip://x::ftp://me@host/x"
    assert shown("abfs://box@account/x") == "abfs://box@account/x"
    assert shown("ftp://me@corp.com:pass@host:21/x") == "ftp://me@corp.com@host:21/x"
    assert shown("zip://x::ftp://me@corp.com:p@ss@host/x") == "zip://x::ftp://me@corp.com@host/x"
    assert shown("ftp://me:s3c/ret@host/x") == "ftp://me@host/x"
    assert shown("sftp://me@host:22/a@b") == "sftp://me@host:22/a@b"
    assert shown("webhdfs://h:1/x?user=a&pwd=SECRET") == "webhdfs://h:1/x?user=a&pwd=…"
    assert shown("webhdfs://h:1/x?delegation=SECRET") == "webhdfs://h:1/x?delegation=…"


def test_a_password_with_a_slash_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["keys", "ftp://me:s3c/ret@127.0.0.1:1/x"]) == 2
    said = capsys.readouterr().err
    assert "can't read ftp://me@127.0.0.1:1/x: its password holds a slash" in said
    assert "s3c" not in said


@pytest.mark.parametrize("name", ["/wandb", "/a b/ümläut #1?x=%20/wandb", "/日本"])
@pytest.mark.parametrize("end", ["", "/"])
def test_a_folder_in_memory_is_as_on_disk(
    name: str, end: str, memory: MemoryFileSystem, runs: Path
) -> None:
    url = put(memory, runs, name) + end
    found = wslayout.read(url)
    assert unlabelled(found, url.rstrip("/")) == unlabelled(wslayout.read(runs), str(runs))
    assert found.origin.label == url
    assert found.coverage.runs_total == 16


def test_a_file_url_is_a_path(runs: Path, tmp_path: Path) -> None:
    assert wslayout.read(runs.as_uri()) == wslayout.read(runs)
    named = tmp_path / "a b"
    shutil.copytree(runs, named)
    assert wslayout.read(named.as_uri()) == wslayout.read(f"file://{named}") == wslayout.read(named)
    assert wslayout.read(named.as_uri()).origin.label == str(named)


def test_real_runs_and_what_else_is_read_of_them(
    memory: MemoryFileSystem, tmp_path: Path, wandb_env: WandbEnv
) -> None:
    """Keys, audit and the values in previews."""
    log_demo_runs(tmp_path, runs=1)
    local = next(tmp_path.rglob("offline-run-*")).parent
    url = put(memory, local, "/demo")
    assert unlabelled(wslayout.read(url), url) == unlabelled(wslayout.read(local), str(local))
    page, here = wslayout.preview(url), wslayout.preview(local)
    assert page.samples is not None
    assert page.samples.pictures
    assert page.samples == here.samples
    report, expected = wslayout.audit(url), wslayout.audit(local)
    assert [replace(one, command="") for one in report.findings] == [
        replace(one, command="") for one in expected.findings
    ]
    assert report.source == url


def test_one_file_and_one_run(memory: MemoryFileSystem) -> None:
    memory.pipe("/d/run-20260101_000000-abc/run-abc.wandb", run_bytes("abc", [{"loss": 1}]))
    for url in (
        "memory://d/run-20260101_000000-abc/run-abc.wandb",
        "memory://d/run-20260101_000000-abc",
        "memory://d",
        "memory://",
    ):
        assert wslayout.read(url).keys == ["loss"]
    (folder,) = find_run_folders("memory://d")
    assert folder.run_id == "abc"
    memory.pipe("/old/wandb-summary.json", b'{"loss": 1}')
    assert read_run_folders("memory://old/wandb-summary.json").keys == ["loss"]


def test_parts_of_a_resumed_run_are_one(memory: MemoryFileSystem) -> None:
    for day in (1, 2):
        name = f"/d/offline-run-2026010{day}_000000-abc/run-abc.wandb"
        memory.pipe(name, run_bytes("abc", [{"loss": day}]))
    found = wslayout.read("memory://d")
    assert found.coverage.runs_total == 1
    assert found.frame["points"].tolist() == [2]


def test_tables(memory: MemoryFileSystem) -> None:
    table = wslayout.read(["train/loss", "val/loss"])
    memory.pipe("/t/keys.csv", table.to_csv().encode())
    memory.pipe("/t/keys.parquet", table.to_parquet())
    memory.pipe("/t/keys.json", table.to_json().encode())
    memory.pipe("/t/keys.txt", b"train/loss\nval/loss\n")
    memory.pipe("/t/bad.csv", b"PAR1")
    for form in ("csv", "parquet", "json", "txt"):
        found = wslayout.read(f"memory://t/keys.{form}")
        assert found.keys == ["train/loss", "val/loss"]
        assert form == "json" or found.origin == Origin(f"memory://t/keys.{form}")
    with pytest.raises(SourceError, match=r"memory://t/bad\.csv is not CSV: it is a Parquet file"):
        wslayout.read("memory://t/bad.csv")
    with pytest.raises(SourceError, match=r"can't read memory://t/none\.csv: no such file"):
        wslayout.read("memory://t/none.csv")


def test_what_is_wrong_with_runs_is_told(
    memory: MemoryFileSystem, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["keys", "memory://nowhere/wandb"]) == 2
    assert "can't read memory://nowhere/wandb: no such file or folder" in capsys.readouterr().err
    memory.pipe("/some/notes.md", b"hello")
    with pytest.raises(EmptySource, match="memory://some holds no W&B runs"):
        wslayout.read("memory://some")
    with pytest.raises(SourceError, match=r"notes\.md is neither a folder of W&B runs nor"):
        wslayout.read("memory://some/notes.md")
    whole = run_bytes("abc", [{"loss": 1}] * 3)
    memory.pipe("/d/run-a.wandb", whole)
    memory.pipe("/d/run-b.wandb", whole[:-9])
    memory.pipe("/d/run-c.wandb", b"")
    assert run(["keys", "memory://d"]) == 0
    said = capsys.readouterr().err
    assert "run-b.wandb: the file breaks off" in said
    assert "memory://d/run-c.wandb is empty" in said


def test_runs_that_vanish_are_told(memory: MemoryFileSystem) -> None:
    for name in "abc":
        memory.pipe(f"/d/{name}/run-{name}.wandb", run_bytes(name, [{"loss": 1}]))
    gone: list[None] = []

    def vanish(what: str, done: int, total: int | None) -> None:
        if what == "reading runs" and not gone:
            gone.append(memory.rm("/d/b", recursive=True))

    found = read_run_folders("memory://d", progress=vanish)
    assert (found.coverage.runs_read, found.coverage.runs_total) == (2, 3)
    assert "can't read memory://d/b/run-b.wandb: no such file or folder" in found.coverage.notes


class Failing(MemoryFileSystem):  # type: ignore[misc]  # fsspec has no types
    """Raises an error wherever it is asked for what has a name; else it is ``memory://``."""

    protocol = ("failing",)
    cachable = False
    error: Exception = OSError()
    where = "deny"

    def __init__(self, password: str = "", **options: Any) -> None:
        super().__init__(**options)
        self.storage_options = {"password": password}

    def _check(self, path: str) -> None:
        if self.where in path:
            raise self.error

    def info(self, path: str, **options: Any) -> Any:
        self._check(path)
        return super().info(path, **options)

    def ls(self, path: str, detail: bool = True, **options: Any) -> Any:
        self._check(path)
        return super().ls(path, detail=detail, **options)

    def _open(self, path: str, *arguments: Any, **options: Any) -> Any:
        self._check(path)
        return super()._open(path, *arguments, **options)

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        path = path.removeprefix("failing://").rpartition("@")[2]
        return str(MemoryFileSystem._strip_protocol(path))

    @staticmethod
    def _get_kwargs_from_urls(path: str) -> dict[str, str]:
        account = path.partition("://")[2].rpartition("@")[0]
        return {"password": account.partition(":")[2]} if account else {}


@pytest.fixture
def failing(memory: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch) -> MemoryFileSystem:
    fsspec.register_implementation("failing", Failing, clobber=True)
    memory.pipe("/d/a/run-a.wandb", run_bytes("a", [{"loss": 1}]))
    memory.pipe("/d/deny/run-b.wandb", run_bytes("b", [{"loss": 1}]))
    return memory


class Botched(Exception):
    """What a library raises that knows no errors of Python."""


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError("Access Denied"), "Access Denied"),
        (PermissionError(13, "Forbidden"), "Forbidden"),
        (FileNotFoundError("The specified bucket does not exist"), "bucket does not exist"),
        (asyncio.TimeoutError(), "no answer in time"),
        (TimeoutError("30 s"), "no answer in time (30 s)"),
        (ConnectionResetError(104, "Connection reset by peer"), "Connection reset by peer"),
        (Botched("Unable to locate credentials\nof hunter2"), "Unable to locate credentials"),
        (Botched("failing://me:hunter2@host is wrong"), "failing://me@host is wrong"),
        (Botched(), "Botched"),
        (KeyError("type"), "type"),
    ],
)
def test_errors_of_file_systems(
    error: Exception,
    said: str,
    failing: MemoryFileSystem,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(Failing, "error", error)
    for url in ("failing://d/deny", "failing://me:hunter2@d/deny"):
        assert run(["keys", url]) == 2
        told = capsys.readouterr().err
        assert said in told
        assert f"can't read {shown(url)}" in told
        assert "hunter2" not in told
        assert "Traceback" not in told
        assert len(told.splitlines()) <= 3
    # One folder, or one file, that can't be read is a note.
    found = wslayout.read("failing://me:hunter2@d")
    assert found.keys == ["loss"]
    assert not found.coverage.complete
    assert "failing://me@d/deny" in found.coverage.notes[0]
    assert found.origin.label == "failing://me@d"
    monkeypatch.setattr(Failing, "where", "run-b")
    noted = wslayout.read("failing://me:hunter2@d").coverage
    assert (noted.runs_read, noted.runs_total) == (1, 2)
    assert said in noted.notes[0]


@pytest.mark.parametrize(
    ("url", "said", "hint"),
    [
        ("s3://bucket/wandb", "s3fs", "pip install s3fs"),
        ("gs://bucket/wandb", "gcsfs", "pip install gcsfs"),
        ("abfs://box@account/x", "adlfs", "pip install adlfs"),
        ("nope://bucket/wandb", "there is no protocol 'nope'", "s3"),
        ("zip://x::file:///nowhere.zip", "No such file", "Check the URL"),
    ],
)
def test_protocols_that_can_t_be_read(
    url: str, said: str, hint: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    for name in ("s3fs", "gcsfs", "adlfs"):
        monkeypatch.setitem(sys.modules, name, None)
    for command in ("keys", "plan", "preview", "audit"):
        assert run([command, url]) == 2
        told = capsys.readouterr().err
        assert f"can't read {url}" in told
        assert said in told
        assert hint in told


ODD_URLS = [
    ("data://x", "can't read data://x: data:// names no folder or file of its own", "s3://bucket"),
    ("reference://x", "reference:// names no folder", "such as s3://bucket/wandb."),
    ("dir://x::memory://d", "dir:// names no folder", "such as s3://bucket/wandb."),
    ("simplecache://x", "simplecache is put before the URL", "simplecache::s3://bucket/wandb."),
    ("zip://x", "it names no archive", "zip://wandb::file:///home/me/runs.zip."),
    ("wandb://team/project", "wandb:// is no URL of W&B", "https://wandb.ai/entity/project."),
    ("s3://", "can't read s3://: nothing stands behind s3://", "such as s3://bucket/wandb."),
    ("simplecache::S3:///", "nothing stands behind s3://", "such as s3://bucket/wandb."),
    ("file://", "there is no file or folder 'file://'", "like file:///home/me/wandb"),
    ("file:", "there is no file or folder 'file:'", "like file:///home/me/wandb"),
    ("file:x", "there is no file or folder 'file:x'", "like file:///home/me/wandb"),
    ("file:/nowhere/x", "there is no file or folder 'file:/nowhere/x'", ""),
    ("File://host/x", "there is no file or folder 'File://host/x'", "like file:///home/me/wandb"),
    ("s3:/bucket/x", "there is no file or folder 's3:/bucket/x'", "or s3://bucket/wandb."),
    ("s3:", "there is no file or folder 's3:'", "or s3://bucket/wandb."),
    ("simplecache::x", "there is no file or folder 'simplecache::x'", "or s3://bucket/wandb."),
    ("://x", "there is no file or folder '://x'", ""),
    ("https://", "a URL without a host: 'https://'", "https://wandb.ai/entity/project."),
    ("wandb.ai/team", "not the URL of a W&B project: 'wandb.ai/team'", "entity/project"),
    ("wandb.ai", "not the URL of a W&B project: 'wandb.ai'", "entity/project"),
]


@pytest.mark.parametrize(("url", "said", "hint"), ODD_URLS)
@pytest.mark.parametrize("installed", [True, False])
def test_texts_that_are_nearly_urls(
    url: str,
    said: str,
    hint: str,
    installed: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Any,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    if not installed:
        monkeypatch.setitem(sys.modules, "fsspec", None)
        monkeypatch.setitem(sys.modules, "fsspec.core", None)
    assert run(["keys", url]) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert said in told
    assert hint in told
    assert "Did you mean" not in told
    assert "pip install" not in told


@pytest.mark.parametrize(
    ("url", "said", "hint"),
    [
        ("S3://bucket/x", "can't read s3://bucket/x: Install s3fs", "pip install s3fs"),
        ("simplecache::s3://b/x", "can't read simplecache::s3://b/x", "pip install s3fs"),
        ("zip://a::nope://b", "there is no protocol 'nope'", "s3"),
        ("github://x", "github:// URLs are written in another way", "documentation says of github"),
        ("smb://host/x", "can't read smb://host/x", "pip install smbprotocol"),
    ],
)
def test_urls_that_something_else_would_read(
    url: str, said: str, hint: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    for name in ("s3fs", "smbclient"):
        monkeypatch.setitem(sys.modules, name, None)
    assert run(["keys", url]) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert said in told
    assert hint in told


def test_protocols_in_capitals_and_caches(memory: MemoryFileSystem, runs: Path) -> None:
    url = put(memory, runs, "/wandb")
    found = wslayout.read(url)
    assert wslayout.read(url.replace("memory", "MEMORY")) == found
    cached = wslayout.read(f"SimpleCache::{url}")
    assert cached.frame.equals(found.frame)
    assert cached.origin.label == f"simplecache::{url}"
    place = place_of(f"simplecache::{url}")
    assert isinstance(place, RemotePath)
    assert place.is_only_here
    assert wslayout.read(f"file:{runs}") == wslayout.read(runs)


def test_without_fsspec(monkeypatch: pytest.MonkeyPatch, capsys: Any, runs: Path) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any, **options: Any) -> Any:
        if name.partition(".")[0] in ("fsspec", "distributed", "dask"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    assert run(["keys", "memory://x"]) == 2
    assert 'pip install "wslayout[dask]"' in capsys.readouterr().err
    assert run(["keys", str(runs), "--dask", "127.0.0.1:1"]) == 2
    assert 'pip install "wslayout[dask]"' in capsys.readouterr().err
    assert run(["keys", runs.as_uri()]) == 0


def test_a_server_that_does_not_answer(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert run(["keys", f"ftp://me:hunter2@127.0.0.1:{port}/wandb"]) == 2
    told = capsys.readouterr().err
    assert f"can't read ftp://me@127.0.0.1:{port}/wandb: Connection refused" in told
    assert "hunter2" not in told


def test_an_archive(runs: Path, tmp_path: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "runs"), "zip", runs.parent)
    found = wslayout.read(f"zip://wandb::file://{archive}")
    assert found.frame.equals(wslayout.read(runs).frame)


def test_folders_are_listed_once(
    memory: MemoryFileSystem, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And many at once, where the file system can answer several."""

    listed: list[str] = []

    class Counting(AsyncFileSystem):  # type: ignore[misc]  # fsspec has no types
        protocol = ("counting",)
        cachable = False

        async def _ls(self, path: str, detail: bool = True, **options: Any) -> Any:
            listed.append(path)
            return memory.ls(path, detail=detail)

        async def _info(self, path: str, **options: Any) -> Any:
            return memory.info(path)

        @classmethod
        def _strip_protocol(cls, path: str) -> str:
            return str(MemoryFileSystem._strip_protocol(path.removeprefix("counting://")))

    fsspec.register_implementation("counting", Counting, clobber=True)
    url = put(memory, runs, "/wandb").replace("memory", "counting")
    found = search_runs(place_of(url))
    assert len(listed) == len(set(listed)) == 17
    assert [part.path.name for part in found.found] == [
        part.path.name for part in find_run_folders(runs)
    ]
    monkeypatch.setattr(run_folders, "MAX_FOLDERS", 5)
    assert search_runs(place_of(url)).notes == ["the search stopped after 5 folders"]


def test_what_others_add_is_seen(memory: MemoryFileSystem) -> None:
    """File systems keep lists of folders; a second reading asks anew."""

    class Keeping(MemoryFileSystem):  # type: ignore[misc]  # fsspec has no types
        protocol = ("keeping",)

        def ls(self, path: str, detail: bool = True, **options: Any) -> Any:
            if path not in self.dircache:
                self.dircache[path] = super().ls(path, detail=detail, **options)
            return self.dircache[path]

        def invalidate_cache(self, path: str | None = None) -> None:
            self.dircache.clear()

        @classmethod
        def _strip_protocol(cls, path: str) -> str:
            return str(MemoryFileSystem._strip_protocol(path.removeprefix("keeping://")))

    fsspec.register_implementation("keeping", Keeping, clobber=True)
    memory.pipe("/d/run-a.wandb", run_bytes("a", [{"loss": 1}]))
    assert wslayout.read("keeping://d").coverage.runs_total == 1
    memory.pipe("/d/run-b.wandb", run_bytes("b", [{"loss": 1}]))
    assert wslayout.read("keeping://d").coverage.runs_total == 2


def test_paths(memory: MemoryFileSystem) -> None:
    memory.pipe("/d/files/x.png", b"12345")
    folder = place_of("memory://d/")
    assert isinstance(folder, RemotePath)
    file = folder / "files/../files/x.png"
    assert (file.name, file.stem, file.suffix) == ("x.png", "x", ".png")
    assert file.resolve().stat().st_size == 5
    assert lies_in(file.resolve(), folder.resolve())
    assert not lies_in((folder / "../e/x.png").resolve(), folder.resolve())
    assert not lies_in(Path("/d/files"), folder)
    assert (folder / "a") < (folder / "b")
    assert folder / "a" == folder / "a"
    assert len({folder / "a", folder / "a"}) == 1
    assert repr(folder) == "memory://d/"
    assert pickle.loads(pickle.dumps(file)).resolve().read_bytes() == b"12345"  # noqa: S301
    with (folder / "files/x.png").open("rb") as opened:
        opened.seek(2)
        assert (opened.read(2), opened.tell()) == (b"34", 4)
    with pytest.raises(FileNotFoundError):
        (folder / "none").read_bytes()


def test_what_only_this_process_sees_is_read_by_it(memory: MemoryFileSystem) -> None:
    for name in "ab":
        memory.pipe(f"/d/run-{name}.wandb", bytes(40_000_000))
    assert by_size(parts_of_runs(find_run_folders("memory://d"))).__name__ == "in_turn"  # type: ignore[attr-defined]


def test_a_manifest_names_a_url(
    memory: MemoryFileSystem, wandb_env: WandbEnv, tmp_path: Path, runs: Path
) -> None:
    wandb_env.server.add_account("ann", DEFAULT_KEY, entity="ann", teams=["team"])
    wandb_env.server.add_project("team/project")
    wandb_env.monkeypatch.chdir(tmp_path)
    url = put(memory, runs, "/wandb")
    entries = [{"project": "team/project", "source": one} for one in (url, runs.as_uri())]
    entries[1]["name"] = "other"
    (tmp_path / "wslayout.yaml").write_text(json.dumps({"targets": entries}))
    assert run(["regenerate"]) == 0
    assert len(wandb_env.server.views("team/project")) == 2


def test_a_stored_layout_behind_a_file_url(runs: Path, tmp_path: Path, capsys: Any) -> None:
    layout = tmp_path / "my layout.json"
    assert run(["plan", str(runs), "-o", str(layout)]) == 0
    spec = tmp_path / "spec.json"
    assert run(["apply", layout.as_uri(), "--spec", str(spec)]) == 0
    assert spec.exists()
    assert run(["plan", layout.as_uri(), "-o", str(layout)]) == 2
    assert "is what is read" in capsys.readouterr().err
    assert run(["keys", "file:///nowhere/at/all"]) == 2
    assert "there is no file or folder 'file:///nowhere/at/all'" in capsys.readouterr().err


def test_little_is_imported_for_local_runs(runs: Path) -> None:
    code = (
        "import sys, wslayout; wslayout.read(sys.argv[1]).to_json(); "
        "heavy = 'fsspec', 'dask', 'distributed', 'tornado', 'pandas', 'numpy', 'asyncio'; "
        "print([n for n in heavy if n in sys.modules])"
    )
    import subprocess

    done = subprocess.run(
        [sys.executable, "-c", code, str(runs)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(wslayout.__file__).parent.parent)},
    )
    assert done.stdout.strip() == "[]"
