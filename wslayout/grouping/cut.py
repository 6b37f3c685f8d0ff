"""The exact cut of a tree of panels into sections.

A panel belongs to its deepest ancestor that is a section; what no section takes reaches the
root, the unnamed rest. Of all sets of at most ``most`` sections, the one with the smallest
expected search is found by dynamic programming over (node, sections used, panels left over):
what a section costs depends on how many panels reach it, on nothing else below it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What a search costs, in the headings and panels that a person passes.

    With *N* panels in all, a section of *n* panels costs
    ``header·N + panel·n² + over·N·max(0, n − panels_per_section)``, ``single·N`` more where *n*
    is below 2, and ``known·N`` less where the live view has it already. The rest, where there
    are panels in it, costs as much as a section, and ``rest·N·r`` more for each panel, *r* being
    its `Node.rest`. A rest of one panel is none: that panel stands in another section, as an
    orphan, which costs ``orphan·N`` and ``rest·N·r``.

    Attributes:
        header: Reading the heading of a section.
        panel: Passing a panel of the section in which one looks.
        rest: A panel in the unnamed rest, where nobody expects it.
        orphan: A panel that stands alone in a section of others.
        single: A section of fewer than two panels.
        over: A panel above the budget of its section.
        known: A section that people know from the live view.
    """

    header: float
    panel: float
    rest: float
    orphan: float
    single: float
    over: float
    known: float


@dataclass(frozen=True, slots=True)
class Node:
    """A place that may become a section.

    Attributes:
        id: What it is called in the cut; unique in its tree.
        panels: How many panels stand here and in no child.
        children: The places below.
        price: What choosing it costs besides, in headings: a poor name costs more.
        rest: How much its own panels would be missed in the unnamed rest, summed over them.
    """

    id: str
    panels: int = 0
    children: tuple[Node, ...] = ()
    price: float = 0.0
    rest: float = 0.0


@dataclass(frozen=True, slots=True)
class Cut:
    """The nodes that become sections, and what the search costs then.

    Attributes:
        chosen: Their ids.
        cost: The cost by `Weights`.
        saved: How much less that is because the live view has some of them already.
    """

    chosen: frozenset[str]
    cost: float
    saved: float = 0.0


def cut(
    root: Node,
    weights: Weights,
    *,
    most: int,
    panels_per_section: int,
    known: Collection[str] = (),
) -> Cut:
    """The cheapest cut; of equally cheap ones always the same.

    Args:
        root: The tree. The root itself is never chosen: it is the rest.
        weights: What a search costs.
        most: The most sections, at least 1; the rest is one of them where panels reach it.
        panels_per_section: The budget of a section.
        known: Ids of nodes that the live view has as sections.
    """
    total = _count(root)
    saved = _exact(weights.known * total)

    def price(panels: int) -> float:
        return (
            weights.header * total
            + weights.panel * panels**2
            + weights.over * total * max(0, panels - panels_per_section)
            + weights.single * total * (panels < 2)
        )

    def section(node: Node, panels: int) -> float:
        return _exact(price(panels) + node.price * total) - saved * (node.id in known)

    def rest(panels: int) -> float:
        if panels == 1 and total > 1:
            return _exact(weights.orphan * total)
        return _exact(price(panels)) if panels else 0.0

    solver = _Solver(section, weights.rest * total, most)
    table = solver.below(root)
    best: tuple[float, int, int] | None = None
    for used in range(table.costs.shape[1]):
        for left in range(table.costs.shape[2]):
            takes_one = left > 1 or left == total == 1
            if used + takes_one <= most:
                candidate = (float(table.costs[_LOST, used, left]) + rest(left), used, left)
                if math.isfinite(candidate[0]) and (best is None or candidate < best):
                    best = candidate
    if best is None:
        raise ValueError(f"no cut into at most {most} sections")
    chosen = frozenset(table.chosen(_LOST, best[1], best[2]))
    kept = len(chosen.intersection(known))
    return Cut(chosen, best[0] / _MILLION, saved * kept / _MILLION)


def _exact(cost: float) -> float:
    """A cost in whole millionths, so that sums are exact and what costs the same compares equal.

    Else the sections of a view, which all save the same, could lose to others that cost as much.
    """
    return float(round(cost * _MILLION))


