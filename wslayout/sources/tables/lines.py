"""Metric keys line by line, above all from standard input."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import chain
from typing import IO, Final

from wslayout.errors import SourceError
from wslayout.inventory import MAX_KEYS, Inventory
from wslayout.sources.tables.json_table import MAX_JSON_BYTES, json_line_rows, of_json
from wslayout.sources.tables.rows import labelled, not_empty, of_names, of_rows

MAX_LINE: Final = 16 * 1024 * 1024
"""The longest line to accept from what is read line by line."""

# Begins as JSON does and hardly as a metric key does, although `[train] loss` is a key.
_LIKE_JSON: Final = re.compile(r"\s*(?:\{\s*[\"}]|\[\s*[\"\[{\]\d])")


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
        inventory = _of_lines(_checked(full_lines(stream)), max_keys)
    except UnicodeDecodeError as error:
        raise not_utf8("standard input", error) from error
    except OSError as error:
        raise SourceError(f"can't read standard input: {error}") from error
    return not_empty(labelled(inventory, "stdin"), "standard input")


def full_lines(stream: IO[str] | IO[bytes]) -> Iterator[str]:
    """The lines, without their ends and a byte order mark.

    Raises:
        SourceError: A line is longer than `MAX_LINE`.
        UnicodeDecodeError: The bytes are not UTF-8.
    """
    mark = "\ufeff"
    while line := stream.readline(MAX_LINE):
        if len(line) >= MAX_LINE and line[-1:] not in ("\n", b"\n"):
            raise SourceError(
                f"a line is longer than {MAX_LINE:,} characters: that is no list of keys"
            )
        text = line if isinstance(line, str) else line.decode("utf-8")
        text, mark = text.removeprefix(mark), ""
        yield text.removesuffix("\n").removesuffix("\r")


def not_utf8(name: str, error: UnicodeDecodeError) -> SourceError:
    """The error for text in another encoding."""
    return SourceError(
        f"{name} is not UTF-8 text: byte 0x{error.object[error.start]:02x} can't be decoded",
        hint="Save it as UTF-8.",
    )


def _checked(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if "\0" in line:
            raise SourceError("standard input holds binary data, not keys")
        if line.strip():
            yield line


def _of_lines(lines: Iterator[str], max_keys: int) -> Inventory:
    """JSON if it begins like JSON, else a key a line."""
    first = next(lines, None)
    if first is None:
        return of_names([], max_keys)
    lines = chain([first], lines)
    if first.lstrip()[0] not in "{[":
        return of_names(lines, max_keys)
    read, size = [], 0
    for line in lines:
        read.append(line)
        size += len(line)
        if size > MAX_JSON_BYTES:
            raise SourceError("the JSON on standard input is too large", hint="Use a file.")
    text = "\n".join(read)
    try:
        return of_json(text, max_keys)
    except SourceError as error:
        if not isinstance(error.__cause__, ValueError):
            raise
        if len(read) > 1 and _parses(first):
            return of_rows(json_line_rows(read), max_keys)
        if _LIKE_JSON.match(text):
            raise
        return of_names(read, max_keys)


def _parses(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
