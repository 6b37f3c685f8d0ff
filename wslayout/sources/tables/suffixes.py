"""Which files are tables of keys, going by their names."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

SUFFIXES: Final = {
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
"""What a table of keys may be called, and what each is."""


def is_table(name: str) -> bool:
    """Whether a file of this name is a table of keys, going by its suffix."""
    return PurePosixPath(name).suffix.lower() in SUFFIXES
