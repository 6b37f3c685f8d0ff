"""How an audit says amounts."""

from __future__ import annotations

from wslayout.amounts import size


def count(amount: float, unit: str) -> str:
    """An amount with its unit, a plural: "1 run", "12,408 metrics", "1.2 MB", "90 %"."""
    if unit == "bytes":
        return size(amount)
    number = f"{amount:,.1f}".removesuffix(".0") if amount < 100 else f"{amount:,.0f}"
    return f"{number} {_singular(unit) if number == '1' else unit}"


def _singular(unit: str) -> str:
    """One of a plural: its noun stands last, or before "a minute"."""
    noun, minute, _ = unit.partition(" a minute")
    return noun.removesuffix("s") + minute


def names(found: list[str], most: int = 3) -> str:
    """A few names: "a, b, c and 4 more"."""
    more = len(found) - most
    return ", ".join(found[:most]) + (f" and {more:,} more" if more > 0 else "")
