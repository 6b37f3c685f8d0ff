"""From a login to somebody who can ask its server."""

from __future__ import annotations

import time
from collections.abc import Callable

from wslayout.wandb_api.auth import Login
from wslayout.wandb_api.client import Client
from wslayout.wandb_api.pacing import MAX_WAIT, OnWait, Pacer, say_nothing
from wslayout.wandb_api.sdk import SdkClient


def connect(
    login: Login,
    *,
    max_wait: float = MAX_WAIT,
    on_wait: OnWait = say_nothing,
    pacer: Pacer | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Client | SdkClient:
    """A client for a login, to be used as a context manager; nothing is sent yet.

    Args:
        login: What `find_login` found. Its ``notes`` say what the user should know.
        max_wait: Seconds that one request may wait in all for rate limits to lift.
        on_wait: Told why, before each wait of more than a second.
        pacer: The pace of the server, where several clients share it.
        sleep: Waits so many seconds.
    """
    if login.api_key is None:
        return SdkClient(login)
    return Client(login, max_wait=max_wait, on_wait=on_wait, pacer=pacer, sleep=sleep)
