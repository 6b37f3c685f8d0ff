"""Large ``.wandb`` files as the SDK writes them, made quickly."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from tests.framing import chunks
from wslayout.sources.folders.runlog import HEADER


def names(count: int) -> list[str]:
    """Names of metrics."""
    quantities = ("loss", "grad_norm", "weight_norm", "update_ratio")
    return [f"train/layers.{n // 4}/{quantities[n % 4]}" for n in range(count)]


def write_log(path: Path, run_id: str, keys: Sequence[str], size: int) -> int:
    """Write a run of at least ``size`` bytes; each row logs all keys, in random order.

    As in a log of the SDK (0.31), two summaries stand before each row.

    Returns:
        How many rows it has.
    """
    from wandb.proto import wandb_internal_pb2

    record: Any = wandb_internal_pb2.Record  # type: ignore[attr-defined]  # made by protobuf
    chance = random.Random(run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(HEADER)
        first = record(num=1)
        first.run.run_id, first.run.project, first.run.entity = run_id, "demo", "team"
        _append(file, first.SerializeToString())
        step = 0
        while file.tell() < size:
            own, told, row = (record(num=3 * step + 2 + n) for n in range(3))
            own.summary.update.add(nested_key=["_wandb", "runtime"], value_json=str(step // 2))
            own.summary.update.add(key="_runtime", value_json=str(step // 2))
            row.history.step.num = step
            values = {key: chance.gauss(1, 0.1) for key in keys}
            values |= {"_step": step, "_runtime": step / 2, "_timestamp": 1.79e9 + step / 2}
            for items in (told.summary.update, row.history.item):
                for key in chance.sample(list(values), len(values)):
                    items.add(nested_key=[key], value_json=repr(values[key]))
            for one in (own, told, row):
                _append(file, one.SerializeToString())
            step += 1
        last = record(num=3 * step + 2)
        last.exit.exit_code = 0
        _append(file, last.SerializeToString())
    return step


def _append(file: BinaryIO, payload: bytes) -> None:
    file.write(chunks(payload, file.tell()))
