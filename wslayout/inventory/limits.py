"""What an inventory refuses."""

from __future__ import annotations

from typing import Final

from wslayout.errors import SourceError, TooManyKeys

MAX_KEYS: Final = 1_000_000
"""Distinct keys an inventory may hold. Ten times what W&B documents as the most a
project should log (100,000 metrics); beyond it memory, not layout, is the problem."""


def usable_key(key: str) -> bool:
    """Whether a key can name a metric: not empty, and valid Unicode."""
    if not key:
        return False
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True


def left_out(keys: int) -> str:
    """The note on keys that are not usable."""
    were = "key without a usable name was" if keys == 1 else "keys without a usable name were"
    return f"{keys:,} {were} left out"


def too_many_keys(limit: int) -> TooManyKeys:
    """The error for a source with more than ``limit`` distinct keys."""
    return TooManyKeys(
        f"the source holds more than {limit:,} distinct metric keys",
        hint="Keys by the million come from names that hold a step, a sample or a run id. "
        "Read fewer runs, or raise the limit with --max-keys.",
    )


def no_parquet() -> SourceError:
    """The error for Parquet without pyarrow."""
    return SourceError(
        "Parquet files need pyarrow, which is not installed",
        hint='Run: pip install "wslayout[parquet]"',
    )
