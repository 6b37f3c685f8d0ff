"""A project on a server as evidence: what the rules need and no more, in few requests.

Single runs are read as a sample, many a request; configs and summaries of a few of them; specs
of views and reports several a request. What the server does not tell is not known, with the
reason.
"""

from __future__ import annotations

import json
import re
import shlex
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from wslayout.auditing.evidence import (
    Activity,
    Config,
    Count,
    Evidence,
    History,
    Known,
    Most,
    Part,
    Rare,
    Refusals,
    Report,
    RunName,
    SavedView,
    Unknown,
    most_of,
)
from wslayout.auditing.findings import EXAMPLES
from wslayout.auditing.measuring import bytes_of, config_of
from wslayout.auditing.rare import OWNERS, rare_of
from wslayout.auditing.specs import plots_of, saved_view
from wslayout.errors import AuthError, RequestRejected, ServerError, UnknownField
from wslayout.inventory import MAX_KEYS, Coverage, Inventory, Origin, Tally, is_internal
from wslayout.progress import Progress, silent
from wslayout.sources.project.asked_project import AskedProject
from wslayout.sources.project.history_keys import KeyFact, parse_history_keys
from wslayout.sources.project.run_pages import PAGE_RUNS, AskedPages
from wslayout.sources.project.sampled_runs import Sample, read_runs
from wslayout.sources.project.server import Ways
from wslayout.sources.values import flatten, kind_of_text
from wslayout.wandb_api import audit_queries as queries
from wslayout.wandb_api.asking import ask_project, next_page, nodes
from wslayout.wandb_api.client import Client, GraphQL
from wslayout.wandb_api.views import list_views, report_url, view_id, view_url

SAMPLE: Final = Sample(newest=100, oldest=30)
"""Runs that are looked at one by one."""

_PAGES: Final = 5  # requests for each end of the sample
_RUNS_WITH_VALUES: Final = 8  # whose configs and summaries are read
_VIEWS: Final = 15  # the newest, whose specs are read
_VIEWS_AT_ONCE: Final = 5
_REPORTS: Final = 100  # that are listed
_PAGES_OF_VIEWS: Final = 3  # of a hundred
_SYNCED_IN: Final = 600.0  # seconds in which most runs are synced that were logged elsewhere
_PROBES: Final = 60  # metric keys of which it is asked how many runs have them
_OWNED: Final = 15  # of the rare ones, of which it is asked whose they are
_MANY_KEYS: Final = 100
_AT_ONCE: Final = 1_000  # running runs that are listed
# Seconds are enough; Python 3.10 reads no other fractions than of 3 and 6 digits.
_MOMENT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?", re.ASCII
)
_DECLINED: Final = (ServerError, AuthError)

_Value = TypeVar("_Value")


class _Counting:
    """A client that counts what it is asked, and knows whether the project is there."""

    def __init__(self, client: GraphQL) -> None:
        self.client = client
        self.requests = 0
        self.answered = False

    @property
    def login(self) -> Any:
        return self.client.login

    def execute(
        self, query: str, variables: Mapping[str, Any], *, operation: str, write: bool = False
    ) -> dict[str, Any]:
        self.requests += 1
        found = self.client.execute(query, variables, operation=operation, write=write)
        self.answered = self.answered or found.get("project") is not None
        return found

    def close(self) -> None:
        self.client.close()


def read_evidence(
    client: GraphQL,
    entity: str,
    project: str,
    needs: Collection[Part],
    *,
    max_keys: int = MAX_KEYS,
    progress: Progress = silent,
) -> tuple[Evidence, int]:
    """What a project's server tells, and how many requests that took.

    Args:
        client: Asks the server.
        entity: The team or user.
        project: The project.
        needs: The parts that are needed; the others are not asked for.
        max_keys: The most distinct metric keys to accept.
        progress: Told after each page of runs.

    Raises:
        EmptySource: The project has no runs.
        ProjectNotFound: There is no such project, or it is not visible.
        AuthError, ServerError: See `Client.execute`.
    """
    asked = _Project(_Counting(client), entity, project, max_keys, progress)
    return asked.evidence(frozenset(needs)), asked.requests


