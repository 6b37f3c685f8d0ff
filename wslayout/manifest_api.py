"""What a Python user does with a manifest: `regenerate` its views, write a first one."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wslayout.api import plan, several
from wslayout.errors import TargetError
from wslayout.files import write_file
from wslayout.manifest import MANIFEST, read_manifest
from wslayout.presets import builtin_budgets
from wslayout.progress import Progress, silent
from wslayout.read_api import read, shared
from wslayout.sources.opening import resolve
from wslayout.sources.urls import exists
from wslayout.view_api import parse_target
from wslayout.wandb_api.client import GraphQL
from wslayout.wandb_api.project import ProjectRef

if TYPE_CHECKING:
    from wslayout.regeneration import Regenerated

JOBS: Final = 4
"""Views that are made at a time."""


def regenerate(  # noqa: PLR0913 - each is one thing a user may ask for, by name
    manifest: str | os.PathLike[str] = MANIFEST,
    *,
    only: str | Iterable[str] = (),
    jobs: int = JOBS,
    theirs: bool = False,
    restore_deleted: bool = False,
    adopt: bool = False,
    dry_run: bool = False,
    stop: threading.Event | None = None,
    cache: bool = True,
    progress: Progress = silent,
    tell: Callable[[str], None] = lambda note: None,
    client: Callable[[], GraphQL] | None = None,
) -> list[Regenerated]:
    """Bring all views of a manifest up to date; what people edited in them stays.

    Args:
        manifest: The file.
        only: Patterns of ``entity/project`` or of names of views; by default all.
        jobs: How many projects are done at a time.
        theirs: As for `wslayout.apply`.
        restore_deleted: Likewise.
        adopt: Likewise.
        dry_run: Only see what would differ.
        stop: What ``client`` was made with, so that an interrupt does not wait for its waits.
        cache: As for `wslayout.read`.
        progress: Likewise.
        tell: Likewise.
        client: From `wslayout.read_api.server`; by default clients of the current W&B login.

    Returns:
        What became of each view, in the manifest's order; errors are among it.

    Raises:
        TemplateError: The manifest is wrong.
        SourceError: It can't be read.
        TargetError: Something in ``only`` means nothing.
        AuthError: Nobody is logged in.
        KeyboardInterrupt: It was interrupted, as `wslayout.regeneration.Cancelled`,
            which has what was done until then.
    """
    from wslayout.publish.plan import Policy
    from wslayout.regeneration import regenerate as all_views

    found = read_manifest(Path(manifest))
    stop = stop or threading.Event()
    with shared(client, stop) as asked:
        return all_views(
            found,
            asked,
            partial(read, client=asked, cache=cache, tell=tell),
            only=several(only),
            jobs=jobs,
            policy=Policy(theirs=theirs, restore_deleted=restore_deleted, adopt=adopt),
            write=not dry_run,
            stop=stop,
            progress=progress,
        )


def init(
    project: str,
    path: str | os.PathLike[str] = MANIFEST,
    *,
    progress: Progress = silent,
    client: Callable[[], GraphQL] | None = None,
) -> str:
    """Write a first manifest for a project, by a look at what it logs.

    Args:
        project: ``entity/project`` or any URL of it.
        path: The file; it must not be there yet.
        progress: As for `wslayout.read`.
        client: From `wslayout.read_api.server`; by default a client of the current W&B login.

    Returns:
        Its text.

    Raises:
        TargetError: The file is there already, or ``project`` names none.
        WslayoutError: Whatever `wslayout.read` raises.
    """
    from wslayout.manifest.beginning import first_manifest

    target = Path(path)
    if exists(target):
        raise TargetError(
            f"{target} is there already", hint="Add a target to it, or name another file with -o."
        )
    with shared(client) as asked:
        entity, name = resolve(parse_target(project), asked())
        inventory = read(ProjectRef(entity, name), progress=progress, client=asked)
    layout = plan(inventory)
    text = first_manifest(inventory, f"{entity}/{name}", builtin_budgets(), layout.notes, target)
    write_file(target, text, new=True)
    return text
