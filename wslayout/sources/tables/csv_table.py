"""Tables of metric keys as CSV or TSV text."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import IO

from wslayout.errors import SourceError
from wslayout.sources.tables.columns import key_field, no_key_column, renamed
from wslayout.sources.tables.lines import MAX_LINE


def csv_rows(text: IO[str], form: str) -> Iterator[dict[str, object]]:
    """The rows of a table with a header, by our column names.

    Args:
        text: The open file, with line ends as they are.
        form: "CSV" or "TSV".

    Raises:
        SourceError: It is no such table, or has no column of keys.
    """
    header_line = text.readline(MAX_LINE)
    marks = "\t" if form == "TSV" else ",;\t"
    # Spreadsheets in half of Europe write semicolons, so the header decides.
    mark = next((m for m in marks if key_field(_fields(header_line, m))), marks[0])
    header = _fields(header_line, mark)
    key_name = key_field(header)
    if key_name is None:
        raise no_key_column(header)
    names = renamed(header, key_name)
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
