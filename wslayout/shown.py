"""How values show themselves in a notebook."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Shown:
    """What a notebook asks a value for; Jupyter, VS Code and Colab show the HTML of it.

    https://ipython.readthedocs.io/en/stable/config/integrating.html
    """

    __slots__ = ()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        # By its name, and only once somebody looks: values know nothing of how they are shown.
        cells = import_module("wslayout.display.cells")
        bundle: dict[str, Any] = cells.cell_of(self)
        return bundle


class ToldInWords(Shown):
    """A result that is told in words, in lists, too."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # IPython takes a class's own `__repr__`, which dataclasses have, before what it inherits.
        cls._repr_pretty_ = ToldInWords._repr_pretty_  # type: ignore[method-assign]

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self._repr_mimebundle_()["text/plain"])
