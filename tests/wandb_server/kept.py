"""Answers that a server gives again as it gave them.

A real server has indexes for what this one adds up and renders at each request, in Python. A
benchmark of clients has the answers kept instead, so that it is the clients that are timed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from tests.wandb_server import storage
from tests.wandb_server.exchange import Request, Response
from tests.wandb_server.state import RunSource
from tests.wandb_server.world import World

_UPLOADS = (storage.ROOT, "/files/")


class KeptAnswers:
    """Answers to queries, each for the runs that the projects had when it was given.

    An answer is made anew after a client has written anything, and where a project has got other
    runs in place of its own. Whatever else changes, in a run or the server's options, goes
    unnoticed: so tests keep no answers.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._answers: dict[Hashable, tuple[list[RunSource], Response]] = {}

    def answer(self, request: Request, make: Callable[[], Response]) -> Response:
        """The answer to a request, made if it was not given before."""
        if request.kind == "query":
            return self._answer(request, make)
        try:
            return make()
        finally:
            if request.kind or request.path.startswith(_UPLOADS):
                self.forget()

    def forget(self) -> None:
        """Make all answers anew."""
        # Whoever is answering meanwhile keeps it in the old dictionary, with which it goes.
        self._answers = {}

    def _answer(self, request: Request, make: Callable[[], Response]) -> Response:
        answers = self._answers
        # As long as the runs are kept with the answer, nothing else has their ids.
        runs = [project.runs for project in self._world.projects.values()]
        headers = request.headers
        asked = (headers.get("host"), headers.get("authorization"), request.body, *map(id, runs))
        if asked not in answers:
            answers[asked] = runs, make()
        return answers[asked][1]
