"""Metric keys from tables: CSV, TSV, Parquet, JSON, JSON lines, standard input, pandas."""

from __future__ import annotations

import codecs
import csv
import importlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Final

import pandas as pd

from wslayout.errors import EmptySource, SourceError
from wslayout.inventory import (
    COLUMNS,
    MAX_KEYS,
    Coverage,
    Inventory,
    Origin,
    kind_of,
    no_parquet,
    too_many_keys,
)
from wslayout.sources.offline import summary_kinds
from wslayout.sources.runfile import HEADER, cannot_read

MAX_JSON_BYTES: Final = 512 * 1024 * 1024
"""The largest JSON document to read; CSV, Parquet, JSON lines and plain lines stream."""

MAX_LINE: Final = 16 * 1024 * 1024
"""The longest line (in characters) to accept from a file that is read line by line."""

KEY_COLUMNS: Final = ("key", "metric", "name")
"""What the column of metric keys may be called, best first."""

_ROWS_AT_ONCE: Final = 200_000
_COUNTS: Final = ("runs", "points", "max_points")
_FLAGS: Final = ("monotonic", "single_valued")
_TRUTH: Final = {"true": True, "false": False, "1": True, "0": False}
# What people call a number or a text when they write a list of types by hand.
_TYPE_ALIASES: Final = {
    **dict.fromkeys(("float", "int", "integer", "double", "scalar"), "number"),
    "str": "string",
}
_MAGIC: Final = {
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "compressed with gzip",
    b"PK\x03\x04": "a zip archive or a spreadsheet",
    b"\x89HDF": "an HDF5 file",
    b"ARROW1": "an Arrow file",
    b"SQLite format 3": "an SQLite database",
    HEADER[:4]: "a W&B run file",
    codecs.BOM_UTF32_LE: "UTF-32 text",
    codecs.BOM_UTF16_LE: "UTF-16 text",
    codecs.BOM_UTF16_BE: "UTF-16 text",
}
_SUFFIXES: Final = {
    ".csv": "CSV",
    ".tsv": "TSV",
    ".tab": "TSV",
    ".parquet": "Parquet",
    ".pq": "Parquet",
    ".json": "JSON",
    ".jsonl": "JSON lines",
    ".ndjson": "JSON lines",
    ".txt": "lines",
}
# Begins as JSON does and hardly as a metric key does, although `[train] loss` is a key.
_LIKE_JSON: Final = re.compile(r"\s*(?:\{\s*[\"}]|\[\s*[\"\[{\]\d])")


