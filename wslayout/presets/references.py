"""References to presets that are kept as W&B artifacts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from wslayout.addresses import shown
from wslayout.errors import TemplateError

ARTIFACT: Final = "wandb-artifact:"
"""What begins a reference: ``wandb-artifact:entity/project/name:alias``."""

_FORM: Final = re.compile(
    r"wandb-artifact:(?P<entity>[^/:@\s]+)/(?P<project>[^/:@\s]+)/(?P<name>[A-Za-z0-9._-]+)"
    r"(?::(?P<alias>[^/:@\s]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


@dataclass(frozen=True, slots=True)
class ArtifactRef:
    """Where a preset is kept.

    Attributes:
        entity: The team or user.
        project: The project.
        name: The artifact.
        alias: A version (``v3``) or an alias (``latest``).
        digest: The digest that the preset must have (``sha256:…``), "" for any.
    """

    entity: str
    project: str
    name: str
    alias: str = "latest"
    digest: str = ""

    @property
    def source(self) -> str:
        """The artifact, whatever its version."""
        return f"{ARTIFACT}{self.entity}/{self.project}/{self.name}"

    @property
    def path(self) -> str:
        """What W&B's client calls it."""
        return f"{self.entity}/{self.project}/{self.name}:{self.alias}"

    def __str__(self) -> str:
        return f"{ARTIFACT}{self.path}" + (f"@{self.digest}" if self.digest else "")


def parse_reference(text: str) -> ArtifactRef:
    """The reference that a text is.

    Raises:
        TemplateError: It is none.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise TemplateError(
            f"{shown(text)!r} names no artifact",
            hint="It looks like wandb-artifact:team/project/name:latest, and may end in "
            "@sha256:… to pin what it holds.",
        )
    return ArtifactRef(
        found["entity"],
        found["project"],
        found["name"],
        found["alias"] or "latest",
        found["digest"] or "",
    )
