"""How large values are as JSON, as far as constants tell."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from typing import Final

from wslayout.auditing.code.constants import constant, integer, rounds, span, span_length
from wslayout.auditing.code.scopes import Scope, dotted

_DEPTH: Final = 12
"""Names that are looked up one from another, at most."""

_SEPARATOR: Final = 2
"""What is between two elements, and between a key and its value."""

_UNKNOWN: Final = 1
"""The least that a value takes."""

_SEQUENCES: Final = frozenset({"list", "tuple", "sorted", "reversed"})


class Sizes:
    """The sizes of the expressions of a file; what is not known counts as little as it can."""

    def __init__(self) -> None:
        self._names: dict[tuple[Scope, str], int | None] = {}

    def of(  # noqa: PLR0911 - one answer a kind of expression
        self, node: ast.expr, scope: Scope, depth: int = 0
    ) -> int | None:
        """The least bytes that an expression takes as JSON; None: it can't be told."""
        match node:
            case ast.Constant():
                return _constant(node.value)
            case ast.List() | ast.Tuple() | ast.Set():
                sizes = [self._least(one, scope, depth) for one in node.elts]
                return 2 + sum(sizes) + _SEPARATOR * max(0, len(sizes) - 1)
            case ast.Dict():
                pairs = zip(node.keys, node.values, strict=True)
                return self._dict([(key, value) for key, value in pairs], scope, depth)
            case ast.Call():
                return self._call(node, scope, depth)
            case ast.BinOp():
                return self._operation(node, scope, depth)
            case ast.ListComp():
                return self._comprehension([node.elt], node.generators, scope, depth)
            case ast.DictComp():
                return self._comprehension([node.key, node.value], node.generators, scope, depth)
            case ast.Name():
                return self._name(node.id, scope, depth)
        return None

    def _least(self, node: ast.expr, scope: Scope, depth: int) -> int:
        found = self.of(node, scope, depth)
        return _UNKNOWN if found is None else found

    def _name(self, name: str, scope: Scope, depth: int) -> int | None:
        if depth > _DEPTH:
            return None
        key = (scope, name)
        if key not in self._names:
            self._names[key] = None  # so that one that holds itself ends here
            meant = constant(name, scope)
            self._names[key] = None if meant is None else self.of(meant[0], meant[1], depth + 1)
        return self._names[key]

    def _dict(
        self, pairs: Sequence[tuple[ast.expr | None, ast.expr]], scope: Scope, depth: int
    ) -> int:
        total = 2
        for key, value in pairs:
            size = self._least(value, scope, depth)
            if key is None:  # ** of another dict
                total += max(0, size - 2) + (_SEPARATOR if size > 2 else 0)
            else:
                total += self._least(key, scope, depth) + size + 2 * _SEPARATOR
        return total - (_SEPARATOR if total > 2 else 0)

    def _call(self, node: ast.Call, scope: Scope, depth: int) -> int | None:
        numbers = span(node, scope)
        if numbers is not None and dotted(node.func) == "range":
            return _range(*numbers)
        match node:
            case ast.Call(func=ast.Name(id=name), args=[one], keywords=[]) if name in _SEQUENCES:
                return None if is_text(one, scope) else self.of(one, scope, depth)
            case ast.Call(func=ast.Name(id="dict"), args=args):
                pairs: list[tuple[ast.expr | None, ast.expr]] = [(None, one) for one in args]
                for word in node.keywords:
                    key = None if word.arg is None else ast.Constant(word.arg)
                    pairs.append((key, word.value))
                return self._dict(pairs, scope, depth)
        return None

    def _operation(self, node: ast.BinOp, scope: Scope, depth: int) -> int | None:
        match node.op:
            case ast.Mult():
                for one, times in ((node.left, node.right), (node.right, node.left)):
                    count = integer(times, scope)
                    if count is not None and (size := self.of(one, scope, depth)) is not None:
                        return self._repeated(one, size, count, scope)
            case ast.Add() | ast.BitOr():
                sizes = [self.of(one, scope, depth) for one in (node.left, node.right)]
                known = [size for size in sizes if size is not None]
                if len(known) < 2:
                    return known[0] if known else None
                joined = not is_text(node.left, scope) and min(known) > 2
                return sum(known) - 2 + (_SEPARATOR if joined else 0)
        return None

    def _repeated(self, one: ast.expr, size: int, count: int, scope: Scope) -> int | None:
        if is_text(one, scope):
            return 2 + (size - 2) * max(0, count)
        if not _is_list(one, scope):
            return None
        if size <= 2:
            return size
        return 2 + (size - 2 + _SEPARATOR) * max(0, count) - (_SEPARATOR if count > 0 else 0)

    def _comprehension(
        self,
        parts: Sequence[ast.expr],
        generators: Sequence[ast.comprehension],
        scope: Scope,
        depth: int,
    ) -> int | None:
        total = 1
        for one in generators:
            count = rounds(one.iter, scope)
            if count is None or one.ifs:
                return None
            total *= count
        each = sum(self._least(part, scope, depth) for part in parts) + _SEPARATOR * len(parts)
        return 2 + total * each - (_SEPARATOR if total else 0)


