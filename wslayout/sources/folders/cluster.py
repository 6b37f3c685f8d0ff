"""Runs read by the workers of a Dask cluster; what comes of it is what one process reads."""

from __future__ import annotations

import asyncio
import logging
import pkgutil
import socket
import time
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice
from typing import Any, Final

from wslayout import __version__
from wslayout.errors import ServerError, ServerUnreachable, SourceError, WslayoutError
from wslayout.sources.folders.reading import Chunk, Reading, Run
from wslayout.sources.folders.workers import AHEAD, Each, chunks_for

CONNECTING: Final = 10.0
"""Seconds within which a scheduler must answer."""

PATIENCE: Final = 300.0
"""Seconds that runs wait for a first worker: some clusters begin one only where there is work."""

_UNKNOWN: Final = 16  # workers that are reckoned with where none has come yet
_LOOKING: Final = 0.02  # seconds between looks at what is done

_SAME: Final = (
    "The scheduler and all workers need what this machine has: wslayout {version} with its extra "
    "dask, and the packages that the URLs need."
)


@contextmanager
def on_cluster(cluster: object, *, patience: float = PATIENCE) -> Iterator[Each]:
    """Connect to a cluster: gives what has runs read there.

    Args:
        cluster: A ``dask.distributed.Client``, which stays open, or what one takes: the address
            of a scheduler (``tcp://host:8786``), or a cluster object.
        patience: Seconds that runs wait for a first worker.

    Raises:
        ServerUnreachable: No scheduler answers.
        SourceError: Dask is not installed, the address is none, or the cluster has another
            wslayout than this.
    """
    with _client_of(cluster) as client:
        _check_versions(client)
        yield partial(_each, client, patience)


@contextmanager
def _client_of(cluster: object) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError as error:
        raise SourceError(
            "a cluster needs Dask, which is not installed",
            hint='Run: pip install "wslayout[dask]"',
        ) from error
    if isinstance(cluster, Client):
        if cluster.asynchronous:
            raise SourceError(
                "that client of Dask is asynchronous",
                hint="Give one that is not, or the address of the scheduler.",
            )
        yield cluster
        return
    with _quiet(), _own_client(cluster) as client:
        yield client


