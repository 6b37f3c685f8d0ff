"""The words that metric names are made of, read from ``vocabulary.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml


@dataclass(frozen=True, slots=True)
class Topic:
    """What a quantity is about.

    Attributes:
        name: The heading of a section of it.
        words: Words of it, each a tuple of lower-case tokens.
    """

    name: str
    words: frozenset[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All word lists; ``vocabulary.yaml`` says what each is for.

    Attributes:
        splits: Names of data splits.
        statistics: Names of statistics that can share their quantity's axis.
        durations: Words of parts below which a counter's name is a phase that took time.
        counters: Last parts that name a monotone count.
        headline: For each headline word (a tuple of tokens) its rank, 0 the best.
        topics: The topics, in the order of their sections.
    """

    splits: frozenset[str]
    statistics: frozenset[str]
    counters: frozenset[str]
    durations: frozenset[str]
    headline: dict[tuple[str, ...], int]
    topics: tuple[Topic, ...]


@cache
def load_vocabulary() -> Vocabulary:
    """Read the vocabulary that ships with the package; once, as it never changes."""
    text = files("wslayout.grouping").joinpath("vocabulary.yaml").read_text(encoding="utf-8")
    data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  # both are safe
    return Vocabulary(
        splits=frozenset(data["splits"]),
        statistics=frozenset(data["statistics"]),
        counters=frozenset(data["counters"]),
        durations=frozenset(data["durations"]),
        headline={
            tuple(word.split()): rank
            for rank, words in enumerate(data["headline"])
            for word in words
        },
        topics=tuple(
            Topic(topic["name"], frozenset(tuple(word.split()) for word in topic["words"]))
            for topic in data["topics"]
        ),
    )
