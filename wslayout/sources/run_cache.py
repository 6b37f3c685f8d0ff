"""What the runs of a project logged, kept on disk until a run changes.

One SQLite file in the user's cache folder, for the user alone: metric keys, kinds and counts, no
values, and nothing of the login. Several processes can use it at once. Whatever goes wrong with
it (a full disk, a file that is damaged, locked or read-only) is told once, and reading goes on
without it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, TypeVar

from wslayout.sources.history_keys import KeyFact

FORMAT: Final = 1
"""The version of what is kept; another begins a new file, and takes the older ones away."""

MOST_BYTES: Final = 256 * 1024 * 1024
"""The most that the file may take; beyond it the projects go that were not read for longest."""

_PAGE: Final = 4096  # bytes
_PATIENCE: Final = 5.0  # seconds that another process may write
_SETS: Final = 256  # sets of keys that are held in memory
_MONOTONIC: Final = {True: "y", False: "n", None: "?"}
_TABLES: Final = """
begin;
create table if not exists projects (
    id integer primary key, name text not null unique, used integer not null
);
create table if not exists key_sets (hash blob primary key, keys blob not null) without rowid;
create table if not exists runs (
    project integer not null, name text not null, heartbeat text not null,
    key_set blob not null, counts blob not null,
    primary key (project, name)
) without rowid;
commit;
"""

R = TypeVar("R")


class _Damaged(Exception):
    """The file holds what was never written to it."""


# ValueError: SQLite's own words on a damaged file may hold bytes of it that are no text.
_FAILURES: Final = (sqlite3.Error, OSError, ValueError, _Damaged)


class RunCache:
    """Runs of one project, as they were when they were read.

    Args:
        folder: Where the file lies; made where it is missing.
        project: The project, and on which server; two with one name would be taken for one.
        tell: Told what went wrong.
        most_bytes: The most that the file may take.

    Attributes:
        tell: The same.
    """

    def __init__(
        self,
        folder: Path,
        project: str,
        *,
        tell: Callable[[str], None] = lambda note: None,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._path = folder / f"runs-{FORMAT}.sqlite3"
        self.tell = tell
        self._project = project
        self._most_pages = max(1, most_bytes // _PAGE)
        self._opened: sqlite3.Connection | None = None
        self._usable = True
        self._writable = True
        self._sets: dict[bytes, list[tuple[str, str]]] = {}

    def close(self) -> None:
        """Close the file; it can be used again."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    @property
    def empty(self) -> bool:
        """Whether no run of the project is kept."""

        def is_empty(file: sqlite3.Connection) -> bool:
            return not file.execute(
                "select 1 from projects join runs on runs.project = projects.id"
                " where projects.name = ? limit 1",
                (self._project,),
            ).fetchall()

        return self._read(is_empty, True)

    def known(self, heartbeats: Mapping[str, str]) -> dict[str, list[KeyFact]]:
        """What is kept of some runs; the last values that they logged are not.

        Args:
            heartbeats: Those of the runs, by name. A run that was kept with another heartbeat
                has changed since.
        """

        def find(file: sqlite3.Connection) -> dict[str, list[KeyFact]]:
            # In one transaction, so that no other process takes a set of keys away in between.
            with _transaction(file, "begin"):
                return {
                    name: _facts(self._keys(file, key_set), counts)
                    for name, heartbeat in heartbeats.items()
                    for key_set, counts in self._rows(file, name, heartbeat)
                }

        return self._read(find, {})

    def keep(self, runs: Iterable[tuple[str, str, Sequence[KeyFact]]]) -> None:
        """Keep what some runs logged.

        Args:
            runs: Name, heartbeat and keys of each.
        """
        packed = [(name, heartbeat, *_packed(facts)) for name, heartbeat, facts in runs]
        if not packed or not (self._usable and self._writable):
            return
        try:
            file = self._file()
            try:
                self._write(file, packed)
            except sqlite3.OperationalError as error:
                # SQLite's own words; Python 3.10 tells no code. The bound and the disk are alike.
                if "is full" not in str(error) or not self._make_room(file):
                    raise
                self._write(file, packed)
        except _FAILURES as error:
            self._writable = False
            self._complain("can't be written", error)

    # Reading

    def _read(self, do: Callable[[sqlite3.Connection], R], otherwise: R) -> R:
        if not self._usable:
            return otherwise
        try:
            return do(self._file())
        except _FAILURES as error:
            self._usable = False
            self.close()
            if _is_damage(error):
                with contextlib.suppress(OSError):
                    self._path.unlink()
                self._complain("was damaged; the next read begins another", error)
            else:
                self._complain("can't be used", error)
            return otherwise

    def _rows(self, file: sqlite3.Connection, name: str, heartbeat: str) -> list[Any]:
        return file.execute(
            "select key_set, counts from projects join runs on runs.project = projects.id"
            " where projects.name = ? and runs.name = ? and heartbeat = ?",
            (self._project, name, heartbeat),
        ).fetchall()

    def _keys(self, file: sqlite3.Connection, name: bytes) -> list[tuple[str, str]]:
        """Key and kind of each key of a set."""
        if name not in self._sets:
            if len(self._sets) >= _SETS:
                self._sets.clear()
            rows = file.execute("select keys from key_sets where hash = ?", (name,)).fetchall()
            if not rows:
                raise _Damaged("a set of keys is missing")
            self._sets[name] = _key_set(rows[0][0], name)
        return self._sets[name]

    # Writing

    def _write(self, file: sqlite3.Connection, packed: list[tuple[str, str, bytes, bytes]]) -> None:
        with _transaction(file, "begin immediate"):
            project = self._used(file)
            for name, heartbeat, keys, counts in packed:
                file.execute(
                    "insert or replace into runs values (?, ?, ?, ?, ?)",
                    (project, name, heartbeat, _kept_set(file, keys), counts),
                )

    def _used(self, file: sqlite3.Connection) -> int:
        """The project's number; it counts as the one used last from now on."""
        file.execute(
            "insert into projects (name, used) values (?, 0) on conflict (name) do nothing",
            (self._project,),
        )
        file.execute(
            "update projects set used = (select max(used) + 1 from projects) where name = ?",
            (self._project,),
        )
        rows = file.execute("select id from projects where name = ?", (self._project,)).fetchall()
        return int(rows[0][0])

    def _make_room(self, file: sqlite3.Connection) -> bool:
        """Forget the projects that were not used for longest, with half of all their runs.

        Returns:
            Whether there were any but this one.
        """
        with _transaction(file, "begin immediate"):
            others = file.execute(
                "select projects.id, count(*) from projects"
                " join runs on runs.project = projects.id"
                " where projects.name <> ? group by projects.id order by used",
                (self._project,),
            ).fetchall()
            half = sum(count for _, count in others) / 2
            gone = 0
            for project, count in others:
                if gone >= half:
                    break
                file.execute("delete from runs where project = ?", (project,))
                file.execute("delete from projects where id = ?", (project,))
                gone += count
            file.execute("delete from key_sets where hash not in (select key_set from runs)")
        return bool(others)

    # The file

    def _file(self) -> sqlite3.Connection:
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    def _open(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError:
            if not self._path.is_file():
                raise
            self._writable = False
        mode = "rw" if self._writable else "ro"
        file = sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=_PATIENCE,
            isolation_level=None,
        )
        try:
            if self._writable:
                file.execute(f"pragma page_size = {_PAGE}")
                file.execute(f"pragma max_page_count = {self._most_pages}")
                # Waits for no disk: what a crash of the machine leaves is found to be damaged.
                file.execute("pragma synchronous = off")
                file.executescript(_TABLES)
                self._remove_older()
        except BaseException:
            file.close()
            raise
        return file

    def _remove_older(self) -> None:
        for number in range(1, FORMAT):
            with contextlib.suppress(OSError):
                self._path.with_name(f"runs-{number}.sqlite3").unlink()

    def _complain(self, what: str, error: Exception) -> None:
        self.tell(f"the cache of runs {self._path} {what} ({error})")


