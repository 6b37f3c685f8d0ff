"""`regenerate`: all views of a manifest, several at a time, one failure stopping no other."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from wslayout.errors import (
    EXIT_BUG,
    EXIT_CANCELLED,
    EXIT_DIFFERENT,
    EXIT_DONE,
    EXIT_PARTLY,
    EmptySource,
    Problem,
    SourceError,
    TemplateError,
    WslayoutError,
)
from wslayout.files import read_layout
from wslayout.here import backups_here, finder_here
from wslayout.inventory import Inventory
from wslayout.layout import Layout
from wslayout.manifest.jobs import Job, jobs_of
from wslayout.manifest.model import ReadManifest, TargetEntry
from wslayout.presets import Finder
from wslayout.progress import Progress, silent
from wslayout.publish.apply import Applied, carry_out
from wslayout.publish.difference import Difference, difference
from wslayout.publish.plan import Planned, Policy
from wslayout.request import AUTO
from wslayout.shown import ToldInWords
from wslayout.sources import Given
from wslayout.sources.urls import exists, is_url, local_path
from wslayout.templates.load import load
from wslayout.templates.model import BudgetLimits
from wslayout.view_api import Where, prepare
from wslayout.wandb_api.asking import projects_of
from wslayout.wandb_api.client import GraphQL
from wslayout.wandb_api.project import parse_project


@dataclass(frozen=True, slots=True, kw_only=True)
class Regenerated(ToldInWords):
    """What became of one view.

    Attributes:
        project: ``entity/project``, or the pattern that came to nothing.
        name: What the view is called; "" where it came to nothing.
        target: Where the manifest says so: its file and line.
        applied: What was done; None where it failed, was skipped, or only looked at.
        difference: What would be done, where it was only looked at.
        skipped: Why there was nothing to do; "" where there was.
        error: What went wrong; "" where nothing did.
        hint: What to do about that.
        exit_code: The exit code of that error, 0 where there was none.
    """

    project: str
    name: str = ""
    target: str = ""
    applied: Applied | None = None
    difference: Difference | None = None
    skipped: str = ""
    error: str = ""
    hint: str = ""
    exit_code: int = EXIT_DONE


class Cancelled(KeyboardInterrupt):
    """`regenerate` was interrupted.

    Attributes:
        found: What became of the views until then, in the manifest's order.
    """

    def __init__(self, found: Sequence[Regenerated]) -> None:
        done = sum(one.exit_code != EXIT_CANCELLED for one in found)
        super().__init__(f"Cancelled: {done:,} of {len(found):,} views were done.")
        self.found = list(found)


def regenerate(  # noqa: PLR0913 - its collaborators, each passed in
    read: ReadManifest,
    client: Callable[[], GraphQL],
    keys: Callable[[Given], Inventory],
    *,
    only: Sequence[str] = (),
    jobs: int,
    policy: Policy | None = None,
    write: bool = True,
    stop: threading.Event | None = None,
    progress: Progress = silent,
) -> list[Regenerated]:
    """Regenerate all views of a manifest, in its order; what fails stops no other.

    The views of one project are made one after the other, and its keys are read once.

    Args:
        read: The manifest.
        client: From `wslayout.read_api.server`: gives each thread a client.
        keys: Reads the metric keys of what a target names.
        only: Patterns of the projects or views that are meant.
        jobs: How many projects at a time.
        policy: What to do where people and layouts disagree.
        write: Whether to write; else only to see what would differ.
        stop: Set when it is interrupted, so that no thread begins to write or waits on.
        progress: Told how far it is.

    Raises:
        Cancelled: It was interrupted; what was being written is finished.
        TemplateError, TargetError: See `jobs_of`.
        AuthError: Nobody is logged in.
    """
    client()  # who is not logged in is told once
    finder = finder_here(read.path.parent, manifest=read)
    todo = jobs_of(
        read,
        lambda entity: projects_of(client(), entity),
        only,
        lambda entry: _title(entry, finder),
    )
    stopped = stop or threading.Event()
    work = _Work(
        read=read,
        finder=finder,
        client=client,
        keys=keys,
        policy=policy or Policy(),
        write=write,
        stopped=stopped,
    )
    groups: dict[str, list[int]] = {}
    for place, job in enumerate(todo):
        groups.setdefault(job.project, []).append(place)
    for places in groups.values():
        # Where a pattern and a target of its own mean the same view, the latter goes before.
        places.sort(key=lambda place: (todo[place].of_pattern, place))
    results: dict[int, Regenerated] = {}

    def done(places: Iterable[int]) -> None:
        project = _Project(work)
        for place in places:
            results[place] = project.done(todo[place])
            progress("views", len(results), len(todo))

    progress("views", 0, len(todo))
    pool = ThreadPoolExecutor(max_workers=max(1, jobs))
    futures = [pool.submit(done, places) for places in groups.values()]
    try:
        for future in as_completed(futures):
            future.result()
    except KeyboardInterrupt:
        with contextlib.suppress(KeyboardInterrupt):  # somebody who can't wait
            _stop(futures, stopped)
        found = [results.get(place) or _cancelled(job, read) for place, job in enumerate(todo)]
        raise Cancelled(found) from None
    finally:
        stopped.set()
        pool.shutdown(wait=False, cancel_futures=True)
    return [results[place] for place in range(len(todo))]


def _stop(futures: Sequence[Future[None]], stopped: threading.Event) -> None:
    """Begin nothing more, and let what is being written be finished."""
    stopped.set()
    for future in futures:
        future.cancel()
    wait(futures)


def exit_code(found: Sequence[Regenerated]) -> int:
    """How the command ends: 4 where some failed and others did not."""
    codes = {one.exit_code for one in found}
    if codes == {EXIT_DONE}:
        differs = any(one.difference is not None and one.difference.differs for one in found)
        return EXIT_DIFFERENT if differs else EXIT_DONE
    return codes.pop() if len(codes) == 1 else EXIT_PARTLY


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What all projects share."""

    read: ReadManifest
    finder: Finder
    client: Callable[[], GraphQL]
    keys: Callable[[Given], Inventory]
    policy: Policy
    write: bool
    stopped: threading.Event


