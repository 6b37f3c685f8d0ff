"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from wslayout.publish.plan import Policy

Command = TypeVar("Command", bound=Callable[..., Any])

uncached = click.option(
    "--no-cache", is_flag=True, help="Read runs anew that have not changed since the last time."
)

waiting = click.option(
    "--max-wait",
    type=click.FloatRange(0),
    metavar="SECONDS",
    default=300.0,
    help="Most seconds to wait for W&B's rate limits (300).",
)


def _count(name: str, meaning: str, least: int = 1) -> Callable[[Command], Command]:
    """An option that takes a whole number from ``least``."""
    return click.option(name, type=click.IntRange(least), metavar="N", help=meaning)


def _several(name: str, metavar: str, meaning: str) -> Callable[[Command], Command]:
    """An option that may be given several times."""
    return click.option(name, multiple=True, metavar=metavar, help=meaning)


def reading(command: Command, *, required: bool = True) -> Command:
    """The options of every command that reads a source."""
    for option in reversed(
        (
            click.argument("source", required=required),
            click.option(
                "--exact",
                is_flag=True,
                help="Read every run, never a sample; the next time only those that changed.",
            ),
            waiting,
            uncached,
            click.option(
                "--dask",
                "cluster",
                metavar="ADDRESS",
                help="Have run folders read by a Dask cluster: tcp://host:8786.",
            ),
            _count("--max-keys", "Most distinct keys to accept."),
        )
    ):
        command = option(command)
    return command


def reading_or_not(command: Command) -> Command:
    """The same, where the source may be left out."""
    return reading(command, required=False)


def setting(command: Command) -> Command:
    """The option that sets parameters of a template."""
    return click.option(
        "--set",
        "settings",
        metavar="NAME=VALUE",
        multiple=True,
        help="A parameter of the template.",
    )(command)


def laying_out(command: Command) -> Command:
    """The options of every command that lays out."""
    for option in reversed(
        (
            click.option(
                "-t",
                "--template",
                help="A preset, a YAML file, wandb-artifact:…, or auto: what fits best (auto).",
            ),
            setting,
            _count("--sections", "Most sections (12)."),
            _count("--panels", "Most panels in all (60)."),
            _count("--panels-per-section", "Divide a section with more (12)."),
            _count("--lines-per-panel", "Most metrics on one panel (10)."),
            _count(
                "--overview",
                "Most panels taken to the top, if few are in sight (6); 0: none.",
                least=0,
            ),
            _count("--open-panels", "Sections start open until so many panels show (18).", least=0),
            click.option("--x-axis", help="The metric on every line plot's x-axis."),
            click.option(
                "--overlay",
                type=click.Choice(["splits", "none"]),
                help="Draw training and validation of a metric on one panel, or apart.",
            ),
            click.option(
                "--group-by",
                type=click.Choice(["auto", "prefix", "topic"]),
                help="Sections by prefix, by topic, or whichever is quicker to search (auto).",
            ),
            _several("--include", "GLOB", "Only metrics that match: 'train/*', '**/loss'."),
            _several("--exclude", "GLOB", "No metrics that match."),
            _several("--kinds", "KIND", "Only these: number, media, table, image, …"),
            _several("--pin", "KEY", "Show this metric whatever the budgets say."),
            click.option("--name", help="The saved view's name (wslayout)."),
        )
    ):
        command = option(command)
    return command


def placing(command: Command) -> Command:
    """The options that say which view is meant."""
    for option in reversed(
        (
            click.option(
                "--to", help="The project to save in, where the keys come from elsewhere."
            ),
            click.option("--view", metavar="URL|ID", help="Another saved view to write into."),
            click.option(
                "--personal",
                is_flag=True,
                help="Your own personal workspace, which the project opens with.",
            ),
        )
    ):
        command = option(command)
    return command


def manifest_file(command: Command) -> Command:
    """The option that names another manifest."""
    return click.option(
        "-f",
        "--file",
        "manifest",
        type=click.Path(path_type=Path),
        help="Another manifest than wslayout.yaml.",
    )(command)


def policy_of(options: dict[str, Any]) -> Policy:
    """What `merging` asks for, taken out of a command's options."""
    from wslayout.publish.plan import Policy

    return Policy(**merging_of(options))


def merging_of(options: dict[str, Any]) -> dict[str, bool]:
    """The same, as keyword arguments."""
    return {name: options.pop(name) for name in ("theirs", "restore_deleted", "adopt")}


def merging(command: Command) -> Command:
    """The options that say what becomes of people's edits."""
    for option in reversed(
        (
            click.option(
                "--theirs",
                is_flag=True,
                help="In conflicts take the layout's side, not that of people's edits.",
            ),
            click.option(
                "--restore-deleted", is_flag=True, help="Bring back what people took away."
            ),
            click.option(
                "--adopt",
                is_flag=True,
                help="Take over a view that wslayout did not make; what people made in it stays.",
            ),
        )
    ):
        command = option(command)
    return command
