"""What it takes to read a sample of a project of 100,000 runs and 10,000 keys.

Run with ``python -m tests.benchmarks.large_project``; ``--help`` says more. The loopback server
works the runs out as they are asked for (`tests.wandb_server.generated`) and has neither
aggregated keys nor a field index. The client is a process of its own, so that its peak memory
is its own; its seconds are mostly the server's, which looks through all runs for each filter.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from tests.benchmarks.measuring import peak_memory
from tests.wandb_server import WandbServer
from tests.wandb_server.generated import GeneratedRuns
from tests.wandb_server.state import RunSource

COMMON: float = 0.005
"""Keys that this share of the runs has are to be found, all of them."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a client that samples a project came to; its peak memory is in MiB."""

    keys: Sequence[str]
    runs: int
    unseen_share: float | None
    notes: Sequence[str]
    megabytes: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Measured:
    """The same, how many requests the server had, and how it compares with all runs.

    Attributes:
        read: What the client came to.
        requests: That the server had.
        common: Keys that are common.
        missing: Those of them that the client has not.
        unseen_share: Of what all runs log, the share of keys that the client has not.
    """

    read: Read
    requests: int
    common: int
    missing: int
    unseen_share: float


def sampled_in_new_process(runs: RunSource) -> tuple[Read, int]:
    """Read a project that has only single runs to give, and count the requests."""
    with WandbServer() as server:
        server.disable("project_history_keys", "fields")
        server.add_project("demo/large", runs)
        command = [sys.executable, "-m", "tests.benchmarks.large_project", "--client", server.url]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return Read(**json.loads(done.stdout)), len(server.requests)


def measure(runs: GeneratedRuns) -> Measured:
    """Sample a generated project, and compare with what its runs have."""
    read, requests = sampled_in_new_process(runs)
    least = COMMON * len(runs)
    having = runs.runs_with()
    common = {key for key, count in having.items() if count >= least}
    unseen = having.total() - sum(having[key] for key in read.keys)
    missing = len(common - set(read.keys))
    return Measured(read, requests, len(common), missing, unseen / having.total())


def read_as_client(url: str) -> Read:
    """Read the project of a server, and say what that took."""
    from tests.clients import client_at
    from wslayout.sources.project.server import read_project

    start = time.perf_counter()
    with client_at(url) as client:
        inventory = read_project(client, "demo", "large")
    seconds = time.perf_counter() - start
    coverage = inventory.coverage
    return Read(
        keys=inventory.keys,
        runs=coverage.runs_read or 0,
        unseen_share=coverage.unseen_share,
        notes=coverage.notes,
        megabytes=peak_memory(),
        seconds=seconds,
    )


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a report is to be printed


def report(runs: int, keys: int) -> None:
    """Print what a sample took."""
    found = measure(GeneratedRuns(runs, keys))
    read = found.read
    say(f"runs read       {read.runs:>10,} of {runs:,}")
    say(f"keys found      {len(read.keys):>10,} of {keys:,}")
    say(f"common missing  {found.missing:>10,} of {found.common:,} that {COMMON:.1%} of runs have")
    say(f"estimated unseen{read.unseen_share or 0:>10.2%} of what a run logs")
    say(f"really unseen   {found.unseen_share:>10.2%}")
    say(f"requests        {found.requests:>10,}")
    say(f"peak MiB        {read.megabytes:>10,.0f}")
    say(f"seconds         {read.seconds:>10,.1f}")
    for note in read.notes:
        say(f"- {note}")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.large_project", description="What a large project takes."
    )
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--keys", type=int, default=10_000)
    parser.add_argument("--client", metavar="URL", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.client:
        say(json.dumps(asdict(read_as_client(asked.client))))
    else:
        report(asked.runs, asked.keys)


if __name__ == "__main__":
    main()
