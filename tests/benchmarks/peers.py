"""wslayout beside what a user would run instead, each in turn, as a table of medians.

Run with ``python -m tests.benchmarks.peers``; ``--only`` takes some of the rows, ``--scale`` makes
all of them smaller.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.logs import names, write_log
from tests.benchmarks.measuring import Compared, Measured, compared, run, table
from tests.wandb_server import DEFAULT_KEY, KeyInfo, Run, WandbServer

HERE = Path(sys.executable).parent
WSLAYOUT = [str(HERE / "wslayout")]
WANDB = [str(HERE / "wandb")]

PEER_OF_PROJECT = """
import json, wandb
keys = set()
for run in wandb.Api().runs("demo/project", lazy=False, per_page=50):
    keys |= set(run.history_keys["keys"])
print(json.dumps(sorted(keys)))
"""


def keys_of(output: str) -> set[str]:
    """The keys in what one of them wrote, without W&B's own."""
    found = json.loads(output)
    if isinstance(found, list):
        keys = found
    elif "keys" in found:
        keys = [one["key"] for one in found["keys"]]
    else:
        keys = list(found["summary"])
    return {key for key in keys if not key.startswith("_")}


def same_keys(one: str, other: str) -> bool:
    """Whether both found the same, and anything at all."""
    return keys_of(one) == keys_of(other) != set()


def one_file(folder: Path, scale: float, times: int, keys: int) -> Compared:
    """Keys, kinds and counts of one large run file."""
    size = round(100_000_000 * scale)
    file = folder / f"run-{keys}.wandb"
    write_log(file, f"of{keys}", names(keys), size)
    inspect = [*WANDB, "leet", "inspect", "--summary", "--json", str(file)]
    return compared(
        f"one `.wandb` file of {size / 1e6:.0f} MB, {keys:,} metrics a row",
        lambda: run(inspect),
        lambda: run([*WSLAYOUT, "keys", str(file), "--json"]),
        same_keys,
        times,
    )


def many_files(folder: Path, scale: float, times: int) -> Compared:
    """Keys, kinds and counts of many run folders."""
    size = round(10_000_000 * scale)
    for number in range(40):
        home = folder / "many" / "wandb" / f"offline-run-20260101_{number:06}-r{number}"
        write_log(home / f"run-r{number}.wandb", f"r{number}", names(100), size)
    loop = 'for file in "$1"/wandb/*/*.wandb; do "$0" leet inspect --summary --json "$file"; done'
    sh = ["sh", "-c", f"{loop} | tail -n 100000", WANDB[0], str(folder / "many")]

    def same(peer: str, ours: str) -> bool:
        last = peer[peer.rindex("\n{\n") :]
        return same_keys(last, ours)

    return compared(
        f"40 run folders of {size / 1e6:.0f} MB",
        lambda: run(sh),
        lambda: run([*WSLAYOUT, "keys", str(folder / "many"), "--json"]),
        same,
        times,
    )


def help_text(times: int) -> Compared:
    """How long it takes until anything is said."""
    return compared(
        "`--help`",
        lambda: run([*WANDB, "--help"]),
        lambda: run([*WSLAYOUT, "--help"]),
        lambda peer, ours: bool(peer and ours),
        times,
    )


@contextmanager
def project(runs: int, keys: int, home: Path) -> Iterator[tuple[WandbServer, Mapping[str, str]]]:
    """A project on the loopback, and the environment that knows its server alone."""
    infos = {key: KeyInfo("number", count=500) for key in names(keys)}
    with WandbServer() as server:
        server.add_project("demo/project", runs=[Run(f"r{n}", keys=infos) for n in range(runs)])
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("WANDB_") and not name.lower().endswith("_proxy")
        }
        yield (
            server,
            {
                **kept,
                "HOME": str(home),
                "WANDB_BASE_URL": server.url,
                "WANDB_API_KEY": DEFAULT_KEY,
                "WANDB_SILENT": "true",
            },
        )


def of_project(
    folder: Path, scale: float, times: int, *, off: tuple[str, ...], options: tuple[str, ...] = ()
) -> Compared:
    """The keys of a project of 1,000 runs with 1,000 keys each."""
    runs = keys = max(10, round(1_000 * scale**0.5))
    with project(runs, keys, folder) as (server, env):
        for feature in off:
            server.disable(feature)

        def counted(command: list[str]) -> Measured:
            before = len(server.requests)
            done = run(command, env)
            answered = server.requests[before:]
            return Measured(
                done.seconds,
                done.memory,
                sum(one.response_bytes for one in answered),
                len(answered),
                done.output,
            )

        way = "one run at a time" if off else "the server's sums"
        said = f" {' '.join(options)}" if options else ""
        return compared(
            f"keys of {runs:,} runs × {keys:,} keys by {way}{said}",
            lambda: counted([sys.executable, "-c", PEER_OF_PROJECT]),
            lambda: counted([*WSLAYOUT, "keys", "demo/project", "--json", *options]),
            same_keys,
            times,
        )


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=[], help="rows by their names")
    parser.add_argument("--scale", type=float, default=1.0, help="1: as large as the README says")
    parser.add_argument("--times", type=int, default=3, help="how often each is measured")
    given = parser.parse_args()
    scale, times = given.scale, given.times
    slow = ("project_history_keys", "fields")
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        rows: dict[str, Callable[[], Compared]] = {
            "project": lambda: of_project(home, scale, times, off=()),
            "sampled": lambda: of_project(home, scale, times, off=slow),
            "exact": lambda: of_project(home, scale, times, off=slow, options=("--exact",)),
            "narrow": lambda: one_file(home, scale, times, 5),
            "file": lambda: one_file(home, scale, times, 100),
            "wide": lambda: one_file(home, scale, times, 2_000),
            "folders": lambda: many_files(home, scale, times),
            "help": lambda: help_text(times),
        }
        found = []
        for row, measure in rows.items():
            if not given.only or row in given.only:
                found.append(measure())
                sys.stderr.write(table(found[-1:]).splitlines()[-1] + "\n")
    machine = f"{platform.python_implementation()} {platform.python_version()}"
    sys.stdout.write(f"{machine}, {os.cpu_count()} cores\n{table(found)}\n")


if __name__ == "__main__":
    main()
