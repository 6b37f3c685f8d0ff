"""`regenerate`: all views of a manifest, several at a time, one failure stopping no other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

from wslayout.errors import (
    EXIT_DIFFERENT,
    EXIT_DONE,
    EXIT_PARTLY,
    EmptySource,
    Problem,
    TargetError,
    TemplateError,
    WslayoutError,
)
from wslayout.here import backups_here
from wslayout.manifest import ReadManifest, TargetEntry, is_pattern
from wslayout.patterns import match
from wslayout.progress import Progress, silent
from wslayout.publish.apply import Applied, carry_out
from wslayout.publish.difference import Difference, difference
from wslayout.publish.plan import Planned, Policy
from wslayout.view_api import Where, prepare
from wslayout.wandb_api.asking import projects_of
from wslayout.wandb_api.client import GraphQL


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One view to keep up to date.

    Attributes:
        project: ``entity/project``.
        entry: What the manifest says of it.
        place: Which target of the manifest that is, from 0.
        of_pattern: Whether a pattern meant the project.
    """

    project: str
    entry: TargetEntry
    place: int
    of_pattern: bool = False

    @property
    def label(self) -> str:
        """What people call it."""
        called = self.entry.name or self.entry.view or ""
        return f"{self.project} · {called}" if called else self.project


@dataclass(frozen=True, slots=True, kw_only=True)
class Regenerated:
    """What became of one view.

    Attributes:
        project: ``entity/project``.
        name: What the view is called; "" where it came to nothing.
        applied: What was done; None where it failed, was skipped, or only looked at.
        difference: What would be done, where it was only looked at.
        skipped: Why there was nothing to do; "" where there was.
        error: What went wrong; "" where nothing did.
        hint: What to do about that.
        exit_code: The exit code of that error, 0 where there was none.
    """

    project: str
    name: str = ""
    applied: Applied | None = None
    difference: Difference | None = None
    skipped: str = ""
    error: str = ""
    hint: str = ""
    exit_code: int = EXIT_DONE


def jobs_of(
    read: ReadManifest, client: Callable[[], GraphQL], only: Sequence[str] = ()
) -> list[Job]:
    """The views that a manifest means; a project is meant once by each target.

    Args:
        read: The manifest.
        client: Asked for the projects of an entity where a pattern stands for several.
        only: Patterns of ``entity/project`` or of names of views; none: all.

    Raises:
        TemplateError: It has no targets, or a pattern means no project.
        TargetError: ``only`` means none.
        ServerError, AuthError: See `Client.execute`.
    """
    if not read.manifest.targets:
        raise TemplateError(
            f"{read.path} has no targets", hint="`targets` lists the views to keep up to date."
        )
    listed: dict[str, list[str]] = {}
    problems: list[Problem] = []
    found: dict[tuple[str, str, str, str], Job] = {}
    for place, entry in enumerate(read.manifest.targets):
        for number, pattern in enumerate(entry.projects):
            names = [pattern]
            if is_pattern(pattern):
                entity = pattern.partition("/")[0]
                if entity not in listed:
                    listed[entity] = [f"{entity}/{one}" for one in projects_of(client(), entity)]
                names = match(pattern, listed[entity])
                if not names:
                    where = ("project",) if isinstance(entry.project, str) else ("project", number)
                    said = f"{pattern} matches no project that this account may see"
                    problems.append(Problem(read.mark("targets", place, *where), said))
            kept = [one for one in names if not any(match(but, [one]) for but in entry.without)]
            for name in kept:
                key = (name, entry.template, entry.name or "", entry.view or "")
                job = Job(project=name, entry=entry, place=place, of_pattern=is_pattern(pattern))
                found.setdefault(key, job)
    if problems:
        raise TemplateError.of(problems)
    jobs = [job for job in found.values() if _is_meant(job, only)]
    if not jobs:
        raise TargetError(f"no target of {read.path} is meant by --only {' --only '.join(only)}")
    return jobs


def _is_meant(job: Job, only: Sequence[str]) -> bool:
    names = [job.project, *filter(None, [job.entry.name])]
    return not only or any(match(pattern, names) for pattern in only)


