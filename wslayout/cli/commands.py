"""``keys``, ``plan``, ``diff``, ``apply`` and ``demo``."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wslayout.cli.options import (
    laying_out,
    manifest_file,
    merging,
    merging_of,
    placing,
    policy_of,
    reading,
    reading_or_not,
)
from wslayout.cli.previews import preview_of, write_preview
from wslayout.cli.reading import (
    as_it_is,
    keep_source,
    read_for_layout,
    read_source,
    read_stored,
)
from wslayout.cli.talk import OPEN_TABS, ask, progress_bar, say, say_why_waiting
from wslayout.errors import EXIT_DIFFERENT, EXIT_DONE

if TYPE_CHECKING:
    from wslayout.inventory import Inventory
    from wslayout.layout import Layout
    from wslayout.publish.apply import Applied
    from wslayout.publish.plan import Planned, Policy
    from wslayout.view_api import Where
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
    from wslayout.display.terminal import inventory_table, inventory_text, show, write
    from wslayout.files import write_file
    from wslayout.read_api import server

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
    from wslayout.files import write_file
    from wslayout.read_api import server

    if output is not None and output.suffix.lower() != ".json":
        raise click.UsageError(f"{output} should end in .json, for that is what is written.")
    keep_source(source, output, html)
    with server(say_why_waiting, max_wait=max_wait, tell=say) as client:
        layout = _plan(source, client, **options)
        page = None if html is None else preview_of(layout, client, compare=False)
    if output is not None:
        write_file(output, layout.to_json())
        say(f"Wrote the layout to {output}")
    if html is not None and page is not None:
        write_preview(page, html)
    if as_json:
        click.echo(layout.to_json(), nl=False)
    else:
        _show_layout(layout)


@click.command("apply")
@reading
@laying_out
@placing
@merging
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
    spec_file: Path | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
    max_wait: float,
    **options: Any,
) -> None:
    """Save a manual-mode view of a source's keys.

    What people edited in the view stays as they left it; what nobody touched follows the new
    layout. On a terminal it shows what would change, and asks before it writes; the view is backed
    up first. Run again with the same keys, it changes nothing. A layout that `wslayout plan -o
    FILE` wrote is a SOURCE too, and saved as it is.
    """
    from wslayout.here import backups_here
    from wslayout.read_api import server

    where, policy = _where(options), policy_of(options)
    if spec_file is not None and (where.to or where.view or where.personal):
        raise click.UsageError("--spec writes a file, --to and --view save a view: give one.")
    with server(say_why_waiting, max_wait=max_wait, tell=say) as client:
        if spec_file is not None:
            stored = read_stored(source)
            layout = (
                _plan(source, client, **options) if stored is None else as_it_is(stored, options)
            )
            _write_spec(layout, spec_file, dry_run=dry_run)
            return
        planned = plan_for(source, where, policy, client, options)
        for note in planned.notes:
            say(f"Note: {note}")
        if planned.action != "keep" and not as_json:
            _show_planned(planned)
        if planned.action != "keep" and not (yes or dry_run):
            _ask(planned)
        from wslayout.publish.apply import carry_out

        applied = carry_out(planned, client(), backups_here(), dry_run=dry_run)
    for note in applied.notes[len(planned.notes) :]:
        say(f"Note: {note}")
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(applied), indent=1))
    else:
        _show_applied(applied)


@click.command("diff")
@reading_or_not
@laying_out
@placing
@merging
@manifest_file
@click.option("--json", "as_json", is_flag=True, help="Print what differs as JSON.")
def diff(
    source: str | None, manifest: Path | None, as_json: bool, max_wait: float, **options: Any
) -> int:
    """Show what `wslayout apply` would change; exit with 1 if anything differs.

    Give the options of `wslayout apply`. Without a SOURCE: what `wslayout regenerate` would change
    in all views of wslayout.yaml. Nothing is written.
    """
    if source is None:
        return _diff_manifest(manifest, options, max_wait, as_json=as_json)
    if manifest is not None:
        raise click.UsageError("Give a SOURCE or a manifest, not both.")
    from wslayout.display.difference import difference_text
    from wslayout.display.terminal import show
    from wslayout.publish.difference import difference
    from wslayout.read_api import server

    where, policy = _where(options), policy_of(options)
    with server(say_why_waiting, max_wait=max_wait, tell=say) as client:
        found = difference(plan_for(source, where, policy, client, options))
    for note in found.notes:
        say(f"Note: {note}")
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(found), indent=1))
    else:
        show(difference_text(found))
    return EXIT_DIFFERENT if found.differs else EXIT_DONE


def _diff_manifest(
    path: Path | None, options: dict[str, Any], max_wait: float, *, as_json: bool
) -> int:
    from wslayout.cli.manifests import run_manifest
    from wslayout.display.regenerated import differences_text
    from wslayout.display.terminal import show

    policy, no_cache = merging_of(options), options.pop("no_cache")
    if any(value not in (None, False, ()) for value in options.values()):
        raise click.UsageError("Without a SOURCE, the manifest says what is laid out and how.")
    found, code = run_manifest(path, dry_run=True, max_wait=max_wait, no_cache=no_cache, **policy)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in found], indent=1))
    else:
        show(differences_text(found))
    return code


def plan_for(
    source: str,
    where: Where,
    policy: Policy,
    client: Callable[[], GraphQL],
    options: dict[str, Any],
) -> Planned:
    """What saving a source's keys would do, with progress and notes on stderr."""
    from wslayout.view_api import check_target, prepare

    stored = read_stored(source)
    if stored is not None:
        planned = prepare(as_it_is(stored, options), where, policy, client=client)
    else:
        if where.view is None or "/" not in where.view:
            check_target(source, where.to, client)
        inventory, given = read_for_layout(source, client, options)
        planned = prepare(inventory, where, policy, client=client, **given)
    for note in planned.layout.notes:
        say(f"Note: {note}")
    return planned


