"""A request and its answer as values, between the HTTP handler, the faults and the executor."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    get_operation_ast,
    parse,
)


@lru_cache
def parsed(query: str) -> DocumentNode:
    """The document that a query is; clients send the same few again and again.

    Raises:
        GraphQLSyntaxError: It is none.
    """
    return parse(query)


@dataclass(frozen=True)
class Request:
    """A request as it came, its body already unpacked.

    Attributes:
        connection: The client's port, which tells one connection from another.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    wire_bytes: int = 0
    connection: int = 0
    query: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    kind: str = ""
    name: str = ""
    fields: tuple[str, ...] = ()

    def understood(self) -> Request:
        """With its GraphQL parts filled in, as far as they can be read."""
        try:
            payload = json.loads(self.body)
            query = payload["query"]
            document = parsed(query)
        except (ValueError, TypeError, KeyError, GraphQLSyntaxError):
            return self
        # The SDK sends an empty name for the only operation there is.
        operation = get_operation_ast(document, payload.get("operationName") or None)
        asked = replace(self, query=query, variables=payload.get("variables") or {})
        return asked if operation is None else _described(asked, operation)


def _described(request: Request, operation: OperationDefinitionNode) -> Request:
    return replace(
        request,
        kind=operation.operation.value,
        name=operation.name.value if operation.name else "",
        fields=tuple(
            node.name.value
            for node in operation.selection_set.selections
            if isinstance(node, FieldNode)
        ),
    )


@dataclass(frozen=True)
class Delivery:
    """How an answer goes out.

    Attributes:
        dropped: The connection is cut before the first byte.
        cut_at: It is cut after that many bytes of the body.
        chunk: The body goes out in pieces of that many bytes …
        pause: … with so many seconds between them.
    """

    dropped: bool = False
    cut_at: int | None = None
    chunk: int | None = None
    pause: float = 0.0


@dataclass(frozen=True)
class Response:
    """An answer before it is packed; ``packed`` says that the body already is as it should be."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    packed: bool = False
    delivery: Delivery = Delivery()

    def with_headers(self, headers: Mapping[str, str]) -> Response:
        return replace(self, headers={**self.headers, **headers})

    def for_wire(self, accept_encoding: str) -> Response:
        """Gzipped where the client takes it."""
        if self.packed or "gzip" not in accept_encoding or not self.body:
            return self
        response = self.with_headers({"Content-Encoding": "gzip"})
        return replace(response, body=self._gzipped, packed=True)

    @cached_property
    def _gzipped(self) -> bytes:
        return gzip.compress(self.body, compresslevel=1, mtime=0)


def json_response(payload: Any, status: int = 200) -> Response:
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(status, body, {"Content-Type": "application/json"})
