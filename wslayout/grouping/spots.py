"""A panel's place in the tree, before any tree is grown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from wslayout.grouping.families import Family
from wslayout.grouping.names import Name, parse
from wslayout.grouping.slots import split_places
from wslayout.grouping.topics import headline_rank, topic_of
from wslayout.grouping.vocabulary import Topic, Vocabulary


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


def is_plumbing(spot: Spot) -> bool:
    """Whether a panel tells how fast training goes and what it takes."""
    return spot.topic is not None and spot.topic.plumbing
