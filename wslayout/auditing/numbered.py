"""Keys that differ in a number only."""

from __future__ import annotations

import re
from typing import Final

HOLE: Final = "\0"
"""Stands in a key for what varies."""

_SEPARATORS: Final = r"[_\-. /#]*"
_HOLES: Final = re.compile(f"({_SEPARATORS}{HOLE})+{_SEPARATORS}")


def one_key(marked: str) -> str:
    """The one key to log instead of many: the key without what varies."""

    def joined(found: re.Match[str]) -> str:
        return "/" if "/" in found[0] else "_"

    return _HOLES.sub(joined, marked).strip("_/.- ") or "samples"
