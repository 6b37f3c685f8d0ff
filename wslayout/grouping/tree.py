"""The tree that is cut into sections: the prefixes people wrote, and what they meant.

A panel's path starts with its first part. A prefix that is about one topic stands below that
topic, so that ``perf`` and ``time`` may share a section; one that mixes topics is a node of its
own, divided by topic. Prefixes too small for a section, and names without a prefix, gather by
topic. Below topics panels gather by their next parts, below those by words at weak joints.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeVar

from wslayout.grouping.cut import Node
from wslayout.grouping.families import Family
from wslayout.grouping.names import Name, natural_order, parse, words_of
from wslayout.grouping.slots import split_places
from wslayout.grouping.topics import headline_rank, is_parent, topic_of
from wslayout.grouping.vocabulary import Topic, Vocabulary

OTHER: Final = "Other"
"""The heading of what has no better one."""

First = Literal["prefix", "topic"]
"""What the branches at the root are."""

Item = TypeVar("Item")

_End = tuple[bool, str]
"""A word, and whether something begins with it rather than ends."""

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
class Spot:
    """A panel's place in the tree.

    Attributes:
        family: What the panel shows.
        parts: Its parts without splits that others share and without statistics, each with
            the joint before it, so that in a row they are what people wrote.
        topic: What it is about.
        is_headline: Whether people look at it first.
    """

    family: Family
    parts: tuple[str, ...]
    topic: Topic | None
    is_headline: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """What a section made of a node is called, and why its panels stand together.

    Attributes:
        name: Its name.
        prefix: The prefix that its panels share, "" where they need not.
        reason: Why they stand together.
        is_topic: Whether it is called after what the panels are about; where the cut took some
            of these away, a better name may be left.
    """

    name: str
    prefix: str
    reason: str
    is_topic: bool = False


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


def spots_of(families: Sequence[Family], vocabulary: Vocabulary) -> list[Spot]:
    """Each family's place, before any tree is grown."""
    splits = {
        family.signature: () if family.slot == "split" else split_places(family.name, vocabulary)
        for family in families
    }
    # One quantity on two splits that did not fit on one panel stands in one place all the same.
    quantities = Counter(
        (family.kind, family.name.flat(splits[family.signature])) for family in families
    )
    spots: list[Spot] = []
    for family in families:
        name = family.name
        places = splits[family.signature]
        if places and quantities[family.kind, name.flat(places)] > 1:
            name = parse(name.written(places))
        topic = vocabulary.media if family.kind != "number" else topic_of(name.parts, vocabulary)
        parts = _without_statistics(name, vocabulary)
        rank = headline_rank(family.name, vocabulary) if family.kind == "number" else None
        spots.append(Spot(family, parts, topic, rank is not None))
    return spots


