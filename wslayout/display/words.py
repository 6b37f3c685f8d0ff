"""Names, counts and figures in words, for the terminal and the page alike.

Metric names come from outside and may hold anything; `visible` makes them safe to
look at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from wslayout.amounts import size
from wslayout.layout import Figures

UNKNOWN: Final = "–"
"""Stands where a value is not known."""

# Controls, lone surrogates, and characters that reorder, hide or end text. Zero-width
# (non-)joiners stay, for emoji and Persian need them.
_UNSEEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)


def visible(name: str) -> str:
    """The name with every unseen character written out: a newline is ``<U+000A>``.

    That covers control characters, and those that turn the reading direction or take
    no room. (Unicode has pictures of control characters, but few fonts do.)
    """
    return _UNSEEN.sub(lambda match: f"<U+{ord(match[0]):04X}>", name)


def visible_lines(text: str) -> str:
    """A text of ours made safe likewise, with its line breaks kept."""
    return "\n".join(map(visible, text.split("\n")))


def shorten(name: str, limit: int) -> str:
    """The name, at most ``limit`` characters of it: both ends and how much is between."""
    if len(name) <= limit:
        return name
    head, tail = limit * 2 // 3, limit // 3
    return f"{name[:head]} …{len(name) - head - tail:,} characters… {name[-tail:]}"


def plural(count: int, noun: str) -> str:
    """A count with its noun: "1 panel", "1,200 panels"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def extent(panels: int, sections: int) -> str:
    """How large a workspace is: "14 panels in 3 sections"."""
    return f"{plural(panels, 'panel')} in {plural(sections, 'section')}"


def figure_rows(figures: Iterable[Figures]) -> list[tuple[str, list[str]]]:
    """The rows of a comparison: what is counted, and the count for each workspace."""
    columns = list(figures)
    rows = [
        ("sections", [f"{one.sections:,}" for one in columns]),
        ("panels", [f"{one.panels:,}" for one in columns]),
        ("one-panel sections", [f"{one.single_panel_sections:,}" for one in columns]),
        ("keys shown", [f"{one.keys_shown:,}" for one in columns]),
        ("keys represented", [f"{one.keys_represented:,}" for one in columns]),
        ("keys left out", [f"{one.keys_left_out:,}" for one in columns]),
        ("search cost", [f"{one.search_cost:,.1f}" for one in columns]),
    ]
    if any(one.spec_bytes is not None for one in columns):
        rows.append(
            (
                "size of the spec",
                [UNKNOWN if one.spec_bytes is None else size(one.spec_bytes) for one in columns],
            )
        )
    return rows
