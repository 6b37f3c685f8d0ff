"""What a process has around it: its folder, its environment, its login."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wslayout.presets import Finder, Found, default_places

if TYPE_CHECKING:
    from wslayout.publish.backups import Backups


def finder_here(project: Path | None = None) -> Finder:
    """Finds presets for this process: its folder, its environment, its user, its login.

    Args:
        project: The folder whose ``wslayout.yaml`` counts; by default the working folder.
    """
    return Finder(default_places(os.environ, project or Path.cwd()), _fetched)


def _fetched(reference: str) -> Found:
    from wslayout.presets.sharing import fetch
    from wslayout.wandb_api.artifacts import ArtifactStore

    return fetch(ArtifactStore(), reference)


def backups_here() -> Backups:
    """Where this user's backups of views are kept."""
    from platformdirs import user_data_path

    from wslayout.publish.backups import Backups

    return Backups(folder=user_data_path("wslayout", appauthor=False) / "backups")


def as_texts(parameters: Mapping[str, Any] | None) -> dict[str, str]:
    """Values of parameters as somebody types them."""
    return {key: _as_text(value) for key, value in (parameters or {}).items()}


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
