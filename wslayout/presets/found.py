"""A preset that was found: its text, and where it comes from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wslayout.shown import ToldInWords


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The text of a template, and where it comes from.

    Attributes:
        name: What it is called: the file's name without its ending.
        label: What errors call the file.
        source: Where it comes from, for people and for the layout: "built-in", "file",
            "folder …", "package …", "wandb-artifact:…".
        data: Its bytes.
        version: Its version, where the source has one.
        folder: Where files that it extends are.
        files: Of a shared preset its files, by name: it extends no others.
    """

    name: str
    label: str
    source: str
    data: bytes
    version: str = ""
    folder: Path | None = None
    files: Mapping[str, bytes] | None = None

    @property
    def digest(self) -> str:
        """``sha256:`` and the hexadecimal digest of the bytes."""
        return f"sha256:{hashlib.sha256(self.data).hexdigest()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(ToldInWords):
    """A preset in a list.

    Attributes:
        name: What it is called.
        source: Where it comes from.
        label: The file.
        description: Its first line about itself, "" where it has none or can't be read.
        hidden_by: The source whose preset of that name is taken instead, "" where it is taken.
    """

    name: str
    source: str
    label: str
    description: str = ""
    hidden_by: str = ""
