"""The wandb SDK's own way to the server, for logins that have no API key.

An identity token is exchanged and renewed by the SDK's service process, so only that
can send it. This way hides HTTP statuses, and gives up after 19 s whatever the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from wslayout.errors import (
    AuthError,
    BadResponse,
    RequestRejected,
    ServerUnreachable,
    WslayoutError,
)
from wslayout.wandb_api.answers import UNSURE, Asked, graphql_error, refused
from wslayout.wandb_api.auth import Login
from wslayout.wandb_api.closing import Closing

_Execute = Callable[[str, dict[str, Any]], object]


class SdkClient(Closing):
    """Runs GraphQL operations through ``wandb.Api()``; a context manager.

    Args:
        login: Where.
        execute: Runs a query with its variables; by default that of a ``wandb.Api``,
            made at the first request.
    """

    def __init__(self, login: Login, *, execute: _Execute | None = None) -> None:
        self._login = login
        self._execute = execute

    @property
    def login(self) -> Login:
        """Who asks, and where."""
        return self._login

    def close(self) -> None:
        """Forget the SDK's object; its service process ends with this one."""
        self._execute = None

    def execute(
        self,
        query: str,
        variables: Mapping[str, Any],
        *,
        operation: str,
        write: bool = False,
    ) -> dict[str, Any]:
        """Run one GraphQL operation and return its ``data``; see `Client.execute`.

        Raises:
            ServerError: As far as the SDK's message tells what happened.
            AuthError: The login is not accepted, or does not allow this.
        """
        asked = Asked(operation, self._login.base_url)
        try:
            if self._execute is None:
                self._execute = _sdk_execute()
            data = self._execute(query, dict(variables))
        except Exception as error:  # the SDK's errors have no common base
            failure = _explain(error, asked, write=write)
        else:
            if isinstance(data, dict):
                return data
            failure = BadResponse(f"the answer to {asked} holds no data")
        raise failure


def _sdk_execute() -> _Execute:
    import wandb

    execute: _Execute = wandb.Api()._service_api.execute_graphql
    return execute


def _explain(error: Exception, asked: Asked, *, write: bool) -> WslayoutError:
    response = getattr(error, "response", None)
    said = str(getattr(response, "message", "") or error).strip() or type(error).__name__
    status = getattr(response, "http_status", None)
    if type(error).__name__ in ("AuthenticationError", "UsageError"):
        return AuthError(
            f"the wandb SDK can't log in at {asked.base_url}: {said}",
            hint="Check the identity token, or set WANDB_API_KEY.",
        )
    if status in (401, 403):
        return refused(status, asked)
    # The service process writes GraphQL errors as lines: "input: <message>".
    meaning = graphql_error([line.removeprefix("input: ") for line in said.splitlines()], asked)
    understood = said.startswith("input:") or (isinstance(status, int) and 400 <= status < 500)
    if understood or type(meaning) is not RequestRejected:
        return meaning
    text = f"{asked} failed in the wandb SDK: {said}"
    if write:
        text += f"; {UNSURE}"
    return ServerUnreachable(text, hint="Try again later.")
