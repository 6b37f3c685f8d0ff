"""Pages of a project's runs with the metric keys of each: asked for, or known from earlier."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final, Protocol

from wslayout.inventory import usable_key
from wslayout.sources.asked_project import DECLINED, AskedProject
from wslayout.sources.history_keys import KeyFact, parse_history_keys
from wslayout.sources.times import time_of
from wslayout.wandb_api import queries
from wslayout.wandb_api.asking import next_page, nodes

if TYPE_CHECKING:
    from wslayout.sources.run_cache import RunCache

Run = Mapping[str, Any]

NEWEST_FIRST: Final = "-created_at"
"""An order of runs that W&B documents; so is the next."""
OLDEST_FIRST: Final = "+created_at"

_LISTED: Final = 1_000  # runs of one request without their keys; wandb asks for as many elsewhere
_ENDED: Final = frozenset({"finished", "crashed", "failed", "killed"})
_SETTLED: Final = timedelta(minutes=10)  # in which a server has taken in what a run sent last


@dataclass(frozen=True, slots=True)
class Page:
    """Some runs.

    Attributes:
        runs: What the server tells of each.
        keys: The metric keys of each, in their order; worked out as they are asked for.
        after: The next page's cursor; None where there is none.
    """

    runs: Sequence[Run]
    keys: Iterator[list[KeyFact]]
    after: str | None

    def each(self) -> Iterator[tuple[Run, list[KeyFact]]]:
        """Each run and its keys; once."""
        return zip(self.runs, self.keys, strict=True)


class Pages(Protocol):
    """Gives pages of one project's runs.

    Attributes:
        project: The project.
    """

    project: AskedProject

    @property
    def requests(self) -> int:
        """How many requests were made."""

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
        requests: See `Pages`.
    """

    def __init__(self, project: AskedProject, query: str = queries.RUN_KEYS) -> None:
        self.project = project
        self.requests = 0
        self._query = query

    def page(self, variables: Mapping[str, Any]) -> Page:
        """See `Pages`."""
        self.requests += 1
        found = self.project.ask(self._query, variables).get("runs")
        runs = nodes(found, "runs")
        return Page(runs, map(_keys_of, runs), next_page(found, variables["after"]))


class CachedPages:
    """Lists runs, and asks for the keys of those only that are not known from earlier.

    Where most are not known, as in a project that is read for the first time, it asks for all of
    the next page at once.

    Args:
        project: The project.
        cache: What is known; what is read is added.
        whole: Whether all runs are to be read, so that pages may be of any size.
        clock: The time; runs that may still change are not kept.

    Attributes:
        project: The same.
        requests: See `Pages`.
        known: How many runs were known.
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
        self.known = 0
        self._cache = cache
        self._whole = whole
        self._clock = clock
        self._asked = AskedPages(project)
        self._listed = AskedPages(project, queries.RUN_LIST)
        self._begun = not cache.empty
        self._lists = self._begun
        self._filters = True  # until the server turns out to filter no runs by name

    @property
    def requests(self) -> int:
        """See `Pages`."""
        return self._asked.requests + self._listed.requests

    def page(self, variables: Mapping[str, Any]) -> Page:
        """See `Pages`."""
        page = self._known_page(variables) if self._lists and self._filters else None
        if page is not None:
            return page
        page = self._asked.page(variables)
        known = self._cache.known(_heartbeats(page.runs)) if self._begun else {}
        self._lists = bool(known) and len(known) * 2 >= len(page.runs)
        return Page(page.runs, self._kept(page), page.after)

    def _known_page(self, variables: Mapping[str, Any]) -> Page | None:
        """A page of which only what is not known is read; None where that can't be had."""
        size = variables["first"]
        if self._whole:
            variables = {**variables, "first": max(size, _LISTED)}
        listed = self._listed.page(variables)
        runs = [run for run in listed.runs if isinstance(run.get("name"), str)]
        facts = self._cache.known(_heartbeats(runs))
        known = len(facts)
        missing = [run["name"] for run in runs if run["name"] not in facts]
        for start in range(0, len(missing), size):
            read = self._named(missing[start : start + size])
            if read is None:
                self._filters = False
                return None
            facts.update(read)
        self.known += known
        self._lists = known * 2 >= len(runs)
        return Page(runs, (facts[run["name"]] for run in runs), listed.after)

    def _named(self, names: Sequence[str]) -> dict[str, list[KeyFact]] | None:
        """The keys of some runs; None where the server does not give just these."""
        found: dict[str, list[KeyFact]] = {}
        after: str | None = None
        while len(found) < len(names):
            variables = {
                "first": len(names) - len(found),
                "after": after,
                "order": OLDEST_FIRST,
                "filters": json.dumps({"name": {"$in": list(names)}}),
            }
            try:
                page = self._asked.page(variables)
            except DECLINED:
                return None
            before = len(found)
            facts = self._kept(page)
            names_of_page = (str(run.get("name")) for run in page.runs)
            found.update(zip(names_of_page, facts, strict=True))
            after = page.after
            if len(found) == before or not found.keys() <= set(names):
                return None
        return found

    def _kept(self, page: Page) -> Iterator[list[KeyFact]]:
        """The keys of each run of a page, which are kept."""
        settled = self._clock() - _SETTLED
        kept: list[tuple[str, str, list[KeyFact]]] = []
        for run, facts in page.each():
            beaten = time_of(run.get("heartbeatAt"))
            if run.get("state") in _ENDED and beaten is not None and beaten <= settled:
                kept += [(name, at, facts) for name, at in _heartbeats([run]).items()]
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
