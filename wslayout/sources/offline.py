"""Runs on disk: a ``wandb/`` folder, any folder above it, one run, one file."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from wslayout.errors import EmptySource, SourceError, TooManyKeys
from wslayout.inventory import MAX_KEYS, Coverage, Inventory, Origin, Tally
from wslayout.progress import Progress, silent
from wslayout.sources.runfile import (
    RunKeys,
    cannot_read,
    flatten,
    is_part_of_logged,
    read_run_files,
    run_identity,
    summary_kind,
)

MAX_DEPTH: Final = 8
"""How many folders below the given one are searched for runs."""

MAX_FOLDERS: Final = 200_000
"""How many folders a search opens before it stops with a note."""

MAX_SUMMARY_BYTES: Final = 256 * 1024 * 1024
"""The largest ``wandb-summary.json`` to read."""

SUMMARY_NAME: Final = "wandb-summary.json"

_MAX_NOTES: Final = 20
_SKIPPED: Final = frozenset({"node_modules", "__pycache__", "site-packages"})
_RUN_FOLDER: Final = re.compile(r"(?:offline-)?run-\d{8}_\d{6}-(?P<id>.+)")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where one run, or one part of a resumed run, lies on disk.

    Attributes:
        path: Its folder; media that it logged lie in ``files/media`` below.
        run_id: Its id as the names tell it, or "" where they don't.
        run_file: Its ``.wandb`` file, or None in folders that have only a summary.
        summary: Its ``wandb-summary.json``, or None.
    """

    path: Path
    run_id: str
    run_file: Path | None = None
    summary: Path | None = None


@dataclass(slots=True)
class _Search:
    found: list[RunFolder] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def find_run_folders(path: str | Path) -> list[RunFolder]:
    """The runs at or below a path, oldest first; each once, whatever links lead to it.

    Args:
        path: A ``wandb/`` folder, a run's folder, a folder that has such below it
            (`MAX_DEPTH` deep), a ``.wandb`` file, or a ``wandb-summary.json``.

    Returns:
        The runs, sorted by the time in the folder's name, then by path.

    Raises:
        SourceError: The path can't be read, or is a file of another kind.
        EmptySource: There are no runs.
    """
    return _search(Path(path), silent).found


def read_run_folders(
    path: str | Path, *, max_keys: int = MAX_KEYS, progress: Progress = silent
) -> Inventory:
    """The metric keys of the runs at or below a path.

    A run's ``.wandb`` file is the truth; its ``wandb-summary.json`` adds keys that
    the file lacks, and stands in for it in folders that have no such file. The
    folders of a resumed run count as one run. A run that can't be read becomes a
    note in the coverage.

    Args:
        path: As `find_run_folders` takes it.
        max_keys: The most distinct keys to accept.
        progress: Told how many folders are searched and how many runs are read.

    Returns:
        One row a key; ``runs`` is the number of runs that have it, ``points`` the
        values logged (0: only in the summary; <NA>: no ``.wandb`` file to count in).

    Raises:
        SourceError: The path can't be read, or none of its runs can.
        EmptySource: There are no runs, or they logged nothing.
        TooManyKeys: There are more distinct keys than ``max_keys``.
    """
    search = _search(Path(path), progress)
    runs = _runs(search.found)
    tally = Tally(max_keys)
    state = _Reading(tally, max_keys, notes=list(search.notes), damaged=bool(search.notes))
    for done, parts in enumerate(runs):
        progress("reading runs", done, len(runs))
        state.read(parts)
    progress("reading runs", len(runs), len(runs))
    if not state.runs_read:
        raise state.errors[0] if len(runs) == 1 else _none_readable(Path(path), state.errors)
    inventory = tally.inventory(
        coverage=state.coverage(len(runs)),
        origin=Origin(str(path), _only(state.entities), _only(state.projects)),
    )
    if all(key.startswith("_") for key in inventory.keys):
        raise EmptySource(
            f"{path}: {inventory.coverage.describe()}, but no metric was logged",
            hint=" ".join(inventory.coverage.notes) or "Log with run.log({'loss': 0.5}).",
        )
    return inventory


