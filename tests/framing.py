"""``.wandb`` files made by hand: records in the framing of LevelDB's logs."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable

from wslayout.sources.folders.runlog import HEADER

BLOCK = 32 * 1024


def framed(payloads: Iterable[bytes]) -> bytes:
    """A ``.wandb`` file that holds these records."""
    out = bytearray(HEADER)
    for payload in payloads:
        out += chunks(payload, len(out))
    return bytes(out)


def chunks(payload: bytes, position: int) -> bytes:
    """A record as it stands in a file, from a position on."""
    out = bytearray()
    rest, first = payload, True
    while True:
        room = BLOCK - (position + len(out)) % BLOCK
        if room < 7:
            out += bytes(room)
            room = BLOCK
        part, rest = rest[: room - 7], rest[room - 7 :]
        kind = {(True, True): 1, (True, False): 2, (False, False): 3, (False, True): 4}[
            first, not rest
        ]
        body = bytes([kind]) + part
        out += struct.pack("<IH", zlib.crc32(body), len(part)) + body
        first = False
        if not rest:
            return bytes(out)
