"""Runs a GraphQL request against the world and says so the way W&B does."""

from __future__ import annotations

import json
import re
import threading
from functools import lru_cache
from typing import Any

from graphql import GraphQLError, GraphQLSchema, execute_sync, validate

from tests.wandb_server.artifacts import Artifacts
from tests.wandb_server.context import Context
from tests.wandb_server.exchange import Request, Response, json_response, parsed
from tests.wandb_server.state import Account
from tests.wandb_server.world import World

_UNKNOWN_INPUT = re.compile(
    r"Expected value of type (\S+) not to include unknown field ([^\s,]+).*", re.DOTALL
)


class Executor:
    """One operation at a time, so that reads and writes never interleave."""

    def __init__(self, world: World, artifacts: Artifacts) -> None:
        self._world = world
        self._artifacts = artifacts
        self._lock = threading.Lock()

    def run(self, request: Request, schema: GraphQLSchema, account: Account | None) -> Response:
        try:
            payload = json.loads(request.body)
            query, variables = payload["query"], payload.get("variables") or {}
            document = parsed(query)
        except GraphQLError as error:
            return _refused([error])
        except (ValueError, TypeError, KeyError, AttributeError):
            return _refused([GraphQLError("request body is not a GraphQL request")])
        errors = _mistakes(schema, query)
        if errors:
            return _refused(errors)
        base_url = f"http://{request.headers['host']}"
        with self._lock:
            result = execute_sync(
                schema,
                document,
                context_value=Context(self._world, self._artifacts, account, base_url),
                variable_values=variables,
                operation_name=payload.get("operationName") or None,
            )
        answer: dict[str, Any] = {}
        if result.errors:
            answer["errors"] = [_formatted(error) for error in result.errors]
            if result.data is None:
                # Nothing ran: a variable or the operation's name is wrong.
                return json_response(answer, 400)
        answer["data"] = result.data
        return json_response(answer, self._status(result.errors or []))

    def _status(self, errors: list[GraphQLError]) -> int:
        codes = [(error.extensions or {}).get("code", "") for error in errors]
        statuses = self._world.options.statuses
        return next((statuses[code] for code in codes if code in statuses), 200)


@lru_cache
def _mistakes(schema: GraphQLSchema, query: str) -> list[GraphQLError]:
    return validate(schema, parsed(query))


def _refused(errors: list[GraphQLError]) -> Response:
    return json_response({"errors": [_formatted(error) for error in errors]}, 400)


def _formatted(error: GraphQLError) -> dict[str, Any]:
    # The wording of the GraphQL reference implementation, whatever graphql-core's version says.
    message = re.sub(r"'([^' ]*)'", r'"\1"', error.message)
    message = _UNKNOWN_INPUT.sub(r"Field \2 is not defined by type \1.", message)
    return {**error.formatted, "message": message}
