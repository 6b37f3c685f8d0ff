"""What a run logged, packed: what it shares with other runs, and what is its own."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

from wslayout.sources.project.history_keys import KeyFact

FORMAT: Final = 1
"""The version of what is packed, and of the kinds of keys in it."""

_MONOTONIC: Final = {True: "y", False: "n", None: "?"}
_MOST_KEYS: Final = 100_000  # of unpacked sets that are held in memory


class Damaged(Exception):
    """Something packed is not as it was."""


@dataclass(frozen=True, slots=True)
class PackedRun:
    """One run.

    Attributes:
        name: The name of its set of keys: a hash of them.
        keys: Their names and kinds; runs of one project mostly have the same.
        counts: How many values each has, and whether they never fall.
    """

    name: bytes
    keys: bytes
    counts: bytes


def packed(facts: Sequence[KeyFact]) -> PackedRun:
    """Pack a run's keys; the last values that it logged are left out."""
    ordered = sorted(facts, key=attrgetter("key"))
    keys = _json([[fact.key, fact.kind] for fact in ordered])
    points = [fact.points for fact in ordered]
    monotonic = "".join([_MONOTONIC[fact.monotonic] for fact in ordered])
    counts = zlib.compress(_json([points, monotonic]), level=1)
    return PackedRun(hashlib.sha256(keys).digest(), zlib.compress(keys, level=1), counts)


class Unpacking:
    """Unpacks runs, and remembers some sets of keys."""

    def __init__(self) -> None:
        self._sets: dict[bytes, list[tuple[str, str]]] = {}
        self._held = 0

    def facts(self, run: PackedRun) -> list[KeyFact]:
        """The keys of a run.

        Raises:
            Damaged: They are not what was packed.
        """
        told = {text: value for value, text in _MONOTONIC.items()}
        try:
            points, monotonic = json.loads(zlib.decompress(run.counts))
            return [
                KeyFact(key, kind, count, told[rising])
                for (key, kind), count, rising in zip(
                    self._keys(run), points, monotonic, strict=True
                )
            ]
        except (zlib.error, ValueError, TypeError, KeyError) as error:
            raise Damaged(f"what it holds of a run can't be read: {error}") from error

    def _keys(self, run: PackedRun) -> list[tuple[str, str]]:
        if run.name not in self._sets:
            keys = zlib.decompress(run.keys)
            if hashlib.sha256(keys).digest() != run.name:
                raise Damaged("a set of keys is not the one that was kept")
            found = [(key, kind) for key, kind in json.loads(keys)]
            if self._held + len(found) > _MOST_KEYS:
                self._sets.clear()
                self._held = 0
            self._sets[run.name] = found
            self._held += len(found)
        return self._sets[run.name]


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
