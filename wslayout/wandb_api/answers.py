"""What an HTTP answer of a GraphQL server means: its data, or one of our exceptions."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from wslayout.addresses import without_password
from wslayout.errors import (
    AuthError,
    BadResponse,
    RequestRejected,
    ServerError,
    ServerUnreachable,
    UnknownField,
)
from wslayout.wandb_api.transport import Answer
from wslayout.wandb_api.upstream import NeverSent, ServerFailed

# What GraphQL servers say of a field, argument or type that their schema lacks: the
# reference implementation, graphql-core, graphql-go and gqlgen.
_SCHEMA_LACKS: Final = re.compile(
    r"cannot query field|unknown argument|unknown type|unknown field|unknown input type"
    r"|is not defined by type|used in position expecting type",
    re.IGNORECASE,
)
_NOT_ALLOWED: Final = re.compile(
    r"permission denied|not authori[sz]ed|unauthori[sz]ed|unauthenticated|access denied|forbidden"
    r"|relogin required|not logged in",
    re.IGNORECASE,
)
_NOT_ALLOWED_CODES: Final = frozenset(
    {"FORBIDDEN", "PERMISSION_ERROR", "PERMISSION_DENIED", "UNAUTHENTICATED", "UNAUTHORIZED"}
)
UNSURE: Final = "whether it was carried out is not known"
"""What a message adds after a write without a usable answer."""

_EXCERPT: Final = 300  # characters of a server's own text in a message


def host_of(base_url: str) -> str:
    """Host and port of an address, without user name and password."""
    host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", base_url, flags=re.IGNORECASE)
    return re.split(r"[/?#]", host, maxsplit=1)[0].rpartition("@")[2].lower() or base_url


class Asked:
    """What was asked and where, for messages.

    Args:
        operation: The GraphQL operation's name.
        base_url: The server's address; a user name and password in it are not shown.
    """

    def __init__(self, operation: str, base_url: str) -> None:
        name = operation.removeprefix("Wslayout")
        self.what = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
        self.base_url = without_password(base_url)
        self.host = host_of(base_url)

    def __str__(self) -> str:
        return f"the request “{self.what}” to {self.host}"


def read_answer(answer: Answer, asked: Asked) -> dict[str, Any]:
    """The ``data`` of a good answer.

    Statuses 429 and 5xx are for the caller to retry; here they are errors like others.

    Raises:
        AuthError: HTTP 401 or 403, or an error that says as much.
        UnknownField: The schema lacks something that the request named.
        RequestRejected: Any other GraphQL error, partial data or not, or HTTP 4xx.
        ServerFailed: HTTP 5xx.
        BadResponse: Not what a GraphQL server answers.
        ServerError: A redirect.
    """
    if answer.status in (401, 403):
        raise refused(answer.status, asked)
    if 300 <= answer.status < 400:
        raise _redirect(answer, asked)
    if answer.status >= 500:
        raise given_up(asked, None, status=answer.status, attempts=1, write=False)
    payload, problem = _payload(answer.body)
    errors = payload.get("errors") if payload is not None else None
    if errors:
        raise graphql_error(errors, asked)
    if answer.status == 404:
        raise BadResponse(
            f"there is no W&B API at {asked.base_url} (HTTP 404)",
            hint="Set WANDB_BASE_URL to the server's address.",
        )
    if answer.status >= 400:
        said = _excerpt(answer.body.decode("utf-8", "replace"))
        raise RequestRejected(f"the server refused {asked} with HTTP {answer.status}: {said}")
    if payload is None:
        raise BadResponse(
            f"the answer to {asked} is {problem}",
            hint="A proxy or login page may be in between; check the network and WANDB_BASE_URL.",
        )
    data = payload.get("data")
    if not isinstance(data, dict):
        raise BadResponse(
            f"the answer to {asked} holds no data", hint="Try again; if it stays so, report it."
        )
    return data


def given_up(
    asked: Asked,
    failure: ServerUnreachable | None,
    *,
    status: int,
    attempts: int,
    write: bool,
) -> ServerUnreachable:
    """The error after the last attempt, which had no answer, or one with HTTP 5xx.

    Args:
        asked: What was asked.
        failure: Why there was no answer; None where there was one.
        status: The answer's status.
        attempts: How often it was tried.
        write: Whether the request would have changed anything.
    """
    kind: type[ServerUnreachable]
    if failure is None:
        kind, text = ServerFailed, f"the server failed at {asked}: HTTP {status}"
        hint = "Try again later; if it stays so, ask whoever runs the server."
    else:
        kind, text, hint = type(failure), str(failure), failure.hint
    if write and kind is not NeverSent:
        text += f"; {UNSURE}"
        hint = "Look at the view before writing again."
    return kind(text + (f" ({attempts} attempts)" if attempts > 1 else ""), hint=hint)


def graphql_error(errors: object, asked: Asked) -> AuthError | RequestRejected:
    """The exception for a GraphQL answer's ``errors``."""
    listed = errors if isinstance(errors, list) else [errors]
    messages = [_message(error) for error in listed]
    codes = [code for error in listed if (code := _code(error))]
    text = _excerpt("; ".join(dict.fromkeys(messages)))
    code = codes[0] if codes else ""
    if any(map(_SCHEMA_LACKS.search, messages)):
        return UnknownField(
            f"the server does not know a part of {asked}: {text}",
            hint="The server may be older than this feature.",
            code=code,
        )
    if _NOT_ALLOWED_CODES.intersection(codes) or any(map(_NOT_ALLOWED.search, messages)):
        return AuthError(
            f"{asked.host} does not allow “{asked.what}” to this account: {text}",
            hint="Ask for access, or log in as somebody who has it: "
            f"`wandb login --relogin --host={asked.base_url}`.",
        )
    return RequestRejected(f"the server rejected {asked}: {text}", code=code)


