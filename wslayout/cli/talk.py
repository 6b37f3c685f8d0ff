"""What a command says while it works: to stderr, and only on a terminal for progress."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from rich.progress import TaskID

    from wslayout.progress import Progress


OPEN_TABS: Final = (
    "This is your personal workspace, which the project opens with. Close it in all browser tabs: "
    "an open tab overwrites what is written here."
)
"""Said before a personal workspace is written."""


def say(text: str) -> None:
    """A sentence or two of talk."""
    from wslayout.display.words import visible

    # A name in it may hold a line break; ours stand before what is indented.
    # Named, so that it goes above a progress bar, which replaces sys.stderr while it is shown.
    click.echo("\n    ".join(map(visible, text.split("\n    "))), file=sys.stderr)


def ask(question: str, *, must: bool = False) -> None:
    """Ask before something is done, where somebody can answer; no is the end of the command.

    Args:
        question: What is asked.
        must: Whether nothing is done where nobody can answer.
    """
    from wslayout.display.words import visible

    if sys.stdin.isatty() and sys.stdout.isatty():
        click.confirm(visible(question), abort=True, err=True)
    elif must:
        raise click.UsageError("This is no terminal to ask on: say --yes.")


def say_why_waiting(why: str, seconds: float) -> None:
    """Why a request waits; an `OnWait` for the client."""
    say(f"Waiting {seconds:.0f} s: {why}")


@contextmanager
def progress_bar(label: str) -> Iterator[Progress]:
    """A progress bar on stderr while the block runs; nothing where that is no terminal."""
    from wslayout.progress import silent

    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int | None) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(f"{label}: {what}", total=total)
            bar.update(tasks[what], completed=done, total=total)

        yield show
