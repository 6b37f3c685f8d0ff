"""Scopes of a Python file: what their names are bound to, and in which loops and tests.

Nothing is run. The walk takes down each call and each assignment together with the loops
and tests around it, so that the checks need no walks of their own.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

Position: TypeAlias = tuple[int, int]
"""A line and a column of the syntax tree."""

MANY: Final = 100
"""Bindings of a name beyond which it is not followed: only generated code has so many."""


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """A loop, also one of a comprehension.

    Attributes:
        target: What it binds in each round; None: a ``while`` loop.
        iterable: What it goes through; None: a ``while`` loop.
        leaves: The tests at which it is left early; None for one that is no simple test.
        test: What holds in each round of a ``while`` loop.
    """

    target: ast.expr | None
    iterable: ast.expr | None
    leaves: tuple[ast.expr | None, ...] = ()
    test: ast.expr | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Guard:
    """A test that decides whether code is reached.

    Attributes:
        test: The test; None: something that is no simple test.
        holds: Whether the code is reached where the test holds, or where it doesn't.
    """

    test: ast.expr | None
    holds: bool = True


Around: TypeAlias = tuple[Loop | Guard, ...]
"""The loops and guards around a piece of code within its function, outermost first."""


@dataclass(frozen=True, slots=True, eq=False)
class Binding:
    """What a name is bound to at one place.

    Attributes:
        value: The expression, where the name stands for its value; else None.
        around: The loops and guards around it.
        at: Where it is.
        changes: Whether it changes what the name had before (``n += 1``).
        annotation: The declared type.
        by: What is added to what the name had before, where that is how it changes.
    """

    value: ast.expr | None
    around: Around
    at: Position
    changes: bool = False
    annotation: ast.expr | None = None
    by: ast.expr | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Fill:
    """A place where something is put into a dict that has a name.

    Attributes:
        key: Its key; None: the value is a dict that is merged.
        value: The value.
        around: The loops and guards around it.
        at: Where it is.
    """

    key: ast.expr | None
    value: ast.expr
    around: Around
    at: Position


@dataclass(frozen=True, slots=True, eq=False)
class SeenCall:
    """A call and what is around it."""

    node: ast.Call
    around: Around


@dataclass(frozen=True, slots=True, eq=False)
class SeenSet:
    """An assignment to an attribute or an item (``a.b = c``, ``a["b"] = c``)."""

    target: ast.Attribute | ast.Subscript
    value: ast.expr


@dataclass(slots=True, eq=False)
class Scope:
    """A module, a class body or a function.

    Attributes:
        kind: Which of them.
        parent: The scope around it.
        bindings: What names are bound to, in the order of the source.
        fills: What is put into dicts, by their names.
        calls: All calls.
        sets: All assignments to attributes and items.
        numbers: Constants that were computed already.
        attributes: Of a class what its methods set attributes of ``self`` to, each with the
            method's scope.
    """

    kind: Literal["module", "class", "function"]
    parent: Scope | None = None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    fills: dict[str, list[Fill]] = field(default_factory=dict)
    calls: list[SeenCall] = field(default_factory=list)
    sets: list[SeenSet] = field(default_factory=list)
    numbers: dict[str, int | float | None] = field(default_factory=dict)
    attributes: dict[str, list[tuple[ast.expr, Scope]]] = field(default_factory=dict)

    def owner(self, name: str) -> Scope | None:
        """The scope that a name is looked up in from here; None: nothing here binds it."""
        if name in self.bindings:
            return self
        outer = self.parent
        while outer is not None and (outer.kind == "class" or name not in outer.bindings):
            outer = outer.parent
        return outer

    def reaching(self, name: str, around: Around, at: Position) -> list[Binding]:
        """The bindings of a name in this scope that may hold at a place.

        Args:
            name: The name.
            around: The loops and guards around the place.
            at: The place.
        """
        found = self.bindings.get(name, [])
        if len(found) > MANY:
            return []
        sure = _last_sure(found, around, at)
        return [one for one in found if _reaches(one, sure, around, at)]

    def filled(self, name: str, around: Around, at: Position) -> list[Fill]:
        """What may have been put into the dict of a name when a place is reached."""
        fills = self.fills.get(name, [])
        if len(fills) > MANY:
            return []
        sure = _last_sure(self.bindings.get(name, []), around, at)
        return [one for one in fills if _reaches(one, sure, around, at)]

    def only(self, name: str) -> Binding | None:
        """The one binding of a name in this scope; None: it has several, or none."""
        found = self.bindings.get(name, [])
        return found[0] if len(found) == 1 else None


def loops(around: Around) -> list[Loop]:
    """The loops of what is around a place."""
    return [one for one in around if isinstance(one, Loop)]


def share_loop(one: Around, other: Around) -> bool:
    """Whether two places are in a common loop."""
    return bool(set(loops(one)) & set(loops(other)))


def position(node: ast.expr | ast.stmt) -> Position:
    """Where a node begins."""
    return node.lineno, node.col_offset


def dotted(node: ast.expr) -> str:
    """A name with its attributes, such as "self.run"; "" for other expressions."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(names)])


def target_names(target: ast.expr | None) -> set[str]:
    """The names that the target of a loop binds."""
    if target is None:
        return set()
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def within(around: Around, generators: Sequence[ast.comprehension]) -> Around:
    """What is around the element of a comprehension.

    Args:
        around: What is around the comprehension.
        generators: Its loops.
    """
    for one in generators:
        around = (*around, Loop(one.target, one.iter), *[Guard(test) for test in one.ifs])
    return around


def _last_sure(found: Sequence[Binding], around: Around, at: Position) -> Binding | None:
    """The last binding of a name that lies on every way to a place."""
    sure = [
        one
        for one in found
        if one.at < at and not one.changes and one.around == around[: len(one.around)]
    ]
    return max(sure, key=lambda one: one.at, default=None)


def _reaches(one: Binding | Fill, sure: Binding | None, around: Around, at: Position) -> bool:
    if one.at < at:
        return sure is None or sure.at <= one.at
    # What comes later in the text comes before in the next round of a loop, unless the name
    # is bound anew in each round.
    again = set(loops(one.around)) & set(loops(around))
    return bool(again - set(loops(sure.around) if sure else ()))
