"""What the errors of requests, urllib3 and the system mean, as errors of ours."""

from __future__ import annotations

import re

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from wslayout.errors import BadResponse, ServerError, ServerUnreachable


class NeverSent(ServerUnreachable):
    """No connection came about, so the request can't have had any effect."""


class ServerFailed(ServerUnreachable):
    """HTTP 5xx: the server is there, and could not do it."""


class TooSlow(ServerUnreachable):
    """The time for the whole request is over; another try would take as long."""


class Silent(TooSlow):
    """Not a byte for long: the server is at work, or a kept connection has died."""


def explain(error: Exception, what: str, reason: str, *, silence: float) -> ServerError:
    """The error of ours for one that requests, urllib3 or the system raised.

    Args:
        error: What was raised.
        what: The request and where it went, as a message says it.
        reason: From `innermost_reason`, without secrets.
        silence: Seconds without a byte that end a request.
    """
    causes = requests.exceptions
    kind: type[ServerError]
    if isinstance(error, causes.ContentDecodingError):
        kind, text = BadResponse, f"the answer to {what} can't be decompressed: {reason}"
        hint = "A proxy may have changed it; try again."
    elif isinstance(error, causes.SSLError):
        kind = ServerError if "certificate" in reason.lower() else NeverSent  # it stays so
        text = f"no secure connection for {what}: {reason}"
        hint = "Set REQUESTS_CA_BUNDLE to your organisation's certificates if it has its own."
    elif isinstance(error, causes.ProxyError):
        kind, text = NeverSent, f"the proxy does not let {what} through: {reason}"
        hint = "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY."
    elif _never_connected(error):
        kind, text = NeverSent, f"no connection for {what}: {reason}"
        hint = "Check the network, and that WANDB_BASE_URL is the server's address."
    elif isinstance(error, causes.Timeout):
        kind, text = Silent, f"no answer to {what} for {silence:g} s"
        hint = "The server or the network is slow; try again later."
    elif "TLS" in reason and isinstance(error, OSError):  # as requests says it, of a path
        kind, text = ServerError, f"{what} can't be sent: {reason}"
        hint = "Check REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE."
    elif isinstance(error, ValueError | causes.URLRequired):  # addresses and headers
        kind, text = ServerError, f"{what} can't be sent: {reason}"
        hint = "Check WANDB_BASE_URL, an address such as https://api.wandb.ai, and the proxies."
    else:
        kind, text = ServerUnreachable, f"the connection broke during {what}: {reason}"
        hint = "Check the network and try again."
    return kind(text, hint=hint)


def _never_connected(error: Exception) -> bool:
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", cause), NewConnectionError | ConnectTimeoutError)


def innermost_reason(error: Exception) -> str:
    """The innermost reason, in one line: urllib3 wraps errors in reprs of errors."""
    inner: object = error
    for _ in range(5):
        inside = getattr(inner, "reason", None) or getattr(inner, "args", None)
        inside = inside[-1] if isinstance(inside, tuple) and inside else inside
        if not isinstance(inside, BaseException):
            break
        inner = inside
    text = " ".join(str(inner).split()) or type(inner).__name__
    # "<urllib3.connection… object at 0x…>: Failed to …", "HTTPConnection(host=…): Failed to …"
    text = re.sub(r"^(?:.*>: |\w+\(host=.*?\): )", "", text)
    return text if len(text) <= 300 else text[:299] + "…"
