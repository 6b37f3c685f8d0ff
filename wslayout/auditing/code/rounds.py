"""How often a log call is reached in loops whose length is written in the code."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Collection, Sequence
from typing import Final

from wslayout.auditing.code.bounds import unwrapped
from wslayout.auditing.code.constants import integer, rounds, span_length
from wslayout.auditing.code.scopes import Around, Guard, Loop, Scope, dotted, loops, target_names

_STRIDE: Final = re.compile(
    r"every|interval|freq|period|stride|should|_steps?$|steps_|time|next|now|due|ready|over|done"
    r"|full|flush|count|random|rand|prob",
    re.IGNORECASE,
)
"""Names in tests that let only some rounds pass."""

_SWITCH: Final = re.compile(
    r"(^|_)(wandb|wb|main|master|rank|primary|leader|zero|track|tracking|enabled?|disabled?|debug"
    r"|verbose|use|no|do|log|logs|logging|logger|run|training|train)(_|$)",
    re.IGNORECASE,
)
"""Last names of tests that let all rounds pass, or none."""

_SETTINGS: Final = re.compile(r"^(args?|cfg|config|opts?|options|flags|hparams|params)$", re.I)
"""What people call an object that holds settings."""

_DATA: Final = re.compile(r"loader|dataset|batch|data\b", re.IGNORECASE)
"""What surely goes on for at least a round."""


def points(
    around: Around,
    scope: Scope,
    *,
    outside: Collection[Loop] = (),
    step: ast.expr | None = None,
    varies: Collection[str] = (),
) -> int | None:
    """How many points a metric has at least; None: it can't be told, or only some are logged.

    Args:
        around: The loops and guards around the log call.
        scope: The scope that it is in.
        outside: Loops that begin a run in each round, so that their rounds don't add up.
        step: The step that is given to the call; points of the same step are one.
        varies: The loop variables that the metric's key is made of: others are other metrics.
    """
    if step is not None and _is_rounded(step):
        return None
    inside = [one for one in loops(around) if one not in outside]
    counts = {one: _rounds(one, scope) for one in inside}
    known = [one for one in inside if counts[one] is not None]
    if not known or thinned(around, known[0], scope):
        return None
    for one in inside[inside.index(known[0]) :]:
        if counts[one] is None and not _goes_on(one):
            return None
    of_one_key = [one for one in known if not target_names(one.target) & set(varies)]
    if not of_one_key:
        return None
    return math.prod(counts[one] or 0 for one in of_one_key if _moves(one, inside, step))


def thinned(around: Around, since: Loop, scope: Scope) -> bool:
    """Whether a test in a loop may let only some of its rounds pass."""
    inner = around[around.index(since) + 1 :]
    changing = _changing(around[around.index(since) :], scope)
    return any(isinstance(one, Guard) and not _switch(one, changing) for one in inner)


def stride(points: int, limit: float) -> int:
    """Every how many rounds to log, a round number, to stay below a limit."""
    least = points / limit
    power = 1
    while power * 10 <= least:
        power *= 10
    return next((power * one for one in (1, 2, 5) if power * one > least), power * 10)


def _rounds(loop: Loop, scope: Scope) -> int | None:
    """How many rounds a loop has; None: it can't be told."""
    if loop.leaves:
        return None
    if loop.iterable is None:
        return _counted_up(loop, scope)
    iterable = unwrapped(loop.iterable)
    if isinstance(iterable, ast.Call) and iterable.args:
        match iterable.func:
            case ast.Name(id="enumerate"):
                iterable = unwrapped(iterable.args[0])
    return rounds(iterable, scope)


def _counted_up(loop: Loop, scope: Scope) -> int | None:
    """The rounds of ``while step < 1_000_000`` in which ``step`` goes up by a constant."""
    match loop.test:
        case ast.Compare(
            left=ast.Name(id=name), ops=[ast.Lt() | ast.LtE() as op], comparators=[end]
        ):
            last = integer(end, scope)
            bindings = scope.bindings.get(name, [])
            changes = [one for one in bindings if loop in one.around]
            others = [one for one in bindings if loop not in one.around]
            if last is None or len(changes) != 1 or len(others) != 1:
                return None
            by, begin = changes[0].by, others[0].value
            if by is None or begin is None or changes[0].around[-1] is not loop:
                return None
            step, start = integer(by, scope), integer(begin, scope)
            if step is None or start is None or step < 1:
                return None
            return span_length(start, last + isinstance(op, ast.LtE), step)
    return None


def _goes_on(loop: Loop) -> bool:
    return loop.iterable is not None and _DATA.search(ast.unparse(loop.iterable)) is not None


def _is_rounded(step: ast.expr) -> bool:
    """Whether several rounds may have the same step."""
    return any(isinstance(node, ast.FloorDiv | ast.Mod | ast.Call) for node in ast.walk(step))


def _moves(loop: Loop, inside: Sequence[Loop], step: ast.expr | None) -> bool:
    """Whether the step of the log call is another in each round of a loop."""
    if step is None:
        return True
    named = {node.id for node in ast.walk(step) if isinstance(node, ast.Name)}
    if not any(target_names(one.target) & named for one in inside):
        return not isinstance(step, ast.Constant)
    return bool(target_names(loop.target) & named)


def _changing(around: Around, scope: Scope) -> set[str]:
    """The names that change in the loops around a place."""
    within = set(loops(around))
    bound = {
        name
        for name, bindings in scope.bindings.items()
        if any(within & set(loops(one.around)) for one in bindings)
    }
    return bound.union(*(target_names(one.target) for one in within))


def _switch(guard: Guard, changing: Collection[str]) -> bool:
    """Whether a test lets all rounds of a loop pass, or none."""
    return guard.test is not None and _is_switch(guard.test, changing)


def _is_switch(test: ast.expr, changing: Collection[str]) -> bool:  # noqa: PLR0911 - one a kind
    match test:
        case ast.BoolOp():
            return all(_is_switch(one, changing) for one in test.values)
        case ast.UnaryOp(op=ast.Not()):
            return _is_switch(test.operand, changing)
        case ast.Compare(left=left, comparators=others):
            return all(_is_switch(one, changing) for one in (left, *others))
        case ast.Constant():
            return True
        case ast.Name():
            return test.id not in changing and not _STRIDE.search(test.id)
        case ast.Call(func=func):
            given = [*test.args, *(one.value for one in test.keywords)]
            return _says_so(func) and all(_is_switch(one, changing) for one in given)
        case ast.Attribute():
            return _says_so(test)
    return False


def _says_so(node: ast.expr) -> bool:
    """Whether the last of dotted names is that of a switch, or one before it holds settings."""
    *others, last = dotted(node).split(".")
    if not last or _STRIDE.search(last):
        return False
    return _SWITCH.search(last) is not None or any(map(_SETTINGS.match, others))
