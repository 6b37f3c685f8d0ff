"""``explain``: where a key is in a layout, and why."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import click

from wslayout.cli.options import laying_out, reading
from wslayout.cli.reading import read_for_layout
from wslayout.cli.talk import say, say_why_waiting


@click.command()
@reading
@click.argument("keys", metavar="KEY...", nargs=-1, required=True)
@laying_out
@click.option("--json", "as_json", is_flag=True, help="Print the explanations as JSON.")
def explain(
    source: str, keys: tuple[str, ...], as_json: bool, max_wait: float, **options: Any
) -> None:
    """Say in which section and panel a KEY is and why, or why it is left out.

    Give the options of `wslayout plan` or `apply` whose layout you ask about.
    """
    from wslayout.api import explain as explain_keys
    from wslayout.display.explanation import explanations
    from wslayout.display.terminal import show
    from wslayout.read_api import server

    with server(say_why_waiting, max_wait=max_wait, tell=say) as client:
        inventory, given = read_for_layout(source, client, options)
    found = explain_keys(inventory, *keys, **given)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in found], indent=1))
    else:
        show(explanations(found))
