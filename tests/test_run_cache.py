"""What was read of a project's runs is read once, until they change."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.clients import client_at
from tests.commands import forked
from tests.conftest import WandbEnv
from tests.test_faults import full_disk
from tests.wandb_server import DEFAULT_KEY, KeyInfo, Run, WandbServer, faults
from tests.wandb_server.faults import Fault
from tests.wandb_server.generated import GeneratedRuns
from wslayout.cli.main import run
from wslayout.errors import RequestRejected
from wslayout.inventory import KINDS, Inventory
from wslayout.sources.project.asked_project import AskedProject
from wslayout.sources.project.history_keys import KeyFact, parse_history_keys
from wslayout.sources.project.run_cache import RunCache
from wslayout.sources.project.run_packing import FORMAT, Damaged, Unpacking, packed
from wslayout.sources.project.run_pages import CachedPages
from wslayout.sources.project.server import read_project

AGGREGATED, FIELDS = "project_history_keys", "fields"
LATER = timedelta(days=1)

facts = st.lists(
    st.builds(
        KeyFact,
        key=st.text(min_size=1),
        kind=st.sampled_from(KINDS),
        points=st.none() | st.integers(0, 1 << 40),
        monotonic=st.none() | st.booleans(),
        last=st.none(),
    ),
    unique_by=lambda fact: fact.key,
    max_size=5,
)


class Told(list[str]):
    """What somebody was told."""

    def __call__(self, note: str) -> None:
        self.append(note)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def opened(tmp_path: Path, told: Told) -> Iterator[Callable[..., RunCache]]:
    """Opens caches, in one folder unless told otherwise."""
    made: list[RunCache] = []

    def opened(project: str = "demo/p", folder: Path = tmp_path / "cache", **more: Any) -> RunCache:
        made.append(RunCache(folder, project, tell=told, **more))
        return made[-1]

    yield opened
    for cache in made:
        cache.close()


def keep(cache: RunCache, runs: Iterable[tuple[str, str, list[KeyFact]]]) -> None:
    cache.keep((name, heartbeat, packed(kept)) for name, heartbeat, kept in runs)


def known(cache: RunCache, heartbeats: Mapping[str, str]) -> dict[str, list[KeyFact]]:
    unpacking = Unpacking()
    try:
        return {name: unpacking.facts(one) for name, one in cache.known(heartbeats).items()}
    except Damaged as error:
        cache.damaged(error)
        return {}


def file_in(folder: Path) -> Path:
    return folder / "cache" / f"runs-{FORMAT}.sqlite3"


def some_facts(count: int = 3, points: int = 7) -> list[KeyFact]:
    return [KeyFact(f"train/metric_{n:05}", "number", points + n, False) for n in range(count)]


# -- the file -----------------------------------------------------------------------------------


@given(st.dictionaries(st.text(min_size=1, max_size=9), facts, max_size=6))
def test_what_is_kept_is_known(tmp_path_factory: Any, runs: dict[str, list[KeyFact]]) -> None:
    folder = tmp_path_factory.mktemp("kept")
    with closing(RunCache(folder, "a/b")) as cache, closing(RunCache(folder, "a/c")) as other:
        keep(cache, [(name, "now", kept) for name, kept in runs.items()])
        found = known(cache, dict.fromkeys(runs, "now"))
        assert found == {
            name: sorted(kept, key=lambda fact: fact.key) for name, kept in runs.items()
        }
        assert cache.empty == (not runs)
        assert known(cache, dict.fromkeys(runs, "later")) == {}
        assert other.empty
        assert known(other, dict.fromkeys(runs, "now")) == {}


def test_a_run_that_changed_is_kept_anew(opened: Callable[..., RunCache]) -> None:
    cache = opened()
    keep(cache, [("a", "1", some_facts(3)), ("b", "1", some_facts(3))])
    keep(cache, [("a", "2", some_facts(4))])
    assert set(known(cache, {"a": "1", "b": "1"})) == {"b"}
    assert known(cache, {"a": "2"}) == {"a": some_facts(4)}


def test_thousands_are_asked_for_at_once(opened: Callable[..., RunCache]) -> None:
    cache = opened()
    keep(cache, [(f"run {n}", "1", some_facts()) for n in range(5_000)])
    assert len(known(cache, {f"run {n}": "1" for n in range(6_000)})) == 5_000


def test_runs_that_are_gone_are_forgotten(
    opened: Callable[..., RunCache], tmp_path: Path, told: Told
) -> None:
    cache, other = opened(), opened("demo/q")
    keep(cache, [("a", "1", some_facts(3)), ("b'); --", "1", some_facts(4))])
    keep(other, [("a", "1", some_facts(3)), ("b", "1", some_facts(5))])
    assert cache.count({"a": "1", "b'); --": "1", "c": "1"}) == 2
    assert cache.count({"a": "2"}) == 0
    cache.forget_others({"a", "c", "\ud800"})
    assert set(known(cache, {"a": "1", "b'); --": "1"})) == {"a"}
    assert set(known(other, {"a": "1", "b": "1"})) == {"a", "b"}
    with closing(sqlite3.connect(file_in(tmp_path))) as file:
        assert file.execute("select count(*) from key_sets").fetchone() == (2,)
    cache.forget_others(())
    assert cache.empty
    assert not told


def test_runs_with_the_same_keys_take_little_room(
    opened: Callable[..., RunCache], tmp_path: Path
) -> None:
    keep(opened(), [(f"run {n}", "1", some_facts(500, points=500 + n)) for n in range(200)])
    assert file_in(tmp_path).stat().st_size < 200 * 500 * 5


def test_the_format_is_what_its_number_says(
    opened: Callable[..., RunCache], tmp_path: Path
) -> None:
    """Where this fails, what older versions kept is read wrongly: count FORMAT up."""
    payload = {
        "keys": {
            "loss": {"typeCounts": [{"type": "number", "count": 5}], "monotonic": False},
            "img": {"typeCounts": [{"type": "image-file", "count": 2}]},
            "step": {"typeCounts": [{"type": "number", "count": 5}], "monotonic": True},
            "odd": {"typeCounts": [{"type": "string", "count": 9}, {"type": "number", "count": 1}]},
        }
    }
    keep(opened("server/demo/p"), [("abc", "2025-01-01", list(parse_history_keys(payload)))])
    with closing(sqlite3.connect(file_in(tmp_path))) as file:
        rows = file.execute(
            "select projects.name, runs.name, heartbeat, counts, keys from runs"
            " join projects on projects.id = project join key_sets on key_sets.hash = key_set"
        ).fetchall()
    [(project, name, heartbeat, counts, keys)] = rows
    unpacked = [json.loads(zlib.decompress(one)) for one in (counts, keys)]
    assert FORMAT == 1
    assert (project, name, heartbeat) == ("server/demo/p", "abc", "2025-01-01")
    assert unpacked == [
        [[2, 5, 10, 5], "?n?y"],
        [["img", "image"], ["loss", "number"], ["odd", "number"], ["step", "number"]],
    ]


def test_older_formats_are_taken_away(
    opened: Callable[..., RunCache], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wslayout.sources.project.run_cache.FORMAT", FORMAT + 1)
    folder = tmp_path / "cache"
    folder.mkdir()
    older, others = folder / f"runs-{FORMAT}.sqlite3", folder / "notes.txt"
    newer = folder / f"runs-{FORMAT + 2}.sqlite3"
    for file in (older, others, newer):
        file.touch()
    keep(opened(), [("a", "1", some_facts())])
    assert not older.exists()
    assert others.exists()
    assert newer.exists()


def test_it_is_for_the_user_alone(opened: Callable[..., RunCache], tmp_path: Path) -> None:
    keep(opened(), [("a", "1", some_facts())])
    modes = [stat.S_IMODE(one.stat().st_mode) for one in (tmp_path / "cache", file_in(tmp_path))]
    assert modes == [0o700, 0o600]


def test_it_stays_within_its_bound(
    opened: Callable[..., RunCache], tmp_path: Path, told: Told
) -> None:
    """Of what is beyond it the projects go that were not read for longest."""

    def fill(project: str) -> RunCache:
        cache = opened(project, most_bytes=400_000)
        for n in range(40):
            keep(
                cache,
                [
                    (
                        f"run {n}",
                        "1",
                        [KeyFact(f"{project} {n} {k}", "number", k * n, None) for k in range(300)],
                    )
                ],
            )
        return cache

    for number in range(12):
        fill(f"demo/{number}")
        if number > 2:
            keep(opened("demo/2"), [("used", "1", some_facts())])
    assert file_in(tmp_path).stat().st_size <= 400_000
    assert told == []
    assert opened("demo/0").empty
    assert not opened("demo/2").empty
    assert len(known(opened("demo/11"), {f"run {n}": "1" for n in range(40)})) == 40


def test_one_project_may_be_too_large(
    opened: Callable[..., RunCache], tmp_path: Path, told: Told
) -> None:
    cache = opened(most_bytes=100_000)
    for n in range(100):
        keep(
            cache, [(f"run {n}", "1", [KeyFact(f"{n} {k}", "number", k, None) for k in range(300)])]
        )
    found = known(cache, {f"run {n}": "1" for n in range(100)})
    assert 10 < len(found) < 100
    assert file_in(tmp_path).stat().st_size <= 100_000
    assert len(told) == 1
    assert "is as large as it may become (0 MB), so not all runs were kept" in told[0]


def test_what_is_read_is_used(opened: Callable[..., RunCache], tmp_path: Path) -> None:
    """A project that is read every day and never changes is not the first to go."""
    keep(opened("demo/read"), [("run", "1", some_facts())])
    for number in range(12):
        cache = opened(f"demo/{number}", most_bytes=400_000)
        for n in range(40):
            facts = [KeyFact(f"{number} {n} {k}", "number", k * n, None) for k in range(300)]
            keep(cache, [(f"run {n}", "1", facts)])
        assert known(opened("demo/read"), {"run": "1"})


# -- what may go wrong with it ------------------------------------------------------------------


@pytest.mark.parametrize(
    "content", [b"no database at all" * 300, b"SQLite format 3\0" + b"x" * 9000]
)
def test_a_file_that_is_none_of_ours(
    opened: Callable[..., RunCache], tmp_path: Path, told: Told, content: bytes
) -> None:
    file_in(tmp_path).parent.mkdir()
    file_in(tmp_path).write_bytes(content)
    cache = opened()
    assert cache.empty
    assert known(cache, {"a": "1"}) == {}
    keep(cache, [("a", "1", some_facts())])
    assert len(told) == 1
    assert "was damaged, and is made anew by the next read" in told[0]
    next_time = opened()
    keep(next_time, [("a", "1", some_facts())])
    assert known(next_time, {"a": "1"}) == {"a": some_facts()}
    assert len(told) == 1


@pytest.mark.parametrize("column", ["counts", "key_set"])
def test_a_row_that_is_none_of_ours(
    opened: Callable[..., RunCache], tmp_path: Path, told: Told, column: str
) -> None:
    keep(opened(), [("a", "1", some_facts())])
    with closing(sqlite3.connect(file_in(tmp_path))) as file, file:
        file.execute(f"update runs set {column} = 99")  # noqa: S608 - of two names
    assert known(opened(), {"a": "1"}) == {}
    assert "was damaged" in told[0]
    assert not file_in(tmp_path).exists()


def test_every_byte_may_be_wrong(opened: Callable[..., RunCache], tmp_path: Path) -> None:
    """Whatever a damaged file tells, it raises nothing; what it tells is of the right kind."""
    keep(opened(), [(f"run {n}", "1", some_facts(40)) for n in range(20)])
    whole = file_in(tmp_path).read_bytes()
    for at in range(0, len(whole), 61):
        folder = tmp_path / f"at {at}"
        folder.mkdir()
        broken = bytearray(whole)
        broken[at] ^= 0xFF
        (folder / file_in(tmp_path).name).write_bytes(broken)
        cache = opened(folder=folder)
        found = known(cache, {f"run {n}": "1" for n in range(20)})
        assert all(isinstance(fact, KeyFact) for facts in found.values() for fact in facts)
        keep(cache, [("another", "1", some_facts())])
        cache.close()


def test_another_process_that_never_ends_its_write(
    opened: Callable[..., RunCache], tmp_path: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wslayout.sources.project.run_cache._PATIENCE", 0.05)
    keep(opened(), [("a", "1", some_facts())])
    with closing(sqlite3.connect(file_in(tmp_path), isolation_level=None)) as file:
        file.execute("begin exclusive")
        assert known(opened(), {"a": "1"}) == {}
        file.execute("rollback")
    assert "can't be used (database is locked)" in told[0]
    assert known(opened(), {"a": "1"}) == {"a": some_facts()}


TWO = """
import sys
from pathlib import Path
from wslayout.sources.project.history_keys import KeyFact
from wslayout.sources.project.run_cache import RunCache
from wslayout.sources.project.run_packing import packed

