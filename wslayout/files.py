"""Writing files: whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from wslayout.errors import TargetError


def write_file(path: Path, content: str | bytes) -> None:
    """Put content into a file, replacing it in one step; missing folders are made.

    Raises:
        TargetError: It can't be written; an older file is still as it was.
    """
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Opened by hand rather than by tempfile, for the permissions of any new file.
        temporary = path.with_name(f".{path.name[:80]}.{secrets.token_hex(6)}")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise TargetError(f"can't write {path}: {reason or error}") from error
