"""From a family to the panel that draws it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from wslayout.grouping.choice import UNKNOWN, KeyFacts
from wslayout.grouping.explanation import listed
from wslayout.grouping.families import Family
from wslayout.grouping.sections import OVERVIEW, Group
from wslayout.grouping.wanted import WantedSection
from wslayout.layout import Panel, PanelKind, Section, stable_id
from wslayout.patterns import search

_JOINTS: Final = ("/", ".", ":")


def section_of(
    group: Group,
    facts: Mapping[str, KeyFacts],
    steps: Mapping[str, str],
    lines: int,
    pins: Collection[str],
    keys: Sequence[str] = (),
) -> Section:
    """The section that a group becomes.

    Args:
        group: The group.
        facts: What is known of its keys.
        steps: Keys with a step metric, and which.
        lines: Most keys that a panel draws.
        pins: Keys that are drawn in any case.
        keys: All numbers of the project, which a pattern might match.
    """
    wanted = group.wanted or _UNASKED
    drawn = [
        _by_regex(panel_of(family, group.prefix, facts, steps, lines, pins), family, keys)
        if wanted.by_regex
        else panel_of(family, group.prefix, facts, steps, lines, pins)
        for family in group.families
    ]
    panels = (*wanted.panels, *_told_apart(drawn, group.families))
    columns, rows = grid(len(panels))
    if wanted.columns and not wanted.rows:
        rows = min(_MOST_ROWS, math.ceil(len(panels) / wanted.columns))
    return Section(
        id=group.id,
        name=group.name,
        panels=panels,
        is_open=group.is_open,
        pinned=group.place == OVERVIEW or wanted.pinned,
        columns=wanted.columns or columns,
        rows=wanted.rows or rows,
        reason=group.reason,
        settings=wanted.settings,
        verbatim=wanted.verbatim,
    )


_UNASKED: Final = WantedSection(name="")

_MOST_ROWS: Final = 4


def _by_regex(panel: Panel, family: Family, keys: Sequence[str]) -> Panel:
    """The panel with all keys of its family, where one pattern matches these and no others."""
    if panel.kind != "line" or not panel.represented:
        return panel
    texts = [_plain(text) for text in family.label.split("*")]
    own = _between(family)
    if family.slot == "index":
        pattern = f"^{'[0-9]+'.join(texts)}$"
    elif own:
        pattern = f"^{texts[0]}(?:{'|'.join(map(_plain, own))}){texts[1]}$"
    else:
        return panel
    if len(pattern) > _LONGEST_PATTERN or set(search(pattern, keys)) != set(family.keys):
        return panel
    settings = {"title": panel.title, "metric_regex": pattern}
    return replace(panel, keys=family.keys, represented=(), settings=settings)


_LONGEST_PATTERN: Final = 1_000


def _plain(text: str) -> str:
    """What matches a text, and is read alike by RE2 and JavaScript."""
    return re.escape(text).replace("\\/", "/").replace("\\ ", " ").replace("\\-", "-")


def _between(family: Family) -> list[str]:
    """What stands in the one place in which a family's keys differ; empty where there are more."""
    head, star, tail = family.label.partition("*")
    if not star or "*" in tail:
        return []
    own = [key[len(head) : len(key) - len(tail)] for key in family.keys]
    keys = [f"{head}{part}{tail}" for part in own]
    return own if keys == list(family.keys) else []


def _told_apart(panels: Sequence[Panel], families: Sequence[Family]) -> tuple[Panel, ...]:
    """The panels, with longer titles where those of two are the same."""
    ways: tuple[Callable[[Family], str], ...] = (
        lambda family: title_of(family, ""),
        lambda family: listed(family.keys, family.label),
    )
    for longer in ways:
        times = Counter(panel.title for panel in panels)
        panels = [
            replace(panel, title=longer(family)) if times[panel.title] > 1 else panel
            for panel, family in zip(panels, families, strict=True)
        ]
    return tuple(panels)


def panel_of(
    family: Family,
    prefix: str,
    facts: Mapping[str, KeyFacts],
    steps: Mapping[str, str],
    lines: int,
    pins: Collection[str],
) -> Panel:
    """The panel that draws a family.

    Args:
        family: What it shows.
        prefix: What the section's name says already.
        facts: What is known of its keys.
        steps: Keys with a step metric, and which.
        lines: Most keys that it draws.
        pins: Keys that it draws in any case.
    """
    # A table panel shows one table; of several steps the last is the newest.
    shown = evenly_spaced(family.keys, 1 if family.kind == "table" else lines, pins)
    drawn = set(shown)
    kind: PanelKind = "line"
    if family.kind == "media":
        kind = "media"
    elif family.kind == "table":
        kind = "table"
    elif all(
        (points := facts.get(key, UNKNOWN).points) is not None and points <= 1 for key in shown
    ):
        kind = "bar"
    axes = {steps.get(key) for key in shown}
    return Panel(
        id=stable_id("panel", family.signature),
        kind=kind,
        title=title_of(family, prefix),
        keys=shown,
        represented=tuple(key for key in family.keys if key not in drawn),
        family=family.label,
        x_axis=next(iter(axes)) if len(axes) == 1 and kind == "line" else None,
        reason=reason_of(family),
    )


def evenly_spaced(keys: Sequence[str], most: int, pins: Collection[str] = ()) -> tuple[str, ...]:
    """At most ``most`` of the keys, evenly spaced, with both ends; pinned ones are among them.

    There are more only where more are pinned.
    """
    if len(keys) <= most:
        return tuple(keys)
    pinned = {place for place, key in enumerate(keys) if key in pins}
    last = len(keys) - 1
    places = {round(place * last / (most - 1)) for place in range(most)} if most > 1 else {last}
    for place in sorted(pinned - places):
        free = places - pinned
        if len(places) >= most and free:
            places.remove(min(free, key=lambda at: (abs(at - place), at)))
        places.add(place)
    return tuple(keys[place] for place in sorted(places))


def title_of(family: Family, prefix: str) -> str:
    """The family's label without what the section's name already says."""
    label = family.label
    before, found, after = label.partition(prefix) if prefix else ("", "", "")
    # What stands before a prefix is a statistic (`mean/gen/loss`), and is no part of it.
    if found and before[-1:] in ("", *_JOINTS) and after[:1] in _JOINTS and after.strip("/.:*"):
        label = after.lstrip("/.:")
    if family.slot == "statistic":
        base = re.sub(r"[/_.:]\*$|^\*_|(?<=/)\*_", "", label)
        values = ", ".join(dict.fromkeys(value for value in family.values if value))
        return f"{base} ({values})" if base != "*" else label
    return label


def reason_of(family: Family) -> str:
    """Why the family's keys share a panel, in words."""
    return {
        "single": "",
        "index": f"{len(family.keys)} metrics that differ in an index",
        "twin": "one quantity under several names",
        "statistic": "statistics of one quantity",
        "category": f"one quantity for {len(family.keys)} categories",
        "split": "one quantity on several data splits",
        "media": f"{len(family.keys)} media of one kind",
    }[family.slot]


def grid(panels: int) -> tuple[int, int]:
    """Columns and rows that show ``panels`` on one page of a section, at most 12 of them.

    People mostly fill 3 × 2 or 4 × 1.
    """
    if panels <= 4:
        return max(panels, 1), 1
    return 3, min(4, math.ceil(panels / 3))