def read_table(path: str | Path, *, max_keys: int = MAX_KEYS) -> Inventory:
    """The metric keys that a file lists.

    CSV, TSV, Parquet and JSON lines need a column (field) named ``key``, ``metric``
    or ``name``; other columns of an inventory are taken where present. A JSON
    document is an inventory that wslayout wrote, a key set (``{"keys": {name:
    type}}``), a list of names or of rows, an object name → type, or a run's
    ``wandb-summary.json``. A ``.txt`` file has one key a line.

    Args:
        path: The file. Its suffix says what it is, its content must agree.
        max_keys: The most distinct keys to accept.

    Returns:
        One row a key; what the file doesn't tell is <NA>, and a key without a type
        is taken for a number.

    Raises:
        SourceError: It can't be read, or is not what its name says.
        EmptySource: It holds no keys.
        TooManyKeys: It holds more distinct keys than ``max_keys``.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            head = file.read(4096)
        form = _form(path, head)
        if form == "Parquet":
            inventory = _of_rows(_parquet_frames(path), max_keys)
        elif form == "JSON":
            inventory = _of_json(_document(path), str(path), max_keys)
        else:
            with path.open(encoding="utf-8-sig", newline="") as text:
                if form == "lines":
                    inventory = _of_names(_lines(text), max_keys)
                elif form == "JSON lines":
                    inventory = _of_rows(_frames(_json_rows(_lines(text))), max_keys)
                else:
                    inventory = _of_rows(_frames(_csv_rows(text, form)), max_keys)
    except OSError as error:
        raise cannot_read(path, error) from error
    except UnicodeDecodeError as error:
        raise _not_utf8(path.name, error) from error
    except SourceError as error:
        if path.name in str(error):
            raise
        raise type(error)(f"{path}: {error}", hint=error.hint) from error
    if inventory.origin == Origin():
        inventory = replace(inventory, origin=Origin(str(path)))
    return _not_empty(inventory, str(path))


def read_lines(stream: IO[str] | IO[bytes], *, max_keys: int = MAX_KEYS) -> Inventory:
    """The metric keys on a stream, one a line, or one JSON document as in a file.

    Blank lines are skipped; of a key's line only the line's end is taken off, so
    keys may begin or end with spaces.

    Args:
        stream: Text, or bytes in UTF-8. Lines are read as they come.
        max_keys: The most distinct keys to accept.

    Raises:
        SourceError: It is not text, or not keys.
        EmptySource: It holds no keys.
        TooManyKeys: It holds more distinct keys than ``max_keys``.
    """
    try:
        return _not_empty(_of_stream(_texts(stream), max_keys), "standard input")
    except UnicodeDecodeError as error:
        raise _not_utf8("standard input", error) from error
    except OSError as error:
        raise SourceError(f"can't read standard input: {error}") from error


def read_frame(frame: pd.DataFrame, *, max_keys: int = MAX_KEYS) -> Inventory:
    """The metric keys of a table with a column ``key``, ``metric`` or ``name``.

    Args:
        frame: One row a key; see `Inventory.from_frame` for its other columns. The
            keys may also be its index, if that is named ``key``.
        max_keys: The most distinct keys to accept.

    Raises:
        SourceError: There is no such column, or values don't fit theirs.
        EmptySource: It holds no keys.
        TooManyKeys: It holds more distinct keys than ``max_keys``.
    """
    if frame.index.name == "key" and "key" not in frame.columns:
        frame = frame.reset_index()
    inventory = _of_rows([_named(frame)], max_keys)
    return _not_empty(replace(inventory, origin=Origin("DataFrame")), "the table")


def _form(path: Path, head: bytes) -> str:
    """What the file is, by its suffix and its first bytes, which must agree."""
    form = _SUFFIXES.get(path.suffix.lower())
    if not head:
        raise EmptySource(f"{path} is empty")
    found = next((what for magic, what in _MAGIC.items() if head.startswith(magic)), None)
    if form == "Parquet" or (form is None and found == "a Parquet file"):
        if found != "a Parquet file":
            raise SourceError(f"{path} is not a Parquet file" + (f" but {found}" if found else ""))
        return "Parquet"
    if found is None and b"\0" in head:
        found = "binary"
    if found is not None:
        raise SourceError(
            f"{path} is not {form or 'a table of metric keys'}: it is {found}",
            hint="Save it as UTF-8 text, or give it the suffix of what it is.",
        )
    if form is None:
        begin = head.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
        if begin not in (b"{", b"["):
            raise SourceError(
                f"can't tell what {path} is",
                hint=f"Name it {', '.join(sorted(_SUFFIXES))}; plain keys can come on stdin.",
            )
        return "JSON"
    return form


def _document(path: Path) -> str:
    if path.stat().st_size > MAX_JSON_BYTES:
        raise SourceError(
            f"{path} is larger than {MAX_JSON_BYTES // 2**20} MB",
            hint="Write it as JSON lines (.jsonl), which are read piece by piece.",
        )
    return path.read_bytes().decode("utf-8-sig")


def _of_json(text: str, label: str, max_keys: int) -> Inventory:
    try:
        data = json.loads(text, parse_int=_whole)
    except json.JSONDecodeError as error:
        several = error.msg == "Extra data"
        raise SourceError(
            f"not JSON: {error}",
            hint="It holds several JSON documents: name it .jsonl." if several else "",
        ) from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"not JSON that can be read: {error}") from error
    if isinstance(data, list):
        return _of_list(data, max_keys)
    if not isinstance(data, dict):
        raise SourceError(f"a JSON {_kind_name(data)} is not a table of metric keys")
    if "format" in data and isinstance(data.get("keys"), list):
        return Inventory.from_json(text, max_keys=max_keys)
    keys = data.get("keys")
    if isinstance(keys, list):
        return _of_list(keys, max_keys)
    # With a `_type` it is a media value in the summary of a run that has a metric `keys`.
    types = list(keys.values()) if isinstance(keys, dict) and "_type" not in keys else []
    if isinstance(keys, dict) and types and all(isinstance(kind, str) for kind in types):
        return _of_key_set(data, keys, max_keys)
    return _of_object(data, label, max_keys)


def _of_key_set(data: Mapping[str, Any], keys: Mapping[str, str], max_keys: int) -> Inventory:
    runs, total = data.get("runs_with_key"), data.get("n_runs")
    if runs is not None and not isinstance(runs, dict):
        raise SourceError("'runs_with_key' must map names to numbers of runs")
    frame = _keyed(list(keys), [_kind(kind) for kind in keys.values()])
    if runs:
        frame["runs"] = _column("runs", [runs.get(key) for key in keys])
    total = _count("n_runs", total)
    return _of_rows([frame], max_keys, Coverage(runs_total=total, runs_read=total))


def _of_object(data: dict[str, Any], label: str, max_keys: int) -> Inventory:
    """An object name → type, name → nothing, or a run's summary (name → value)."""
    values = list(data.values())
    if all(value is None or value == {} for value in values):
        return _of_names(data, max_keys)
    if all(isinstance(value, str) for value in values):
        kinds = [_kind(value) for value in values]
        if any(kind != "unknown" for kind in kinds):
            return _of_rows([_keyed(list(data), kinds)], max_keys)
    rows = dict(summary_kinds(data))
    frame = _keyed(list(rows), list(rows.values()))
    frame["runs"] = 1
    return _of_rows([frame], max_keys, Coverage(runs_total=1, runs_read=1))


