"""`Closing`: whatever holds connections until it is closed."""

from __future__ import annotations

from typing import TypeVar

_Self = TypeVar("_Self", bound="Closing")


class Closing:
    """Has a ``close`` that the end of a ``with`` block calls."""

    def close(self) -> None:
        """Give up what is held."""
        raise NotImplementedError

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
