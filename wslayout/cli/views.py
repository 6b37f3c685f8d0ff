"""``view``: what is saved in a project."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from wslayout.cli.options import waiting
from wslayout.cli.talk import say, say_why_waiting


@click.group()
def view() -> None:
    """Look at a project's saved views."""


@view.command("list")
@click.argument("project")
@click.option("--fast", is_flag=True, help="Don't read the views' specs: no sections and panels.")
@waiting
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def list_(project: str, fast: bool, as_json: bool, max_wait: float) -> None:
    """List the saved views of PROJECT (entity/project or any URL of it)."""
    from wslayout.api import server, views
    from wslayout.display.terminal import show, views_table

    with server(say_why_waiting, max_wait=max_wait, tell=say) as client:
        rows = views(project, specs=not fast, client=client)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(row) for row in rows], indent=1))
    elif rows:
        show(views_table(rows))
    else:
        say(f"No saved views in {project}.")


@view.command("pull")
@click.argument("url")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write it to a file.")
@click.option(
    "--generalise",
    is_flag=True,
    help="Match metrics by patterns rather than by name, for other projects.",
)
@waiting
def pull(url: str, output: Path | None, generalise: bool, max_wait: float) -> None:
    """Print a template that gives the saved view at URL (…?nw=…) again."""
    from wslayout.api import server
    from wslayout.files import write_file
    from wslayout.preset_api import pull_view

    with server(say_why_waiting, max_wait=max_wait, tell=say) as client:
        text, notes = pull_view(url, generalise=generalise, client=client)
    for note in notes:
        say(f"Note: {note}")
    if output is None:
        click.echo(text, nl=False)
    else:
        write_file(output, text)
        say(f"Wrote the template to {output}")
