"""The other side of HTTP: a session whose requests never leave the process.

All of wslayout's client stands before it: keys, packing, pace, retries and messages.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import requests
from urllib3.response import HTTPResponse

from wslayout.wandb_api.auth import Login, Secret
from wslayout.wandb_api.client import Client

KEY: Final = "0123456789abcdef" * 2 + "deadbeef"
"""An API key, which no text may show."""

URL: Final = "http://127.0.0.1:9"
"""An address where nobody listens."""


@dataclass(frozen=True)
class Served:
    """One HTTP answer."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def client_of(answer: Callable[[str], Served]) -> Client:
    """A client of a server that answers so.

    Args:
        answer: Gives the answer to an operation, by its name.
    """
    session = _Session(answer)
    login = Login(URL, URL, Secret(KEY))
    return Client(login, session=session, sleep=session.sleep, clock=session.clock)


class _Session(requests.Session):
    def __init__(self, answer: Callable[[str], Served]) -> None:
        super().__init__()
        self._answer = answer
        self._now = 0.0

    def clock(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        assert 0 <= seconds <= 400
        self._now += seconds

    def post(self, *args: Any, **kwargs: Any) -> requests.Response:
        served = self._answer(json.loads(kwargs["data"])["operationName"])
        response = requests.Response()
        response.status_code = served.status
        response.headers.update(served.headers)
        raw = HTTPResponse(io.BytesIO(served.body), headers=served.headers, preload_content=False)
        response.raw = raw
        return response
