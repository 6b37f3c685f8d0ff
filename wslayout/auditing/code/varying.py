"""Keys that are others in each round of a loop."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from wslayout.auditing.code.bounds import LOOKUPS, held, last_word, length, unwrapped
from wslayout.auditing.code.constants import at_most, is_range
from wslayout.auditing.code.scopes import (
    Around,
    Binding,
    Position,
    Scope,
    loops,
    share_loop,
    target_names,
)

Varies: TypeAlias = Mapping[str, float]
"""What an expression varies with, each with how many values it has; inf: not known."""

_STEADY: Final[Varies] = {}

_LISTINGS: Final = frozenset({"glob", "iglob", "rglob", "listdir", "iterdir", "scandir"})
"""Functions that go through files."""

_PLAIN: Final = frozenset(
    {"str", "int", "repr", "format", "round", "hex", "basename", "splitext", "Path", "item"}
)
"""Functions whose result tells apart what they are given."""

_DATA: Final = re.compile(
    r"batch|loader|dataset|sample|image|img|video|audio|frame|pred|example|episode|traj", re.I
)
"""What people call a collection of data, which has no end."""

_NAMED: Final = re.compile(
    r"(^|_)(k|key|name|label|cls|class|split|mode|phase|stage|part|tag|title|layer|metric|task"
    r"|dataset|model|domain|lang|language|kind|type|category|field|prefix|suffix)$",
    re.I,
)
"""What people call a name out of a few."""

_FEW: Final = re.compile(
    r"layer|level|head|class|stage|block|scale|world|rank|worker|gpu|device|fold|split|task|domain"
    r"|lang|loaders$|datasets$|channel|env|agent|view|camera|model|expert|seed|group|param",
    re.I,
)
"""What people call a collection of a few things that each have a name of their own."""

_INDEX: Final = re.compile(
    r"^(i|j|ii|jj|n)$|(^|_)(i|idx|index|id|num|number|no|step|epoch|iteration|episode|counter)$",
    re.I,
)
"""What people call a number that goes up."""


def varies(node: ast.expr, scope: Scope, around: Around, at: Position) -> Varies:
    """What a number or a part of a key varies with in the loops around it.

    Args:
        node: The expression.
        scope: The scope that it is in.
        around: The loops and guards around it.
        at: Where its names are looked up.
    """
    return _varies(node, scope, around, at, set())


def _varies(  # noqa: C901, PLR0911 - one answer a kind of expression
    node: ast.expr, scope: Scope, around: Around, at: Position, seen: set[Binding]
) -> Varies:
    def inner(one: ast.expr) -> Varies:
        return _varies(one, scope, around, at, seen)

    match node:
        case ast.Name():
            return _name(node.id, scope, around, at, seen)
        case ast.Attribute() | ast.Starred() | ast.FormattedValue():
            return inner(node.value)
        case ast.NamedExpr():
            return inner(node.value)
        case ast.Subscript():
            if its := inner(node.value):
                return its
            of_data = _DATA.search(last_word(node.value)) is not None
            return inner(node.slice) if of_data else _STEADY
        case ast.BinOp(op=ast.Mod(), left=left, right=right) if not is_text(left):
            bound = at_most(right, scope)
            its = inner(left)
            return its if bound is None else {name: min(n, bound) for name, n in its.items()}
        case ast.BinOp():
            return {**inner(node.left), **inner(node.right)}
        case ast.JoinedStr():
            return _union(inner(one) for one in node.values)
        case ast.Call():
            method = inner(node.func.value) if isinstance(node.func, ast.Attribute) else _STEADY
            if method or last_word(node.func) not in _PLAIN:
                return method
            return _union(inner(one) for one in node.args)
    return _STEADY


def _union(several: Iterator[Varies]) -> Varies:
    found: dict[str, float] = {}
    for one in several:
        found |= one
    return found


def _name(name: str, scope: Scope, around: Around, at: Position, seen: set[Binding]) -> Varies:
    for loop in reversed(loops(around)):
        if loop.target is None or loop.iterable is None or name not in target_names(loop.target):
            continue
        values = _goes_through(name, loop.target, loop.iterable, scope)
        return {name: min(values, held(name, scope, around))} if values else _STEADY
    found: dict[str, float] = {}
    for one in scope.reaching(name, around, at):
        if one in seen or len(seen) > LOOKUPS or not share_loop(one.around, around):
            continue
        seen.add(one)
        if one.changes:
            found[name] = held(name, scope, around)
        elif one.value is not None:
            found |= _varies(one.value, scope, one.around, one.at, seen)
    return found


def _goes_through(name: str, target: ast.expr, iterable: ast.expr, scope: Scope) -> float:
    """How many values a name takes in a loop; 0: names out of a few, which are well."""
    iterable = unwrapped(iterable)
    match iterable, target:
        case ast.Call(args=[inner, *_]), ast.Tuple(elts=[first, second]) if (
            last_word(iterable) == "enumerate"
        ):
            if name in target_names(first):
                most = length(inner, scope)
                return 0 if math.isinf(most) and _FEW.search(last_word(unwrapped(inner))) else most
            return _goes_through(name, second, inner, scope)
        case ast.Call(args=several), ast.Tuple(elts=elements) if last_word(iterable) in {
            "zip",
            "product",
        } and len(several) == len(elements):
            for one, its in zip(elements, several, strict=True):
                if name in target_names(one):
                    return _goes_through(name, one, its, scope)
    return _of_one(name, iterable, scope)


def _of_one(name: str, iterable: ast.expr, scope: Scope) -> float:
    most = length(iterable, scope)
    last = last_word(iterable)
    if is_range(iterable) or last in _LISTINGS or last == "count":
        return 0 if math.isinf(most) and _is_of_few(iterable) else most
    if math.isfinite(most):
        return 0 if most <= WRITTEN_DOWN else most
    if _INDEX.search(name):
        return 0 if _FEW.search(last) else math.inf
    if _NAMED.search(name) or last in {"items", "keys"}:
        return 0
    return math.inf if _DATA.search(last) else 0


def _is_of_few(iterable: ast.expr) -> bool:
    """Whether the end of a range is how many there are of a few things."""
    if not isinstance(iterable, ast.Call) or not is_range(iterable) or not iterable.args:
        return False
    end = iterable.args[-1] if len(iterable.args) == 1 else iterable.args[1]
    if isinstance(end, ast.Call) and last_word(end) == "len" and end.args:
        end = end.args[0]
    return _FEW.search(last_word(end)) is not None


WRITTEN_DOWN: Final = 10
"""So many names may be written down in a loop and be keys."""


def is_text(node: ast.expr) -> bool:
    """Whether an expression puts together a string."""
    match node:
        case ast.JoinedStr() | ast.Constant(value=str()):
            return True
        case ast.BinOp(op=ast.Add()):
            return is_text(node.left) or is_text(node.right)
        case ast.BinOp(op=ast.Mod()):
            return is_text(node.left)
        case ast.Call(func=ast.Attribute(value=value, attr="format")):
            return is_text(value)
        case ast.Call(func=ast.Name(id="str")):
            return True
    return False
