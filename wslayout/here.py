"""What a process has around it: its folder, its environment, its login."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wslayout.manifest import ReadManifest
    from wslayout.presets import Finder, Found
    from wslayout.publish.backups import Backups


def finder_here(project: Path | None = None, *, manifest: ReadManifest | None = None) -> Finder:
    """Finds presets for this process: its folder, its environment, its user, its login.

    Args:
        project: The folder whose ``wslayout.yaml`` counts; by default the working folder.
        manifest: What counts instead, where it is read already.
    """
    from wslayout.presets import Finder, default_places

    places = default_places(os.environ, project or Path.cwd())
    return Finder(replace(places, manifest=manifest), _Fetching().fetched)


class _Fetching:
    """Gets each artifact once, also where several threads ask, so that all get the same."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[str, Found] = {}

    def fetched(self, reference: str) -> Found:
        from wslayout.presets.sharing import fetch
        from wslayout.wandb_api.artifacts import ArtifactStore

        with self._lock:
            if reference not in self._found:
                self._found[reference] = fetch(ArtifactStore(), reference)
            return self._found[reference]


def backups_here() -> Backups:
    """Where this user's backups of views are kept."""
    from platformdirs import user_data_path

    from wslayout.publish.backups import Backups

    return Backups(folder=user_data_path("wslayout", appauthor=False) / "backups")


def cache_here() -> Path:
    """Where this user's copies of what servers told are kept; they can be deleted at any time."""
    from platformdirs import user_cache_path

    return user_cache_path("wslayout", appauthor=False)


def as_texts(parameters: Mapping[str, Any] | None) -> dict[str, str]:
    """Values of parameters as somebody types them."""
    return {key: _as_text(value) for key, value in (parameters or {}).items()}


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
