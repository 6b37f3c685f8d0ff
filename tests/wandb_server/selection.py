"""Filters, order and pages of runs: the part of W&B's Mongo-like language that clients send."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from graphql import GraphQLError

from tests.wandb_server.history import each_run, summary
from tests.wandb_server.state import EPOCH, LazyRuns, Run, RunSource

_MISSING = object()

_ATTRIBUTES: dict[str, Callable[[Run], Any]] = {
    "name": lambda run: run.name,
    "displayName": lambda run: run.display_name or run.name,
    "display_name": lambda run: run.display_name or run.name,
    "state": lambda run: run.state,
    "group": lambda run: run.group,
    "jobType": lambda run: run.job_type,
    "job_type": lambda run: run.job_type,
    "tags": lambda run: run.tags,
    "username": lambda run: run.user.username if run.user else None,
    "sweep": lambda run: run.sweep_name,
    "createdAt": lambda run: run.created_at,
    "created_at": lambda run: run.created_at,
    "heartbeatAt": lambda run: run.heartbeat_at,
    "heartbeat_at": lambda run: run.heartbeat_at,
}


class Picked(LazyRuns):
    """Some runs of a source, by position, fetched only when a page asks for them."""

    def __init__(self, source: RunSource, positions: Sequence[int]) -> None:
        self._source = source
        self._positions = positions

    def __len__(self) -> int:
        return len(self._positions)

    def run_at(self, position: int) -> Run:
        return self._source[self._positions[position]]


def select(source: RunSource, filters: str | None, order: str | None) -> RunSource:
    """The runs that the filters let through, in the order asked for (oldest first by default)."""
    condition = _parse(filters)
    descending = (order or "").startswith("-")
    key = (order or "").lstrip("+-") or "created_at"
    if key in ("created_at", "createdAt"):
        if not condition:
            return Picked(source, range(len(source))[::-1]) if descending else source
        kept = [at for at, run in enumerate(each_run(source)) if matches(run, condition)]
        return Picked(source, kept[::-1] if descending else kept)
    ranked = [
        (_rank(_value(run, key)), at)
        for at, run in enumerate(each_run(source))
        if matches(run, condition)
    ]
    # Sorting is stable, so runs of equal rank keep their order both ways, as pages need.
    ranked.sort(key=lambda pair: pair[0], reverse=descending)
    return Picked(source, [at for _, at in ranked])


def matches(run: Run, condition: Mapping[str, Any]) -> bool:
    return all(_holds(run, key, wanted) for key, wanted in condition.items())


def _holds(run: Run, key: str, wanted: Any) -> bool:
    if key == "$and":
        return all(matches(run, one) for one in wanted)
    if key == "$or":
        return any(matches(run, one) for one in wanted)
    if key == "$not":
        return not matches(run, wanted)
    if key.startswith("$"):
        raise GraphQLError(f"unknown operator: {key}")
    value = _value(run, key)
    if isinstance(wanted, Mapping) and any(one.startswith("$") for one in wanted):
        return all(_compare(operator, value, operand) for operator, operand in wanted.items())
    return _compare("$eq", value, wanted)


def _compare(operator: str, value: Any, operand: Any) -> bool:
    if operator == "$not":
        return not all(_compare(inner, value, one) for inner, one in operand.items())
    if operator not in _COMPARISONS:
        raise GraphQLError(f"unknown operator: {operator}")
    if isinstance(value, datetime) and isinstance(operand, str):
        operand = parse_time(operand)
    return _COMPARISONS[operator](value, operand)


def _value(run: Run, key: str) -> Any:
    if key in _ATTRIBUTES:
        return _ATTRIBUTES[key](run)
    column, _, path = key.partition(".")
    if column == "summary_metrics":
        return _lookup(summary(run), path)
    if column == "config":
        return _lookup({name: {"value": value} for name, value in run.config.items()}, path)
    if column == "system_metrics":
        return _lookup(run.system_metrics, path)
    raise GraphQLError(f"unknown run field: {key}")


def _lookup(values: Mapping[str, Any], path: str) -> Any:
    """A value by its dotted path; names may hold dots themselves, so the longest name wins."""
    if path in values:
        return values[path]
    for at in range(len(path) - 1, 0, -1):
        inner = values.get(path[:at]) if path[at] == "." else None
        if isinstance(inner, Mapping):
            return _lookup(inner, path[at + 1 :])
    return _MISSING


def _equal(value: Any, wanted: Any) -> bool:
    if value is _MISSING:
        return wanted is None
    return bool(value == wanted) or (isinstance(value, list) and wanted in value)


def _ordered(value: Any, wanted: Any) -> bool:
    numbers = isinstance(value, int | float) and isinstance(wanted, int | float)
    return numbers or (type(value) is type(wanted) and isinstance(value, str | datetime))


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": _equal,
    "$ne": lambda value, wanted: not _equal(value, wanted),
    "$gt": lambda value, wanted: _ordered(value, wanted) and value > wanted,
    "$gte": lambda value, wanted: _ordered(value, wanted) and value >= wanted,
    "$lt": lambda value, wanted: _ordered(value, wanted) and value < wanted,
    "$lte": lambda value, wanted: _ordered(value, wanted) and value <= wanted,
    "$in": lambda value, wanted: any(_equal(value, one) for one in wanted),
    "$nin": lambda value, wanted: not any(_equal(value, one) for one in wanted),
    "$exists": lambda value, wanted: (value is not _MISSING) is bool(wanted),
    "$regex": lambda value, wanted: isinstance(value, str) and re.search(wanted, value) is not None,
}


def _rank(value: Any) -> tuple[int, Any]:
    if isinstance(value, datetime):
        return 1, (value - EPOCH).total_seconds()
    if isinstance(value, int | float):
        return 1, value
    return (2, value) if isinstance(value, str) else (0, 0)


def _parse(filters: str | None) -> dict[str, Any]:
    try:
        parsed = json.loads(filters or "{}")
    except ValueError:
        raise GraphQLError("invalid filters: not JSON") from None
    if not isinstance(parsed, dict):
        raise GraphQLError("invalid filters: not an object")
    return parsed


def parse_time(text: str) -> datetime:
    try:
        # Python 3.10 does not read the Z.
        parsed = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise GraphQLError(f"invalid time: {text}") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)
