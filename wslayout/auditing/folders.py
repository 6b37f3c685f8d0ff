"""Run folders on disk as evidence: everything that a rule asks of runs is measured exactly."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from wslayout.auditing.evidence import (
    Activity,
    Count,
    Evidence,
    Known,
    Refusals,
    Unknown,
    most_of,
    nothing_known,
)
from wslayout.auditing.findings import Certainty
from wslayout.auditing.measuring import RunMeasure
from wslayout.auditing.rare import rare_of
from wslayout.inventory import MAX_KEYS, Inventory
from wslayout.progress import Progress, silent
from wslayout.sources.folders.offline import read_run_folders
from wslayout.sources.folders.run_folders import RunFolder
from wslayout.sources.folders.runfile import Watch
from wslayout.sources.remote import Place, RemotePath

_LOGS: Final = ("debug-internal.log", "debug-core.log")
_LONG_LINE: Final = 1 << 20  # bytes; longer lines are searched in parts
# How wandb's log tells of an answer: a status of its own field, or in the text of an error.
_REFUSED: Final = re.compile(rb'\b429 Too Many Requests|\b429 Client Error|"status":\s*"?429\b')

_ON_SERVER: Final = "run folders hold no {}; audit the project on its server for that"
_NO_VIEWS: Final = Unknown(_ON_SERVER.format("saved views"), absent=True)
_NO_REPORTS: Final = Unknown(_ON_SERVER.format("reports"), absent=True)


def read_evidence(
    path: Place, *, max_keys: int = MAX_KEYS, progress: Progress = silent
) -> Evidence:
    """What the runs at or below a path tell.

    Raises:
        SourceError, EmptySource, TooManyKeys: As for `read_run_folders`.
    """
    runs: list[tuple[RunMeasure, Sequence[RunFolder]]] = []

    def watch(parts: Sequence[RunFolder]) -> Watch:
        measure = RunMeasure(parts[0].path.name, parts[0].run_id)
        runs.append((measure, parts))
        return measure.take

    inventory = read_run_folders(path, max_keys=max_keys, progress=progress, watch=watch)
    answers = _answers([parts for _, parts in runs])
    runs = [(measure, parts) for measure, parts in runs if measure.is_known]
    measures = [measure for measure, _ in runs]
    complete = inventory.coverage.complete
    measured = complete and len(runs) == inventory.coverage.runs_total
    of_keys: Certainty = "exact" if complete else "sampled"
    certainty: Certainty = "exact" if measured else "sampled"
    if not measures:
        why = "no run on disk has a .wandb file that can be read"
        return replace(
            nothing_known(str(path), _named(path, inventory), why),
            keys=Known(inventory, "sampled"),
            runs=Known(inventory.coverage.runs_total or 0),
            views=_NO_VIEWS,
            reports=_NO_REPORTS,
        )
    return Evidence(
        source=str(path),
        project=_named(path, inventory),
        keys=Known(inventory, of_keys),
        runs=Known(inventory.coverage.runs_total or len(measures)),
        points=Known(most_of(pair for one in measures for pair in one.points()), certainty),
        histories=Known([one.history() for one in measures], certainty),
        configs=Known([one.config() for one in measures], certainty),
        summaries=Known(most_of(pair for one in measures for pair in one.depths()), certainty),
        values=Known(most_of(pair for one in measures for pair in one.widths()), certainty),
        calls=Known([one.call() for one in measures], certainty),
        files=Known([_files(measure, parts) for measure, parts in runs], certainty),
        rare=Known(rare_of(inventory, [(one.run, one.keys) for one in measures]), certainty),
        views=_NO_VIEWS,
        reports=_NO_REPORTS,
        activity=_activity(measures, certainty),
        answers=answers,
        code=Unknown("no training code was given: name it with --code"),
    )


def _named(path: Place, inventory: Inventory) -> str:
    """What a command that saves a view calls the runs: their path, and where to save."""
    origin = inventory.origin
    known = origin.entity is not None and origin.project is not None
    target = f"{origin.entity}/{origin.project}" if known else "ENTITY/PROJECT"
    return f"{shlex.quote(str(path))} --to {shlex.quote(target)}"


def _files(measure: RunMeasure, parts: Sequence[RunFolder]) -> Count:
    """How many files a run uploads: those in its folders, and those that its records name."""
    names = {name for part in parts for name in _below(part.path / "files")}
    return Count(run=measure.run, amount=len(names | measure.files))


def _below(folder: Place) -> Iterator[str]:
    """The files in a folder and below, by their paths from there on."""
    if isinstance(folder, RemotePath):
        with suppress(OSError):  # as os.walk does
            yield from folder.names_below()
        return
    for inside, _, names in os.walk(folder):
        for name in names:
            yield Path(inside, name).relative_to(folder).as_posix()


def _activity(measures: Sequence[RunMeasure], certainty: Certainty) -> Known[Activity] | Unknown:
    spans = [(span, one.sweep) for one in measures for span in one.spans]
    if not spans:
        return Unknown("the runs on disk do not tell when they went on")
    alone, when = at_once([span for span, sweep in spans if not sweep])
    by_sweep = {
        sweep: [span for span, other in spans if other == sweep]
        for sweep in sorted({sweep for _, sweep in spans if sweep})
    }
    sweeps = {sweep: at_once(found)[0] for sweep, found in by_sweep.items()}
    return Known(Activity(alone=alone, when=when, sweeps=sweeps), certainty)


def at_once(spans: Sequence[tuple[datetime, datetime]]) -> tuple[int, datetime | None]:
    """The most spans that overlap, and when they began to."""
    moments = sorted(
        [(begin, 1) for begin, _ in spans] + [(end, -1) for _, end in spans],
        key=lambda one: (one[0], one[1]),
    )
    most, now = 0, 0
    when: datetime | None = None
    for moment, change in moments:
        now += change
        if now > most:
            most, when = now, moment
    return most, when


def _answers(runs: Sequence[Sequence[RunFolder]]) -> Known[Refusals] | Unknown:
    logs = [
        log
        for parts in runs
        for part in parts
        for name in _LOGS
        if (log := part.path / "logs" / name).is_file()
    ]
    if not logs:
        return Unknown("the runs on disk hold no logs of wandb, which tell of refused requests")
    refused = sum(_refused(log) for log in logs)
    return Known(Refusals(count=refused, where="the runs on disk"))


def _refused(log: Place) -> int:
    try:
        with log.open("rb") as file:
            lines = iter(lambda: file.readline(_LONG_LINE), b"")
            return sum(1 for line in lines if _REFUSED.search(line))
    except OSError:
        return 0
