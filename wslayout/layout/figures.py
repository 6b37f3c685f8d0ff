"""The figures that judge a workspace, ours or W&B's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

NOT_SHOWN_PENALTY: Final = 20.0
"""What looking for a key that no panel shows costs beyond scanning everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How heavy a workspace is, and how long a person looks for a key in it.

    Attributes:
        sections: Number of sections.
        panels: Number of panels.
        single_panel_sections: Sections that hold one panel.
        keys_shown: Keys that a panel draws.
        keys_represented: Keys that a panel stands for without drawing them.
        keys_left_out: Keys of a drawable kind that no panel draws or stands for.
        search_cost: Headings and panels passed on average when looking for one
            drawable key: half the headings and half the panels of its section; for a
            key without a panel all headings, all panels and `NOT_SHOWN_PENALTY`.
        spec_bytes: Size of the view spec as JSON, where it was built or estimated.
    """

    sections: int
    panels: int
    single_panel_sections: int
    keys_shown: int
    keys_represented: int
    keys_left_out: int
    search_cost: float
    spec_bytes: int | None = None


def figures(
    sections: Iterable[tuple[int, int, int]], *, left_out: int, spec_bytes: int | None = None
) -> Figures:
    """Judge a workspace by its sections.

    Args:
        sections: For each section (panels, keys shown, keys represented).
        left_out: Drawable keys without a panel.
        spec_bytes: Size of the view spec, where known.
    """
    count = panels = singles = shown = represented = 0
    passed = 0
    rows = list(sections)
    for in_section, drawn, stands_for in rows:
        count += 1
        panels += in_section
        singles += in_section == 1
        shown += drawn
        represented += stands_for
        passed += (drawn + stands_for) * (len(rows) + in_section)
    keys_in_all = shown + represented + left_out
    total = left_out * (count + panels + NOT_SHOWN_PENALTY) + passed / 2
    return Figures(
        sections=count,
        panels=panels,
        single_panel_sections=singles,
        keys_shown=shown,
        keys_represented=represented,
        keys_left_out=left_out,
        search_cost=round(total / keys_in_all, 3) if keys_in_all else 0.0,
        spec_bytes=spec_bytes,
    )
