"""Metric keys in JSON: inventories, key sets, lists, objects, summaries, JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from wslayout.errors import SourceError
from wslayout.inventory import Coverage, Inventory, kind_named
from wslayout.sources.tables.columns import (
    column,
    count,
    key_field,
    no_key_column,
    renamed,
)
from wslayout.sources.tables.rows import keyed, of_frames, of_names, of_rows
from wslayout.sources.values import summary_kinds

MAX_JSON_BYTES: Final = 512 * 1024 * 1024
"""The largest JSON document to read; CSV, Parquet, JSON lines and plain lines stream."""


_IN_EVERY_SUMMARY: Final = frozenset({"_step", "_runtime", "_timestamp", "_wandb"})


def of_json(text: str, max_keys: int) -> Inventory:
    """The keys of one JSON document; see `wslayout.sources.tables.table.read_table` for its forms.

    Raises:
        SourceError: It is not JSON (the cause is a ValueError), or of another form.
        TooManyKeys: It holds more distinct keys than ``max_keys``.
    """
    data = _parsed(text)
    if isinstance(data, list):
        return _of_list(data, max_keys)
    if not isinstance(data, dict):
        raise SourceError(f"a JSON {_name_of(data)} is not a table of metric keys")
    _refuse_ours(data)
    keys = data.get("keys")
    if isinstance(keys, list):
        written = "format" in data
        return Inventory.from_json(text, max_keys=max_keys) if written else _of_list(keys, max_keys)
    # With a `_type` it is a media value in the summary of a run that has a metric `keys`.
    if isinstance(keys, dict) and keys and "_type" not in keys and _all_text(keys):
        return _of_key_set(data, keys, max_keys)
    return _of_object(data, max_keys)


def _refuse_ours(data: Mapping[str, object]) -> None:
    """Files that wslayout itself writes, and that hold no metric keys."""
    if data.get("format") == "wslayout-layout":
        raise SourceError(
            "a layout that `wslayout plan -o` wrote, not metric keys",
            hint="`wslayout apply` takes it as it is; to lay out anew, name the original source.",
        )
    section = data.get("section")
    if isinstance(section, dict) and "panelBankConfig" in section:
        raise SourceError(
            "a view spec, not metric keys", hint="Name the source that its keys came from."
        )


def json_line_rows(lines: Iterable[str]) -> Iterator[dict[str, object]]:
    """The rows of JSON lines, by our column names.

    Raises:
        SourceError: A line is not JSON, or neither a row nor a key.
    """
    numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    return _rows(((number, _line(number, line)) for number, line in numbered), "line")


def _parsed(text: str) -> object:
    try:
        return json.loads(text, parse_int=_whole)
    except json.JSONDecodeError as error:
        several = error.msg == "Extra data"
        raise SourceError(
            f"not JSON: {error}",
            hint="It holds several JSON documents: name it .jsonl." if several else "",
        ) from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"not JSON that can be read: {error}") from error


def _line(number: int, line: str) -> object:
    try:
        return json.loads(line, parse_int=_whole)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"line {number:,} is not JSON: {error}") from error


def _whole(digits: str) -> int | float:
    # Python refuses to turn thousands of digits into an int.
    return int(digits) if len(digits) < 20 else float(digits)


def _of_key_set(data: Mapping[str, Any], keys: Mapping[str, str], max_keys: int) -> Inventory:
    runs = data.get("runs_with_key")
    if runs is not None and not isinstance(runs, dict):
        raise SourceError("'runs_with_key' must map names to numbers of runs")
    frame = keyed(list(keys), [kind_named(kind) for kind in keys.values()])
    if runs:
        frame["runs"] = column("runs", [runs.get(key) for key in keys])
    total = count("n_runs", data.get("n_runs"))
    return of_frames([frame], max_keys, Coverage(runs_total=total, runs_read=total))


def _of_object(data: dict[str, Any], max_keys: int) -> Inventory:
    """An object name → type, name → nothing, or a run's summary (name → value)."""
    if all(value is None or value == {} for value in data.values()):
        return of_names(data, max_keys)
    if _all_text(data):
        kinds = [kind_named(value) for value in data.values()]
        if any(kind != "unknown" for kind in kinds):
            return of_frames([keyed(list(data), kinds)], max_keys)
    if any(isinstance(value, dict) and "_type" not in value for value in data.values()) and not (
        _IN_EVERY_SUMMARY.intersection(data)
    ):
        raise SourceError(
            "a JSON object that is neither a list of keys nor the summary of a run",
            hint="A summary has _step, _runtime or _timestamp; keys are a list, or an object "
            "of names and types.",
        )
    found = dict(summary_kinds(data))
    frame = keyed(list(found), list(found.values())).assign(runs=1)
    return of_frames([frame], max_keys, Coverage(runs_total=1, runs_read=1))


def _of_list(items: Sequence[object], max_keys: int) -> Inventory:
    if items and isinstance(items[0], dict):
        return of_rows(_rows(enumerate(items, 1), "item"), max_keys)
    names: list[str] = []
    for number, item in enumerate(items, 1):
        if not isinstance(item, str):
            raise SourceError(f"item {number:,} of the list is a {_name_of(item)}, not a key")
        names.append(item)
    return of_names(names, max_keys)


def _rows(documents: Iterable[tuple[int, object]], unit: str) -> Iterator[dict[str, object]]:
    for number, row in documents:
        if isinstance(row, str):
            yield {"key": row}
            continue
        where = f"{unit} {number:,}"
        if not isinstance(row, dict):
            raise SourceError(f"{where} is a {_name_of(row)}, not a row or a key")
        key_name = key_field(row)
        if key_name is None:
            raise SourceError(f"{where}: {no_key_column(row)}")
        if not isinstance(row[key_name], str):
            raise SourceError(f"{where}: {key_name!r} is a {_name_of(row[key_name])}, not a key")
        names = renamed(list(row), key_name)
        yield {name: cell for name, cell in zip(names, row.values(), strict=True) if name}


def _all_text(data: Mapping[str, object]) -> bool:
    return all(isinstance(value, str) for value in data.values())


def _name_of(value: object) -> str:
    names = {dict: "object", list: "list", str: "text", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")