_NOT_ASKED: Final = Unknown("no rule that was chosen needs it")


class _Project:
    def __init__(
        self,
        client: _Counting,
        entity: str,
        project: str,
        max_keys: int,
        progress: Progress,
    ) -> None:
        self._client = client
        self._asked = AskedProject(client, entity, project)
        self._max_keys = max_keys
        self._progress = progress
        self._runs: list[_Run] = []
        self._whole: Inventory | None = None
        self._sampled: Inventory | None = None
        self._has_files = True
        self._why_no_runs = ""

    @property
    def requests(self) -> int:
        return self._client.requests

    def evidence(self, needs: frozenset[Part]) -> Evidence:
        """Everything that is needed."""

        def part(name: Part, read: Callable[[], Known[_Value] | Unknown]) -> Any:
            return read() if name in needs else _NOT_ASKED

        asked = self._asked
        if needs & {"keys", "rare"}:
            self._whole = Ways(asked, self._max_keys, self._progress).aggregated()
        few = asked.runs is not None and asked.runs <= SAMPLE.newest + SAMPLE.oldest
        if (
            needs & {"points", "histories", "files"}
            or (self._whole is None and needs & {"keys", "rare"})
            or (few and "rare" in needs)
        ):
            self._read_runs()
        values = self._values() if needs & {"configs", "summaries", "values"} else _NOT_ASKED
        return Evidence(
            source=asked.label,
            project=shlex.quote(asked.label),
            keys=self._keys(),
            runs=part("runs", self._run_count),
            points=part("points", self._points),
            histories=part("histories", self._histories),
            configs=part("configs", lambda: self._configs(values)),
            summaries=part("summaries", lambda: self._summaries(values, _depths)),
            values=part("values", lambda: self._summaries(values, _widths)),
            calls=Unknown("a server does not tell how large log calls were: audit the run folders"),
            files=part("files", self._files),
            rare=part("rare", self._rare),
            views=part("views", self._views),
            reports=part("reports", self._reports),
            activity=part("activity", self._activity),
            answers=part("answers", self._answers),
            code=Unknown("no training code was given: name it with --code"),
        )

    def _unknown(self, what: str, error: ServerError | AuthError) -> Unknown:
        """A part that the server did not give, once it has given another.

        Raises:
            ServerError, AuthError: It has given none.
        """
        if not self._client.answered and not isinstance(error, RequestRejected):
            raise error
        return Unknown(f"{what}: {error}")

    # Keys and runs

    def _read_runs(self) -> None:
        tally = Tally(self._max_keys)
        try:
            count, complete = self._read_with_or_without_files(tally)
        except _DECLINED as error:
            self._why_no_runs = self._unknown(
                "the server does not tell of single runs", error
            ).reason
            return
        total = count if complete else self._asked.runs
        coverage = Coverage(complete=complete, runs_total=total, runs_read=count)
        origin = Origin(self._asked.label, self._asked.entity, self._asked.project)
        self._sampled = tally.inventory(coverage=coverage, origin=origin)

    def _read_with_or_without_files(self, tally: Tally) -> tuple[int, bool]:
        try:
            return self._read_with(queries.RUN_FACTS_AND_FILES, tally)
        except UnknownField as error:
            if "fileCount" not in str(error):
                raise
            self._has_files = False
            return self._read_with(queries.RUN_FACTS, tally)

    def _read_with(self, query: str, tally: Tally) -> tuple[int, bool]:
        self._runs.clear()
        return read_runs(
            AskedPages(self._asked, query),
            tally,
            sample=SAMPLE,
            page_size=PAGE_RUNS,
            progress=self._progress,
            see=lambda run: self._runs.append(_Run(self._name(run), run)),
            most_pages=_PAGES,
        )

    def _keys(self) -> Known[Inventory] | Unknown:
        sampled = self._sampled
        if sampled is not None and sampled.coverage.complete and not self._untold:
            return Known(sampled)
        if self._whole is not None:
            return Known(self._whole)
        if sampled is None or self._untold == len(self._runs):
            return Unknown(self._why_no_runs or "the server does not tell the metric keys")
        return Known(sampled, "sampled")

    @property
    def _untold(self) -> int:
        """Of how many runs that were read the server does not tell the metric keys."""
        return sum(run.facts is None for run in self._runs)

    def _run_count(self) -> Known[int] | Unknown:
        if self._asked.runs is None:
            try:
                self._asked.runs = self._counts(["{}"])[0]
            except _DECLINED as error:
                return self._unknown("the server does not count the project's runs", error)
        if self._asked.runs is None:
            return Unknown("the server does not tell how many runs the project has")
        return Known(self._asked.runs)

    def _of_runs(self, value: _Value, *, untold: int = 0) -> Known[_Value] | Unknown:
        """What is known of the runs that were read, of some of which it may not be told."""
        if self._sampled is None or (untold and untold >= len(self._runs)):
            return Unknown(self._why_no_runs or "the server does not tell of single runs")
        complete = self._sampled.coverage.complete and not untold
        return Known(value, "exact" if complete else "sampled")

    def _name(self, run: Mapping[str, Any]) -> RunName:
        run_id = str(run.get("name") or "")
        login = self._client.login
        url = f"{login.app_url}/{self._asked.entity}/{self._asked.project}/runs/{run_id}"
        return RunName(id=run_id, label=str(run.get("displayName") or run_id), url=url)

    def _points(self) -> Known[Mapping[str, Most]] | Unknown:
        return self._of_runs(most_of(self._each_point()), untold=self._untold)

    def _each_point(self) -> Iterator[tuple[str, Most]]:
        for run in self._runs:
            for fact in run.facts or ():
                if fact.points is not None:
                    yield fact.key, Most(amount=fact.points, kind=fact.kind, run=run.name)

    def _histories(self) -> Known[Sequence[History]] | Unknown:
        histories = [run.history() for run in self._runs]
        untold = sum(one.rows is None or one.metrics is None for one in histories)
        found = self._of_runs(histories)
        if isinstance(found, Known) and untold:
            return Known(found.value, "sampled")
        return found

    def _files(self) -> Known[Sequence[Count]] | Unknown:
        if not self._has_files:
            return Unknown("the server does not tell how many files a run has")
        counts = [
            Count(run=run.name, amount=run.files) for run in self._runs if run.files is not None
        ]
        if not counts and self._runs:
            return Unknown("the server does not tell how many files a run has")
        return self._of_runs(counts, untold=len(self._runs) - len(counts))

    # Configs and summaries of some runs

    def _values(self) -> Known[Sequence[_RunValues]] | Unknown:
        variables = {"first": _RUNS_WITH_VALUES, "order": "-created_at"}
        try:
            runs = nodes(self._asked.ask(queries.RUN_VALUES, variables).get("runs"), "runs")
        except _DECLINED as error:
            return self._unknown("the server gave no configs and summaries", error)
        found = [
            _RunValues(
                self._name(run), _object(run.get("config")), _object(run.get("summaryMetrics"))
            )
            for run in runs
        ]
        whole = self._asked.runs is not None and len(found) >= self._asked.runs
        return Known(found, "exact" if whole else "sampled")

    def _summaries(
        self,
        values: Known[Sequence[_RunValues]] | Unknown,
        made: Callable[[Sequence[_RunValues]], Mapping[str, Most]],
    ) -> Known[Mapping[str, Most]] | Unknown:
        """What the last values tell, which are a part of all."""
        if isinstance(values, Unknown):
            return values
        told = [one for one in values.value if one.summary is not None]
        if not told:
            return Unknown("the server does not tell the summaries of runs")
        return Known(made(told), "sampled")

    def _configs(
        self, values: Known[Sequence[_RunValues]] | Unknown
    ) -> Known[Sequence[Config]] | Unknown:
        if isinstance(values, Unknown):
            return values
        told = [one for one in values.value if one.config is not None]
        if not told:
            return Unknown("the server does not tell the configs of runs")
        whole = len(told) == len(values.value)
        return Known(_configs(told), values.certainty if whole else "sampled")

    # Metrics of one or two runs

    def _rare(self) -> Known[Rare] | Unknown:
        keys, runs = self._keys(), self._run_count()
        if isinstance(keys, Unknown):
            return keys
        if isinstance(runs, Unknown):
            return runs
        sampled = self._sampled
        if sampled is not None and sampled.coverage.complete:
            owners = [(run.name, [fact.key for fact in run.facts or ()]) for run in self._runs]
            return Known(rare_of(sampled, owners))
        names = [key for key in keys.value.keys if not is_internal(key)]
        if len(names) <= _MANY_KEYS or runs.value <= OWNERS:
            return Known(Rare(keys=0, of=len(names), runs=runs.value))
        return self._probed(names, runs.value)

    def _probed(self, names: Sequence[str], runs: int) -> Known[Rare] | Unknown:
        """An estimate, from how many runs have each of some keys."""
        # In no order that names have, but in the same each time.
        probes = sorted(names, key=lambda name: zlib.crc32(name.encode()))[:_PROBES]
        try:
            counts = self._counts([_having(name) for name in probes])
        except _DECLINED as error:
            return self._unknown("the server did not count the runs that have a metric", error)
        # A name with dots may not be found by its filter: what no run has says nothing.
        told = {name: number for name, number in zip(probes, counts, strict=True) if number}
        if 2 * len(told) < len(probes):
            return Unknown("the server does not count the runs that have a metric")
        few = [name for name, number in told.items() if number <= OWNERS]
        owners, owned = self._owners(few[:_OWNED])
        rare = Rare(
            keys=round(len(names) * len(few) / len(probes)),
            of=len(names),
            runs=runs,
            owners=owners,
            owned=owned,
            names=tuple(few[:EXAMPLES]),
        )
        return Known(rare, "estimated")

    def _owners(self, few: Sequence[str]) -> tuple[tuple[Count, ...], float]:
        """The runs that have the most of some rare keys, and the share that they have."""
        if not few:
            return (), 0.0
        query = queries.runs_of(len(few), OWNERS)
        try:
            found = self._ask(query, [_having(name) for name in few])
        except _DECLINED:
            return (), 0.0
        runs: dict[str, RunName] = {}
        owned: dict[str, set[str]] = {}
        for key, connection in zip(few, found, strict=True):
            for run in nodes(connection, "runs"):
                name = self._name(run)
                runs[name.id] = name
                owned.setdefault(name.id, set()).add(key)
        most = sorted(owned, key=lambda one: (-len(owned[one]), one))[:EXAMPLES]
        said = f"of {len(few):,} that were looked at"
        counts = tuple(
            Count(run=runs[one], amount=len(owned[one]), said=f"{len(owned[one]):,} {said}")
            for one in most
        )
        return counts, len(set[str]().union(*(owned[one] for one in most))) / len(few)

    # Views and reports

    def _views(self) -> Known[Sequence[SavedView]] | Unknown:
        asked, login = self._asked, self._client.login
        try:
            listed = list_views(
                self._client, asked.entity, asked.project, most_pages=_PAGES_OF_VIEWS
            )
            newest = sorted(listed, key=lambda one: one.updated_at or "", reverse=True)[:_VIEWS]
            specs = self._specs([view.name for view in newest], "project-view")
        except UnknownField:
            return Unknown("the server does not give single views by their names")
        except _DECLINED as error:
            return self._unknown("the server gave no saved views", error)
        url = {
            view.name: view_url(login, asked.entity, asked.project, view_id(view.name))
            for view in newest
        }
        found = [
            view
            for node in specs
            if (view := saved_view(node, url.get(str(node.get("name")), ""))) is not None
        ]
        if listed and not found:
            return Unknown("the server gave no spec of a saved view that can be read")
        return Known(found, "exact" if len(found) == len(listed) else "sampled")

    def _reports(self) -> Known[Sequence[Report]] | Unknown:
        try:
            page = self._asked.ask(queries.LIST_REPORTS, {"first": _REPORTS}).get("allViews")
            listed = nodes(page, "reports")
            newest = sorted(listed, key=lambda one: str(one.get("updatedAt")), reverse=True)
            named = [str(one.get("name")) for one in newest[:_VIEWS] if one.get("name")]
            specs = self._specs(named, "runs")
        except UnknownField:
            return Unknown("the server does not give single reports by their names")
        except _DECLINED as error:
            return self._unknown("the server gave no reports", error)
        asked, login = self._asked, self._client.login
        reports = [
            Report(
                name=title,
                url=report_url(login, asked.entity, asked.project, title, str(node.get("id"))),
                plots=plots,
            )
            for node in specs
            for title in [str(node.get("displayName") or node.get("name"))]
            if (plots := plots_of(node.get("spec"))) is not None
        ]
        if listed and not reports:
            return Unknown("the server gave no spec of a report that can be read")
        whole = len(reports) == len(listed) and next_page(page, None) is None
        return Known(reports, "exact" if whole else "sampled")

    def _specs(self, names: Sequence[str], view_type: str) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        for begin in range(0, len(names), _VIEWS_AT_ONCE):
            some = names[begin : begin + _VIEWS_AT_ONCE]
            query = queries.views_named(len(some), view_type)
            for connection in self._ask(query, some):
                found += nodes(connection, "views")[:1]
        return found

    # What goes on

    def _activity(self) -> Known[Activity] | Unknown:
        try:
            running = self._counts(['{"state": "running"}'])[0]
            if running is None:
                return Unknown("the server does not count running runs")
            names: list[object] = []
            if running:
                (found,) = self._ask(queries.runs_of(1, _AT_ONCE), ['{"state": "running"}'])
                names = [run.get("sweepName") for run in nodes(found, "runs")]
            share = running / len(names) if len(names) < running and names else 1.0
        except UnknownField:
            return Unknown("the server does not count running runs")
        except _DECLINED as error:
            return self._unknown("the server did not count running runs", error)
        # Where not all were listed: as many of all as of those.
        sweeps = Counter(name for name in names if isinstance(name, str) and name)
        activity = Activity(
            alone=round(share * (len(names) - sweeps.total())),
            sweeps={name: round(share * count) for name, count in sweeps.items()},
        )
        return Known(activity, "exact" if share == 1.0 else "estimated")

    def _answers(self) -> Known[Refusals] | Unknown:
        client = self._client.client
        if not self.requests:
            self._run_count()
        if not isinstance(client, Client):
            return Unknown("the wandb SDK, which this login asks through, hides such answers")
        pacer = client.pacer
        return Known(Refusals(count=pacer.refusals, where="this audit", said=pacer.refused_with))

    def _counts(self, filters: Sequence[str]) -> list[int | None]:
        found = self._ask(queries.run_counts(len(filters)), filters)
        return [number if isinstance(number, int) else None for number in found]

    def _ask(self, query: str, given: Sequence[str]) -> list[Any]:
        """What each alias of a query gives."""
        variables = {f"x{place}": one for place, one in enumerate(given)}
        found = ask_project(self._client, self._asked.entity, self._asked.project, query, variables)
        return [found.get(f"a{place}") for place in range(len(given))]


