"""`Metrics`: what is known of the metrics that a layout may draw, worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from wslayout.inventory import MEDIA_KINDS, Inventory
from wslayout.layout import PanelKind


@dataclass(frozen=True)
class Metrics:
    """The metrics of an inventory that W&B draws, which all drafts of it share.

    Attributes:
        inventory: Where they stand; it never changes.
    """

    inventory: Inventory

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """The kind of each."""
        return self.inventory.drawable

    @cached_property
    def _names(self) -> list[tuple[str, str]]:
        return [(key, key.lower()) for key in self.kinds]

    @cached_property
    def _logged_once(self) -> frozenset[str]:
        return frozenset(
            key
            for key, most, points in self.inventory.rows("key", "max_points", "points")
            if (known := points if most is None else most) is not None and known <= 1
        )

    def named(self, text: str) -> list[str]:
        """Those whose keys hold all words of a text."""
        words = text.lower().split()
        return [key for key, lower in self._names if all(word in lower for word in words)]

    def shown_as(self, key: str) -> PanelKind:
        """What kind of panel draws a metric."""
        kind = self.kinds.get(key, "number")
        if kind == "table":
            return "table"
        if kind in MEDIA_KINDS:
            return "media"
        return "bar" if key in self._logged_once else "line"
