"""An end to every request: a socket's timeout counts silence, so a slow drip never meets it."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Callable
from socket import SHUT_RDWR, socket
from typing import Any

from requests.adapters import HTTPAdapter


class CuttableAdapter(HTTPAdapter):
    """Remembers the sockets it opens: a timeout counts silence, not a slow drip."""

    def __init__(self) -> None:
        self._sockets: weakref.WeakSet[socket] = weakref.WeakSet()
        super().__init__()

    def cut(self) -> None:
        """Break all connections; whoever reads from one gets an error at once."""
        for one in list(self._sockets):
            with contextlib.suppress(OSError):  # where it is closed already
                one.shutdown(SHUT_RDWR)

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """See requests."""
        return self._watched(super().get_connection_with_tls_context(*args, **kwargs))

    def get_connection(self, *args: Any, **kwargs: Any) -> Any:  # requests < 2.32
        """See requests."""
        return self._watched(super().get_connection(*args, **kwargs))

    def _watched(self, pool: Any) -> Any:
        kind = pool.ConnectionCls
        if getattr(kind, "watched", False):
            return pool
        sockets = self._sockets

        class Watched(kind):  # type: ignore[misc,valid-type]
            watched = True

            def connect(self) -> None:
                super().connect()
                sockets.add(self.sock)

        pool.ConnectionCls = Watched
        return pool


class Watchdog:
    """Bites unless its ``with`` block ends within ``seconds``; ``fired`` says if it did."""

    def __init__(self, seconds: float, bite: Callable[[], None]) -> None:
        self.fired = False
        self._bite = bite
        self._timer = threading.Timer(seconds, self._fire)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _fire(self) -> None:
        self.fired = True
        self._bite()
