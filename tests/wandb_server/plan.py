"""Which fault meets which request."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from tests.wandb_server.exchange import Request
from tests.wandb_server.faults import Fault


@dataclass
class Planned:
    """A fault that waits for its requests.

    Attributes:
        operation: The name of the operation or of a root field; ``None``: any.
        skip: So many matching requests pass first.
        times: How often it strikes; ``None``: always.
        struck: How often it has.
    """

    fault: Fault
    operation: str | None = None
    kind: str | None = None
    path: str = "/graphql"
    skip: int = 0
    times: int | None = 1
    struck: int = 0

    def matches(self, request: Request) -> bool:
        return (
            request.path == self.path
            and (self.kind is None or request.kind == self.kind)
            and (self.operation is None or self.operation in (request.name, *request.fields))
        )


class FaultPlan:
    """A queue: the first planned fault that matches and is not used up strikes, one a request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: list[Planned] = []

    def add(self, planned: Planned) -> Planned:
        with self._lock:
            self._planned.append(planned)
        return planned

    def clear(self) -> None:
        with self._lock:
            self._planned.clear()

    def take(self, request: Request) -> Fault:
        with self._lock:
            for planned in self._planned:
                if not planned.matches(request):
                    continue
                if planned.skip > 0:
                    planned.skip -= 1
                    continue
                if planned.times is not None and planned.struck >= planned.times:
                    continue
                planned.struck += 1
                return planned.fault
        return Fault()
