"""Faults: small objects that disturb one exchange; ``a + b`` does both.

A fault may answer instead of the server (``before``: the operation does not run) or change what
the server answered (``after``: it did run).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tests.wandb_server.exchange import Delivery, Response, json_response

Pause = Callable[[float], object]


class Fault:
    """One disturbance; does nothing by itself."""

    def before(self, pause: Pause) -> Response | None:
        """An answer in place of the server's, or ``None`` to go on."""
        return None

    def after(self, response: Response) -> Response:
        """The answer, changed."""
        return response

    def __add__(self, other: Fault) -> Fault:
        return _Both(self, other)


@dataclass(frozen=True)
class _Both(Fault):
    one: Fault
    other: Fault

    def before(self, pause: Pause) -> Response | None:
        first = self.one.before(pause)
        return self.other.before(pause) if first is None else first

    def after(self, response: Response) -> Response:
        return self.other.after(self.one.after(response))


@dataclass(frozen=True)
class Answer(Fault):
    """Another answer; the operation does not run."""

    response: Response

    def before(self, pause: Pause) -> Response | None:
        return self.response


@dataclass(frozen=True)
class Delay(Fault):
    """Waits before anything happens."""

    seconds: float

    def before(self, pause: Pause) -> Response | None:
        pause(self.seconds)
        return None


@dataclass(frozen=True)
class Headers(Fault):
    """More headers on the answer."""

    headers: Mapping[str, str]

    def after(self, response: Response) -> Response:
        return response.with_headers(self.headers)


@dataclass(frozen=True)
class Deliver(Fault):
    """The answer goes out in a special way (after the operation ran)."""

    delivery: Delivery

    def after(self, response: Response) -> Response:
        return replace(response, delivery=self.delivery)


@dataclass(frozen=True)
class Edit(Fault):
    """The answer's JSON, changed by a function."""

    change: Callable[[Any], Any]
    status: int | None = None

    def after(self, response: Response) -> Response:
        edited = json_response(self.change(json.loads(response.body)))
        return replace(response, body=edited.body, status=self.status or response.status)


def status(code: int, body: str = "", content_type: str = "text/plain") -> Fault:
    """A bare HTTP status, as a proxy in front of the server gives it."""
    return Answer(Response(code, body.encode(), {"Content-Type": content_type}))


def limits(remaining: int, reset: float, limit: int = 1000) -> Headers:
    """The rate-limit headers W&B documents, on an answer that is otherwise as usual."""
    return Headers(
        {
            "RateLimit-Limit": str(limit),
            "RateLimit-Remaining": str(remaining),
            "RateLimit-Reset": f"{reset:g}",
        }
    )


def rate_limited(reset: float | None = 1, retry_after: float | None = None) -> Fault:
    """HTTP 429, with the documented headers unless ``reset`` is ``None``."""
    fault = Answer(json_response({"error": "Rate limit exceeded"}, 429))
    added = dict(limits(0, reset).headers) if reset is not None else {}
    if retry_after is not None:
        added["Retry-After"] = f"{retry_after:g}"
    return fault + Headers(added)


def unauthorized() -> Fault:
    return Answer(_error("user is not logged in", "UNAUTHENTICATED", 401))


def forbidden() -> Fault:
    return Answer(_error("permission denied", "PERMISSION_ERROR", 403))


def html(code: int = 200) -> Fault:
    """A page where JSON belongs, as a login portal or a proxy gives it."""
    page = "<!doctype html><html><head><title>Sign in</title></head><body>Hello</body></html>"
    return status(code, page, "text/html; charset=utf-8")


def text(body: str | bytes, code: int = 200) -> Fault:
    """Any body that calls itself JSON: ``null``, half an object, nothing."""
    raw = body.encode() if isinstance(body, str) else body
    return Answer(Response(code, raw, {"Content-Type": "application/json"}))


def json_null() -> Fault:
    return text("null")


def data_null() -> Fault:
    return text('{"data":null}')


def broken_json() -> Fault:
    return text('{"data":{"project":{"runs"')


def graphql_error(message: str, code: str = "", http_status: int = 200) -> Fault:
    """A GraphQL error without data; the operation does not run."""
    return Answer(_error(message, code, http_status))


def partial_data(message: str, code: str = "") -> Fault:
    """A GraphQL error beside the data of an operation that ran."""
    return Edit(lambda payload: {**payload, "errors": [_entry(message, code)]})


def without(*path: str) -> Fault:
    """A field taken out of the data: ``without("project", "runs")``."""

    def change(payload: Any) -> Any:
        at = payload["data"]
        for name in path[:-1]:
            at = at[name]
        del at[path[-1]]
        return payload

    return Edit(change)


def redirect(url: str, code: int = 307) -> Fault:
    """Sends the client, and what it carries, to another address."""
    return Answer(Response(code, b"", {"Location": url}))


def cut_before() -> Fault:
    """The connection is cut without an answer; the operation does not run."""
    return Answer(Response(0, b"", delivery=Delivery(dropped=True)))


def cut_after() -> Fault:
    """The operation runs, the answer is lost."""
    return Deliver(Delivery(dropped=True))


def cut_body(after: int = 20) -> Fault:
    """The connection is cut so many bytes into the body."""
    return Deliver(Delivery(cut_at=after))


def drip(chunk: int = 1, pause: float = 0.05) -> Fault:
    """The body goes out a few bytes at a time."""
    return Deliver(Delivery(chunk=chunk, pause=pause))


def gzip_bomb(size: int = 200_000_000) -> Fault:
    """A small gzipped body that unpacks to ``size`` bytes of JSON string."""
    return Answer(_Bomb(size).response())


@dataclass(frozen=True)
class _Bomb:
    size: int
    step: int = field(default=1 << 20)

    def response(self) -> Response:
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)  # 31: with gzip's header
        parts = [packer.compress(b'{"data":"')]
        parts += [packer.compress(b" " * self.step) for _ in range(-(-self.size // self.step))]
        parts += [packer.compress(b'"}'), packer.flush()]
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        return Response(200, b"".join(parts), headers, packed=True)


def _entry(message: str, code: str) -> dict[str, Any]:
    return {"message": message, "path": [], **({"extensions": {"code": code}} if code else {})}


def _error(message: str, code: str, http_status: int) -> Response:
    return json_response({"errors": [_entry(message, code)], "data": None}, http_status)
