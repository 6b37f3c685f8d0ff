"""Answers of a W&B server: ``historyKeys``, and all around them down to the packing."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from tests.fuzz.checks import may_refuse
from tests.fuzz.choices import Choices
from tests.fuzz.hostile import as_json
from tests.fuzz.mutation import mutated, mutated_bytes
from tests.fuzz.serving import KEY, Served, client_of
from tests.keysets import KEYSETS, load_keyset
from wslayout.errors import AuthError, BadResponse, ServerError, SourceError
from wslayout.inventory import KINDS, Inventory
from wslayout.samples.server import sample_project
from wslayout.samples.wanted import Wanted
from wslayout.sources.project.history_keys import KeyFact, parse_history_keys
from wslayout.sources.project.run_cache import RunCache
from wslayout.sources.project.server import read_project


def history_keys(data: bytes) -> None:
    """A ``historyKeys`` value, or its text."""
    choices = Choices(data)
    raw = choices.flag()
    payload: Any
    if raw:
        payload = choices.rest().decode("utf-8", "replace")
    else:
        payload = mutated(choices.pick(PAYLOADS), choices)
        payload = as_json(payload) if choices.flag() else payload
    facts: list[KeyFact] = []
    with may_refuse(BadResponse):
        facts += parse_history_keys(payload)
    assert len({fact.key for fact in facts}) == len(facts)
    for fact in facts:
        assert fact.kind in KINDS
        assert fact.points is None or fact.points >= 0
        assert fact.last is None or isinstance(fact.last + 0.5, float)


def server(data: bytes) -> None:
    """A project read from a server whose answers are odd."""
    choices = Choices(data)
    client = client_of(lambda operation: _odd(operation, choices))
    with may_refuse(ServerError, AuthError, SourceError), client:
        if choices.flag():
            exact, twice = choices.flag(), choices.flag()
            for cache in _caches() if twice else [None]:
                inventory = read_project(client, "team", "project", exact=exact, cache=cache)
                text = inventory.to_json()
                assert Inventory.from_json(text).to_json() == text
        else:
            keys = ("loss", "a.b", "_runtime")
            wanted = Wanted(curves=tuple((key, "epoch") for key in keys), last=keys)
            sample_project(client, "team", "project", wanted)


def _caches() -> Iterator[RunCache]:
    """One that is empty, and the same once more."""
    with tempfile.TemporaryDirectory(prefix="wslayout-fuzz-") as folder:
        for _ in range(2):
            with closing(RunCache(Path(folder), "team/project")) as cache:
                yield cache


def _odd(operation: str, choices: Choices) -> Served:
    """An answer, which may be odd in any way."""
    body = as_json(mutated(_answer(operation, choices), choices, most=3)).encode()
    if choices.number(9) == 1:
        body = mutated_bytes(body, choices, most=2)
    if choices.number(30) == 1:
        body = as_json({"errors": [{"message": f"you sent {KEY}\x1b[31m"}]}).encode()
    headers = {"Content-Type": "application/json"}
    if choices.number(9) == 1:
        body = mutated_bytes(gzip.compress(body), choices, most=1)
        headers["Content-Encoding"] = choices.pick(("gzip", "x-gzip", "br", "gzip, gzip"))
    if choices.number(20) == 1:
        name = choices.pick(("Retry-After", "RateLimit-Reset", "RateLimit-Remaining"))
        headers[name] = choices.pick(("0", "1", "-1", "9" * 400, "nan", "inf", "x", "1e9", "٣"))
    status = choices.pick((200,) * 20 + (429, 500, 401, 403, 404, 302, 204))
    return Served(body, status, headers)


def _answer(operation: str, choices: Choices) -> Any:
    """What a sound server says."""
    payload: Any = choices.pick(PAYLOADS)
    payload = as_json(payload) if choices.flag() else payload
    if operation == "WslayoutProjectKeys":
        project = {"runCount": 3, "runs": {"historyKeys": payload}}
        return {"data": {"project": project}}
    if operation == "WslayoutProjectFields":
        paths = [f"summary_metrics.{key}" for key in list(PAYLOADS[0]["keys"])[:5]]
        found = [{"path": path, "type": "number"} for path in [*paths, "summary_metrics.i._type"]]
        return {"data": {"project": {"runCount": 3, "fields": _connection(found)}}}
    if operation == "WslayoutSampledHistory":
        rows = [{"epoch": n, "loss": 1 / (n + 1), "a.b": n, "_runtime": n} for n in range(3)]
        summary = {"loss": 0.5, "a": {"b": {"min": 1}}, "_runtime": 3}
        told = as_json(summary) if choices.flag() else summary
        return {
            "data": {"project": {"run": {"sampledHistory": [rows] * 3, "summaryMetrics": told}}}
        }
    runs = [
        {
            "name": f"run{n}",
            "displayName": "first",
            "historyLineCount": 3,
            "createdAt": "2026-01-01T00:00:00Z",
            "heartbeatAt": "2026-01-01T01:00:00Z",
            "group": None,
            "jobType": "train",
            "state": "finished",
            "historyKeys": payload,
        }
        for n in range(2)
    ]
    return {"data": {"project": {"runCount": 2, "runs": _connection(runs)}}}


def _connection(found: list[dict[str, Any]]) -> dict[str, Any]:
    page = {"endCursor": "c", "hasNextPage": False}
    return {"edges": [{"node": one} for one in found], "pageInfo": page}


def _payload(keys: dict[str, str]) -> dict[str, Any]:
    told = {
        key: {
            "typeCounts": [{"type": kind, "count": 7}],
            "monotonic": False,
            "previousValue": 0.5,
        }
        for key, kind in keys.items()
    }
    return {"sets": [], "lastStep": 9, "keys": told}


PAYLOADS: Final[list[dict[str, Any]]] = [
    _payload({"loss": "number", "img": "image-file", "_step": "number", "a.b": "string"}),
    *(_payload(dict(list(load_keyset(path)["keys"].items())[:12])) for path in KEYSETS[::40]),
    {"keys": {"loss": {"typeCounts": [{"type": "string", "count": 2}, {"type": "number"}]}}},
]


def seeds() -> list[bytes]:
    """Texts with their flag before them, and beginnings of choices."""
    texts = [b"\x01" + as_json(payload).encode() for payload in PAYLOADS]
    return [*texts, *server_seeds()]


def server_seeds() -> list[bytes]:
    """Beginnings of choices."""
    return [bytes(range(n, n + 120)) for n in range(0, 130, 13)] + [bytes(60)]