class _Project:
    """Does the views of one project, one after the other."""

    def __init__(self, work: _Work) -> None:
        self._work = work
        self._sources: dict[str | None, Inventory | Layout] = {}
        self._taken: dict[str, Job] = {}

    def done(self, job: Job) -> Regenerated:
        """What became of a view."""
        work = self._work
        if work.stopped.is_set():
            return _cancelled(job, work.read)
        try:
            return self._done(job)
        except WslayoutError as error:
            return _failed(job, work.read, error)
        except KeyboardInterrupt as error:
            return _cancelled(job, work.read, str(error))
        except Exception as error:
            said = f"wslayout has a bug here: {type(error).__name__}: {error}"
            return replace(_failed(job, work.read, WslayoutError(said)), exit_code=EXIT_BUG)

    def _done(self, job: Job) -> Regenerated:
        work = self._work
        row = _row(job, work.read)
        if job.error is not None:
            raise job.error
        try:
            source = self._source(job)
        except EmptySource as error:
            if job.of_pattern and job.entry.source is None:
                return replace(row, skipped=str(error))
            raise
        planned = self._planned(job, source)
        row = replace(row, name=planned.name)
        if skipped := self._taken_by(planned, job):
            return replace(row, skipped=skipped)
        if not work.write:
            return replace(row, difference=difference(planned))
        if work.stopped.is_set():
            return _cancelled(job, work.read)
        applied = carry_out(planned, work.client(), backups_here())
        notes = (*planned.layout.notes, *applied.notes)
        return replace(row, applied=replace(applied, notes=notes))

    def _source(self, job: Job) -> Inventory | Layout:
        """What is laid out: read once for all views of the project."""
        named = job.entry.source
        if named not in self._sources:
            given = job.reference if named is None else _given(self._work.read.path.parent, named)
            layout = read_layout(Path(given)) if isinstance(given, str) else None
            self._sources[named] = layout or self._work.keys(given)
        return self._sources[named]

    def _planned(self, job: Job, source: Inventory | Layout) -> Planned:
        work, entry = self._work, job.entry
        options = entry.options()
        if isinstance(source, Layout) and (others := options.keys() - {"name"}):
            mark = work.read.mark("targets", job.place)
            said = f"{entry.source} is a finished layout, which takes no {sorted(others)[0]}"
            raise TemplateError.of([Problem(mark, said, "Name the source it was planned from.")])
        policy = replace(work.policy, adopt=work.policy.adopt or entry.adopt)
        where = Where(to=job.reference, view=entry.view)
        return prepare(source, where, policy, finder=work.finder, client=work.client, **options)

    def _taken_by(self, planned: Planned, job: Job) -> str:
        """Why another target makes this view; "" where none does.

        Raises:
            TemplateError: Both name it alike, and each would undo what the other did.
        """
        other = self._taken.setdefault(planned.target.view_id, job)
        if other.place == job.place:
            return ""
        line = self._work.read.mark("targets", other.place).line
        said = f"the target in line {line} writes the view {planned.name!r} too"
        if job.of_pattern and not other.of_pattern:
            return said
        mark = self._work.read.mark("targets", job.place)
        raise TemplateError.of([Problem(mark, said, "Give one of them another `name`.")])


