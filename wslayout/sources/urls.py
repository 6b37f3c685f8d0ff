"""Paths and URLs of files and folders: which texts are some, and how they are shown."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote

# One letter before the colon is a drive of Windows; pages of W&B are http and https.
# fsspec chains protocols (simplecache::s3://bucket), and has some with an underscore.
_URL: Final = re.compile(
    r"(?!https?://)[a-z][a-z0-9+._-]+(?:::[a-z][a-z0-9+._-]+)*://", re.IGNORECASE
)
_FILE: Final = re.compile(r"(?:file|local):(?://(?:localhost(?=/))?|(?=/))", re.IGNORECASE)
# All up to the last @, as names and passwords may hold some; a port is no password.
_PASSWORD: Final = re.compile(r"(?<=://)([^/:]*):(?!:|\d+(?:/|$))([^/]*|\S*)@")
_SIGNED: Final = re.compile(
    r"([?&][^=&\s]*(?:token|sig|key|pass|pwd|secret|credential|delegation)[^=&\s]*=)[^&\s]+",
    re.IGNORECASE,
)


def is_url(text: str) -> bool:
    """Whether a text is the URL of a file or folder elsewhere, such as ``s3://bucket/wandb``."""
    return bool(_URL.match(text)) and not _FILE.match(text)


def local_path(given: str | os.PathLike[str]) -> Path:
    """The path that somebody means, who may have written it as a ``file:`` URL."""
    text = os.fspath(given)
    found = _FILE.match(text)
    if found is None:
        return Path(text)
    rest = text[found.end() :]
    if not rest:
        return Path(text)  # which is not the working folder
    if re.match(r"/[A-Za-z]:", rest):  # file:///C:/runs
        rest = rest[1:]
    # Browsers and editors write %20 for a blank; people and other tools write names as they are.
    return next((path for path in (Path(rest), Path(unquote(rest))) if exists(path)), Path(rest))


def shown(url: str) -> str:
    """A URL without the passwords and signatures in it."""
    return _SIGNED.sub(r"\1…", _PASSWORD.sub(r"\1@", url))


def password_in(url: str) -> str:
    """The password in a URL; "" where there is none."""
    found = _PASSWORD.search(url)
    return found[2] if found else ""


def exists(path: Path) -> bool:
    """Whether a path is there; one that no system allows is not."""
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long for the file system, or with a null byte
        return False
