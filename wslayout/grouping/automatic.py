"""What W&B's automatic mode makes of an inventory, to compare with.

One panel for every drawable key, one section for every prefix (W&B's first or last), and for
keys without one the sections "Charts" and "Media".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Literal

from wslayout.inventory import MEDIA_KINDS
from wslayout.layout import Figures, PanelKind, figures

Prefix = Literal["first", "last"]


def automatic_figures(
    kinds: Mapping[str, str], prefix: Prefix, *, spec_bytes: int | None = None
) -> Figures:
    """The figures of the automatic workspace.

    Args:
        kinds: The drawable keys, each with its kind.
        prefix: Whether sections go by the first part of a key or by all but its last.
        spec_bytes: Size of the view spec that holds all those panels, where known.
    """
    sizes = automatic_sections(kinds, prefix)
    return figures(
        ((count, count, 0) for count in sizes.values()), left_out=0, spec_bytes=spec_bytes
    )


def automatic_sections(kinds: Mapping[str, str], prefix: Prefix) -> Mapping[str, int]:
    """The sections of the automatic workspace, each with how many panels it holds.

    Args:
        kinds: The drawable keys, each with its kind.
        prefix: As for `automatic_figures`.
    """
    find = str.find if prefix == "first" else str.rfind
    return Counter(
        [
            key[:end] if (end := find(key, "/")) > 0 else _without_prefix(kind)
            for key, kind in kinds.items()
        ]
    )


def _without_prefix(kind: str) -> str:
    return "Media" if kind in MEDIA_KINDS or kind == "table" else "Charts"


def automatic_panels(kinds: Mapping[str, str]) -> Iterator[tuple[str, PanelKind]]:
    """The panels of the automatic workspace: each drawable key with what draws it."""
    for key, kind in kinds.items():
        yield key, "table" if kind == "table" else "media" if kind in MEDIA_KINDS else "line"
