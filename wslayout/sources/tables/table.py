"""Metric keys from tables: CSV, TSV, Parquet, JSON, JSON lines, plain lines, pandas."""

from __future__ import annotations

import codecs
import importlib
from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from wslayout.errors import EmptySource, SourceError
from wslayout.inventory import COLUMNS, MAX_KEYS, Inventory, no_parquet
from wslayout.sources.folders.runlog import HEADER, cannot_read
from wslayout.sources.remote import Place, place_of
from wslayout.sources.tables.columns import key_field, no_key_column
from wslayout.sources.tables.csv_table import csv_rows
from wslayout.sources.tables.json_table import MAX_JSON_BYTES, json_line_rows, of_json
from wslayout.sources.tables.lines import full_lines, not_utf8
from wslayout.sources.tables.rows import (
    ROWS_AT_ONCE,
    labelled,
    not_empty,
    of_frames,
    of_names,
    of_rows,
    renamed_frame,
)
from wslayout.sources.tables.suffixes import SUFFIXES

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


def read_table(path: str | Place, *, max_keys: int = MAX_KEYS) -> Inventory:
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
    path = place_of(path)
    try:
        with path.open("rb") as file:
            form = _form(path, file.read(4096))
        inventory = _read(path, form, max_keys)
    except OSError as error:
        raise cannot_read(path, error) from error
    return not_empty(labelled(inventory, str(path)), str(path))


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
    inventory = of_frames([renamed_frame(frame)], max_keys)
    return not_empty(labelled(inventory, "DataFrame"), "the table")


def _form(path: Place, head: bytes) -> str:
    """What the file is, by its suffix and its first bytes, which must agree."""
    form = SUFFIXES.get(path.suffix.lower())
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
                hint=f"Name it {', '.join(sorted(SUFFIXES))}; plain keys can come on stdin.",
            )
        return "JSON"
    return form


def _read(path: Place, form: str, max_keys: int) -> Inventory:
    """Read a file, of which nothing below here knows the path."""
    try:
        if form == "Parquet":
            return of_frames(_parquet_frames(path), max_keys)
        if form == "JSON":
            return of_json(_document(path), max_keys)
        with path.open(encoding="utf-8-sig", newline="") as text:
            if form == "lines":
                return of_names(filter(str.strip, full_lines(text)), max_keys)
            if form == "JSON lines":
                return of_rows(json_line_rows(full_lines(text)), max_keys)
            return of_rows(csv_rows(text, form), max_keys)
    except UnicodeDecodeError as error:
        raise not_utf8(str(path), error) from error
    except SourceError as error:
        raise type(error)(f"{path}: {error}", hint=error.hint) from error


def _document(path: Place) -> str:
    if path.stat().st_size > MAX_JSON_BYTES:
        raise SourceError(
            f"it is larger than {MAX_JSON_BYTES // 2**20} MB",
            hint="Write it as JSON lines (.jsonl), which are read piece by piece.",
        )
    return path.read_bytes().decode("utf-8-sig")


def _parquet_frames(path: Place) -> Iterator[pd.DataFrame]:
    try:
        parquet: Any = importlib.import_module("pyarrow.parquet")
        arrow: Any = importlib.import_module("pyarrow")
    except ImportError as error:
        raise no_parquet() from error
    try:
        with path.open("rb") as opened, parquet.ParquetFile(opened) as file:
            names = list(file.schema_arrow.names)
            key_name = key_field(names)
            if key_name is None:
                raise no_key_column(names)
            wanted = [name for name in names if name in (*COLUMNS, key_name, "type")]
            for batch in file.iter_batches(batch_size=ROWS_AT_ONCE, columns=wanted):
                yield renamed_frame(batch.to_pandas())
    except (arrow.ArrowException, OSError) as error:
        raise SourceError(f"not a Parquet file that can be read: {error}") from error
