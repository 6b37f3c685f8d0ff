"""Every error that wslayout raises on purpose.

::

    WslayoutError
    ├── SourceError            the source can't be read, or is not what it was taken for
    │   ├── EmptySource        it was read and holds nothing to lay out
    │   └── TooManyKeys        it holds more distinct keys than the limit
    ├── TemplateError          a template or preset is wrong
    ├── TargetError            where to save is missing, or makes no sense
    │   └── BackupFailed       a view can't be backed up, so it was not written
    ├── AuthError              not logged in, or not allowed
    ├── ServerError            the W&B server did not do what was asked
    │   ├── ServerUnreachable  no connection, or it broke, or it timed out
    │   ├── RateLimited        HTTP 429 for longer than we were told to wait
    │   ├── BadResponse        an answer that is not what the API promises
    │   ├── RequestRejected    the server understood and refused the request
    │   │   └── UnknownField   … since its schema lacks a field that we named
    │   ├── ProjectNotFound    no such project, or not visible to this account
    │   ├── ViewNotFound       no such saved view
    │   ├── ViewProtected      the saved view is not ours
    │   └── ViewConflict       the saved view changed between reading and writing it
    └── SpecError              a view spec that can't be built or understood

Each has an ``exit_code`` (the command line's, the same everywhere), a message
that says what happened and where, and a ``hint`` that says what to do.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

EXIT_DONE = 0
EXIT_DIFFERENT = 1
EXIT_USAGE = 2
EXIT_AUTH = 3
EXIT_PARTLY = 4
EXIT_CANCELLED = 5
EXIT_SERVER = 6
EXIT_BUG = 70
"""``EX_SOFTWARE`` of sysexits.h: wslayout itself is wrong."""


class WslayoutError(Exception):
    """The root of the tree: catch it to catch all that wslayout raises on purpose.

    Attributes:
        hint: What the reader can do about it, or "".
        exit_code: The command line's exit code for it.
    """

    exit_code: ClassVar[int] = EXIT_USAGE

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint
        if hint and sys.version_info >= (3, 11):
            self.add_note(hint)  # which tracebacks show, also those of notebooks


class SourceError(WslayoutError):
    """The source can't be read, or is not what it was taken for."""


class EmptySource(SourceError):
    """The source was read and holds nothing to lay out."""


class TooManyKeys(SourceError):
    """The source holds more distinct metric keys than the limit."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a template.

    Attributes:
        file: The file, or what stands for one.
        line: From 1.
        column: From 1, in characters.
    """

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a template.

    Attributes:
        mark: Where, as far as that is known.
        message: What was found.
        hint: What is allowed, or meant instead.
    """

    mark: Mark | None
    message: str
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.mark}: " if self.mark else ""
        return f"{where}{self.message}" + (f"\n    {self.hint}" if self.hint else "")


class TemplateError(WslayoutError):
    """A template or preset is wrong.

    Attributes:
        problems: All that is wrong, where each thing has a place in a file.
    """

    def __init__(self, message: str, *, hint: str = "", problems: Sequence[Problem] = ()) -> None:
        super().__init__(message, hint=hint)
        self.problems = tuple(problems)

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> TemplateError:
        """The error that says all of some problems."""
        return cls("\n".join(map(str, problems)), problems=problems)


class TargetError(WslayoutError):
    """Where to save is missing, or makes no sense."""


class BackupFailed(TargetError):
    """A view can't be backed up, so it was not written."""


class AuthError(WslayoutError):
    """Not logged in, or the server does not allow it."""

    exit_code = EXIT_AUTH


class ServerError(WslayoutError):
    """The W&B server did not do what was asked."""

    exit_code = EXIT_SERVER


class ServerUnreachable(ServerError):
    """No connection, a broken one, or no answer in time."""


class RateLimited(ServerError):
    """HTTP 429 for longer than we were told to wait.

    Attributes:
        reset_after: Seconds until the server's limit resets, where it said so.
    """

    def __init__(self, message: str, *, hint: str = "", reset_after: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.reset_after = reset_after


class BadResponse(ServerError):
    """The answer is not what the API promises (HTML, null, broken JSON, …)."""


class RequestRejected(ServerError):
    """The server understood the request and refused it.

    Attributes:
        code: The server's own error code (GraphQL ``extensions.code``), or "".
    """

    def __init__(self, message: str, *, hint: str = "", code: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


class UnknownField(RequestRejected):
    """The server's schema lacks a field or an argument that the request named."""


class ProjectNotFound(ServerError):
    """No such project, or this account can't see it (the server does not tell which)."""

    exit_code = EXIT_USAGE


class ViewNotFound(ServerError):
    """No such saved view."""

    exit_code = EXIT_USAGE


class ViewProtected(ServerError):
    """The saved view is not ours: it is left as it is."""

    exit_code = EXIT_USAGE


class ViewConflict(ServerError):
    """The saved view changed since it was read."""


class SpecError(WslayoutError):
    """A view spec that can't be built or understood."""
