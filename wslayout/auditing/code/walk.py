"""The walk through a file that takes down what its scopes bind and call."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from wslayout.auditing.code.scopes import (
    Around,
    Binding,
    Fill,
    Guard,
    Loop,
    Position,
    Scope,
    SeenCall,
    SeenSet,
    dotted,
    position,
    within,
)

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_LOOPS: Final = (ast.For, ast.AsyncFor, ast.While)


def scopes_of(tree: ast.Module) -> list[Scope]:
    """All scopes of a file, the module first.

    Raises:
        RecursionError: It is nested too deeply.
    """
    walk = _Walk(Scope("module"))
    walk.block(tree.body, ())
    return walk.done


class _Walk:
    """A walk through one scope and the scopes in it."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.done = [scope]

    def block(self, body: Sequence[ast.stmt], around: Around) -> None:
        for statement in body:
            self._statement(statement, around)
            around += tuple(_guards_after(statement))

    def _statement(self, node: ast.stmt, around: Around) -> None:  # noqa: C901, PLR0912 - one a kind
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node, around)
            case ast.ClassDef():
                self._bind(node.name, None, around, position(node))
                for one in [*node.decorator_list, *node.bases]:
                    self._expression(one, around)
                self._inside(Scope("class", self._scope), node.body)
            case ast.If():
                self._expression(node.test, around)
                self.block(node.body, (*around, Guard(node.test)))
                self.block(node.orelse, (*around, Guard(node.test, holds=False)))
            case ast.For() | ast.AsyncFor():
                self._expression(node.iter, around)
                self._target(node.target, None, around)
                self.block(node.body, (*around, Loop(node.target, node.iter, _leaves(node.body))))
                self.block(node.orelse, around)
            case ast.While():
                within = (*around, Loop(None, None, _leaves(node.body), node.test))
                self._expression(node.test, within)
                self.block(node.body, within)
                self.block(node.orelse, around)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    self._expression(item.context_expr, around)
                    if item.optional_vars is not None:
                        self._target(item.optional_vars, item.context_expr, around)
                self.block(node.body, around)
            case ast.Try():
                self._try(node, around)
            case ast.Match():
                self._expression(node.subject, around)
                for case in node.cases:
                    self._captured(case.pattern, around, position(node))
                    self.block(case.body, (*around, Guard(None)))
            case _:
                self._simple(node, around)

    def _simple(self, node: ast.stmt, around: Around) -> None:  # noqa: C901 - one branch a kind
        match node:
            case ast.Assign():
                self._expression(node.value, around)
                for target in node.targets:
                    self._target(target, node.value, around)
            case ast.AnnAssign():
                if node.value is not None:
                    self._expression(node.value, around)
                self._annotated(node, around)
            case ast.AugAssign():
                self._changed(node, around)
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    self._bind(name, None, around, position(node))
            case ast.Global() | ast.Nonlocal():
                self._elsewhere(node, around)
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self._expression(child, around)
                    elif isinstance(child, ast.stmt):  # of ``try: … except* …``
                        self._statement(child, (*around, Guard(None)))

    def _function(self, node: Function, around: Around) -> None:
        self._bind(node.name, None, around, position(node))
        for one in [*node.decorator_list, *node.args.defaults, *node.args.kw_defaults]:
            if one is not None:
                self._expression(one, around)
        scope = Scope("function", self._scope)
        given = node.args
        for argument in [*given.posonlyargs, *given.args, *given.kwonlyargs]:
            at = (argument.lineno, argument.col_offset)
            binding = Binding(None, (), at, annotation=argument.annotation)
            scope.bindings.setdefault(argument.arg, []).append(binding)
        for more in (given.vararg, given.kwarg):
            if more is not None:
                at = (more.lineno, more.col_offset)
                scope.bindings.setdefault(more.arg, []).append(Binding(None, (), at))
        self._inside(scope, node.body)

    def _inside(self, scope: Scope, body: Sequence[ast.stmt]) -> None:
        walk = _Walk(scope)
        walk.block(body, ())
        self.done += walk.done

    def _try(self, node: ast.Try, around: Around) -> None:
        self.block(node.body, around)
        for handler in node.handlers:
            if handler.name:
                self._bind(handler.name, None, around, (handler.lineno, handler.col_offset))
            self.block(handler.body, (*around, Guard(None)))
        self.block(node.orelse, around)
        self.block(node.finalbody, around)

    def _captured(self, pattern: ast.pattern, around: Around, at: Position) -> None:
        for node in ast.walk(pattern):
            match node:
                case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                    self._bind(name, None, around, at)
                case ast.MatchMapping(rest=str(name)):
                    self._bind(name, None, around, at)

    def _annotated(self, node: ast.AnnAssign, around: Around) -> None:
        if not isinstance(node.target, ast.Name):
            if node.value is not None:
                self._target(node.target, node.value, around)
        elif node.value is not None:
            binding = Binding(node.value, around, position(node), annotation=node.annotation)
            self._scope.bindings.setdefault(node.target.id, []).append(binding)

    def _changed(self, node: ast.AugAssign, around: Around) -> None:
        self._expression(node.value, around)
        if isinstance(node.target, ast.Name):
            at = position(node)
            by = node.value if isinstance(node.op, ast.Add) else None
            change = Binding(None, around, at, changes=True, by=by)
            self._scope.bindings.setdefault(node.target.id, []).append(change)
            if isinstance(node.op, ast.BitOr):
                self._fill(node.target.id, Fill(None, node.value, around, at))

    def _elsewhere(self, node: ast.Global | ast.Nonlocal, around: Around) -> None:
        """Names of an outer scope that this one rebinds are constant in neither."""
        for name in node.names:
            for scope in _outward(self._scope):
                unknown = [Binding(None, around, position(node)) for _ in range(2)]
                scope.bindings.setdefault(name, []).extend(unknown)

    def _target(self, target: ast.expr, value: ast.expr | None, around: Around) -> None:
        match target:
            case ast.Name():
                self._bind(target.id, value, around, position(target))
            case ast.Tuple() | ast.List():
                values: Sequence[ast.expr | None] = [None] * len(target.elts)
                if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
                    values = value.elts
                for one, its in zip(target.elts, values, strict=True):
                    self._target(one, its, around)
            case ast.Starred():
                self._target(target.value, None, around)
            case ast.Attribute() | ast.Subscript():
                self._expression(target, around)
                if value is not None:
                    self._scope.sets.append(SeenSet(target, value))
                    self._attribute(target, value)
                match target:
                    case ast.Subscript(value=ast.Name(id=name)) if value is not None:
                        fill = Fill(target.slice, value, around, position(target))
                        self._fill(name, fill)

    def _attribute(self, target: ast.expr, value: ast.expr) -> None:
        """Take down what a method sets an attribute of ``self`` to."""
        home = self._scope.parent
        match target:
            case ast.Attribute(value=ast.Name(id="self"), attr=name) if (
                home is not None and home.kind == "class"
            ):
                home.attributes.setdefault(name, []).append((value, self._scope))

    def _bind(self, name: str, value: ast.expr | None, around: Around, at: Position) -> None:
        self._scope.bindings.setdefault(name, []).append(Binding(value, around, at))

    def _fill(self, name: str, fill: Fill) -> None:
        self._scope.fills.setdefault(name, []).append(fill)

    def _expression(self, node: ast.expr, around: Around) -> None:
        match node:
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                within = self._comprehended(node.generators, around)
                parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
                for part in parts:
                    self._expression(part, within)
            case ast.Lambda():
                self._expression(node.body, ())
            case ast.IfExp():
                self._expression(node.test, around)
                self._expression(node.body, (*around, Guard(node.test)))
                self._expression(node.orelse, (*around, Guard(node.test, holds=False)))
            case ast.BoolOp():
                holds = isinstance(node.op, ast.And)
                for value in node.values:
                    self._expression(value, around)
                    around = (*around, Guard(value, holds))
            case _:
                self._noted(node, around)
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self._expression(child, around)
                    elif isinstance(child, ast.keyword):
                        self._expression(child.value, around)

    def _comprehended(self, generators: Sequence[ast.comprehension], around: Around) -> Around:
        for one in generators:
            self._expression(one.iter, around)
            around = within(around, [one])
            for test in one.ifs:
                self._expression(test, around)
        return around

    def _noted(self, node: ast.expr, around: Around) -> None:
        match node:
            case ast.Call():
                self._scope.calls.append(SeenCall(node, around))
                match node:
                    case ast.Call(
                        func=ast.Attribute(value=ast.Name(id=name), attr="update"), args=[value]
                    ):
                        self._fill(name, Fill(None, value, around, position(node)))
            case ast.NamedExpr():
                self._bind(node.target.id, node.value, around, position(node))