@contextlib.contextmanager
def _transaction(file: sqlite3.Connection, begin: str) -> Iterator[None]:
    file.execute(begin)
    try:
        yield
        file.execute("commit")
    except BaseException:
        # SQLite has rolled some failures back itself.
        if file.in_transaction:
            file.execute("rollback")
        raise


def _is_damage(error: Exception) -> bool:
    """Whether the file itself is bad, and not only its use."""
    return isinstance(error, (_Damaged, ValueError)) or type(error) is sqlite3.DatabaseError


def _kept_set(file: sqlite3.Connection, keys: bytes) -> bytes:
    """The name of a set of keys, which is kept once: runs of one project mostly have the same."""
    name = hashlib.sha256(keys).digest()
    if not file.execute("select 1 from key_sets where hash = ?", (name,)).fetchall():
        file.execute("insert into key_sets values (?, ?)", (name, zlib.compress(keys)))
    return name


def _packed(facts: Sequence[KeyFact]) -> tuple[bytes, bytes]:
    """What runs share, their keys and kinds, and what is each run's own."""
    ordered = sorted(facts, key=attrgetter("key"))
    keys = _json([[fact.key, fact.kind] for fact in ordered])
    points = [fact.points for fact in ordered]
    monotonic = "".join([_MONOTONIC[fact.monotonic] for fact in ordered])
    return keys, zlib.compress(_json([points, monotonic]), level=1)


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _key_set(packed: bytes, name: bytes) -> list[tuple[str, str]]:
    try:
        keys = zlib.decompress(packed)
    except (zlib.error, TypeError) as error:
        raise _Damaged(f"a set of keys can't be read: {error}") from error
    if hashlib.sha256(keys).digest() != name:
        raise _Damaged("a set of keys is not the one that was kept")
    return [(key, kind) for key, kind in json.loads(keys)]


def _facts(keys: list[tuple[str, str]], counts: bytes) -> list[KeyFact]:
    told = {text: value for value, text in _MONOTONIC.items()}
    try:
        points, monotonic = json.loads(zlib.decompress(counts))
        return [
            KeyFact(key, kind, count, told[rising])
            for (key, kind), count, rising in zip(keys, points, monotonic, strict=True)
        ]
    except (zlib.error, ValueError, TypeError, KeyError) as error:
        raise _Damaged(f"a run's counts can't be read: {error}") from error
