"""Values from a W&B server: sampled history of the wanted metrics, one request a run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from wslayout.errors import AuthError, RequestRejected, ServerError, UnknownField
from wslayout.progress import Progress, silent
from wslayout.samples.values import AGGREGATES, RUNS, Axis, Curve, Samples
from wslayout.samples.wanted import Wanted
from wslayout.sources.values import finite_number
from wslayout.wandb_api import queries
from wslayout.wandb_api.asking import ask_project, nodes
from wslayout.wandb_api.client import GraphQL

CURVES: Final = 200
"""Most curves that are asked of one run."""

_POINTS: Final = 60
_LISTED: Final = 4  # runs for one that has values: the newest may have stopped at once
_NEWEST: Final = "-created_at"
_STEP: Final = "_step"


def sample_project(
    client: GraphQL,
    entity: str,
    project: str,
    wanted: Wanted,
    *,
    most_runs: int = RUNS,
    progress: Progress = silent,
) -> Samples:
    """The wanted values of a project's newest runs that logged any, as its server samples them.

    Takes a request to list the runs and one a run. What the server refuses leaves a note.
    Media are not downloaded.

    Args:
        client: Asks the server.
        entity: The team or user.
        project: The project.
        wanted: What is to be read.
        most_runs: Of how many runs.
        progress: Told how many runs are read.
    """
    asked = wanted.curves[:CURVES]
    notes: list[str] = []
    if len(wanted.curves) > len(asked):
        notes.append(f"Values of {len(asked):,} of {len(wanted.curves):,} lines were asked for.")
    specs = [json.dumps({"keys": [axis or _STEP, key], "samples": _POINTS}) for key, axis in asked]
    # What is nested in a summary has a name of its own only at the top.
    keys = sorted({name for key in wanted.last for name in (key, key.partition(".")[0])})
    sampled: list[tuple[str, Mapping[str, Any]]] = []
    refused: list[str] = []
    try:
        variables = {"first": most_runs * _LISTED, "order": _NEWEST}
        newest = nodes(
            ask_project(client, entity, project, queries.NEWEST_RUNS, variables).get("runs"), "runs"
        )
        listed = [run for run in newest if run.get("historyLineCount") != 0][:most_runs]
        for done, run in enumerate(listed):
            progress("reading values", done, len(listed))
            label = str(run.get("displayName") or run.get("name") or f"run {done + 1}")
            variables = {"run": run.get("name"), "specs": specs, "keys": keys}
            try:
                found = ask_project(client, entity, project, queries.SAMPLED_HISTORY, variables)
            except RequestRejected as error:  # of this run; others may be told
                if isinstance(error, UnknownField):
                    raise
                refused.append(label)
            else:
                sampled.append((label, _mapping(found.get("run"))))
        progress("reading values", len(listed), len(listed))
    except UnknownField:
        notes.append("The server gives no sampled history, so drawings are schematic.")
    except (ServerError, AuthError) as error:
        notes.append(f"The server gave no values of some runs: {error}.")
    if refused:
        notes.append(f"The server gave no values of {', '.join(refused)}.")
    return _gathered(sampled, asked, wanted.last, notes)


def _gathered(
    sampled: Sequence[tuple[str, Mapping[str, Any]]],
    asked: Sequence[tuple[str, Axis]],
    last_of: Sequence[str],
    notes: Sequence[str],
) -> Samples:
    curves: dict[tuple[str, Axis], list[Curve]] = {}
    last: dict[str, dict[int, float]] = {}
    for number, (_, read) in enumerate(sampled):
        for one, rows in zip(asked, _lists(read.get("sampledHistory")), strict=False):
            curve = _curve(number, *one, rows)
            if curve is not None:
                curves.setdefault(one, []).append(curve)
        for key, value in _summary(read.get("summaryMetrics"), last_of):
            last.setdefault(key, {})[number] = value
    return Samples(
        runs=tuple(label for label, _ in sampled),
        curves={one: tuple(found) for one, found in curves.items()},
        last=last,
        notes=tuple(notes),
    )


def _curve(run: int, key: str, axis: Axis, rows: Sequence[Any]) -> Curve | None:
    points = [
        (x, y)
        for row in rows
        if isinstance(row, Mapping)
        for x, y in [(finite_number(row.get(axis or _STEP)), finite_number(row.get(key)))]
        if x is not None and y is not None
    ]
    if not points:
        return None
    return Curve(run=run, xs=tuple(x for x, _ in points), ys=tuple(y for _, y in points))


def _summary(given: object, keys: Sequence[str]) -> list[tuple[str, float]]:
    try:
        told = json.loads(given) if isinstance(given, str) else given
    except (ValueError, RecursionError):
        return []
    values = ((key, finite_number(_at(_mapping(told), key))) for key in keys)
    return [(key, value) for key, value in values if value is not None]


def _at(values: Mapping[str, Any], key: str) -> object:
    """A value of a summary, which may nest what the key joins by dots."""
    while values and key not in values:
        head, _, key = key.partition(".")
        values = _mapping(values.get(head))
    found = values.get(key)
    told = [found[one] for one in AGGREGATES if one in found] if isinstance(found, Mapping) else []
    return told[0] if len(told) == 1 else found


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _lists(value: object) -> list[list[Any]]:
    rows = value if isinstance(value, list) else []
    return [one if isinstance(one, list) else [] for one in rows]
