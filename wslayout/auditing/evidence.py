"""What an audit goes by: parts, each known with how sure it is, or not known and why.

Sources fill in what the chosen rules need and nothing else: `Part` names the parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Literal, TypeAlias, TypeVar

from wslayout.auditing.findings import Certainty, Place
from wslayout.inventory import Inventory

Value_co = TypeVar("Value_co", covariant=True)

Part: TypeAlias = Literal[
    "keys",
    "runs",
    "points",
    "histories",
    "configs",
    "summaries",
    "values",
    "calls",
    "files",
    "rare",
    "views",
    "reports",
    "activity",
    "answers",
    "code",
]


@dataclass(frozen=True, slots=True)
class Known(Generic[Value_co]):
    """A part that is known.

    Attributes:
        value: What is known.
        certainty: How sure that is.
    """

    value: Value_co
    certainty: Certainty = "exact"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A part that is not known.

    Attributes:
        reason: Why, as a clause.
        absent: Whether the source has no such thing at all, as a folder of runs has no views.
    """

    reason: str
    absent: bool = False


class Missing(Exception):
    """A rule needs what is not known; its text is the reason."""


def need(part: Known[Value_co] | Unknown) -> Known[Value_co]:
    """A part that a rule can't do without.

    Raises:
        Missing: It is not known.
    """
    if isinstance(part, Unknown):
        raise Missing(part.reason)
    return part


@dataclass(frozen=True, slots=True, kw_only=True)
class RunName:
    """A run as people know it.

    Attributes:
        id: Its id.
        label: What it is called: its display name, or its folder.
        url: Where it opens in a browser; "" for runs on disk.
    """

    id: str
    label: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Most:
    """The most of something that was found under one metric key.

    Attributes:
        amount: How much: points, or bytes.
        kind: The key's kind there.
        run: The run it was found in.
    """

    amount: int
    kind: str
    run: RunName


