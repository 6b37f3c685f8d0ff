"""`Metrics`: what is known of the metrics that a layout may draw, worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from wslayout.inventory import CHARTABLE_KINDS, MEDIA_KINDS, Inventory, is_internal
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
        frame = self.inventory.frame
        pairs = zip(frame["key"].tolist(), frame["kind"].tolist(), strict=True)
        return {
            str(key): str(kind)
            for key, kind in pairs
            if kind in CHARTABLE_KINDS and not is_internal(str(key))
        }

    @cached_property
    def _names(self) -> list[tuple[str, str]]:
        return [(key, key.lower()) for key in self.kinds]

    @cached_property
    def _logged_once(self) -> frozenset[str]:
        frame = self.inventory.frame
        most = frame["max_points"].fillna(frame["points"])
        return frozenset(map(str, frame["key"][most.notna() & (most <= 1)]))

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
