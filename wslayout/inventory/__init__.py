"""Metric keys and what is known of each: the value that all sources give."""

from wslayout.inventory.columns import COLUMNS
from wslayout.inventory.coverage import Coverage, Origin
from wslayout.inventory.internal import is_internal
from wslayout.inventory.kinds import (
    ALL_MEDIA,
    CHARTABLE_KINDS,
    KINDS,
    MEDIA_KINDS,
    kind_named,
    kind_of,
    kinds_asked,
    stronger,
)
from wslayout.inventory.limits import MAX_KEYS, no_parquet, too_many_keys, usable_key
from wslayout.inventory.table import Inventory
from wslayout.inventory.tally import Tally

__all__ = [
    "ALL_MEDIA",
    "CHARTABLE_KINDS",
    "COLUMNS",
    "KINDS",
    "MAX_KEYS",
    "MEDIA_KINDS",
    "Coverage",
    "Inventory",
    "Origin",
    "Tally",
    "is_internal",
    "kind_named",
    "kind_of",
    "kinds_asked",
    "no_parquet",
    "stronger",
    "too_many_keys",
    "usable_key",
]
