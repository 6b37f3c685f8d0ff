"""``init`` and ``regenerate``: the views that a project keeps up to date."""

from __future__ import annotations

import dataclasses
import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wslayout.cli.options import manifest_file, merging, uncached, waiting
from wslayout.cli.talk import progress_bar, say, say_why_waiting
from wslayout.errors import EXIT_CANCELLED, EXIT_DIFFERENT, EXIT_DONE

if TYPE_CHECKING:
    from wslayout.regeneration import Regenerated


@click.command()
@click.argument("project")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Another file.")
@waiting
def init(project: str, output: Path | None, max_wait: float) -> None:
    """Write a first wslayout.yaml for PROJECT.

    It looks at the project's metrics, writes nothing to W&B and overwrites no file.
    """
    from wslayout.manifest import MANIFEST
    from wslayout.manifest.beginning import file_option
    from wslayout.manifest_api import init as begin
    from wslayout.read_api import server

    path = output or Path(MANIFEST)
    with (
        server(say_why_waiting, max_wait=max_wait, tell=say) as client,
        progress_bar(f"Reading {project}") as progress,
    ):
        text = begin(project, path, progress=progress, client=client)
    click.echo(text, nl=False)
    option = file_option(path)
    say(f"Wrote {path}. See what it would do with `wslayout diff{option}`, then run")
    say(f"`wslayout regenerate{option}`.")


@click.command()
@manifest_file
@click.option(
    "--only",
    multiple=True,
    metavar="GLOB",
    help="Only projects or views whose names match: 'team/exp-*'.",
)
@click.option("--jobs", type=click.IntRange(1, 16), metavar="N", help="Projects at a time (4).")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@merging
@waiting
@uncached
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def regenerate(manifest: Path | None, dry_run: bool, as_json: bool, **options: Any) -> int:
    """Bring all views of wslayout.yaml up to date.

    What people edited in them stays, each view is backed up before it is written, and one that
    fails stops no other. It asks nothing, so that it can run every night.
    """
    from wslayout.display.regenerated import regenerated_table
    from wslayout.display.terminal import show

    found, code = run_manifest(manifest, dry_run=dry_run, **options)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in found], indent=1))
    else:
        for one in found:
            for note in one.applied.notes if one.applied is not None else ():
                say(f"{one.project}: {note}")
        show(regenerated_table(found))
    return EXIT_DONE if dry_run and code == EXIT_DIFFERENT else code


def run_manifest(
    path: Path | None, *, dry_run: bool, max_wait: float, no_cache: bool, **options: Any
) -> tuple[list[Regenerated], int]:
    """What became of the views of a manifest and how that ends; progress is on stderr."""
    from wslayout.manifest import MANIFEST
    from wslayout.manifest_api import regenerate as regenerate_all
    from wslayout.read_api import server
    from wslayout.regeneration import Cancelled, exit_code

    given = {name: value for name, value in options.items() if value is not None}
    stop = threading.Event()
    with (
        server(say_why_waiting, max_wait=max_wait, tell=say, stop=stop) as client,
        progress_bar("Comparing" if dry_run else "Regenerating") as progress,
    ):
        try:
            found = regenerate_all(
                path or MANIFEST,
                dry_run=dry_run,
                stop=stop,
                cache=not no_cache,
                progress=progress,
                tell=say,
                client=client,
                **given,
            )
        except Cancelled as cancelled:
            say(str(cancelled))
            return cancelled.found, EXIT_CANCELLED
    return found, exit_code(found)