def regenerate(
    read: ReadManifest,
    client: Callable[[], GraphQL],
    *,
    only: Sequence[str] = (),
    jobs: int,
    policy: Policy | None = None,
    write: bool = True,
    progress: Progress = silent,
) -> list[Regenerated]:
    """Regenerate all views of a manifest, in its order; what fails stops no other.

    Args:
        read: The manifest.
        client: From `wslayout.api.server`: gives each thread a client.
        only: Patterns of the projects or views that are meant.
        jobs: How many at a time.
        policy: What to do where people and layouts disagree.
        write: Whether to write; else only to see what would differ.
        progress: Told how far it is.

    Raises:
        TemplateError, TargetError, ServerError, AuthError: See `jobs_of`.
    """
    todo = jobs_of(read, client, only)
    work = _Work(read, client, policy or Policy(), write=write)
    progress("views", 0, len(todo))
    with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
        futures = [pool.submit(work.done, job) for job in todo]
        try:
            for count, _ in enumerate(as_completed(futures), 1):
                progress("views", count, len(todo))
        except BaseException:
            _cancel(futures)
            raise
    return [future.result() for future in futures]


def _cancel(futures: Sequence[Future[Regenerated]]) -> None:
    """Begin nothing more; what is being written is finished."""
    for future in futures:
        future.cancel()


def exit_code(found: Sequence[Regenerated]) -> int:
    """How the command ends: 4 where some failed and others did not."""
    codes = {one.exit_code for one in found}
    if codes == {EXIT_DONE}:
        differs = any(one.difference is not None and one.difference.differs for one in found)
        return EXIT_DIFFERENT if differs else EXIT_DONE
    return codes.pop() if len(codes) == 1 else EXIT_PARTLY


class _Work:
    """Does one job after another, in any thread."""

    def __init__(
        self, read: ReadManifest, client: Callable[[], GraphQL], policy: Policy, *, write: bool
    ) -> None:
        self._read = read
        self._client = client
        self._policy = policy
        self._write = write
        self._lock = threading.Lock()
        self._views: dict[tuple[str, str], int] = {}

    def done(self, job: Job) -> Regenerated:
        """What became of a view."""
        try:
            planned = self._planned(job)
            self._check_alone(planned, job)
            name = planned.name
            if not self._write:
                return Regenerated(project=job.project, name=name, difference=difference(planned))
            applied = carry_out(planned, self._client(), backups_here())
            applied = replace(applied, notes=(*planned.layout.notes, *applied.notes))
            return Regenerated(project=job.project, name=name, applied=applied)
        except EmptySource as error:
            if job.of_pattern:
                return Regenerated(project=job.project, skipped=str(error))
            return _failed(job, error)
        except WslayoutError as error:
            return _failed(job, error)

    def _planned(self, job: Job) -> Planned:
        entry = job.entry
        options = entry.options()
        home = self._read.path.parent
        source = job.project if entry.source is None else str(_beside(home, entry.source))
        policy = replace(self._policy, adopt=self._policy.adopt or entry.adopt)
        where = Where(to=job.project, view=entry.view)
        return prepare(source, where, policy, home=home, client=self._client, **options)

    def _check_alone(self, planned: Planned, job: Job) -> None:
        """Refuse a second target of the same view: each would undo what the other did.

        Raises:
            TemplateError: Another one writes it.
        """
        key = (job.project, planned.target.view_id)
        with self._lock:
            other = self._views.setdefault(key, job.place)
        if other != job.place:
            line = self._read.mark("targets", other).line
            mark = self._read.mark("targets", job.place)
            said = f"the target in line {line} writes the view {planned.name!r} too"
            raise TemplateError.of([Problem(mark, said, "Give one of them another `name`.")])


def _beside(home: Path, source: str) -> Path | str:
    path = home / Path(source).expanduser()
    return path if path.exists() else source


def _failed(job: Job, error: WslayoutError) -> Regenerated:
    return Regenerated(
        project=job.project,
        name=job.entry.name or "",
        error=str(error),
        hint=error.hint,
        exit_code=error.exit_code,
    )
