"""W&B's ``historyKeys``: what a run, or all runs of a project, logged under which key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Final, NamedTuple

from wslayout.errors import BadResponse
from wslayout.inventory import kind_of, stronger
from wslayout.sources.values import finite_number

_MOST_POINTS: Final = 1 << 40  # a count beyond it is no count; sums stay within 64 bits
# wandb logs what is no finite number as the strings "NaN", "Infinity", …
_LOGGED_FOR_A_NUMBER: Final = frozenset({"string", "null"})


class KeyFact(NamedTuple):
    """What ``historyKeys`` says of one key.

    Attributes:
        key: The metric key.
        kind: One of `wslayout.inventory.KINDS`.
        points: Values logged; None where not told.
        monotonic: Whether it never falls; None where not told.
        last: The value logged last, where that is a finite number and told.
    """

    key: str
    kind: str
    points: int | None
    monotonic: bool | None
    last: float | None = None


def parse_history_keys(payload: object) -> Iterator[KeyFact]:
    """The facts in a ``historyKeys`` value: an object, its JSON text, or null.

    Whatever is missing or of another type than documented counts as not known.

    Raises:
        BadResponse: It is neither an object nor null.
    """
    if isinstance(payload, str):
        try:
            payload = json.loads(payload)
        except (ValueError, RecursionError) as error:
            raise BadResponse("the server's historyKeys are a text that is no JSON") from error
    if payload is None:
        return
    if not isinstance(payload, Mapping):
        raise BadResponse(
            f"the server's historyKeys are not an object but {type(payload).__name__}"
        )
    keys = payload.get("keys")
    if not isinstance(keys, Mapping):
        return
    for key, info in keys.items():
        # Asked of each key of each run, so the usual comes first; a Mapping is slow to tell.
        if type(info) is dict or isinstance(info, Mapping):
            counts, monotonic = info.get("typeCounts"), info.get("monotonic")
            if type(counts) is list and len(counts) == 1:
                kind, points = _type_and_count(counts[0])
            else:
                kind, points = _kind_and_points(counts)
            last = info.get("previousValue")
            if last is not None and (type(last) is not float or not isfinite(last)):
                last = finite_number(last) if type(last) is int else None
            known = monotonic is True or monotonic is False
            yield KeyFact(key, kind, points, monotonic if known else None, last)
        else:
            yield KeyFact(key, "unknown", None, None)


def _kind_and_points(counts: object) -> tuple[str, int | None]:
    if not isinstance(counts, list):
        return "unknown", None
    found: dict[str, int] = {}
    told = False
    for one in counts:
        kind, count = _type_and_count(one)
        told = told or count is not None
        found[kind] = found.get(kind, 0) + (count or 0)
    if not found:
        return "unknown", None
    stand_ins = _LOGGED_FOR_A_NUMBER if "number" in found else frozenset[str]()
    rivals = {kind: count for kind, count in found.items() if kind not in stand_ins}
    most = max(rivals.values())
    best = [kind for kind, count in rivals.items() if count == most]
    kind = best[0]
    for other in best[1:]:
        kind = stronger(kind, other)
    return kind, min(sum(found.values()), _MOST_POINTS) if told else None


def _type_and_count(one: object) -> tuple[str, int | None]:
    if type(one) is not dict and not isinstance(one, Mapping):
        return "unknown", None
    name, count = one.get("type"), one.get("count")
    if type(count) is not int or not 0 <= count <= _MOST_POINTS:
        count = None
    return kind_of(name) if isinstance(name, str) else "unknown", count


def single_valued(points: int | None) -> bool | None:
    """Whether no run has two different values of a key, by how many were logged in all.

    One value can't differ from itself; of several, ``historyKeys`` does not tell.
    """
    return True if points is not None and points <= 1 else None
