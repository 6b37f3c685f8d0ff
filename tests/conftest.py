"""Fixtures for all tests: a loopback W&B, an environment that knows no other, and a guard."""

from __future__ import annotations

import contextlib
import gc
import ipaddress
import os
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.wandb_server import DEFAULT_KEY, WandbServer

# Two busy cores make any single example slow at times; examples are few so that all stay quick.
settings.register_profile(
    "wslayout", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("wslayout")


# The longest come first, so that at the end no process waits long for another.
LONGEST = (
    "jupyter", "audit_project", "notebooks", "readme", "sampling", "regeneration",
    "builtin_presets", "run_cache", "audit_folders", "manifest", "engine", "dask", "cli",
    "demo_runs", "offline", "apply", "merge", "faults", "remote_folders", "draft", "templates",
    "inventory", "runfile", "editor_page", "browser", "samples", "shared_presets", "packaging",
    "reading", "artifact_server", "table", "fuzz", "editing", "server_source", "cells", "spec",
)  # fmt: skip


def pytest_configure() -> None:
    # Python looks for unreachable cycles after 700 new objects, and in all that there is again and
    # again: a seventh of the time of all tests. Memory is no concern here.
    gc.set_threshold(50_000, 20, 10)


def pytest_collection_finish() -> None:
    gc.freeze()  # modules and tests stay until the end


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rank = {f"test_{name}": number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))


@contextlib.contextmanager
def loopback_only() -> Iterator[None]:
    """Fails if this process would talk to another machine, even where the error is swallowed."""
    strays: list[str] = []

    def check(host: str) -> None:
        if _is_loopback(host):
            return
        # Names that end so never resolve (RFC 2606), and that is what their tests are about.
        if host.endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        strays.append(host)
        raise OSError(f"tests may only talk to the loopback, not to {host}")

    def guarded(method: Callable[..., Any]) -> Callable[..., Any]:
        def connect(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6):
                check(address[0])
            return method(self, address)

        return connect

    resolve = socket.getaddrinfo

    def getaddrinfo(host: bytes | str | None, *args: Any, **kwargs: Any) -> Any:
        check(host.decode() if isinstance(host, bytes) else host or "")
        return resolve(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield
    assert not strays, f"this test tried to reach {strays}"


@pytest.fixture(autouse=True)
def _loopback_only() -> Iterator[None]:
    with loopback_only():
        yield


def _is_loopback(host: str) -> bool:
    if host in ("localhost", ""):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture
def wandb_server() -> Iterator[WandbServer]:
    """A fresh, empty W&B on the loopback."""
    with WandbServer() as server:
        yield server
    assert not server.mistakes, f"the loopback server itself failed: {server.mistakes}"


@dataclass
class WandbEnv:
    """The environment that the clients see.

    Attributes:
        server: The server that it names.
        home: The user's (temporary) home directory.
    """

    server: WandbServer
    home: Path
    monkeypatch: pytest.MonkeyPatch

    def use(self, server: WandbServer, api_key: str = DEFAULT_KEY) -> None:
        """Point the clients at a server; what wandb has kept of the last one goes."""
        self.server = server
        self.monkeypatch.setenv("WANDB_BASE_URL", server.url)
        self.monkeypatch.setenv("WANDB_API_KEY", api_key)
        forget_wandb()


def forget_wandb() -> None:
    """Make the SDK read its settings and login anew, and end its service process."""
    wandb = sys.modules.get("wandb")
    if wandb is not None:
        wandb.teardown()


@pytest.fixture
def wandb_env(
    wandb_server: WandbServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[WandbEnv]:
    """wandb and wslayout know the loopback server, a dummy key and an empty home, and no more."""
    forget_wandb()  # while its own variables are still there
    for name in list(os.environ):
        if name.startswith(("WANDB_", "XDG_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("NETRC", str(home / ".netrc"))
    for name in ("CONFIG", "CACHE", "DATA"):
        monkeypatch.setenv(f"WANDB_{name}_DIR", str(home / f"wandb-{name.lower()}"))
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / f"xdg-{name.lower()}"))
    monkeypatch.setenv("WANDB_DIR", str(home))
    monkeypatch.setenv("WANDB_SILENT", "true")
    # Else the SDK sends figures of its own every minute, also when the test is over.
    monkeypatch.setenv("WANDB_ERROR_REPORTING", "false")
    env = WandbEnv(wandb_server, home, monkeypatch)
    env.use(wandb_server)
    yield env
    forget_wandb()