def _without_statistics(name: Name, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The parts, but for first and last ones that are nothing but statistics."""
    said = [
        not words or all(word == "*" or vocabulary.is_statistic(word) for word in words)
        for words in name.words
    ]
    begin, end = 0, len(said)
    while end - begin > 1 and said[end - 1] and not vocabulary.is_split(name.words[end - 2]):
        end -= 1
    while end - begin > 1 and said[begin]:
        begin += 1
    joints = ("", *name.joints[begin : end - 1])
    return tuple([joint + part for joint, part in zip(joints, name.parts[begin:end], strict=True)])


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
        self.headings[id_] = heading
        self.spots[id_] = tuple(own)
        return Node(id_, len(own), tuple(children), price, sum(map(self.missed, own)))

    def runs_of_panels(self, spots: list[Spot], above: str, heading: Heading) -> list[Node]:
        """Nodes for panels that nothing but their place in the alphabet divides."""
        nodes: list[Node] = []
        ordered = sorted(spots, key=lambda spot: natural_order(spot.family.label.casefold()))
        for run in _runs(ordered, [1] * len(ordered), self.most):
            labels = (spot.family.label for spot in (run[0], run[-1]))
            ends = [label.removeprefix(heading.prefix).lstrip("/.:") for label in labels]
            name = f"{heading.name or OTHER} · {_from_to(*ends)}"
            child = Heading(name, heading.prefix, "panels that follow in the alphabet")
            id_ = f"{above}-{ends[0]}"
            nodes.append(self.node(id_, child, run, [], self.shape.run))
        return nodes

    def runs_of_nodes(self, nodes: list[Node]) -> list[Node]:
        """The nodes of prefixes, those that follow in the alphabet below one node."""
        prefixes = [node for node in nodes if self.headings[node.id].prefix]
        runs = [node for node in nodes if not self.headings[node.id].prefix]
        for run in _runs(prefixes, [self.panels(node) for node in prefixes], self.most):
            if len(run) < SMALLEST:
                runs += run
                continue
            first, last = (self.headings[node.id].name for node in (run[0], run[-1]))
            heading = Heading(_from_to(first, last), "", "prefixes that follow in the alphabet")
            runs.append(self.node(f"-{first}", heading, [], run, self.shape.run))
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
        leaves = sum(map(_is_plumbing, spots)) >= SMALLEST
        for part in sorted(by_part):
            group = by_part[part]
            below = (*path, part)
            if len(group) < SMALLEST or depth >= DEEPEST:
                rest += group
            elif (topic := self.one_topic(part, group, depth)) is not None:
                rest += [replace(spot, topic=topic) for spot in group]
            else:
                if depth == 0 and leaves:
                    rest += [spot for spot in group if _is_plumbing(spot)]
                    group = [spot for spot in group if not _is_plumbing(spot)]
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

        def ends_of(pair: tuple[str, Node]) -> list[_End]:
            ends = _ends(pair[0])
            return ends if len({word for _, word in ends}) > 1 else ends[-1:]

        left, found = _by_common_word(
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
        left, found = _by_common_word(
            spots,
            lambda spot: _ends(spot.parts[-1]),
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


def _runs(items: Sequence[Item], sizes: Sequence[int], most: int) -> list[list[Item]]:
    """The items in as few runs of about one size as hold at most ``most`` where they can."""
    count = math.ceil(sum(sizes) / most)
    runs: list[list[Item]] = [[]]
    held = before = 0
    for item, size in zip(items, sizes, strict=True):
        full = before >= len(runs) * sum(sizes) / count
        if runs[-1] and (full or held + size > most):
            runs.append([])
            held = 0
        runs[-1].append(item)
        held += size
        before += size
    return runs


def _from_to(first: str, last: str) -> str:
    """A heading for what stands between two names in the alphabet: as much as tells them apart."""
    pairs = zip(first.casefold(), last.casefold(), strict=False)
    same = next((place for place, (one, other) in enumerate(pairs) if one != other), 0)
    return f"{first[: same + 3]}… – {last[: same + 3]}…"


def _is_plumbing(spot: Spot) -> bool:
    return spot.topic is not None and spot.topic.plumbing


def _ends(part: str) -> list[_End]:
    """The words that a part ends and begins with, the joint before it apart."""
    words = words_of(part.lstrip("/.:"))
    return [(False, words[-1]), (True, words[0])] if words else []


def _by_common_word(
    items: Sequence[Item],
    ends_of: Callable[[Item], list[_End]],
    fits: Callable[[_End, int], bool],
) -> tuple[list[Item], list[tuple[_End, list[Item]]]]:
    """The items by the words that they begin or end with, the most frequent first.

    Args:
        items: What to group; each goes with one word.
        ends_of: The words that an item could go with.
        fits: Whether so many items may go with a word.

    Returns:
        The items that go with no word, and the others by word.
    """
    found: list[tuple[_End, list[Item]]] = []
    left = list(items)
    while True:
        by_end: dict[_End, list[Item]] = defaultdict(list)
        for item in left:
            for end in ends_of(item):
                by_end[end].append(item)
        fitting = [end for end, members in by_end.items() if fits(end, len(members))]
        if not fitting:
            return left, found
        best = max(fitting, key=lambda end: (len(by_end[end]), end))
        found.append((best, by_end[best]))
        taken = set(map(id, by_end[best]))
        left = [item for item in left if id(item) not in taken]


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


def prefix_heading(path: tuple[str, ...]) -> Heading:
    """The heading of panels below a prefix, as people wrote it."""
    name = "".join(path)
    return Heading(name, name, f"the prefix {name!r}")


def topic_heading(topic: str, prefix: str) -> Heading:
    """The heading of panels about a topic, below a prefix or all over the project."""
    if prefix:
        reason = f"{topic.lower()} in {prefix!r}"
        if topic.casefold() in prefix.casefold():
            return Heading(prefix, prefix, reason, is_topic=True)
        return Heading(f"{prefix} · {topic.lower()}", prefix, reason, is_topic=True)
    return Heading(topic, "", f"one topic: {topic.lower()}", is_topic=True)
