"""``keys``, ``plan``, ``apply`` and ``demo``."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wslayout.cli.options import laying_out, reading
from wslayout.cli.talk import progress_bar, say, say_why_waiting

if TYPE_CHECKING:
    from wslayout.inventory import Inventory
    from wslayout.layout import Layout
    from wslayout.wandb_api.client import GraphQL

_ROWS_ON_A_TERMINAL = 40


@click.command()
@reading
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Write them to a file: .csv, .json or .parquet.",
)
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def keys(source: str, output: Path | None, as_json: bool, max_wait: float, **options: Any) -> None:
    """List a source's metric keys and what is known of each."""
    from wslayout.api import server
    from wslayout.display.terminal import inventory_table, inventory_text, show, write
    from wslayout.files import write_file

    with server(say_why_waiting, max_wait=max_wait) as client:
        inventory = _read(source, client, **options)
    if output is not None:
        content = _encoders(inventory)[_suffix(output)]()
        write_file(output, content)
        say(f"Wrote {len(inventory):,} keys to {output}")
    elif as_json:
        click.echo(inventory.to_json(), nl=False)
    elif sys.stdout.isatty():
        show(inventory_table(inventory, _ROWS_ON_A_TERMINAL))
    else:
        write(inventory_text(inventory), sys.stdout)


def _encoders(inventory: Inventory) -> dict[str, Callable[[], str | bytes]]:
    return {
        ".csv": inventory.to_csv,
        ".json": inventory.to_json,
        ".parquet": inventory.to_parquet,
    }


def _suffix(output: Path) -> str:
    suffix = output.suffix.lower()
    if suffix not in (".csv", ".json", ".parquet"):
        raise click.UsageError(
            f"{output} should end in .csv, .json or .parquet, which tells what to write."
        )
    return suffix


@click.command()
@reading
@laying_out
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the layout as JSON.")
@click.option("--html", type=click.Path(path_type=Path), help="Write a preview page.")
@click.option("--json", "as_json", is_flag=True, help="Print the layout as JSON.")
def plan(
    source: str,
    output: Path | None,
    html: Path | None,
    as_json: bool,
    max_wait: float,
    **options: Any,
) -> None:
    """Lay a source's keys out and show the sections and panels; nothing is saved."""
    from wslayout.api import server
    from wslayout.files import write_file

    with server(say_why_waiting, max_wait=max_wait) as client:
        layout = _plan(source, client, **options)
    if output is not None:
        write_file(output, layout.to_json())
        say(f"Wrote the layout to {output}")
    if html is not None:
        _write_preview(layout, html)
    if as_json:
        click.echo(layout.to_json(), nl=False)
    else:
        _show_layout(layout)


@click.command("apply")
@reading
@laying_out
@click.option("--to", help="The project to save in, where the keys come from elsewhere.")
@click.option(
    "--spec",
    "spec_file",
    type=click.Path(path_type=Path),
    help="Write the view spec to a file instead; - is standard output.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("-y", "--yes", is_flag=True, help="Don't ask.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def apply_(
    source: str,
    to: str | None,
    spec_file: Path | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
    max_wait: float,
    **options: Any,
) -> None:
    """Lay a source's keys out and save that as a manual-mode saved view.

    Run again with the same keys, it changes nothing and says so.
    """
    from wslayout.api import apply, check_target, server, spec
    from wslayout.files import write_file

    if spec_file is not None and to is not None:
        raise click.UsageError("--spec writes a file, --to saves a view: give one of them.")
    with server(say_why_waiting, max_wait=max_wait) as client:
        if spec_file is None:
            check_target(source, to)
        layout = _plan(source, client, **options)
        if spec_file is not None:
            text = json.dumps(spec(layout), indent=1) + "\n"
            if str(spec_file) == "-":
                click.echo(text, nl=False)
            elif not dry_run:
                write_file(spec_file, text)
                say(f"Wrote the view spec to {spec_file}")
            return
        if not as_json:
            _show_layout(layout)
        asks = not (yes or dry_run or as_json) and sys.stdin.isatty() and sys.stdout.isatty()
        applied = apply(layout, to=to, dry_run=dry_run or asks, client=client)
        if asks and applied.action != "unchanged":
            verb = "Update the" if applied.action == "would update" else "Save this as a new"
            click.confirm(f"\n{verb} view?", abort=True)
            applied = apply(layout, to=to, client=client)
    for note in applied.notes:
        say(note)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(applied), indent=1))
    else:
        _show_applied(applied.action, applied.name, applied.url)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("wslayout-demo"))
def demo(folder: Path) -> None:
    """Log a few real runs offline and lay them out, with no account and no network.

    All files go to FOLDER (wslayout-demo by default).
    """
    from wslayout.api import server, spec
    from wslayout.demo import log_demo_runs
    from wslayout.files import write_file

    with progress_bar("Logging runs with wandb, offline") as progress:
        log_demo_runs(folder, progress=progress)
    with server() as client:
        layout = _plan(str(folder), client, name="wslayout demo")
    write_file(folder / "layout.json", layout.to_json())
    write_file(folder / "view-spec.json", json.dumps(spec(layout), indent=1) + "\n")
    _write_preview(layout, folder / "preview.html")
    _show_layout(layout)
    say(f"View spec: {folder / 'view-spec.json'}")
    say(f"Open {folder / 'preview.html'} in a browser to see the workspace.")


def _read(source: str, client: Callable[[], GraphQL], **options: Any) -> Inventory:
    from wslayout.api import read
    from wslayout.display.words import visible

    given = {name: value for name, value in options.items() if value is not None}
    with progress_bar(f"Reading {visible(source)}") as progress:
        inventory = read(source, progress=progress, client=client, **given)
    for note in inventory.coverage.notes:
        say(f"Note: {note}")
    return inventory


def _plan(source: str, client: Callable[[], GraphQL], **options: Any) -> Layout:
    from wslayout.api import plan as lay_out

    reading = {name: options.pop(name, None) for name in ("exact", "max_keys")}
    overlay = options.pop("overlay", "splits")
    inventory = _read(source, client, **reading)
    given = {name: value for name, value in options.items() if value is not None}
    return lay_out(inventory, overlay_splits=overlay == "splits", **given)


def _write_preview(layout: Layout, path: Path) -> None:
    from wslayout.display.html import render_layout
    from wslayout.files import write_file

    write_file(path, render_layout(layout))
    say(f"Wrote the preview to {path}")


def _show_layout(layout: Layout) -> None:
    from wslayout.display.terminal import figures_table, layout_tree, show

    show(layout_tree(layout))
    click.echo()
    show(figures_table(layout))


def _show_applied(action: str, name: str, url: str) -> None:
    from wslayout.display.words import visible

    note = " is already as it should be" if action == "unchanged" else ""
    click.echo(f"\n{action.capitalize()}: {visible(name)}{note}\n{url}")
