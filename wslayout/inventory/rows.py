"""Tables of any size as the table behind an inventory, and how rows of one key become one."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
from pandas.api.types import pandas_dtype

from wslayout.errors import SourceError
from wslayout.inventory.columns import COLUMNS
from wslayout.inventory.kinds import KINDS, kind_named, rank_of
from wslayout.inventory.limits import usable_key

_TYPES: Final = {name: pandas_dtype(dtype) for name, dtype in COLUMNS.items()}

MOST: Final = 1 << 53
"""The largest count of a row: beyond it JSON readers and floats lose digits."""


def clean_rows(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The table with our columns and types, and how many rows had no usable key."""
    if "key" not in frame.columns:
        found = ", ".join(map(repr, list(frame.columns)[:8])) or "none"
        raise SourceError(
            f"the table has no column 'key' (its columns: {found})",
            hint="Name the column that holds the metric keys 'key'.",
        )
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()].tolist()
        raise SourceError(f"the table has more than one column {twice[0]!r}")
    keys = frame["key"].tolist()
    usable = [isinstance(key, str) and usable_key(key) for key in keys]
    dropped = len(usable) - sum(usable)
    source = frame[pd.Series(usable, index=frame.index, dtype=bool)] if dropped else frame
    table = pd.DataFrame(index=pd.RangeIndex(len(source)))
    for name, dtype in _TYPES.items():
        if name in source.columns:
            table[name] = _typed(source[name].reset_index(drop=True), name)
        else:
            table[name] = pd.Series(pd.NA, index=table.index, dtype=dtype)
    if "kind" in source.columns:
        names = table["kind"].fillna("unknown")
        kinds = {name: kind_named(str(name)) for name in names.unique()}
        table["kind"] = names.map(kinds).astype(_TYPES["kind"])
    else:
        table["kind"] = pd.Series("number", index=table.index, dtype=_TYPES["kind"])
    table["step_metric"] = table["step_metric"].replace("", pd.NA)
    return table, dropped


def _typed(column: pd.Series[Any], name: str) -> pd.Series[Any]:
    """A column with its type; SourceError where a value does not fit."""
    try:
        typed: pd.Series[Any] = column.astype(_TYPES[name])
    except (TypeError, ValueError, OverflowError) as error:
        raise SourceError(
            f"column {name!r} holds values that are not {COLUMNS[name]}: {error}"
        ) from error
    if COLUMNS[name] == "Int64" and not typed.dropna().between(0, MOST).all():
        raise SourceError(f"column {name!r} holds counts below 0 or above {MOST:,}")
    return typed


def merge_rows(table: pd.DataFrame) -> pd.DataFrame:
    """One row a key, sorted by key; see `Inventory.merge` for how rows join."""
    if table["key"].duplicated().any():
        ranked = table.assign(kind=table["kind"].map(rank_of).astype("Int64"))
        groups = ranked.groupby("key", sort=False)
        table = pd.DataFrame(
            {
                "kind": groups["kind"].min().map(dict(enumerate(KINDS))),
                "runs": groups["runs"].sum(min_count=1),
                "points": groups["points"].sum(min_count=1),
                "max_points": groups["max_points"].max(),
                "monotonic": _in_all(table, "monotonic"),
                "single_valued": _in_all(table, "single_valued"),
                "step_metric": groups["step_metric"].min(),
            }
        ).reset_index()
        table = table.astype(dict(COLUMNS))
    return table[list(COLUMNS)].sort_values("key", kind="stable", ignore_index=True)


def _in_all(table: pd.DataFrame, name: str) -> pd.Series[bool]:
    """Whether a column holds everywhere, key by key; <NA> where that is not known."""
    keys = table["key"]
    lowest = table[name].groupby(keys, sort=False).min()
    doubtful = table[name].isna().groupby(keys, sort=False).any()
    return lowest.mask(doubtful & lowest.fillna(value=False), pd.NA)
