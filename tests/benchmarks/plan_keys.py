"""How long planning takes and how much memory, by the number of keys and their shape.

Run with ``python -m tests.benchmarks.plan_keys``; ``--help`` says more. Each run has a process of
its own, so that its peak memory is its own. In the table, "MiB more" is by how much planning raised
the peak that imports, keys and inventory had left, and "to tenth" is the time as a multiple of that
for a tenth of the keys. Next to wslayout stands what the panels of automatic mode take: pandas
groups the keys by first prefix, wandb-workspaces builds a panel a key.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice, product
from multiprocessing import get_context
from statistics import median
from typing import TYPE_CHECKING

from tests.benchmarks.measuring import peak_memory

if TYPE_CHECKING:
    import pandas as pd

# pandas, wslayout and wandb are imported where they are used: a process starts with its parent's
# peak memory, so this one stays small.

SIZES = (1_000, 10_000, 100_000, 1_000_000)
REPEATED = 100_000
"""Up to this size a row is the median of three runs."""
PEER_MOST = 100_000
PEER_SHAPE = "grid"

SEED = 20_240_607
KNOWN_WORDS = (
    *("train", "val", "test", "loss", "acc", "reward", "lr", "grad", "norm", "mean", "std", "max"),
    *("min", "time", "step", "entropy", "kl", "value", "policy", "score", "len", "memory", "gpu"),
)


def vocabulary(count: int = 300) -> list[str]:
    """Words that metrics are named with, and made-up ones."""
    chance = random.Random(SEED)
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    words = dict.fromkeys(KNOWN_WORDS)
    while len(words) < count:
        words["".join(chance.choices(syllables, k=chance.randint(2, 3)))] = None
    return list(words)


def flat(count: int) -> list[str]:
    """Names without a prefix: two or three words and a number."""
    chance, words = random.Random(SEED), vocabulary()
    keys: dict[str, None] = {}
    while len(keys) < count:
        name = chance.choices(words, k=chance.randint(2, 3))
        keys["_".join([*name, str(chance.randrange(1_000))])] = None
    return list(keys)


def grid(count: int) -> list[str]:
    """Layers by heads, a few statistics of a few quantities each."""
    quantities = ("grads", "params", "activations", "updates")
    statistics = ("norm", "mean", "std", "min", "max")
    side = math.ceil(math.sqrt(count / len(quantities) / len(statistics)))
    cells = product(range(side), range(side), quantities, statistics)
    return [
        f"{quantity}/layers.{layer}.attn.head.{head}/{statistic}"
        for layer, head, quantity, statistic in islice(cells, count)
    ]


def deep(count: int) -> list[str]:
    """The leaves of a random tree of 3 to 8 levels, where nodes have 2 to 40 branches.

    A node with one key below may have one branch, to get to the third level.
    """
    return list(_leaves((), count, random.Random(SEED), vocabulary()))


def _leaves(
    path: tuple[str, ...], count: int, chance: random.Random, words: Sequence[str]
) -> Iterator[str]:
    depth = len(path)
    if depth == 8 or (count == 1 and depth >= 3):
        yield "/".join(path)
        return
    # Enough branches for all leaves to fit below, with room as some get more than others; and few
    # enough to reach the third level with some to spare.
    fewest = max(2, math.ceil((4 * count) ** (1 / (8 - depth))))
    most = max(fewest, int(count ** (1 / max(1, 3 - depth))))
    branches = min(count, chance.randint(min(fewest, 40), min(most, 40)) if depth < 7 else count)
    cuts = [0, *sorted(chance.sample(range(1, count), branches - 1)), count]
    parts = chance.sample(words, branches)
    for part, start, end in zip(parts, cuts, cuts[1:], strict=False):
        yield from _leaves((*path, part), end - start, chance, words)


SHAPES: Mapping[str, Callable[[int], list[str]]] = {"flat": flat, "grid": grid, "deep": deep}


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run took; the peaks are MiB."""

    seconds: float
    before: float
    peak: float


def measured(work: Callable[[], object]) -> Measured:
    before = peak_memory()
    start = time.perf_counter()
    work()
    return Measured(time.perf_counter() - start, before, peak_memory())


def measure_wslayout(shape: str, count: int) -> Measured:
    """Planning; the vocabulary and the weights, which are read once a process, are read before."""
    import pandas as pd

    from wslayout.grouping import lay_out
    from wslayout.inventory import Inventory
    from wslayout.presets import builtin_budgets

    budgets = builtin_budgets()
    lay_out(Inventory.from_frame(pd.DataFrame({"key": ["loss", "acc"]})), budgets)
    inventory = Inventory.from_frame(pd.DataFrame({"key": SHAPES[shape](count)}))
    return measured(lambda: lay_out(inventory, budgets))


