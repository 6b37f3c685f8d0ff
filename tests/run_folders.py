"""Folders of runs made by hand, many and small, for tests of how they are read together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.framing import framed


def run_bytes(
    run_id: str, rows: Sequence[Mapping[str, Any]], *, project: str = "demo", began: int = 0
) -> bytes:
    """A ``.wandb`` file that logged some rows, and ended; it began at a second, if told."""
    from wandb.proto import wandb_internal_pb2

    record: Any = wandb_internal_pb2.Record  # type: ignore[attr-defined]  # made by protobuf
    first, last = record(num=1), record(num=2)
    first.run.run_id, first.run.project, first.run.entity = run_id, project, "team"
    if began:
        first.run.start_time.seconds = began
    last.exit.exit_code = 0
    logged = []
    for row in rows:
        one = record(num=3)
        for key, value in row.items():
            one.history.item.add(nested_key=[key], value_json=json.dumps(value))
        logged.append(one.SerializeToString())
    return framed([first.SerializeToString(), *logged, last.SerializeToString()])


def write_runs(folder: Path, count: int) -> Path:
    """A ``wandb/`` folder with runs of all sorts: whole, cut off, damaged, known by a summary."""
    for number in range(count):
        run_id = f"r{number:03}"
        home = folder / f"offline-run-202601{number // 24 + 1:02}_{number % 24:02}0000-{run_id}"
        (home / "files").mkdir(parents=True)
        rows = [
            {"loss": 1 / (step + 1), f"own/{number % 5}": step, "note": "text"} for step in range(4)
        ]
        content = run_bytes(run_id, rows, project=f"demo{number % 2}")
        summary = {"loss": 0.25, "best": number, "media": {"_type": "image-file", "path": "x.png"}}
        match number % 8:
            case 5:
                content = content[:-9]
            case 6:
                content = b"nonsense"
            case 7:
                content = b""
        if number % 8 != 4:
            (home / f"run-{run_id}.wandb").write_bytes(content)
        if number % 8 != 6:
            (home / "files" / "wandb-summary.json").write_text(json.dumps(summary))
    return folder
