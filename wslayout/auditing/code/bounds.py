"""How many values the names in loops take, as far as the code tells."""

from __future__ import annotations

import ast
import math
from typing import Final

from wslayout.auditing.code.constants import at_most, constant, is_range, rounds
from wslayout.auditing.code.scopes import Around, Guard, Loop, Scope, dotted

LOOKUPS: Final = 60
"""Bindings of names that are followed one from another, at most."""

_WRAPPERS: Final = frozenset(
    {"tqdm", "track", "progress_bar", "list", "tuple", "sorted", "reversed", "iter", "set"}
)
"""Functions that go through what they are given."""

_WRITTEN: Final = (ast.List, ast.Tuple, ast.Set, ast.Dict, ast.Subscript)
"""Expressions whose length is written in the code, or may be."""


def unwrapped(node: ast.expr) -> ast.expr:
    """What a loop goes through behind a progress bar and the like."""
    while isinstance(node, ast.Call) and node.args and last_word(node.func) in _WRAPPERS:
        node = node.args[0]
    return node


def length(  # noqa: C901, PLR0911 - one answer a kind of expression
    node: ast.expr, scope: Scope
) -> float:
    """How many elements something has at most; inf: not known."""
    node = unwrapped(node)
    match node:
        case ast.List() | ast.Tuple() | ast.Set():
            return len(node.elts)
        case ast.Dict():
            return len(node.keys)
        case ast.Subscript(slice=ast.Slice(lower=None, upper=ast.expr() as upper, step=None)):
            return _known(at_most(upper, scope))
        case ast.Call(args=[_, upper]) if last_word(node) == "islice":
            return _known(at_most(upper, scope))
        case ast.Call(args=[one]) if is_range(node) and not isinstance(one, ast.Starred):
            return _known(at_most(one, scope))
        case ast.Call(args=[one, *_]) if last_word(node) == "enumerate":
            return length(one, scope)
        case ast.Call(func=ast.Attribute(value=one, attr="items" | "keys")):
            return length(one, scope)
        case ast.Call(args=several) if last_word(node) == "zip" and several:
            return min(length(one, scope) for one in several)
        case ast.Call():
            return _known(rounds(node, scope))
        case ast.Name():
            meant = constant(node.id, scope)
            if meant is not None and isinstance(meant[0], _WRITTEN):
                return length(meant[0], meant[1])
    return math.inf


def held(name: str, scope: Scope, around: Around) -> float:
    """How many values of a number the tests around a place let through; inf: not known."""
    bounds = [math.inf]
    for one in around:
        if isinstance(one, Guard) and one.test is not None:
            bounds.append(_passes(name, one.test, scope, holds=one.holds))
        elif isinstance(one, Loop):
            bounds += [
                _passes(name, test, scope, holds=False, left=True) + 1
                for test in one.leaves
                if test is not None
            ]
    return min(bounds)


def _passes(  # noqa: PLR0911 - one answer a kind of test
    name: str, test: ast.expr, scope: Scope, *, holds: bool, left: bool = False
) -> float:
    """How many values of a number there are for which a test holds, or does not.

    Args:
        name: The number, which counts up from 0.
        test: The test.
        scope: The scope that it is in.
        holds: Which of them.
        left: Whether the loop is left where it holds.
    """
    match test:
        case ast.BoolOp(op=op) if isinstance(op, ast.And) == holds:
            return min(_passes(name, one, scope, holds=holds, left=left) for one in test.values)
        case ast.UnaryOp(op=ast.Not()):
            return _passes(name, test.operand, scope, holds=not holds, left=left)
        case ast.Compare(left=ast.Name(id=its), ops=[op], comparators=[right]) if its == name:
            bound = _known(at_most(right, scope))
            match op, holds:
                case (ast.Lt(), True) | (ast.GtE(), False):
                    return bound
                case (ast.LtE(), True) | (ast.Gt(), False):
                    return bound + 1
                case ast.Eq(), _ if holds or left:
                    return 1 if holds else bound
                case ast.In(), True:
                    return length(right, scope)
    return math.inf


def _known(found: int | None) -> float:
    return math.inf if found is None or found < 0 else found


def last_word(node: ast.expr) -> str:
    """The last word of what is called, indexed or named."""
    match node:
        case ast.Call():
            return last_word(node.func)
        case ast.Subscript():
            match node.slice:
                case ast.Constant(value=str(key)):
                    return key
            return last_word(node.value)
        case ast.Attribute():
            return node.attr
    return dotted(node)
