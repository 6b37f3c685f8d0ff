"""Files: written whole or not at all; and whether one is a layout of ours.

Files that somebody names follow the umask, as any program's do: who names one may mean others to
read it. What wslayout keeps in folders of its own choice (backups, presets that were pulled) holds
what W&B shows to members of a project only, and so is for the user alone.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

from wslayout.errors import SourceError, TargetError
from wslayout.layout import Layout


def write_file(
    path: Path, content: str | bytes, *, new: bool = False, private: bool = False
) -> None:
    """Put content into a file, replacing it in one step; missing folders are made.

    A link is followed and stays, an older file's permissions stay, and what is no regular file
    (a pipe, a device) is written into.

    Args:
        path: The file.
        content: What it is to hold; text as UTF-8.
        new: Whether it must not be there yet.
        private: Whether a new file, and each new folder, is for the user alone.

    Raises:
        TargetError: It can't be written, or is there already; an older file is still as it was.
    """
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    try:
        target = path.resolve()
        if target.exists() and not target.is_file() and not new:
            target.write_bytes(data)
            return
        _make_folder(target.parent, 0o700 if private else 0o777)
        _replace(target, data, new=new, mode=0o600 if private else 0o666)
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: links in a circle
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise TargetError(f"can't write {path}: {reason or error}") from error


def _make_folder(folder: Path, mode: int) -> None:
    """Make a folder and those above it that are missing, all with one mode."""
    if not folder.is_dir():
        _make_folder(folder.parent, mode)
        folder.mkdir(mode, exist_ok=True)


def _replace(target: Path, data: bytes, *, new: bool, mode: int) -> None:
    older = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    # Opened by hand rather than by tempfile, for the permissions of any new file.
    temporary = target.with_name(f".{target.name[:80]}.{secrets.token_hex(6)}")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(temporary, flags, mode if older is None else older), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if older is not None:
            temporary.chmod(older)
        if new:
            os.link(temporary, target)  # which, unlike a rename, never replaces
            temporary.unlink()
        else:
            temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def read_layout(path: Path) -> Layout | None:
    """The layout that `wslayout plan -o` wrote to a file; None where it is another file.

    Raises:
        SpecError: It begins like such a layout, and is none.
        SourceError: It can't be read.
    """
    try:
        if path.suffix.lower() != ".json" or not path.is_file():
            return None
        with path.open(encoding="utf-8") as file:
            head = file.read(64)
            if '"wslayout-layout"' not in head:
                return None
            return Layout.from_json(head + file.read())
    except UnicodeDecodeError:
        return None
    except (OSError, ValueError) as error:
        raise SourceError(f"can't read {path}: {error}") from error