def is_text(node: ast.expr, scope: Scope) -> bool:
    """Whether an expression is a string, as far as can be seen."""
    match node:
        case ast.Constant():
            return isinstance(node.value, str)
        case ast.JoinedStr():
            return True
        case ast.BinOp(op=ast.Mult()):
            return is_text(node.left, scope) or is_text(node.right, scope)
        case ast.Name():
            meant = _plainly(node.id, scope)
            return meant is not None and is_text(*meant)
    return False


def _plainly(name: str, scope: Scope) -> tuple[ast.expr, Scope] | None:
    """What a name stands for all the time, if that is no further name and no sum."""
    meant = constant(name, scope)
    return None if meant is None or isinstance(meant[0], ast.Name | ast.BinOp) else meant


def _is_list(node: ast.expr, scope: Scope) -> bool:
    match node:
        case ast.List() | ast.Tuple() | ast.ListComp():
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in _SEQUENCES
        case ast.BinOp(op=ast.Mult() | ast.Add()):
            return _is_list(node.left, scope) or _is_list(node.right, scope)
        case ast.Name():
            meant = _plainly(node.id, scope)
            return meant is not None and _is_list(*meant)
    return False


def _constant(value: object) -> int | None:
    if isinstance(value, str):
        return len(json.dumps(value))
    if isinstance(value, bool) or value is None or isinstance(value, float):
        return len(json.dumps(value))
    if isinstance(value, int):
        return _digits(value)
    return None


def _digits(value: int) -> int:
    # str(int) refuses thousands of digits; such a number is wide in no sense that matters.
    return len(str(value)) if value.bit_length() < 10_000 else value.bit_length() // 4


def _range(start: int, end: int, step: int) -> int:
    """The bytes of the numbers of a range as a list."""
    count = span_length(start, end, step)
    if count == 0:
        return 2
    last = start + (count - 1) * step
    low, high, stride = min(start, last), max(start, last), abs(step)
    digits = count + _longer(low, high, stride, 1) + _longer(-high, -low, stride, -1)
    return 2 + digits + _SEPARATOR * (count - 1)


def _longer(low: int, high: int, stride: int, sign: int) -> int:
    """What the numbers of one sign take beyond a digit each.

    Args:
        low: The lowest number, with its sign turned where ``sign`` is -1.
        high: The highest, likewise.
        stride: How far numbers are apart.
        sign: 1: numbers from 0 on; -1: numbers below 0, which have a minus, too.
    """
    total = _from(low, high, stride, 1) if sign < 0 else 0
    bound = 10
    while bound <= high:
        total += _from(low, high, stride, bound)
        bound *= 10
    return total


def _from(low: int, high: int, stride: int, bound: int) -> int:
    """How many of the numbers from low to high by stride are at least a bound."""
    if high < bound:
        return 0
    return (high - max(low, low + -(-(bound - low) // stride) * stride)) // stride + 1
