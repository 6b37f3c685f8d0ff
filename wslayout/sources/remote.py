"""Files and folders that fsspec reads: object stores, other machines, archives.

A `RemotePath` has those of pathlib's methods that readers of runs use, so that they take either.
Whatever goes wrong is an `OSError`, as it is on disk: fsspec's file systems raise what the library
below each happens to raise.
"""

from __future__ import annotations

import errno
import io
import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, Final, Literal, TypeAlias, overload

from wslayout.errors import SourceError
from wslayout.sources.protocols import checked_url, miswritten, unknown_protocol
from wslayout.sources.urls import is_url, local_path, password_in, shown

_BUFFER: Final = 1 << 20  # bytes; each read of a remote file costs more than one on disk
_SECRETS: Final = ("password", "passwd", "secret", "token", "key")
# Modules that are not called as the packages that hold them.
_PACKAGES: Final = {"libarchive": "libarchive-c", "smbclient": "smbprotocol"}
# What file systems raise that take a URL apart, and find nothing where they look.
_MISWRITTEN: Final = (TypeError, AttributeError, LookupError)
_LONG: Final = 300  # characters; some libraries put a whole answer into their errors


class RemoteError(OSError):
    """What has no name among the errors of an operating system.

    Attributes:
        hint: What the reader can do about it.
    """

    hint = "Check the URL, the connection, and that you are logged in there."