def _given(home: Path, text: str) -> Given:
    """The source that a manifest names: a path, which begins at its folder, a URL, or a project.

    Raises:
        SourceError: It is neither.
    """
    if is_url(text):
        return text
    if not re.match(r"https?://", text, re.IGNORECASE):
        try:
            path = home / local_path(text).expanduser()
        except RuntimeError as error:  # the home of a user that there is not
            raise SourceError(f"can't read {text}: {error}") from error
        if exists(path):
            return str(path)
    project = parse_project(text)
    if project is None:
        raise SourceError(f"there is no file or folder {text!r} beside the manifest, in {home}")
    return project


def _title(entry: TargetEntry, finder: Finder) -> str:
    """What the template of a target calls its view; "" where it does not say."""
    if entry.template in (None, AUTO):
        return ""
    try:
        loaded = load(finder.find(entry.template or ""), finder.extended, {})
    except WslayoutError:  # told when it is used
        return ""
    return loaded.template.name or ""


def _row(job: Job, read: ReadManifest) -> Regenerated:
    mark = read.mark("targets", job.place)
    return Regenerated(
        project=job.project, name=job.entry.name or "", target=f"{read.path}:{mark.line}"
    )


def _failed(job: Job, read: ReadManifest, error: WslayoutError) -> Regenerated:
    return replace(
        _row(job, read),
        error=_in_manifest(str(error)),
        hint=_in_manifest(error.hint),
        exit_code=error.exit_code,
    )


def _cancelled(job: Job, read: ReadManifest, said: str = "") -> Regenerated:
    return replace(_row(job, read), skipped=said or "cancelled", exit_code=EXIT_CANCELLED)


_OPTIONS: Final = {
    f"--{name.replace('_', '-')}": name
    for name in (*TargetEntry.model_fields, *BudgetLimits.model_fields)
}
"""What the command line calls the fields of a target."""


def _in_manifest(text: str) -> str:
    """A text that names options of the command line, with what the manifest calls them."""

    def named(found: re.Match[str]) -> str:
        return f"`{_OPTIONS[found[1]]}`" if found[1] in _OPTIONS else found[0]

    return re.sub(r"`?(--[a-z][a-z-]*)`?", named, text)
