"""The order of sections, or of panels in a section, after a merge."""

from __future__ import annotations

from collections.abc import Sequence


def reordered(live: Sequence[str], base: Sequence[str]) -> bool:
    """Whether people changed the order of what wslayout wrote.

    Args:
        live: What stands there now, in order.
        base: What wslayout wrote there, in its order.
    """
    common = set(live) & set(base)
    return [one for one in live if one in common] != [one for one in base if one in common]


def ordered(live: Sequence[str], placed: Sequence[str], *, keep: bool) -> list[str]:
    """The order of all that stands in one place.

    What people added stays behind what it stands behind now; at the top, where it stands there.

    Args:
        live: What stands there now and stays, in order.
        placed: What the new layout places there, in its order.
        keep: Whether the order is the people's; else what the new layout places follows it.
    """
    return _inserted(live, placed) if keep else _anchored(live, placed)


def with_kept(new: Sequence[str], written: Sequence[str]) -> list[str]:
    """The new layout's order, with what it has no more where that was written last.

    Args:
        new: That of the new layout.
        written: That of all that was written before.
    """
    return _anchored(written, new)


def _anchored(live: Sequence[str], placed: Sequence[str]) -> list[str]:
    """The new layout's order, with all else behind what it stands behind in the live one."""
    result = list(placed)
    theirs = set(live) - set(placed)
    before: str | None = None
    for one in live:
        if one in theirs:
            result.insert(0 if before is None else result.index(before) + 1, one)
        before = one
    return result


def _inserted(live: Sequence[str], placed: Sequence[str]) -> list[str]:
    """The live order, with what is new beside its neighbours of the new layout."""
    result = list(live)
    there = set(live)
    for place, one in enumerate(placed):
        if one in there:
            continue
        before = next((other for other in reversed(placed[:place]) if other in there), None)
        after = next((other for other in placed[place + 1 :] if other in there), None)
        if before is not None:
            result.insert(result.index(before) + 1, one)
        else:
            result.insert(len(result) if after is None else result.index(after), one)
        there.add(one)
    return result
