"""`AskedProject`: one project on a server, asked again and again, and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from wslayout.errors import BadResponse, EmptySource, RequestRejected, UnknownField
from wslayout.wandb_api.asking import ask_project
from wslayout.wandb_api.client import GraphQL
from wslayout.wandb_api.upstream import ServerFailed, TooSlow

DECLINED: Final = (RequestRejected, BadResponse, TooSlow, ServerFailed)
"""What a server does that can't give what it was asked for, as in an order or by a filter."""


class AskedProject:
    """One project on a server.

    Attributes:
        label: ``entity/project``.
        entity: The team or user.
        project: The project's name.
        runs: How many runs it has; None until a server that counts them has told.
        runs_at_first: How many it had when that was told first.
    """

    def __init__(self, client: GraphQL, entity: str, project: str) -> None:
        self.label = f"{entity}/{project}"
        self.entity = entity
        self.project = project
        self.runs: int | None = None
        self.runs_at_first: int | None = None
        self._client = client
        self._counts_runs = True

    def ask(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The project's fields; the run count is asked along where the server knows it.

        Raises:
            EmptySource: It has no runs.
            ProjectNotFound: No such project, or not visible.
            ServerError, AuthError: See `wslayout.wandb_api.client.Client.execute`.
        """
        if not self._counts_runs:
            query = query.replace("runCount\n", "\n")
        try:
            found = ask_project(self._client, self.entity, self.project, query, variables)
        except UnknownField as error:
            if not self._counts_runs or "runCount" not in str(error):
                raise
            self._counts_runs = False
            return self.ask(query, variables)
        runs = found.get("runCount")
        if isinstance(runs, int) and runs >= 0:
            self.runs = runs
            self.runs_at_first = runs if self.runs_at_first is None else self.runs_at_first
        if self.runs == 0:
            raise self.empty()
        return found

    def empty(self) -> EmptySource:
        """The error for a project without runs."""
        return EmptySource(
            f"{self.label} has no runs yet",
            hint="Log a run first, or lay out run folders by their path.",
        )
