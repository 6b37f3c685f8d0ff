"""Finding runs: a ``wandb/`` folder, any folder above it, one run, one file, here or elsewhere."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

from wslayout.errors import EmptySource, SourceError
from wslayout.progress import Progress, silent
from wslayout.sources.folders.copies import copies_among, size_of
from wslayout.sources.folders.runfile import run_record
from wslayout.sources.folders.runlog import cannot_read
from wslayout.sources.remote import Place, RemotePath, place_of

MAX_DEPTH: Final = 8
"""How many folders below the given one are searched for runs."""

MAX_FOLDERS: Final = 200_000
"""How many folders a search opens before it stops with a note."""

SUMMARY_NAME: Final = "wandb-summary.json"
"""The file of a run's last values."""

_AT_ONCE: Final = 16  # requests for lists of remote folders
_SKIPPED: Final = frozenset({"node_modules", "__pycache__", "site-packages"})
_HIDDEN_HOME: Final = ".wandb"  # where wandb logs if it finds such a folder
_RUN_FOLDER: Final = re.compile(r"(?:offline-)?run-\d{8}_\d{6}-(?P<id>.+)")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where one run, or one part of a resumed run, lies.

    Attributes:
        path: Its folder; media that it logged lie in ``files/media`` below.
        run_id: Its id as the names tell it, or "" where they don't.
        run_file: Its ``.wandb`` file, or None in folders that have only a summary.
        summary: Its ``wandb-summary.json``, or None.
        copies: Files as long as its own that hold the same log, should its own be damaged.
    """

    path: Place
    run_id: str
    run_file: Place | None = None
    summary: Place | None = None
    copies: tuple[Place, ...] = ()


@dataclass(slots=True)
class Search:
    """What a search found.

    Attributes:
        found: The runs, sorted by the time in the folder's name, then by path.
        notes: Sentences on folders that were not searched.
    """

    found: list[RunFolder] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def find_run_folders(path: str | Place) -> list[RunFolder]:
    """The runs at or below a path, oldest first; each once, whatever links lead to it.

    Args:
        path: A ``wandb/`` folder, a run's folder, a folder that has such below it
            (`MAX_DEPTH` deep), a ``.wandb`` file, or a ``wandb-summary.json``; or the URL of
            one.

    Returns:
        The runs, sorted by the time in the folder's name, then by path.

    Raises:
        SourceError: The path can't be read, or is a file of another kind.
        EmptySource: There are no runs.
    """
    return search_runs(place_of(path)).found


def search_runs(path: Place, progress: Progress = silent) -> Search:
    """The same, with notes on folders that could not be searched.

    Raises:
        SourceError, EmptySource: As for `find_run_folders`.
    """
    search = Search()
    try:
        if isinstance(path, RemotePath):
            path.forget()
        is_folder, exists = path.is_dir(), path.exists()
    except ValueError as error:  # a name that can't exist: a NUL in it
        raise SourceError(f"can't read {path}: {error}") from error
    except OSError as error:
        raise cannot_read(path, error) from error
    if is_folder:
        _walk(path, search, progress)
        search.found.sort(key=_by_time)
        if not search.found:
            raise EmptySource(
                f"{path} holds no W&B runs: no *.wandb file and no {SUMMARY_NAME}, "
                f"{MAX_DEPTH} folders deep" + "".join(f"; {note}" for note in search.notes),
                hint="Name a wandb/ folder or one above it; runs lie in wandb/run-*/ "
                "and wandb/offline-run-*/.",
            )
    elif not exists:
        raise cannot_read(path, _not_there(path))
    elif path.suffix == ".wandb":
        search.found.append(_of_run_file(path))
    elif path.name == SUMMARY_NAME:
        folder = path.parent.parent if path.parent.name == "files" else path.parent
        search.found.append(_of_summary(folder, path))
    else:
        raise SourceError(
            f"{path} is neither a folder of W&B runs nor a .wandb file",
            hint="Key tables end in .csv, .tsv, .parquet, .json or .jsonl.",
        )
    return search


def _not_there(path: Place) -> OSError:
    """The error for what is not there; file systems tell more, such as that it is the bucket."""
    if isinstance(path, RemotePath):
        try:
            path.stat()
        except OSError as error:
            return error
    return FileNotFoundError(2, "no such file or folder")


def _by_time(run: RunFolder) -> tuple[str, str]:
    return run.path.name.removeprefix("offline-"), str(run.run_file or run.path)


@dataclass(frozen=True, slots=True)
class _Inside:
    """What lies right in a folder: run files, a summary, folders to search."""

    files: Sequence[Place]
    summary: Place | None
    folders: Sequence[Place]


def _walk(top: Place, search: Search, progress: Progress) -> None:
    """Fill the search, breadth first; a real path is visited once."""
    level, depth, opened = [top], 0, 0
    visited: set[str] = set()
    while level and depth <= MAX_DEPTH:
        below: list[Place] = []
        todo: list[tuple[Place, Place]] = []
        for folder in level:
            real = folder if isinstance(folder, RemotePath) else Path(os.path.realpath(folder))
            if str(real) not in visited:
                visited.add(str(real))
                todo.append((folder, real))
        looks = _looks([real for _, real in todo])
        for (folder, real), look in zip(todo, looks, strict=True):
            opened += 1
            if opened > MAX_FOLDERS:
                search.notes.append(f"the search stopped after {MAX_FOLDERS:,} folders")
                return
            if opened % 100 == 0:
                progress("searching folders", opened, None)
            try:
                below.extend(_take(real, look(), search))
            except OSError as error:
                if folder == top:
                    raise cannot_read(top, error) from error
                search.notes.append(str(cannot_read(folder, error)))
        # Sorted, so that what is found does not hang on the disk's order.
        level, depth = sorted(below), depth + 1


def _looks(folders: Sequence[Place]) -> Iterator[Callable[[], _Inside]]:
    """What gives what lies in each folder; of distant ones some are asked for ahead."""
    if not any(isinstance(one, RemotePath) and one.fs.async_impl for one in folders):
        yield from (partial(_look, folder) for folder in folders)
        return
    pool = ThreadPoolExecutor(_AT_ONCE)
    rest = iter(folders)
    try:
        coming = deque(pool.submit(_look, folder) for folder in islice(rest, _AT_ONCE))
        while coming:
            yield coming.popleft().result
            coming.extend(pool.submit(_look, folder) for folder in islice(rest, 1))
    finally:
        pool.shutdown(cancel_futures=True)


def _look(folder: Place) -> _Inside:
    """List a folder.

    Raises:
        OSError: It can't be read.
    """
    if isinstance(folder, RemotePath):
        entries = folder.entries()
        files = [one for one, is_folder in entries if not is_folder]
        return _sorted_out(
            folder,
            {one.name: one for one in files},
            {one.name: one for one, is_folder in entries if is_folder},
        )
    with os.scandir(folder) as scanned:
        inside = {entry.name: entry for entry in scanned}
    return _sorted_out(
        folder,
        {
            name: folder / name
            for name, entry in inside.items()
            if entry.is_file() and not (entry.is_symlink() and _leads_to_neighbour(folder / name))
        },
        {name: folder / name for name, entry in inside.items() if entry.is_dir()},
    )


def _leads_to_neighbour(link: Path) -> bool:
    """Whether a link leads to a run's file in its own folder, where that is found anyway."""
    there = Path(os.path.realpath(link))
    return there.suffix == ".wandb" and there.parent == link.parent


