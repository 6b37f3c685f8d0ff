"""What a user may ask of a layout beside budgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from wslayout.grouping.wanted import Wanted

GroupBy = Literal["auto", "prefix", "topic"]

NOTHING: Final = Wanted()
"""What no template asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a user may ask of a layout beside budgets.

    Attributes:
        x_axis: The metric on every line plot's x-axis; None: W&B's step.
        overlay_splits: Whether training and validation of one quantity share a panel.
        group_by: Whether sections follow the prefixes that people wrote, what the metrics are
            about, or whichever is quicker to search.
        include: Globs; where there are any, only keys that one of them matches get panels.
        exclude: Globs of keys that get no panel.
        kinds: Kinds of keys that get panels; empty: all.
        pins: Keys that get a panel whatever the budgets say, first in the overview.
        wanted: What a template asks for.
        of_template: Which of these a template asks for and not the user: "include", "exclude" or
            "kinds", and the glob or kind.
    """

    x_axis: str | None = None
    overlay_splits: bool = True
    group_by: GroupBy = "auto"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    wanted: Wanted = NOTHING
    of_template: frozenset[tuple[str, str]] = frozenset()
