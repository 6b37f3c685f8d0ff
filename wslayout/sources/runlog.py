"""A ``.wandb`` file, the log that the SDK keeps of a run, as a stream of records.

The file is a 7-byte header, then LevelDB's log format: blocks of 32 KiB with
checksummed chunks, which make up records; a record is a protobuf message. Two steps,
each replaceable by a faster one: `_payloads` (chunks → bytes of a record) and
`iter_records` (bytes → message).
"""

from __future__ import annotations

import importlib
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from wslayout.errors import SourceError

HEADER: Final = b":W&B\xe1\xbe\x00"
"""How every ``.wandb`` file begins: a name, a magic number, format version 0."""

MAX_RECORD_BYTES: Final = 512 * 1024 * 1024
"""The largest record to keep in memory; a larger one is skipped with a note."""

_BLOCK: Final = 32 * 1024
_CHUNK: Final = struct.Struct("<IHB")
_GAP, _FULL, _FIRST, _LAST = 0, 1, 2, 4


@dataclass(slots=True)
class Damage:
    """What was wrong with a file while it was read.

    Attributes:
        notes: One sentence for each place, at most ten.
        places: How many places there are.
    """

    notes: list[str] = field(default_factory=list)
    places: int = 0

    def add(self, note: str) -> None:
        """Take down one place; a file full of them stays a short list."""
        self.places += 1
        if self.places <= 10:
            self.notes.append(note)

    def described(self, name: str) -> tuple[str, ...]:
        """The notes, each with the file's name."""
        more = [f"{self.places - 10:,} more damaged places"] if self.places > 10 else []
        return tuple(f"{name}: {note}" for note in [*self.notes, *more])


def iter_records(path: Path, damage: Damage) -> Iterator[Any]:
    """Every readable record of a ``.wandb`` file, in order.

    Args:
        path: The file.
        damage: Takes down what could not be read.

    Yields:
        ``wandb.proto.wandb_internal_pb2.Record`` messages.

    Raises:
        SourceError: The file can't be read, or is not a ``.wandb`` file.
    """
    # Importing wandb takes half a second, which `wslayout --help` need not wait for.
    parse = importlib.import_module("wandb.proto.wandb_internal_pb2").Record.FromString
    broken: Any = importlib.import_module("google.protobuf.message").DecodeError
    try:
        with path.open("rb") as file:
            _check_header(file.read(len(HEADER)), path)
            file.seek(0)
            for offset, payload in _payloads(file, damage):
                try:
                    record = parse(payload)
                except broken:
                    damage.add(f"the record at byte {offset:,} can't be decoded and was skipped")
                    continue
                yield record
    except OSError as error:
        raise cannot_read(path, error) from error


def cannot_read(path: Path, error: OSError) -> SourceError:
    """The error for a file or folder that the system does not let us read."""
    hint = {
        FileNotFoundError: "Check the path; a W&B project is written entity/project.",
        PermissionError: "Check that you may read it.",
        IsADirectoryError: "Name a file in it.",
    }.get(type(error), "")
    return SourceError(f"can't read {path}: {error.strerror or error}", hint=hint)


def _check_header(head: bytes, path: Path) -> None:
    if head == HEADER:
        return
    if not head:
        raise SourceError(
            f"{path} is empty", hint="The run was killed before it wrote anything: remove it."
        )
    if HEADER.startswith(head):
        raise SourceError(f"{path} breaks off within its header, so nothing in it can be read")
    if head.startswith(HEADER[:6]):
        raise SourceError(
            f"{path} is a W&B run file of format version {head[6]}; only version 0 is known",
            hint="Update wslayout.",
        )
    raise SourceError(
        f"{path} is not a W&B run file: it doesn't begin with ':W&B'",
        hint="Run files are named run-<id>.wandb and lie in wandb/run-*/ or wandb/offline-run-*/.",
    )


def _payloads(file: BinaryIO, damage: Damage) -> Iterator[tuple[int, bytes]]:
    """The bytes of each record with the offset where it begins."""
    parts: list[bytes] = []
    size = begin = known = 0
    lost = False
    for offset, kind, body in _chunks(file, damage):
        if kind in (_FULL, _FIRST):
            if parts:
                damage.add(f"the record at byte {begin:,} breaks off and was skipped")
            parts, size, begin, lost, known = [], 0, offset, False, damage.places
        elif kind == _GAP or not parts:
            if kind != _GAP and not lost:
                damage.add(f"the record that ends at byte {offset:,} has no beginning")
            parts, lost = [], True
            continue
        size += len(body)
        if size > MAX_RECORD_BYTES:
            damage.add(f"the record at byte {begin:,} is too big and was skipped")
            parts, lost = [], True
            continue
        parts.append(body)
        if kind in (_FULL, _LAST):
            yield begin, body if len(parts) == 1 else b"".join(parts)
            parts = []
    if parts and damage.places == known:
        damage.add(f"the file breaks off in the record at byte {begin:,}")


def _chunks(file: BinaryIO, damage: Damage) -> Iterator[tuple[int, int, bytes]]:
    """Offset, type and body of each sound chunk; _GAP stands for what is lost."""
    start, position, was_zero = 0, len(HEADER), False
    while block := file.read(_BLOCK):
        last = len(block) < _BLOCK
        while len(block) - position >= _CHUNK.size:
            offset = start + position
            checksum, length, kind = _CHUNK.unpack_from(block, position)
            end = position + _CHUNK.size + length
            if not checksum and not length and not kind:
                # Left by a crash of the machine, or of a disk that preallocates.
                if not was_zero:
                    damage.add(f"there are only zeros from byte {offset:,}")
                was_zero, position = True, _BLOCK
                yield offset, _GAP, b""
                break
            was_zero = False
            body = block[position + _CHUNK.size : end]
            if end > len(block) and last:
                damage.add(f"the file breaks off in the record at byte {offset:,}")
                return
            if (
                end > len(block)
                or not _FULL <= kind <= _LAST
                or zlib.crc32(block[position + 6 : end]) != checksum
            ):
                damage.add(f"damaged at byte {offset:,}; skipped to the next block of 32 KiB")
                position = _BLOCK
                yield offset, _GAP, b""
                break
            yield offset, kind, body
            position = end
        if last and position < len(block) and any(block[position:]):
            damage.add(f"the file breaks off at byte {start + position:,}")
        start += len(block)
        position = 0
