"""What a log call logs: its keys and values, also those that a dict was given before."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from wslayout.auditing.code.scopes import Around, Guard, Position, Scope, within

_DEPTH: Final = 4
"""Names that are looked up one from another, and dicts in dicts, at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One value that is logged.

    Attributes:
        keys: The keys to it, outermost first; none: what is logged is no dict that can be seen.
        value: The value.
        around: The loops and guards around it.
        at: Where it is.
    """

    keys: tuple[ast.expr, ...]
    value: ast.expr
    around: Around
    at: Position

    @property
    def node(self) -> ast.expr:
        """What to point at: the key, or the value where it has none."""
        return self.keys[-1] if self.keys else self.value


def argument(call: ast.Call, word: str = "data") -> ast.expr | None:
    """What is given to a call first, or by a word."""
    if call.args:
        return None if isinstance(call.args[0], ast.Starred) else call.args[0]
    return keyword(call, word)


def keyword(call: ast.Call, word: str) -> ast.expr | None:
    """What is given to a call by a word."""
    return next((one.value for one in call.keywords if one.arg == word), None)


def items(  # noqa: C901 - one branch a kind of expression
    node: ast.expr,
    scope: Scope,
    around: Around,
    at: Position,
    keys: tuple[ast.expr, ...] = (),
    depth: int = 0,
) -> Iterator[Item]:
    """The values of a dict that is logged.

    Args:
        node: The dict.
        scope: The scope that it is in.
        around: The loops and guards around it.
        at: Where its names are looked up.
        keys: The keys to it.
        depth: How far in it is.
    """
    if depth > _DEPTH:
        return
    match node:
        case ast.Dict():
            for key, value in zip(node.keys, node.values, strict=True):
                to = keys if key is None else (*keys, key)
                yield from items(value, scope, around, at, to, depth + 1)
        case ast.DictComp():
            inner = within(around, node.generators)
            yield from items(node.value, scope, inner, at, (*keys, node.key), depth + 1)
        case ast.Call(func=ast.Name(id="dict")):
            yield from _of_call(node, scope, around, at, keys, depth)
        case ast.BinOp(op=ast.BitOr()):
            for one in (node.left, node.right):
                yield from items(one, scope, around, at, keys, depth + 1)
        case ast.Name():
            yield from _named(node, scope, around, at, keys, depth)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            for one, holds in ((body, True), (orelse, False)):
                if not isinstance(one, ast.Constant):
                    inner = (*around, Guard(test, holds))
                    yield from items(one, scope, inner, at, keys, depth + 1)
        case _:
            yield Item(keys, node, around, at)


def _of_call(
    node: ast.Call,
    scope: Scope,
    around: Around,
    at: Position,
    keys: tuple[ast.expr, ...],
    depth: int,
) -> Iterator[Item]:
    """What is in a dict that is made by ``dict(…)``."""
    for one in node.args:
        yield from items(one, scope, around, at, keys, depth + 1)
    for word in node.keywords:
        name = ast.copy_location(ast.Constant(word.arg), word.value)
        to = keys if word.arg is None else (*keys, name)
        yield from items(word.value, scope, around, at, to, depth + 1)


def _named(
    node: ast.Name,
    scope: Scope,
    around: Around,
    at: Position,
    keys: tuple[ast.expr, ...],
    depth: int,
) -> Iterator[Item]:
    """What is in a dict that has a name, or the name itself where it is no such dict."""
    bindings = [one for one in scope.reaching(node.id, around, at) if not one.changes]
    dicts = [one for one in bindings if one.value is not None and _is_dict(one.value)]
    fills = scope.filled(node.id, around, at)
    if len(dicts) < len(bindings) or not bindings:
        yield Item(keys, node, around, at)
    for one in dicts:
        if one.value is not None:
            yield from items(one.value, scope, one.around, one.at, keys, depth + 1)
    for fill in fills:
        if fill.key is not None:
            to = (*keys, fill.key)
            yield from items(fill.value, scope, fill.around, fill.at, to, depth + 1)
        elif _is_dict(fill.value) or isinstance(fill.value, ast.Name):
            yield from items(fill.value, scope, fill.around, fill.at, keys, depth + 1)


def _is_dict(node: ast.expr) -> bool:
    match node:
        case ast.Dict() | ast.DictComp() | ast.BinOp(op=ast.BitOr()):
            return True
        case ast.Call(func=ast.Name(id="dict")):
            return True
    return False