def _where(options: dict[str, Any]) -> Where:
    from wslayout.view_api import Where

    return Where(**{name: options.pop(name) for name in ("to", "view", "personal")})


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


def _show_planned(planned: Planned) -> None:
    """What would be saved: the layout of a new view, what changes in one that is there."""
    if planned.live is None:
        _show_layout(planned.layout)
        return
    from wslayout.display.difference import difference_text
    from wslayout.display.terminal import show
    from wslayout.publish.difference import difference

    show(difference_text(difference(planned)))


def _ask(planned: Planned) -> None:
    """Ask before a write, where somebody can answer."""
    if planned.target.personal:
        say(OPEN_TABS)
    where = f"{planned.target.entity}/{planned.target.project}"
    ask(f"{planned.action.capitalize()} the view {planned.name!r} in {where}?")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("wslayout-demo"))
def demo(folder: Path) -> None:
    """Try it: log a few runs offline and lay them out.

    No account and no network is needed.

    All files go to FOLDER (wslayout-demo by default).
    """
    from wslayout.demo import log_demo_runs
    from wslayout.files import write_file
    from wslayout.read_api import server

    with progress_bar("Logging runs with wandb, offline") as progress:
        log_demo_runs(folder, progress=progress)
    with server() as client:
        layout = _plan(str(folder), client, name="wslayout demo")
        page = preview_of(layout, client)
    write_file(folder / "layout.json", layout.to_json())
    _write_spec(layout, folder / "view-spec.json", dry_run=False)
    write_preview(page, folder / "preview.html")
    _show_layout(layout)
    say(f"Open {folder / 'preview.html'} in a browser to see the workspace.")


def _plan(source: str, client: Callable[[], GraphQL], **options: Any) -> Layout:
    from wslayout.api import plan as lay_out

    inventory, given = read_for_layout(source, client, options)
    layout = lay_out(inventory, **given)
    for note in layout.notes:
        say(f"Note: {note}")
    return layout


def _show_layout(layout: Layout) -> None:
    from wslayout.display.terminal import figures_table, layout_tree, show, verdict

    show(layout_tree(layout))
    click.echo()
    show(figures_table(layout))
    for line in verdict(layout):
        show(line)


def _show_applied(applied: Applied) -> None:
    from wslayout.display.applied import applied_text
    from wslayout.display.terminal import show

    click.echo()
    show(applied_text(applied))
    if applied.backup:
        say(f"As it was before: {applied.backup}")
