"""Runs to audit: logged offline by the real SDK, or written record by record."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from tests.framing import framed

Row: TypeAlias = Mapping[str, Any]

_LOGGING = """
import json, sys
import numpy, wandb

MADE = {
    "$text": lambda length: "x" * length,
    "$html": lambda text: wandb.Html(text, inject=False),
    "$histogram": lambda values: wandb.Histogram(values),
    "$image": lambda size: wandb.Image(
        numpy.random.default_rng(size).integers(0, 255, (size, size, 3), numpy.uint8)
    ),
    "$table": lambda rows: wandb.Table(columns=[f"c{n}" for n in range(len(rows[0]))], data=rows),
}

def made(value):
    if not isinstance(value, dict):
        return value
    for name, make in MADE.items():
        if name in value:
            return make(value[name])
    return {key: made(below) for key, below in value.items()}

def start(folder, run):
    settings = wandb.Settings(
        console="off", silent=True, x_disable_stats=True, x_disable_meta=True, disable_git=True,
        disable_job_creation=True, save_code=False, sweep_id=run["sweep"] or None,
    )
    return wandb.init(
        mode="offline", dir=folder, project="demo", entity="team", id=run["id"], name=run["name"],
        config=made(run["config"]), reinit="create_new", settings=settings,
    )

given = json.load(sys.stdin)
for wave in sorted({run["wave"] for run in given}):
    runs = [run for run in given if run["wave"] == wave]
    begun = [start(run["folder"], run) for run in runs]
    for one, run in zip(begun, runs):
        for row in run["rows"]:
            one.log({key: made(value) for key, value in row.items()})
    for one in begun:
        one.finish()
"""


def text(length: int) -> dict[str, int]:
    """A string of so many letters; as JSON it has two bytes more."""
    return {"$text": length}


def html(content: str = "<b>") -> dict[str, str]:
    """A media value."""
    return {"$html": content}


def histogram(*values: float) -> dict[str, Any]:
    """A histogram."""
    return {"$histogram": list(values)}


def image(size: int) -> dict[str, int]:
    """An image of noise, so many pixels wide and high."""
    return {"$image": size}


def table(*rows: Sequence[Any]) -> dict[str, Any]:
    """A table."""
    return {"$table": list(rows)}


@dataclass(frozen=True, kw_only=True)
class LoggedRun:
    """A run to log with the SDK; a later one of the same id resumes it.

    Attributes:
        wave: Those of one number go on at once, and begin when the ones before have ended.
    """

    id: str
    rows: Sequence[Row] = ()
    config: Mapping[str, Any] = field(default_factory=dict)
    sweep: str = ""
    wave: int = 0


def log_offline(projects: Mapping[Path, Sequence[LoggedRun]]) -> None:
    """Let the real SDK log runs below folders, in a process of its own."""
    runs = [
        # What goes on at once needs ids of its own.
        {**asdict(run), "folder": str(folder), "id": f"{number}-{run.id}", "name": run.id}
        for number, (folder, some) in enumerate(projects.items())
        for run in some
    ]
    for folder in projects:
        folder.mkdir(parents=True)
    env = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    subprocess.run(
        [sys.executable, "-c", _LOGGING],
        input=json.dumps(runs).encode(),
        env=env,
        timeout=120,
        capture_output=True,
        check=True,
    )


@dataclass(frozen=True, kw_only=True)
class WrittenRun:
    """A run whose ``.wandb`` file is written record by record, at chosen times.

    Attributes:
        rows: For each row its time (None: without) and its values.
        started: When the run began, in seconds; None: not told.
        run_record: Whether there is a record that tells the id.
        number: Tells the folders of a resumed run apart.
    """

    id: str
    rows: Sequence[tuple[float | None, Row]] = ()
    started: float | None = None
    sweep: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    run_record: bool = True
    number: int = 0

    def write(self, folder: Path) -> Path:
        """Write it below a folder, and give its own."""
        place = folder / "wandb" / f"offline-run-20260101_{self.number:06}-{self.id}"
        place.mkdir(parents=True)
        (place / f"run-{self.id}.wandb").write_bytes(framed(list(self._records())))
        return place

    def _records(self) -> Iterator[bytes]:
        from wandb.proto import wandb_internal_pb2

        if self.run_record:
            first = wandb_internal_pb2.Record()  # type: ignore[attr-defined]
            first.run.run_id = first.run.display_name = self.id
            first.run.sweep_id = self.sweep
            if self.started is not None:
                first.run.start_time.FromNanoseconds(round(self.started * 1e9))
            for key, value in self.config.items():
                first.run.config.update.add(key=key, value_json=json.dumps(value))
            yield first.SerializeToString()
        for step, (moment, row) in enumerate(self.rows):
            record = wandb_internal_pb2.Record()  # type: ignore[attr-defined]
            internal = {"_step": step} | ({} if moment is None else {"_timestamp": moment})
            for parts, value in leaves(internal | dict(row)):
                record.history.item.add(nested_key=parts, value_json=json.dumps(value))
            yield record.SerializeToString()
        last = wandb_internal_pb2.Record()  # type: ignore[attr-defined]
        last.exit.exit_code = 0
        yield last.SerializeToString()


def leaves(row: Row, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The values of a row by their nested names, as the SDK writes them."""
    for key, value in row.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, (*above, key))
        else:
            yield (*above, key), value
