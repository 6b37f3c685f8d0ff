"""`Client`: asks one W&B server, waits where it asks us to, retries what is safe to retry."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

import requests

from wslayout import __version__
from wslayout.errors import BadResponse, RateLimited, ServerUnreachable, WslayoutError
from wslayout.wandb_api.answers import UNSURE, Asked, given_up, host_of, read_answer
from wslayout.wandb_api.auth import Login
from wslayout.wandb_api.closing import Closing
from wslayout.wandb_api.pacing import MAX_WAIT, OnWait, Pacer, asked_to_wait, say_nothing
from wslayout.wandb_api.transport import Answer, Bounds, Transport
from wslayout.wandb_api.upstream import NeverSent, Silent, TooSlow

ATTEMPTS: Final = 4
"""How often a read is tried that meets HTTP 5xx or a broken connection."""

_PUBLIC_CLOUD: Final = frozenset({"api.wandb.ai", "api.forge.coreweave.com"})
_UNKNOWN_LIMIT: Final = 5.0  # seconds before the second try of a 429 that names no time
_TOO_MANY: Final = 429


class GraphQL(Protocol):
    """Whatever can ask a W&B server: `Client`, or `wslayout.wandb_api.sdk.SdkClient`."""

    @property
    def login(self) -> Login:
        """Who asks, and where."""

    def execute(
        self,
        query: str,
        variables: Mapping[str, Any],
        *,
        operation: str,
        write: bool = False,
    ) -> dict[str, Any]:
        """Run one GraphQL operation and return its ``data``."""

    def close(self) -> None:
        """Close all connections."""


def is_public_cloud(login: Login) -> bool:
    """Whether a login is for W&B's own cloud."""
    return host_of(login.base_url).lower() in _PUBLIC_CLOUD


def pacer_of(login: Login, clock: Callable[[], float] = time.monotonic) -> Pacer:
    """The pace of a login's server, which several clients can share."""
    return Pacer(clock, limited=is_public_cloud(login))


