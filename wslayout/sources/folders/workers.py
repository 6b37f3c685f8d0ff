"""Runs read in turn, or by several processes at once; what comes of it is the same."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future
from itertools import islice
from typing import Final, Protocol

from wslayout.sources.folders.copies import size_of
from wslayout.sources.folders.reading import Chunk, Reading, Run
from wslayout.sources.remote import RemotePath

MUCH: Final = 32 * 1024 * 1024
"""Bytes of logs from which on processes are begun: to begin one takes as long as to read 10 MB."""

_OPENING: Final = 64 * 1024  # what takes as long to read as it takes to find and open a file
_SMALL: Final = 4 * 1024 * 1024  # bytes; whoever waits is told of progress so often
_LARGE: Final = 256 * 1024 * 1024  # bytes; no worker is to be long in telling how far it is
_PIECES: Final = 8  # chunks for each worker, so that all end at about the same time
AHEAD: Final = 3  # chunks for each worker that are given out, and may wait to be taken


class Each(Protocol):
    """Reads runs chunk by chunk, and gives what comes of each chunk, in any order."""

    def __call__(
        self, do: Callable[[Chunk], Reading], runs: Sequence[Run], /
    ) -> Generator[Reading, None, None]:
        """Read them; whoever ends early closes the generator."""


def in_turn(do: Callable[[Chunk], Reading], runs: Sequence[Run]) -> Generator[Reading, None, None]:
    """One after the other."""
    yield from map(do, chunks(runs, _SMALL))


def in_processes(workers: int) -> Each:
    """Several at once, each in a process of its own.

    Args:
        workers: How many.
    """

    def each(do: Callable[[Chunk], Reading], runs: Sequence[Run]) -> Generator[Reading, None, None]:
        # Not those of the standard library: they run a script again that doesn't guard its main
        # part, or copy a process whose threads hold locks.
        from loky import (  # type: ignore[import-untyped]  # has no types
            BrokenProcessPool,
            ProcessPoolExecutor,
        )

        executor = ProcessPoolExecutor(max_workers=workers)
        rest = chunks_for(workers, runs)
        given: deque[Chunk] = deque()
        coming: deque[Future[Reading]] = deque()
        try:
            try:
                while True:
                    for chunk in islice(rest, workers * AHEAD - len(given)):
                        given.append(chunk)
                        coming.append(executor.submit(do, chunk))
                    if not given:
                        return
                    read = coming.popleft().result()
                    given.popleft()
                    yield read
            finally:
                executor.shutdown(wait=True, kill_workers=True)
        except BrokenProcessPool:
            # One was killed, mostly since memory ran out: one after the other they need less.
            yield from map(do, [*given, *rest])

    return each


def by_size(runs: Sequence[Run]) -> Each:
    """How to read some runs: by as many processes as there are cores, where that is worth it."""
    workers = min(len(runs), _cores())
    if workers < 2 or any(map(_is_only_here, runs)) or sum(map(_size, runs)) < MUCH:
        return in_turn
    return in_processes(workers)


def chunks_for(workers: int, runs: Sequence[Run]) -> Iterator[Chunk]:
    """Chunks of runs for some workers: neighbours, and as large as all workers stay busy with."""
    share = sum(map(_weight, runs)) // (workers * _PIECES)
    return chunks(runs, min(_LARGE, share))


def chunks(runs: Sequence[Run], heaviest: int) -> Iterator[Chunk]:
    """Chunks of neighbours, with so many bytes at most; a run is never divided."""
    chunk: list[tuple[int, Run]] = []
    total = 0
    for number, run in enumerate(runs):
        weight = _weight(run)
        if chunk and total + weight > heaviest:
            yield chunk
            chunk, total = [], 0
        chunk.append((number, run))
        total += weight
    if chunk:
        yield chunk


def _weight(run: Run) -> int:
    return _size(run) + _OPENING * len(run)


def _size(run: Run) -> int:
    return sum(size_of(part.run_file) for part in run if part.run_file)


def _is_only_here(run: Run) -> bool:
    return any(isinstance(part.path, RemotePath) and part.path.is_only_here for part in run)


def _cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
