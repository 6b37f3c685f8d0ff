"""Clients of the loopback server."""

from __future__ import annotations

from tests.wandb_server import DEFAULT_KEY
from wslayout.wandb_api.auth import Login, Secret
from wslayout.wandb_api.client import Client


def client_at(url: str, api_key: str = DEFAULT_KEY) -> Client:
    """One that never waits."""
    return Client(Login(url, url, Secret(api_key)), sleep=lambda _: None)
