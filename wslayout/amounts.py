"""How amounts are said, wherever a person reads them."""

from __future__ import annotations


def size(amount: float) -> str:
    """A number of bytes: "980 bytes", "14.2 kB", "3.1 MB"; a kB is 1,000 bytes."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if amount >= factor:
            return f"{amount / factor:,.1f}".removesuffix(".0") + f" {unit}"
    return f"{amount:,.0f} byte" + ("" if amount == 1 else "s")
