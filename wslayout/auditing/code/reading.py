"""Reads training code: what in it does what W&B warns of. Nothing of it is imported or run."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wslayout.amounts import size
from wslayout.auditing.code.files import code_files
from wslayout.auditing.code.notebooks import cells, merged
from wslayout.auditing.code.spots import Spot, spots_of
from wslayout.auditing.evidence import CodeSpot
from wslayout.auditing.findings import Place
from wslayout.auditing.words import names
from wslayout.errors import SourceError

LARGEST: Final = 5_000_000
"""The largest file in bytes that is read."""

_LINES: Final = re.compile("\r\n|\r|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedSpot(CodeSpot):
    """A spot that may have only a share of its rule's limit.

    Attributes:
        share: The share: 0.1 for histograms, of which W&B advises a tenth of the points.
    """

    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRead:
    """What was found in code.

    Attributes:
        spots: The places, in the order of files and lines; also those within the limits.
        files: How many files were read.
        complete: Whether all was read that is code.
        notes: Sentences on what could not be read.
    """

    spots: tuple[CodeSpot, ...]
    files: int
    complete: bool
    notes: tuple[str, ...] = ()


def read_code(path: Path) -> CodeRead:
    """Look through a Python file, a notebook, or all of a folder.

    Args:
        path: The file or folder.

    Raises:
        SourceError: There is no such path, or it holds no Python.
    """
    notes: list[str] = []
    spots: list[CodeSpot] = []
    root = path if path.is_dir() else path.parent
    found = list(code_files(path, notes))
    if not found:
        raise SourceError(f"{path} holds no Python.", hint="Name a Python file or a folder.")
    read = 0
    for file in found:
        its = _spots_or_note(file, root, notes)
        if its is not None:
            spots += its
            read += 1
    return CodeRead(spots=tuple(spots), files=read, complete=not notes, notes=tuple(notes))


def _spots_or_note(file: Path, root: Path, notes: list[str]) -> list[CodeSpot] | None:
    """The spots of a file; None, and a note: it can't be read."""
    try:
        return _spots(file, (file.parent, root), notes)
    except RecursionError:
        notes.append(f"{file.as_posix()} is nested too deeply to be read.")
    except _Unreadable as error:
        notes.append(f"{file.as_posix()} {error}.")
    return None


class _Unreadable(Exception):
    """A file can't be read; its text says why, as the end of a sentence."""


def _spots(file: Path, folders: Sequence[Path], notes: list[str]) -> list[CodeSpot]:
    text = _text(file)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the parser thinks of odd escapes
        if file.suffix == ".ipynb":
            return _of_notebook(file, text, folders, notes)
        try:
            tree = ast.parse(text)
        except SyntaxError as error:
            raise _Unreadable(f"is no Python that can be read: {_said(error)}") from error
        except (ValueError, MemoryError) as error:
            raise _Unreadable("is no Python that can be read") from error
    if "wandb" not in text:
        return []  # most files of a project: nothing in them can be W&B's
    lines = _LINES.split(text)
    return [_code_spot(one, file, one.node.lineno, lines) for one in spots_of(tree, folders)]


def _of_notebook(
    file: Path, text: str, folders: Sequence[Path], notes: list[str]
) -> list[CodeSpot]:
    try:
        whole = merged(cells(text))
    except ValueError as error:
        raise _Unreadable("is no notebook that can be read") from error
    if whole.broken:
        which = names([str(number) for number in whole.broken])
        notes.append(f"{file.as_posix()}: no Python that can be read in cell {which}.")
    spots: list[CodeSpot] = []
    for one in spots_of(whole.tree, folders):
        cell, line = whole.cell(one.node.lineno)
        lines = _LINES.split(cell.source)
        spots.append(_code_spot(one, file, line, lines, f" (in cell {cell.number})"))
    return spots


def _text(file: Path) -> str:
    try:
        length = file.stat().st_size
        if length > LARGEST:
            raise _Unreadable(f"is left out: it has {size(length)}, more than {size(LARGEST)}")
        data = file.read_bytes()
    except OSError as error:
        raise _Unreadable(f"can't be read: {error.strerror}") from error
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding)
    except (SyntaxError, ValueError, LookupError) as error:
        raise _Unreadable("can't be read: its encoding is not known") from error


def _said(error: SyntaxError) -> str:
    return f"{error.msg} (line {error.lineno})" if error.lineno else error.msg


def _code_spot(
    spot: Spot, file: Path, line: int, lines: Sequence[str], where: str = ""
) -> CodeSpot:
    place = Place(
        file=file.as_posix(), line=line, column=_column(lines, line, spot.node.col_offset)
    )
    said = spot.said + where
    if spot.share == 1.0:
        return CodeSpot(rule=spot.rule, place=place, said=said, amount=spot.amount)
    return SharedSpot(rule=spot.rule, place=place, said=said, amount=spot.amount, share=spot.share)


def _column(lines: Sequence[str], line: int, offset: int) -> int:
    """The column in characters, from 1, of an offset in bytes."""
    if not 1 <= line <= len(lines):
        return offset + 1
    return len(lines[line - 1].encode()[:offset].decode(errors="ignore")) + 1
