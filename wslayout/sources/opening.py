"""Which source somebody means, and how it is read."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, TypeAlias, cast

from wslayout.addresses import shown
from wslayout.errors import SourceError
from wslayout.inventory import MAX_KEYS, Inventory
from wslayout.progress import Progress, silent
from wslayout.sources.folders.offline import read_run_folders
from wslayout.sources.remote import Place, RemotePath, place_of
from wslayout.sources.tables.suffixes import is_table
from wslayout.sources.urls import exists, is_url, local_path
from wslayout.wandb_api.auth import Login, target_names
from wslayout.wandb_api.project import ProjectRef, check_host, parse_project

if TYPE_CHECKING:
    import pandas as pd

    from wslayout.sources.project.run_cache import RunCache
    from wslayout.wandb_api.client import GraphQL

Given: TypeAlias = (
    "str | os.PathLike[str] | pd.DataFrame | pd.Series[str] | list[str] | Inventory | ProjectRef"
)
"""What names a source: ``entity/project``, a W&B URL, a folder of runs, a ``.wandb`` file, a
file of keys, the URL of one of these (``s3://bucket/wandb``), ``-`` for standard input; or is one:
a table, a list of keys, an inventory."""

STDIN = "-"

# A port is none, and one letter is a drive of Windows.
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+._-]+:(?!\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Source:
    """One source, not yet read.

    Attributes:
        given: What the caller gave.
        project: The W&B project it names, where it names one.
        path: The file or folder it names, where it names one.
    """

    given: Given
    project: ProjectRef | None = None
    path: Place | None = None

    @property
    def holds_runs(self) -> bool:
        """Whether it is a folder of runs or a run's file, and not a file of keys."""
        path = self.path
        if isinstance(path, RemotePath):  # which is not asked before it is read
            return path.url.endswith("/") or not is_table(path.name)
        return path is not None and (path.is_dir() or path.suffix == ".wandb")


def open_source(given: Given) -> Source:
    """Tell what a source is; nothing is read yet, but that a path on disk exists.

    What exists on disk is a path; give a project of the same name by its URL. ``https://`` is
    W&B's, all other URLs are files and folders.

    Raises:
        SourceError: It names nothing that exists, nor a W&B project; or a URL that nothing which
            is installed can read.
    """
    if isinstance(given, (str, os.PathLike)):
        return Source(given) if given == STDIN else _named(given)
    if isinstance(given, ProjectRef):
        return Source(given, project=given)
    if isinstance(given, Inventory):
        return Source(given)
    import pandas as pd  # which takes longer to import than most files to read

    if isinstance(given, pd.DataFrame):
        return Source(given)
    if isinstance(given, (pd.Series, list, tuple, set, frozenset)):
        return Source(pd.DataFrame({"key": pd.Series(list(given), dtype=object)}))
    raise SourceError(
        f"{type(given).__name__} is no type that a source of metric keys may have",
        hint="Give entity/project, a path, a list of keys, a DataFrame or an Inventory.",
    )


def _named(given: str | os.PathLike[str]) -> Source:
    text = os.fspath(given)
    if is_url(text):
        return Source(given, path=place_of(text))
    path = _at_home(local_path(text)) if text else Path()
    if text and exists(path):
        return Source(given, path=path)
    if isinstance(given, str) and (project := parse_project(text)) is not None:
        return Source(given, project=project)
    raise _nothing(text)


def _nothing(text: str) -> SourceError:
    """The error for a text that names nothing."""
    path = local_path(text)
    text = shown(text, limit=1_000)
    if _SCHEME.match(text):
        like = "URLs are written like file:///home/me/wandb or s3://bucket/wandb."
        hint = "" if path.is_absolute() else like
        return SourceError(f"there is no file or folder {text!r}", hint=hint)
    if (
        "://" in text
        or text.endswith(("/", "\\"))
        or Path(text).suffix
        or text.startswith((".", "~", "/"))
    ):
        return SourceError(f"there is no file or folder {text!r}")
    parts = text.split("/")
    if len(parts) > 2:
        return SourceError(
            f"{text!r} is neither a file or folder that exists nor a W&B project",
            hint=f"Did you mean the project {'/'.join(parts[:2])}?",
        )
    return SourceError(
        f"{text!r} is neither a file or folder that exists nor a W&B project",
        hint="A project is given as entity/project or by its URL; runs on disk by the path of "
        "their wandb/ folder.",
    )


def _at_home(path: Path) -> Path:
    """A path with ~ written out; as it is where there is no such user."""
    try:
        return path.expanduser()
    except (RuntimeError, ValueError):  # the latter for a name with a null byte
        return path


def read_source(  # noqa: PLR0913 - each is one thing a user may ask for
    source: Source,
    *,
    client: Callable[[], GraphQL],
    stdin: IO[str] | IO[bytes],
    exact: bool = False,
    max_keys: int = MAX_KEYS,
    progress: Progress = silent,
    cache: Callable[[], Path] | None = None,
    tell: Callable[[str], None] = lambda note: None,
    cluster: object = None,
) -> Inventory:
    """Read a source.

    Args:
        source: From `open_source`.
        client: Gives what asks the W&B server; only called for a project.
        stdin: What ``-`` stands for.
        exact: Whether every run of a project is read where the server can't sum them up.
        max_keys: The most distinct keys to accept.
        progress: Told how far it is.
        cache: Gives the folder of what is known of a project's runs from earlier; None: nothing is.
        tell: Told what the user should know of that.
        cluster: The Dask cluster that reads run folders, as `on_cluster` takes it; None: they
            are read here.

    Raises:
        SourceError: It can't be read, or is not what it was taken for.
        ServerError, AuthError: The server said no; see `Client.execute`. Or the cluster failed.
    """
    if cluster is not None and not source.holds_runs:
        raise SourceError(
            f"a cluster reads run folders, and {_kind_of(source)} is none",
            hint="Leave the cluster out (--dask, cluster=).",
        )
    if source.project is not None:
        from wslayout.sources.project.server import read_project  # which takes a while to import

        asked = client()
        entity, project = resolve(source.project, asked)
        with _opened(cache, f"{asked.login.base_url}/{entity}/{project}", tell) as known:
            inventory = read_project(
                asked,
                entity,
                project,
                exact=exact,
                max_keys=max_keys,
                progress=progress,
                cache=known,
            )
        return _with_note(inventory, source.project)
    if source.path is not None:
        if source.holds_runs:
            return _read_runs(source.path, cluster, max_keys=max_keys, progress=progress)
        from wslayout.sources.tables.table import read_table

        return read_table(source.path, max_keys=max_keys)
    if isinstance(source.given, Inventory):
        return source.given
    if isinstance(source.given, (str, os.PathLike)):
        from wslayout.sources.tables.lines import read_lines

        return read_lines(stdin, max_keys=max_keys)
    from wslayout.sources.tables.table import read_frame

    return read_frame(cast("pd.DataFrame", source.given), max_keys=max_keys)


@contextmanager
def _opened(
    folder: Callable[[], Path] | None, project: str, tell: Callable[[str], None]
) -> Iterator[RunCache | None]:
    if folder is None:
        yield None
        return
    try:
        # Some people build their Python without SQLite, and some users have no home.
        from wslayout.sources.project.run_cache import RunCache

        cache = RunCache(folder(), project, tell=tell)
    except (ImportError, RuntimeError, OSError) as error:
        tell(f"runs are not kept in a cache: {error}")
        yield None
        return
    try:
        yield cache
    finally:
        cache.close()


def _read_runs(path: Place, cluster: object, *, max_keys: int, progress: Progress) -> Inventory:
    if cluster is None:
        return read_run_folders(path, max_keys=max_keys, progress=progress)
    from wslayout.sources.folders.cluster import on_cluster

    with on_cluster(cluster) as each:
        return read_run_folders(path, max_keys=max_keys, progress=progress, each=each)


def _kind_of(source: Source) -> str:
    if source.project is not None:
        return "a W&B project"
    if source.path is not None:
        return f"the file {source.path}"
    return "standard input" if isinstance(source.given, str) else "what was given"


def _with_note(inventory: Inventory, project: ProjectRef) -> Inventory:
    """Say so where a URL named less than the project that was read."""
    found: list[str] = []
    if project.page in ("runs", "groups", "sweeps"):
        found.append(
            f"the URL is of one of the project's {project.page}; all of its runs were read"
        )
    if project.view_id is not None:
        found.append("the saved view in the URL plays no part; wslayout saves to a view of its own")
    return replace(inventory, coverage=inventory.coverage.noting(*found))


def resolve(project: ProjectRef, client: GraphQL) -> tuple[str, str]:
    """Entity and project that a reference means for this login.

    Raises:
        SourceError: It is a URL of another server than the login's.
        TargetError: It has no entity, and the login has no default one.
    """
    return named_for(project, client.login)


def named_for(project: ProjectRef, login: Login) -> tuple[str, str]:
    """The same, for a login.

    Raises:
        SourceError, TargetError: As for `resolve`.
    """
    check_host(project, base_url=login.base_url, app_url=login.app_url)
    return target_names(login, project.entity, project.project)
