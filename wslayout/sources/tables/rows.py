"""Rows of a table, however many, as one inventory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import TypeVar

import pandas as pd

from wslayout.errors import EmptySource, SourceError
from wslayout.inventory import COLUMNS, Coverage, Inventory, Origin, too_many_keys
from wslayout.sources.tables.columns import COUNTS, column, key_field, no_key_column, renamed

ROWS_AT_ONCE = 200_000
"""How many rows are in memory at a time."""

T = TypeVar("T")


def of_names(names: Iterable[str], max_keys: int) -> Inventory:
    """Bare keys as an inventory."""
    return of_frames((keyed(batch) for batch in _batches(names)), max_keys)


def of_rows(rows: Iterable[Mapping[str, object]], max_keys: int) -> Inventory:
    """Rows with our column names, their values as a file spells them, as an inventory."""
    return of_frames((_frame(batch) for batch in _batches(rows)), max_keys)


def of_frames(
    frames: Iterable[pd.DataFrame], max_keys: int, coverage: Coverage | None = None
) -> Inventory:
    """The frames as one inventory; only distinct keys and one frame are in memory.

    Args:
        frames: Tables with our column names.
        max_keys: The most distinct keys to accept.
        coverage: What each of them covers.

    Raises:
        SourceError: A value doesn't fit its column.
        TooManyKeys: They hold more distinct keys than ``max_keys``.
    """
    whole: Inventory | None = None
    for frame in frames:
        part = Inventory.from_frame(frame, coverage=coverage, max_keys=max_keys)
        for name in COUNTS:
            if (part.frame[name] < 0).any():
                raise SourceError(f"column {name!r} holds a number below 0")
        whole = part if whole is None else whole.merge(part)
        if len(whole) > max_keys:
            raise too_many_keys(max_keys)
    return Inventory.from_frame(keyed([])) if whole is None else whole


def keyed(keys: Sequence[str], kinds: Sequence[str] | None = None) -> pd.DataFrame:
    """A frame of keys and, where known, their kinds."""
    frame = pd.DataFrame({"key": column("key", keys)})
    return frame if kinds is None else frame.assign(kind=pd.Series(kinds, dtype="object"))


def renamed_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with our column names, checked to hold names where names belong.

    Raises:
        SourceError: It has no column of keys, or that holds no names.
    """
    columns = list(frame.columns)
    key_name = key_field(columns)
    if key_name is None or frame.columns.nlevels > 1:
        raise no_key_column(columns)
    names = renamed([str(name) for name in columns], key_name)
    frame = frame.loc[:, [bool(name) for name in names]]
    frame = frame.set_axis([name for name in names if name], axis=1)
    keys = frame["key"].tolist()
    if keys and not any(isinstance(key, str) for key in keys):
        raise SourceError(f"column {key_name!r} holds {frame['key'].dtype}, not names")
    if "kind" in frame.columns:
        frame = frame.assign(kind=column("kind", frame["kind"].tolist()).to_numpy())
    return frame


def labelled(inventory: Inventory, label: str) -> Inventory:
    """The inventory with an origin, unless it tells one itself."""
    known = inventory.origin != Origin()
    return inventory if known else replace(inventory, origin=Origin(label))


def not_empty(inventory: Inventory, what: str) -> Inventory:
    """The inventory.

    Raises:
        EmptySource: It holds no keys.
    """
    if not len(inventory):
        notes = " ".join(inventory.coverage.notes)
        raise EmptySource(f"{what} holds no metric keys", hint=notes)
    return inventory


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, ROWS_AT_ONCE)):
        yield batch


def _frame(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    names = [name for name in COLUMNS if any(name in row for row in rows)]
    return pd.DataFrame({name: column(name, [row.get(name) for row in rows]) for name in names})
