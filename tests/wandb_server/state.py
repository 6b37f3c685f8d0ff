"""The server's state: plain data that a test builds and looks at."""

from __future__ import annotations

import base64
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Protocol, overload

EPOCH = datetime(2025, 1, 1, tzinfo=timezone.utc)


class Clock:
    """A second later at each look, so that times are distinct and the same in every test."""

    def __init__(self) -> None:
        self._ticks = 0

    def tick(self) -> datetime:
        self._ticks += 1
        return EPOCH + timedelta(seconds=self._ticks)


def opaque_id(kind: str, number: int | str) -> str:
    return base64.b64encode(f"{kind}:{number}".encode()).decode()


@dataclass(frozen=True)
class KeyInfo:
    """What a run's history knows of one key.

    Attributes:
        type: W&B's name of the value's type (``number``, ``image-file``, …).
        count: How many points have that type.
        monotonic: ``None`` leaves it and ``previousValue`` out, as some servers do.
        previous: The last value.
        more_types: Further types of the same key, and their counts.
    """

    type: str = "number"
    count: int = 1
    monotonic: bool | None = False
    previous: Any = None
    more_types: Mapping[str, int] = field(default_factory=dict)

    @property
    def types(self) -> dict[str, int]:
        return {self.type: self.count, **self.more_types}

    @property
    def points(self) -> int:
        """How many points there are, of any type."""
        # Asked of each key of each run, which nearly all have one type.
        return sum(self.types.values()) if self.more_types else self.count


@dataclass
class Run:
    """One run. ``keys=None`` makes its ``historyKeys`` null; ``summary=None`` follows the keys."""

    name: str
    keys: Mapping[str, KeyInfo] | None = field(default_factory=dict)
    summary: dict[str, Any] | None = None
    config: dict[str, Any] = field(default_factory=dict)
    system_metrics: dict[str, Any] = field(default_factory=dict)
    state: str = "finished"
    display_name: str | None = None
    group: str | None = None
    job_type: str | None = None
    tags: list[str] = field(default_factory=list)
    created_at: datetime | None = None
    heartbeat_at: datetime | None = None
    history_line_count: int | None = None
    user: Account | None = None
    sweep_name: str | None = None
    file_count: int | None = 0
    notes: str | None = None
    description: str | None = None
    rows: Sequence[Mapping[str, Any]] = ()


class RunSource(Protocol):
    """A project's runs, oldest first and with dates; a lazy one makes them as pages need them."""

    def __len__(self) -> int: ...

    @overload
    def __getitem__(self, index: int, /) -> Run: ...
    @overload
    def __getitem__(self, index: slice, /) -> Sequence[Run]: ...


class LazyRuns(ABC):
    """A source that makes each run when a page needs it."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def run_at(self, position: int) -> Run: ...

    @overload
    def __getitem__(self, index: int, /) -> Run: ...
    @overload
    def __getitem__(self, index: slice, /) -> Sequence[Run]: ...
    def __getitem__(self, index: int | slice, /) -> Run | Sequence[Run]:
        if isinstance(index, int):
            return self.run_at(range(len(self))[index])
        return [self.run_at(position) for position in range(len(self))[index]]


@dataclass
class Account:
    """A user; ``entity`` is their default one."""

    username: str
    api_key: str
    entity: str = ""
    name: str = ""
    email: str = ""
    teams: list[str] = field(default_factory=list)
    admin: bool = False
    flags: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.entity = self.entity or self.username
        self.name = self.name or self.username
        self.email = self.email or f"{self.username}@example.invalid"


@dataclass
class View:
    """A saved view; ``spec`` is the JSON text as it was written."""

    number: int
    project: Project = field(repr=False)
    type: str
    name: str
    spec: str
    created_at: datetime
    updated_at: datetime
    display_name: str = ""
    description: str = ""
    user: Account | None = None

    @property
    def id(self) -> str:
        return opaque_id("View", self.number)


@dataclass
class Project:
    """A project and who may see and write it (``None``: every account)."""

    entity_name: str
    name: str
    number: int
    runs: RunSource = field(repr=False)
    created_at: datetime
    readers: set[str] | None = None
    writers: set[str] | None = None
    description: str = ""
    views: list[View] = field(default_factory=list, repr=False)
    user: Account | None = None

    @property
    def path(self) -> str:
        return f"{self.entity_name}/{self.name}"

    def readable_by(self, account: Account | None) -> bool:
        return account is not None and (self.readers is None or account.username in self.readers)

    def writable_by(self, account: Account | None) -> bool:
        return self.readable_by(account) and (
            self.writers is None or (account is not None and account.username in self.writers)
        )


def dated(runs: Iterable[Run]) -> list[Run]:
    """The runs, oldest first; those without a date are dated an hour apart in the order given."""
    listed = list(runs)
    for position, run in enumerate(listed):
        if run.created_at is None:
            run.created_at = EPOCH + timedelta(hours=position)
        if run.heartbeat_at is None:
            run.heartbeat_at = run.created_at + timedelta(minutes=30)
    return sorted(listed, key=lambda run: run.created_at or EPOCH)