@dataclass(slots=True)
class _Reading:
    tally: Tally
    max_keys: int
    notes: list[str] = field(default_factory=list)
    errors: list[SourceError] = field(default_factory=list)
    entities: set[str] = field(default_factory=set)
    projects: set[str] = field(default_factory=set)
    runs_read: int = 0
    unfinished: int = 0
    without_file: int = 0
    damaged: bool = False

    def read(self, parts: Sequence[RunFolder]) -> None:
        """Read one run, in as many parts as it was resumed."""
        run = self._run_files([part.run_file for part in parts if part.run_file])
        summaries = [
            summary
            for part in parts
            if part.summary and (summary := self._summary(part.summary)) is not None
        ]
        if run is None and not summaries:
            return
        self.runs_read += 1
        keys = run.keys if run else {}
        for key, facts in keys.items():
            self.tally.see(
                key,
                facts.kind,
                points=facts.points,
                monotonic=facts.monotonic,
                single_valued=facts.single_valued,
                step_metric=facts.step_metric,
            )
        # Where all that was logged is known, a key that only the summary has was never logged.
        points = 0 if run and run.complete else None
        for key, kind in {key: kind for summary in summaries for key, kind in summary}.items():
            if key not in keys and not is_part_of_logged(key, keys):
                self.tally.see(key, kind, points=points)
        self._note(run)

    def _run_files(self, files: list[Path]) -> RunKeys | None:
        if len(files) > 1:
            files = [file for file in files if self._opens(file)]
        try:
            return read_run_files(files, max_keys=self.max_keys) if files else None
        except TooManyKeys:
            raise
        except SourceError as error:
            self._failed(error)
            return None

    def _opens(self, file: Path) -> bool:
        try:
            run_identity(file)
        except SourceError as error:
            self._failed(error)
            return False
        return True

    def _summary(self, file: Path) -> list[tuple[str, str]] | None:
        try:
            return read_summary(file)
        except SourceError as error:
            self._failed(error)
            return None

    def _failed(self, error: SourceError) -> None:
        self.errors.append(error)
        self.notes.append(str(error))
        self.damaged = True

    def _note(self, run: RunKeys | None) -> None:
        if run is None:
            self.without_file += 1
            return
        self.notes.extend(run.notes)
        self.damaged = self.damaged or not run.complete
        self.unfinished += not run.finished
        self.entities.update(filter(None, [run.entity]))
        self.projects.update(filter(None, [run.project]))

    def coverage(self, total: int) -> Coverage:
        notes = sorted(set(self.notes))
        if len(notes) > _MAX_NOTES:
            notes = [*notes[:_MAX_NOTES], f"{len(notes) - _MAX_NOTES:,} more such notes"]
        if self.unfinished:
            notes.append(
                f"{_counted(self.unfinished)} did not end: still going, or killed before the end"
            )
        if self.without_file:
            notes.append(
                f"{_counted(self.without_file)} known from {SUMMARY_NAME} only, "
                "which does not tell how often a key was logged"
            )
        return Coverage(
            complete=not self.damaged and self.runs_read == total,
            runs_total=total,
            runs_read=self.runs_read,
            notes=tuple(sorted(notes)),
        )


def read_summary(path: Path) -> list[tuple[str, str]]:
    """Key and kind of everything in a ``wandb-summary.json``, ``_wandb`` left out.

    Raises:
        SourceError: The file can't be read, or is not such a file.
    """
    try:
        if path.stat().st_size > MAX_SUMMARY_BYTES:
            raise SourceError(f"{path} is larger than {MAX_SUMMARY_BYTES // 2**20} MB")
        data = json.loads(path.read_bytes().decode("utf-8-sig"), parse_int=float)
    except OSError as error:
        raise cannot_read(path, error) from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path} is not a W&B summary: {error}") from error
    if not isinstance(data, dict):
        raise SourceError(f"{path} is not a W&B summary: it holds no JSON object")
    return list(summary_kinds(data))


