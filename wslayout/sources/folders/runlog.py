"""A ``.wandb`` file, the log that the SDK keeps of a run, as a stream of records.

The file is a 7-byte header, then LevelDB's log format: blocks of 32 KiB with
checksummed chunks, which make up records; a record is a protobuf message. Two steps,
each replaceable by a faster one: `iter_payloads` (chunks → bytes of a record) and
`record_parser` (bytes → message).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

from wslayout.errors import SourceError
from wslayout.sources.folders.run_records import record_class
from wslayout.sources.remote import Place, RemotePath

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


def iter_records(path: Place, damage: Damage) -> Iterator[Any]:
    """Every readable record of a ``.wandb`` file, in order.

    Args:
        path: The file.
        damage: Takes down what could not be read.

    Yields:
        Messages of `wslayout.sources.folders.run_records.record_class`.

    Raises:
        SourceError: The file can't be read, or is not a ``.wandb`` file.
    """
    parse = record_parser(damage)
    for found in iter_payloads(path, damage):
        for offset, payload in found:
            record = parse(offset, payload)
            if record is not None:
                yield record


def iter_payloads(path: Place, damage: Damage) -> Iterator[list[tuple[int, bytes]]]:
    """Every readable record of a ``.wandb`` file as bytes, with the offset where it begins.

    Those that end in one block of 32 KiB come together.

    Args:
        path: The file.
        damage: Takes down what could not be read.

    Raises:
        SourceError: The file can't be read, or is not a ``.wandb`` file.
    """
    try:
        with path.open("rb") as file:
            _check_header(file.read(len(HEADER)), path)
            file.seek(0)
            yield from _payloads(file, damage)
    except OSError as error:
        raise cannot_read(path, error) from error


def record_parser(damage: Damage) -> Callable[[int, bytes], Any]:
    """What makes a record of an offset and bytes.

    It gives None for bytes that are no record, which ``damage`` takes down.
    """
    from google.protobuf.message import DecodeError

    parse = record_class().FromString

    def parsed(offset: int, payload: bytes) -> Any:
        try:
            return parse(payload)
        except DecodeError:
            damage.add(f"the record at byte {offset:,} can't be decoded and was skipped")
            return None

    return parsed


def cannot_read(path: Place, error: OSError) -> SourceError:
    """The error for a file or folder that the system does not let us read."""
    is_url = isinstance(path, RemotePath)
    missing = "Check the path; a W&B project is written entity/project."
    hint = {
        FileNotFoundError: "Check the URL." if is_url else missing,
        PermissionError: "Check that you may read it.",
        IsADirectoryError: "Name a file in it.",
    }.get(type(error), getattr(error, "hint", ""))
    return SourceError(f"can't read {path}: {error.strerror or error}", hint=hint)


def _check_header(head: bytes, path: Place) -> None:
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


def _payloads(  # noqa: C901 - one case a kind of chunk
    file: BinaryIO, damage: Damage
) -> Iterator[list[tuple[int, bytes]]]:
    """The bytes of each record with the offset where it begins; those of a block together."""
    parts: list[bytes] = []
    size = begin = known = 0
    lost = False
    for chunks in _blocks(file, damage):
        found: list[tuple[int, bytes]] = []
        for offset, kind, body in chunks:
            if kind == _FULL and not parts:
                found.append((offset, body))
                lost = False
                continue
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
                found.append((begin, body if len(parts) == 1 else b"".join(parts)))
                parts = []
        yield found
    if parts and damage.places == known:
        damage.add(f"the file breaks off in the record at byte {begin:,}")


def _blocks(file: BinaryIO, damage: Damage) -> Iterator[list[tuple[int, int, bytes]]]:
    """Of each block its sound chunks: offset, type and body; _GAP stands for what is lost."""
    unpack, size, checked = _CHUNK.unpack_from, _CHUNK.size, zlib.crc32
    start, position, was_zero = 0, len(HEADER), False
    while block := file.read(_BLOCK):
        found: list[tuple[int, int, bytes]] = []
        last = len(block) < _BLOCK
        view = memoryview(block)
        while len(block) - position >= size:
            offset = start + position
            checksum, length, kind = unpack(block, position)
            end = position + size + length
            if not checksum and not length and not kind:
                # Left by a crash of the machine, or of a disk that preallocates.
                if not was_zero:
                    damage.add(f"there are only zeros from byte {offset:,}")
                was_zero, position = True, _BLOCK
                found.append((offset, _GAP, b""))
                break
            was_zero = False
            if end > len(block) and last:
                damage.add(f"the file breaks off in the record at byte {offset:,}")
                yield found
                return
            if (
                end > len(block)
                or not _FULL <= kind <= _LAST
                or checked(view[position + 6 : end]) != checksum
            ):
                damage.add(f"damaged at byte {offset:,}; skipped to the next block of 32 KiB")
                position = _BLOCK
                found.append((offset, _GAP, b""))
                break
            found.append((offset, kind, block[position + size : end]))
            position = end
        if last and position < len(block) and any(block[position:]):
            damage.add(f"the file breaks off at byte {start + position:,}")
        yield found
        start += len(block)
        position = 0
