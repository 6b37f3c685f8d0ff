"""A W&B project's metric keys, by the cheapest way that its server offers.

1. ``historyKeys`` of the project's runs, aggregated by the server: one request.
2. The project's field index: 200 keys a request, no counts, summary values only.
3. ``historyKeys`` of single runs, page by page: of few all, of many a sample.

Whatever way was not open or brought nothing leaves a note in the inventory's coverage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wslayout.errors import EmptySource, UnknownField
from wslayout.inventory import (
    MAX_KEYS,
    Coverage,
    Inventory,
    Origin,
    Tally,
    is_internal,
    too_many_keys,
)
from wslayout.progress import Progress, silent
from wslayout.sources.project.asked_project import DECLINED, AskedProject
from wslayout.sources.project.field_index import add_fields, metric_kinds
from wslayout.sources.project.history_keys import parse_history_keys, single_valued
from wslayout.sources.project.run_pages import PAGE_RUNS, AskedPages, CachedPages, Pages
from wslayout.sources.project.sampled_runs import read_runs
from wslayout.sources.project.sampling import Sampled, sample_runs
from wslayout.wandb_api import queries
from wslayout.wandb_api.asking import next_page, nodes
from wslayout.wandb_api.client import GraphQL

if TYPE_CHECKING:
    from wslayout.sources.project.run_cache import RunCache

_FIELDS_PAGE: Final = 200  # what W&B's own MCP server asks for
_MOST_PAGES: Final = 10_000  # of a server whose pages never end


def read_project(
    client: GraphQL,
    entity: str,
    project: str,
    *,
    max_keys: int = MAX_KEYS,
    progress: Progress = silent,
    exact: bool = False,
    page_size: int = PAGE_RUNS,
    cache: RunCache | None = None,
) -> Inventory:
    """Every metric key of a project, as far as its server tells.

    W&B's own keys (``_step``, ``system/…``) are among them. Where the server aggregates,
    ``points`` are sums over all runs, and ``runs`` and ``max_points`` are not known.

    Args:
        client: Asks the server.
        entity: The team or user.
        project: The project.
        max_keys: The most distinct keys to accept.
        progress: Told after each page.
        exact: Whether all runs are read where the server can't aggregate; the field
            index, which may miss keys, is then not used. Otherwise a sample is read, see
            `wslayout.sources.project.sampling`.
        page_size: The most runs a request.
        cache: What is known of runs from earlier; by default nothing.

    Raises:
        EmptySource: No runs, or none that logged a metric.
        TooManyKeys: More distinct keys than ``max_keys``.
        ProjectNotFound: No such project, or not visible.
        ServerError, AuthError: See `wslayout.wandb_api.client.Client.execute`.
    """
    asked = AskedProject(client, entity, project)
    ways = Ways(asked, max_keys, progress)
    inventory = ways.aggregated()
    if inventory is None and not exact:
        inventory = ways.field_index()
    if inventory is None:
        inventory = ways.runs(page_size, exact=exact, cache=cache)
    if all(is_internal(key) for key in inventory.keys):
        raise _no_metrics(asked)
    return replace(
        inventory,
        coverage=inventory.coverage.noting(*ways.notes),
        origin=Origin(asked.label, entity, project),
    )


class Ways:
    """The ways to a project's keys, cheapest first.

    Attributes:
        notes: Why those were not open that were tried.
    """

    def __init__(self, asked: AskedProject, max_keys: int, progress: Progress) -> None:
        self.notes: list[str] = []
        self._asked = asked
        self._max_keys = max_keys
        self._progress = progress

    def aggregated(self) -> Inventory | None:
        """Way 1; None where the server can't, or gives nothing."""
        self._progress("requests", 0, 1)
        try:
            runs = self._asked.ask(queries.PROJECT_KEYS, {}).get("runs")
            payload = runs.get("historyKeys") if isinstance(runs, Mapping) else None
            facts = list(parse_history_keys(payload))
        except UnknownField:
            self.notes.append("the server does not aggregate metric keys over a project's runs")
            return None
        except DECLINED as error:
            self.notes.append(f"the server gave no aggregated metric keys: {error}")
            return None
        if not facts:
            self.notes.append("the server's aggregated metric keys are empty")
            return None
        self._progress("requests", 1, 1)
        tally = Tally(self._max_keys)
        for fact in facts:
            tally.see(
                fact.key,
                fact.kind,
                runs=1 if self._asked.runs == 1 else None,
                points=fact.points,
                monotonic=fact.monotonic,
                single_valued=single_valued(fact.points),
            )
        coverage = Coverage(runs_total=self._asked.runs, runs_read=self._asked.runs)
        return tally.inventory(coverage=coverage, origin=Origin())

    def field_index(self) -> Inventory | None:
        """Way 2; None where the server can't, or gives nothing."""
        fields: dict[str, str] = {}
        after: str | None = None
        try:
            for _ in range(_MOST_PAGES):
                variables = {"first": _FIELDS_PAGE, "after": after}
                page = self._asked.ask(queries.PROJECT_FIELDS, variables).get("fields")
                add_fields(fields, nodes(page, "fields"))
                if len(fields) > self._max_keys:
                    raise too_many_keys(self._max_keys)
                self._progress("keys", len(fields), None)
                after = next_page(page, after)
                if after is None:
                    break
        except UnknownField:
            self.notes.append("the server has no index of a project's fields")
            return None
        except DECLINED as error:
            self.notes.append(f"the server gave no index of the project's fields: {error}")
            return None
        kinds = metric_kinds(fields)
        if not kinds:
            self.notes.append("the server's index of the project's fields is empty")
            return None
        self.notes.append(
            "the keys come from the server's index of summary values: it has no counts, it does "
            "not tell media apart, and a key that no run has in its summary is missing"
        )
        tally = Tally(self._max_keys)
        for key, kind in kinds.items():
            tally.see(key, kind, runs=None)
        coverage = Coverage(complete=False, runs_total=self._asked.runs)
        return tally.inventory(coverage=coverage, origin=Origin())

    def runs(self, page_size: int, *, exact: bool, cache: RunCache | None) -> Inventory:
        """Way 3, which every server has: all runs, or a sample."""
        tally = Tally(self._max_keys)
        read = self._all_runs if exact else self._some_runs
        cached = None if cache is None else CachedPages(self._asked, cache, whole=exact)
        found = read(cached or AskedPages(self._asked), tally, page_size)
        missed = self._missed(found) if found.complete else ""
        complete = found.complete and not missed
        if cached is not None:
            cached.end(found.runs, complete=complete)
        self.notes += ["the keys come from single runs, page by page", *found.notes]
        self.notes += [missed] if missed else []
        coverage = Coverage(
            complete=complete,
            runs_total=found.runs if complete else self._asked.runs,
            runs_read=found.runs,
            unseen_share=found.unseen_share,
        )
        return tally.inventory(coverage=coverage, origin=Origin())

    def _missed(self, found: Sampled) -> str:
        """Why there may be more runs than the server listed, though it listed to the end; or ""."""
        first, last = self._asked.runs_at_first, self._asked.runs
        if first is None or last is None:
            return ""
        if first != last:
            return f"the project had {first:,} runs at first and {last:,} in the end: run it again"
        if last > found.runs:
            return f"the server counts {last:,} runs, and listed {found.runs:,}"
        return ""

    def _all_runs(self, pages: Pages, tally: Tally, page_size: int) -> Sampled:
        count, complete = read_runs(
            pages, tally, sample=None, page_size=page_size, progress=self._progress
        )
        return Sampled(count, complete)

    def _some_runs(self, pages: Pages, tally: Tally, page_size: int) -> Sampled:
        return sample_runs(pages, tally, page_size=page_size, progress=self._progress)


def _no_metrics(asked: AskedProject) -> EmptySource:
    count = f"the {asked.runs:,} runs" if asked.runs and asked.runs > 1 else "the runs"
    return EmptySource(
        f"{count} of {asked.label} have not logged any metric yet",
        hint="Log some with run.log first.",
    )
