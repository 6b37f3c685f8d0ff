"""How values show themselves in a notebook: the one way from a value back to `display`."""

from __future__ import annotations

from typing import Any


class Shown:
    """What a notebook asks a value for; Jupyter, VS Code and Colab show the HTML of it.

    https://ipython.readthedocs.io/en/stable/config/integrating.html
    """

    __slots__ = ()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        from wslayout.display.cells import cell_of

        return cell_of(self)
