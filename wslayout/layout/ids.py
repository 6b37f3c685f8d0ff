"""Ids that stay the same for ever."""

from __future__ import annotations

import hashlib
import re


def short_hash(*parts: str, length: int) -> str:
    """``length`` characters of ``[0-9a-z]``: the same for the same parts, for ever."""
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()
    number = int.from_bytes(digest, "big")
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    for _ in range(length):
        number, digit = divmod(number, len(digits))
        text += digits[digit]
    return text


def stable_id(*parts: str) -> str:
    """The id of a managed panel or section: ``wsl`` and 12 characters of ``[0-9a-z]``.

    A panel keeps its id while it moves, so what people edited in the app, which W&B
    files under the panel's id, stays with it.
    """
    return "wsl" + short_hash(*parts, length=12)


def is_stable_id(text: str) -> bool:
    """Whether a text looks like what `stable_id` gives."""
    return re.fullmatch(r"wsl[0-9a-z]{12}", text) is not None