def _sorted_out(folder: Place, files: Mapping[str, Place], folders: Mapping[str, Place]) -> _Inside:
    summary = files.get(SUMMARY_NAME)
    if summary is None and "files" in folders:
        found = folders["files"] / SUMMARY_NAME
        summary = found if found.is_file() else None
    return _Inside(
        files=[files[name] for name in sorted(files) if name.endswith(".wandb")],
        summary=summary,
        folders=[
            below
            for name, below in folders.items()
            if name not in _SKIPPED
            and (name == _HIDDEN_HOME or not name.startswith("."))
            # A run's own files hold its summary, which is no second run.
            and (summary is None or below != summary.parent)
        ],
    )


def _take(folder: Place, inside: _Inside, search: Search) -> Sequence[Place]:
    """Take the runs that lie right in a folder; gives the folders below it to search."""
    runs = [_of_run_file(file) for file in inside.files]
    if len(runs) == 1:
        runs = [replace(runs[0], summary=inside.summary)]
    elif not runs and inside.summary is not None:
        runs = [_of_summary(folder, inside.summary)]
    search.found.extend(runs)
    return [] if runs and _RUN_FOLDER.fullmatch(folder.name) else inside.folders


def _of_run_file(path: Place) -> RunFolder:
    return RunFolder(path.parent, path.stem.removeprefix("run-"), run_file=path)