def _of_list(items: Sequence[object], max_keys: int) -> Inventory:
    if not items:
        return _of_names([], max_keys)
    if isinstance(items[0], dict):
        return _of_rows(_frames(_checked_rows(enumerate(items, 1), "item")), max_keys)
    for number, item in enumerate(items, 1):
        if not isinstance(item, str):
            raise SourceError(f"item {number:,} of the list is a {_kind_name(item)}, not a key")
    return _of_names((str(item) for item in items), max_keys)


def _of_stream(lines: Iterator[str], max_keys: int) -> Inventory:
    """JSON if it begins like JSON, else a key a line."""
    lines = (line for line in lines if line.strip())
    first = next(lines, "")
    if first.lstrip()[:1] not in ("{", "["):
        return _stdin(_of_names(_chain(first, lines), max_keys))
    read, size = [first], len(first)
    for line in lines:
        read.append(line)
        size += len(line)
        if size > MAX_JSON_BYTES:
            raise SourceError("the JSON on standard input is too large", hint="Use a file.")
    text = "\n".join(read)
    try:
        return _stdin(_of_json(text, "stdin", max_keys))
    except SourceError as error:
        if not isinstance(error.__cause__, ValueError):
            raise
        if len(read) > 1 and _parses(first):
            return _stdin(_of_rows(_frames(_json_rows(iter(read))), max_keys))
        if _LIKE_JSON.match(text):
            raise
        return _stdin(_of_names(read, max_keys))


def _stdin(inventory: Inventory) -> Inventory:
    known = inventory.origin != Origin()
    return inventory if known else replace(inventory, origin=Origin("stdin"))


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _of_names(names: Iterable[str], max_keys: int) -> Inventory:
    def frames() -> Iterator[pd.DataFrame]:
        batch: list[str] = []
        for name in names:
            batch.append(name)
            if len(batch) == _ROWS_AT_ONCE:
                yield _keyed(batch)
                batch = []
        yield _keyed(batch)

    return _of_rows(frames(), max_keys)


def _keyed(keys: Sequence[str], kinds: Sequence[str] | None = None) -> pd.DataFrame:
    # Objects, for pandas' own string type chokes on what is no valid Unicode.
    frame = pd.DataFrame({"key": pd.Series(keys, dtype="object")})
    return frame if kinds is None else frame.assign(kind=pd.Series(kinds, dtype="object"))


