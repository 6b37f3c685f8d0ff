"""Constants of code: what an expression is worth, as far as that is written there."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from wslayout.auditing.code.scopes import Scope, dotted

Number: TypeAlias = int | float

_DEPTH: Final = 12
"""Names that are looked up one from another, at most."""

_BITS: Final = 2048
"""The largest number that is computed."""

_OPERATORS: Final[Mapping[type[ast.operator], Callable[[Number, Number], Number]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}

_CALLS: Final[Mapping[str, Callable[..., Number]]] = {
    "int": int,
    "round": round,
    "abs": abs,
    "float": float,
    "min": min,
    "max": max,
}


def number(node: ast.expr, scope: Scope, depth: int = 0) -> Number | None:
    """The number that an expression of literals and constants is; None: it can't be told."""
    if depth > _DEPTH:
        return None
    try:
        return _bounded(_number(node, scope, depth + 1))
    except (ArithmeticError, TypeError, ValueError):
        return None


def integer(node: ast.expr, scope: Scope) -> int | None:
    """The same where it is a whole number."""
    found = number(node, scope)
    return found if isinstance(found, int) else None


def at_most(node: ast.expr, scope: Scope) -> int | None:
    """A whole number that an expression does not exceed; None: it can't be told."""
    match node:
        case ast.Call(func=ast.Name(id="min"), args=[_, _, *_], keywords=[]):
            known = [found for one in node.args if (found := at_most(one, scope)) is not None]
            return min(known, default=None)
    return integer(node, scope)


def text(node: ast.expr, scope: Scope, depth: int = 0) -> str | None:
    """The string that an expression is; None: it can't be told."""
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.Name() if depth <= _DEPTH:
            found = constant(node.id, scope)
            return None if found is None else text(found[0], found[1], depth + 1)
    return None


def constant(name: str, scope: Scope) -> tuple[ast.expr, Scope] | None:
    """What a name stands for all the time, and the scope of that; None: it may change."""
    owner = scope.owner(name)
    binding = owner.only(name) if owner is not None else None
    if owner is None or binding is None or binding.value is None or name in owner.fills:
        return None
    return binding.value, owner


def rounds(node: ast.expr, scope: Scope) -> int | None:
    """How many numbers a ``range(…)`` or the like has; None: it is none, or it can't be told."""
    numbers = span(node, scope)
    return None if numbers is None else span_length(*numbers)


def span(node: ast.expr, scope: Scope) -> tuple[int, int, int] | None:
    """The start, end and step of a ``range(…)`` or the like; None: as for `rounds`."""
    if not isinstance(node, ast.Call) or not is_range(node):
        return None
    known = [found for one in node.args if (found := integer(one, scope)) is not None]
    if len(known) != len(node.args) or not 1 <= len(known) <= 3:
        return None
    start, end, step = (0, known[0], 1) if len(known) == 1 else (*known, 1)[:3]
    return (start, end, step) if step else None


def is_range(node: ast.expr) -> bool:
    """Whether an expression is a call of ``range`` or what counts in the same way."""
    return isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in {
        "range",
        "arange",
        "trange",
    }


def span_length(start: int, end: int, step: int) -> int:
    """How many numbers a range has; `len` can't tell of more than a machine word."""
    distance = end - start if step > 0 else start - end
    return max(0, -(-distance // abs(step)))


def _number(  # noqa: PLR0911 - one answer a kind of expression
    node: ast.expr, scope: Scope, depth: int
) -> Number | None:
    match node:
        case ast.Constant(value=int(value)) | ast.Constant(value=float(value)):
            return None if isinstance(value, bool) else value
        case ast.UnaryOp(op=ast.USub()):
            found = number(node.operand, scope, depth)
            return None if found is None else -found
        case ast.BinOp():
            left, right = number(node.left, scope, depth), number(node.right, scope, depth)
            return None if left is None or right is None else _computed(left, node.op, right)
        case ast.Name():
            return _named(node.id, scope, depth)
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return _of_self(name, scope, depth)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _CALLS:
            known = [found for one in args if (found := number(one, scope, depth)) is not None]
            return _CALLS[name](*known) if len(known) == len(args) else None
    return None


def _named(name: str, scope: Scope, depth: int) -> Number | None:
    if name not in scope.numbers:
        scope.numbers[name] = None  # so that one that is told by itself ends here
        meant = constant(name, scope)
        found = None if meant is None else number(meant[0], meant[1], depth)
        scope.numbers[name] = found
    return scope.numbers[name]


def _of_self(name: str, scope: Scope, depth: int) -> Number | None:
    """The number that an attribute of ``self`` is, where the class sets it once."""
    home = scope.parent
    values = home.attributes.get(name, []) if home is not None and home.kind == "class" else []
    return number(*values[0], depth) if len(values) == 1 else None


def _computed(left: Number, op: ast.operator, right: Number) -> Number | None:
    if isinstance(op, ast.Pow | ast.LShift):
        base = left if isinstance(op, ast.Pow) else 2
        if abs(right) > _BITS or abs(base) > 2**64:
            return None
        power = base**right
        if not isinstance(power, int | float):  # a root of a negative number
            return None
        return power if isinstance(op, ast.Pow) else left * power
    apply = _OPERATORS.get(type(op))
    return None if apply is None else apply(left, right)


def _bounded(found: Number | None) -> Number | None:
    if isinstance(found, int) and found.bit_length() > _BITS:
        return None
    return found