told = []
cache = RunCache(Path("cache"), "demo/p", tell=told.append)
for n in range(60):
    facts = [KeyFact(f"{n} {k}", "number", k, None) for k in range(50)]
    cache.keep([(f"{sys.argv[1]} {n}", "1", packed(facts))])
    assert len(cache.known({f"{sys.argv[1]} {k}": "1" for k in range(n + 1)})) == n + 1, told
assert told == [], told
"""


def test_two_processes_keep_runs(tmp_path: Path, opened: Callable[..., RunCache]) -> None:
    both = [
        subprocess.Popen(
            [sys.executable, "-c", TWO, name], cwd=tmp_path, stderr=subprocess.PIPE, text=True
        )
        for name in "ab"
    ]
    for process in both:
        _, error = process.communicate(timeout=60)
        assert process.returncode == 0, error
    assert len(known(opened(), {f"{name} {n}": "1" for name in "ab" for n in range(60)})) == 120


def test_a_full_disk(opened: Callable[..., RunCache], tmp_path: Path, told: Told) -> None:
    keep(opened(), [("a", "1", some_facts())])
    cache = opened()
    with full_disk(file_in(tmp_path).stat().st_size + 1_000):
        for n in range(50):
            facts = [KeyFact(f"{n} {k}", "number", k, None) for k in range(200)]
            keep(cache, [(f"more {n}", "1", facts)])
        assert known(cache, {"a": "1"}) == {"a": some_facts()}
    assert len(told) == 1
    assert "can't be written" in told[0]
    cache.close()
    assert known(opened(), {"a": "1"}) == {"a": some_facts()}


def test_a_user_without_a_home(
    server: WandbServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def homeless() -> Path:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setattr("wslayout.read_api.cache_here", homeless)
    Path("keys.csv").write_text("key\nloss\n")
    assert run(["keys", "keys.csv"]) == 0
    assert "home" not in capsys.readouterr().err
    assert run(["keys", "demo/p", "--exact"]) == 0
    assert "not kept in a cache: could not determine the home" in capsys.readouterr().err


def test_a_python_without_sqlite(
    server: WandbServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "wslayout.sources.project.run_cache")
    monkeypatch.setitem(sys.modules, "sqlite3", None)
    assert run(["keys", "demo/p", "--exact"]) == 0
    assert "runs are not kept in a cache: import of sqlite3 halted" in capsys.readouterr().err
    assert server.count("WslayoutRunKeys") > 0


@pytest.mark.parametrize("place", ["/proc/nowhere", "/dev/null/x"])
def test_a_folder_that_can_not_be_made(
    opened: Callable[..., RunCache], told: Told, place: str
) -> None:
    cache = opened(folder=Path(place))
    assert cache.empty
    keep(cache, [("a", "1", some_facts())])
    assert known(cache, {"a": "1"}) == {}
    assert len(told) == 1


# -- what is read -------------------------------------------------------------------------------


class Reads:
    """Reads one project again and again, in the same or in another way."""

    def __init__(self, server: WandbServer, opened: Callable[..., RunCache]) -> None:
        self.server = server
        self.sent = self.requests = 0
        self._opened = opened

    def __call__(self, *, cached: bool = True, name: str = "p", **more: Any) -> Inventory:
        before = len(self.server.requests)
        with client_at(self.server.url) as client:
            cache = self._opened(f"demo/{name}") if cached else None
            found = read_project(client, "demo", name, cache=cache, **more)
        answers = self.server.requests[before:]
        self.sent = sum(answer.response_bytes for answer in answers)
        self.requests = len(answers)
        return found


@pytest.fixture
def reads(wandb_server: WandbServer, opened: Callable[..., RunCache]) -> Reads:
    wandb_server.disable(AGGREGATED, FIELDS)
    return Reads(wandb_server, opened)


def runs_of(count: int, keys: int = 50) -> list[Run]:
    infos = {f"train/metric_{n}": KeyInfo(count=n) for n in range(keys)}
    return [Run(f"r{n:04}", {**infos, f"only_{n}": KeyInfo()}) for n in range(count)]


def changed(run: Run) -> Run:
    """The same run, which has logged another key since."""
    assert run.heartbeat_at is not None
    keys = {**(run.keys or {}), f"new in {run.name}": KeyInfo()}
    return replace(run, keys=keys, heartbeat_at=run.heartbeat_at + LATER)


def same(one: Inventory, other: Inventory) -> bool:
    return one.to_json() == other.to_json()


def test_the_second_read_asks_for_what_changed(reads: Reads, told: Told) -> None:
    project = reads.server.add_project("demo/p", runs_of(500))
    first = reads(exact=True)
    first_sent = reads.sent
    assert same(reads(exact=True), first)
    assert reads.requests == 2  # one for what the server can't do, one for the list
    assert told == ["demo/p: 500 of 500 runs were known from earlier, and have not changed since"]
    runs = project.runs
    project.runs = [changed(run) if n % 100 == 7 else run for n, run in enumerate(runs[:])]
    third = reads(exact=True)
    assert reads.sent * 10 < first_sent
    assert same(third, reads(exact=True, cached=False))
    assert len(third) == len(first) + 5
    assert told[-1] == "demo/p: 495 of 500 runs were known from earlier, and have not changed since"


def test_runs_that_came_and_went(reads: Reads) -> None:
    project = reads.server.add_project("demo/p", runs_of(60))
    reads(exact=True)
    reads.server.world.add_project("demo/q", runs_of(90))
    runs = list(project.runs[:])
    more = list(reads.server.world.projects["demo/q"].runs[60:])
    project.runs = [*runs[5:], *more]
    found = reads(exact=True)
    assert same(found, reads(exact=True, cached=False))
    assert "only_3" not in found.keys
    assert "only_89" in found.keys


def kept_names(folder: Path) -> set[str]:
    with closing(sqlite3.connect(file_in(folder))) as file:
        return {name for (name,) in file.execute("select name from runs")}


@pytest.mark.parametrize("share", [0.9, 0.1])
def test_runs_that_the_server_lists_no_more_are_forgotten(
    reads: Reads, share: float, tmp_path: Path
) -> None:
    """Whether they are read from lists, or page by page since too few are known."""
    project = reads.server.add_project("demo/p", runs_of(400))
    reads(exact=True)
    runs = list(project.runs[:])
    stay = runs[: int(400 * share)]
    project.runs = [*stay, *(replace(changed(run), name=f"new {run.name}") for run in stay)]
    reads(exact=True)
    assert kept_names(tmp_path) == {run.name for run in project.runs[:]}


def test_what_was_not_listed_is_not_forgotten(reads: Reads, tmp_path: Path) -> None:
    project = reads.server.add_project("demo/p", GeneratedRuns(2_500, 1_000))
    reads()
    kept = kept_names(tmp_path)
    project.runs = [run for run in project.runs[:] if int(zlib.crc32(run.name.encode())) % 2]
    found = reads()
    assert not found.coverage.complete
    assert kept_names(tmp_path) >= kept
    reads.server.fail(faults.graphql_error("no"), operation="WslayoutRunKeys", skip=2, times=None)
    with pytest.raises(RequestRejected, match="no"):
        reads(exact=True)
    assert kept_names(tmp_path) >= kept


def test_a_sample_is_the_same_with_what_is_known(reads: Reads) -> None:
    reads.server.add_project("demo/p", GeneratedRuns(2_500, 1_000))
    first = reads()
    first_sent = reads.sent
    assert first.coverage.runs_read is not None
    assert first.coverage.runs_read < 2_500
    assert same(reads(), first)
    assert reads.sent * 4 < first_sent


def test_a_read_of_all_uses_what_a_sample_read(reads: Reads, told: Told) -> None:
    reads.server.add_project("demo/p", runs_of(1_100, keys=3))
    sampled = reads()
    assert sampled.coverage.runs_read is not None
    assert same(reads(exact=True), reads(exact=True, cached=False))
    assert told


@pytest.mark.parametrize(
    ("state", "age", "kept"),
    [
        ("finished", timedelta(hours=2), True),
        ("crashed", timedelta(hours=2), True),
        ("running", timedelta(hours=2), False),
        ("preempted", timedelta(hours=2), False),
        ("finished", timedelta(minutes=50), False),
        ("finished", timedelta(minutes=-20), False),
    ],
)
def test_what_may_still_change_is_not_kept(
    wandb_server: WandbServer,
    opened: Callable[..., RunCache],
    state: str,
    age: timedelta,
    kept: bool,
) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
    run = Run("a", {"loss": KeyInfo()}, state=state, heartbeat_at=now - age)
    wandb_server.add_project("demo/p", [run])
    cache = opened()
    with client_at(wandb_server.url) as client:
        pages = CachedPages(AskedProject(client, "demo", "p"), cache, clock=lambda: now)
        [(_, found)] = pages.page({"first": 9, "after": None, "order": None}).each()
    assert [fact.key for fact in found] == ["loss"]
    assert cache.empty != kept


@pytest.mark.parametrize("odd", [None, "", 7, "yesterday"])
def test_a_server_with_odd_heartbeats(reads: Reads, odd: object) -> None:
    def edit(payload: Any) -> Any:
        for edge in payload["data"]["project"]["runs"]["edges"]:
            edge["node"]["heartbeatAt"] = odd
        return payload

    reads.server.add_project("demo/p", runs_of(30))
    first = reads(exact=True)
    reads.server.fail(faults.Edit(edit), operation="WslayoutRunKeys", times=None)
    reads.server.fail(faults.Edit(edit), operation="WslayoutRunList", times=None)
    assert same(reads(exact=True), first)
    assert same(reads(exact=True), first)


edits = st.tuples(
    st.sampled_from(["changes", "goes", "comes", "comes again", "runs", "has no keys", "is read"]),
    st.integers(0, 30),
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(edits, min_size=2, max_size=12), st.integers(0, 40), st.booleans())
def test_a_read_is_as_without_a_cache_whatever_has_happened(
    reads: Reads, edits: list[tuple[str, int]], count: int, exact: bool
) -> None:
    """Runs change, go, come, and come again under their old names; reads lie in between."""
    number = len(reads.server.world.projects)
    project = reads.server.add_project(f"demo/p{number}", runs_of(count + 2, keys=2))
    for step, (what, at) in enumerate(edits):
        runs = list(project.runs[:])
        place = 1 + at % (len(runs) - 1)  # the first stays, for a project must have keys
        one = runs[place]
        if what == "changes":
            runs[place] = changed(one)
        elif what == "goes" and len(runs) > 2:
            del runs[place]
        elif what == "comes":
            runs.append(replace(one, name=f"new{step}", keys={f"of {step}": KeyInfo()}))
        elif what == "comes again":
            later = changed(one).heartbeat_at
            runs[place] = replace(one, keys={f"again {step}": KeyInfo()}, heartbeat_at=later)
        elif what == "runs":
            runs[place] = replace(changed(one), state="running")
        elif what == "has no keys":
            runs[place] = replace(changed(one), keys=None)
        else:
            reads(name=project.name, exact=exact)
        project.runs = runs
    cached = reads(name=project.name, exact=exact)
    assert same(cached, reads(name=project.name, exact=exact, cached=False))


def some_changed(reads: Reads) -> None:
    """Read a project once, of which then a few runs change."""
    project = reads.server.add_project("demo/p", runs_of(120, keys=5))
    reads(exact=True)
    project.runs = [changed(run) if n % 9 == 0 else run for n, run in enumerate(project.runs[:])]


def test_a_server_that_filters_nothing(reads: Reads) -> None:
    some_changed(reads)
    reads.server.world.options = replace(reads.server.world.options, ignores={"name"})
    assert same(reads(exact=True), reads(exact=True, cached=False))
    assert same(reads(), reads(cached=False))


def test_a_server_that_refuses_filters(reads: Reads) -> None:
    some_changed(reads)
    reads.server.world.options = replace(reads.server.world.options, refuses={"$in"})
    found = reads(exact=True)
    assert reads.server.count("WslayoutRunList") == 1
    assert same(found, reads(exact=True, cached=False))


@pytest.mark.parametrize(
    "fault", [faults.graphql_error("first: at most 500"), faults.status(504), faults.html()]
)
def test_a_server_that_gives_no_list(reads: Reads, fault: Fault) -> None:
    some_changed(reads)
    reads.server.fail(fault, operation="WslayoutRunList", times=None)
    assert same(reads(exact=True), reads(exact=True, cached=False))
    assert same(reads(), reads(cached=False))


@pytest.mark.parametrize("missing", [None, {}, {"keys": None}, '{"lastStep": 4}'])
def test_keys_that_the_server_has_not_worked_out_yet(reads: Reads, missing: object) -> None:
    reads.server.add_project("demo/p", runs_of(60))

    def lose(payload: Any) -> Any:
        for edge in payload["data"]["project"]["runs"]["edges"][::9]:
            edge["node"]["historyKeys"] = missing
        return payload

    reads.server.fail(faults.Edit(lose), operation="WslayoutRunKeys", times=None)
    first = reads(exact=True)
    reads.server.heal()
    assert len(reads(exact=True)) > len(first)
    assert same(reads(exact=True), reads(exact=True, cached=False))


def test_many_new_runs_take_few_requests(reads: Reads) -> None:
    project = reads.server.add_project("demo/p", runs_of(1_200, keys=4))
    reads(exact=True)
    cold = reads.requests
    project.runs = [changed(run) if n > 700 else run for n, run in enumerate(project.runs[:])]
    found = reads(exact=True)
    assert reads.requests <= cold + 3
    assert same(found, reads(exact=True, cached=False))


@pytest.mark.parametrize("gone", [3, 11, 17])
def test_a_sample_is_the_same_whatever_is_known(
    reads: Reads, gone: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("wslayout.sources.project.sampling.MOST_PAGES", 14)
    reads.server.add_project("demo/p", runs_of(1_500, keys=1))
    first = reads()
    with closing(sqlite3.connect(file_in(tmp_path))) as file, file:
        file.execute("delete from runs where abs(random()) % 20 < ?", (gone,))
    assert same(reads(), first)


def test_a_server_that_lists_a_run_twice(reads: Reads) -> None:
    some_changed(reads)

    def twice(payload: Any) -> Any:
        edges = payload["data"]["project"]["runs"]["edges"]
        edges.insert(0, edges[-1])
        return payload

    reads.server.fail(faults.Edit(twice), operation="WslayoutRunList", times=None)
    assert same(reads(exact=True), reads(exact=True, cached=False))


@pytest.mark.parametrize("gone", [[0], [9, 18], [63], list(range(0, 120, 9))])
def test_runs_that_go_while_they_are_read(reads: Reads, gone: list[int]) -> None:
    """After they were listed, and before they were asked for."""
    some_changed(reads)
    project = reads.server.world.projects["demo/p"]
    names = {project.runs[n].name for n in gone}

    def lose(payload: Any) -> Any:
        project.runs = [run for run in project.runs[:] if run.name not in names]
        return payload

    reads.server.fail(faults.Edit(lose), operation="WslayoutRunList")
    found = reads(exact=True)
    assert found.coverage.runs_read == 120 - len(gone)
    assert found.keys == reads(exact=True, cached=False).keys
    assert not found.coverage.complete
    said = f"had 120 runs at first and {120 - len(gone)} in the end"
    assert any(said in note for note in found.coverage.notes)


def test_a_run_that_goes_on_is_read(reads: Reads) -> None:
    """Also where its heartbeat is still that of its end."""
    project = reads.server.add_project("demo/p", runs_of(40, keys=5))
    reads(exact=True)
    more = {**(project.runs[7].keys or {}), "new": KeyInfo()}
    project.runs = [
        replace(run, state="running", keys=more) if n == 7 else run
        for n, run in enumerate(project.runs[:])
    ]
    assert "new" in reads(exact=True).keys


def test_sets_of_keys_that_are_damaged_cost_few_requests(
    reads: Reads, tmp_path: Path, told: Told
) -> None:
    reads.server.add_project("demo/p", runs_of(300, keys=5))
    whole = reads(exact=True)
    with closing(sqlite3.connect(file_in(tmp_path))) as file, file:
        file.execute("update key_sets set keys = x'00'")
    told.clear()
    assert same(reads(exact=True), whole)
    assert reads.requests < 12
    assert len(told) == 1
    assert "was damaged, and is made anew by the next read" in told[0]


@pytest.mark.parametrize("exact", [False, True])
def test_a_server_that_counts_more_than_it_lists(reads: Reads, exact: bool) -> None:
    reads.server.add_project("demo/p", runs_of(30, keys=5))

    def count(payload: Any) -> Any:
        (payload.get("data") or {}).get("project", {})["runCount"] = 500
        return payload

    for operation in ("WslayoutRunKeys", "WslayoutRunList"):
        reads.server.fail(faults.Edit(count), operation=operation, times=None)
    for _ in range(2):
        found = reads(exact=exact)
        assert not found.coverage.complete
        assert found.coverage.runs_total == 500
        assert any("500 runs, and listed 30" in note for note in found.coverage.notes)


def test_a_read_that_breaks_off_keeps_what_it_read(reads: Reads, told: Told) -> None:
    reads.server.add_project("demo/p", runs_of(500, keys=3))
    reads.server.fail(faults.graphql_error("no"), operation="WslayoutRunKeys", skip=3)
    with pytest.raises(RequestRejected, match="no"):
        reads(exact=True)
    whole = reads(exact=True)
    assert told[-1].startswith("demo/p: 420 of 500 runs were known")
    assert same(whole, reads(exact=True, cached=False))


# -- for the user -------------------------------------------------------------------------------


@pytest.fixture
def server(wandb_env: WandbEnv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WandbServer:
    monkeypatch.chdir(tmp_path)
    wandb_env.server.disable(AGGREGATED, FIELDS)
    wandb_env.server.add_project("demo/p", runs_of(120, keys=9))
    return wandb_env.server


def cached_file(env: WandbEnv) -> Path:
    return env.home / "xdg-cache" / "wslayout" / f"runs-{FORMAT}.sqlite3"


def test_commands_use_it_unless_told_otherwise(
    server: WandbServer, wandb_env: WandbEnv, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = ["keys", "demo/p", "--exact", "--json"]
    assert run([*keys, "--no-cache"]) == 0
    assert not cached_file(wandb_env).exists()
    uncached = capsys.readouterr().out
    assert run(keys) == 0
    assert run(keys) == 0
    found = capsys.readouterr()
    assert found.out == uncached * 2
    assert "120 of 120 runs were known from earlier, and have not changed since" in found.err
    assert server.count("WslayoutRunList") == 1
    assert run([*keys, "--no-cache"]) == 0
    assert "known from earlier" not in capsys.readouterr().err


def test_an_audit_reads_anew(
    server: WandbServer, wandb_env: WandbEnv, capsys: pytest.CaptureFixture[str]
) -> None:
    """It judges what is there now; and says so, as `keys` says what is read again."""
    assert run(["keys", "demo/p", "--exact"]) == 0
    kept = cached_file(wandb_env).read_bytes()
    server.world.projects["demo/p"].runs = runs_of(7)
    assert run(["audit", "demo/p", "--json"]) in (0, 1)
    assert server.count("WslayoutRunList") == 0
    assert cached_file(wandb_env).read_bytes() == kept
    capsys.readouterr()
    for command, said in [
        ("audit", "a project is always read as it is now, never from the cache"),
        ("keys", "never a sample; the next time only those that changed"),
    ]:
        assert run([command, "--help"]) == 0
        assert said in " ".join(capsys.readouterr().out.split())


def test_regenerating_uses_it(
    server: WandbServer, wandb_env: WandbEnv, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["init", "demo/p"]) == 0
    server.clear()
    assert run(["regenerate", "--no-cache"]) == 0
    assert server.count("WslayoutRunList") == 0
    assert run(["regenerate"]) == 0
    assert (listed := server.count("WslayoutRunList")) > 0
    assert run(["diff", "--no-cache"]) == 0
    assert server.count("WslayoutRunList") == listed
    assert run(["diff"]) == 0
    assert server.count("WslayoutRunList") > listed
    capsys.readouterr()


def test_it_holds_no_login_and_no_values(server: WandbServer, wandb_env: WandbEnv) -> None:
    assert run(["keys", "demo/p", "--exact"]) == 0
    content = cached_file(wandb_env).read_bytes()
    assert DEFAULT_KEY.encode() not in content
    assert server.url.encode() in content


def test_a_cache_that_can_only_be_read(server: WandbServer, wandb_env: WandbEnv) -> None:
    keys = ["keys", "demo/p", "--exact"]
    assert run(keys) == 0
    project = server.world.projects["demo/p"]
    project.runs = [changed(run) if n == 5 else run for n, run in enumerate(project.runs[:])]
    cached_file(wandb_env).chmod(0o400)
    cached_file(wandb_env).parent.chmod(0o500)
    with forked(*keys, bound=True) as child:
        child.join(20)
        assert child.exitcode == 0
    said = Path("said").read_text()
    assert "119 of 120 runs were known from earlier" in said
    assert "new in r0005" in said
    assert "Traceback" not in said