def _of_rows(
    frames: Iterable[pd.DataFrame], max_keys: int, coverage: Coverage | None = None
) -> Inventory:
    """The frames as one inventory; only distinct keys and one frame are in memory."""
    whole: Inventory | None = None
    for frame in frames:
        part = Inventory.from_frame(frame, coverage=coverage, max_keys=max_keys)
        for name in _COUNTS:
            if (part.frame[name] < 0).any():
                raise SourceError(f"column {name!r} holds a number below 0")
        whole = part if whole is None else whole.merge(part)
        if len(whole) > max_keys:
            raise too_many_keys(max_keys)
    if whole is None:
        raise EmptySource("there are no rows")
    return whole


def _frames(rows: Iterable[Mapping[str, object]]) -> Iterator[pd.DataFrame]:
    """Rows in frames of bounded length, each column with the values its type asks for."""
    batch: list[Mapping[str, object]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _ROWS_AT_ONCE:
            yield _frame(batch)
            batch = []
    if batch:
        yield _frame(batch)


def _frame(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    names = [name for name in COLUMNS if any(name in row for row in rows)]
    return pd.DataFrame({name: _column(name, [row.get(name) for row in rows]) for name in names})


def _column(name: str, values: Sequence[object]) -> pd.Series[Any]:
    convert: Callable[[str, object], object] = _cell
    if name in _COUNTS:
        convert = _count
    elif name in _FLAGS:
        convert = _flag
    elif name == "kind":
        return pd.Series([_kind(value) for value in values], dtype=COLUMNS["kind"])
    elif name == "key":
        return pd.Series(values, dtype="object")
    return pd.Series([convert(name, value) for value in values], dtype=COLUMNS[name])


def _cell(name: str, value: object) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    raise SourceError(f"column {name!r} holds {value!r}, which is not text")


def _count(name: str, value: object) -> int | None:
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


def _kind(value: object) -> str:
    if not isinstance(value, str):
        return "unknown"
    return _TYPE_ALIASES.get(value.lower()) or kind_of(value)


def _csv_rows(text: IO[str], form: str) -> Iterator[dict[str, object]]:
    header_line = text.readline(MAX_LINE)
    marks = "\t" if form == "TSV" else ",;\t"
    # Spreadsheets in half of Europe write semicolons, so the header decides.
    mark = next((m for m in marks if _key_field(_fields(header_line, m))), marks[0])
    header = _fields(header_line, mark)
    key_field = _key_field(header)
    if key_field is None:
        raise _no_key_column(header)
    names = _renamed(header, key_field)
    reader = csv.reader(text, delimiter=mark, strict=True)
    try:
        for row in reader:
            if not row:
                continue
            if len(row) > len(names):
                raise SourceError(
                    f"line {reader.line_num + 1:,} has {len(row)} fields, the header {len(names)}",
                    hint='Put keys that hold the separator in quotes: "a,b".',
                )
            yield {name: cell for name, cell in zip(names, row, strict=False) if name}
    except csv.Error as error:
        raise SourceError(f"not {form}: line {reader.line_num + 1:,}: {error}") from error


def _fields(line: str, mark: str) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader([line.rstrip("\r\n")], delimiter=mark))]
    except (csv.Error, StopIteration):
        return []


def _key_field(names: Iterable[object]) -> str | None:
    known = list(names)
    return next((name for name in KEY_COLUMNS if name in known), None)


def _renamed(names: Sequence[str], key_field: str) -> list[str]:
    """Our name for each column, "" for one to leave out; of two alike the first counts."""
    renamed: list[str] = []
    for name in names:
        ours = "key" if name == key_field else name
        if name == "type" and "kind" not in names:
            ours = "kind"
        renamed.append(ours if ours in COLUMNS and ours not in renamed else "")
    return renamed


def _no_key_column(found: Iterable[object]) -> SourceError:
    names = ", ".join(repr(str(name)[:40]) for name in list(found)[:8])
    return SourceError(
        f"there is no column 'key' (nor 'metric' nor 'name'); the columns are: {names or 'none'}",
        hint="The first line must name the columns. Plain keys, one a line, can be a .txt file.",
    )


