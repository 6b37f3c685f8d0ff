"""The words that metric names are made of, read from ``vocabulary.yaml``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

MEDIA: Final = "Media"

Word = tuple[str, ...]
"""A word of the vocabulary: one or more lower-case tokens in a row."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What a quantity is about.

    Attributes:
        name: The heading of a section of it.
        group: The heading of a section of it and topics near it.
        plumbing: Whether its panels leave a prefix of mixed topics: how fast training goes is
            asked of the whole program, not of a part of it.
        broad: Whether its group is too broad for a prefix to be about it: most are.
        words: Words of it.
        weak: Words of it that speak only where no word of any topic does.
        parents: First words of parts that decide for all that stands below them.
    """

    name: str
    group: str
    plumbing: bool
    broad: bool
    words: frozenset[Word]
    weak: frozenset[Word]
    parents: frozenset[str]

    @property
    def kind(self) -> str:
        """What a prefix must be about as a whole to stand below this topic."""
        return self.name if self.broad else self.group


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All word lists; ``vocabulary.yaml`` says what each is for.

    Attributes:
        splits: Names of data splits.
        things: Those that may be the name of a class.
        statistics: Names of statistics that can share their quantity's axis.
        readings: Last words of a quantity's newest value, beside its statistics.
        copies: Last words that tell how a quantity was collected.
        accrued: Words of what is not the same a step as an epoch.
        categories: Words of parts whose children are categories.
        progress: Words that a counter's name may end in beside words of `counting`.
        amounts: Words for what is counted where one of `passed` says that it is.
        passed: Such words.
        counting: Words that say no more of a counter than which.
        counter_ends: The last three letters of last parts that may be counters, to look no further.
        durations: Words of parts below which a counter's name is a phase that took time.
        counters: Last parts that name a monotone count.
        wholes: Words for all there is of a quantity.
        neutral: Parts below which a counter of one word counts.
        headline: For each headline word its rank, 0 the best.
        headline_ends: The last tokens of headline words.
        open_ends: These, and words that leave it to the word before them.
        topics: The topics, in the order of their sections.
        statistical: Statistics and readings.
        topical: Words that speak of a quantity or of its scale.
        plumbing: Those of how fast training goes and what it takes.
        measures: Those that name results and scales: what a quantity of several tasks is called.
    """

    splits: frozenset[str]
    things: frozenset[str]
    statistics: frozenset[str]
    readings: frozenset[str]
    copies: frozenset[str]
    accrued: frozenset[str]
    categories: frozenset[str]
    counters: frozenset[str]
    progress: frozenset[str]
    amounts: frozenset[str]
    passed: frozenset[str]
    counting: frozenset[str]
    counter_ends: frozenset[str]
    durations: frozenset[str]
    wholes: frozenset[str]
    neutral: frozenset[str]
    headline: dict[Word, int]
    headline_ends: frozenset[str]
    open_ends: frozenset[str]
    topics: tuple[Topic, ...]
    statistical: frozenset[str]
    topical: frozenset[str]
    measures: frozenset[str]
    plumbing: frozenset[str]

    @property
    def media(self) -> Topic:
        """The topic of whatever is no number."""
        return next(topic for topic in self.topics if topic.name == MEDIA)

    @property
    def ranks(self) -> int:
        """How many ranks headline words have."""
        return 1 + max(self.headline.values())

    def is_statistic(self, word: str) -> bool:
        """Whether a lower-case word names a statistic, as ``max`` and ``best@4`` do."""
        return word in self.statistics or (
            "@" in word and word.partition("@")[0] in self.statistics
        )

    def is_split(self, words: tuple[str, ...]) -> bool:
        """Whether a part of these words is nothing but a split of the data."""
        return len(words) == 1 and words[0] in self.splits

    def leaves_it_open(self, word: str) -> bool:
        """Whether a headline may stand before a word that is none."""
        return self.says_nothing(word) or word in self.copies or word in self.splits

    def says_nothing(self, word: str) -> bool:
        """Whether a word leaves the quantity to the part before: ``all``, ``mean``, a ``*``."""
        return word == "*" or word in self.wholes or self.is_statistic(word)


@cache
def load_vocabulary() -> Vocabulary:
    """Read the vocabulary that ships with the package; once, as it never changes."""
    text = files("wslayout.grouping").joinpath("vocabulary.yaml").read_text(encoding="utf-8")
    data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  # both are safe
    return vocabulary_of(data)


def vocabulary_of(data: Mapping[str, Any]) -> Vocabulary:
    """The vocabulary that a parsed YAML file describes."""
    topics = tuple(
        Topic(
            topic["name"],
            group["name"],
            group.get("plumbing", False),
            group.get("broad", False),
            _words(topic.get("words", ())),
            _words(topic.get("weak", ())),
            frozenset(topic.get("parents", ())),
        )
        for group in data["groups"]
        for topic in group["topics"]
    )
    headline = {
        tuple(word.split()): rank for rank, words in enumerate(data["headline"]) for word in words
    }
    # Of several tokens each says something else by itself: `time out`.
    spoken = _single(word for topic in topics for word in topic.words | topic.weak)
    results = _single(word for topic in topics if topic.broad for word in topic.words)
    plumbing = _single(word for topic in topics if topic.plumbing for word in topic.words)
    return Vocabulary(
        splits=frozenset(data["splits"]),
        things=frozenset(data["things"]),
        statistics=frozenset(data["statistics"]),
        readings=frozenset(data["readings"]),
        copies=frozenset(data["copies"]),
        accrued=frozenset(data["accrued"]) | frozenset(data["durations"]),
        categories=frozenset(data["categories"]),
        counters=(counters := frozenset(data["counters"])),
        progress=(progress := frozenset(data["progress"])),
        amounts=(amounts := frozenset(data["amounts"])),
        passed=(passed := frozenset(data["passed"])),
        counting=(counting := frozenset(data["counting"])),
        counter_ends=frozenset(
            word[-3:] for word in counters | progress | amounts | passed | counting
        ),
        wholes=frozenset(data["wholes"]),
        neutral=frozenset(data["neutral"]),
        durations=frozenset(data["durations"]),
        headline=headline,
        headline_ends=(ends := frozenset(word[-1] for word in headline)),
        open_ends=ends.union(data["wholes"], data["statistics"], data["copies"], data["splits"]),
        topics=topics,
        statistical=frozenset(data["statistics"]) | frozenset(data["readings"]),
        topical=spoken.union(data["scales"], data["statistics"]),
        plumbing=plumbing.union(data["durations"]),
        measures=results.union(*headline, data["scales"], data["durations"]),
    )


def _words(words: Iterable[str]) -> frozenset[Word]:
    return frozenset(tuple(word.split()) for word in words)


def _single(words: Iterable[Word]) -> frozenset[str]:
    """The words of one token."""
    return frozenset(word[0] for word in words if len(word) == 1)
