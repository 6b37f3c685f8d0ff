"""The field index of a W&B project: which paths its runs' summaries have, and their types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from wslayout.inventory import kind_of, stronger

_SUMMARY: Final = "summary_metrics."


def add_fields(kinds: dict[str, str], nodes: Iterable[Mapping[str, Any]]) -> None:
    """Add the summary fields among index entries to ``kinds`` (path without prefix → kind)."""
    for node in nodes:
        path, name = node.get("path"), node.get("type")
        if isinstance(path, str) and path.startswith(_SUMMARY) and len(path) > len(_SUMMARY):
            kind = kind_of(name) if isinstance(name, str) else "unknown"
            path = path[len(_SUMMARY) :]
            kinds[path] = stronger(kinds.get(path, kind), kind)


def metric_kinds(kinds: Mapping[str, str]) -> dict[str, str]:
    """The kind of each metric key, from that of each summary path.

    A media value stands in the summary as a map with a ``_type``, and so in the index
    as its parts (``img._type``, ``img.width``): they become one key of unknown kind.
    """
    media = {path.removesuffix("._type") for path in kinds if path.endswith("._type")}
    found: dict[str, str] = {}
    for path, kind in kinds.items():
        owner = _owner(path, media)
        found[owner or path] = "unknown" if owner else kind
    return found


def _owner(path: str, media: set[str]) -> str | None:
    """The media key that ``path`` is, or is a part of; the outermost if several."""
    parts = path.split(".") if media else []
    above = (".".join(parts[:cut]) for cut in range(1, len(parts) + 1))
    return next((one for one in above if one in media), None)
