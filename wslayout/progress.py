"""How long-running work tells whoever waits for it how far it is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called by long-running work; what it does with it is the caller's affair."""

    def __call__(self, what: str, done: int, total: int | None) -> None:
        """Say that ``done`` of ``total`` units (None: not known) of ``what`` are done."""


def silent(what: str, done: int, total: int | None) -> None:
    """A `Progress` that says nothing."""
