"""``.wandb`` files: whatever they hold, counted in batches as record by record."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final

import pytest

from tests.framing import framed
from tests.fuzz.checks import may_refuse
from tests.fuzz.choices import Choices
from tests.fuzz.hostile import JSON_TEXTS, hostile_text
from tests.fuzz.mutation import mutated_bytes
from wslayout.errors import SourceError
from wslayout.inventory import Inventory
from wslayout.samples.folders import sample_folders
from wslayout.samples.wanted import Wanted
from wslayout.sources.folders import runfile
from wslayout.sources.folders.offline import read_run_folders
from wslayout.sources.folders.runfile import RunKeys, read_run_files

_FOLDER: Final = tempfile.TemporaryDirectory(prefix="wslayout-fuzz-")
_MOST: Final = 10**6


def run_file(data: bytes) -> None:
    """A ``.wandb`` file: bytes as they are, or records of which some are broken."""
    choices = Choices(data)
    raw = choices.flag()
    batch = 1 + choices.number(600)
    content = choices.rest() if raw else _file(choices)
    path = Path(_FOLDER.name) / "run-fuzzed.wandb"
    path.write_bytes(content)
    by_record = _read(path, watch=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runfile, "_BATCH", batch)
        patch.setattr(runfile, "_DIRECT", 3)
        in_batches = _read(path, watch=False)
    assert (in_batches is None) == (by_record is None)
    # Of numbers that are only counted nobody looks whether all of their bytes are text.
    if by_record is not None and by_record.complete:
        assert in_batches == by_record
    if by_record is not None:
        assert by_record.complete == (not by_record.notes)
        assert all(isinstance(key, str) for key in by_record.keys)
        _whole_way(path, by_record)


def _read(path: Path, *, watch: bool) -> RunKeys | None:
    found: list[RunKeys] = []
    seen = (lambda record: None) if watch else None
    with may_refuse(SourceError):
        found.append(read_run_files([path], max_keys=_MOST, watch=seen))
    return found[0] if found else None


def _whole_way(path: Path, run: RunKeys) -> None:
    """What is made of a run: an inventory, and values to draw."""
    with may_refuse(SourceError):
        inventory = read_run_folders(path)
        assert set(inventory.keys) <= run.keys.keys() or not run.complete
        assert Inventory.from_json(inventory.to_json()).frame.equals(inventory.frame)
    keys = tuple(run.keys)[:5]
    wanted = Wanted(curves=tuple((key, "") for key in keys), last=keys, media=keys)
    sample_folders(path, wanted)


def _file(choices: Choices) -> bytes:
    payloads = [_payload(choices) for _ in choices.several(12)]
    payloads = [one for payload in payloads for one in [payload] * (1 + 3 * choices.flag())]
    if choices.flag():  # what has the right checksum all the same
        payloads = [mutated_bytes(one, choices, most=1) for one in payloads]
    content = framed(payloads)
    return mutated_bytes(content, choices, most=2) if choices.flag() else content


def _payload(choices: Choices) -> bytes:
    from wandb.proto import wandb_internal_pb2

    message = wandb_internal_pb2.Record(num=choices.number(300))  # type: ignore[attr-defined]
    way = choices.number(9)
    if way == 0:
        message.run.run_id = _name(choices)
        message.run.display_name = _name(choices)
        _add(message.run.summary.update, choices)
    elif way == 1:
        message.metric.name = choices.pick(("", _name(choices)))
        message.metric.glob_name = _name(choices)
        message.metric.step_metric = _name(choices)
        message.metric.options.hidden = choices.flag()
    elif way == 2:
        message.exit.exit_code = choices.number(1)
    elif way == 3:
        for _ in choices.several(3):
            message.summary.remove.add(nested_key=[_name(choices)])
    elif way in (4, 5):
        _add(message.summary.update, choices)
    else:
        if choices.flag():
            message.history.step.num = choices.number(2**40)
        _add(message.history.item, choices)
    return bytes(message.SerializeToString())


def _add(items: Any, choices: Choices) -> None:
    for _ in choices.several(5):
        text = choices.pick(JSON_TEXTS)
        names = [_name(choices) for _ in range(1 + choices.number(2) // 2)]
        if choices.number(7):
            items.add(nested_key=names, value_json=text)
        else:
            items.add(key=names[0], value_json=text)


def _name(choices: Choices) -> str:
    """A text that protobuf takes."""
    short = choices.pick(("loss", "a", "b", "a.b", "_step", "a._type", "k" * 130, ""))
    text = hostile_text(choices) if choices.flag() else short
    return text.encode("utf-8", "replace").decode("utf-8")


def seeds() -> list[bytes]:
    """Files with their flag before them, and beginnings of choices."""
    files = [b"\x01\x09\x00" + _file(Choices(bytes(range(n, n + 200)))) for n in range(0, 50, 7)]
    return [*files, *(bytes([0, 9, 0, 12, *range(n, n + 150)]) for n in range(0, 100, 11))]
