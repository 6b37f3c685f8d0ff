"""Kinds of metric keys: what W&B logs under them, and so which panel can draw them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

KINDS: Final[tuple[str, ...]] = (
    "number",
    "histogram",
    "table",
    "image",
    "video",
    "audio",
    "html",
    "plotly",
    "bokeh",
    "object3d",
    "molecule",
    "graph",
    "trace",
    "file",
    "bool",
    "list",
    "map",
    "string",
    "null",
    "unknown",
)
"""All kinds, strongest first: a key that runs disagree about takes the strongest."""

MEDIA_KINDS: Final = frozenset(
    {
        "histogram",
        "image",
        "video",
        "audio",
        "html",
        "plotly",
        "bokeh",
        "object3d",
        "molecule",
        "graph",
    }
)
"""The kinds that W&B shows in a media browser."""

CHARTABLE_KINDS: Final = MEDIA_KINDS | {"number", "table"}
"""The kinds that can have a panel at all."""

ALL_MEDIA: Final = "media"
"""What people may say for all of `MEDIA_KINDS`."""

_RANK: Final = {kind: rank for rank, kind in enumerate(KINDS)}

# W&B's names for the types of logged values: `typeCounts` of `historyKeys`, and
# `_type` of a media value. https://docs.wandb.ai and wandb's own data_types.
_KIND_OF_TYPE: Final = {
    "number": "number",
    "string": "string",
    "bool": "bool",
    "boolean": "bool",
    "nil": "null",
    "null": "null",
    "map": "map",
    "dictionary": "map",
    "list": "list",
    "histogram": "histogram",
    "table-file": "table",
    "table": "table",
    "joined-table": "table",
    "partitioned-table": "table",
    "image-file": "image",
    "image": "image",
    "images": "image",
    "images/separated": "image",
    "video-file": "video",
    "videos": "video",
    "video": "video",
    "audio-file": "audio",
    "audio": "audio",
    "html-file": "html",
    "html": "html",
    "plotly-file": "plotly",
    "plotly": "plotly",
    "bokeh-file": "bokeh",
    "bokeh": "bokeh",
    "object3D-file": "object3d",
    "object3D": "object3d",
    "object3d": "object3d",
    "molecule-file": "molecule",
    "molecule": "molecule",
    "graph-file": "graph",
    "graph": "graph",
    "wb_trace_tree": "trace",
    "trace": "trace",
    "file": "file",
    "unknown": "unknown",
}


# What people call a number or a text when they write a list of types by hand.
_BY_HAND: Final = {
    **dict.fromkeys(("float", "int", "integer", "double", "scalar"), "number"),
    "str": "string",
}


def kind_named(name: str) -> str:
    """The kind that a person means by a name: one of ours, W&B's, or "float" and the like.

    "unknown" for a name that is none of these.
    """
    kind = kind_of(name)
    lower = name.strip().lower()
    return kind if kind != "unknown" else _BY_HAND.get(lower, kind_of(lower))


def kind_of(wandb_type: str) -> str:
    """The kind for one of W&B's type names; "unknown" for a name we don't know."""
    return _KIND_OF_TYPE.get(wandb_type, "unknown")


def rank_of(kind: str) -> int:
    """The place of a kind in `KINDS`: the stronger, the smaller."""
    return _RANK[kind]


def stronger(one: str, other: str) -> str:
    """Of two kinds seen for one key, the one that decides its panel."""
    return one if _RANK[one] <= _RANK[other] else other


def kinds_asked(names: Iterable[str]) -> frozenset[str]:
    """The kinds that people's names for them mean: `ALL_MEDIA` is several."""
    return frozenset(
        kind for name in names for kind in (MEDIA_KINDS if name == ALL_MEDIA else (name,))
    )
