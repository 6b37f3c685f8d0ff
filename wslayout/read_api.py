"""How a source is read: `read`, and `server`, which gives clients of the current W&B login.

What asks servers is imported where they are asked, so that a file is read without it.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache as once
from typing import IO, TYPE_CHECKING, Any

from wslayout.here import cache_here
from wslayout.inventory import MAX_KEYS, Inventory
from wslayout.progress import Progress, silent
from wslayout.sources import Given, open_source, read_source
from wslayout.wandb_api.pacing import MAX_WAIT, OnWait, say_nothing

if TYPE_CHECKING:
    from wslayout.wandb_api.auth import Login
    from wslayout.wandb_api.client import GraphQL
    from wslayout.wandb_api.pacing import Pacer


@contextmanager
def server(
    on_wait: OnWait = say_nothing,
    *,
    max_wait: float = MAX_WAIT,
    tell: Callable[[str], None] = lambda note: None,
    stop: threading.Event | None = None,
) -> Iterator[Callable[[], GraphQL]]:
    """Gives a function that gives a client of the current W&B login, made when first asked.

    Each thread has one of its own, and all keep one pace. Several calls can share it, and so its
    connections::

        with server() as client:
            layout = plan("team/project", client=client)
            apply(layout, client=client)

    Args:
        on_wait: Told why, before each wait of a second or more.
        max_wait: Seconds that one request may wait in all for rate limits to lift.
        tell: Told what the user should know of the login.
        stop: Once it is set, no client waits any longer: a wait raises KeyboardInterrupt.
    """
    own = threading.local()
    lock = threading.Lock()
    made: list[Any] = []

    @once
    def login() -> tuple[Login, Pacer]:
        from wslayout.wandb_api.auth import find_login
        from wslayout.wandb_api.client import pacer_of

        found = find_login()
        for note in found.notes:
            tell(note)
        return found, pacer_of(found)

    def sleep(seconds: float) -> None:
        if stop is None:
            time.sleep(seconds)
        elif stop.wait(seconds):
            raise KeyboardInterrupt

    def client() -> GraphQL:
        from wslayout.wandb_api.connection import connect

        if not hasattr(own, "client"):
            with lock:
                found, pacer = login()
                own.client = connect(
                    found, on_wait=on_wait, max_wait=max_wait, pacer=pacer, sleep=sleep
                )
                made.append(own.client)
        asked: GraphQL = own.client
        return asked

    try:
        yield client
    finally:
        for one in made:
            one.close()


@contextmanager
def shared(
    client: Callable[[], GraphQL] | None, stop: threading.Event | None = None
) -> Iterator[Callable[[], GraphQL]]:
    """The client that a caller gave, or one for this call."""
    if client is not None:
        yield client
    else:
        with server(stop=stop) as own:
            yield own


def read(  # noqa: PLR0913 - each is one thing a user may ask for, by name
    source: Given,
    *,
    exact: bool = False,
    max_keys: int = MAX_KEYS,
    cache: bool = True,
    progress: Progress = silent,
    tell: Callable[[str], None] = lambda note: None,
    client: Callable[[], GraphQL] | None = None,
    stdin: IO[str] | IO[bytes] | None = None,
    cluster: object = None,
) -> Inventory:
    """Read every metric key that a source holds.

    Args:
        source: A W&B project (``entity/project`` or any URL of it), a ``wandb/`` folder, one
            run folder, a ``.wandb`` file, a CSV, Parquet, JSON or JSON-lines file of keys, the
            URL of one of these (``s3://bucket/wandb``, with the extra ``dask``), a DataFrame
            with a column ``key``, a list or Series of keys, or ``-`` for standard input.
        exact: Read every run of a project where the server can't sum their keys up itself;
            otherwise a sample of its runs, until hardly anything of what runs log is estimated
            to be unseen, and the inventory says so.
        max_keys: The most distinct keys to accept.
        cache: Whether runs of a project that have not changed since they were last read are
            taken from the user's cache folder, and what is read is kept there.
        progress: Told how far it is.
        tell: Told what the user should know of the cache.
        client: From `server`; by default a client of the current W&B login, if needed.
        stdin: What ``-`` stands for; by default the process's standard input.
        cluster: A ``dask.distributed.Client``, or the address of a scheduler, whose workers read
            run folders; what comes of it is the same. Folders that have no URL must be on a file
            system that all workers see.

    Returns:
        One row a metric key; `Inventory` says what each column means.

    Raises:
        SourceError: The source can't be read, or is not what it was taken for.
        EmptySource: It was read and holds no metric keys.
        TooManyKeys: It holds more than ``max_keys``.
        AuthError, ServerError: The W&B server said no, or nothing; or the cluster failed.
    """
    opened = open_source(source)
    with shared(client) as asked:
        return read_source(
            opened,
            client=asked,
            stdin=stdin or _standard_input(),
            exact=exact,
            max_keys=max_keys,
            progress=progress,
            cache=cache_here if cache else None,
            tell=tell,
            cluster=cluster,
        )


def _standard_input() -> IO[str] | IO[bytes]:
    # Bytes, so that text that is not UTF-8 is an error of ours; a notebook has no such thing.
    binary: IO[bytes] | None = getattr(sys.stdin, "buffer", None)
    return binary or sys.stdin