class _Run:
    """A run as its page told of it, with its metric keys read once.

    Attributes:
        name: The run.
        facts: What its metric keys are, W&B's own left out; None: the server does not tell.
        files: How many files it has; None: likewise.
    """

    def __init__(self, name: RunName, told: Mapping[str, Any]) -> None:
        keys, rows, files = (
            told.get(one) for one in ("historyKeys", "historyLineCount", "fileCount")
        )
        self.name = name
        self.facts: list[KeyFact] | None = None
        self._runtime: float | None = None
        if keys is not None:
            facts = list(parse_history_keys(keys))
            self.facts = [fact for fact in facts if not is_internal(fact.key)]
            self._runtime = next((fact.last for fact in facts if fact.key == "_runtime"), None)
        self.files = files if isinstance(files, int) else None
        self._rows = rows if isinstance(rows, int) else None
        self._begin, self._end = _moment(told.get("createdAt")), _moment(told.get("heartbeatAt"))

    def history(self) -> History:
        """What it logged, in numbers."""
        points = None if self.facts is None else [fact.points for fact in self.facts]
        untold = points is None or None in points
        return History(
            run=self.name,
            metrics=None if self.facts is None else len(self.facts),
            rows=self._rows,
            values=None if untold else sum(one for one in points or () if one),
            seconds=self._seconds(),
        )

    def _seconds(self) -> float | None:
        """How long it went on.

        Without ``_runtime`` it is the time on the server; where that is short, the run may have
        been logged elsewhere and synced in one go.
        """
        if self._runtime is not None and self._runtime > 0:
            return self._runtime
        if self._begin is None or self._end is None:
            return None
        seconds = (self._end - self._begin).total_seconds()
        return seconds if seconds >= _SYNCED_IN else None


