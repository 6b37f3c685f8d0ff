"""Rows of numbers in a run's log, counted a thousand at a time without parsing them.

A row is a protobuf message (``HistoryRecord``) of items. Where all values are numbers, its keys
and values are found by `wslayout.sources.number_items`; otherwise the rows must be parsed. The SDK
writes two summaries (``SummaryRecord``) with each row, whose items are the same.

https://github.com/wandb/wandb/blob/main/wandb/proto/wandb_internal.proto,
https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from wslayout.sources.key_facts import KeyState
from wslayout.sources.number_items import NumberItems, find_items

_BETWEEN: Final = b"\xff\xfe\xfd\xfc"
_VARINT: Final = rb"[\x80-\xff]*[\x00-\x7f]"
_HEADS: Final = re.compile(
    re.escape(_BETWEEN) + rb"(?:\x08" + _VARINT + rb")?([\x12\x1a])" + _VARINT + rb"(?=\x0a)"
)
_HISTORY: Final = b"\x12"
# The step: 12 <length> 08 <varint>, which is left out where it is 0; most take few bytes.
_STEPS: Final = [(length, bytes((0x12, length - 2, 8))) for length in range(4, 14)] + [
    (2, b"\x12\0")
]


def _contents(payloads: Sequence[bytes]) -> list[tuple[bytes, bytes]] | None:
    """Tag and content of each record; None where one is neither a row nor a summary."""
    parts = _HEADS.split(_BETWEEN + _BETWEEN.join(payloads))
    if parts[0] or len(parts) != 1 + 2 * len(payloads):
        return None
    return list(zip(parts[1::2], parts[2::2], strict=True))


def _without_steps(rows: Sequence[bytes]) -> list[bytes]:
    """Rows without the steps at their ends."""
    if not rows:
        return []
    # Steps of neighbours mostly are of one length, which is quicker to try than all.
    length, begin = _step(rows[-1])
    items = [one[:-length] for one in rows if begin and one.startswith(begin, len(one) - length)]
    return items if len(items) == len(rows) else [one[: len(one) - _step(one)[0]] for one in rows]


def _step(row: bytes) -> tuple[int, bytes]:
    """How long the step at the end of a row is, and how it begins; 0 where there is none."""
    ends = (step for step in _STEPS if row.startswith(step[1], len(row) - step[0]))
    return next(ends, (0, b""))


class NumberRows:
    """Counts rows of numbers.

    Args:
        seen: What is known of each key; changed in place.
        make: Begins with a new key: gives its state, which is then in ``seen``.
        note: Told of each key that has a number in a summary.
    """

    def __init__(
        self,
        seen: Mapping[str, KeyState],
        make: Callable[[str], KeyState],
        note: Callable[[str], None],
    ) -> None:
        self._seen = seen
        self._make = make
        self._note = note
        self._names: dict[bytes, str | None] = {}

    def count(self, payloads: Sequence[bytes]) -> list[int] | None:
        """Count the rows among some records, or none where something in them is no number.

        Args:
            payloads: The records.

        Returns:
            Which of the records, all of them summaries, are still to be parsed; None: all are.

        Raises:
            TooManyKeys: They hold one key too many.
        """
        contents = _contents(payloads)
        if contents is None:
            return None
        rows = self._find(_without_steps([one for tag, one in contents if tag == _HISTORY]))
        if rows is None or not self._count(rows):
            return None
        told = self._find([content for tag, content in contents if tag != _HISTORY])
        if told is None:
            return [at for at, (tag, _) in enumerate(contents) if tag != _HISTORY]
        for key in told.points:
            self._note(key)
        return []

    def _find(self, rows: Sequence[bytes]) -> NumberItems | None:
        return find_items(rows, self._names)

    def _count(self, rows: NumberItems) -> bool:
        points = rows.points
        states = {key: self._seen.get(key) for key in points}
        if any(one and one.kind != "number" for one in states.values()):
            return False
        # Of a number that fell before, only the count is still open.
        still_open = [key for key, state in states.items() if state is None or not state.falls]
        try:
            values = {key: rows.values(key) for key in still_open}
        except ValueError:
            return False
        for key, count in points.items():
            if key in values:
                (states[key] or self._make(key)).numbers(values[key])
            elif (state := states[key]) is not None:
                state.points += count
        return True
