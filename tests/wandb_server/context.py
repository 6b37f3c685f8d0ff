"""What every resolver works with."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, TypeAlias

from graphql import GraphQLResolveInfo

from tests.wandb_server.artifacts import Artifacts
from tests.wandb_server.connections import Connection, Sliceable, page
from tests.wandb_server.state import Account
from tests.wandb_server.world import World


@dataclass(frozen=True)
class Context:
    """The world and its artifacts, who asks (``None``: anonymous), and under which address."""

    world: World
    artifacts: Artifacts
    account: Account | None
    base_url: str


# Quoted, since graphql-core 3.2 has no type argument here.
Info: TypeAlias = "GraphQLResolveInfo[Context]"
Resolver: TypeAlias = Callable[..., Any]


def paged(
    info: Info,
    items: Sliceable,
    first: int | None,
    after: str | None,
    node: Callable[[Any], Any] = lambda item: item,
) -> Connection:
    options = info.context.world.options
    length = options.default_page if first is None else min(first, options.max_page)
    return page(items, first=length, after=after, node=node)


def snake(name: str) -> str:
    """Python's spelling of a name of the schema; ``artifactID`` is one word and another."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def plain(source: Any, info: Info, **_: Any) -> Any:
    """The attribute or entry of the field's name, in Python's spelling."""
    name = snake(info.field_name)
    return as_text(source.get(name) if isinstance(source, dict) else getattr(source, name))


def as_text(value: Any) -> Any:
    """A time as W&B writes it; anything else as it is."""
    if not isinstance(value, datetime):
        return value
    return value.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
