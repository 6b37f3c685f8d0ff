"""Addresses as messages show them: without the names and passwords in them."""

from __future__ import annotations

import re
from typing import Final

_PASSWORD: Final = re.compile(r"^(https?:/+)\S*:\S*@|^[^/@\s]*:[^/@\s]*@", re.IGNORECASE)


def without_password(text: str) -> str:
    """A text without the user names and passwords of the addresses in it.

    W&B takes none, for its API key goes where they would; proxies do.
    """
    return re.sub(r"(//)[^/?#\s'\"]*@", r"\1", text)


def shown(text: str, limit: int = 120) -> str:
    """What somebody wrote for a project as messages show it: short, and without a password.

    In an address that is broken, all up to the last @ may be one.
    """
    text = _PASSWORD.sub(r"\1", without_password(text))
    return text if len(text) <= limit else text[: limit - 1] + "…"
