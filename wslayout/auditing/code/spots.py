"""The places in a file that do what W&B warns of."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from wslayout.amounts import size
from wslayout.auditing.code.loaded import Loaded, loaded
from wslayout.auditing.code.logged import Item, argument, items, keyword
from wslayout.auditing.code.names import HISTOGRAM, MEDIA, Wandb, wandb_of
from wslayout.auditing.code.patterns import pattern
from wslayout.auditing.code.rounds import points, stride, thinned
from wslayout.auditing.code.scopes import Loop, Scope, SeenCall, SeenSet, loops, position
from wslayout.auditing.code.sizes import Sizes
from wslayout.auditing.code.walk import scopes_of
from wslayout.auditing.words import count

INDEXED_MEDIA: Final = "code-indexed-media"
WIDE_VALUE: Final = "code-wide-value"
LOG_EVERY_STEP: Final = "code-log-every-step"
LARGE_CONFIG: Final = "code-large-config"

POINTS: Final = {"scalar": 100_000, "media": 50_000, "histogram": 10_000}
"""The most points that W&B advises a metric to have, by its kind."""

_NOTABLE: Final = 1_000
"""Values of fewer bytes are left out."""

_ITEMS: Final = 2_000
"""Values of one log call that are looked at."""

_SHOWN: Final = 60
"""The most characters of code that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place in a syntax tree that does what W&B warns of.

    Attributes:
        rule: The id of the rule that it is about.
        node: Where it is.
        said: What it does, in words.
        amount: How much, in the unit of the rule's limit; inf where that can't be told.
        share: How much of the rule's limit it may have.
    """

    rule: str
    node: ast.expr
    said: str
    amount: float
    share: float = 1.0


def spots_of(tree: ast.Module, folders: Sequence[Path]) -> list[Spot]:
    """What a file does that W&B warns of, in the order of its lines.

    Args:
        tree: The file.
        folders: Where the relative paths in it may start.

    Raises:
        RecursionError: It is nested too deeply.
    """
    scopes = scopes_of(tree)
    wandb = wandb_of(tree, scopes)
    if not wandb.imported:
        return []
    check = _Check(wandb, folders)
    found: dict[tuple[str, int, int], Spot] = {}
    for scope in scopes:
        for spot in check.scope(scope):
            at = (spot.rule, *position(spot.node))
            if at not in found or found[at].amount < spot.amount:
                found[at] = spot
    return sorted(found.values(), key=lambda spot: (*position(spot.node), spot.rule))


class _Check:
    """The checks of one file."""

    def __init__(self, wandb: Wandb, folders: Sequence[Path]) -> None:
        self._wandb = wandb
        self._folders = folders
        self._sizes = Sizes()

    def scope(self, scope: Scope) -> Iterator[Spot]:
        begun = {
            loop
            for call in scope.calls
            if self._wandb.meaning(call.node.func) == "init"
            for loop in loops(call.around)
        }
        for call in scope.calls:
            if self._wandb.is_log(call.node, scope):
                logged = self._logged(call, scope)
                yield from self._indexed_media(logged, scope)
                yield from self._wide_values(logged, scope)
                yield from self._every_step(call, logged, scope, begun)
            else:
                yield from self._config_call(call, scope)
        for one in scope.sets:
            yield from self._config_set(one, scope)

    def _logged(self, call: SeenCall, scope: Scope) -> list[Item]:
        given = argument(call.node)
        if given is None:
            return []
        # Names are looked up where the call ends, so that a walrus in it counts.
        at = (call.node.end_lineno or call.node.lineno, call.node.end_col_offset or 0)
        return list(islice(items(given, scope, call.around, at), _ITEMS))

    def _kind(self, item: Item, scope: Scope) -> str:
        kind = self._wandb.media(item.value, scope, item.around, item.at)
        if kind == HISTOGRAM:
            return "histogram"
        return "media" if kind in MEDIA else "scalar"

    def _indexed_media(self, logged: Sequence[Item], scope: Scope) -> Iterator[Spot]:
        for item in logged:
            if not item.keys or not loops(item.around) or self._kind(item, scope) != "media":
                continue
            key = pattern(item.keys, scope, item.around, item.at)
            if key.varies:
                yield Spot(
                    rule=INDEXED_MEDIA,
                    node=item.node,
                    said=f"`{_short(key.text)}` is another media key in each round of the loop; "
                    f"log a list under one key, `{_short(key.one)}`",
                    amount=key.values,
                )

    def _wide_values(self, logged: Sequence[Item], scope: Scope) -> Iterator[Spot]:
        for item in logged:
            file = loaded(item.value, scope, item.around, item.at)
            if file is not None:
                yield from self._wide_file(item, file)
                continue
            bytes_ = self._sizes.of(item.value, scope)
            if bytes_ is not None and bytes_ >= _NOTABLE:
                yield Spot(
                    rule=WIDE_VALUE,
                    node=item.value,
                    said=f"`{_code(item.value)}` is a value of {size(bytes_)}; "
                    "log a summary of it, or an artifact",
                    amount=bytes_,
                )

    def _wide_file(self, item: Item, file: Loaded) -> Iterator[Spot]:
        bytes_ = file.size(self._folders)
        if bytes_ is None and (file.holds_metrics or not file.literal):
            return  # most often what was computed elsewhere, to be logged now
        name = f"`{_short(file.name)}`" if file.name else f"behind `{_code(item.value)}`"
        known = "whose size can't be told" if bytes_ is None else f"which has {size(bytes_)}"
        yield Spot(
            rule=WIDE_VALUE,
            node=item.value,
            said=f"the whole file {name} is logged, {known}; log it as an artifact",
            amount=math.inf if bytes_ is None else bytes_,
        )

    def _every_step(
        self, call: SeenCall, logged: Sequence[Item], scope: Scope, begun: set[Loop]
    ) -> Iterator[Spot]:
        match keyword(call.node, "commit"):
            case ast.expr() as commit if not _is_true(commit):
                return  # rows go out with another call
        step = keyword(call.node, "step")
        worst: tuple[float, int, str] | None = None
        for item in logged:
            own = [one for one in loops(item.around) if one in call.around]
            if own and thinned(item.around, own[0], scope):
                continue  # put into the dict in some rounds only
            keys = pattern(item.keys, scope, item.around, item.at).varies
            logs = points(call.around, scope, outside=begun, step=step, varies=keys)
            if logs is None:
                continue
            kind = self._kind(item, scope)
            if worst is None or logs / POINTS[kind] > worst[0]:
                worst = (logs / POINTS[kind], logs, kind)
        if worst is None:
            return
        _, logs, kind = worst
        every = f", log it every {stride(logs, POINTS[kind])} rounds" if logs > POINTS[kind] else ""
        yield Spot(
            rule=LOG_EVERY_STEP,
            node=call.node,
            said=f"`{_code(call.node.func)}` logs {_A[kind]} {count(logs, 'times')} without "
            f"a stride; W&B advises fewer than {POINTS[kind]:,} points{every}",
            amount=logs,
            share=POINTS[kind] / POINTS["scalar"],
        )

    def _config_call(self, call: SeenCall, scope: Scope) -> Iterator[Spot]:
        node = call.node
        given: ast.expr | None = None
        if self._wandb.meaning(node.func) == "init":
            given = keyword(node, "config")
        else:
            match node.func:
                case ast.Attribute(attr="update" | "setdefaults", value=value):
                    if self._wandb.is_config(value, scope):
                        given = argument(node, "d")
        if given is not None:
            file = loaded(given, scope, call.around, position(node))
            yield from self._config(given, file, scope)

    def _config_set(self, one: SeenSet, scope: Scope) -> Iterator[Spot]:
        if self._wandb.is_config(one.target.value, scope):
            file = loaded(one.value, scope, (), position(one.target))
            yield from self._config(one.value, file, scope)

    def _config(self, given: ast.expr, file: Loaded | None, scope: Scope) -> Iterator[Spot]:
        if file is not None:
            bytes_ = file.size(self._folders)
            what = f"the whole file `{_short(file.name)}` goes"
        else:
            bytes_ = self._sizes.of(given, scope)
            what = f"`{_code(given)}` goes"
        if bytes_ is not None and bytes_ >= _NOTABLE:
            yield Spot(
                rule=LARGE_CONFIG,
                node=given,
                said=f"{what} into the config, {size(bytes_)}; keep the settings there, "
                "and data in an artifact",
                amount=bytes_,
            )


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


_A: Final = {"scalar": "a value", "media": "media", "histogram": "a histogram"}


def _code(node: ast.expr) -> str:
    return _short(" ".join(ast.unparse(node).split()))


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 2]} …"
