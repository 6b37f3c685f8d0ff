"""``preview``: the workspace as a page, before it is saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from wslayout.cli.options import laying_out, reading
from wslayout.cli.reading import as_it_is, keep_source, read_for_layout, read_stored
from wslayout.cli.talk import progress_bar, say, say_why_waiting

if TYPE_CHECKING:
    from wslayout.inventory import Inventory
    from wslayout.layout import Layout
    from wslayout.preview_api import Preview
    from wslayout.wandb_api.client import GraphQL

_PAGE: Final = "wslayout-preview.html"
_STDOUT: Final = Path("-")


@click.command()
@reading
@laying_out
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path(_PAGE),
    show_default=True,
    help="Where to write it; - is standard output.",
)
@click.option("--open", "open_it", is_flag=True, help="Open it in the browser.")
@click.option("--no-values", is_flag=True, help="Read no values; drawings are schematic.")
@click.option("--to", metavar="PROJECT", help="Compare with this project's saved view.")
def preview(
    source: str,
    output: Path,
    open_it: bool,
    no_values: bool,
    to: str | None,
    max_wait: float,
    **options: Any,
) -> None:
    """Write a page that shows the workspace before it is saved.

    One HTML file: sections and panels with a few real values, what is left out and why, automatic
    mode to compare with, and what would change in the saved view. Nothing is saved in W&B. A layout
    that `wslayout plan -o FILE` wrote is a SOURCE too.
    """
    from wslayout.read_api import server

    keep_source(source, output)
    if open_it and output == _STDOUT:
        raise click.UsageError("What goes to standard output can't be opened in a browser.")
    with server(say_why_waiting, max_wait=max_wait, tell=say) as client:
        stored = read_stored(source)
        given: Layout | Inventory
        if stored is not None:
            given, options = as_it_is(stored, options), {}
        else:
            given, options = read_for_layout(source, client, options)
        page = preview_of(given, client, values=not no_values, to=to, **options)
    for note in page.layout.notes:
        say(f"Note: {note}")
    write_preview(page, output, open_it=open_it)


def preview_of(given: Layout | Inventory, client: Callable[[], GraphQL], **options: Any) -> Preview:
    """The preview of a layout or of keys, with progress and notes on stderr."""
    from wslayout.preview_api import preview as show

    with progress_bar("Reading values") as progress:
        page = show(given, progress=progress, client=client, **options)
    for note in (*page.notes, *(page.samples.notes if page.samples else ())):
        say(f"Note: {note}")
    return page


def write_preview(page: Preview, path: Path, *, open_it: bool = False) -> None:
    """Write the page to a file, and say so; or to standard output."""
    if path == _STDOUT:
        click.echo(page.html(), nl=False)
        return
    file = page.open(path) if open_it else page.save(path)
    say(f"Wrote the preview to {file}")