def _json_rows(lines: Iterator[str]) -> Iterator[dict[str, object]]:
    def documents() -> Iterator[tuple[int, object]]:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    yield number, json.loads(line, parse_int=_whole)
                except (ValueError, RecursionError) as error:
                    raise SourceError(f"line {number:,} is not JSON: {error}") from error

    return _checked_rows(documents(), "line")


def _checked_rows(
    documents: Iterable[tuple[int, object]], unit: str
) -> Iterator[dict[str, object]]:
    for number, row in documents:
        if isinstance(row, str):
            yield {"key": row}
            continue
        if not isinstance(row, dict):
            raise SourceError(f"{unit} {number:,} is a {_kind_name(row)}, not a row or a key")
        key_field = _key_field(row)
        if key_field is None:
            raise SourceError(f"{unit} {number:,}: {_no_key_column(row)}")
        if not isinstance(row[key_field], str):
            what = _kind_name(row[key_field])
            raise SourceError(f"{unit} {number:,}: {key_field!r} is a {what}, not a key")
        names = _renamed(list(row), key_field)
        yield {name: cell for name, cell in zip(names, row.values(), strict=True) if name}


def _parquet_frames(path: Path) -> Iterator[pd.DataFrame]:
    try:
        parquet: Any = importlib.import_module("pyarrow.parquet")
        arrow: Any = importlib.import_module("pyarrow")
    except ImportError as error:
        raise no_parquet() from error
    try:
        with parquet.ParquetFile(path) as file:
            names = list(file.schema_arrow.names)
            key_field = _key_field(names)
            if key_field is None:
                raise _no_key_column(names)
            wanted = [name for name in names if name in (*COLUMNS, key_field, "type")]
            for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE, columns=wanted):
                yield _named(batch.to_pandas())
    except (arrow.ArrowException, OSError) as error:
        raise SourceError(f"{path} is not a Parquet file that can be read: {error}") from error


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with our column names, checked to hold names where names belong."""
    columns = list(frame.columns)
    key_field = _key_field(columns)
    if key_field is None or frame.columns.nlevels > 1:
        raise _no_key_column(columns)
    names = _renamed([str(name) for name in columns], key_field)
    frame = frame.loc[:, [bool(name) for name in names]]
    frame = frame.set_axis([name for name in names if name], axis=1)
    keys = frame["key"].tolist()
    if keys and not any(isinstance(key, str) for key in keys):
        raise SourceError(f"column {key_field!r} holds {frame['key'].dtype}, not names")
    if "kind" in frame.columns:
        frame = frame.assign(kind=_column("kind", frame["kind"].tolist()).to_numpy())
    return frame


def _texts(stream: IO[str] | IO[bytes]) -> Iterator[str]:
    """The lines of a stream of text or of bytes, without their ends."""
    first = True
    while line := stream.readline(MAX_LINE):
        text = line if isinstance(line, str) else line.decode("utf-8")
        if first:
            text, first = text.removeprefix("\ufeff"), False
        if "\0" in text:
            raise SourceError("standard input holds binary data, not keys")
        yield _without_end(text)


def _lines(text: IO[str]) -> Iterator[str]:
    """The lines that are not blank, without their ends."""
    while line := text.readline(MAX_LINE):
        if line.strip():
            yield _without_end(line)


def _without_end(line: str) -> str:
    if not line.endswith("\n") and len(line) >= MAX_LINE:
        raise SourceError(f"a line is longer than {MAX_LINE:,} characters: that is no list of keys")
    return line.removesuffix("\n").removesuffix("\r")


def _parses(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _whole(digits: str) -> int | float:
    # Python refuses to turn thousands of digits into an int.
    return int(digits) if len(digits) < 20 else float(digits)


def _kind_name(value: object) -> str:
    names = {dict: "object", list: "list", str: "text", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")


def _not_utf8(name: str, error: UnicodeDecodeError) -> SourceError:
    return SourceError(
        f"{name} is not UTF-8 text: byte 0x{error.object[error.start]:02x} can't be decoded",
        hint="Save it as UTF-8.",
    )


def _not_empty(inventory: Inventory, what: str) -> Inventory:
    if not len(inventory):
        notes = " ".join(inventory.coverage.notes)
        raise EmptySource(f"{what} holds no metric keys", hint=notes)
    return inventory
