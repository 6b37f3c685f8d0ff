"""The server that tests talk to: the world, its schema, faults and records behind one port."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterable
from types import TracebackType

from graphql import GraphQLSchema

from tests.wandb_server import run_writes, storage
from tests.wandb_server import schema as schemas
from tests.wandb_server.artifacts import Artifact, Artifacts
from tests.wandb_server.exchange import Request, Response, json_response
from tests.wandb_server.executor import Executor
from tests.wandb_server.faults import Fault
from tests.wandb_server.kept import KeptAnswers
from tests.wandb_server.plan import FaultPlan, Planned
from tests.wandb_server.recorder import Record, Recorder
from tests.wandb_server.state import Account, Project, Run, RunSource, View
from tests.wandb_server.transport import Transport
from tests.wandb_server.world import Options, World

DEFAULT_KEY = "0123456789abcdef0123456789abcdef01234567"


class WandbServer:
    """A W&B on the loopback, with one account (``demo``) to begin with.

    With ``keeps_answers`` it gives an answer again without making it anew; see `KeptAnswers` for
    what that asks of whoever changes its state.
    """

    def __init__(self, *, keeps_answers: bool = False) -> None:
        self.world = World()
        self.world.accounts.append(Account("demo", DEFAULT_KEY))
        self._recorder = Recorder()
        self._plan = FaultPlan()
        self._storage = storage.Storage()
        self.artifacts = Artifacts(self.world, self._storage)
        self._executor = Executor(self.world, self.artifacts)
        self._kept = KeptAnswers(self.world) if keeps_answers else None
        self._off: frozenset[str] = frozenset()
        self._transport = Transport(self._respond)

    def __enter__(self) -> WandbServer:
        self._transport.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._transport.close()

    @property
    def url(self) -> str:
        return self._transport.url

    @property
    def options(self) -> Options:
        return self.world.options

    # -- state --------------------------------------------------------------------------------

    def add_account(
        self, username: str, api_key: str, *, entity: str = "", teams: Iterable[str] = ()
    ) -> Account:
        account = Account(username, api_key, entity, teams=list(teams))
        self.world.accounts.append(account)
        return account

    def add_project(
        self,
        path: str,
        runs: Iterable[Run] | RunSource = (),
        *,
        readers: set[str] | None = None,
        writers: set[str] | None = None,
    ) -> Project:
        """A project ``entity/name``; ``readers`` and ``writers`` are user names."""
        return self.world.add_project(path, runs, readers=readers, writers=writers)

    def add_view(
        self,
        path: str,
        *,
        name: str,
        spec: str,
        display_name: str = "",
        description: str = "",
        user: Account | None = None,
    ) -> View:
        """A saved view that is simply there; ``user=None`` gives it to the project's owner."""
        return self.world.add_view(
            path,
            name=name,
            spec=spec,
            display_name=display_name,
            description=description,
            user=user,
        )

    def views(self, path: str) -> list[View]:
        """A project's views, oldest first."""
        return list(self.world.projects[path].views)

    def artifact(self, path: str) -> Artifact | None:
        """A committed artifact such as ``demo/project/layout:latest``."""
        project, _, name = path.rpartition("/")
        return self.artifacts.named(self.world.projects[project], name)

    # -- features and faults ------------------------------------------------------------------

    def disable(self, *features: str) -> None:
        """Take features out of the schema, as on an old server; see ``FEATURES``."""
        unknown = set(features) - schemas.FEATURES
        if unknown:
            raise ValueError(f"unknown features {unknown}; there are {sorted(schemas.FEATURES)}")
        self._off |= set(features)
        if self._kept is not None:
            self._kept.forget()

    @property
    def schema(self) -> GraphQLSchema:
        return schemas.build(self._off)

    def fail(
        self,
        fault: Fault,
        *,
        operation: str | None = None,
        kind: str | None = None,
        path: str = "/graphql",
        skip: int = 0,
        times: int | None = 1,
    ) -> Planned:
        """Let a fault strike matching requests: after ``skip`` of them, ``times`` times."""
        return self._plan.add(Planned(fault, operation, kind, path, skip, times))

    def heal(self) -> None:
        """No more faults."""
        self._plan.clear()

    @property
    def mistakes(self) -> list[Exception]:
        """What went wrong inside this server, and is nobody else's fault."""
        return list(self._transport.mistakes)

    # -- records ------------------------------------------------------------------------------

    @property
    def requests(self) -> list[Record]:
        return self._recorder.requests

    @property
    def operations(self) -> list[Record]:
        return self._recorder.operations

    def select(self, operation: str | None = None, *, kind: str | None = None) -> list[Record]:
        """The recorded operations of that name (or root field) and kind."""
        return self._recorder.select(operation, kind=kind)

    def count(self, operation: str | None = None, *, kind: str | None = None) -> int:
        return len(self.select(operation, kind=kind))

    def clear(self) -> None:
        """Forget the records; state and faults stay."""
        self._recorder.clear()

    # -- answering ----------------------------------------------------------------------------

    def _respond(self, request: Request) -> Response:
        started = time.monotonic()
        if request.path == "/graphql":
            request = request.understood()
        fault = self._plan.take(request)
        response = fault.before(self._transport.stopping.wait)
        if response is None:
            response = self._told(request)
        response = fault.after(response).for_wire(request.headers.get("accept-encoding", ""))
        self._recorder.add(_record(request, response, started))
        return response

    def _told(self, request: Request) -> Response:
        if self._kept is None:
            return self._answer(request)
        return self._kept.answer(request, lambda: self._answer(request))

    def _answer(self, request: Request) -> Response:
        if request.path.startswith(storage.ROOT):
            return self._storage.answer(request)
        if request.path != "/graphql":
            run_writes.stream(self.world, request)
            # Telemetry and the like: taken, and forgotten.
            return json_response({}) if request.method == "POST" else Response(404, b"not found")
        authorization = request.headers.get("authorization", "")
        account = self.world.account(_key(authorization))
        if authorization and account is None:
            error = {
                "message": "user is not logged in",
                "extensions": {"code": "UNAUTHENTICATED"},
            }
            return json_response({"errors": [error], "data": None}, 401)
        return self._executor.run(request, self.schema, account)


def _key(authorization: str) -> str:
    scheme, _, value = authorization.partition(" ")
    if scheme == "Bearer":
        return value
    try:
        return base64.b64decode(value).decode().partition(":")[2]
    except ValueError:
        return ""


def _record(request: Request, response: Response, started: float) -> Record:
    return Record(
        method=request.method,
        path=request.path,
        headers=request.headers,
        started=started,
        connection=request.connection,
        kind=request.kind,
        name=request.name,
        fields=request.fields,
        query=request.query,
        variables=request.variables,
        body=request.body,
        request_bytes=request.wire_bytes,
        response_bytes=len(response.body),
        status=0 if response.delivery.dropped else response.status,
        seconds=time.monotonic() - started,
    )
