"""The cut is the cheapest one: on trees small enough to try all sets of nodes, none costs less."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wslayout.grouping.cut import Cut, Node, Weights, cut

ROOT = ""
ORDINARY = Weights(header=1.4, panel=1.0, rest=0.25, orphan=0.5, single=30.0, over=0.5, known=0.5)

Path = tuple[Node, ...]
"""A node, and before it all those above it."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    root: Node
    weights: Weights = ORDINARY
    most: int = 12
    panels_per_section: int = 12
    known: frozenset[str] = frozenset()

    def solved(self) -> Cut:
        return cut(
            self.root,
            self.weights,
            most=self.most,
            panels_per_section=self.panels_per_section,
            known=self.known,
        )

    @cached_property
    def paths(self) -> list[Path]:
        return list(paths_of(self.root))

    @cached_property
    def ids(self) -> list[str]:
        """What may be chosen: all but the root."""
        return [path[-1].id for path in self.paths[1:]]

    @cached_property
    def total(self) -> int:
        return sum(path[-1].panels for path in self.paths)


def paths_of(node: Node, above: Path = ()) -> Iterator[Path]:
    path = (*above, node)
    yield path
    for child in node.children:
        yield from paths_of(child, path)


def reaching(problem: Problem, chosen: frozenset[str]) -> Counter[str]:
    """How many panels reach each chosen section, and the root."""
    reached = Counter(dict.fromkeys(chosen, 0))
    for path in problem.paths:
        owner = next((node.id for node in reversed(path) if node.id in chosen), ROOT)
        reached[owner] += path[-1].panels
    return reached


def section_cost(problem: Problem, panels: int) -> float:
    """What a section of so many panels costs, whatever it is called."""
    weights, total = problem.weights, problem.total
    cost = weights.header * total + weights.panel * panels**2
    if panels > problem.panels_per_section:
        cost += weights.over * total * (panels - problem.panels_per_section)
    if panels < 2:
        cost += weights.single * total
    return cost


def cost_of(problem: Problem, chosen: frozenset[str]) -> float:
    """What a search in these sections costs, as `Weights` puts it."""
    weights, total = problem.weights, problem.total
    reached = reaching(problem, chosen)
    rest = reached[ROOT]
    if rest == 1 < total:
        cost = weights.orphan * total
    else:
        cost = section_cost(problem, rest) if rest else 0.0
    for path in problem.paths:
        node = path[-1]
        if node.id in chosen:
            cost += section_cost(problem, reached[node.id]) + node.price * total
            cost -= weights.known * total * (node.id in problem.known)
        if not any(above.id in chosen for above in path):
            cost += weights.rest * total * node.rest
    return cost


def sections_of(problem: Problem, chosen: frozenset[str]) -> int:
    """How many sections there are; the rest is one, unless it is an orphan that others take in."""
    rest = reaching(problem, chosen)[ROOT]
    return len(chosen) + (rest > 1 or rest == problem.total == 1)


def lowest_cost(problem: Problem) -> float:
    """The cost of the cheapest of all sets of nodes, by trying each."""
    return min(
        cost_of(problem, chosen)
        for size in range(min(problem.most, len(problem.ids)) + 1)
        for chosen in map(frozenset, combinations(problem.ids, size))
        if sections_of(problem, chosen) <= problem.most
    )


# Eighths are exact in binary, so that ties are ties.
eighths = st.sampled_from([number / 8 for number in range(25)])

some_weights = st.builds(
    Weights,
    header=eighths,
    panel=eighths,
    rest=eighths,
    orphan=eighths,
    single=eighths | st.just(30.0),
    over=eighths,
    known=eighths,
)


@st.composite
def trees(draw: st.DrawFn) -> Node:
    """Trees of at most 12 nodes below the root, in at most four levels."""
    depths = [0]
    children: list[list[int]] = [[]]
    for index in range(1, draw(st.integers(1, 13))):
        parent = draw(st.sampled_from([at for at, depth in enumerate(depths) if depth < 4]))
        depths.append(depths[parent] + 1)
        children[parent].append(index)
        children.append([])

    def made(index: int) -> Node:
        panels = draw(st.integers(0, 3))
        return Node(
            str(index) if index else ROOT,
            panels,
            tuple(made(child) for child in children[index]),
            price=draw(eighths),
            rest=panels * draw(eighths),
        )

    return made(0)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    root = draw(trees())
    ids = Problem(root=root).ids
    return Problem(
        root=root,
        weights=draw(some_weights),
        most=draw(st.integers(1, 5)),
        panels_per_section=draw(st.integers(1, 4)),
        known=draw(st.frozensets(st.sampled_from(ids))) if ids else frozenset(),
    )


