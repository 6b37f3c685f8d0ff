"""Work done in turn, or by several processes at once; what comes of it is the same."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Final, Protocol, TypeVar

from wslayout.sources.run_folders import RunFolder

T = TypeVar("T")
R = TypeVar("R")

MUCH: Final = 32 * 1024 * 1024
"""Bytes of logs from which on processes are begun: to begin one takes as long as to read 10 MB."""


class Each(Protocol):
    """Does something with each of some items; gives what comes of them, in their order."""

    def __call__(self, do: Callable[[T], R], items: Sequence[T], /) -> Iterator[R]:
        """Do it."""


def in_turn(do: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
    """One after the other."""
    return map(do, items)


def in_processes(workers: int) -> Each:
    """Several at once, each in a process of its own.

    Args:
        workers: How many.
    """

    def each(do: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        # Not those of the standard library: they run a script again that doesn't guard its main
        # part, or copy a process whose threads hold locks.
        from loky import ProcessPoolExecutor  # type: ignore[import-untyped]  # has no types

        executor = ProcessPoolExecutor(max_workers=workers)
        try:
            coming = deque(executor.submit(do, item) for item in items)
            while coming:
                yield coming.popleft().result()
        finally:
            executor.shutdown(wait=True, kill_workers=True)

    return each


def by_size(runs: Sequence[Sequence[RunFolder]]) -> Each:
    """How to read some runs: by as many processes as there are cores, where that is worth it."""
    workers = min(len(runs), _cores())
    if workers < 2 or sum(map(_size, runs)) < MUCH:
        return in_turn
    return in_processes(workers)


def _size(parts: Sequence[RunFolder]) -> int:
    total = 0
    for part in parts:
        with suppress(OSError):  # whoever reads it will tell
            total += part.run_file.stat().st_size if part.run_file else 0
    return total


def _cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
