"""Values that are whole files: what ``json.load(f)`` and its kin return."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from wslayout.auditing.code.constants import text
from wslayout.auditing.code.scopes import Around, Position, Scope, dotted

_LIBRARIES: Final = frozenset(
    {"json", "simplejson", "ujson", "orjson", "yaml", "pickle", "cPickle", "dill"}
)
_FROM_FILE: Final = frozenset({"load", "safe_load", "full_load", "unsafe_load"})
_FROM_TEXT: Final = frozenset({"loads", "safe_load", "load"})

_METRICS: Final = re.compile(
    r"metric|result|score|stat|summar|eval|report|loss|histor|accura|bench|perf|test|f1", re.I
)
"""Names of files and variables that say that they hold what is meant to be logged."""

_DEPTH: Final = 4
"""Names that are looked up one from another, at most."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file that is loaded whole.

    Attributes:
        path: The expression of its path; None: it can't be told.
        literal: Its path, where that is written in the code; else "".
        called: The name that its content has in the code; "" where it has none.
    """

    path: ast.expr | None
    literal: str
    called: str = ""

    @property
    def name(self) -> str:
        """The path in words; "" where it can't be told."""
        if self.literal:
            return self.literal
        return ast.unparse(self.path) if self.path is not None else ""

    @property
    def holds_metrics(self) -> bool:
        """Whether it is said to hold metrics."""
        return bool(_METRICS.search(self.name) or _METRICS.search(self.called))

    def size(self, folders: Sequence[Path]) -> int | None:
        """The bytes of the file, if it is there.

        Args:
            folders: Where relative paths may start.
        """
        if not self.literal:
            return None
        sizes = (_size(folder / self.literal) for folder in folders)
        return next((size for size in sizes if size is not None), None)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size if path.is_file() else None
    except (OSError, ValueError):
        return None


def loaded(
    node: ast.expr, scope: Scope, around: Around, at: Position, depth: int = 0
) -> Loaded | None:
    """The file that a value is, directly or by its name; None: it is no whole file.

    Args:
        node: The value.
        scope: The scope that it is in.
        around: The loops and guards around it.
        at: Where it is.
        depth: How many names were looked up.
    """
    match node:
        case ast.Name() if depth < _DEPTH:
            match scope.reaching(node.id, around, at):
                case [one] if one.value is not None:
                    found = loaded(one.value, scope, one.around, one.at, depth + 1)
                    return found and replace(found, called=node.id)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=library), attr=name), args=[given, *_]):
            if library not in _LIBRARIES:
                return None
            if name in _FROM_TEXT and (found := _read(given, scope, around, at)) is not None:
                return found
            if name in _FROM_FILE:
                return _opened(given, scope, around, at)
    return None


def _read(node: ast.expr, scope: Scope, around: Around, at: Position) -> Loaded | None:
    """The file that a text was read from; None: it is from elsewhere."""
    match node:
        case ast.Name():
            match scope.reaching(node.id, around, at):
                case [one] if one.value is not None and not isinstance(one.value, ast.Name):
                    return _read(one.value, scope, one.around, one.at)
        case ast.Call(func=ast.Attribute(value=owner, attr="read"), args=[]):
            return _opened(owner, scope, around, at)
        case ast.Call(func=ast.Attribute(value=owner, attr="read_text" | "read_bytes")):
            return _at(owner, scope)
    return None


def _opened(
    node: ast.expr, scope: Scope, around: Around, at: Position, depth: int = 0
) -> Loaded | None:
    """The file that an expression has open."""
    match node:
        case ast.Name() if depth < _DEPTH:
            match scope.reaching(node.id, around, at):
                case [one] if one.value is not None:
                    return _opened(one.value, scope, one.around, one.at, depth + 1)
            return Loaded(None, "")
        case ast.Call(func=func, args=[path, *_]) if dotted(func) in {"open", "gzip.open"}:
            return _at(path, scope)
        case ast.Call(func=ast.Attribute(value=owner, attr="open")):
            return _at(owner, scope)
    return Loaded(None, "")


def _at(path: ast.expr, scope: Scope) -> Loaded:
    return Loaded(path, _literal(path, scope) or "")


def _literal(node: ast.expr, scope: Scope) -> str | None:
    """A path that is written in the code."""
    match node:
        case ast.BinOp(op=ast.Div()):
            parts = [_literal(node.left, scope), _literal(node.right, scope)]
        case ast.Call(func=func, keywords=[]) if (
            dotted(func).rpartition(".")[2] in {"Path", "PurePath", "join"} and node.args
        ):
            parts = [_literal(one, scope) for one in node.args]
        case _:
            return text(node, scope)
    known = [part for part in parts if part is not None]
    return "/".join(known) if len(known) == len(parts) else None
