"""Pages of a project's runs with the metric keys of each: asked for, or known from earlier."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final, Protocol

from wslayout.errors import BadResponse
from wslayout.inventory import usable_key
from wslayout.sources.project.asked_project import DECLINED, AskedProject
from wslayout.sources.project.history_keys import KeyFact, parse_history_keys
from wslayout.sources.project.run_packing import Damaged, PackedRun, Unpacking, packed
from wslayout.sources.project.times import time_of
from wslayout.wandb_api import queries
from wslayout.wandb_api.asking import next_page, nodes

if TYPE_CHECKING:
    from wslayout.sources.project.run_cache import RunCache

Run = Mapping[str, Any]

NEWEST_FIRST: Final = "-created_at"
"""An order of runs that W&B documents; so is the next."""
OLDEST_FIRST: Final = "+created_at"

PAGE_RUNS: Final = 200
"""The most runs of one request: beyond it, larger pages only cost memory."""

_FIRST_PAGE: Final = 20  # runs; it shows how many keys a run has
_PAGE_KEYS: Final = 50_000  # keys of one page, about 6 MB
_LISTED: Final = 1_000  # runs of one request without their keys; wandb asks for as many elsewhere
_ENDED: Final = frozenset({"finished", "crashed", "failed", "killed"})
# In which a server has taken in what a run sent last, also where this machine's clock is wrong.
_SETTLED: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Page:
    """Some runs.

    Attributes:
        runs: What the server tells of each.
        keys: The metric keys of each, in their order, worked out as they are asked for; None for
            a run that has gone meanwhile.
        after: The next page's cursor; None where there is none.
    """

    runs: Sequence[Run]
    keys: Iterator[list[KeyFact] | None]
    after: str | None

    def each(self) -> Iterator[tuple[Run, list[KeyFact]]]:
        """Each run that is still there and its keys; once."""
        for run, facts in zip(self.runs, self.keys, strict=True):
            if facts is not None:
                yield run, facts


class PageSizes:
    """How many runs a page should have, by how many keys those had that came before.

    Args:
        most: The most that it may have.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._runs = self._keys = 0

    def take(self, keys: int) -> None:
        """Count a run with so many keys."""
        self._runs += 1
        self._keys += keys

    @property
    def next(self) -> int:
        """How many the next page should have."""
        if not self._runs:
            return min(self._most, _FIRST_PAGE)
        return max(1, min(self._most, _PAGE_KEYS * self._runs // max(self._keys, 1)))


class Pages(Protocol):
    """Gives pages of one project's runs.

    Attributes:
        project: The project.
    """

    project: AskedProject

    @property
    def pages(self) -> int:
        """How many pages were asked for; the same whatever was known."""

    def page(self, variables: Mapping[str, Any]) -> Page:
        """The page that some variables of `queries.RUN_KEYS` ask for.

        Raises:
            EmptySource: The project has no runs.
            ServerError, AuthError: See `wslayout.wandb_api.client.Client.execute`.
        """


class AskedPages:
    """Asks for all of each page.

    Args:
        project: The project.
        query: What is asked of each run.

    Attributes:
        project: The same.
        pages: See `Pages`.
    """

    def __init__(self, project: AskedProject, query: str = queries.RUN_KEYS) -> None:
        self.project = project
        self.pages = 0
        self._query = query

    def page(self, variables: Mapping[str, Any]) -> Page:
        """See `Pages`."""
        self.pages += 1
        found = self.project.ask(self._query, variables).get("runs")
        runs = nodes(found, "runs")
        return Page(runs, map(_keys_of, runs), next_page(found, variables["after"]))


class CachedPages:
    """Lists runs, and asks for the keys of those only that are not known from earlier.

    Where most are not known, as in a project that is read for the first time, it asks for all of
    a page at once.

    Args:
        project: The project.
        cache: What is known; what is read is added.
        whole: Whether all runs are to be read, so that pages may be of any size.
        clock: The time; runs that may still change are not kept.

    Attributes:
        project: The same.
        pages: See `Pages`.
    """

    def __init__(
        self,
        project: AskedProject,
        cache: RunCache,
        *,
        whole: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    ) -> None:
        self.project = project
        self.pages = 0
        self._cache = cache
        self._whole = whole
        self._clock = clock
        self._asked = AskedPages(project)
        self._listed = AskedPages(project, queries.RUN_LIST)
        self._unpacking = Unpacking()
        self._begun = not cache.empty
        self._lists = self._begun
        self._can_list = True  # until the server turns out not to
        self._known: set[str] = set()  # runs
        self._names: set[str] = set()  # of all runs on the pages, where some may be kept
        self._sizes = PageSizes(PAGE_RUNS)

    def page(self, variables: Mapping[str, Any]) -> Page:
        """See `Pages`."""
        self.pages += 1
        page = self._known_page(variables) if self._lists and self._can_list else None
        if page is None:
            page = self._asked_page(variables)
        if self._begun:
            names = (run.get("name") for run in page.runs)
            self._names.update(name for name in names if isinstance(name, str))
        return page

    def end(self, runs: int, *, complete: bool) -> None:
        """Tell how many runs were known, and forget those that are gone.

        Args:
            runs: How many were read.
            complete: Whether all were on the pages, so that others are gone.
        """
        if complete and self._begun:
            self._cache.forget_others(self._names)
        if self._known:
            self._cache.tell(
                f"{self.project.label}: {len(self._known):,} of {runs:,} runs were known from "
                "earlier, and have not changed since"
            )

    def _asked_page(self, variables: Mapping[str, Any]) -> Page:
        page = self._asked.page(variables)
        known = self._cache.count(_heartbeats(page.runs)) if self._begun else 0
        self._lists = known > 0 and known * 2 >= len(page.runs)
        return Page(page.runs, self._kept(page), page.after)

    def _known_page(self, variables: Mapping[str, Any]) -> Page | None:
        """A page of which only what is not known is read; None where that fails or is most."""
        if self._whole:
            variables = {**variables, "first": max(variables["first"], _LISTED)}
        try:
            listed = self._listed.page(variables)
        except DECLINED:
            self._can_list = False
            return None
        runs = [run for run in listed.runs if isinstance(run.get("name"), str)]
        known = self._cache.known(_heartbeats([one for one in runs if one.get("state") in _ENDED]))
        missing = list(dict.fromkeys(run["name"] for run in runs if run["name"] not in known))
        self._lists = len(missing) * 2 <= len(runs)
        if not self._lists:
            return None
        first = self._some_of(missing)
        # Where none of them has come, more likely the server can't filter than all are gone.
        if first is None or (missing and all(facts is None for facts in first.values())):
            self._can_list = False
            return None
        self._known |= known.keys()
        left = missing[len(first) :]
        return Page(runs, self._keys_in(runs, known, left, first), listed.after)

    def _keys_in(
        self,
        runs: Sequence[Run],
        known: Mapping[str, PackedRun],
        missing: Sequence[str],
        read: dict[str, list[KeyFact] | None],
    ) -> Iterator[list[KeyFact] | None]:
        """The keys of each run; what is missing yet is read some runs at a time, in their order."""
        found: set[str] = set()
        for place, run in enumerate(runs):
            name = run["name"]
            if name in found:  # what a server lists twice counts once
                yield None
                continue
            facts = self._unpacked(known[name]) if name in known else None
            if facts is None and name in known:  # then nothing else of it is to be had
                self._known -= known.keys() - found
                known = {}
                rest = dict.fromkeys(str(one["name"]) for one in runs[place:])
                missing = [one for one in rest if one not in found and one not in read]
            found.add(name)
            if facts is None and name not in read:
                more = self._some_of(missing)
                if more is None:
                    raise BadResponse(
                        f"the server does not give the metric keys of the run {name} any more",
                        hint="Run it again, or with --no-cache.",
                    )
                read.update(more)
                missing = missing[len(more) :]
            yield read.pop(name) if facts is None else facts

    def _unpacked(self, run: PackedRun) -> list[KeyFact] | None:
        try:
            return self._unpacking.facts(run)
        except Damaged as error:
            self._cache.damaged(error)
            return None

    def _some_of(self, names: Sequence[str]) -> dict[str, list[KeyFact] | None] | None:
        """The keys of the first of some runs, where they are still there.

        None: the server does not give just these.
        """
        some = list(names[: self._sizes.next])
        found: dict[str, list[KeyFact]] = {}
        after: str | None = None
        while len(found) < len(some):
            variables = {
                "first": len(some) - len(found),
                "after": after,
                "order": OLDEST_FIRST,
                "filters": json.dumps({"name": {"$in": some}}),
            }
            try:
                page = self._asked.page(variables)
            except DECLINED:
                return None
            before = len(found)
            for run, facts in zip(page.runs, self._kept(page), strict=True):
                found[str(run.get("name"))] = facts
            after = page.after
            if not found.keys() <= set(some):
                return None
            if after is None or len(found) == before:
                break
        return {name: found.get(name) for name in some}

    def _kept(self, page: Page) -> Iterator[list[KeyFact]]:
        """The keys of each run of a page, which are kept.

        Those of runs without any are not: a server may not have worked them out yet.
        """
        settled = self._clock() - _SETTLED
        kept: list[tuple[str, str, PackedRun]] = []
        for run, facts in page.each():
            self._sizes.take(len(facts))
            beaten = time_of(run.get("heartbeatAt"))
            if facts and run.get("state") in _ENDED and beaten is not None and beaten <= settled:
                kept += [(name, at, packed(facts)) for name, at in _heartbeats([run]).items()]
            yield facts
        self._cache.keep(kept)


def _heartbeats(runs: Sequence[Run]) -> dict[str, str]:
    """When each run was last heard of, as the server writes it, by the run's name."""
    told = ((run.get("name"), run.get("heartbeatAt")) for run in runs)
    return {
        name: beaten
        for name, beaten in told
        if isinstance(name, str) and isinstance(beaten, str) and usable_key(name + beaten)
    }


def _keys_of(run: Run) -> list[KeyFact]:
    return list(parse_history_keys(run.get("historyKeys")))
