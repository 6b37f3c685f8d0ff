"""Which views a manifest means: its patterns of projects, and what ``--only`` leaves of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from wslayout.errors import AuthError, ServerError, TargetError, TemplateError, WslayoutError
from wslayout.manifest.model import ReadManifest, TargetEntry, is_pattern
from wslayout.patterns import match
from wslayout.wandb_api.project import ProjectRef

Titled = Callable[[TargetEntry], str]
"""Gives what the template of a target calls its view; "" where that can't be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One view to keep up to date.

    Attributes:
        project: ``entity/project``, or the pattern that came to nothing.
        entry: What the manifest says of it.
        place: Which target of the manifest that is, from 0.
        of_pattern: Whether a pattern meant the project.
        error: Why the pattern came to nothing; None where it is a project.
    """

    project: str
    entry: TargetEntry
    place: int
    of_pattern: bool = False
    error: WslayoutError | None = None

    @property
    def reference(self) -> ProjectRef:
        """The project."""
        entity, _, project = self.project.partition("/")
        return ProjectRef(entity, project)


def jobs_of(
    read: ReadManifest,
    projects: Callable[[str], Sequence[str]],
    only: Sequence[str] = (),
    titled: Titled = lambda entry: "",
) -> list[Job]:
    """The views that a manifest means, in its order; each target means a project once.

    A pattern that no project matches, or whose entity can't be listed, is a job with an error.

    Args:
        read: The manifest.
        projects: Gives the names of an entity's projects.
        only: Patterns of ``entity/project`` or of names of views; none: all.
        titled: Asked for names of views where ``only`` means nothing else.

    Raises:
        TemplateError: It has no targets.
        TargetError: Something in ``only`` is no pattern, or means none.
    """
    targets = read.manifest.targets
    if not targets:
        raise TemplateError(
            f"{read.path} has no targets", hint="`targets` lists the views to keep up to date."
        )
    listing = _Listing(projects)
    jobs: dict[tuple[int, str], Job] = {}
    for place, entry in enumerate(targets):
        for pattern in entry.projects:
            for job in listing.meant(pattern, entry, place):
                jobs.setdefault((place, job.project), job)
    return _meant(list(jobs.values()), only, titled, str(read.path)) if only else [*jobs.values()]


class _Listing:
    """The projects that patterns mean; each entity is listed once."""

    def __init__(self, projects: Callable[[str], Sequence[str]]) -> None:
        self._projects = projects
        self._known: dict[str, Sequence[str] | WslayoutError] = {}

    def meant(self, pattern: str, entry: TargetEntry, place: int) -> list[Job]:
        if not is_pattern(pattern):
            names: Sequence[str] = [pattern]
        else:
            found = self._of(pattern.partition("/")[0])
            if isinstance(found, WslayoutError):
                return [Job(project=pattern, entry=entry, place=place, error=found)]
            names = match(pattern, found)
            if not names:
                error = TargetError("no project that this account may see matches it")
                return [Job(project=pattern, entry=entry, place=place, error=error)]
        kept = [one for one in names if not any(match(but, [one]) for but in entry.without)]
        return [
            Job(project=name, entry=entry, place=place, of_pattern=is_pattern(pattern))
            for name in kept
        ]

    def _of(self, entity: str) -> Sequence[str] | WslayoutError:
        if entity not in self._known:
            try:
                self._known[entity] = [f"{entity}/{one}" for one in self._projects(entity)]
            except (ServerError, AuthError) as error:
                self._known[entity] = error
        return self._known[entity]


_NOT_MEANT: Final = "Give projects (team/exp-*) or names of views, as the summary shows them."


def _meant(jobs: Sequence[Job], only: Sequence[str], titled: Titled, path: str) -> list[Job]:
    """The jobs that ``only`` leaves.

    Raises:
        TargetError: See `jobs_of`.
    """
    kept: set[int] = set()
    for pattern in only:
        try:
            found = {place for place, job in enumerate(jobs) if match(pattern, _names(job))}
            if not found:
                found = {
                    place for place, job in enumerate(jobs) if match(pattern, [titled(job.entry)])
                }
        except ValueError as error:
            raise TargetError(f"--only {pattern}: {error}") from error
        if not found:
            raise TargetError(f"no target of {path} is meant by --only {pattern}", hint=_NOT_MEANT)
        kept |= found
    return [job for place, job in enumerate(jobs) if place in kept]


def _names(job: Job) -> list[str]:
    return [job.project, *filter(None, [job.entry.name, job.entry.view])]
