"""Runs on disk as an inventory: their ``.wandb`` files, and their summaries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

from wslayout.errors import EmptySource, SourceError
from wslayout.inventory import MAX_KEYS, Coverage, Inventory, Origin, Tally
from wslayout.progress import Progress, silent
from wslayout.sources.key_facts import is_part_of_logged
from wslayout.sources.one_run import OneRun, read_one_run
from wslayout.sources.run_folders import SUMMARY_NAME, RunFolder, parts_of_runs, search_runs
from wslayout.sources.runfile import RunKeys, Watch
from wslayout.sources.workers import Each, by_size

Watching: TypeAlias = Callable[[Sequence[RunFolder]], Watch]
"""Gives what is given the records of a run."""

_MAX_NOTES: Final = 20


def read_run_folders(
    path: str | Path,
    *,
    max_keys: int = MAX_KEYS,
    progress: Progress = silent,
    watch: Watching | None = None,
    each: Each | None = None,
) -> Inventory:
    """The metric keys of the runs at or below a path.

    A run's ``.wandb`` file is the truth; its ``wandb-summary.json`` adds keys that
    the file lacks, and stands in for it in folders that have no such file. The
    folders of a resumed run count as one run. A run that can't be read becomes a
    note in the coverage.

    Args:
        path: As `wslayout.sources.run_folders.find_run_folders` takes it.
        max_keys: The most distinct keys to accept.
        progress: Told how many folders are searched and how many runs are read.
        watch: Gives for each run, of the folders that it lies in, what is given its records.
        each: Reads the runs, in whichever way; by default several at once where there is much to
            read, else one after the other. What comes of it is the same.

    Returns:
        One row a key; ``runs`` is the number of runs that have it, ``points`` the
        values logged (0: only in the summary; <NA>: no ``.wandb`` file to count in).

    Raises:
        SourceError: The path can't be read, or none of its runs can.
        EmptySource: There are no runs, or they logged nothing.
        TooManyKeys: There are more distinct keys than ``max_keys``.
    """
    search = search_runs(Path(path), progress)
    runs = parts_of_runs(search.found)
    tally = Tally(max_keys)
    state = _Reading(tally, notes=list(search.notes), damaged=bool(search.notes))
    found: Iterable[OneRun]
    if watch is None:
        found = (each or by_size(runs))(partial(read_one_run, max_keys=max_keys), runs)
    else:
        found = (read_one_run(parts, max_keys=max_keys, watch=watch(parts)) for parts in runs)
    progress("reading runs", 0, len(runs))
    for done, read in enumerate(found, 1):
        state.take(read)
        progress("reading runs", done, len(runs))
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
    notes: list[str] = field(default_factory=list)
    errors: list[SourceError] = field(default_factory=list)
    entities: set[str] = field(default_factory=set)
    projects: set[str] = field(default_factory=set)
    runs_read: int = 0
    unfinished: int = 0
    without_file: int = 0
    damaged: bool = False

    def take(self, read: OneRun) -> None:
        """Add one run."""
        self.errors += read.errors
        self.notes += map(str, read.errors)
        self.damaged = self.damaged or bool(read.errors)
        run = read.run
        if run is None and not read.summaries:
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
        for key, kind in {key: kind for told in read.summaries for key, kind in told}.items():
            if key not in keys and not is_part_of_logged(key, keys):
                self.tally.see(key, kind, points=points)
        self._note(run)

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


def _none_readable(path: Path, errors: Sequence[SourceError]) -> SourceError:
    first = errors[0]
    return SourceError(
        f"none of the runs in {path} can be read; the first: {first}", hint=first.hint
    )


def _only(names: set[str]) -> str | None:
    return next(iter(names)) if len(names) == 1 else None


def _counted(runs: int) -> str:
    return f"{runs:,} run{'' if runs == 1 else 's'}"
