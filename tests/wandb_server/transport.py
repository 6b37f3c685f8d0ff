"""HTTP/1.1 with keep-alive: reads requests, packs and delivers answers, well or badly."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.wandb_server.exchange import Request, Response, json_response

Respond = Callable[[Request], Response]


class Transport(ThreadingHTTPServer):
    """Listens on a free port of the loopback; ``respond`` makes the answers."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, respond: Respond) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.respond = respond
        self.stopping = threading.Event()
        self.mistakes: list[Exception] = []
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stops listening and cuts what clients keep open."""
        self.stopping.set()
        self.shutdown()
        self._thread.join()
        self.server_close()
        with self._lock:
            for connection in self._open:
                _cut(connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are part of the game."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Transport

    def do_GET(self) -> None:
        self._exchange()

    def do_POST(self) -> None:
        self._exchange()

    do_PUT = do_DELETE = do_HEAD = do_POST  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Silent: the recorder keeps what happened."""

    def _exchange(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            body = gzip.decompress(raw) if headers.get("content-encoding") == "gzip" else raw
        except (OSError, EOFError):
            self._send(json_response({"error": "invalid gzip"}, 400))
            return
        path = self.path.partition("?")[0]
        request = Request(self.command, path, headers, body, length, self.client_address[1])
        try:
            response = self.server.respond(request)
        except Exception as error:  # a mistake of the test's or of this server: never hide it
            self.server.mistakes.append(error)
            response = json_response({"error": f"the loopback server failed: {error!r}"}, 418)
        self._send(response)

    def _send(self, response: Response) -> None:
        delivery = response.delivery
        if delivery.dropped:
            self._hang_up()
            return
        self.send_response(response.status, _phrase(response.status))
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        body = response.body if self.command != "HEAD" else b""
        if delivery.cut_at is not None:
            self.wfile.write(body[: delivery.cut_at])
            self.wfile.flush()
            self._hang_up()
        elif delivery.chunk:
            for at in range(0, len(body), delivery.chunk):
                self.wfile.write(body[at : at + delivery.chunk])
                self.wfile.flush()
                if self.server.stopping.wait(delivery.pause):
                    return
        else:
            self.wfile.write(body)

    def _hang_up(self) -> None:
        self.close_connection = True
        _cut(self.connection)


def _cut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the other side may have been faster
        connection.shutdown(socket.SHUT_RDWR)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
