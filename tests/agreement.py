"""How far the engine agrees with people: ``make agree``.

Agreement is the adjusted Rand index (Hubert and Arabie, 1985) of "which section is this key in"
between a layout that somebody made by hand and what wslayout makes of exactly its keys; a key that
is left out counts as a section of its own. 1 is the same sections, 0 what chance gives.

The column "left out" is what a project can expect that had no part in the weights and the words:
the weights are fitted without its layouts (``make fit``), and the vocabulary is without the words
that occur in its keys and neither in a key set nor in another project's layout. How sections are
found at all was made with every layout in view, which no column can take back.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from math import comb
from pathlib import Path
from statistics import mean
from typing import Any, Final, TypeAlias

import yaml

from tests.keysets import KEYSETS, inventory_of, load_keyset
from wslayout.grouping import lay_out
from wslayout.grouping.engine import decide
from wslayout.grouping.names import split_parts
from wslayout.grouping.sections import Group
from wslayout.grouping.topics import tokens
from wslayout.grouping.vocabulary import Word, vocabulary_of
from wslayout.grouping.weights import Settings, load_settings
from wslayout.layout import Layout
from wslayout.presets import builtin_budgets

LAYOUTS = sorted((Path(__file__).parent / "data" / "layouts").glob("*.json"))

LEFT_OUT: Final = Path(__file__).parent / "data" / "fit" / "left_out.json"
"""For each project the weights fitted without its layouts; `tests.fit` writes it."""

_FORKS: Final = {"unknown__prime-rl-fork-relppl": "PrimeIntellect-ai/prime-rl"}
"""Layouts of near copies of a project, which are held out with it."""

_COPY: Final = re.compile(r"__\d+$")

_LONGEST: Final = 3
"""Tokens in the longest words of the vocabulary."""

Grouping: TypeAlias = Mapping[str, Hashable]
"""For each key, which section it is in."""


def adjusted_rand_index(one: Sequence[Hashable], other: Sequence[Hashable]) -> float:
    """The agreement of two groupings of the same items, given as a label an item."""

    def pairs(labels: Sequence[Hashable]) -> int:
        return sum(comb(count, 2) for count in Counter(labels).values())

    both = pairs(list(zip(one, other, strict=True)))
    first, second, all_pairs = pairs(one), pairs(other), comb(len(one), 2)
    expected = first * second / all_pairs if all_pairs else 0.0
    most = (first + second) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def agree(truth: Grouping, found: Grouping) -> float:
    """The agreement of two groupings on the keys of the first."""
    keys = sorted(truth)
    return adjusted_rand_index([truth[key] for key in keys], [found[key] for key in keys])


def by_hand(path: Path) -> Grouping:
    """A hand-made layout: each key in the first section that shows it."""
    sections: dict[str, Hashable] = {}
    for number, section in enumerate(json.loads(path.read_text(encoding="utf-8"))["sections"]):
        for panel in section["panels"]:
            for key in panel["keys"]:
                sections.setdefault(key, number)
    return sections


def by_engine(keys: Sequence[str]) -> Grouping:
    """What wslayout makes of these keys."""
    return by_layout(keys, lay_out(inventory_of(*keys), builtin_budgets()))


def by_layout(keys: Iterable[str], layout: Layout) -> Grouping:
    """The sections in which a layout has these keys."""
    found: dict[str, Hashable] = {key: f"left out: {key}" for key in keys}
    for section in layout.sections:
        for panel in section.panels:
            found.update(dict.fromkeys(panel.keys + panel.represented, section.id))
    return found


def by_groups(keys: Iterable[str], groups: Iterable[Group]) -> Grouping:
    """What the engine's groups make of these keys."""
    found: dict[str, Hashable] = {key: f"left out: {key}" for key in keys}
    for number, group in enumerate(groups):
        for family in group.families:
            found.update(dict.fromkeys(family.keys, number))
    return found


def by_first_prefix(keys: Sequence[str]) -> Grouping:
    """W&B's automatic sections, grouped by first prefix."""
    return {key: key.split("/")[0] if "/" in key else "Charts" for key in keys}


def by_last_prefix(keys: Sequence[str]) -> Grouping:
    """W&B's automatic sections, grouped by last prefix."""
    return {key: key.rsplit("/", 1)[0] if "/" in key else "Charts" for key in keys}


METHODS: Mapping[str, Callable[[Sequence[str]], Grouping]] = {
    "wslayout": by_engine,
    "first prefix": by_first_prefix,
    "last prefix": by_last_prefix,
}


def agreement(path: Path, method: Callable[[Sequence[str]], Grouping]) -> float:
    """How far a method agrees with a hand-made layout."""
    truth = by_hand(path)
    return agree(truth, method(sorted(truth)))