_MILLION: Final = 1_000_000


def _count(node: Node) -> int:
    return node.panels + sum(_count(child) for child in node.children)


_LOST: Final = 0
_KEPT: Final = 1
"""What becomes of the panels that a node leaves over: they reach the root, or a section above."""


@dataclass(frozen=True, slots=True)
class _Table:
    """The cheapest ways to cut below a node, and whether the node is a section itself.

    ``costs[fate, used, left]`` is the cost where ``used`` sections are chosen at or below the
    node, ``left`` panels are left over to the places above, and ``fate`` is what becomes of
    these; infinite where that can't be.
    """

    node: Node
    costs: NDArray[np.float64]
    merges: tuple[tuple[_Table, NDArray[np.intp]], ...]
    taken: tuple[int, ...]
    """For each number of sections used, how many panels the node takes where it is a section."""
    is_section: NDArray[np.bool_]
    """For each fate and number of sections used, whether leaving nothing over means that it is."""

    def chosen(self, fate: int, used: int, left: int) -> set[str]:
        """The ids chosen in the cheapest way."""
        found: set[str] = set()
        if left == 0 and self.is_section[fate, used]:
            found.add(self.node.id)
            fate, used, left = _KEPT, used - 1, self.taken[used]
        for child, origin in reversed(self.merges):
            below, rest = (int(part) for part in origin[fate, used, left])
            found |= child.chosen(fate, below, rest)
            used, left = used - below, left - rest
        return found


@dataclass(frozen=True, slots=True)
class _Solver:
    section: Callable[[Node, int], float]
    rest: float
    most: int

    def solved(self, node: Node) -> _Table:
        """The table of a node that may be a section."""
        below = self.below(node)
        rows = min(self.most, below.costs.shape[1])
        costs = np.full((2, rows + 1, below.costs.shape[2]), np.inf)
        costs[:, : below.costs.shape[1]] = below.costs[:, : rows + 1]
        is_section = np.zeros((2, rows + 1), dtype=bool)
        taken = [0] * (rows + 1)
        prices = np.array([self.section(node, panels) for panels in range(costs.shape[2])])
        for used in range(rows):
            kept = below.costs[_KEPT, used] + prices
            panels = int(np.argmin(kept))
            taken[used + 1] = panels
            for fate in (_LOST, _KEPT):
                if kept[panels] < costs[fate, used + 1, 0]:
                    costs[fate, used + 1, 0] = kept[panels]
                    is_section[fate, used + 1] = True
        return _Table(node, costs, below.merges, tuple(taken), is_section)

    def below(self, node: Node) -> _Table:
        """The table of a node that is no section."""
        costs = np.full((2, 1, node.panels + 1), np.inf)
        costs[:, 0, node.panels] = (_exact(self.rest * node.rest), 0.0)
        merges: list[tuple[_Table, NDArray[np.intp]]] = []
        for child in node.children:
            solved = self.solved(child)
            costs, origin = _merged(costs, solved.costs, self.most)
            merges.append((solved, origin))
        rows = costs.shape[1]
        return _Table(node, costs, tuple(merges), (0,) * rows, np.zeros((2, rows), dtype=bool))


def _merged(
    one: NDArray[np.float64], other: NDArray[np.float64], most: int
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Join two tables; the origin says for each cell what it takes of ``other``."""
    used = min(most, one.shape[1] + other.shape[1] - 2)
    left = one.shape[2] + other.shape[2] - 1
    costs = np.full((2, used + 1, left), np.inf)
    origin = np.zeros((2, used + 1, left, 2), dtype=np.intp)
    for fate in (_LOST, _KEPT):
        for below in range(min(other.shape[1], used + 1)):
            for rest in np.flatnonzero(np.isfinite(other[fate, below])):
                rows = min(one.shape[1], used + 1 - below)
                candidate = one[fate, :rows] + other[fate, below, rest]
                cells = np.s_[fate, below : below + rows, rest : rest + one.shape[2]]
                better = candidate < costs[cells]
                costs[cells][better] = candidate[better]
                origin[cells][better] = (below, rest)
    return costs, origin
