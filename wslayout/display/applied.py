"""What became of a view that was to be saved, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from wslayout.display.words import extent, visible

if TYPE_CHECKING:
    from wslayout.publish.apply import Applied


def applied_text(applied: Applied) -> Text:
    """What was done, and where it is now."""
    said = f", {extent(applied.panels, applied.sections)}"
    if applied.action == "unchanged":
        said = " is already as it should be"
    return Text(f"{applied.action.capitalize()}: {visible(applied.name)}{said}\n{applied.url}")
