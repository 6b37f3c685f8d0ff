"""Demo runs: a few real W&B runs, logged offline with the wandb SDK.

They look like the pre-training of a vision model: over a thousand metric keys, most
of them a layer grid and per-class scores. The curves are made up, from a fixed seed.

wandb keeps its settings and its service process per Python process, so the runs are
logged by a child process with an environment of its own: the caller's login,
settings and ``WANDB_*`` variables neither matter nor change.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wslayout.demo_metrics import (
    CLASSES,
    LAYERS,
    Shape,
    png,
    rises,
    training_metrics,
    validation_metrics,
)
from wslayout.errors import SourceError
from wslayout.progress import Progress, silent

if TYPE_CHECKING:
    from wandb import Run

PROJECT: Final = "wslayout-demo"
"""The W&B project that the runs say they belong to."""

STEPS: Final = 30
"""Values that a training metric has in each run."""

_VALIDATE_EVERY: Final = 5
_RUN_ID: Final = "wsldemo{}"


def log_demo_runs(folder: Path, *, runs: int = 3, progress: Progress = silent) -> list[Path]:
    """Log demo runs below ``folder``: no account, no network, no questions.

    Nothing is written anywhere else. Demo runs of an earlier call are replaced, so a
    second call leaves ``runs`` runs again.

    Args:
        folder: Where the folder ``wandb`` with the runs is to stand; made if missing.
        runs: How many runs.
        progress: Told after each run.

    Returns:
        The run folders (``folder/wandb/offline-run-…``), in the order of the runs.

    Raises:
        SourceError: The runs could not be logged.
    """
    folder = folder.resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("wandb/offline-run-*-" + _RUN_ID.format("[0-9]*")):
            shutil.rmtree(old)
        scratch_folder = tempfile.TemporaryDirectory(prefix=".wslayout-demo-", dir=folder)
    except OSError as error:
        raise SourceError(
            f"the demo runs can't be written to {folder}: {error}", hint="Try another folder."
        ) from error
    progress("demo runs", 0, runs)
    with scratch_folder as scratch:
        command = [sys.executable, "-m", "wslayout.demo", str(folder), str(runs)]
        with subprocess.Popen(  # noqa: S603 - our own module, run by our own interpreter
            command,
            cwd=scratch,
            env=_environment(Path(scratch)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as child:
            try:
                paths, talk = _listen(child, runs, progress)
            except BaseException:
                child.kill()
                raise
        if child.returncode != 0 or len(paths) != runs:
            raise SourceError(
                f"the demo runs could not be logged in {folder}: "
                f"{talk[-1] if talk else 'wandb stopped without a word'}",
                hint="Try another folder; if that does not help, try `wandb --version`.",
            )
    return paths


def _listen(
    child: subprocess.Popen[str], runs: int, progress: Progress
) -> tuple[list[Path], list[str]]:
    """The run folders that the child reports, and whatever else it said."""
    assert child.stdout is not None  # noqa: S101 - we asked for a pipe
    paths: list[Path] = []
    talk: list[str] = []
    for line in child.stdout:
        if line.startswith('{"demo_run": '):
            paths.append(Path(json.loads(line)["demo_run"]))
            progress("demo runs", len(paths), runs)
        elif line.strip():
            talk.append(line.strip())
    return paths, talk


def _environment(scratch: Path) -> dict[str, str]:
    """This process's environment without W&B's variables; all side files in ``scratch``."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("WANDB_")
    }
    own_code = str(Path(__file__).resolve().parents[1])
    others = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = f"{own_code}{os.pathsep}{others}" if others else own_code
    environment["PYTHONIOENCODING"] = "utf-8"
    for name in ("TMPDIR", "TMP", "TEMP"):
        environment[name] = str(scratch)
    for name in ("CONFIG", "CACHE", "DATA", "ARTIFACT"):
        environment[f"WANDB_{name}_DIR"] = str(scratch / name.lower())
    return environment | {"WANDB_MODE": "offline", "WANDB_ERROR_REPORTING": "false"}