@settings(max_examples=150)
@given(problems())
def test_no_set_of_nodes_is_cheaper(problem: Problem) -> None:
    found = problem.solved()
    assert found.cost == pytest.approx(lowest_cost(problem))
    assert found.cost == pytest.approx(cost_of(problem, found.chosen))
    assert sections_of(problem, found.chosen) <= problem.most
    assert found.chosen <= set(problem.ids)
    assert problem.solved() == found


def test_the_only_panel_has_a_section() -> None:
    weights = replace(ORDINARY, header=0.0, single=0.0)
    root = Node(ROOT, 1, (Node("empty"),))
    problem = Problem(root=root, weights=weights, most=1, known=frozenset({"empty"}))
    assert sections_of(problem, problem.solved().chosen) == 1


@given(problems())
def test_no_section_of_one_panel_while_there_are_more(problem: Problem) -> None:
    # 30 is more than all else that a panel less in a section can save: passing and over-filling
    # another one, and being missed in the rest, at three each.
    problem = replace(problem, weights=replace(problem.weights, single=30.0))
    chosen = problem.solved().chosen
    reached = reaching(problem, chosen)
    assert problem.total < 2 or all(reached[section] > 1 for section in chosen)


def shuffled(node: Node, random: Random) -> Node:
    children = [shuffled(child, random) for child in node.children]
    random.shuffle(children)
    return replace(node, children=tuple(children))


@given(problems(), st.randoms())
def test_the_order_of_children_costs_nothing(problem: Problem, random: Random) -> None:
    other = replace(problem, root=shuffled(problem.root, random))
    assert other.solved().cost == pytest.approx(problem.solved().cost)


def test_a_cost_by_hand() -> None:
    poor = Node("poor", 3, price=0.5, rest=6.0)
    problem = Problem(root=Node(ROOT, 1, (Node("good", 3, rest=3.0), poor), rest=2.0))
    # Of N = 7 panels 3 are in each section and 1 is an orphan, all in headings and panels passed:
    # sections 2 × (1.4·7 + 3²), the price of a poor name 0.5·7, the orphan 0.5·7 + 0.25·7·2.
    found = problem.solved()
    assert found.chosen == {"good", "poor"}
    assert found.cost == pytest.approx(37.6 + 3.5 + 7.0)
    # With room for one, all 7 are in it, the rest: 1.4·7 + 7² + 0.25·7·(3 + 6 + 2).
    found = replace(problem, most=1).solved()
    assert found.chosen == frozenset()
    assert found.cost == pytest.approx(58.8 + 19.25)


@pytest.mark.parametrize(
    ("panels", "single", "cost"),
    [
        # N = 5: a section 1.4·5 + 4² and an orphan 0.5·5; all five in the rest would be 1.4·5 + 5².
        (4, 30.0, 23.0 + 2.5),
        # N = 2: 1.4·2 + 1² and 0.5·2; both in the rest would be 1.4·2 + 2².
        (1, 0.0, 3.8 + 1.0),
    ],
)
def test_an_orphan_takes_no_section(panels: int, single: float, cost: float) -> None:
    root = Node(ROOT, 1, (Node("a", panels),))
    found = Problem(root=root, weights=replace(ORDINARY, single=single), most=1).solved()
    assert found.chosen == {"a"}
    assert found.cost == pytest.approx(cost)


@pytest.mark.parametrize(
    ("price", "known", "chosen"),
    [
        # Either name has the same panels, so only the price counts: the poorer one's is 0.3 or
        # 0.6, and half a heading less where it is known.
        (0.3, "", "good"),
        (0.3, "good/poorer", "good/poorer"),
        (0.6, "good/poorer", "good"),
    ],
)
def test_known_sections_are_kept_on_near_ties(price: float, known: str, chosen: str) -> None:
    poorer = Node("good/poorer", 4, price=price, rest=4.0)
    root = Node(ROOT, children=(Node("good", children=(poorer,)),))
    assert Problem(root=root, known=frozenset({known})).solved().chosen == {chosen}


def test_a_thousand_panels() -> None:
    prefixes = (
        Node(f"{i}", children=tuple(Node(f"{i}/{j}", 2, rest=2.0) for j in range(10)))
        for i in range(50)
    )
    problem = Problem(root=Node(ROOT, children=tuple(prefixes)))
    found = problem.solved()
    assert problem.total == 1_000
    assert found.cost == pytest.approx(cost_of(problem, found.chosen))
    assert sections_of(problem, found.chosen) == problem.most
