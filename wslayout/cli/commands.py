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
    from wslayout.publish.apply import Applied
    from wslayout.publish.plan import Planned
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
    """List a source's metric keys, with what is known of them."""
    from wslayout.api import server
    from wslayout.display.terminal import inventory_table, inventory_text, show, write
    from wslayout.files import write_file

    suffix = "" if output is None else _suffix(output)
    with server(say_why_waiting, max_wait=max_wait, tell=say) as client:
        inventory = read_source(source, client, **options)
    if output is not None:
        write_file(output, _encoders(inventory)[suffix]())
        say(f"Wrote {len(inventory):,} keys to {output}")
    elif as_json:
        click.echo(inventory.to_json(), nl=False)
    elif sys.stdout.isatty():
        show(inventory_table(inventory, _ROWS_ON_A_TERMINAL))
    else:
        write(inventory_text(inventory), sys.stdout)
        sys.stdout.flush()
        say(f"{len(inventory):,} metric keys, {inventory.coverage.describe()}")


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
    """Show sections and panels for a source's keys; save nothing."""
    from wslayout.api import server
    from wslayout.files import write_file

    if output is not None and output.suffix.lower() != ".json":
        raise click.UsageError(f"{output} should end in .json, for that is what is written.")
    with server(say_why_waiting, max_wait=max_wait, tell=say) as client:
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
@click.option("-y", "--yes", is_flag=True, help="Don't ask before writing.")
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
    """Save a manual-mode view of a source's keys.

    On a terminal it asks before it writes. Run again with the same keys, it changes nothing. A
    layout that `wslayout plan -o FILE` wrote is a SOURCE too, and saved as it is.
    """
    from wslayout.api import check_target, prepare, server
    from wslayout.files import read_layout

    if spec_file is not None and to is not None:
        raise click.UsageError("--spec writes a file, --to saves a view: give one of them.")
    stored = read_layout(Path(source))
    with server(say_why_waiting, max_wait=max_wait, tell=say) as client:
        if spec_file is None and stored is None:
            check_target(source, to, client)
        layout = _plan(source, client, **options) if stored is None else _as_it_is(stored, options)
        if spec_file is not None:
            _write_spec(layout, spec_file, dry_run=dry_run)
            return
        planned = prepare(layout, to=to, client=client)
        if planned.action != "keep" and not as_json:
            _show_layout(planned.layout)
        if planned.action != "keep" and not (yes or dry_run or as_json):
            _ask(planned)
        from wslayout.publish.apply import carry_out

        applied = carry_out(planned, client(), dry_run=dry_run)
    for note in applied.notes:
        say(note)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(applied), indent=1))
    else:
        _show_applied(applied)


def _as_it_is(layout: Layout, options: dict[str, Any]) -> Layout:
    """A layout that was planned before; only its name can still be changed."""
    name = options.pop("name", None)
    if any(value not in (None, False, ()) for value in options.values()):
        raise click.UsageError(
            "That file is a finished layout. To change it, run `wslayout plan` on its source."
        )
    return layout if name is None else dataclasses.replace(layout, name=name)


def _write_spec(layout: Layout, path: Path, *, dry_run: bool) -> None:
    from wslayout.api import spec
    from wslayout.files import write_file

    text = json.dumps(spec(layout), indent=1) + "\n"
    if str(path) == "-":
        click.echo(text, nl=False)
    elif dry_run:
        say(f"Would write the view spec to {path}")
    else:
        write_file(path, text)
        say(f"Wrote the view spec to {path}")


def _ask(planned: Planned) -> None:
    """Ask before a write, where somebody can answer."""
    from wslayout.display.words import visible

    if sys.stdin.isatty() and sys.stdout.isatty():
        where = f"{planned.entity}/{planned.project}"
        question = f"{planned.action.capitalize()} the view {planned.layout.name!r} in {where}?"
        click.confirm(f"\n{visible(question)}", abort=True)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("wslayout-demo"))
def demo(folder: Path) -> None:
    """Try it: log a few runs offline and lay them out.

    No account and no network is needed.

    All files go to FOLDER (wslayout-demo by default).
    """
    from wslayout.api import server
    from wslayout.demo import log_demo_runs
    from wslayout.files import write_file

    with progress_bar("Logging runs with wandb, offline") as progress:
        log_demo_runs(folder, progress=progress)
    with server() as client:
        layout = _plan(str(folder), client, name="wslayout demo")
    write_file(folder / "layout.json", layout.to_json())
    _write_spec(layout, folder / "view-spec.json", dry_run=False)
    _write_preview(layout, folder / "preview.html")
    _show_layout(layout)
    say(f"Open {folder / 'preview.html'} in a browser to see the workspace.")


def read_source(source: str, client: Callable[[], GraphQL], **options: Any) -> Inventory:
    """The keys of a source, with progress and notes on stderr."""
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

    inventory, given = read_for_layout(source, client, options)
    layout = lay_out(inventory, **given)
    for note in layout.notes:
        say(f"Note: {note}")
    return layout


def read_for_layout(
    source: str, client: Callable[[], GraphQL], options: dict[str, Any]
) -> tuple[Inventory, dict[str, Any]]:
    """The keys of a source, and the arguments for `wslayout.plan` that the options mean."""
    given = {name: value for name, value in options.items() if value is not None}
    reading = {name: given.pop(name) for name in ("exact", "max_keys") if name in given}
    if "overlay" in given:
        given["overlay_splits"] = given.pop("overlay") == "splits"
    if settings := given.pop("settings", ()):
        from wslayout.templates.parameters import parsed_settings

        given["parameters"] = parsed_settings(settings)
    return read_source(source, client, **reading), given


def _write_preview(layout: Layout, path: Path) -> None:
    from wslayout.display.html import render_layout
    from wslayout.files import write_file

    write_file(path, render_layout(layout))
    say(f"Wrote the preview to {path}")


def _show_layout(layout: Layout) -> None:
    from wslayout.display.terminal import figures_table, layout_tree, show, verdict

    show(layout_tree(layout))
    click.echo()
    show(figures_table(layout))
    for line in verdict(layout):
        show(line)


def _show_applied(applied: Applied) -> None:
    from wslayout.display.words import visible

    said = f", {applied.panels} panels in {applied.sections} sections"
    if applied.action == "unchanged":
        said = " is already as it should be"
    click.echo(f"\n{applied.action.capitalize()}: {visible(applied.name)}{said}\n{applied.url}")
