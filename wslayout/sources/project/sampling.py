"""Keys of a sample of runs, read until hardly any are estimated to be unseen.

Reading goes in rounds over strata: the newest and the oldest runs, runs drawn at random, and
runs of groups, job types and states that have not been met. It stops when the Good–Turing
estimate is low and no common key is expected to be unseen, so the cost follows the distinct
keys of a project, not its runs; see `wslayout.sources.project.estimating`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from wslayout.errors import RequestRejected, UnknownField
from wslayout.inventory import Tally, is_internal
from wslayout.progress import Progress
from wslayout.sources.project.asked_project import DECLINED
from wslayout.sources.project.estimating import Sightings, common_unseen
from wslayout.sources.project.run_names import Draw
from wslayout.sources.project.run_pages import NEWEST_FIRST, OLDEST_FIRST, Page, Pages, PageSizes
from wslayout.sources.project.sampled_runs import count_run
from wslayout.sources.project.strata import AtTimes, Drawn, NotMet, Stratum, Walk
from wslayout.sources.project.times import time_of

MOST_PAGES: Final = 140
"""The most pages of a sample, each a request, or two and more where some of it is known."""

UNSEEN: Final = 0.01
"""Below this estimated share of key observations a sample is large enough."""

_COMMON_UNSEEN: Final = 0.1  # of common keys, expected to be unseen
_REACH: Final = 0.8  # of the runs; draws that reach fewer are no fair sample
# Where pages of neighbours are all there is to judge by: at 32 times, spread evenly, no era of a
# thirtieth of the project's time is passed over.
_LEAST_PAGES: Final = 36
_PAGES_OF_ALL: Final = 4  # a project of so few further pages is read whole
_OLDEST: Final = 50  # runs; a few hold what has since been renamed
_RUNS: Final = 100_000  # of a project whose server does not count them: a guess
_COLUMNS: Final = {"groups": "group", "job types": "jobType", "states": "state"}


@dataclass(frozen=True, slots=True)
class Sampled:
    """What was read.

    Attributes:
        runs: How many runs.
        complete: Whether those are all.
        unseen_share: See `Sightings`; None where all were read.
        notes: Which runs were read, why no more, and what could not be read.
    """

    runs: int
    complete: bool
    unseen_share: float | None = None
    notes: tuple[str, ...] = ()


def sample_runs(pages: Pages, tally: Tally, *, page_size: int, progress: Progress) -> Sampled:
    """Count the keys of a sample of runs into ``tally``; of all, where they are few.

    The same project is sampled alike each time.

    Args:
        pages: Gives the runs.
        tally: Takes the keys.
        page_size: The most runs a request.
        progress: Told after each page.

    Raises:
        EmptySource: The project has no runs.
        TooManyKeys: More distinct keys than ``tally`` takes.
        ServerError, AuthError: See `wslayout.wandb_api.client.Client.execute`.
    """
    return _Sampling(pages, tally, page_size, progress).read()


class _Sampling:
    def __init__(self, pages: Pages, tally: Tally, page_size: int, progress: Progress) -> None:
        self._pages = pages
        self._project = pages.project
        self._tally = tally
        self._sizes = PageSizes(page_size)
        self._progress = progress
        self._seen: set[str] = set()
        self._newest = Walk("the newest", NEWEST_FIRST)
        self._oldest = Walk("the oldest", OLDEST_FIRST)
        self._unordered = Walk("in the server's order", None)
        self._not_met = [NotMet(f"of further {what}", column) for what, column in _COLUMNS.items()]
        self._drawn: Drawn | None = None
        self._drawn_names: set[str | None] = set()  # of "a" and "A" a database may make one end
        self._at_times: AtTimes | None = None
        self._first: datetime | None = None
        self._last: datetime | None = None
        # Runs that were drawn are judged one by one. Neighbours log the same keys, since one
        # sweep made them: where none can be drawn, a page of them counts as one.
        self._by_run = Sightings()
        self._by_page = Sightings()

    def read(self) -> Sampled:
        for stratum in self._strata():
            self._read_page(stratum)
            if self._complete or self._enough or self._pages.pages >= MOST_PAGES:
                break
        failed = [stratum.failed for stratum in self._tried if stratum.failed]
        if self._complete:
            return Sampled(len(self._seen), complete=True, notes=tuple(failed))
        notes = (self._which(), self._why(), *self._unfair(), *failed)
        return Sampled(len(self._seen), False, self._judged.unseen_share, notes)

    # Which runs

    def _strata(self) -> Iterator[Stratum]:
        """The strata, one for each request."""
        yield self._newest
        while self._newest.open and self._few_left:
            yield self._newest
        yield self._oldest
        yield from self._open(self._newest)
        if not self._seen:
            yield self._unordered
        while strata := [*self._open(*self._not_met), *self._spread()]:
            yield from strata

    def _spread(self) -> list[Stratum]:
        """What is read all over the project, by the best way that is open."""
        if self._drawn is None:
            self._drawn = Drawn(Draw(self._seen, self._project.runs or _RUNS, self._sizes.next))
        if self._drawn.open and self._reaches >= _REACH:
            return [self._drawn]
        if self._at_times is None and self._first and self._last:
            self._at_times = AtTimes(self._first, self._last)
        between = [] if self._at_times is None else self._open(self._at_times)
        return [*self._open(self._drawn), *(between or self._open(*self._walks))]

    @property
    def _walks(self) -> list[Walk]:
        """The walks that the server gives; that in its own order where it gives no other."""
        ordered = [walk for walk in (self._newest, self._oldest) if not walk.failed]
        return ordered or [self._unordered]

    @property
    def _tried(self) -> list[Stratum]:
        """All strata that something was read from, or should have been."""
        spread = [one for one in (self._drawn, self._at_times) if one is not None]
        return [self._newest, self._oldest, *self._not_met, *spread]

    @property
    def _reaches(self) -> float:
        """Which share of the runs can be drawn, as far as that is known."""
        total = self._project.runs
        if self._drawn is None or not self._draws or not total:
            return 1.0
        return self._drawn.reach(total)

    @staticmethod
    def _open(*strata: Stratum) -> list[Stratum]:
        return [stratum for stratum in strata if stratum.open]

    @property
    def _few_left(self) -> bool:
        total = self._project.runs
        return total is not None and total - len(self._seen) <= _PAGES_OF_ALL * self._sizes.next

    # Reading

    def _read_page(self, stratum: Stratum) -> None:
        size = self._sizes.next
        variables = stratum.ask(min(size, _OLDEST) if stratum is self._oldest else size)
        if variables is None:
            stratum.open = False
            return
        try:
            page = self._pages.page(variables)
        except DECLINED as error:
            self._decline(stratum, error)
            return
        if not self._seen and not page.runs:
            raise self._project.empty()
        stratum.take(page.runs, page.after)
        self._count(stratum, page)
        total = self._project.runs if self._few_left else None
        self._progress("runs", len(self._seen), total)

    def _decline(self, stratum: Stratum, error: Exception) -> None:
        """Go on without a stratum; what every server gives must come from this one, too."""
        if isinstance(stratum, Walk):
            refused = isinstance(error, RequestRejected) and not isinstance(error, UnknownField)
            if stratum.order is None or not refused:
                raise error
        stratum.fail(f"the server refused a part of the sample ({stratum.label}): {error}")

    def _count(self, stratum: Stratum, page: Page) -> None:
        drawn = stratum is self._drawn and stratum.open
        of_page: set[str] = set()
        for run, facts in page.each():
            keys = {fact.key for fact in facts if not is_internal(fact.key)}
            of_page |= keys
            name = run["name"] if isinstance(run.get("name"), str) else None
            if drawn and name not in self._drawn_names:
                self._drawn_names.add(name)
                self._by_run.draw(keys)
            elif name not in self._seen:
                self._by_run.meet(keys)
            if name is not None and name not in self._seen:
                self._seen.add(name)
                self._sizes.take(len(facts))
                count_run(facts, self._tally)
        self._by_page.draw(of_page)
        for other in self._not_met:
            other.notice(page.runs)
        times = [time for run in page.runs if (time := time_of(run.get("createdAt"))) is not None]
        if times:
            self._first = min([*times, *filter(None, [self._first])])
            self._last = max([*times, *filter(None, [self._last])])

    # When it is enough

    @property
    def _complete(self) -> bool:
        total = self._project.runs
        ended = any(walk.ended for walk in self._walks)
        return ended or (total is not None and len(self._seen) >= total)

    @property
    def _draws(self) -> bool:
        """Whether runs can be drawn, and not only pages of neighbours."""
        return self._drawn is not None and not self._drawn.failed and self._by_run.drawn > 0

    @property
    def _judged(self) -> Sightings:
        """What the share of the unseen is estimated from."""
        return self._by_run if self._draws else self._by_page

    @property
    def _enough(self) -> bool:
        judged = self._judged
        # Runs without any metric give no estimate; that there are such is known after a few.
        unsure = judged.observations > 0 and judged.unseen_share >= UNSEEN
        if self._drawn is None or unsure:
            return False
        if not self._draws:
            return not self._drawn.open and judged.drawn >= _LEAST_PAGES
        left = common_unseen(judged.counts, judged.drawn, self._project.runs)
        return self._drawn.between and left < _COMMON_UNSEEN

    # What is told

    def _which(self) -> str:
        total = self._project.runs
        of_all = "" if total is None else f" of {total:,}"
        labels = [stratum.label for stratum in self._tried if not stratum.failed]
        return f"{len(self._seen):,}{of_all} runs were read: {', '.join(labels)}"

    def _why(self) -> str:
        judged = self._judged
        units = "runs drawn" if self._draws else "pages of neighbouring runs"
        share = (
            f"by {judged.drawn:,} {units}, an estimated {judged.unseen_share:.1%} of what runs "
            "log is of keys not seen (Good–Turing)"
        )
        if self._pages.pages >= MOST_PAGES:
            return f"reading stopped after {MOST_PAGES} pages of runs: {share}"
        if not self._enough:
            return f"reading stopped as the server gave no more: {share}"
        return f"reading stopped as that is enough: {share}"

    def _unfair(self) -> list[str]:
        """That draws are of a part of the runs, where it is so."""
        if self._reaches >= _REACH:
            return []
        return [f"only about {self._reaches:.0%} of the runs have names that could be drawn"]
