"""The files that clients upload and fetch: bytes under paths of this very server."""

from __future__ import annotations

from urllib.parse import quote, unquote

from tests.wandb_server.exchange import Request, Response, json_response

ROOT = "/storage/"


def url(base_url: str, key: str) -> str:
    """Where a file is put and fetched; like a signed URL, it needs no login."""
    return f"{base_url}{ROOT}{quote(key)}"


class Storage:
    """Files by key."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._files

    def __getitem__(self, key: str) -> bytes:
        return self._files[key]

    def answer(self, request: Request) -> Response:
        """Takes or gives the file that the request's path names."""
        key = unquote(request.path.removeprefix(ROOT))
        if request.method == "PUT":
            self._files[key] = request.body
            return json_response({})
        if request.method not in ("GET", "HEAD") or key not in self._files:
            return Response(404, b"not found")
        return Response(200, self._files[key], {"Content-Type": "application/octet-stream"})
