"""Sources as the command line reads them: with progress, and with notes on stderr."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wslayout.cli.talk import progress_bar, say

if TYPE_CHECKING:
    from wslayout.inventory import Inventory
    from wslayout.layout import Layout
    from wslayout.wandb_api.client import GraphQL


def read_source(source: str, client: Callable[[], GraphQL], **options: Any) -> Inventory:
    """The keys of a source, with progress and notes on stderr."""
    from wslayout.display.words import visible
    from wslayout.read_api import read

    given = {name: value for name, value in options.items() if value is not None}
    cache = not given.pop("no_cache", False)
    with progress_bar(f"Reading {visible(source)}") as progress:
        inventory = read(source, cache=cache, progress=progress, tell=say, client=client, **given)
    for note in inventory.coverage.notes:
        say(f"Note: {note}")
    return inventory


def read_for_layout(
    source: str, client: Callable[[], GraphQL], options: dict[str, Any]
) -> tuple[Inventory, dict[str, Any]]:
    """The keys of a source, and the arguments for `wslayout.plan` that the options mean."""
    given = {name: value for name, value in options.items() if value is not None}
    names = ("exact", "max_keys", "no_cache", "cluster")
    reading = {name: given.pop(name) for name in names if name in given}
    if "overlay" in given:
        given["overlay_splits"] = given.pop("overlay") == "splits"
    if settings := given.pop("settings", ()):
        from wslayout.templates.parameters import parsed_settings

        given["parameters"] = parsed_settings(settings)
    return read_source(source, client, **reading), given


def keep_source(source: str, *outputs: Path | None) -> None:
    """Refuse to write over the file that is read.

    Raises:
        UsageError: One of the outputs is that file.
    """
    from wslayout.sources.urls import local_path

    for output in outputs:
        with contextlib.suppress(OSError, ValueError):
            if output is not None and output.samefile(local_path(source)):
                raise click.UsageError(f"{output} is what is read; write to another file.")


def read_stored(source: str) -> Layout | None:
    """The layout in a file that `plan -o` wrote; None for any other source."""
    from wslayout.files import read_layout
    from wslayout.sources.urls import local_path

    return read_layout(local_path(source))


def as_it_is(layout: Layout, options: dict[str, Any]) -> Layout:
    """A layout that was planned before; only its name can still be changed."""
    name = options.pop("name", None)
    if any(value not in (None, False, ()) for value in options.values()):
        raise click.UsageError(
            "That file is a finished layout. To change it, run `wslayout plan` on its source."
        )
    return layout if name is None else dataclasses.replace(layout, name=name)
