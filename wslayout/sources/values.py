"""Logged values: what kind each is, and which metrics a nested one makes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

from wslayout.inventory import kind_of

NON_FINITE: Final = frozenset({"NaN", "Infinity", "-Infinity"})
"""Texts that stand for numbers JSON has no token for."""

NUMBER_STARTS: Final = frozenset("-0123456789NI")
"""What the JSON text of a number begins with, NaN and Infinity included."""

PLAIN_KINDS: Final = frozenset({"number", "bool", "string", "null", "list", "map"})
"""Kinds of values that are logged as they are; the others are media."""

_KIND_OF_FIRST: Final = {
    '"': "string",
    "t": "bool",
    "f": "bool",
    "n": "null",
    "[": "list",
    "{": "map",
    **dict.fromkeys(NUMBER_STARTS, "number"),
}
_KIND_OF_PYTHON: Final = {
    type(None): "null",
    bool: "bool",
    int: "number",
    float: "number",
    str: "string",
    list: "list",
}


def kind_of_text(text: str) -> str:
    """The kind of a value given as JSON text, by its first character."""
    return _KIND_OF_FIRST.get(text[:1], "unknown")


def parsed(text: str) -> object:
    """The value of a JSON text; an empty dict for a text that is none."""
    try:
        # Numbers as floats: an int of 5,000 digits is an error otherwise.
        return json.loads(text, parse_int=float)
    except (ValueError, RecursionError):
        return {}


def as_number(value: object) -> float | None:
    """A logged value as the number that W&B plots; None: it plots none."""
    if isinstance(value, bool | int | float):
        try:
            return float(value)
        except OverflowError:  # JSON's whole numbers have no end, W&B's numbers do
            return math.inf if value > 0 else -math.inf
    return float(value) if isinstance(value, str) and value in NON_FINITE else None


def finite_number(value: object) -> float | None:
    """The same, where it has a place on an axis."""
    number = as_number(value)
    return number if number is not None and math.isfinite(number) else None


def typed_value(item: Any) -> str:
    """A ``HistoryItem`` in the typed form that newer SDKs can write, as JSON text.

    "" for an item without a value, and for those of summaries, which have no such form.
    """
    form = item.WhichOneof("value") if "value" in item.DESCRIPTOR.oneofs_by_name else None
    if form is None:
        return ""
    value = getattr(item, form)
    if form == "none":
        return "null"
    return str(value) if form == "json" else json.dumps(value)


def flatten(key: str, value: object) -> Iterator[tuple[str, str, object]]:
    """The metrics that one logged value is, as (key, kind, value).

    A dict is one metric a leaf, joined by dots, as W&B does it; a dict with a
    ``_type`` is one media value, and an empty one a "map".
    """
    for name, leaf in leaves(key, value):
        if isinstance(leaf, dict):
            yield name, kind_of(leaf["_type"]) if leaf else "map", None
        else:
            yield name, _KIND_OF_PYTHON.get(type(leaf), "unknown"), leaf


def leaves(key: str, value: object) -> Iterator[tuple[str, object]]:
    """The same as (key, value); a media value stays the dict that it is."""
    stack = [(key, value)]  # for values may be nested deeper than calls can be
    while stack:
        name, value = stack.pop()
        if isinstance(value, dict) and value and not isinstance(value.get("_type"), str):
            stack.extend((f"{name}.{part}", below) for part, below in value.items())
        else:
            yield name, value


def joined(nested: Sequence[tuple[tuple[str, ...], str]]) -> Iterator[tuple[str, str, str]]:
    """Values given by nested names, as (key, media kind or "", JSON text).

    The fields of a media value are one metric, their owner's.
    """
    media = {
        parts[:-1]: kind_of(str(parsed(text)))
        for parts, text in nested
        if parts[-1] == "_type" and text.startswith('"')
    }
    for parts, text in nested:
        prefixes = (parts[:n] for n in range(1, len(parts))) if media else ()
        owner = next((prefix for prefix in prefixes if prefix in media), None)
        if owner is None:
            yield ".".join(parts), "", text
        elif parts == (*owner, "_type"):
            yield ".".join(owner), media[owner], ""


def summary_kind(kind: str, value: object) -> str:
    """A summary value's kind: there W&B spells non-finite numbers as strings."""
    return "number" if kind == "string" and value in NON_FINITE else kind


def summary_kinds(summary: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Key and kind of everything in a run's summary, nested names joined by dots."""
    for key, value in summary.items():
        if key != "_wandb":
            for name, kind, leaf in flatten(key, value):
                yield name, summary_kind(kind, leaf)
