"""How often a log call is reached in loops whose length is written in the code."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Collection, Sequence
from typing import Final

from wslayout.auditing.code.bounds import unwrapped
from wslayout.auditing.code.constants import rounds
from wslayout.auditing.code.scopes import Around, Guard, Loop, Scope, loops, target_names

_STRIDE: Final = re.compile(
    r"every|interval|freq|period|stride|should|_steps?$|steps_|time|next", re.IGNORECASE
)
"""Names in tests that let only some rounds pass."""

_SWITCH: Final = re.compile(
    r"wandb|\bwb\b|main|master|rank|primary|leader|track|enable|disable|debug|verbose|use_|args"
    r"|cfg|config|opt|flags|\brun\b|logging|logger|\blog\b|do_log|training|train\b",
    re.IGNORECASE,
)
"""Names in tests that let all rounds pass, or none."""

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
    if loop.iterable is None or loop.leaves:
        return None
    iterable = unwrapped(loop.iterable)
    if isinstance(iterable, ast.Call) and iterable.args:
        match iterable.func:
            case ast.Name(id="enumerate"):
                iterable = unwrapped(iterable.args[0])
    return rounds(iterable, scope)


def _goes_on(loop: Loop) -> bool:
    return loop.iterable is not None and _DATA.search(ast.unparse(loop.iterable)) is not None


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
    if guard.test is None:
        return False
    names: list[str] = []
    for node in ast.walk(guard.test):
        match node:
            case ast.Mod():
                return False
            case ast.Name():
                if node.id in changing:
                    return False
                names.append(node.id)
            case ast.Attribute():
                names.append(node.attr)
    said = " ".join(names)
    if any(_STRIDE.search(name) for name in names):
        return False
    plain = all(isinstance(node, _PLAIN) for node in ast.walk(guard.test))
    return plain or _SWITCH.search(said) is not None


_PLAIN: Final = (
    ast.Name,
    ast.Constant,
    ast.Compare,
    ast.cmpop,
    ast.BoolOp,
    ast.boolop,
    ast.UnaryOp,
    ast.unaryop,
    ast.expr_context,
)
