"""What sections are called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from wslayout.grouping.names import split_parts
from wslayout.grouping.spots import Spot

OTHER: Final = "Other"
"""The heading of what has no better one."""

METRICS: Final = "Metrics"
"""The heading of what has no better one and holds a headline."""

OTHER_METRICS: Final = "Other metrics"
"""The same where something else is called like that."""

_LONG: Final = 48
"""Characters of a heading; people's have about two words."""

_NAMED: Final = 3
"""A rest of so many prefixes is named after them."""


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


def by_content(heading: Heading, spots: Sequence[Spot], others: Sequence[Spot]) -> Heading:
    """A heading for what is there: the prefix that all share, or the one topic they are about."""
    prefix = _shared([spot.parts[:-1] for spot in spots])
    topics = {spot.topic.name if spot.topic else "" for spot in spots}
    groups = {spot.topic.group if spot.topic else "" for spot in spots}
    if prefix and not any(spot.parts[: len(prefix)] == prefix for spot in others):
        heading = prefix_heading(prefix)
        return replace(heading, name=heading.name.rstrip("/*") or heading.name)
    for names in (topics, groups):
        if len(names) == 1 and "" not in names:
            return topic_heading(next(iter(names)), "".join(prefix) or heading.prefix)
    return heading


def _shared(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The parts that all paths begin with."""
    first, last = min(paths), max(paths)
    for place, part in enumerate(first):
        if place >= len(last) or last[place] != part:
            return first[:place]
    return first


def rest_heading(spots: Sequence[Spot], others: Sequence[Spot]) -> Heading:
    """What the cut left over, named after its prefixes where these are few.

    Else after what half of it is about.
    """
    names = list(dict.fromkeys(map(called, spots)))
    if len(names) <= _NAMED:
        return Heading(short_list(names), "", "what is left, named after it")
    reason = "what fits no other section"
    for topics in main_topics(spots):
        if topics:
            return Heading(f"{min(topics)} and others", "", reason)
    if not any(spot.is_headline for spot in spots):
        return Heading(OTHER, "", reason)
    said = {part.casefold() for spot in (*spots, *others) for part in spot.parts[:-1]}
    return Heading(OTHER_METRICS if METRICS.casefold() in said else METRICS, "", reason)


def main_topics(spots: Sequence[Spot]) -> tuple[set[str], set[str]]:
    """The topics that most panels of a section are about, and the groups of topics."""
    half = len(spots) / 2
    topics = Counter(spot.topic.name for spot in spots if spot.topic)
    groups = Counter(spot.topic.group for spot in spots if spot.topic)
    names = {name for name, count in topics.items() if count >= half}
    return names, {name for name, count in groups.items() if count >= half}


def called(spot: Spot) -> str:
    """What a panel is called in the name of a section of others: its prefix, or its name."""
    # Where such a run begins: looked for anywhere in one, it takes the square of its length.
    bare = re.sub(r"(?<![\W_])[\W_]*\*[\W_]*", " ", spot.parts[0])
    return bare.strip() or spot.family.label


def short(name: str) -> str:
    """A name that fits in a heading: of a long path its ends."""
    if len(name) <= _LONG:
        return name
    parts, joints = split_parts(name)
    if len(parts) > 2:
        ends = f"{parts[0]}{joints[0]}…{joints[-1]}{parts[-1]}"
        if len(ends) <= _LONG:
            return ends
    return f"{name[: _LONG // 2]}…{name[1 - _LONG // 2 :]}"


def short_list(names: Sequence[str]) -> str:
    """Several names in one heading, each with its beginning where they are long."""
    together = ", ".join(names)
    if len(together) <= _LONG:
        return together
    room = _LONG // len(names) - len(", ")
    shortened = [name if len(name) <= room else f"{name[: room - 1]}…" for name in names]
    return ", ".join(dict.fromkeys(shortened))