@dataclass(frozen=True, slots=True)
class _Stat:
    st_size: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RemotePath:
    """A file or folder, as a path.

    Attributes:
        fs: The file system, of fsspec.
        path: Its name there.
        url: What people are told; without a password.
        size: Its bytes, where its folder's list told.
    """

    fs: Any
    path: str
    url: str
    size: int | None = field(default=None)

    def __str__(self) -> str:
        return self.url

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RemotePath) and self.url == other.url

    def __hash__(self) -> int:
        return hash(self.url)

    def __lt__(self, other: RemotePath) -> bool:
        return self.url < other.url

    def __truediv__(self, name: str) -> RemotePath:
        return self._child(name)

    @property
    def name(self) -> str:
        """What stands behind the last slash."""
        return self.path.rstrip("/").rpartition("/")[2]

    @property
    def stem(self) -> str:
        """The name without its suffix."""
        return PurePosixPath(self.name).stem

    @property
    def suffix(self) -> str:
        """What stands behind the name's last dot, with it."""
        return PurePosixPath(self.name).suffix

    @property
    def parent(self) -> RemotePath:
        """The folder that it lies in."""
        above, _, _ = self.path.rstrip("/").rpartition("/")
        url, _, _ = self.url.rstrip("/").rpartition("/")
        return RemotePath(self.fs, above or "/", url)

    @property
    def is_only_here(self) -> bool:
        """Whether no other process can see it."""
        return self.url.rpartition("::")[2].startswith("memory://")

    def resolve(self) -> RemotePath:
        """The same without ``..`` in it."""
        return RemotePath(self.fs, posixpath.normpath(self.path), self.url, self.size)

    def is_relative_to(self, other: RemotePath) -> bool:
        """Whether it is the other or lies below it."""
        above = other.path.rstrip("/")
        return self.path.rstrip("/") == above or self.path.startswith(f"{above}/")

    def exists(self) -> bool:
        """Whether it is there.

        Raises:
            OSError: That can't be told.
        """
        return self._type() is not None

    def is_dir(self) -> bool:
        """Whether it is a folder.

        Raises:
            OSError: That can't be told.
        """
        return self._type() == "directory"

    def is_file(self) -> bool:
        """Whether it is a file.

        Raises:
            OSError: That can't be told.
        """
        return self._type() == "file"

    def stat(self) -> _Stat:
        """Its size, asked for only where its folder's list did not tell.

        Raises:
            OSError: It is not there, or can't be read.
        """
        if self.size is not None:
            return _Stat(self.size)
        with self._told():
            return _Stat(int(self.fs.info(self.path).get("size") or 0))

    def entries(self) -> list[tuple[RemotePath, bool]]:
        """What a folder holds, each with whether it is a folder; one request.

        Raises:
            OSError: It is not there, or can't be read.
        """
        with self._told():
            found = self.fs.ls(self.path, detail=True)
        here = self.path.strip("/")
        return [
            (self._child(name.rpartition("/")[2], one.get("size")), one["type"] == "directory")
            for one in found
            # Object stores have empty objects that stand for the folder itself.
            if (name := str(one["name"]).rstrip("/")).strip("/") != here
        ]

    def names_below(self) -> list[str]:
        """The files in a folder and below, by their paths from there on.

        Raises:
            OSError: It can't be read.
        """
        here = f"{self.path.strip('/')}/"
        with self._told():
            found = self.fs.find(self.path)
        return [str(name).strip("/").removeprefix(here) for name in found]

    def forget(self) -> None:
        """Have the file system ask anew for lists of folders that it has kept."""
        self.fs.invalidate_cache()

    @overload
    def open(self, mode: Literal["rb"]) -> BinaryIO: ...
    @overload
    def open(self, *, encoding: str, newline: str | None = None) -> IO[str]: ...
    def open(
        self, mode: str = "r", *, encoding: str | None = None, newline: str | None = None
    ) -> IO[Any]:
        """The file, to be read.

        Raises:
            OSError: It is not there, or can't be read.
        """
        with self._told():
            inner = self.fs.open(self.path, "rb")
        file = io.BufferedReader(_Raw(self, inner), _BUFFER)
        return file if mode == "rb" else io.TextIOWrapper(file, encoding, newline=newline)

    def read_bytes(self) -> bytes:
        """All that the file holds.

        Raises:
            OSError: It is not there, or can't be read.
        """
        with self.open("rb") as file:
            return file.read()

    def _child(self, name: str, size: Any = None) -> RemotePath:
        url = self.url if self.url.endswith("://") else f"{self.url.rstrip('/')}/"
        return RemotePath(self.fs, f"{self.path.rstrip('/')}/{name}", f"{url}{name}", size)

    def _type(self) -> str | None:
        try:
            with self._told():
                return str(self.fs.info(self.path)["type"])
        except FileNotFoundError:
            return None

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Raise whatever goes wrong as an error of an operating system."""
        try:
            yield
        except Exception as error:
            raise _as_os_error(error, self) from error


class _Raw(io.RawIOBase):
    """An open file of fsspec, whose errors are those of an operating system."""

    def __init__(self, path: RemotePath, inner: Any) -> None:
        self._path = path
        self._inner = inner

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with self._path._told():
            data = self._inner.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        with self._path._told():
            return int(self._inner.seek(offset, whence))

    def tell(self) -> int:
        return int(self._inner.tell())

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
        super().close()


Place: TypeAlias = Path | RemotePath
"""A file or folder, wherever it lies."""


def place_of(given: str | Place) -> Place:
    """The file or folder that a path or a URL names.

    Raises:
        SourceError: The URL names nothing that can be read, or what reads such URLs is not
            installed, or can't be reached.
    """
    if not isinstance(given, str):
        return given
    return _remote(given) if is_url(given) else local_path(given)


def lies_in(file: Place, folder: Place) -> bool:
    """Whether a path is below another."""
    if isinstance(file, RemotePath):
        return isinstance(folder, RemotePath) and file.is_relative_to(folder)
    return isinstance(folder, Path) and file.is_relative_to(folder)


def _remote(url: str) -> RemotePath:
    url = checked_url(url)
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise SourceError(
            f"{shown(url)} is read with fsspec, which is not installed",
            hint='Run: pip install "wslayout[dask]"',
        ) from error
    try:
        fs, path = url_to_fs(url)
    except ImportError as error:
        raise _missing(url, error) from error
    except Exception as error:
        if (unknown := unknown_protocol(url)) is not None:
            raise unknown from error
        if isinstance(error, _MISWRITTEN):
            raise miswritten(url) from error
        found = _as_os_error(error, RemotePath(None, "", shown(url)))
        raise SourceError(
            f"can't read {shown(url)}: {_hidden(found.strerror or str(found), url)}",
            hint=getattr(found, "hint", RemoteError.hint),
        ) from error
    return RemotePath(fs, path, shown(url))


def _missing(url: str, error: ImportError) -> SourceError:
    """The error for a protocol whose own package is not there."""
    cause = error.__cause__ or error.__context__ or error
    module = getattr(cause, "name", None) or getattr(error, "name", None) or ""
    package = module.partition(".")[0]
    package = _PACKAGES.get(package, package)
    return SourceError(
        f"can't read {shown(url)}: {_first_line(str(error))}",
        hint=f"Run: pip install {package}" if package else "Install the package that it names.",
    )


def _as_os_error(error: Exception, path: RemotePath) -> OSError:
    """An error of a file system as one of an operating system, without secrets."""
    told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    said = _without_secrets(_first_line(told), path.fs)
    if isinstance(error, FileNotFoundError):
        names = said.strip("/'\"") in ("", path.path.strip("/"))
        return OSError(errno.ENOENT, "no such file or folder" if names else said)
    if isinstance(error, PermissionError):
        return OSError(errno.EACCES, said or "permission denied")
    import asyncio  # which takes as long to import as Python to start

    if isinstance(error, (TimeoutError, asyncio.TimeoutError)):
        return RemoteError(errno.EIO, "no answer in time" + (f" ({said})" if said else ""))
    return RemoteError(errno.EIO, said or type(error).__name__)


def _first_line(text: str) -> str:
    line = next((line for line in text.splitlines() if line.strip()), "").strip()
    return line if len(line) <= _LONG else line[: _LONG - 1] + "…"


def _without_secrets(text: str, fs: Any) -> str:
    """A text without the passwords and keys that a file system was opened with."""
    options: dict[str, Any] = getattr(fs, "storage_options", None) or {}
    for name, value in options.items():
        if isinstance(value, str) and value and any(secret in name for secret in _SECRETS):
            text = text.replace(value, "…")
    return shown(text)


def _hidden(text: str, url: str) -> str:
    """A text without the password of a URL."""
    secret = password_in(url)
    return text.replace(secret, "…") if secret else text
