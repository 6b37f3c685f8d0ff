"""Keys of single runs, page by page: of all runs, or of the newest and the oldest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from wslayout.inventory import Tally
from wslayout.progress import Progress
from wslayout.sources.project.history_keys import KeyFact, single_valued
from wslayout.sources.project.run_pages import NEWEST_FIRST, OLDEST_FIRST, Pages, PageSizes

_MOST_PAGES: Final = 100_000  # of a server whose pages never end


@dataclass(frozen=True, slots=True)
class Sample:
    """Which runs to read where reading all would take too long.

    Attributes:
        newest: That many of the newest runs.
        oldest: That many of the oldest, which hold what has since been renamed.
    """

    newest: int
    oldest: int


def read_runs(
    pages: Pages,
    tally: Tally,
    *,
    sample: Sample | None,
    page_size: int,
    progress: Progress,
    see: Callable[[Mapping[str, Any]], None] = lambda run: None,
    most_pages: int = _MOST_PAGES,
) -> tuple[int, bool]:
    """Count the keys of runs into ``tally``.

    Args:
        pages: Gives the runs.
        tally: Takes the keys.
        sample: Which runs; None for all.
        page_size: The most runs a request.
        progress: Told after each page.
        see: Given each run.
        most_pages: The most requests for each stratum of the sample.

    Returns:
        How many runs were read, and whether those are all.

    Raises:
        EmptySource: The project has no runs.
        TooManyKeys: More distinct keys than ``tally`` takes.
        ServerError, AuthError: See `wslayout.wandb_api.client.Client.execute`.
    """
    reader = _Reader(pages, tally, page_size, progress, see, most_pages)
    strata: list[tuple[str, int | None]] = [(NEWEST_FIRST, None)]
    if sample is not None:
        strata = [(NEWEST_FIRST, sample.newest), (OLDEST_FIRST, sample.oldest)]
        reader.expected = sample.newest + sample.oldest
    for order, limit in strata:
        if reader.read(order, limit):
            break
    return len(reader.seen), reader.has_all


class _Reader:
    def __init__(
        self,
        pages: Pages,
        tally: Tally,
        page_size: int,
        progress: Progress,
        see: Callable[[Mapping[str, Any]], None],
        most_pages: int,
    ) -> None:
        self.seen: set[str] = set()
        self.has_all = False
        self.expected: int | None = None
        self._pages = pages
        self._project = pages.project
        self._tally = tally
        self._sizes = PageSizes(page_size)
        self._progress = progress
        self._see = see
        self._most_pages = most_pages

    def read(self, order: str, limit: int | None) -> bool:
        """Read up to ``limit`` runs in ``order``; whether all runs have been seen now."""
        got = 0
        after: str | None = None
        for _ in range(self._most_pages):
            if limit is not None and got >= limit:
                break
            size = self._sizes.next if limit is None else min(self._sizes.next, limit - got)
            page = self._pages.page({"first": size, "after": after, "order": order})
            for run, facts in page.each():
                name = run.get("name")
                if isinstance(name, str) and name not in self.seen:
                    self.seen.add(name)
                    count_run(facts, self._tally)
                    self._sizes.take(len(facts))
                    self._see(run)
            if not self.seen and not page.runs:
                raise self._project.empty()
            got += len(page.runs)
            self._progress("runs", len(self.seen), self._total())
            after = page.after
            if after is None or not page.runs:
                self.has_all = True
                break
        total = self._project.runs
        self.has_all = self.has_all or (total is not None and len(self.seen) >= total)
        return self.has_all

    def _total(self) -> int | None:
        known = [n for n in (self._project.runs, self.expected) if n is not None]
        return min(known) if self._project.runs is not None else None


def count_run(facts: Iterable[KeyFact], tally: Tally) -> None:
    """Count the keys of one run.

    Raises:
        TooManyKeys: More distinct keys than ``tally`` takes.
    """
    for fact in facts:
        tally.see(
            fact.key,
            fact.kind,
            points=fact.points,
            monotonic=fact.monotonic,
            single_valued=single_valued(fact.points),
        )
