"""The tree that is cut into sections: the prefixes people wrote, and what they meant.

A panel's path starts with its first part. A prefix that is about one topic stands below that
topic, so that ``perf`` and ``time`` may share a section; one that mixes topics is a node of its
own, divided by topic. Prefixes too small for a section, and names without a prefix, gather by
topic. Below topics panels gather by their next parts, below those by words at weak joints; what
is still too much at one node goes by the alphabet.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from wslayout.grouping.alphabet import from_to, in_runs
from wslayout.grouping.common_words import End, by_common_word, word_ends
from wslayout.grouping.cut import Node
from wslayout.grouping.headings import OTHER, Heading, prefix_heading, topic_heading
from wslayout.grouping.names import natural_order, words_of
from wslayout.grouping.spots import Spot, is_plumbing
from wslayout.grouping.topics import is_parent
from wslayout.grouping.vocabulary import Topic, Vocabulary

First = Literal["prefix", "topic"]
"""What the branches at the root are."""


_RUN: Final = "\0"
"""Begins what tells a run in the alphabet, and tells nodes apart whose ids would be the same."""

DEEPEST: Final = 6
"""Parts that may become nodes; nobody reads headings of more."""

SMALLEST: Final = 2
"""Panels that a node has at least: a section of one is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the nodes of the tree cost and when a prefix is about one topic; fitted.

    Attributes:
        pure: The share of a prefix's panels that must be about one group of topics for the
            prefix to stand below it.
        part: The price of a node for a further part, in headings.
        word: The price of a node at a weak joint.
        run: The price of a node for what follows in the alphabet.
        kin: The price of a node for prefixes that share a word.
        topic: The price of a topic below a prefix.
        fine: The price of a topic where its group would do.
        known: How many times as much as an unknown panel one with a topic is missed in the rest.
        headline: How many times a headline is.
    """

    pure: float
    part: float
    word: float
    run: float
    kin: float
    topic: float
    fine: float
    known: float
    headline: float


@dataclass(frozen=True, slots=True)
class Tree:
    """The tree to cut.

    Attributes:
        root: Its root; node ids are paths.
        headings: By node id.
        spots: By node id the panels that stand there and in no child.
    """

    root: Node
    headings: dict[str, Heading]
    spots: dict[str, tuple[Spot, ...]]

    def sections(self, chosen: Iterable[str]) -> dict[str, list[Spot]]:
        """The panels that reach each chosen node, and the root's rest under its id."""
        wanted = set(chosen)
        reached: dict[str, list[Spot]] = defaultdict(list)

        def walk(node: Node, owner: str) -> None:
            owner = node.id if node.id in wanted else owner
            reached[owner].extend(self.spots[node.id])
            for child in node.children:
                walk(child, owner)

        walk(self.root, self.root.id)
        return {owner: spots for owner, spots in reached.items() if spots}


def grow(
    spots: Sequence[Spot],
    vocabulary: Vocabulary,
    shape: Shape,
    by: First,
    *,
    sections: int,
    panels_per_section: int,
) -> Tree:
    """The tree over the spots: prefixes first, or topics first.

    Args:
        spots: The panels.
        vocabulary: The words of splits, statistics and topics.
        shape: What poorer headings cost.
        by: What the branches at the root are.
        sections: More prefixes than this have nodes for runs of them in the alphabet.
        panels_per_section: More panels than this at one node have such nodes too.
    """
    grower = _Grower(vocabulary, shape, panels_per_section)
    if by == "prefix":
        own, children = grower.prefixes(list(spots), "", ())
        if len(children) > sections:
            children = grower.runs_of_nodes(children)
    else:
        own, children = grower.topics(list(spots), "", ())
    root = grower.node("", Heading("", "", ""), own, children, 0.0)
    return Tree(root, grower.headings, grower.spots)


