"""Pulled presets: kept beside what they were when somebody pulled them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from wslayout.errors import TemplateError
from wslayout.presets.found import Found
from wslayout.presets.references import parse_reference

MAIN: Final = "template.yaml"
"""The template among the files of a shared preset."""

PINNED: Final = "pulled.json"
"""What was pulled, beside it."""


def digest_of(files: Mapping[str, bytes]) -> str:
    """``sha256:`` and the digest of some files and their names."""
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(f"{name}\0{len(files[name])}\0".encode())
        whole.update(files[name])
    return f"sha256:{whole.hexdigest()}"


def pin(reference: str, files: Mapping[str, bytes]) -> str:
    """The text of `PINNED`: where files came from, by version and with their digest."""
    return json.dumps({"reference": reference, "files": sorted(files)}, indent=1) + "\n"


def read_pulled(pinned: bytes, files: Mapping[str, bytes], name: str, label: str) -> Found:
    """A preset that was pulled.

    Args:
        pinned: What `pin` wrote.
        files: The files beside it.
        name: What the preset is called here.
        label: What errors call its template.

    Raises:
        TemplateError: The files are not what was pulled.
    """
    try:
        said = json.loads(pinned)
        ref = parse_reference(said["reference"])
        held = {one: files[one] for one in said["files"]}
    except (ValueError, KeyError, TypeError) as error:
        raise TemplateError(
            f"{label}: what was pulled is not all there ({error})", hint="Pull it again."
        ) from error
    if MAIN not in held or digest_of(held) != ref.digest:
        raise TemplateError(
            f"{label} was changed since it was pulled from {ref.path}",
            hint="Pull it again; or copy it under another name, and change the copy.",
        )
    return Found(
        name=name,
        label=label,
        source=ref.source,
        data=held[MAIN],
        version=ref.alias,
        files=held,
    )
