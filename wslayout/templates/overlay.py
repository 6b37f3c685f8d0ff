"""Templates that change others: by section name, with add, replace and remove.

Works on what was read, before it is checked, so that every value keeps its place in its file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from wslayout.errors import Mark, Problem
from wslayout.suggest import did_you_mean
from wslayout.templates.nodes import Fields, Items, Leaf, Node, plain

_OWN: Final = frozenset({"extends", "name", "description", "version"})
"""What a template says of itself alone."""

_ADDED: Final = frozenset({"include", "exclude", "pin", "match", "panels"})
"""Lists that an overlay adds to; others it replaces."""

_PATCHING: Final = frozenset({"patch", "before", "after"})


def merged(bases: Sequence[Fields], over: Fields, problems: list[Problem]) -> Fields:
    """One template of those that another extends, in their order, and of that one.

    Mappings are merged field by field; null takes a field back. Sections are merged by name: one
    that the bases have gets what the overlay says of it, its matchers and panels at the end;
    ``patch: replace`` and ``patch: remove`` do that. New ones stand at the end, or where ``before``
    or ``after`` says.

    Args:
        bases: What it extends.
        over: The template itself.
        problems: Gets what is wrong in how it changes them.
    """
    result = Fields({}, over.mark, {})
    for one in bases:
        result = _fields(result, _without(one, _OWN), problems)
    return _fields(result, _without(over, {"extends"}), problems)


def _without(node: Fields, names: Iterable[str]) -> Fields:
    dropped = set(names)
    return replace(
        node, fields={name: item for name, item in node.fields.items() if name not in dropped}
    )


def _fields(base: Fields, over: Fields, problems: list[Problem]) -> Fields:
    fields, at = dict(base.fields), dict(base.at)
    for name, node in over.fields.items():
        old = fields.get(name)
        at[name] = over.at.get(name, node.mark)
        if name == "sections" and isinstance(node, Items):
            older = old.items if isinstance(old, Items) else ()
            fields[name] = Items(_sections(older, node.items, problems), node.mark)
        elif name == "verbatim":
            fields[name] = node
        elif isinstance(node, Leaf) and node.value is None:
            fields.pop(name, None)  # as if nobody had said it
        elif isinstance(old, Fields) and isinstance(node, Fields):
            fields[name] = _fields(old, node, problems)
        elif isinstance(old, Items) and isinstance(node, Items) and name in _ADDED:
            fields[name] = Items(_added(old.items, node.items), node.mark)
        else:
            fields[name] = node
    return Fields(fields, over.mark, at)


def _added(old: Sequence[Node], new: Sequence[Node]) -> tuple[Node, ...]:
    said = [plain(item) for item in old]
    return (*old, *(item for item in new if plain(item) not in said))


def _sections(
    base: Sequence[Node], over: Sequence[Node], problems: list[Problem]
) -> tuple[Node, ...]:
    found = list(base)
    own: dict[str, Mark] = {}
    for entry in over:
        name = _name(entry)
        if not isinstance(entry, Fields) or name is None:
            found.append(entry)  # which the model refuses
            continue
        if name in own:
            said = f"two sections are called {name!r}, the first in line {own[name].line}"
            problems.append(Problem(entry.mark, said))
            continue
        own[name] = entry.mark
        _patch(found, name, entry, problems)
    return tuple(found)


def _patch(found: list[Node], name: str, entry: Fields, problems: list[Problem]) -> None:
    place = _place(found, name)
    patch = _text(entry, "patch")
    told = {"replace", "remove"}
    if place is None and patch in told:
        names = [other for other in map(_name, found) if other is not None]
        said = f"there is no section {name!r} to {patch}"
        problems.append(Problem(entry.mark, said, did_you_mean(name, names, "It extends: ")))
        return
    if patch == "remove" and place is not None:
        del found[place]
        return
    # What is no text is left, for the model to refuse.
    texts = {field for field in _PATCHING if _text(entry, field) is not None}
    bare = entry if patch not in (None, "add", *told) else _without(entry, texts)
    if place is None:
        found.insert(_where(found, entry, problems), bare)
        return
    old = found[place]
    new = (
        bare if patch == "replace" or not isinstance(old, Fields) else _fields(old, bare, problems)
    )
    del found[place]
    moves = "before" in entry.fields or "after" in entry.fields
    found.insert(_where(found, entry, problems) if moves else place, new)


def _where(found: Sequence[Node], entry: Fields, problems: list[Problem]) -> int:
    """The place that a section asks for."""
    for word, further in (("before", 0), ("after", 1)):
        other = _text(entry, word)
        if other is None:
            continue
        place = _place(found, other)
        if place is not None:
            return place + further
        names = [name for name in map(_name, found) if name is not None]
        said = f"there is no section {other!r} to stand {word}"
        mark = entry.fields[word].mark
        problems.append(Problem(mark, said, did_you_mean(other, names, "There are: ")))
    return len(found)


def _place(found: Sequence[Node], name: str) -> int | None:
    return next((place for place, item in enumerate(found) if _name(item) == name), None)


def _name(entry: Node) -> str | None:
    return _text(entry, "name") if isinstance(entry, Fields) else None


def _text(entry: Fields, field: str) -> str | None:
    node = entry.fields.get(field)
    return node.value if isinstance(node, Leaf) and isinstance(node.value, str) else None
