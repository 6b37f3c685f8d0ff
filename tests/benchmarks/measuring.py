"""Commands measured in turn: wall time, peak memory, and what a server sent meanwhile."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final


@dataclass(frozen=True)
class Measured:
    """One run of a command.

    Attributes:
        seconds: Wall time.
        memory: Peak resident memory of its largest process, in MB.
        sent: Bytes that a server sent to it.
        requests: Requests that it made.
        answering: Seconds in which the server made the answers, which are part of the wall time.
        output: What it wrote to standard output.
    """

    seconds: float
    memory: float
    sent: int = 0
    requests: int = 0
    answering: float = 0.0
    output: str = ""


@dataclass(frozen=True)
class Compared:
    """A piece of work done by a peer and by wslayout, in turn, several times."""

    work: str
    peer: Sequence[Measured]
    ours: Sequence[Measured]

    def row(self) -> list[str]:
        """What the table says of it: medians, and how they compare."""
        peer, ours = (
            [median(getattr(one, name) for one in side) for name in _FIGURES]
            for side in (self.peer, self.ours)
        )
        sent = f"{peer[2] / ours[2]:,.1f}×" if ours[2] else ""
        requests = f"{peer[3]:.0f} → {ours[3]:.0f}" if ours[3] else ""
        answering = f"{peer[4]:.2f} → {ours[4]:.2f} s" if ours[3] else ""
        return [
            self.work,
            f"{peer[0]:.2f} s",
            f"{ours[0]:.2f} s",
            f"{peer[0] / ours[0]:.1f}×",
            f"{peer[1]:,.0f} MB",
            f"{ours[1]:,.0f} MB",
            sent,
            requests,
            answering,
        ]


_FIGURES: Final = ("seconds", "memory", "sent", "requests", "answering")
HEADINGS: Final = (
    *("work", "peer", "wslayout", "faster", "peer's memory", "ours"),
    *("fewer bytes", "requests", "of which the server"),
)


def run(command: Sequence[str], env: Mapping[str, str] | None = None) -> Measured:
    """Run a command, with nothing else meanwhile.

    Raises:
        RuntimeError: It failed; with what it said.
    """
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _SMALL, *command],
        check=False,
        capture_output=True,
        env=env,
        text=True,
    )
    said, _, told = done.stderr.rpartition("\n")
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {said[-2_000:]}")
    seconds, memory = map(float, told.split())
    return Measured(seconds, memory, output=done.stdout)


# A process begins with the peak memory of the one that begins it, so that must be a small one.
_SMALL: Final = """
import os, sys, time
begun = time.perf_counter()
_, status, usage = os.wait4(os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ), 0)
seconds = time.perf_counter() - begun
memory = usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
sys.stderr.write(f"\\n{seconds} {memory}")
sys.exit(os.waitstatus_to_exitcode(status))
"""


def peak_memory() -> float:
    """The peak memory of this process, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():
        # Unlike `ru_maxrss`, it knows nothing of the process that began this one.
        found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
        if found is not None:
            return int(found[1]) / 1024
    # macOS counts bytes, Linux KiB.
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def compared(
    work: str,
    peer: Callable[[], Measured],
    ours: Callable[[], Measured],
    same: Callable[[str, str], bool],
    times: int,
    *,
    rehearsed: bool = False,
) -> Compared:
    """Do some work in both ways, in turn.

    Args:
        work: What it is.
        peer: Does it in the one way.
        ours: Does it in our own.
        same: Whether what both said is the same.
        times: How often each is measured.
        rehearsed: Whether each is done once before that.

    Raises:
        RuntimeError: They do not find the same.
    """
    if rehearsed:
        peer()
        ours()
    found: tuple[list[Measured], list[Measured]] = ([], [])
    for _ in range(times):
        found[0].append(peer())
        found[1].append(ours())
        if not same(found[0][-1].output, found[1][-1].output):
            raise RuntimeError(f"{work}: the peer and wslayout do not find the same")
    return Compared(work, *found)


def table(rows: Sequence[Compared]) -> str:
    """The rows as a table of Markdown."""
    lines = [HEADINGS, tuple("---" for _ in HEADINGS), *(one.row() for one in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