class _RunValues:
    """The config and the summary of one run."""

    def __init__(
        self,
        run: RunName,
        config: Mapping[str, Any] | None,
        summary: Mapping[str, Any] | None,
    ) -> None:
        self.run = run
        self.config = config
        self.summary = summary


def _configs(values: Sequence[_RunValues]) -> list[Config]:
    return [
        config_of(
            one.run,
            {
                (name,): _dumped(held["value"] if _is_wrapped(held) else held)
                for name, held in (one.config or {}).items()
                if name != "_wandb"
            },
            {
                key: value
                for name, held in (one.summary or {}).items()
                for key, _, value in flatten(name, held)
            },
        )
        for one in values
    ]


def _is_wrapped(held: object) -> bool:
    return isinstance(held, dict) and "value" in held


def _widths(values: Sequence[_RunValues]) -> Mapping[str, Most]:
    """The largest last values, which is what a server tells."""
    return most_of(
        (name, Most(amount=bytes_of(text), kind=kind_of_text(text), run=one.run))
        for one in values
        for name, held in (one.summary or {}).items()
        if not is_internal(name) and not _is_media(held)
        for text in [_dumped(held)]
    )


def _depths(values: Sequence[_RunValues]) -> Mapping[str, Most]:
    return most_of(
        (key, Most(amount=key.count(".") - name.count("."), kind=kind, run=one.run))
        for one in values
        for name, held in (one.summary or {}).items()
        if not is_internal(name)
        for key, kind, _ in flatten(name, held)
    )


def _is_media(held: object) -> bool:
    return isinstance(held, dict) and "_type" in held


def _having(name: str) -> str:
    return json.dumps({f"summary_metrics.{name}": {"$exists": True}})


def _object(given: object) -> Mapping[str, Any] | None:
    """An object that the server gives as JSON; None where it gives something else."""
    try:
        found = json.loads(given) if isinstance(given, str) else given
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _moment(given: object) -> datetime | None:
    """A moment as servers write it; in UTC where it tells no zone."""
    found = _MOMENT.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        return None
    zone = "+00:00" if found[2] in (None, "Z") else found[2]
    try:
        return datetime.fromisoformat(f"{found[1]}{zone}")
    except ValueError:
        return None