def summary_kinds(summary: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Key and kind of everything in a run's summary, nested names joined by dots."""
    for key, value in summary.items():
        if key != "_wandb":
            for name, kind, leaf in flatten(key, value):
                yield name, summary_kind(kind, leaf)


def _search(path: Path, progress: Progress) -> _Search:
    search = _Search()
    try:
        # A name that can't exist (a NUL in it) is a ValueError.
        is_folder, exists = path.is_dir(), path.exists()
    except (OSError, ValueError) as error:
        raise SourceError(f"can't read {path}: {error}") from error
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
        raise cannot_read(path, FileNotFoundError(2, "no such file or folder"))
    elif path.suffix == ".wandb":
        search.found.append(_of_run_file(path))
    elif path.name == SUMMARY_NAME:
        search.found.append(_of_summary(_run_folder_of(path), path))
    else:
        raise SourceError(
            f"{path} is neither a folder of W&B runs nor a .wandb file",
            hint="Key tables end in .csv, .tsv, .parquet, .json or .jsonl.",
        )
    return search


def _by_time(run: RunFolder) -> tuple[str, str]:
    return run.path.name.removeprefix("offline-"), str(run.run_file or run.path)


def _walk(top: Path, search: _Search, progress: Progress) -> None:
    """Fill the search, breadth first; a real path is visited once."""
    level, depth, opened = [top], 0, 0
    visited: set[str] = set()
    while level and depth <= MAX_DEPTH:
        below: list[Path] = []
        for folder in level:
            real = os.path.realpath(folder)
            if real in visited:
                continue
            visited.add(real)
            opened += 1
            if opened > MAX_FOLDERS:
                search.notes.append(f"the search stopped after {MAX_FOLDERS:,} folders")
                return
            if opened % 100 == 0:
                progress("searching folders", opened, None)
            try:
                below.extend(_visit(Path(real), search))
            except OSError as error:
                if folder == top:
                    raise cannot_read(top, error) from error
                search.notes.append(str(cannot_read(folder, error)))
        # Sorted, so that what is found does not hang on the disk's order.
        level, depth = sorted(below), depth + 1


def _visit(folder: Path, search: _Search) -> list[Path]:
    """Take the runs that lie right in a folder, else give the folders below it."""
    with os.scandir(folder) as entries:
        inside = {entry.name: entry for entry in entries}
    files = sorted(name for name in inside if name.endswith(".wandb") and inside[name].is_file())
    summary = next(
        (
            summary
            for name in (SUMMARY_NAME, f"files/{SUMMARY_NAME}")
            if name.split("/")[0] in inside and (summary := folder / name).is_file()
        ),
        None,
    )
    if files:
        runs = [_of_run_file(folder / name) for name in files]
        if len(runs) == 1:
            runs = [replace(runs[0], summary=summary)]
        search.found.extend(runs)
    elif summary is not None:
        search.found.append(_of_summary(folder, summary))
    if _RUN_FOLDER.fullmatch(folder.name) and (files or summary is not None):
        return []
    return [
        folder / name
        for name, entry in inside.items()
        if not name.startswith(".") and name not in _SKIPPED and entry.is_dir()
    ]


def _of_run_file(path: Path) -> RunFolder:
    return RunFolder(path.parent, path.stem.removeprefix("run-"), run_file=path)


def _run_folder_of(summary: Path) -> Path:
    return summary.parent.parent if summary.parent.name == "files" else summary.parent


def _of_summary(folder: Path, summary: Path) -> RunFolder:
    match = _RUN_FOLDER.fullmatch(folder.name)
    return RunFolder(folder, match["id"] if match else "", summary=summary)


def _runs(found: Iterable[RunFolder]) -> list[list[RunFolder]]:
    """The parts of each run: same id, and same project where the files tell it."""
    by_id: dict[str, list[RunFolder]] = {}
    for run in found:
        by_id.setdefault(run.run_id or f"\0{run.path}", []).append(run)
    runs: list[list[RunFolder]] = []
    for parts in by_id.values():
        if len(parts) == 1:
            runs.append(parts)
            continue
        by_project: dict[tuple[str, str] | None, list[RunFolder]] = {}
        for part in parts:
            by_project.setdefault(_project_of(part), []).append(part)
        unknown = by_project.pop(None, [])
        grouped = list(by_project.values()) or [[]]
        grouped[0].extend(unknown)
        runs.extend(grouped)
    return runs


def _project_of(part: RunFolder) -> tuple[str, str] | None:
    if part.run_file is None:
        return None
    try:
        entity, project, _ = run_identity(part.run_file)
    except SourceError:
        return None
    return entity, project


def _none_readable(path: Path, errors: Sequence[SourceError]) -> SourceError:
    first = errors[0]
    return SourceError(
        f"none of the runs in {path} can be read; the first: {first}", hint=first.hint
    )


def _only(names: set[str]) -> str | None:
    return next(iter(names)) if len(names) == 1 else None


def _counted(runs: int) -> str:
    return f"{runs:,} run{'' if runs == 1 else 's'}"