def _outward(scope: Scope) -> Iterator[Scope]:
    one: Scope | None = scope
    while one is not None:
        yield one
        one = one.parent


def _guards_after(node: ast.stmt) -> Iterator[Guard]:
    """The tests that decide whether what follows a statement is reached in this round."""
    if isinstance(node, ast.If):
        for body, holds in ((node.body, False), (node.orelse, True)):
            if body and isinstance(body[-1], ast.Continue | ast.Break | ast.Return):
                yield Guard(node.test, holds)
                return
    if _goes_on(node):
        yield Guard(None)


def _goes_on(node: ast.AST) -> bool:
    """Whether a statement may go on to the next round of the loop that it is in."""
    if isinstance(node, ast.Continue):
        return True
    if isinstance(node, (*_FUNCTIONS, *_LOOPS, ast.excepthandler, ast.expr)):
        return False
    return any(_goes_on(child) for child in ast.iter_child_nodes(node))


def _leaves(body: Sequence[ast.stmt]) -> tuple[ast.expr | None, ...]:
    """The tests at which a loop is left before its end."""
    found: list[ast.expr | None] = []
    for statement in body:
        _add_leaves(statement, None, found, own=True)
    return tuple(found)


def _add_leaves(
    node: ast.AST, test: ast.expr | None, found: list[ast.expr | None], *, own: bool
) -> None:
    """Add the tests of the breaks and returns in a statement; ``own``: breaks leave our loop."""
    if (
        isinstance(node, ast.Return | ast.Raise)
        or (isinstance(node, ast.Break) and own)
        or (isinstance(node, ast.Expr) and _ends(node.value))
    ):
        found.append(test)
    elif isinstance(node, ast.If):
        for child in node.body:
            _add_leaves(child, node.test, found, own=own)
        for child in node.orelse:
            _add_leaves(child, None, found, own=own)
    elif not isinstance(node, (*_FUNCTIONS, ast.expr)):
        own = own and not isinstance(node, _LOOPS)
        for inner in ast.iter_child_nodes(node):
            _add_leaves(inner, None, found, own=own)


def _ends(node: ast.expr) -> bool:
    """Whether a call ends the program."""
    return isinstance(node, ast.Call) and dotted(node.func) in {"exit", "quit", "sys.exit"}