def _of_summary(folder: Place, summary: Place) -> RunFolder:
    match = _RUN_FOLDER.fullmatch(folder.name)
    return RunFolder(folder, match["id"] if match else "", summary=summary)


def parts_of_runs(
    found: Iterable[RunFolder], tell: Callable[[str], None] = lambda note: None
) -> list[list[RunFolder]]:
    """The parts of each run: same id, and same project where the files tell it.

    Args:
        found: The folders, oldest first.
        tell: Told, if so, that some are copies of others, which are then left out.
    """
    by_id: dict[str, list[RunFolder]] = {}
    for run in found:
        by_id.setdefault(run.run_id or f"\0{run.path}", []).append(run)
    runs: list[list[RunFolder]] = []
    copies: dict[Place, Place] = {}
    for parts in by_id.values():
        if len(parts) == 1:
            runs.append(parts)
            continue
        told = [(part, _run_record(part)) for part in parts]
        found_here = _copies_among(told)
        runs += _by_project(
            (replace(part, copies=_as_long(part.run_file, found_here)), record)
            for part, record in told
            if part.run_file not in found_here
        )
        copies |= found_here
    if copies:
        tell(_told_of(copies))
    return runs


def _run_record(part: RunFolder) -> Any:
    """What the part's file tells of its run; None where it doesn't."""
    try:
        return None if part.run_file is None else run_record(part.run_file)
    except SourceError:
        return None


def _as_long(file: Place | None, copies: Mapping[Place, Place]) -> tuple[Place, ...]:
    """The copies of a file that are as long as it is."""
    own = [copy for copy, original in copies.items() if original == file]
    return tuple(copy for copy in own if file and size_of(copy) == size_of(file))


def _by_project(told: Iterable[tuple[RunFolder, Any]]) -> list[list[RunFolder]]:
    by_project: dict[tuple[str, str] | None, list[RunFolder]] = {}
    for part, record in told:
        project = None if record is None else (record.entity, record.project)
        by_project.setdefault(project, []).append(part)
    unknown = by_project.pop(None, [])
    grouped = list(by_project.values()) or [[]]
    grouped[0].extend(unknown)
    return grouped


def _copies_among(told: Iterable[tuple[RunFolder, Any]]) -> dict[Place, Place]:
    by_record: dict[bytes, tuple[Any, list[Place]]] = {}
    unknown: list[Place] = []
    for part, record in sorted(told, key=lambda one: _likely_copied(one[0])):
        if part.run_file is not None and record is None:
            unknown.append(part.run_file)
        elif part.run_file is not None:
            _, alike = by_record.setdefault(record.SerializeToString(), (record, []))
            alike.append(part.run_file)
    copies: dict[Place, Place] = {}
    for record, alike in by_record.values():
        # When the run began, or was resumed: to the nanosecond, where it is told.
        copies |= copies_among(alike, same_log=record.start_time.seconds != 0)
        # One whose beginning is damaged is known by its name and its size alone.
        size = size_of(alike[0])
        copies |= {file: alike[0] for file in unknown if size and size_of(file) == size}
    return copies


def _likely_copied(part: RunFolder) -> tuple[bool, int]:
    """Greater for what rather is a copy: a file without its folder, a backup's longer path."""
    return part.summary is None, len(str(part.run_file))


def _told_of(copies: Mapping[Place, Place]) -> str:
    copy, original = min(copies.items())
    if len(copies) == 1:
        return f"{copy} is a copy of {original}, read once"
    return (
        f"{len(copies):,} run files are copies of others, read once; the first: {copy} is a copy "
        f"of {original}"
    )