def refused(status: int, asked: Asked) -> AuthError:
    """The exception for HTTP 401 or 403."""
    relogin = f"`wandb login --relogin --host={asked.base_url}`"
    if status == 401:
        return AuthError(
            f"{asked.host} does not accept the API key (HTTP 401)",
            hint=f"The key may have expired or be another server's. Run {relogin}.",
        )
    return AuthError(
        f"{asked.host} does not allow “{asked.what}” to this account (HTTP 403)",
        hint=f"Ask for access, or log in as somebody who has it: {relogin}.",
    )


def _redirect(answer: Answer, asked: Asked) -> ServerError:
    found = {name.lower(): value for name, value in answer.headers.items()}
    where = _excerpt(found.get("location", "nowhere"), 100)
    return ServerError(
        f"{asked} is redirected (HTTP {answer.status}) to {where}; the API key was not sent there",
        hint="If that is your server, set WANDB_BASE_URL to its address.",
    )


def _payload(body: bytes) -> tuple[dict[str, Any] | None, str]:
    """The JSON object that a body holds, or None and what it holds instead."""
    try:
        payload = _decoded(body)
    except (ValueError, RecursionError):
        start = body.lstrip()[:20].lower()
        if start.startswith((b"<!doctype", b"<html", b"<")):
            return None, "an HTML page, not JSON"
        return None, "empty" if not start else "not JSON, or cut off"
    if not isinstance(payload, dict):
        kind = "null" if payload is None else f"a JSON {type(payload).__name__}"
        return None, f"{kind}, not an object"
    return payload, ""


def _decoded(body: bytes) -> Any:
    """What JSON stands for.

    Raises:
        ValueError, RecursionError: It is none.
    """
    from pydantic_core import from_json

    try:
        return from_json(body)  # in half of the time, which counts where a page has 6 MB
    except ValueError:
        return json.loads(body)  # which also takes what is deep, and halves of surrogates


def _message(error: object) -> str:
    message = error.get("message") if isinstance(error, Mapping) else error
    return message if isinstance(message, str) and message else "no reason given"


def _code(error: object) -> str:
    extensions = error.get("extensions") if isinstance(error, Mapping) else None
    code = extensions.get("code") if isinstance(extensions, Mapping) else None
    return code if isinstance(code, str) else ""


def _excerpt(text: str, limit: int = _EXCERPT) -> str:
    line = "".join(c if c.isprintable() else " " for c in text)
    line = " ".join(line.split()) or "no reason given"
    return line if len(line) <= limit else line[: limit - 1] + "…"
