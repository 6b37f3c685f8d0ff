"""The table behind an inventory: its columns, and how rows of one key become one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd
from pandas.api.extensions import ExtensionDtype

from wslayout.errors import SourceError
from wslayout.inventory.kinds import KINDS, kind_named, rank_of
from wslayout.inventory.limits import usable_key

COLUMNS: Final[Mapping[str, ExtensionDtype]] = {
    "key": pd.StringDtype(),
    "kind": pd.StringDtype(),
    "runs": pd.Int64Dtype(),
    "points": pd.Int64Dtype(),
    "max_points": pd.Int64Dtype(),
    "monotonic": pd.BooleanDtype(),
    "single_valued": pd.BooleanDtype(),
    "step_metric": pd.StringDtype(),
}
"""The table's columns and their pandas types; `Inventory` says what each means."""


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
    for name, dtype in COLUMNS.items():
        if name in source.columns:
            table[name] = _typed(source[name].reset_index(drop=True), name, dtype)
        else:
            table[name] = pd.Series(pd.NA, index=table.index, dtype=dtype)
    if "kind" in source.columns:
        names = table["kind"].fillna("unknown")
        kinds = {name: kind_named(str(name)) for name in names.unique()}
        table["kind"] = names.map(kinds).astype(COLUMNS["kind"])
    else:
        table["kind"] = pd.Series("number", index=table.index, dtype=COLUMNS["kind"])
    table["step_metric"] = table["step_metric"].replace("", pd.NA)
    return table, dropped


def _typed(column: pd.Series[Any], name: str, dtype: ExtensionDtype) -> pd.Series[Any]:
    """A column with its type; SourceError where a value does not fit."""
    try:
        typed = column.astype(dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise SourceError(f"column {name!r} holds values that are not {dtype}: {error}") from error
    if isinstance(dtype, pd.Int64Dtype) and not typed.dropna().between(0, MOST).all():
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


def in_all(one: bool | None, other: bool | None) -> bool | None:
    """Whether both hold; None where that is not known (Kleene's three-valued "and")."""
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _in_all(table: pd.DataFrame, name: str) -> pd.Series[bool]:
    """`in_all` of a column, key by key."""
    keys = table["key"]
    lowest = table[name].groupby(keys, sort=False).min()
    doubtful = table[name].isna().groupby(keys, sort=False).any()
    return lowest.mask(doubtful & lowest.fillna(value=False), pd.NA)
