"""What was read of some runs: a value that any number of readers can make, and that merges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from wslayout.errors import SourceError
from wslayout.inventory import MAX_KEYS, Coverage, Inventory, Origin, Tally
from wslayout.sources.folders.key_facts import is_part_of_logged
from wslayout.sources.folders.one_run import OneRun, read_one_run
from wslayout.sources.folders.run_folders import SUMMARY_NAME, RunFolder
from wslayout.sources.folders.runfile import RunKeys, Watch

Run: TypeAlias = Sequence[RunFolder]
"""The parts of one run."""

Chunk: TypeAlias = Sequence[tuple[int, Run]]
"""Runs that are read together, each with its number among all."""

Watching: TypeAlias = Callable[[Run], Watch]
"""Gives what is given the records of a run."""

_MAX_NOTES: Final = 20


def read_chunk(chunk: Chunk, *, max_keys: int = MAX_KEYS, watch: Watching | None = None) -> Reading:
    """Read some runs.

    Args:
        chunk: The runs.
        max_keys: The most distinct keys to accept.
        watch: Gives for each run what is given its records.

    Raises:
        TooManyKeys: There are more distinct keys than ``max_keys``.
    """
    reading = Reading(Tally(max_keys))
    for number, parts in chunk:
        watched = None if watch is None else watch(parts)
        reading.take(number, read_one_run(parts, max_keys=max_keys, watch=watched))
    return reading


@dataclass(slots=True)
class _FewNotes:
    """The first of many notes, by the alphabet, each with how often it was made."""

    first: dict[str, int] = field(default_factory=dict)
    total: int = 0

    def add(self, note: str, times: int = 1) -> None:
        self.total += times
        self._keep(note, times)

    def merge(self, other: _FewNotes) -> None:
        self.total += other.total
        for note, times in other.first.items():
            self._keep(note, times)

    def _keep(self, note: str, times: int) -> None:
        self.first[note] = self.first.get(note, 0) + times
        if len(self.first) > _MAX_NOTES:
            del self.first[max(self.first)]

    def told(self) -> list[str]:
        more = self.total - sum(self.first.values())
        return sorted(self.first) + ([f"{more:,} more such notes"] if more else [])


@dataclass(slots=True)
class Reading:
    """What was read of some runs; its size follows their distinct keys, not their number.

    Readings of different runs merge: in whichever order and in whichever groups, what comes of
    it is the same.

    Attributes:
        tally: Their keys.
        runs: How many runs were to be read.
        runs_read: How many could be.
        entities: The entities that they are of.
        projects: Their projects.
    """

    tally: Tally
    runs: int = 0
    runs_read: int = 0
    entities: set[str] = field(default_factory=set)
    projects: set[str] = field(default_factory=set)
    _notes: _FewNotes = field(default_factory=_FewNotes)
    _error: tuple[int, SourceError] | None = None
    _unfinished: int = 0
    _without_file: int = 0
    _damaged: bool = False

    def take(self, number: int, read: OneRun) -> None:
        """Add one run.

        Args:
            number: Its place among all runs.
            read: What was read of it.

        Raises:
            TooManyKeys: There are too many with it.
        """
        self.runs += 1
        if read.errors:
            self._failed(number, read.errors[0])
        for error in read.errors:
            self.note(str(error))
        run = read.run
        if run is None and not read.summaries:
            return
        self.runs_read += 1
        self._see(run, read.summaries)
        if run is None:
            self._without_file += 1
            return
        for note in run.notes:
            self._notes.add(note)
        self._damaged = self._damaged or not run.complete
        self._unfinished += not run.finished
        self.entities.update(filter(None, [run.entity]))
        self.projects.update(filter(None, [run.project]))

    def _see(self, run: RunKeys | None, summaries: Sequence[list[tuple[str, str]]]) -> None:
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
        for key, kind in {key: kind for told in summaries for key, kind in told}.items():
            if key not in keys and not is_part_of_logged(key, keys):
                self.tally.see(key, kind, points=points)

    def note(self, note: str) -> None:
        """Take down something that is missing."""
        self._notes.add(note)
        self._damaged = True

    def merge(self, other: Reading) -> None:
        """Add what was read of other runs.

        Raises:
            TooManyKeys: There are too many with them.
        """
        self.tally.merge(other.tally)
        self.runs += other.runs
        self.runs_read += other.runs_read
        self.entities |= other.entities
        self.projects |= other.projects
        self._notes.merge(other._notes)
        if other._error is not None:
            self._failed(*other._error)
        self._unfinished += other._unfinished
        self._without_file += other._without_file
        self._damaged = self._damaged or other._damaged

    def _failed(self, number: int, error: SourceError) -> None:
        if self._error is None or number < self._error[0]:
            self._error = number, error

    @property
    def first_error(self) -> SourceError | None:
        """What went wrong with the first run that could not be read as a whole."""
        return None if self._error is None else self._error[1]

    def inventory(self, label: str) -> Inventory:
        """The keys of all runs that were read.

        Args:
            label: Where they are from.
        """
        return self.tally.inventory(
            coverage=self._coverage(),
            origin=Origin(label, _only(self.entities), _only(self.projects)),
        )

    def _coverage(self) -> Coverage:
        notes = self._notes.told()
        if self._unfinished:
            notes.append(
                f"{_counted(self._unfinished)} did not end: still going, or killed before the end"
            )
        if self._without_file:
            notes.append(
                f"{_counted(self._without_file)} known from {SUMMARY_NAME} only, "
                "which does not tell how often a key was logged"
            )
        return Coverage(
            complete=not self._damaged and self.runs_read == self.runs,
            runs_total=self.runs,
            runs_read=self.runs_read,
            notes=tuple(sorted(notes)),
        )


def _only(names: set[str]) -> str | None:
    return next(iter(names)) if len(names) == 1 else None


def _counted(runs: int) -> str:
    return f"{runs:,} run{'' if runs == 1 else 's'}"
