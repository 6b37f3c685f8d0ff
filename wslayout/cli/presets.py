"""``preset`` and ``schema``: templates that a team shares."""

from __future__ import annotations

import dataclasses
import json
import shlex
from pathlib import Path

import click

from wslayout.cli.options import setting
from wslayout.cli.reading import read_source
from wslayout.cli.talk import say, say_why_waiting
from wslayout.errors import EXIT_DIFFERENT, EXIT_DONE


@click.group()
def preset() -> None:
    """Find, check and share presets.

    A preset is a template that people find by its name.
    """


@preset.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def list_(as_json: bool) -> None:
    """List presets, and where each comes from."""
    from wslayout.display.presets import presets_table
    from wslayout.display.terminal import show
    from wslayout.preset_api import list_presets

    rows = list_presets()
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(row) for row in rows], indent=1))
    else:
        show(presets_table(rows))


@preset.command("show")
@click.argument("preset")
@setting
@click.option("--whole", is_flag=True, help="With all that it extends, and parameters filled in.")
def show_(preset: str, settings: tuple[str, ...], whole: bool) -> None:
    """Print a preset: a name, a YAML file or an artifact."""
    from wslayout.preset_api import preset_text
    from wslayout.templates.parameters import parsed_settings

    click.echo(preset_text(preset, parameters=parsed_settings(settings), whole=whole), nl=False)


@preset.command("check")
@click.argument("presets", metavar="PRESET...", nargs=-1, required=True)
@setting
@click.option("--on", "source", help="A SOURCE whose metrics it should fit.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def check(
    presets: tuple[str, ...], settings: tuple[str, ...], source: str | None, as_json: bool
) -> int:
    """Check presets; exit with 1 if there is anything to mend.

    Everything that is wrong is said at once, each with its file, line and column.
    """
    from wslayout.display.presets import checked_text
    from wslayout.display.terminal import show
    from wslayout.preset_api import check_preset
    from wslayout.read_api import server
    from wslayout.templates.parameters import parsed_settings

    parameters = parsed_settings(settings)
    with server(say_why_waiting, tell=say) as client:
        inventory = None if source is None else read_source(source, client)
        found = [check_preset(one, parameters=parameters, source=inventory) for one in presets]
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in found], indent=1))
    else:
        show(checked_text(found))
    return EXIT_DONE if all(one.is_fine for one in found) else EXIT_DIFFERENT


@preset.command("push")
@click.argument("preset")
@click.argument("target")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def push(preset: str, target: str, as_json: bool) -> None:
    """Share a preset as a W&B artifact.

    PRESET is a name or a YAML file, TARGET where it goes: wandb-artifact:team/project/name. W&B
    makes a new version where something has changed; an alias behind the name (…/name:stable)
    moves to it.
    """
    from wslayout.preset_api import push_preset

    done = push_preset(preset, target)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(done), indent=1))
        return
    where = done.reference.partition("@")[0]
    say(f"Pushed {preset} as version {done.version}. Use it with:")
    click.echo(f"wslayout plan SOURCE -t {where}")


@preset.command("pull")
@click.argument("reference")
@click.option("--name", default="", help="What it is called here; by default as there.")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    help="A folder of presets, which WSLAYOUT_PRESETS may name; by default your own.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def pull(reference: str, name: str, folder: Path | None, as_json: bool) -> None:
    """Keep a shared preset among your own.

    REFERENCE is wandb-artifact:team/project/name:alias. It stays what it is now until you pull
    it again; a change of the files here is an error.
    """
    from wslayout.preset_api import pull_preset

    done = pull_preset(reference, name=name, folder=folder)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(done), indent=1))
        return
    say(f"Pulled version {done.version} to {done.folder}. Use it with:")
    click.echo(f"wslayout plan SOURCE -t {shlex.quote(done.use)}")


@click.command()
@click.argument("of", type=click.Choice(["template", "manifest", "audit"]), default="template")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write it to a file.")
def schema(of: str, output: Path | None) -> None:
    """Print the JSON Schema of templates, of manifests (wslayout.yaml), or of audit --json.

    Editors complete and check the files with it.
    """
    from wslayout.auditing.docs import report_schema
    from wslayout.files import write_file
    from wslayout.manifest import manifest_schema
    from wslayout.templates.schema import template_schema

    made = {"template": template_schema, "manifest": manifest_schema, "audit": report_schema}
    text = json.dumps(made[of](), indent=1)
    if output is None:
        click.echo(text)
        return
    write_file(output, text + "\n")
    say(f"Wrote the schema to {output}")
    if of != "audit":
        say(f"Begin a {of} with: # yaml-language-server: $schema={output}")
