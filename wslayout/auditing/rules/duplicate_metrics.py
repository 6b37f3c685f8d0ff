"""Whether the same metrics are logged under two names."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from wslayout.auditing.checks import told
from wslayout.auditing.evidence import Evidence, need
from wslayout.auditing.rule import Case, Measured, Rule
from wslayout.auditing.words import count
from wslayout.inventory import Inventory, is_internal

# wandb.watch calls the layers of each further model: gradients/graph_1layer.weight.
_WATCHED = re.compile(r"(gradients|parameters)/(graph_\d+(?=\D))?(.+)")


def _check(evidence: Evidence, limit: float) -> Measured:
    known = need(evidence.keys)
    pairs = [*_twins(known.value), *_watched_again(known.value)]
    cases = [Case(name=other, measured=1, said=f"as {one} already") for one, other in pairs]

    def message(left: Sequence[Case]) -> str:
        verb = told(left, "seems", "seem")
        return f"{count(len(left), 'metrics')} {verb} to be logged a second time under another name"

    return Measured(
        cases=cases,
        certainty=known.certainty,
        message=message,
        at_least=math.floor(limit) + 1,
        amount=len,
    )


def _twins(inventory: Inventory) -> Iterator[tuple[str, str]]:
    """Keys that differ in dots and slashes alone, and where it is known are logged as often."""
    found: dict[str, list[tuple[str, object, object]]] = defaultdict(list)
    for key, kind, points in inventory.rows("key", "kind", "points"):
        if not is_internal(key):
            found[key.replace("/", ".")].append((key, kind, points))
    for group in found.values():
        (first, kind, points), *others = group
        for key, other_kind, other_points in others:
            if kind == other_kind and _alike(points, other_points):
                yield first, key


def _alike(one: object, other: object) -> bool:
    unknown = not isinstance(one, int) or not isinstance(other, int)
    return unknown or one == other


def _watched_again(inventory: Inventory) -> Iterator[tuple[str, str]]:
    """What ``wandb.watch`` logs of a part of a model that it watches as a whole.

    Models with layers of the same names are not told: two networks of one kind have them.
    """
    keys = frozenset(inventory.keys)
    whole: dict[str, list[str]] = defaultdict(list)
    parts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key in inventory.keys:
        if found := _WATCHED.match(key):
            kind, graph, name = found.groups()
            if graph is None:
                whole[kind].append(name)
            else:
                parts[kind, graph].append(name)
    for (kind, graph), names in parts.items():
        prefixes = (one.removesuffix(names[0]) for one in whole[kind] if one.endswith(names[0]))
        for prefix in prefixes:
            if prefix.endswith(".") and all(f"{kind}/{prefix}{one}" in keys for one in names):
                yield from ((f"{kind}/{prefix}{one}", f"{kind}/{graph}{one}") for one in names)
                break


RULE = Rule(
    id="duplicate-metrics",
    title="Metrics under two names",
    of="keys",
    unit="metrics",
    limit=5,
    severity="warning",
    basis="Names that differ in dots and slashes alone, and what wandb.watch logs of a part of a "
    "model that it watches as a whole, too; ours, since W&B counts each as a distinct metric.",
    cost="Twice the metrics, twice the panels, and nobody knows which one is right.",
    mend="Log each under one name; call wandb.watch on the whole model alone.",
    needs=("keys",),
    check=_check,
)
