"""Copies of logs: files of one run of which one begins with all that the other holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from wslayout.sources.remote import Place

_COMPARED: Final = 64 * 1024  # bytes at each end


def copies_among(files: Sequence[Place], *, same_log: bool = False) -> dict[Place, Place]:
    """Which logs are copies of others, with what they are copies of.

    A log is only ever added to, and its rows hold times: where another is as long or longer, and
    has the same bytes where this one begins and where it ends, this one is its copy, or was
    copied before the other went on. No more than these bytes are read.

    Args:
        files: Logs of one run; of those that are alike, the first is the original.
        same_log: Whether they are known to be of one log, so that what differs is damage.
    """
    sizes = {file: size for file in files if (size := size_of(file))}
    originals: list[Place] = []
    copies: dict[Place, Place] = {}
    for file in sorted(sizes, key=lambda file: -sizes[file]):
        original = next(
            (one for one in originals if same_log or _begins_with(one, file, sizes[file])), None
        )
        if original is None:
            originals.append(file)
        else:
            copies[file] = original
    return copies


def size_of(file: Place) -> int:
    """The size of a file, in bytes; 0 where it can't be told."""
    try:
        return file.stat().st_size
    except OSError:  # which whoever reads it will tell
        return 0


def _begins_with(longer: Place, shorter: Place, size: int) -> bool:
    try:
        return _ends_of(shorter, size) == _ends_of(longer, size)
    except OSError:  # likewise
        return False


def _ends_of(file: Place, size: int) -> bytes:
    """The first and the last bytes of a file's first ``size``."""
    with file.open("rb") as opened:
        first = opened.read(min(_COMPARED, size))
        opened.seek(max(len(first), size - _COMPARED))
        return first + opened.read(size - opened.tell())