def automatic_spec(keys: pd.Series[str]) -> object:
    """Automatic mode's sections and panels, as far as the body of the request."""
    os.environ |= {"WANDB_MODE": "offline", "WANDB_ERROR_REPORTING": "false"}
    import wandb_workspaces.workspaces as ws
    from wandb_workspaces.reports.v2.interface import LinePlot

    sections = [
        ws.Section(name=str(name), panels=[LinePlot(y=[key]) for key in group])
        for name, group in keys.groupby(keys.str.split("/").str[0])
    ]
    workspace = ws.Workspace(entity="e", project="p", sections=sections)
    return workspace._to_model().spec.model_dump(by_alias=True, exclude_none=True)


def measure_peer(shape: str, count: int) -> Measured:
    """`automatic_spec`, once everything that it needs is imported."""
    import pandas as pd

    automatic_spec(pd.Series(["train/loss", "train/acc"]))
    keys = pd.Series(SHAPES[shape](count))
    return measured(lambda: automatic_spec(keys))


MEASURES: Mapping[str, Callable[[str, int], Measured]] = {
    "wslayout": measure_wslayout,
    "pandas + wandb-workspaces": measure_peer,
}


def in_new_process(what: str, shape: str, count: int) -> Measured:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(MEASURES[what], shape, count).result()


def median_of_runs(what: str, shape: str, count: int) -> Measured:
    runs = [in_new_process(what, shape, count) for _ in range(3 if count <= REPEATED else 1)]
    return Measured(
        seconds=median(run.seconds for run in runs),
        before=median(run.before for run in runs),
        peak=median(run.peak for run in runs),
    )


HEAD = (
    f"{'shape':<6}{'keys':>10}{'seconds':>10}{'µs a key':>10}{'peak MiB':>10}{'MiB more':>10}"
    f"{'to tenth':>10}  what"
)


def row(what: str, shape: str, count: int, found: Measured, tenth: Measured | None) -> str:
    ratio = f"{found.seconds / tenth.seconds:.1f}" if tenth else "-"
    return (
        f"{shape:<6}{count:>10,}{found.seconds:>10.3f}{found.seconds / count * 1e6:>10.1f}"
        f"{found.peak:>10.0f}{found.peak - found.before:>10.0f}{ratio:>10}  {what}"
    )


def report(sizes: Sequence[int], shapes: Sequence[str]) -> bool:
    """Print the table as it comes; whether all could be measured."""
    say(HEAD)
    done: dict[tuple[str, str, int], Measured] = {}
    failed = False
    for what, shape, count in product(MEASURES, shapes, sizes):
        if MEASURES[what] is measure_peer and (shape != PEER_SHAPE or count > PEER_MOST):
            continue
        try:
            found = median_of_runs(what, shape, count)
        except BrokenProcessPool:
            failed = True
            say(f"{shape:<6}{count:>10,}  failed: the process was killed; out of memory?  {what}")
        except Exception as error:
            failed = True
            say(f"{shape:<6}{count:>10,}  failed: {type(error).__name__}: {error}  {what}")
        else:
            done[what, shape, count] = found
            say(row(what, shape, count, found, done.get((what, shape, count // 10))))
    say(f"\n{platform.platform()}, {os.cpu_count()} CPUs, Python {platform.python_version()}")
    return not failed


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a report is to be printed


def _sizes(text: str) -> list[int]:
    sizes = text.split(",")
    if not all(size.isdecimal() and int(size) for size in sizes):
        raise argparse.ArgumentTypeError(f"{text!r}: numbers from 1 up, joined by commas")
    return sorted(set(map(int, sizes)))


def _shapes(text: str) -> list[str]:
    shapes = text.split(",")
    if not set(shapes) <= set(SHAPES):
        raise argparse.ArgumentTypeError(f"{text!r}: there are {', '.join(SHAPES)}")
    return shapes


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.plan_keys", description="What planning takes, by keys."
    )
    parser.add_argument(
        "--sizes", type=_sizes, default=list(SIZES), help="numbers of keys, joined by commas"
    )
    parser.add_argument(
        "--shapes", type=_shapes, default=list(SHAPES), help=f"of {', '.join(SHAPES)}"
    )
    asked = parser.parse_args()
    return 0 if report(asked.sizes, asked.shapes) else 1


if __name__ == "__main__":
    sys.exit(main())
