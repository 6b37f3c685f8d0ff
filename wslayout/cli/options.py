"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

waiting = click.option(
    "--max-wait",
    type=click.FloatRange(0),
    default=300.0,
    help="Most seconds that a request waits for rate limits (300).",
)


def reading(command: Command) -> Command:
    """The options of every command that reads a source."""
    for option in (
        click.option("--max-keys", type=click.IntRange(1), help="Most distinct keys to accept."),
        waiting,
        click.option("--exact", is_flag=True, help="Read every run, never a sample."),
        click.argument("source"),
    ):
        command = option(command)
    return command


def laying_out(command: Command) -> Command:
    """The options of every command that lays out."""
    for option in (
        click.option("--sections", type=click.IntRange(1), help="Most sections (12)."),
        click.option("--panels", type=click.IntRange(1), help="Most panels in all (60)."),
        click.option("--panels-per-section", type=click.IntRange(1), help="Divide above (12)."),
        click.option("--lines-per-panel", type=click.IntRange(1), help="Most lines (10)."),
        click.option("--x-axis", help="The metric on every line plot's x-axis."),
        click.option(
            "--overlay",
            type=click.Choice(["splits", "none"]),
            default="splits",
            help="Draw training and validation of one metric on one panel, or apart.",
        ),
        click.option("--name", help="The saved view's name (wslayout)."),
    ):
        command = option(command)
    return command