class Client(Closing):
    """Runs GraphQL operations on one W&B server; a context manager.

    Args:
        login: Where, and with which API key.
        max_wait: Seconds that one request may wait in all for rate limits to lift.
        on_wait: Told why, before each wait of more than a second.
        bounds: Time and bytes of one answer.
        session: What to send with; closed with the client.
        pacer: The pace of the server, where several clients share it.
        sleep: Waits so many seconds.
        clock: Seconds that never go back.
        random: A number from 0 to 1, for the jitter between retries.
    """

    def __init__(  # noqa: PLR0913 - its collaborators, each passed in
        self,
        login: Login,
        *,
        max_wait: float = MAX_WAIT,
        on_wait: OnWait = say_nothing,
        bounds: Bounds | None = None,
        session: requests.Session | None = None,
        pacer: Pacer | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        random: Callable[[], float] = random.random,
    ) -> None:
        if login.api_key is None:
            raise ValueError("a Client needs an API key; use connect(login)")
        self._login = login
        self._host = host_of(login.base_url)
        self._max_wait = max_wait
        self._on_wait = on_wait
        self._sleep = sleep
        self._clock = clock
        self._random = random
        self._pacer = pacer or pacer_of(login, clock)
        self._transport = Transport(
            f"{login.base_url}/graphql",
            login.api_key,
            agent=f"wslayout/{__version__}",
            bounds=bounds or Bounds(),
            session=session,
        )

    def __repr__(self) -> str:
        return f"<Client of {self._host}>"

    @property
    def login(self) -> Login:
        """Who asks, and where."""
        return self._login

    @property
    def pacer(self) -> Pacer:
        """The pace of the server."""
        return self._pacer

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def execute(
        self,
        query: str,
        variables: Mapping[str, Any],
        *,
        operation: str,
        write: bool = False,
    ) -> dict[str, Any]:
        """Run one GraphQL operation and return its ``data``.

        Waits for rate limits, at most ``max_wait`` seconds in all. Reads are tried up
        to `ATTEMPTS` times; a write is sent again only when it can't have been done
        (HTTP 429, no connection).

        Args:
            query: The GraphQL document.
            variables: Its variables, as JSON values.
            operation: The operation's name in the document.
            write: Whether it changes anything.

        Raises:
            AuthError: The key is not accepted, or does not allow this.
            RateLimited: The limits were not lifted in time.
            ServerUnreachable: No answer; after a write it is not known whether the
                server carried it out, so look before writing again.
            UnknownField: The server's schema lacks something that the request named.
            RequestRejected: Another error that the server gave, partial data or not.
            BadResponse: An answer that is not what the API promises; after a write it is
                not known whether the server carried it out.
            ServerError: A redirect, or an address that can't be used.
        """
        asked = Asked(operation, self._login.base_url)
        body = json.dumps(
            {"query": query, "variables": dict(variables), "operationName": operation}
        ).encode()
        waited, failures, limited = 0.0, 0, 0
        while True:
            waited += self._wait_for_limits(asked, waited, limited)
            answer, failure = self._try(body, asked)
            if answer is not None and answer.status == _TOO_MANY:
                limited += 1
                self._pacer.refused(answer.headers)
                reset = asked_to_wait(answer.headers)
                self._pacer.close(reset or _UNKNOWN_LIMIT * 2 ** min(limited - 1, 5))
                continue
            if failure is None and answer is not None and answer.status < 500:
                return self._read(answer, asked, write=write)
            failures += 1
            if failures >= _attempts(failure, write=write):
                status = answer.status if answer is not None else 0
                raise given_up(asked, failure, status=status, attempts=failures, write=write)
            # 1, 2, 4 seconds, each ± 50 %, so that many clients don't come back at once.
            self._wait(
                2.0 ** (failures - 1) * (0.5 + self._random()),
                f"{self._host} can't be reached or failed; then another try",
            )

    def _try(self, body: bytes, asked: Asked) -> tuple[Answer | None, ServerUnreachable | None]:
        try:
            answer = self._transport.post(body, what=str(asked))
        except ServerUnreachable as error:
            return None, error
        self._pacer.saw(answer.headers)
        return answer, None

    def _read(self, answer: Answer, asked: Asked, *, write: bool) -> dict[str, Any]:
        try:
            return read_answer(answer, asked)
        except WslayoutError as error:
            failure = error.with_traceback(None)
        # Some servers and proxies echo what they were sent, key and all.
        text = self._transport.redact(str(failure))
        if write and isinstance(failure, BadResponse) and answer.status < 400:
            text += f"; {UNSURE}"
        failure.args = (text,)
        raise failure

    def _wait_for_limits(self, asked: Asked, waited: float, limited: int) -> float:
        """Wait until the next request may go; the seconds of it that were for limits."""
        seconds = self._pacer.closed_for()
        if seconds and waited + seconds > self._max_wait:
            raise RateLimited(
                f"the rate limit of {self._host} is used up, and resets in {seconds:.0f} s "
                f"(“{asked.what}” has waited {waited:.0f} s)",
                hint=f"Try again later, or wait longer than {self._max_wait:g} s with --max-wait.",
                reset_after=seconds,
            )
        if seconds:
            reason = "HTTP 429" if limited else "its limit is used up"
            self._wait(seconds, f"rate limit of {self._host} ({reason})")
        pace = self._pacer.take()
        if pace:
            self._wait(pace, f"pace of {self._host}")
        return seconds

    def _wait(self, seconds: float, why: str) -> None:
        if seconds > 1.0:
            self._on_wait(why, seconds)
        self._sleep(seconds)


def _attempts(failure: ServerUnreachable | None, *, write: bool) -> int:
    """How often a request may be tried that failed so; None: with HTTP 5xx."""
    if isinstance(failure, NeverSent):
        return 3  # a second or two, not ten, before somebody hears of a wrong address
    if write or (isinstance(failure, TooSlow) and not isinstance(failure, Silent)):
        return 1
    return 2 if isinstance(failure, Silent) else ATTEMPTS
