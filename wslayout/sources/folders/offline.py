"""Run folders as an inventory: their ``.wandb`` files, and their summaries."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from functools import partial

from wslayout.errors import EmptySource, SourceError
from wslayout.inventory import MAX_KEYS, Inventory, Tally
from wslayout.progress import Progress, silent
from wslayout.sources.folders.reading import Reading, Watching, read_chunk
from wslayout.sources.folders.run_folders import parts_of_runs, search_runs
from wslayout.sources.folders.workers import Each, by_size, in_turn
from wslayout.sources.remote import Place, place_of


def read_run_folders(
    path: str | Place,
    *,
    max_keys: int = MAX_KEYS,
    progress: Progress = silent,
    watch: Watching | None = None,
    each: Each | None = None,
) -> Inventory:
    """The metric keys of the runs at or below a path.

    A run's ``.wandb`` file is the truth; its ``wandb-summary.json`` adds keys that
    the file lacks, and stands in for it in folders that have no such file. The
    folders of a resumed run count as one run, and of copies of a run's file the longest is read;
    a note in the coverage says so. A run that can't be read becomes a note, too.

    Args:
        path: As `wslayout.sources.folders.run_folders.find_run_folders` takes it.
        max_keys: The most distinct keys to accept.
        progress: Told how many folders are searched and how many runs are read.
        watch: Gives for each run, of the folders that it lies in, what is given its records; the
            runs are then read in turn.
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
    place = place_of(path)
    search = search_runs(place, progress)
    copies: list[str] = []
    runs = parts_of_runs(search.found, copies.append)
    reading = Reading(Tally(max_keys))
    for note in search.notes:
        reading.note(note)
    reader = in_turn if watch is not None else each or by_size(runs)
    progress("reading runs", 0, len(runs))
    with closing(reader(partial(read_chunk, max_keys=max_keys, watch=watch), runs)) as found:
        for part in found:
            reading.merge(part)
            progress("reading runs", reading.runs, len(runs))
    if not reading.runs_read:
        raise _none_readable(place, len(runs), reading.first_error)
    inventory = reading.inventory(str(place))
    inventory = replace(inventory, coverage=inventory.coverage.noting(*copies))
    if all(key.startswith("_") for key in inventory.keys):
        raise EmptySource(
            f"{place}: {inventory.coverage.describe()}, but no metric was logged",
            hint=" ".join(inventory.coverage.notes) or "Log with run.log({'loss': 0.5}).",
        )
    return inventory


def _none_readable(place: Place, runs: int, first: SourceError | None) -> SourceError:
    if first is None:
        return SourceError(f"none of the runs in {place} can be read")
    if runs == 1:
        return first
    return SourceError(
        f"none of the runs in {place} can be read; the first: {first}", hint=first.hint
    )