@dataclass(frozen=True, slots=True)
class _Grower:
    vocabulary: Vocabulary
    shape: Shape
    most: int
    headings: dict[str, Heading] = field(default_factory=dict)
    spots: dict[str, tuple[Spot, ...]] = field(default_factory=dict)

    def node(
        self, id_: str, heading: Heading, own: list[Spot], children: list[Node], price: float
    ) -> Node:
        if len(own) > self.most:
            own, children = [], [*children, *self.runs_of_panels(own, id_, heading)]
        while id_ in self.headings:  # people's names may hold all that ids are made of
            id_ += _RUN
        self.headings[id_] = heading
        self.spots[id_] = tuple(own)
        return Node(id_, len(own), tuple(children), price, sum(map(self.missed, own)))

    def runs_of_panels(self, spots: list[Spot], above: str, heading: Heading) -> list[Node]:
        """Nodes for panels that nothing but their place in the alphabet divides."""
        nodes: list[Node] = []
        ordered = sorted(spots, key=lambda spot: natural_order(spot.family.label.casefold()))
        for number, run in enumerate(in_runs(ordered, [1] * len(ordered), self.most)):
            labels = (spot.family.label for spot in (run[0], run[-1]))
            ends = [label.removeprefix(heading.prefix).lstrip("/.:") for label in labels]
            name = f"{heading.name or OTHER} · {from_to(*ends)}"
            child = Heading(name, heading.prefix, "panels that follow in the alphabet")
            id_ = f"{above}{_RUN}{number}"
            nodes.append(self.node(id_, child, run, [], self.shape.run))
        return nodes

    def runs_of_nodes(self, nodes: list[Node]) -> list[Node]:
        """The nodes of prefixes, those that follow in the alphabet below one node."""
        prefixes = [node for node in nodes if self.headings[node.id].prefix]
        runs = [node for node in nodes if not self.headings[node.id].prefix]
        sizes = [self.panels(node) for node in prefixes]
        for number, run in enumerate(in_runs(prefixes, sizes, self.most)):
            if len(run) < SMALLEST:
                runs += run
                continue
            first, last = (self.headings[node.id].name for node in (run[0], run[-1]))
            heading = Heading(from_to(first, last), "", "prefixes that follow in the alphabet")
            id_ = f"{_RUN}prefixes{_RUN}{number}"
            runs.append(self.node(id_, heading, [], run, self.shape.run))
        return runs

    def panels(self, node: Node) -> int:
        """How many panels stand at a node and below it."""
        return node.panels + sum(map(self.panels, node.children))

    def missed(self, spot: Spot) -> float:
        """How much a panel would be missed in the rest."""
        if spot.is_headline:
            return self.shape.headline
        return 1.0 if spot.topic is None else self.shape.known

    def prefixes(
        self, spots: list[Spot], above: str, path: tuple[str, ...]
    ) -> tuple[list[Spot], list[Node]]:
        """Nodes for the parts that come next, and for the topics of what they leave over."""
        depth = len(path)
        by_part, rest = _by_part(spots, depth)
        if depth and not rest and len(by_part) == 1 and depth < DEEPEST:
            return self.prefixes(spots, above, (*path, next(iter(by_part))))
        nodes: list[tuple[str, Node]] = []
        leaves = sum(map(is_plumbing, spots)) >= SMALLEST
        for part in sorted(by_part):
            group = by_part[part]
            below = (*path, part)
            if len(group) < SMALLEST or depth >= DEEPEST:
                rest += group
            elif (topic := self.one_topic(part, group, depth)) is not None:
                rest += [replace(spot, topic=topic) for spot in group]
            else:
                if depth == 0 and leaves:
                    rest += [spot for spot in group if is_plumbing(spot)]
                    group = [spot for spot in group if not is_plumbing(spot)]
                id_ = f"{above}/{part}"
                own, children = self.prefixes(group, id_, below)
                heading = prefix_heading(below)
                price = self.shape.part if depth else 0.0
                nodes.append((part, self.node(id_, heading, own, children, price)))
        own, topics = self.topics(rest, above, path)
        return own, self.kin(nodes, above, path) + topics

    def kin(self, nodes: list[tuple[str, Node]], above: str, path: tuple[str, ...]) -> list[Node]:
        """The nodes of parts, those that share their first or last word below one node."""
        if path:
            return [node for _, node in nodes]

        def ends_of(pair: tuple[str, Node]) -> list[End]:
            ends = word_ends(pair[0])
            return ends if len({word for _, word in ends}) > 1 else ends[-1:]

        left, found = by_common_word(
            nodes, ends_of, lambda end, count: 1 < count < len(nodes) and len(end[1]) > 1
        )
        grown: list[Node] = []
        for (begins, word), kin in found:
            place = "begin" if begins else "end"
            heading = Heading(word, "", f"prefixes that {place} with {word!r}")
            children = [node for _, node in kin]
            grown.append(
                self.node(f"{above}/~{place}~{word}", heading, [], children, self.shape.kin)
            )
        return grown + [node for _, node in left]

    def one_topic(self, part: str, group: list[Spot], depth: int) -> Topic | None:
        """The topic that a prefix as a whole is about, if it is about one."""
        if depth == 0 and all(spot.topic != self.vocabulary.media for spot in group):
            for topic in self.vocabulary.topics:
                if is_parent(part, topic):
                    return topic
        topics = Counter(spot.topic for spot in group if spot.topic)
        kinds = Counter(spot.topic.kind for spot in group if spot.topic)
        kind, count = max(kinds.items(), key=lambda item: (item[1], item[0]), default=("", 0))
        if count < self.shape.pure * len(group):
            return None
        return max(
            (topic for topic in topics if topic.kind == kind),
            key=lambda topic: (topics[topic], topic.name),
        )

    def topics(
        self, spots: list[Spot], above: str, path: tuple[str, ...]
    ) -> tuple[list[Spot], list[Node]]:
        """Nodes for the groups of topics that the spots are about."""
        own: list[Spot] = []
        by_topic: dict[str, dict[str, list[Spot]]] = defaultdict(lambda: defaultdict(list))
        for spot in spots:
            if spot.topic is None:
                own.append(spot)
            else:
                by_topic[spot.topic.group][spot.topic.name].append(spot)
        prefix = "".join(path)
        price = self.shape.topic if path else 0.0
        own, nodes = self.words(own, len(own) + 1, above, Heading(prefix, prefix, ""))
        for group in sorted(by_topic):
            topics = by_topic[group]
            fine = price + (self.shape.fine if len(topics) > 1 else 0.0)
            children = [
                self.parts(topics[topic], f"{above}·{topic}", topic, path, fine)
                for topic in sorted(topics)
            ]
            if len(children) == 1:
                nodes += children
            else:
                heading = topic_heading(group, prefix)
                nodes.append(self.node(f"{above}·{group}", heading, [], children, price))
        return own, nodes

    def parts(
        self, spots: list[Spot], id_: str, topic: str, path: tuple[str, ...], price: float
    ) -> Node:
        """A node for a topic, with nodes for parts and words below it."""
        heading = topic_heading(topic, "".join(path))
        own, children = self.next_parts(spots, id_, heading, path)
        return self.node(id_, heading, own, children, price)

    def next_parts(
        self, spots: list[Spot], above: str, heading: Heading, path: tuple[str, ...]
    ) -> tuple[list[Spot], list[Node]]:
        depth = len(path)
        by_part, own = _by_part(spots, depth)
        nodes: list[tuple[str, Node]] = []
        for part in sorted(by_part):
            group = by_part[part]
            below = (*path, part)
            if len(group) < SMALLEST or depth >= DEEPEST:
                own += group
            elif len(group) == len(spots):
                return self.next_parts(spots, above, heading, below)
            else:
                child = prefix_heading(below)
                id_ = f"{above}/{part}"
                rest, children = self.next_parts(group, id_, child, below)
                price = self.shape.part if depth else self.shape.fine
                nodes.append((part, self.node(id_, child, rest, children, price)))
        own, words = self.words(own, len(spots), above, heading)
        return own, self.kin(nodes, above, path) + words

    def words(
        self, spots: list[Spot], among: int, above: str, heading: Heading
    ) -> tuple[list[Spot], list[Node]]:
        """Nodes for the words that begin or end the leaves, the most frequent first."""
        left, found = by_common_word(
            spots,
            lambda spot: word_ends(spot.parts[-1]),
            lambda end, count: SMALLEST <= count < among and self.names(end[1], heading),
        )
        nodes: list[Node] = []
        for (begins, word), group in found:
            said = word.strip("*")
            name = f"{heading.name} · {said}" if heading.name else said
            place = "begin" if begins else "end"
            child = Heading(name, heading.prefix, f"names that {place} with {word!r}")
            nodes.append(self.node(f"{above}~{place}s~{word}", child, group, [], self.shape.word))
        return left, nodes

    def names(self, word: str, heading: Heading) -> bool:
        """Whether a word says something that the heading does not."""
        said = {token.rstrip("es") for token in words_of(heading.name)}
        return (
            len(word) > 2
            and not self.vocabulary.is_statistic(word)
            and word.strip("*").isalnum()
            and word.rstrip("es") not in said
        )


def _by_part(spots: list[Spot], depth: int) -> tuple[dict[str, list[Spot]], list[Spot]]:
    """The spots by the part at a depth, and those whose leaf it is or that have none."""
    by_part: dict[str, list[Spot]] = defaultdict(list)
    rest: list[Spot] = []
    for spot in spots:
        if len(spot.parts) - 1 > depth:
            by_part[spot.parts[depth]].append(spot)
        else:
            rest.append(spot)
    return by_part, rest
