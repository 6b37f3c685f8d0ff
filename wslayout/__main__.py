"""The command, also as ``python -m wslayout``: how it begins, and how it ends when interrupted.

Nothing but what Python itself has loaded is imported before `main` can be interrupted.
"""

from __future__ import annotations

import _thread
import gc
import os
import sys
import time

TYPE_CHECKING = False  # see `wslayout`
if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_CANCELLED = 5  # `wslayout.errors.EXIT_CANCELLED`, which an interrupt may come too early for


def main() -> None:
    """Run the command line and exit with its code."""
    sys.unraisablehook = _interrupt_again
    # A command makes very many values and hardly any cycles of them: Python's own thresholds made
    # it spend a third of a long read on looking for some. Memory stays the same.
    gc.set_threshold(50_000, 20, 100)
    try:
        from wslayout.cli.main import run

        code = run(sys.argv[1:])
        if code != _CANCELLED:
            _ignore_interrupts()
            sys.exit(code)
    except KeyboardInterrupt:  # while modules were loaded, or for the second time
        os.write(2, b"\nCancelled.\n")
    _leave()


def _ignore_interrupts() -> None:
    """All is done and said, and Python takes its time to end."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _interrupt_again(ignored: UnraisableHookArgs) -> None:
    """Let an interrupt count that came where Python can't raise it, as when it tidies up."""
    if isinstance(ignored.exc_value, KeyboardInterrupt):
        _thread.start_new_thread(_interrupt, ())
    else:
        sys.__unraisablehook__(ignored)


def _interrupt() -> None:
    time.sleep(0.01)  # until Python can raise it
    _thread.interrupt_main()


def _leave() -> None:
    """End at once: threads and what ends with Python would hold up somebody who interrupts again.

    Python would end itself with the signal, too, had that come while it ran generated code.
    """
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    finally:
        os._exit(_CANCELLED)


if __name__ == "__main__":
    main()
