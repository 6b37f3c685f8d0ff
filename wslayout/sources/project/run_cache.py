"""What the runs of a project logged, kept on disk until a run changes.

One SQLite file in the user's cache folder, for the user alone: metric keys, kinds and counts, no
values, and nothing of the login. Several processes can use it at once. Whatever goes wrong with
it (a full disk, a file that is damaged, locked or read-only) is told once, and reading goes on
without it.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from wslayout.sources.project.run_packing import FORMAT, Damaged, PackedRun

MOST_BYTES: Final = 256 * 1024 * 1024
"""The most that the file may take; beyond it the projects go that were not read for longest."""

_PAGE: Final = 4096  # bytes
_PATIENCE: Final = 5.0  # seconds that another process may write
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


# ValueError: SQLite's own words on a damaged file may hold bytes of it that are no text.
_FAILURES: Final = (sqlite3.Error, OSError, ValueError, Damaged)


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
        self._used = False

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

    def known(self, heartbeats: Mapping[str, str]) -> dict[str, PackedRun]:
        """What is kept of some runs.

        Args:
            heartbeats: Those of the runs, by name. A run that was kept with another heartbeat
                has changed since.
        """

        def find(file: sqlite3.Connection) -> dict[str, PackedRun]:
            # In one transaction, so that no other process takes a set of keys away in between.
            sets: dict[bytes, bytes] = {}
            with _transaction(file, "begin"):
                return {
                    name: PackedRun(key_set, _set_of(file, key_set, sets), counts)
                    for name, heartbeat in heartbeats.items()
                    for key_set, counts in self._rows(file, name, heartbeat)
                }

        found: dict[str, PackedRun] = self._read(find, {})
        if found:
            self._mark_used()
        return found

    def count(self, heartbeats: Mapping[str, str]) -> int:
        """How many of some runs are kept; see `known`."""

        def count(file: sqlite3.Connection) -> int:
            return sum(
                file.execute(
                    "select count(*) from projects join runs on runs.project = projects.id"
                    " where projects.name = ? and runs.name = ? and heartbeat = ?",
                    (self._project, name, heartbeat),
                ).fetchone()[0]
                for name, heartbeat in heartbeats.items()
            )

        return self._read(count, 0)

    def forget_others(self, names: Collection[str]) -> None:
        """Forget the project's runs that are gone.

        Args:
            names: All runs that the project has.
        """
        if not (self._usable and self._writable):
            return
        try:
            file = self._file()
            file.create_function("is_there", 1, names.__contains__)
            gone = file.execute(
                "delete from runs where not is_there(name)"
                " and project = (select id from projects where name = ?)",
                (self._project,),
            ).rowcount
            if gone:
                _forget_unused_sets(file)
        except _FAILURES as error:
            self._failed(error, "can't be written")

    def keep(self, runs: Iterable[tuple[str, str, PackedRun]]) -> None:
        """Keep what some runs logged.

        Args:
            runs: Name, heartbeat and keys of each.
        """
        kept = list(runs)
        if not kept or not (self._usable and self._writable):
            return
        try:
            file = self._file()
            try:
                self._write(file, kept)
            except sqlite3.OperationalError as error:
                # SQLite's own words; Python 3.10 tells no code. The bound and the disk are alike.
                if "is full" not in str(error) or not self._make_room(file):
                    raise
                self._write(file, kept)
        except _FAILURES as error:
            self._failed(error, "can't be written")

    def damaged(self, error: Damaged) -> None:
        """Do without it, and take it away, since what it gave can't be unpacked."""
        self._failed(error, "can't be used")

    # Reading

    def _read(self, do: Callable[[sqlite3.Connection], R], otherwise: R) -> R:
        if not self._usable:
            return otherwise
        try:
            return do(self._file())
        except _FAILURES as error:
            self._usable = False
            self._failed(error, "can't be used")
            return otherwise

    def _rows(self, file: sqlite3.Connection, name: str, heartbeat: str) -> list[Any]:
        return file.execute(
            "select key_set, counts from projects join runs on runs.project = projects.id"
            " where projects.name = ? and runs.name = ? and heartbeat = ?",
            (self._project, name, heartbeat),
        ).fetchall()

    def _mark_used(self) -> None:
        """Count the project as the one used last; where that can't be written, it isn't."""
        if not self._used and self._writable:
            self._used = True
            with contextlib.suppress(sqlite3.Error):
                _number_of(self._file(), self._project)

    def _failed(self, error: Exception, what: str) -> None:
        self._writable = False
        if _is_damage(error):
            self._usable = False
            self.close()
            what = "was damaged, and is made anew by the next read"
            try:
                self._path.unlink(missing_ok=True)
            except OSError:
                what = "is damaged: remove it"
        elif not self._usable:
            self.close()
        elif self._is_at_bound():
            self.tell(
                f"the cache of runs {self._path} is as large as it may become "
                f"({self._most_pages * _PAGE / 2**20:,.0f} MB), so not all runs were kept"
            )
            return
        self.tell(f"the cache of runs {self._path} {what} ({error})")

    def _is_at_bound(self) -> bool:
        try:
            rows = self._file().execute("pragma page_count").fetchall()
        except _FAILURES:
            return False
        return int(rows[0][0]) >= self._most_pages

    # Writing

    def _write(self, file: sqlite3.Connection, runs: Sequence[tuple[str, str, PackedRun]]) -> None:
        with _transaction(file, "begin immediate"):
            project = _number_of(file, self._project)
            self._used = True
            for name, heartbeat, run in runs:
                file.execute(
                    "insert into key_sets values (?, ?) on conflict (hash) do nothing",
                    (run.name, run.keys),
                )
                file.execute(
                    "insert or replace into runs values (?, ?, ?, ?, ?)",
                    (project, name, heartbeat, run.name, run.counts),
                )

    def _make_room(self, file: sqlite3.Connection) -> bool:
        """Forget the projects that were not used for longest, with half of all their runs.

        Returns:
            Whether anything went.
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
            left = _forget_unused_sets(file)
        return bool(others or left)

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
    """Whether the file itself is bad, or another program's, and not only its use."""
    if isinstance(error, (Damaged, ValueError)) or type(error) is sqlite3.DatabaseError:
        return True
    return isinstance(error, sqlite3.Error) and str(error).startswith(("no such", "table "))


def _set_of(file: sqlite3.Connection, name: bytes, sets: dict[bytes, bytes]) -> bytes:
    """A set of keys, which is looked up once."""
    if name not in sets:
        rows = file.execute("select keys from key_sets where hash = ?", (name,)).fetchall()
        if not rows:
            raise Damaged("a set of keys is missing")
        sets[name] = rows[0][0]
    return sets[name]


def _forget_unused_sets(file: sqlite3.Connection) -> int:
    """Forget the sets of keys that no run has any more; gives how many."""
    return file.execute(
        "delete from key_sets where hash not in (select key_set from runs)"
    ).rowcount


def _number_of(file: sqlite3.Connection, project: str) -> int:
    """A project's number; it counts as the one used last from now on."""
    file.execute(
        "insert into projects (name, used) values (?, 0) on conflict (name) do nothing", (project,)
    )
    file.execute(
        "update projects set used = (select max(used) + 1 from projects) where name = ?",
        (project,),
    )
    rows = file.execute("select id from projects where name = ?", (project,)).fetchall()
    return int(rows[0][0])
