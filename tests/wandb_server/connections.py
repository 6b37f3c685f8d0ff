"""Relay connections: a page of any sequence, with cursors."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from graphql import GraphQLError

_PREFIX = "position:"


class Sliceable(Protocol):
    """What can be paged."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: slice, /) -> Sequence[Any]: ...


@dataclass(frozen=True)
class Edge:
    """One node and where it stands."""

    cursor: str
    node: Any


@dataclass(frozen=True)
class Connection:
    """A page, as the schema's ``…Connection`` types have it; ``items`` is all there is to page."""

    items: Sliceable
    edges: list[Edge]
    page_info: dict[str, Any]

    @property
    def total_count(self) -> int:
        return len(self.items)


def page(
    items: Sliceable,
    *,
    first: int,
    after: str | None,
    node: Callable[[Any], Any] = lambda item: item,
) -> Connection:
    if first < 0:
        raise GraphQLError("first must not be negative")
    start = _position(after) + 1 if after else 0
    stop = min(start + first, len(items))
    edges = [
        Edge(_cursor(start + offset), node(item)) for offset, item in enumerate(items[start:stop])
    ]
    info = {
        "start_cursor": edges[0].cursor if edges else None,
        "end_cursor": edges[-1].cursor if edges else None,
        "has_next_page": stop < len(items),
        "has_previous_page": start > 0,
    }
    return Connection(items, edges, info)


def _cursor(position: int) -> str:
    return base64.b64encode(f"{_PREFIX}{position}".encode()).decode()


def _position(cursor: str) -> int:
    try:
        return int(base64.b64decode(cursor).decode().removeprefix(_PREFIX))
    except ValueError:
        raise GraphQLError(f"invalid cursor: {cursor}") from None
