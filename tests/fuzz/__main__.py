"""``python -m tests.fuzz``: fuzz with atheris, each target for some time.

    python -m tests.fuzz [--seconds 60] [TARGET …]   fuzz some targets, by default all
    python -m tests.fuzz --again FILE TARGET         run one input again, without atheris

Inputs that reach new code are kept in ``.fuzz/corpus`` and are where the next call begins; what
crashes, hangs or takes too much memory is kept in ``.fuzz/crashes``.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

FOLDER: Final = Path(".fuzz")
_UNCAUGHT: Final = "=== Uncaught Python exception"
_HANGS: Final = 25  # seconds for one input, on a busy machine
_MEMORY: Final = 3_000  # MB


def main() -> int:
    """Fuzz; the exit code is 1 where something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--again", type=Path, metavar="FILE", help="run this input once")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.again is not None:
        from tests.fuzz.targets import TARGETS

        for name in given.targets:
            TARGETS[name].run(given.again.read_bytes())
        return 0
    if given.here:
        _fuzz(given.targets[0], given.seconds)
        return 0
    return _fuzz_each(given.targets, given.seconds)


def _fuzz_each(names: list[str], seconds: int) -> int:
    """Each target in a process of its own, for a crash ends it."""
    from tests.fuzz.targets import TARGETS

    failed: list[str] = []
    for name in names or TARGETS:
        print(f"{name}: {seconds} s", flush=True)  # noqa: T201 - what a command says
        command = [sys.executable, "-m", "tests.fuzz", "--here", name, "--seconds", str(seconds)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        lines = (done.stdout + done.stderr).splitlines(keepends=True)
        told = "".join(line for line in lines if not line.startswith("INFO: Instrumenting"))
        if done.returncode == 0:
            runs = [line for line in told.splitlines() if line.startswith("Done ")]
            print(*(runs or ["Done."]), sep="\n", flush=True)  # noqa: T201 - likewise
            continue
        failed.append(name)
        print(told[max(told.find(_UNCAUGHT), 0) :][:8_000], flush=True)  # noqa: T201 - likewise
        made = sorted((FOLDER / "crashes").glob(f"{name}-*"), key=lambda one: one.stat().st_mtime)
        for file in made[-1:]:
            print(f"Again: python -m tests.fuzz --again {file} {name}", flush=True)  # noqa: T201 - likewise
    print(f"Found something in: {', '.join(failed)}" if failed else "Nothing found.")  # noqa: T201 - likewise
    return 1 if failed else 0


def _fuzz(name: str, seconds: int) -> None:
    """Fuzz one target in this process, which ends with it."""
    try:
        import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore]  # optional
    except ImportError:
        sys.exit("atheris is not installed: it has wheels for Linux, and not for each Python yet")
    with atheris.instrument_imports(include=["wslayout"]):
        from tests.fuzz.targets import TARGETS
    target = TARGETS[name]
    corpus, crashes = FOLDER / "corpus" / name, FOLDER / "crashes"
    for folder in (corpus, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (corpus / f"seed-{number:03}").write_bytes(seed)
    options = [
        f"-max_total_time={seconds}",
        f"-timeout={_HANGS}",
        f"-rss_limit_mb={_MEMORY}",
        f"-artifact_prefix={crashes}/{name}-",
        "-max_len=4096",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], _kept(target.run, f"{crashes}/{name}-"))
    atheris.Fuzz()


def _kept(run: Callable[[bytes], None], prefix: str) -> Callable[[bytes], None]:
    """A target whose failing inputs are written down at once: libFuzzer may be killed first."""

    def kept(data: bytes) -> None:
        try:
            run(data)
        except BaseException:
            Path(
                f"{prefix}crash-{hashlib.sha1(data, usedforsecurity=False).hexdigest()}"
            ).write_bytes(data)
            raise

    return kept


if __name__ == "__main__":
    sys.exit(main())
