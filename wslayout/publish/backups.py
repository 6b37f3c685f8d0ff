"""Backups of saved views: kept before every write, some of each view, in the user's data folder."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

from wslayout.errors import BackupFailed, SourceError, SpecError, TargetError
from wslayout.files import write_file
from wslayout.layout import short_hash
from wslayout.shown import ToldInWords
from wslayout.wandb_api.rawspec import SpecSummary, load_spec, summarise
from wslayout.wandb_api.views import View, view_id

KEPT: Final = 20
"""Backups of one view; the oldest goes when there are more."""

_FORMAT: Final = "wslayout-backup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup(ToldInWords):
    """A saved view as it was.

    Attributes:
        server: The address of its server.
        entity: The team or user that owns the project.
        project: The project.
        view: The view, with its spec.
        saved: When it was backed up (UTC, ISO 8601).
        path: The file; None where it is not kept yet.
    """

    server: str
    entity: str
    project: str
    view: View = field(repr=False)
    saved: str
    path: Path | None = None

    @property
    def view_id(self) -> str:
        """The view's id in URLs."""
        return view_id(self.view.name)

    @property
    def summary(self) -> SpecSummary | None:
        """What the view held; None where its spec can't be read."""
        try:
            return summarise(load_spec(self.view.spec or "{}"))
        except SpecError:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backups:
    """A folder of backups.

    Attributes:
        folder: Where they are kept.
        most: How many of one view.
        now: Gives the time.
    """

    folder: Path
    most: int = KEPT
    now: Callable[[], datetime] = lambda: datetime.now(timezone.utc)

    def keep(self, server: str, entity: str, project: str, view: View) -> Path:
        """Back a view up; the same content as last time is not kept twice.

        Raises:
            BackupFailed: It can't be kept.
        """
        home = self._home(server, entity, project, view_id(view.name))
        last = next(iter(self._of(home)), None)
        if last is not None and last.path is not None and _same(last.view, view):
            return last.path
        saved = self.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        stem = re.sub(r"[-:.]", "", saved)
        if last is not None and last.path is not None and stem <= last.path.stem:
            stem = f"{last.path.stem}_"  # the clock stands still, or went back
        path = home / f"{stem}.json"
        data = {
            "format": _FORMAT,
            "version": 1,
            "server": server,
            "entity": entity,
            "project": project,
            "saved": saved,
            "view": asdict(view),
        }
        try:
            write_file(path, json.dumps(data, indent=1) + "\n", private=True)
        except TargetError as error:
            raise BackupFailed(
                f"the view {view.display_name!r} can't be backed up, so nothing was written: "
                f"{error}",
                hint="Make room there, or name another folder with XDG_DATA_HOME.",
            ) from error
        others = sorted((one for one in home.glob("*.json") if one != path), reverse=True)
        for old in others[self.most - 1 :]:
            with contextlib.suppress(OSError):
                old.unlink()
        return path

    def of_project(self, server: str, entity: str, project: str) -> list[Backup]:
        """The backups of a project's views, the newest first."""
        home = self._home(server, entity, project)
        try:
            homes = [folder for folder in home.iterdir() if folder.is_dir()]
        except OSError:
            return []
        found = [backup for folder in homes for backup in self._of(folder)]
        return sorted(found, key=lambda one: one.saved, reverse=True)

    def of_view(self, server: str, entity: str, project: str, view_id: str) -> list[Backup]:
        """The backups of one view, the newest first."""
        return list(self._of(self._home(server, entity, project, view_id)))

    def _of(self, home: Path) -> Iterator[Backup]:
        for path in sorted(home.glob("*.json"), reverse=True):
            with contextlib.suppress(SourceError):  # one damaged file must not hide the others
                yield read_backup(path)

    def _home(self, server: str, *names: str) -> Path:
        host = urlsplit(server).netloc or server
        return self.folder.joinpath(*(_folder_name(name) for name in (host, *names)))


def read_backup(path: Path) -> Backup:
    """The backup in a file.

    Raises:
        SourceError: It can't be read, or is none.
    """
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != _FORMAT or data["version"] != 1:
            raise SourceError(f"{path} is no backup of a view")
        whole = {name: data[name] for name in ("server", "entity", "project", "saved")}
        texts = [data["view"][name] for name in ("id", "name", "display_name", "description")]
        if not all(isinstance(one, str) for one in [*whole.values(), *texts]):
            raise SourceError(f"{path} is no backup of a view")
        if not all(one is None or isinstance(one, str) for one in data["view"].values()):
            raise SourceError(f"{path} is no backup of a view")
        return Backup(**whole, view=View(**data["view"]), path=path)
    except OSError as error:
        raise SourceError(f"can't read the backup {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SourceError(f"{path} is no backup of a view ({error})") from error


def _same(one: View, other: View) -> bool:
    return (one.spec, one.description, one.display_name) == (
        other.spec,
        other.description,
        other.display_name,
    )


def _folder_name(name: str) -> str:
    """A name for a folder that no two names share, on any file system."""
    quoted = quote(name, safe=" -_.")
    if 0 < len(quoted) <= 80 and quoted.strip(". ") == quoted and quoted == quoted.lower():
        return quoted
    return f"{quoted[:60].strip('. ')}-{short_hash(name, length=10)}"