@contextmanager
def _own_client(cluster: object) -> Iterator[Any]:
    from distributed import Client

    try:
        if isinstance(cluster, str):
            _knock(cluster)
        client = Client(cluster, timeout=CONNECTING, set_as_default=False)
    except (OSError, asyncio.TimeoutError) as error:
        raise ServerUnreachable(
            f"no scheduler of Dask answers at {cluster}: {str(error) or 'no answer in time'}",
            hint="Check the address, and that the cluster is up.",
        ) from error
    except (ValueError, TypeError, ImportError) as error:
        raise SourceError(
            f"{cluster!r} is no address of a scheduler: {error}",
            hint="It is written tcp://host:8786.",
        ) from error
    try:
        yield client
    finally:
        client.close()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep a client from logging tracebacks of what is told here in a sentence."""
    loggers = [logging.getLogger(f"distributed.{part}") for part in ("client", "core", "utils")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _knock(address: str) -> None:
    """See whether a scheduler answers: a client that finds none leaves a thread behind.

    Raises:
        OSError, asyncio.TimeoutError: None does.
        ValueError, TypeError, ImportError: That is no address.
    """
    from distributed.comm.core import connect
    from distributed.security import Security

    async def knock() -> None:
        options = Security().get_connection_args("client")
        comm = await connect(address, timeout=CONNECTING, **options)
        await comm.close()

    # In a thread, for notebooks run a loop of their own in this one.
    pool = ThreadPoolExecutor(1)
    # Its own timeout does not end the wait for a listener that never says anything.
    knocked = pool.submit(asyncio.run, asyncio.wait_for(knock(), 2 * CONNECTING))
    try:
        knocked.result()
    finally:
        pool.shutdown(wait=knocked.done())  # who interrupts does not wait


def _check_versions(client: Any) -> None:
    """Refuse a cluster that has another wslayout, or none, while that can still be told well."""
    # What the cluster runs here is Python's own, for it may have nothing of ours.
    ask = (pkgutil.resolve_name, "wslayout:__version__")
    with _told(client):
        found: dict[str, object] = client.run(*ask, on_error="return")
        try:
            found["the scheduler"] = client.run_on_scheduler(*ask)
        except ImportError as error:
            found["the scheduler"] = error
    for who, version in sorted(found.items(), key=lambda one: one[0]):
        if version == __version__:
            continue
        has = f"has wslayout {version}" if isinstance(version, str) else f"has none: {version}"
        raise SourceError(
            f"the cluster at {_address(client)} can't read runs as this machine does: {who} {has}",
            hint=_SAME.format(version=__version__),
        )


def _each(
    client: Any, patience: float, do: Callable[[Chunk], Reading], runs: Sequence[Run]
) -> Generator[Reading, None, None]:
    with _told(client):
        workers = sum(client.nthreads().values()) or _UNKNOWN
    rest = chunks_for(workers, runs)
    pending: dict[Any, Chunk] = {}
    try:
        while True:
            with _told(client):
                for chunk in islice(rest, workers * AHEAD - len(pending)):
                    # A pure task would be looked up among those that were done before.
                    pending[client.submit(_if_seen, do, chunk, pure=False)] = chunk
                done = _done(client, pending, patience) if pending else []
            for future in done:
                with _told(client):
                    found = future.result()
                    future.release()
                chunk = pending.pop(future)
                yield _read_here(client, do, chunk, found) if isinstance(found, str) else found
            if not done:
                return
    finally:
        if pending:
            with suppress(Exception):  # the scheduler may be what was lost
                client.cancel(list(pending), force=True)


def _if_seen(do: Callable[[Chunk], Reading], chunk: Chunk) -> Reading | str:
    """Read a chunk on a worker, or give the worker's name if it does not see the chunk's files."""
    try:
        is_there = _first_file(chunk).exists()
    except OSError:  # which whoever reads it will tell
        is_there = True
    return do(chunk) if is_there else socket.gethostname()


def _read_here(client: Any, do: Callable[[Chunk], Reading], chunk: Chunk, worker: str) -> Reading:
    """Read a chunk that a worker does not see, unless it is this machine alone that does."""
    first = _first_file(chunk)
    is_here = False
    with suppress(OSError):  # which whoever reads it will tell
        is_here = first.exists()
    if is_here:
        raise SourceError(
            f"a worker of the cluster at {_address(client)}, on {worker}, does not see {first}",
            hint="Runs on disk must lie where all workers find them by the same path; or give the "
            "URL of an object store.",
        )
    return do(chunk)  # it was removed, which the reader tells


def _first_file(chunk: Chunk) -> Any:
    first = chunk[0][1][0]
    return first.run_file or first.summary or first.path


def _done(client: Any, pending: Collection[Any], patience: float) -> list[Any]:
    """Those tasks that are done; waits for one.

    Raises:
        ServerUnreachable: There are no workers for so long.
    """
    begun = asked = time.monotonic()
    while True:
        if done := [future for future in pending if future.status != "pending"]:
            return done
        time.sleep(_LOOKING)
        now = time.monotonic()
        if now - asked < 1:
            continue
        asked = now
        if client.nthreads():
            begun = now
        elif now - begun > patience:
            raise ServerUnreachable(
                f"the cluster at {_address(client)} has no workers",
                hint="Begin some (dask worker), or scale it up.",
            )


@contextmanager
def _told(client: Any) -> Iterator[None]:
    """Raise what goes wrong with a cluster as an error of ours; those of the reader pass."""
    from distributed import CancelledError, KilledWorker

    where = f"the cluster at {_address(client)}"
    try:
        yield
    except WslayoutError:
        raise
    except KilledWorker as error:
        raise ServerError(
            f"{where} lost worker after worker that read the same runs: {error}",
            hint="Their memory may be too small; see the workers' logs.",
        ) from error
    except (CancelledError, OSError, asyncio.TimeoutError) as error:
        raise ServerUnreachable(
            f"{where} was lost while runs were read", hint="See that it is up, and run it again."
        ) from error
    except Exception as error:
        # What a task raises of a worker's making: a package that it lacks, memory.
        said = next(iter(str(error).strip().splitlines()), "")
        raise ServerError(
            f"{where} failed to read runs: {type(error).__name__}: {said}",
            hint=_SAME.format(version=__version__),
        ) from error


def _address(client: Any) -> str:
    scheduler = getattr(client, "scheduler", None)
    return str(getattr(scheduler, "address", "?"))
