"""What is said of one key, and how names and options are said."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from wslayout.shown import ToldInWords

Placed = Literal["shown", "represented", "left out"]

_NAMES: Final = 10
"""Names that a sentence lists; nobody listens to more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation(ToldInWords):
    """Where a key is in a layout, why, and what would change that.

    Attributes:
        key: The metric key.
        placed: "shown" if a panel draws it, "represented" if a panel stands for it without
            drawing it, else "left out".
        section: The heading of its section, None where it is left out.
        panel: The title of its panel, None where it is left out.
        family: What the keys of its family share, with ``*`` for what differs; "" where an
            option or its nature rules it out, so that it is in no family.
        family_keys: How many keys the family has, itself among them; 0 where there is none.
        reasons: Why, in sentences that stand alone.
        advice: What would bring it in or move it, with the option to give.
    """

    key: str
    placed: Placed
    section: str | None = None
    panel: str | None = None
    family: str = ""
    family_keys: int = 0
    reasons: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()


def listed(names: Sequence[str], label: str = "") -> str:
    """Some names; where a label with one ``*`` fits them all, only what differs in braces."""
    head, star, tail = label.partition("*")
    own = [name[len(head) : len(name) - len(tail)] for name in names]
    if star and [f"{head}{part}{tail}" for part in own] == [*names]:
        return f"{head}{{{','.join(_few(own))}}}{tail}"
    return ", ".join(_few(names))


def _few(names: Sequence[str]) -> list[str]:
    """Not too many names: the last one stands after dots."""
    return [*names] if len(names) <= _NAMES else [*names[: _NAMES - 1], f"… {names[-1]}"]


def option(name: str, value: str) -> str:
    """An option as one types it."""
    return f"`{name} {shlex.quote(value)}`"
