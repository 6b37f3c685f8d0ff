"""One POST, bounded in bytes and in time, with every failure one of our exceptions.

The key is only ever sent to the one address that the transport was made for, and
errors carry nothing of the failed request: its headers hold the key.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from wslayout.addresses import without_password
from wslayout.errors import BadResponse, ServerError
from wslayout.wandb_api.auth import Secret
from wslayout.wandb_api.closing import Closing
from wslayout.wandb_api.deadline import CuttableAdapter, Watchdog
from wslayout.wandb_api.upstream import TooSlow, explain, innermost_reason

MAX_BYTES: Final = 1 << 30
"""The most bytes of one answer, decompressed. A page of 200 runs with 20,000 keys each
takes half of it (127 bytes a key)."""

_CHUNK: Final = 1 << 16
_ENCODINGS: Final = frozenset({"gzip", "x-gzip", "identity", ""})


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, whatever its status.

    Attributes:
        status: The HTTP status.
        headers: Its headers, names as sent.
        body: Its body, decompressed.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much and how long one request may take.

    Attributes:
        connect: Seconds for a connection.
        silence: Seconds without a byte.
        total: Seconds for everything.
        max_bytes: Bytes of the answer, decompressed.
    """

    connect: float = 10.0
    silence: float = 60.0
    total: float = 300.0
    max_bytes: int = MAX_BYTES


class Transport(Closing):
    """Posts JSON to one URL with one key; a context manager.

    Honours proxies and ``REQUESTS_CA_BUNDLE`` as requests does, follows no redirect.

    Args:
        url: Where to post.
        api_key: The W&B API key.
        agent: The ``User-Agent`` to send.
        bounds: How much and how long one request may take.
        session: What to send with; it is closed with the transport.
    """

    def __init__(
        self,
        url: str,
        api_key: Secret,
        *,
        agent: str,
        bounds: Bounds,
        session: requests.Session | None = None,
    ) -> None:
        self.url = url
        self._bounds = bounds
        self._secrets = (api_key, Secret(_basic(api_key).removeprefix("Basic ")))
        self._session = session or requests.Session()
        # An auth object, since requests would let netrc overrule a mere header.
        self._session.auth = _KeyAuth(api_key)
        self._session.headers.update(
            {
                "User-Agent": agent,
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
                "Content-Type": "application/json",
            }
        )
        self._adapter = CuttableAdapter()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, self._adapter)

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def post(self, body: bytes, *, what: str) -> Answer:
        """Post ``body`` and read the whole answer.

        Args:
            body: JSON.
            what: The request and where it goes, as a message says it.

        Raises:
            ServerUnreachable: No connection (`NeverSent`), a broken one, or too slow.
            BadResponse: Too large, or not decodable.
            ServerError: The address or the proxy settings can't be used.
        """
        failure: ServerError
        watchdog = Watchdog(self._bounds.total, self._adapter.cut)
        with watchdog:
            try:
                answer = self._exchange(body)
                if not watchdog.fired:  # cut headers pass for complete ones
                    return answer
                raise TimeoutError
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                failure = self._explain(error, what, late=watchdog.fired)
            except TypeError:  # what requests makes of http://user:password@
                failure = ServerError(
                    f"{what} can't be sent: the address of a proxy names no host",
                    hint="Check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY.",
                )
        # Raised out here: frames of requests and urllib3, with headers in their locals,
        # must not hang on the error.
        raise failure

    def redact(self, text: str) -> str:
        """``text`` without the key, should some server or proxy have echoed it; nor passwords."""
        for secret in self._secrets:
            text = text.replace(secret, "<hidden>")
        return without_password(text)

    def _exchange(self, body: bytes) -> Answer:
        with self._session.post(
            self.url,
            data=body,
            timeout=(self._bounds.connect, self._bounds.silence),
            allow_redirects=False,
            stream=True,
        ) as response:
            # What nobody asked for is not unpacked: gzip in gzip, zstd and brotli make gigabytes
            # of a single read.
            if response.headers.get("Content-Encoding", "gzip").lower() not in _ENCODINGS:
                raise _NotAskedFor(response.headers["Content-Encoding"])
            pieces: list[bytes] = []
            size = 0
            for piece in response.iter_content(_CHUNK):
                size += len(piece)
                if size > self._bounds.max_bytes:
                    raise _TooLarge
                pieces.append(piece)
            return Answer(response.status_code, dict(response.headers), b"".join(pieces))

    def _explain(self, error: Exception, what: str, *, late: bool) -> ServerError:
        bounds = self._bounds
        if isinstance(error, _TooLarge):
            return BadResponse(
                f"the answer to {what} is larger than {bounds.max_bytes:,} bytes",
                hint="Ask for less: fewer runs a page, or fewer keys.",
            )
        if isinstance(error, _NotAskedFor):
            return BadResponse(
                f"the answer to {what} is packed as {error}, which nobody asked for",
                hint="A proxy may have changed it; try again.",
            )
        if late:
            return TooSlow(
                f"no complete answer to {what} within {bounds.total:g} s",
                hint="The server or the network is slow; try again later.",
            )
        reason = self.redact(innermost_reason(error))
        return explain(error, what, reason, silence=bounds.silence)


class _TooLarge(ValueError):
    """The body goes beyond the bound."""


class _NotAskedFor(ValueError):
    """The body is packed in another way than was asked for."""


class _KeyAuth(AuthBase):
    def __init__(self, api_key: Secret) -> None:
        self._value = _basic(api_key)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._value
        return request


def _basic(api_key: Secret) -> Secret:
    return Secret("Basic " + base64.b64encode(f"api:{api_key}".encode()).decode("ascii"))
