"""What the server tells about metric keys: ``historyKeys``, the summary and the field index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.wandb_server.state import KeyInfo, Run, RunSource

_CHUNK = 500


def each_run(source: RunSource) -> Iterator[Run]:
    """All runs of a source, a chunk at a time, so that a lazy source need not hold them."""
    for start in range(0, len(source), _CHUNK):
        yield from source[start : start + _CHUNK]


def line_count(run: Run) -> int:
    if run.history_line_count is not None:
        return run.history_line_count
    return max((info.points for info in (run.keys or {}).values()), default=0)


def history_keys(run: Run) -> dict[str, Any] | None:
    if run.keys is None:
        return None
    return _as_json(run.keys, line_count(run))


def aggregated_history_keys(runs: Iterable[Run]) -> dict[str, Any]:
    """One answer for many runs: counts add up, a key is monotonic if it is so in every run."""
    sums: dict[str, _Sum] = {}
    lines = 0
    for run in runs:
        lines = max(lines, line_count(run))
        for key, info in (run.keys or {}).items():
            found = sums.get(key)
            if found is None:
                sums[key] = _Sum(info)
            else:
                found.add(info)
    return _as_json({key: found.info() for key, found in sums.items()}, lines)


def sampled(run: Run, spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Evenly spaced rows of those that have all keys of a spec; ``_step`` counts rows."""
    keys, most = spec["keys"], spec.get("samples", 500)
    rows = [{"_step": step, **row} for step, row in enumerate(run.rows)]
    having = [{key: row[key] for key in keys} for row in rows if set(keys) <= row.keys()]
    if len(having) <= most:
        return having
    return [having[round(at * (len(having) - 1) / (most - 1))] for at in range(most)]


def summary(run: Run) -> dict[str, Any]:
    if run.summary is not None:
        return run.summary
    return {key: _last_value(info) for key, info in (run.keys or {}).items()}


def field_index(runs: Iterable[Run]) -> dict[tuple[str, str], None]:
    """Every ``(path, type)`` of the runs' config, summary and system metrics, in path order."""
    found: set[tuple[str, str]] = set()
    for run in runs:
        config = {key: {"value": value} for key, value in run.config.items()}
        for column, values in (
            ("config", config),
            ("summary_metrics", summary(run)),
            ("system_metrics", run.system_metrics),
        ):
            found.update(_fields(column, values))
    return dict.fromkeys(sorted(found))


def _fields(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _fields(f"{path}.{key}", inner)
    else:
        yield path, _json_type(value)


def _json_type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "null"


def _last_value(info: KeyInfo) -> Any:
    if info.previous is not None:
        return info.previous
    plain: dict[str, Any] = {
        "number": 0.5,
        "string": "text",
        "bool": True,
        "nil": None,
        "list": [],
        "map": {},
    }
    return plain.get(info.type, {"_type": info.type})


class _Sum:
    """One key of many runs; a server that sums up a large project has a million to add."""

    __slots__ = ("_first", "_monotonic", "_previous", "_types")

    def __init__(self, first: KeyInfo) -> None:
        self._first = first
        self._types = first.types
        self._monotonic = first.monotonic
        self._previous = first.previous

    def add(self, info: KeyInfo) -> None:
        types = self._types
        types[info.type] = types.get(info.type, 0) + info.count
        for kind, count in info.more_types.items():
            types[kind] = types.get(kind, 0) + count
        if self._monotonic is not None:
            self._monotonic = None if info.monotonic is None else self._monotonic and info.monotonic
        self._previous = info.previous

    def info(self) -> KeyInfo:
        count = self._types.pop(self._first.type)
        return KeyInfo(self._first.type, count, self._monotonic, self._previous, self._types)


def _as_json(keys: Mapping[str, KeyInfo], lines: int) -> dict[str, Any]:
    return {
        "sets": [],
        "lastStep": max(lines - 1, 0),
        "keys": {key: _entry(info) for key, info in keys.items()},
    }


def _entry(info: KeyInfo) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "typeCounts": [{"type": kind, "count": count} for kind, count in info.types.items()]
    }
    if info.monotonic is not None:
        entry["monotonic"] = info.monotonic
        entry["previousValue"] = info.previous
    return entry