def _main(arguments: list[str]) -> None:
    """The child process: log the runs one by one and report each on a line of its own."""
    import wandb

    folder, runs = arguments
    settings = wandb.Settings(
        mode="offline",
        root_dir=folder,
        silent=True,
        console="off",
        disable_git=True,
        disable_code=True,
        disable_job_creation=True,
        host="demo",
        username="demo",
        program="demo",
        x_disable_meta=True,
        x_disable_stats=True,
        x_disable_machine_info=True,
        x_disable_viewer=True,
        x_save_requirements=False,
    )
    for number in range(1, int(runs) + 1):
        rate = 3e-4 / number
        with wandb.init(
            project=PROJECT,
            id=_RUN_ID.format(number),
            name=f"vit-b16-lr{rate:.1e}",
            group="pretrain",
            config={"learning_rate": rate, "layers": len(LAYERS), "seed": number},
            settings=settings,
        ) as run:
            path = Path(run.dir).parent
            _log_run(run, number)
        print(json.dumps({"demo_run": str(path)}), flush=True)  # noqa: T201 - to the parent


def _log_run(run: Run, number: int) -> None:
    """One run: `STEPS` training steps, each fifth with a validation."""
    run.define_metric("trainer/global_step")
    run.define_metric("epoch")
    run.define_metric("train/*", step_metric="trainer/global_step")
    run.define_metric("val/*", step_metric="epoch")
    training = _seeded(training_metrics(), number)
    validation = _seeded(validation_metrics(), number)
    for step in range(STEPS):
        time = step / (STEPS - 1)
        row: dict[str, Any] = {
            "trainer/global_step": 500 * step,
            "trainer/phase": "warm-up" if time < 0.1 else "train",
            "epoch": step // _VALIDATE_EVERY,
            **{key: shape(time, dice) for key, shape, dice in training},
        }
        if step % _VALIDATE_EVERY == _VALIDATE_EVERY - 1:
            row |= {key: shape(time, dice) for key, shape, dice in validation}
            row |= _media(run, number, step)
        run.log(row)
    dice = random.Random(number)  # noqa: S311 - made-up curves, no secrets
    run.log({f"test/{name}": rises(1, dice) for name in ("accuracy", "f1", "ece")})


def _seeded(
    metrics: Iterator[tuple[str, Shape]], number: int
) -> list[tuple[str, Shape, random.Random]]:
    """Each metric with dice of its own, so that no curve depends on another."""
    return [
        (key, shape, random.Random(f"{number} {key}"))  # noqa: S311 - made-up curves
        for key, shape in metrics
    ]


def _media(run: Run, number: int, step: int) -> dict[str, Any]:
    import wandb

    dice = random.Random(f"{number} {step}")  # noqa: S311 - made-up values
    weights = [dice.gauss(0, 1 + step / STEPS) for _ in range(500)]
    rows: list[Iterable[Any]] = [
        [label, round(rises(step / STEPS, dice), 3)] for label in CLASSES[:12]
    ]
    return {
        "val/predictions": _image(run, "predictions", step, hue=number),
        "val/attention_map": _image(run, "attention_map", step, hue=number + 3),
        "val/worst_classes": wandb.Table(columns=["class", "iou"], data=rows),
        "weights/head": wandb.Histogram(weights),
    }


def _image(run: Run, name: str, step: int, *, hue: int) -> dict[str, Any]:
    """What ``wandb.Image`` would log; that needs pillow, which wslayout does not."""
    pixels = png(48, lambda x, y: ((x * hue + step) % 256, (x * y) % 256, (y * 5 + step) % 256))
    digest = hashlib.sha256(pixels).hexdigest()
    path = f"media/images/{name}_{step}_{digest[:20]}.png"
    target = Path(run.dir, path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(pixels)
    return {
        "_type": "image-file",
        "path": path,
        "sha256": digest,
        "size": len(pixels),
        "format": "png",
        "width": 48,
        "height": 48,
    }


if __name__ == "__main__":
    _main(sys.argv[1:])
