"""Keys with what is put into them."""

from __future__ import annotations

import ast
import math
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from wslayout.auditing.code.scopes import Around, Position, Scope
from wslayout.auditing.code.varying import Varies, is_text, varies
from wslayout.auditing.numbered import HOLE, one_key

_PARTS: Final = 100
"""Parts of a key that are looked at."""

_DEPTH: Final = 6
"""Names that are looked up one from another, at most."""

_PERCENT: Final = re.compile(r"%[-#0 +]*\d*(?:\.\d+)?[a-zA-Z]")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A key with what is put into it.

    Attributes:
        text: The key, with ``{…}`` for what is put in.
        one: The one key to log instead.
        varies: What it varies with.
    """

    text: str
    one: str
    varies: Varies

    @property
    def values(self) -> float:
        """How many keys it stands for; inf: not known."""
        return math.prod(self.varies.values())


def pattern(keys: tuple[ast.expr, ...], scope: Scope, around: Around, at: Position) -> Pattern:
    """The pattern of a key.

    Args:
        keys: The keys to a value, outermost first.
        scope: The scope that they are in.
        around: The loops and guards around them.
        at: Where their names are looked up.
    """
    said: list[str] = []
    marked: list[str] = []
    found: dict[str, float] = {}
    for key in keys:
        if said:
            said.append(".")
            marked.append(".")
        for part in islice(_parts(key, scope, around, at, 0), _PARTS):
            if isinstance(part, str):
                said.append(part)
                marked.append(part)
                continue
            its = varies(part, scope, around, at)
            shown = "{" + ast.unparse(part) + "}"
            said.append(shown)
            marked.append(HOLE if its else shown)
            found |= its
    return Pattern("".join(said), one_key("".join(marked)), found)


def _parts(  # noqa: C901 - one branch a kind of expression
    node: ast.expr, scope: Scope, around: Around, at: Position, depth: int
) -> Iterator[str | ast.expr]:
    """What a key is put together from: texts and expressions."""
    match node:
        case ast.Constant(value=str(value)):
            yield value
        case ast.JoinedStr():
            for one in node.values:
                yield from _parts(one, scope, around, at, depth)
        case ast.FormattedValue():
            yield node.value
        case ast.BinOp(op=ast.Add()):
            yield from _parts(node.left, scope, around, at, depth)
            yield from _parts(node.right, scope, around, at, depth)
        case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str(value)), right=given):
            values = given.elts if isinstance(given, ast.Tuple) else [given]
            yield from _filled(_PERCENT.split(value.replace("%%", "%")), values)
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value=str(value)), attr="format"), args=values
        ):
            words = {one.arg: one.value for one in node.keywords if one.arg}
            yield from _formatted(value, values, words)
        case ast.Call(func=ast.Name(id="str"), args=[one]):
            yield one
        case ast.Name() if depth < _DEPTH:
            match scope.reaching(node.id, around, at):
                case [bound] if bound.value is not None and is_text(bound.value):
                    yield from _parts(bound.value, scope, bound.around, bound.at, depth + 1)
                case _:
                    yield node
        case _:
            yield node


def _filled(texts: list[str], values: list[ast.expr]) -> Iterator[str | ast.expr]:
    for index, one in enumerate(texts):
        yield one
        if index < len(texts) - 1 and index < len(values):
            yield values[index]


def _formatted(
    value: str, values: list[ast.expr], words: Mapping[str, ast.expr]
) -> Iterator[str | ast.expr]:
    try:
        pieces = list(string.Formatter().parse(value))
    except ValueError:
        yield value
        return
    unnumbered = iter(values)
    for literal, name, _, _ in pieces:
        yield literal
        if name is None:
            continue
        first = re.split(r"[.\[]", name)[0]
        if not first:
            given = next(unnumbered, None)
        elif first.isascii() and first.isdigit():
            given = dict(enumerate(values)).get(int(first[:4]))
        else:
            given = words.get(first)
        if given is not None:
            yield given
