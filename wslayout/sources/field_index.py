"""The field index of a W&B project: which paths its runs' summaries have, and their types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from wslayout.inventory import kind_of

_SUMMARY: Final = "summary_metrics."


def summary_types(nodes: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Path (without its prefix) and type of the summary fields among index entries."""
    for node in nodes:
        path, name = node.get("path"), node.get("type")
        if isinstance(path, str) and path.startswith(_SUMMARY) and len(path) > len(_SUMMARY):
            yield path[len(_SUMMARY) :], name if isinstance(name, str) else "unknown"


def field_kinds(types: Mapping[str, str]) -> dict[str, str]:
    """The kind of each metric key, from the field index's path → type without prefix.

    A media value stands in the summary as a map with a ``_type``, and so in the index
    as its parts (``img._type``, ``img.width``): they become one key of unknown kind.
    """
    media = {path.removesuffix("._type") for path in types if path.endswith("._type")}
    kinds: dict[str, str] = {}
    for path, name in types.items():
        parts = path.split(".")
        owner = next(
            (above for cut in range(1, len(parts)) if (above := ".".join(parts[:cut])) in media),
            None,
        )
        kinds[owner or path] = "unknown" if owner or path in media else kind_of(name)
    return kinds
