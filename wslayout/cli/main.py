"""The ``wslayout`` command: its groups of commands, and how it ends.

Only click is imported here, so that ``--help`` is quick; each command imports what it needs.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

import click

from wslayout import __version__
from wslayout.cli.audit import audit
from wslayout.cli.commands import apply_, demo, diff, keys, plan
from wslayout.cli.explain import explain
from wslayout.cli.manifests import init, regenerate
from wslayout.cli.presets import preset, schema
from wslayout.cli.previews import preview
from wslayout.cli.views import view
from wslayout.errors import EXIT_BUG, EXIT_CANCELLED, EXIT_DONE, EXIT_USAGE, WslayoutError

_BROKEN_PIPE = 141
"""128 + SIGPIPE: what the reader of our output closed, a shell reports so."""


_EXIT_CODES = """\b
Exit codes:
  0  done, nothing differs
  1  differences or findings
  2  usage or input error
  3  not logged in or not allowed
  4  some targets failed
  5  cancelled
  6  the server failed, or its limits were not lifted in time
 70  wslayout has a bug
"""


class _InOrder(click.Group):
    """Lists its commands in the order in which somebody needs them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(
    cls=_InOrder,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EXIT_CODES,
)
@click.version_option(__version__, prog_name="wslayout")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def cli(debug: bool) -> None:
    """Lay out Weights & Biases workspaces: few named sections, the panels that matter.

    SOURCE is a W&B project (entity/project or any URL of it), a wandb/ folder, a run folder, a
    .wandb file, a table of keys (CSV, Parquet, JSON, JSON lines), the URL of one of these
    (s3://bucket/wandb), or - for keys on standard input.
    """


for command in (
    demo,
    init,
    keys,
    plan,
    preview,
    explain,
    diff,
    apply_,
    regenerate,
    audit,
    preset,
    view,
    schema,
):
    cli.add_command(command)


def run(arguments: Sequence[str]) -> int:
    """Run the command line; the one place that turns an exception into a message and a code."""
    if sys.stdout is None:  # closed by whoever started us
        sys.stderr.write("Error: standard output is closed\n")
        return EXIT_USAGE
    try:
        result: Any = cli.main(list(arguments), prog_name="wslayout", standalone_mode=False)
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # the latter is what click makes of the former
        # Python would complain once more when it closes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    except (Exception, KeyboardInterrupt) as error:
        if "--debug" in takewhile(lambda argument: argument.startswith("-"), arguments):
            traceback.print_exc()
        return _explain(error)
    return result if isinstance(result, int) else EXIT_DONE


def _explain(error: BaseException) -> int:
    """Say what happened on stderr; the exit code for it."""
    if isinstance(error, WslayoutError):
        from wslayout.display.terminal import error_text, show

        show(error_text(error), file=sys.stderr)
        return error.exit_code
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        click.echo("\n" + _cancelled(error), err=True)
        return EXIT_CANCELLED
    if isinstance(error, click.ClickException):
        error.show()
        return EXIT_USAGE
    if isinstance(error, OSError):  # of our own output: what is read and written maps its own
        click.echo(f"Error: {error.strerror or error}", err=True)
        return EXIT_USAGE
    click.echo(
        f"Error: wslayout has a bug here: {type(error).__name__}: {error}\n"
        "Run it again as `wslayout --debug …` and please report what it prints.",
        err=True,
    )
    return EXIT_BUG


def _cancelled(error: BaseException) -> str:
    """What is said of an end that the user asked for.

    Whatever was writing says what became of that; elsewhere it is not known here whether
    something was saved before.
    """
    # click wraps Ctrl-C in an error of its own, which says nothing.
    interrupt = error if isinstance(error, KeyboardInterrupt) else error.__cause__
    if interrupt is None:
        return "Cancelled; nothing was saved."
    return str(interrupt) or "Cancelled."
