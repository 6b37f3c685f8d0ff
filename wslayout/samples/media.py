"""What a preview shows of logged histograms and tables."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from wslayout.samples.values import Bars, Grid
from wslayout.sources.remote import Place
from wslayout.sources.values import finite_number

_MOST_BINS: Final = 48
_LARGEST_TABLE: Final = 5_000_000  # bytes
_ROWS: Final = 4
_COLUMNS: Final = 4
_CELL: Final = 40  # characters


def bars_of(value: Mapping[str, Any], run: int) -> Bars | None:
    """A logged histogram, in a few bins; None where it is no such thing.

    Args:
        value: As it was logged.
        run: The run's place in `Samples.runs`.
    """
    counts = value.get("values")
    if not isinstance(counts, list) or not counts:
        return None
    known = [float(one) for one in counts if type(one) in (int, float) and 0 <= one < math.inf]
    if len(known) != len(counts):
        return None
    width = math.ceil(len(known) / _MOST_BINS)
    return Bars(
        run=run,
        counts=tuple(sum(known[at : at + width]) for at in range(0, len(known), width)),
        ends=_ends(value, len(known), width),
    )


def _ends(value: Mapping[str, Any], bins: int, width: int) -> tuple[float, float] | None:
    """Where the bars begin and end: bins are told by their edges, or packed, of one size."""
    edges = value.get("bins")
    packed = value.get("packedBins")
    if isinstance(packed, Mapping):
        low, size = (finite_number(packed.get(one)) for one in ("min", "size"))
    elif isinstance(edges, list) and len(edges) == bins + 1:
        low, high = finite_number(edges[0]), finite_number(edges[-1])
        size = None if low is None or high is None else (high - low) / bins
    else:
        return None
    if low is None or size is None:
        return None
    end = low + size * width * math.ceil(bins / width)  # the last bar may hold fewer bins
    return (low, end) if math.isfinite(end) else None


def grid_of(file: Place) -> Grid | None:
    """The first rows of a logged table; None where it can't be read, or is large."""
    try:
        if file.stat().st_size > _LARGEST_TABLE:
            return None
        content = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    columns, rows = (
        (content.get("columns"), content.get("data")) if isinstance(content, dict) else ((), ())
    )
    if not isinstance(columns, list) or not isinstance(rows, list) or not columns:
        return None
    shown = [row for row in rows[:_ROWS] if isinstance(row, list)]
    names = columns[:_COLUMNS]
    return Grid(
        columns=tuple(_cell(name) for name in names),
        rows=tuple(_cells(row, len(names)) for row in shown),
        more_rows=len(rows) - len(shown),
        more_columns=len(columns) - len(names),
    )


def _cells(row: Sequence[object], count: int) -> tuple[str, ...]:
    cells = [_cell(value) for value in row[:count]]
    return (*cells, *[""] * (count - len(cells)))


def _cell(value: object) -> str:
    if isinstance(value, dict):
        return f"({value.get('_type', 'map')})"
    if isinstance(value, float):
        return f"{value:.4g}"
    text = " ".join(str(value).split()) if value is not None else ""
    return text if len(text) <= _CELL else text[: _CELL - 1] + "…"