def most_of(pairs: Iterable[tuple[str, Most]]) -> Mapping[str, Most]:
    """For each metric key the most of all runs."""
    found: dict[str, Most] = {}
    for key, most in pairs:
        if key not in found or most.amount > found[key].amount:
            found[key] = most
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What one run logged, in numbers.

    Attributes:
        run: The run.
        metrics: Distinct metric keys, W&B's own left out; None: not known.
        rows: Steps logged; None: not known.
        values: Values logged in all of them; None: not known.
        seconds: From the first row to the last, or as long as the run went on; None: not known.
        rows_a_minute: The most rows within 60 seconds; None: not known.
        values_a_minute: The most values within 60 seconds; None: not known.
    """

    run: RunName
    metrics: int | None = None
    rows: int | None = None
    values: int | None = None
    seconds: float | None = None
    rows_a_minute: int | None = None
    values_a_minute: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The config of one run.

    Attributes:
        run: The run.
        bytes: Its size as JSON.
        largest: The name of its largest value at the top, and that one's size.
        names: The names of its values, nested ones joined by dots, each with how many dots
            nesting gave it.
        echoes: For each metric key that is called like one of its values whether the run's last
            value of it is just that.
    """

    run: RunName
    bytes: int
    largest: tuple[str, int] = ("", 0)
    names: Mapping[str, int] = field(default_factory=dict)
    echoes: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many of something a run has.

    Attributes:
        run: The run.
        amount: How many, or how large.
        said: What about it is worth saying, such as the step.
    """

    run: RunName
    amount: int
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rare:
    """Metric keys that only one or two runs have.

    Attributes:
        keys: How many there are, counted or estimated.
        of: How many distinct keys there are in all.
        runs: How many runs there are in all.
        owners: The runs that have the most of them, with how many each, most first.
        owned: The share of them that the owners have.
        names: Some of the keys.
    """

    keys: int
    of: int
    runs: int
    owners: tuple[Count, ...] = ()
    owned: float = 0.0
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewSection:
    """A section of a saved view.

    Attributes:
        name: Its name.
        panels: How many panels it holds.
    """

    name: str
    panels: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """A saved view of a project.

    Attributes:
        name: What people call it.
        url: Where it opens.
        id: Its id in URLs.
        ours: Whether wslayout made it.
        personal: Whether it is somebody's own workspace.
        manual: Whether it is in manual mode.
        by_last_prefix: Whether automatic mode groups its panels by the last prefix.
        sections: Its sections.
        panels: Those panels that draw what runs log step by step.
    """

    name: str
    url: str = ""
    id: str = ""
    ours: bool = False
    personal: bool = False
    manual: bool = True
    by_last_prefix: bool = False
    sections: tuple[ViewSection, ...] = ()
    panels: tuple[DrawnPanel, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnPanel:
    """A panel of a saved view that draws what runs log step by step.

    Attributes:
        title: What people call it.
        keys: The metric keys that it names.
        pattern: The regular expression that its metrics match; "" where it names them.
    """

    title: str
    keys: tuple[str, ...] = ()
    pattern: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report of a project.

    Attributes:
        name: What people call it.
        url: Where it opens.
        plots: How many panels it has.
    """

    name: str
    url: str = ""
    plots: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Runs that go on at once.

    Attributes:
        alone: How many that belong to no sweep, at the most.
        when: When that was; None: now.
        sweeps: For each sweep how many of its runs, at the most.
    """

    alone: int
    when: datetime | None = None
    sweeps: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """Answers "rate limit exceeded" (HTTP 429).

    Attributes:
        count: How many.
        where: Who got them: the audit itself, or runs on disk.
        said: What their headers said.
    """

    count: int
    where: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSpot:
    """A place in training code that does what W&B warns of.

    Attributes:
        rule: The id of the rule that it is about.
        place: Where it is.
        said: What it does, in words.
        amount: How much, in the unit of the rule's limit; inf where that can't be told.
    """

    rule: str
    place: Place
    said: str
    amount: float


@dataclass(frozen=True, slots=True)
class Command:
    """What wslayout can do about a finding.

    Attributes:
        line: The command, as a shell reads it.
        does: What it does, as a clause.
    """

    line: str
    does: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that an audit goes by.

    Attributes:
        source: What is audited, as a person would call it.
        project: What commands of wslayout call it, as a shell reads it; "": they can't.
        keys: The metric keys.
        runs: How many runs there are.
        points: For each metric key the most points that a run has.
        histories: What single runs logged.
        configs: Configs of runs.
        summaries: For each logged name how many dots nesting gave it; those of few may be
            missing.
        values: For each metric key its largest value in bytes, media left out.
        calls: For runs the bytes of their largest log call, media left out.
        files: For runs how many files they have.
        rare: Keys that only one or two runs have.
        views: Saved views.
        reports: Reports.
        activity: Runs that go on at once.
        answers: Refused requests.
        code: What training code does.
    """

    source: str
    project: str
    keys: Known[Inventory] | Unknown
    runs: Known[int] | Unknown
    points: Known[Mapping[str, Most]] | Unknown
    histories: Known[Sequence[History]] | Unknown
    configs: Known[Sequence[Config]] | Unknown
    summaries: Known[Mapping[str, Most]] | Unknown
    values: Known[Mapping[str, Most]] | Unknown
    calls: Known[Sequence[Count]] | Unknown
    files: Known[Sequence[Count]] | Unknown
    rare: Known[Rare] | Unknown
    views: Known[Sequence[SavedView]] | Unknown
    reports: Known[Sequence[Report]] | Unknown
    activity: Known[Activity] | Unknown
    answers: Known[Refusals] | Unknown
    code: Known[Sequence[CodeSpot]] | Unknown

    @property
    def apply(self) -> Command | None:
        """The command that saves a small view; None where there is none."""
        if not self.project:
            return None
        return Command(f"wslayout apply {self.project}", "saves a manual view beside what is there")


def nothing_known(source: str, project: str, reason: str) -> Evidence:
    """Evidence of which no part is known, for one and the same reason; to be filled in."""
    unknown = Unknown(reason)
    return Evidence(
        source=source,
        project=project,
        keys=unknown,
        runs=unknown,
        points=unknown,
        histories=unknown,
        configs=unknown,
        summaries=unknown,
        values=unknown,
        calls=unknown,
        files=unknown,
        rare=unknown,
        views=Unknown(reason, absent=True),
        reports=Unknown(reason, absent=True),
        activity=unknown,
        answers=unknown,
        code=Unknown("no training code was given: name it with --code"),
    )