def project_of(path: Path) -> str:
    """The project that a layout is of: its repository, where that is known, else its file."""
    repo = json.loads(path.read_text(encoding="utf-8"))["repo"]
    known = repo not in (None, "unknown")
    return _FORKS.get(path.stem) or (str(repo) if known else _COPY.sub("", path.stem))


def projects() -> dict[str, list[Path]]:
    """The projects, each with its layouts."""
    found: dict[str, list[Path]] = {}
    for path in LAYOUTS:
        found.setdefault(project_of(path), []).append(path)
    return found


@cache
def _vocabulary_data() -> Any:
    text = files("wslayout.grouping").joinpath("vocabulary.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


def _words(data: Any) -> Iterator[str]:
    """All words of the parsed vocabulary: its texts that stand in a list."""
    for item in data.values() if isinstance(data, dict) else data:
        if isinstance(item, dict | list):
            yield from _words(item)
        elif isinstance(data, list):
            yield item


def _without(data: Any, lost: Collection[str]) -> Any:
    """The parsed vocabulary without some words, wherever they stand."""
    if isinstance(data, dict):
        return {name: _without(item, lost) for name, item in data.items()}
    if isinstance(data, list):
        return [_without(item, lost) for item in data if item not in lost]
    return data


def _said(keys: Iterable[str]) -> frozenset[Word]:
    """What the keys say: their tokens, alone and in a row."""
    said: set[Word] = set()
    for key in keys:
        row = tuple(tokens(split_parts(key)[0]))
        for length in range(1, _LONGEST + 1):
            said.update(row[at : at + length] for at in range(len(row) + 1 - length))
    return frozenset(said)


@cache
def _said_in_keysets() -> frozenset[Word]:
    return _said(key for path in KEYSETS for key in load_keyset(path)["keys"])


def words_lost(project: str) -> list[str]:
    """The words of the vocabulary that occur in a project's layouts and nowhere else."""
    own, others = (
        _said(
            key
            for path in LAYOUTS
            if (project_of(path) == project) is held
            for key in by_hand(path)
        )
        for held in (True, False)
    )
    only = own - others - _said_in_keysets()
    return sorted({word for word in _words(_vocabulary_data()) if tuple(tokens([word])) in only})


def settings_with(weights: Mapping[str, float]) -> Settings:
    """The shipped weights, but for some: ``search.header``, ``tie``."""
    settings = load_settings()

    def within(group: str) -> dict[str, Any]:
        return {
            name.removeprefix(f"{group}."): value
            for name, value in weights.items()
            if name.startswith(f"{group}.")
        }

    return replace(
        settings,
        search=replace(settings.search, **within("search")),
        shape=replace(settings.shape, **within("shape")),
        tie=weights.get("tie", settings.tie),
    )


def without_project(project: str) -> Callable[[Sequence[str]], Grouping]:
    """What wslayout would make of keys, had it never met a project."""
    vocabulary = vocabulary_of(_without(_vocabulary_data(), words_lost(project)))
    settings = settings_with(json.loads(LEFT_OUT.read_text(encoding="utf-8"))[project])

    def method(keys: Sequence[str]) -> Grouping:
        decided = decide(
            inventory_of(*keys), builtin_budgets(), vocabulary=vocabulary, settings=settings
        )
        return by_groups(keys, decided.grouping.groups)

    return method


def agreements() -> dict[str, dict[str, float]]:
    """For each layout the agreement of each method, and of wslayout with its project left out."""
    left_out = {project: without_project(project) for project in projects()}
    return {
        path.stem: {
            name: agreement(path, method)
            for name, method in {**METHODS, "left out": left_out[project_of(path)]}.items()
        }
        for path in LAYOUTS
    }


def report(rows: Mapping[str, Mapping[str, float]]) -> str:
    """A table: a layout a row, a method a column, and the means; below it the words left out."""
    columns = [*METHODS, "left out"]
    means = {name: mean(row[name] for row in rows.values()) for name in columns}
    lines = [f"{'':<44}" + "".join(f"{name:>14}" for name in columns)]
    lines += [
        f"{stem[:43]:<44}" + "".join(f"{row[name]:>14.2f}" for name in columns)
        for stem, row in {**rows, "mean": means}.items()
    ]
    lines += ["", "Words of the vocabulary that a project left out takes with it:"]
    for project in projects():
        words = ", ".join(words_lost(project)) or "none"
        lines += textwrap.wrap(
            f"{project}: {words}", 100, initial_indent="  ", subsequent_indent="    "
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(report(agreements()), end="")  # noqa: T201 - a report is to be printed
