"""JSON merge patches (RFC 7386): the part of a view spec that nothing else expresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def patched(value: Any, patch: Any) -> Any:
    """A value with a patch applied: mappings are merged, null removes, all else replaces."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(value) if isinstance(value, Mapping) else {}
    for name, change in patch.items():
        if change is None:
            result.pop(name, None)
        else:
            result[name] = patched(result.get(name), change)
    return result


def patch_between(value: Any, wanted: Any) -> Any:
    """The smallest patch that makes one mapping of another; {} where they are the same.

    Nulls in ``wanted`` can't be said: they are taken for missing fields.
    """
    patch: dict[str, Any] = {}
    for name in value.keys() | wanted.keys():
        old, new = value.get(name), wanted.get(name)
        if new is None:
            if name in value:
                patch[name] = None
        elif isinstance(old, Mapping) and isinstance(new, Mapping):
            if inner := patch_between(old, new):
                patch[name] = inner
        elif old != new or isinstance(old, bool) != isinstance(new, bool):
            patch[name] = without_nulls(new)
    return {name: patch[name] for name in sorted(patch)}


def without_nulls(value: Any) -> Any:
    """The value without fields that are null, as W&B's clients write specs."""
    if isinstance(value, Mapping):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [without_nulls(item) for item in value]
    return value
