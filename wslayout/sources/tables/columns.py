"""The columns of a table of metric keys: what they may be called and hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import pandas as pd

from wslayout.errors import SourceError
from wslayout.inventory import COLUMNS, kind_named

KEY_COLUMNS: Final = ("key", "metric", "name")
"""What the column of metric keys may be called, best first."""

COUNTS: Final = ("runs", "points", "max_points")
"""The columns of whole numbers."""

_FLAGS: Final = ("monotonic", "single_valued")
_TRUTH: Final = {"true": True, "false": False, "1": True, "0": False}


def key_field(names: Iterable[object]) -> str | None:
    """Which of these columns holds the keys; upper and lower case don't matter."""
    known = {name.strip().lower(): name for name in reversed(list(names)) if isinstance(name, str)}
    return next((known[name] for name in KEY_COLUMNS if name in known), None)


def renamed(names: Sequence[str], key_name: str) -> list[str]:
    """Our name for each column, "" for one to leave out; of two alike the first counts."""
    ours: list[str] = []
    for given in names:
        name = "key" if given == key_name else given.strip().lower()
        if name == "type" and "kind" not in names:
            name = "kind"
        ours.append(name if name in COLUMNS and name not in ours else "")
    return ours


def no_key_column(found: Iterable[object]) -> SourceError:
    """The error for a table without a column of keys."""
    names = ", ".join(repr(str(name)[:40]) for name in list(found)[:8])
    return SourceError(
        f"there is no column 'key' (nor 'metric' nor 'name'); the columns are: {names or 'none'}",
        hint="The first line must name the columns. Plain keys, one a line, can be a .txt file.",
    )


def column(name: str, values: Sequence[object]) -> pd.Series[Any]:
    """One of our columns, from values as a file spells them.

    Raises:
        SourceError: A value doesn't fit.
    """
    # Objects, for pandas' own string type chokes on what is no valid Unicode.
    if name == "key":
        return pd.Series(values, dtype="object")
    convert: Callable[[str, object], object] = _text
    if name == "kind":
        convert = _kind
    elif name in COUNTS:
        convert = count
    elif name in _FLAGS:
        convert = _flag
    return pd.Series([convert(name, value) for value in values], dtype=COLUMNS[name])


def count(name: str, value: object) -> int | None:
    """A whole number of 0 or more, or None for an empty cell.

    Raises:
        SourceError: It is something else.
    """
    if value is None or value == "":
        return None
    try:
        number = float(value) if isinstance(value, (int, float, str)) else float("nan")
        if number == int(number) and 0 <= number < 2**63 and not isinstance(value, bool):
            return int(number)
    except (ValueError, OverflowError):
        pass
    raise SourceError(f"column {name!r} holds {value!r}, which is not a whole number of 0 or more")


def _flag(name: str, value: object) -> bool | None:
    if value is None or value == "":
        return None
    truth = _TRUTH.get(str(value).lower())
    if truth is None:
        raise SourceError(f"column {name!r} holds {value!r}, which is neither true nor false")
    return truth


def _text(name: str, value: object) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    raise SourceError(f"column {name!r} holds {value!r}, which is not text")


def _kind(_: str, value: object) -> str:
    return kind_named(value) if isinstance(value, str) else "unknown"
