"""Which files of a folder are training code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from wslayout.errors import SourceError

SUFFIXES: Final = frozenset({".py", ".ipynb"})
"""Python, and notebooks."""

_OTHERS: Final = frozenset(
    {"site-packages", "node_modules", "__pycache__", "venv", "env", "build", "dist"}
)
"""Folders that hold no code of the project itself."""


def code_files(path: Path, notes: list[str]) -> Iterator[Path]:
    """The Python files and notebooks of a path, in the order of their names.

    Args:
        path: A file or a folder.
        notes: Takes sentences on what can't be read.

    Raises:
        SourceError: There is no such path.
    """
    try:
        if path.is_dir():
            yield from _below(path, notes)
        elif path.is_file():
            if path.suffix in SUFFIXES:
                yield path
        else:
            raise SourceError(f"{path} is not there.", hint="Name a Python file or a folder.")
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} can't be read: {error}.") from error


def _below(folder: Path, notes: list[str]) -> Iterator[Path]:
    seen: set[tuple[int, int]] = set()
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            status = here.stat()
            if (status.st_dev, status.st_ino) in seen:
                continue  # a link leads back here
            seen.add((status.st_dev, status.st_ino))
            entries = sorted(here.iterdir())
            inner = [one for one in entries if one.is_dir()]
        except OSError as error:
            notes.append(f"{here.as_posix()} can't be read: {error.strerror}.")
            continue
        yield from (one for one in entries if one.suffix in SUFFIXES and one.is_file())
        waiting += [one for one in reversed(inner) if not _left_out(one.name)]


def _left_out(name: str) -> bool:
    return name.startswith(".") or name in _OTHERS or name.endswith(".egg-info")
