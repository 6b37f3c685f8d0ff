"""What a Python user does with a manifest: `regenerate` its views, write a first one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wslayout.api import plan, read, shared
from wslayout.errors import TargetError
from wslayout.files import write_file
from wslayout.manifest import MANIFEST, read_manifest
from wslayout.presets import builtin_budgets
from wslayout.progress import Progress, silent
from wslayout.sources.opening import resolve
from wslayout.view_api import parse_target
from wslayout.wandb_api.client import GraphQL

if TYPE_CHECKING:
    from wslayout.publish.plan import Policy
    from wslayout.regeneration import Regenerated

JOBS: Final = 4
"""Views that are made at a time."""


def regenerate(
    manifest: str | os.PathLike[str] = MANIFEST,
    *,
    only: str | Iterable[str] = (),
    jobs: int = JOBS,
    policy: Policy | None = None,
    dry_run: bool = False,
    progress: Progress = silent,
    client: Callable[[], GraphQL] | None = None,
) -> list[Regenerated]:
    """Bring all views of a manifest up to date; what people edited in them stays.

    Args:
        manifest: The file.
        only: Patterns of ``entity/project`` or of names of views; by default all.
        jobs: How many views are made at a time.
        policy: What to do where people and layouts disagree.
        dry_run: Only see what would differ.
        progress: As for `wslayout.read`.
        client: From `wslayout.api.server`; by default clients of the current W&B login.

    Returns:
        What became of each view, in the manifest's order; errors are among it.

    Raises:
        TemplateError: The manifest is wrong.
        SourceError: It can't be read.
        TargetError: ``only`` means nothing.
        ServerError, AuthError: The projects of an entity can't be listed.
    """
    from wslayout.regeneration import regenerate as all_views

    found = read_manifest(Path(manifest))
    named = (only,) if isinstance(only, str) else tuple(only)

    with shared(client) as asked:
        return all_views(
            found,
            asked,
            only=named,
            jobs=jobs,
            policy=policy,
            write=not dry_run,
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
        client: From `wslayout.api.server`; by default a client of the current W&B login.

    Returns:
        Its text.

    Raises:
        TargetError: The file is there already, or ``project`` names none.
        WslayoutError: Whatever `wslayout.read` raises.
    """
    from wslayout.beginning import first_manifest

    target = Path(path)
    if target.exists():
        raise TargetError(
            f"{target} is there already", hint="Add a target to it, or name another file with -o."
        )
    with shared(client) as asked:
        entity, name = resolve(parse_target(project), asked())
        inventory = read(f"{entity}/{name}", progress=progress, client=asked)
    layout = plan(inventory)
    text = first_manifest(inventory, f"{entity}/{name}", builtin_budgets(), layout.notes)
    write_file(target, text)
    return text
