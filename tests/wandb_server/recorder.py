"""What was asked and answered, one record a request."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Record:
    """One request and its answer.

    Attributes:
        connection: The client's port, the same for all that came over one connection.
        kind: ``query`` or ``mutation``; "" if it is no GraphQL, or can't be parsed.
        name: The operation's name, or "".
        fields: Its root fields.
        headers: The request's, with lower-case names.
        request_bytes: Size of the body as it came over the wire.
        response_bytes: Size of the body as it was meant to go out (a cut sends less).
        status: 0 if the connection was cut before any answer.
        started: When it came (``time.monotonic``).
        seconds: Until the answer was ready to go out.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    started: float
    connection: int = 0
    kind: str = ""
    name: str = ""
    fields: tuple[str, ...] = ()
    query: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    body: bytes = b""
    request_bytes: int = 0
    response_bytes: int = 0
    status: int = 0
    seconds: float = 0.0

    def is_named(self, operation: str) -> bool:
        """Whether this is the operation's name, or one of its root fields'."""
        return operation == self.name or operation in self.fields


class Recorder:
    """Keeps the records in the order in which the answers went out."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: list[Record] = []

    def add(self, record: Record) -> None:
        with self._lock:
            self._records.append(record)

    def clear(self) -> None:
        with self._lock:
            self._records.clear()

    @property
    def requests(self) -> list[Record]:
        with self._lock:
            return list(self._records)

    @property
    def operations(self) -> list[Record]:
        """The GraphQL requests."""
        return [record for record in self.requests if record.path == "/graphql"]

    def select(self, operation: str | None = None, *, kind: str | None = None) -> list[Record]:
        return [
            record
            for record in self.operations
            if (kind is None or record.kind == kind)
            and (operation is None or record.is_named(operation))
        ]
