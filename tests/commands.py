"""The command in a process of its own.

`COMMAND` is for what is about how a process begins or ends, or about the streams that it is given:
an interpreter that loads everything anew. `forked` is for all else that needs a process, such as a
terminal or a signal in the middle of the work: a fork of one that has loaded everything already,
which saves most of the time.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import multiprocessing.process
import os
import pkgutil
import pty
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing.connection import wait
from pathlib import Path
from typing import Final

import wslayout
from wslayout.__main__ import main

COMMAND: Final = (sys.executable, "-m", "wslayout")

_FORKS: Final = multiprocessing.get_context("forkserver")
# What takes seconds to import, and is else imported where it is used.
_HEAVY: Final = ("pandas", "jinja2", "wandb_workspaces.workspaces")
_OURS: Final = [module.name for module in pkgutil.walk_packages(wslayout.__path__, "wslayout.")]
_FORKS.set_forkserver_preload([__name__, *_HEAVY, *_OURS])


@contextmanager
def forked(
    *arguments: str,
    reads: str = os.devnull,
    says: str = "said",
    errors: str = "",
    bound: bool = False,
) -> Iterator[multiprocessing.process.BaseProcess]:
    """The command with this environment and working folder; it is killed at the end.

    Args:
        arguments: What is typed after ``wslayout``.
        reads: The file that is its standard input.
        says: The file that its output is added to.
        errors: The one for standard error; by default the same.
        bound: Whether permissions bind it, also where root runs the tests.
    """
    streams = (reads, says, errors or says)
    given = (arguments, dict(os.environ), Path.cwd(), streams, bound)
    _load()
    child = _FORKS.Process(target=_command, args=given)
    child.start()
    try:
        yield child
    finally:
        child.kill()
        child.join(20)
        child.close()


@cache
def _load() -> None:
    """Begin the process that is forked, so that no command has to wait for it."""
    child = _FORKS.Process(target=os.getpid)
    child.start()
    child.join()


def on_a_terminal(*arguments: str, types: str) -> tuple[int | None, str]:
    """Exit code and screen of the command on a (pseudo) terminal whose user types so."""
    theirs, ours = pty.openpty()
    screen = b""
    name = os.ttyname(ours)
    with forked(*arguments, reads=name, says=name) as child:
        os.write(theirs, types.encode())
        while theirs in wait([theirs, child.sentinel], 60):
            screen += os.read(theirs, 65_536)
        child.join(0)
        code = child.exitcode
    os.close(ours)
    with suppress(OSError):  # what Linux says at the end of a terminal
        while piece := os.read(theirs, 65_536):
            screen += piece
    os.close(theirs)
    return code, re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.decode())


def _command(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    streams: Sequence[str],
    bound: bool,
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    ways = (os.O_RDONLY, *[os.O_WRONLY | os.O_CREAT | os.O_APPEND] * 2)
    for number, (file, way) in enumerate(zip(streams, ways, strict=True)):
        os.dup2(os.open(file, way | os.O_NOCTTY, 0o600), number)
    sys.stdin, sys.stdout = open(0), open(1, "w")  # noqa: SIM115 - as Python opens them
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace")  # noqa: SIM115
    sys.argv = ["wslayout", *arguments]
    if bound:
        _give_up_rights()
    main()


def _give_up_rights() -> None:
    override, read = 1, 2  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    libc = ctypes.CDLL(None)
    header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    assert libc.capget(header, sets) == 0
    sets[0] &= ~(1 << override | 1 << read)
    assert libc.capset(header, sets) == 0
