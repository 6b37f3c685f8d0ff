"""One run on disk: what its ``.wandb`` files and its summaries tell of its metric keys."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from wslayout.errors import SourceError, TooManyKeys
from wslayout.inventory import MAX_KEYS
from wslayout.sources.folders.run_folders import RunFolder
from wslayout.sources.folders.runfile import RunKeys, Watch, read_run_files, run_record
from wslayout.sources.folders.runlog import cannot_read
from wslayout.sources.remote import Place
from wslayout.sources.values import summary_kinds

MAX_SUMMARY_BYTES: Final = 256 * 1024 * 1024
"""The largest ``wandb-summary.json`` to read."""


@dataclass(frozen=True, slots=True)
class OneRun:
    """What was read of one run.

    Attributes:
        run: What its ``.wandb`` files tell; None where it has none that can be read.
        summaries: Key and kind of what is in its summaries.
        errors: What could not be read.
    """

    run: RunKeys | None
    summaries: tuple[list[tuple[str, str]], ...] = ()
    errors: tuple[SourceError, ...] = ()


def read_one_run(
    parts: Sequence[RunFolder], *, max_keys: int = MAX_KEYS, watch: Watch | None = None
) -> OneRun:
    """Read one run, in as many parts as it was resumed.

    Args:
        parts: Its folders, oldest first.
        max_keys: The most distinct keys to accept.
        watch: Given each record of its log.

    Raises:
        TooManyKeys: It has more distinct keys than ``max_keys``.
    """
    errors: list[SourceError] = []
    files = [part.run_file for part in parts if part.run_file]
    if len(files) > 1:
        files = [file for file in files if _opens(file, errors)]
    run: RunKeys | None = None
    try:
        if files:
            run = read_run_files(files, max_keys=max_keys, watch=watch)
            instead = [] if run.complete or watch is not None else _sound(files, parts, max_keys)
            if instead:
                run = read_run_files(instead, max_keys=max_keys)
    except TooManyKeys:
        raise
    except SourceError as error:
        errors.append(error)
    told = [_summary(part.summary, errors) for part in parts if part.summary]
    return OneRun(run, tuple(one for one in told if one is not None), tuple(errors))


def _sound(files: Sequence[Place], parts: Sequence[RunFolder], max_keys: int) -> list[Place]:
    """The files with sound copies in place of damaged ones; none where there are no such."""
    copies = {part.run_file: part.copies for part in parts}
    found = [_soundest(file, copies[file], max_keys) for file in files]
    return found if found != list(files) else []


def _soundest(file: Place, copies: Sequence[Place], max_keys: int) -> Place:
    if not copies or _is_sound(file, max_keys):
        return file
    return next((one for one in copies if _is_sound(one, max_keys)), file)


def _is_sound(file: Place, max_keys: int) -> bool:
    try:
        return read_run_files([file], max_keys=max_keys).complete
    except SourceError:
        return False


def _opens(file: Place, errors: list[SourceError]) -> bool:
    try:
        run_record(file)
    except SourceError as error:
        errors.append(error)
        return False
    return True


def _summary(file: Place, errors: list[SourceError]) -> list[tuple[str, str]] | None:
    try:
        return read_summary(file)
    except SourceError as error:
        errors.append(error)
        return None


def read_summary(path: Place) -> list[tuple[str, str]]:
    """Key and kind of everything in a ``wandb-summary.json``, ``_wandb`` left out.

    Raises:
        SourceError: As for `load_summary`.
    """
    return list(summary_kinds(load_summary(path)))


def load_summary(path: Place) -> dict[str, Any]:
    """What a ``wandb-summary.json`` holds.

    Raises:
        SourceError: The file can't be read, or is not such a file.
    """
    try:
        if path.stat().st_size > MAX_SUMMARY_BYTES:
            raise SourceError(f"{path} is larger than {MAX_SUMMARY_BYTES // 2**20} MB")
        data = json.loads(path.read_bytes().decode("utf-8-sig"), parse_int=float)
    except OSError as error:
        raise cannot_read(path, error) from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path} is not a W&B summary: {error}") from error
    if not isinstance(data, dict):
        raise SourceError(f"{path} is not a W&B summary: it holds no JSON object")
    return data
