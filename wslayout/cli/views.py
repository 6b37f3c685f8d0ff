"""``view``: what is saved in a project."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from wslayout.cli.options import waiting
from wslayout.cli.talk import OPEN_TABS, ask, say, say_why_waiting
from wslayout.display.words import extent, visible


@click.group()
def view() -> None:
    """Look at a project's saved views, and look after them."""


@view.command("list")
@click.argument("project")
@click.option("--fast", is_flag=True, help="Don't read the views' specs: no sections and panels.")
@waiting
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def list_(project: str, fast: bool, as_json: bool, max_wait: float) -> None:
    """List the saved views of PROJECT (entity/project or any URL of it)."""
    from wslayout.display.terminal import show, views_table
    from wslayout.read_api import server
    from wslayout.view_api import views

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
    from wslayout.files import write_file
    from wslayout.preset_api import pull_view
    from wslayout.read_api import server

    with server(say_why_waiting, max_wait=max_wait, tell=say) as client:
        text, notes = pull_view(url, generalise=generalise, client=client)
    for note in notes:
        say(f"Note: {note}")
    if output is None:
        click.echo(text, nl=False)
    else:
        write_file(output, text)
        say(f"Wrote the template to {output}")


@view.command("backups")
@click.argument("project")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def backups_(project: str, as_json: bool) -> None:
    """List the backups of PROJECT's views, or of the view at a URL.

    One is kept on this machine before every write; of each view the last 20.
    """
    from wslayout.display.backups import backup_paths, backups_table
    from wslayout.display.terminal import show
    from wslayout.view_api import backups

    rows = backups(project)
    if as_json:
        listed = [{**dataclasses.asdict(row), "path": str(row.path)} for row in rows]
        click.echo(json.dumps(listed, indent=1))
    elif rows:
        show(backups_table(rows))
        click.echo(f"\nTheir files, in the same order:\n{backup_paths(rows)}")
    else:
        say(f"No backups of {project} on this machine.")


@view.command("restore")
@click.argument("backup")
@click.option("--personal", is_flag=True, help="Also if it is your own personal workspace.")
@click.option("-y", "--yes", is_flag=True, help="Don't ask before writing.")
@waiting
def restore(backup: str, personal: bool, yes: bool, max_wait: float) -> None:
    """Put a view back as it was.

    BACKUP is a file that `wslayout view backups` lists, or the URL of a view, whose newest backup
    is meant. The view as it is now is backed up first.
    """
    from wslayout.read_api import server
    from wslayout.view_api import restore_view

    if personal:
        say(OPEN_TABS)
    if not yes:
        ask(f"Put the view back as it is in {backup}?", must=True)
    with server(say_why_waiting, max_wait=max_wait, tell=say) as client:
        done = restore_view(backup, personal=personal, client=client)
    click.echo(f"Restored: {visible(done.name)}, {extent(done.panels, done.sections)}")
    click.echo(done.url)
    if done.backup:
        say(f"As it was before: {done.backup}")
    say("The next `wslayout apply` or `regenerate` of this view brings it up to date again.")


@view.command("delete")
@click.argument("url")
@click.option("--force", is_flag=True, help="Also if wslayout did not make it.")
@click.option("-y", "--yes", is_flag=True, help="Don't ask before it is deleted.")
@waiting
def delete(url: str, force: bool, yes: bool, max_wait: float) -> None:
    """Delete the saved view at URL (…?nw=…), for everybody.

    It is backed up first; `wslayout view restore` makes it again.
    """
    from wslayout.read_api import server
    from wslayout.view_api import delete_view

    if not yes:
        ask(f"Delete the view at {url} for everybody?", must=True)
    with server(say_why_waiting, max_wait=max_wait, tell=say) as client:
        kept = delete_view(url, force=force, client=client)
    click.echo(f"Deleted: {visible(kept.view.display_name)}")
    say(f"It is kept here: {kept.path}")
