"""wslayout beside what a user would run instead, each in turn, as a table of medians.

Run with ``python -m tests.benchmarks.peers``; ``--only`` takes some of the rows, ``--scale`` makes
all of them smaller.

Where a server is asked, it is this process, which adds up and renders for many seconds in Python
what a real one has an index for. Of the rows that read keys it has answered every request before,
once for each side and untimed, and gives the same bytes again: what is timed is the client. The
last column has the seconds that the server takes all the same.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.benchmarks.logs import names, write_log
from tests.benchmarks.measuring import Compared, Measured, compared, run, table
from tests.benchmarks.plan_keys import grid
from tests.wandb_server import DEFAULT_KEY, KeyInfo, Run, WandbServer

HERE = Path(sys.executable).parent
WSLAYOUT = [str(HERE / "wslayout")]
WANDB = [str(HERE / "wandb")]

SINGLE = ("project_history_keys", "fields")
"""What a server lacks that tells keys run by run only."""

PEER_OF_PROJECT = """
import json, wandb
keys = set()
for run in wandb.Api().runs("demo/project", lazy=False, per_page=50):
    keys |= set(run.history_keys["keys"])
print(json.dumps(sorted(keys)))
"""


PEER_OF_PLAN = """
import sys
import pandas as pd
from tests.benchmarks.plan_keys import automatic_spec
keys = pd.read_csv(sys.argv[1])["key"]
automatic_spec(keys)
print(len(keys))
"""

PEER_OF_APPLY = """
import sys
import wandb_workspaces.workspaces as ws
workspace = ws.Workspace.from_url(sys.argv[1])
workspace.name += "."
workspace.save()
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


class OnLoopback:
    """A project ``demo/project`` on the loopback, and commands that know its server alone."""

    def __init__(self, server: WandbServer, home: Path) -> None:
        self.server = server
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("WANDB_", "XDG_")) and not name.lower().endswith("_proxy")
        }
        self.env = {
            **kept,
            "HOME": str(home),
            "WANDB_BASE_URL": server.url,
            "WANDB_API_KEY": DEFAULT_KEY,
            "WANDB_SILENT": "true",
        }

    def run(self, command: Sequence[str]) -> Measured:
        """Run a command; what the server sent, and in how many answers, is part of the result."""
        before = len(self.server.requests)
        done = run(command, self.env)
        answered = self.server.requests[before:]
        return replace(
            done,
            sent=sum(one.response_bytes for one in answered),
            requests=len(answered),
            answering=sum(one.seconds for one in answered),
        )


@contextmanager
def project(runs: int, keys: int, home: Path, off: Sequence[str] = ()) -> Iterator[OnLoopback]:
    """A project whose runs all have the same keys.

    Args:
        runs: How many runs.
        keys: How many keys each has.
        home: The user's home.
        off: What the server can't do.
    """
    infos = {key: KeyInfo("number", count=500) for key in names(keys)}
    with WandbServer(keeps_answers=True) as server:
        server.disable(*off)
        server.add_project("demo/project", runs=[Run(f"r{n}", keys=infos) for n in range(runs)])
        yield OnLoopback(server, home)


def of_project(
    folder: Path, scale: float, times: int, *, off: tuple[str, ...], options: tuple[str, ...] = ()
) -> Compared:
    """The keys of a project of 1,000 runs with 1,000 keys each."""
    runs = keys = max(10, round(1_000 * scale**0.5))
    with project(runs, keys, folder, off) as asked:
        way = "one run at a time" if off else "the server's sums"
        said = f" {' '.join(options)}" if options else ""
        return compared(
            f"keys of {runs:,} runs × {keys:,} keys by {way}{said}",
            lambda: asked.run([sys.executable, "-c", PEER_OF_PROJECT]),
            lambda: asked.run(
                [*WSLAYOUT, "keys", "demo/project", "--json", "--no-cache", *options]
            ),
            same_keys,
            times,
            rehearsed=True,
        )


def second_read(folder: Path, scale: float, times: int) -> Compared:
    """The keys of a project that was read before, and of which 1 % of the runs have changed."""
    runs = keys = max(100, round(1_000 * scale**0.5))
    with project(runs, keys, folder, SINGLE) as asked:
        of_all = asked.server.world.projects["demo/project"]
        as_read = of_all.runs
        changed = [
            replace(one, heartbeat_at=one.heartbeat_at + timedelta(days=1))
            if number % 100 == 0 and one.heartbeat_at
            else one
            for number, one in enumerate(as_read[:])
        ]
        command = [*WSLAYOUT, "keys", "demo/project", "--json", "--exact"]

        def first() -> Measured:
            shutil.rmtree(folder / ".cache", ignore_errors=True)
            of_all.runs = as_read
            return asked.run(command)

        def second() -> Measured:
            of_all.runs = changed
            return asked.run(command)

        work = "the same by `--exact`, read before, 1 % of runs changed (peer: the first read)"
        return compared(work, first, second, same_keys, times, rehearsed=True)


def plan_keys(folder: Path, scale: float, times: int) -> Compared:
    """What becomes of very many keys: panels by rule, or as automatic mode does."""
    count = round(100_000 * scale)
    file = folder / "keys.csv"
    file.write_text("\n".join(["key", *grid(count)]) + "\n", encoding="utf-8")

    def fewer(peer: str, ours: str) -> bool:
        return int(peer) == count and 0 < json.loads(ours)["figures"]["wslayout"]["panels"] <= 60

    return compared(
        f"plan {count:,} keys: 60 panels beside {count:,}",
        lambda: run([sys.executable, "-c", PEER_OF_PLAN, str(file)]),
        lambda: run([*WSLAYOUT, "plan", str(file), "--json"]),
        fewer,
        times,
    )


def apply_again(folder: Path, times: int) -> Compared:
    """Change a saved view that is there."""
    layouts = []
    for name, keys in (("more", 400), ("less", 40)):
        layouts.append(folder / f"{name}.json")
        table = folder / f"{name}.csv"
        table.write_text("\n".join(["key", *names(keys)]) + "\n", encoding="utf-8")
        run([*WSLAYOUT, "plan", str(table), "-o", str(layouts[-1])])
    with project(1, 40, folder) as asked:
        apply = [*WSLAYOUT, "apply", "--to", "demo/project"]
        made = asked.run([*apply, str(layouts[0])]).output
        url = next(word for word in made.split() if word.startswith("http"))

        def ours() -> Measured:
            layouts.reverse()
            return asked.run([*apply, str(layouts[0])])

        return compared(
            "change a saved view that is there",
            lambda: asked.run([sys.executable, "-c", PEER_OF_APPLY, url]),
            ours,
            lambda peer, ours: True,
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
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        rows: dict[str, Callable[[], Compared]] = {
            "project": lambda: of_project(home, scale, times, off=()),
            "sampled": lambda: of_project(home, scale, times, off=SINGLE),
            "exact": lambda: of_project(home, scale, times, off=SINGLE, options=("--exact",)),
            "second": lambda: second_read(home, scale, times),
            "narrow": lambda: one_file(home, scale, times, 5),
            "file": lambda: one_file(home, scale, times, 100),
            "wide": lambda: one_file(home, scale, times, 2_000),
            "folders": lambda: many_files(home, scale, times),
            "plan": lambda: plan_keys(home, scale, times),
            "apply": lambda: apply_again(home, times),
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
