"""``init`` and ``regenerate``: the views that a project keeps up to date."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import click

from wslayout.cli.options import merging, waiting
from wslayout.cli.talk import progress_bar, say, say_why_waiting
from wslayout.errors import EXIT_DONE

_FILE = "wslayout.yaml"


@click.command()
@click.argument("project")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=Path(_FILE), help="Another file."
)
@waiting
def init(project: str, output: Path, max_wait: float) -> None:
    """Write a first wslayout.yaml for PROJECT.

    It looks at the project's metrics, writes nothing to W&B and overwrites no file.
    """
    from wslayout.api import server
    from wslayout.manifest_api import init as begin

    with (
        server(say_why_waiting, max_wait=max_wait, tell=say) as client,
        progress_bar(f"Reading {project}") as progress,
    ):
        text = begin(project, output, progress=progress, client=client)
    click.echo(text, nl=False)
    option = "" if str(output) == _FILE else f" -f {output}"
    say(f"Wrote {output}. See what it would do with `wslayout diff{option}`, then run")
    say(f"`wslayout regenerate{option}`.")


@click.command()
@click.option(
    "-f",
    "--file",
    "path",
    type=click.Path(path_type=Path),
    default=Path(_FILE),
    help="Another manifest than wslayout.yaml.",
)
@click.option(
    "--only",
    multiple=True,
    metavar="GLOB",
    help="Only projects or views whose names match: 'team/exp-*'.",
)
@click.option("--jobs", type=click.IntRange(1, 16), default=4, metavar="N", help="Views at a time.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@merging
@waiting
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def regenerate(path: Path, dry_run: bool, as_json: bool, **options: Any) -> int:
    """Bring all views of wslayout.yaml up to date.

    What people edited in them stays, each view is backed up before it is written, and one that
    fails stops no other. It asks nothing, so that it can run every night.
    """
    from wslayout.display.regenerated import regenerated_table
    from wslayout.display.terminal import show
    from wslayout.regeneration import exit_code

    found = run_manifest(path, dry_run=dry_run, **options)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in found], indent=1))
    else:
        for one in found:
            for note in one.applied.notes if one.applied is not None else ():
                say(f"{one.project}: {note}")
        show(regenerated_table(found))
    code = exit_code(found)
    return EXIT_DONE if dry_run and code == 1 else code


def run_manifest(
    path: Path,
    *,
    only: tuple[str, ...] = (),
    jobs: int = 4,
    dry_run: bool = False,
    max_wait: float,
    **policy: bool,
) -> list[Any]:
    """What became of the views of a manifest, with one progress display on stderr."""
    from wslayout.api import servers
    from wslayout.manifest_api import regenerate as regenerate_all
    from wslayout.publish.plan import Policy

    with (
        servers(say_why_waiting, max_wait=max_wait, tell=say) as client,
        progress_bar("Comparing" if dry_run else "Regenerating") as progress,
    ):
        return regenerate_all(
            path,
            only=only,
            jobs=jobs,
            policy=Policy(**policy),
            dry_run=dry_run,
            progress=progress,
            client=client,
        )
