"""A layout as a template that gives it again: the way back from what people made in the app."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from wslayout.grouping.families import find_families
from wslayout.grouping.names import mask_all, split_parts
from wslayout.grouping.vocabulary import load_vocabulary
from wslayout.layout import Layout, Panel, Section
from wslayout.patterns import escape, match
from wslayout.templates.model import Template
from wslayout.templates.panels import PanelEntry
from wslayout.templates.parameters import escaped

AsSpec = Callable[[Panel], Mapping[str, Any]]
"""Gives what a panel shows, as the view spec has it."""


def template_of(
    layout: Layout,
    as_spec: AsSpec,
    *,
    description: str = "",
    keeps_ids: bool = False,
    kinds: Mapping[str, str] | None = None,
    in_order: Set[str] = frozenset(),
    as_they_are: Set[str] = frozenset(),
) -> dict[str, Any]:
    """The template of a layout, as plain data; sections without panels are left out.

    Args:
        layout: The layout, all of whose panels say what they draw.
        as_spec: Gives what a panel shows, as the view spec has it: a template may have no words.
        description: What it says of itself.
        keeps_ids: Whether panels keep their ids.
        kinds: Where panels that draw metrics and nothing else become matchers, which also take
            metrics that are yet to come: the metrics of the project, each with its kind.
        in_order: Ids of sections all of whose panels are named, for matchers give no order; they
            have matchers for what is yet to come beside.
        as_they_are: Ids of sections all of whose panels are named, and that take nothing else.
    """
    names: set[str] = set()
    panels = [panel for section in layout.sections for panel in section.panels]
    # A panel of its own takes its metrics from every matcher.
    special = {key for panel in panels if not _draws_only(panel) for key in panel.keys}
    sections = [
        _section(
            section,
            names,
            as_spec,
            keeps_ids=keeps_ids,
            kinds=None if section.id in as_they_are else kinds,
            special=special,
            names_all=section.id in in_order,
        )
        for section in layout.sections
        if section.panels
    ]
    found: dict[str, Any] = {
        "name": layout.name,
        "description": description,
        "missing": "keep" if kinds is None else "drop",
        "rest": "drop",
        "budgets": {
            "sections": max(len(sections), 1),
            "panels": max(len(panels), len({key for one in panels for key in one.keys}), 1),
        },
        "settings": dict(layout.settings),
        "runs": dict(layout.runs),
        "sections": sections,
        "verbatim": dict(layout.verbatim),
    }
    said = {name: value for name, value in found.items() if value or name == "name"}
    template: dict[str, Any] = escaped(said)
    Template.model_validate_json(json.dumps(template))
    return template


def _section(
    section: Section,
    names: set[str],
    as_spec: AsSpec,
    *,
    keeps_ids: bool,
    kinds: Mapping[str, str] | None,
    special: Set[str],
    names_all: bool,
) -> dict[str, Any]:
    verbatim = dict(section.verbatim)
    name = _unique(section.name, names)
    if name != section.name:
        verbatim["name"] = section.name
    plain = [
        panel
        for panel in section.panels
        if kinds is not None and _draws_only(panel) and special.isdisjoint(panel.keys)
    ]
    panels = [
        _panel(panel, as_spec, keeps_ids=keeps_ids)
        for panel in section.panels
        if names_all or panel not in plain
    ]
    keys = [key for panel in plain for key in panel.keys]
    found: dict[str, Any] = {
        "name": name,
        "open": section.is_open,
        "pinned": section.pinned,
        "grid": {"columns": section.columns, "rows": section.rows},
        "settings": dict(section.settings),
        "match": generalised(keys, kinds or {}),
        "panels": panels,
        "verbatim": verbatim,
    }
    return {field: value for field, value in found.items() if value or field == "open"}


def _unique(name: str, names: set[str]) -> str:
    """A name for a section that no other has; the app lets people have two of one name."""
    base = name.replace("${", "$ {")[:190] or "(no name)"  # which takes no parameters
    found, number = base, 1
    while found in names:
        number += 1
        found = f"{base} ({number})"
    names.add(found)
    return found


def _panel(panel: Panel, as_spec: AsSpec, *, keeps_ids: bool) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    if keeps_ids and panel.id:
        extra["id"] = panel.id
    if panel.place is not None:
        extra["layout"] = dict(panel.place)
    type_ = {} if panel.kind == "line" else {"type": panel.kind}
    entry = {**type_, **panel.settings, **extra}
    if panel.kind == "line" and not entry.get("y", True):
        entry.pop("y")
    try:
        _ENTRY.validate_json(json.dumps(escaped(entry)))
    except ValidationError:
        own_id = {"id": panel.id} if "id" in extra else {}
        return {"type": "verbatim", "spec": dict(as_spec(panel)), **own_id}
    return entry


_ENTRY: Final[TypeAdapter[Any]] = TypeAdapter(PanelEntry)


def _draws_only(panel: Panel) -> bool:
    """Whether a panel is what the engine would make of its metrics by itself, or nearly so."""
    said = set(panel.settings)
    if not panel.keys or not _is_by_itself(panel):
        return False
    if panel.kind == "line":
        return said <= {"title", "y", "x"} and panel.settings.get("x", "_step") == "_step"
    return panel.kind == "media" and said <= {"title", "media_keys"}


def _is_by_itself(panel: Panel) -> bool:
    """Whether a panel has no title, or says no more than its metrics, which belong together."""
    title = panel.settings.get("title")
    if not title:
        return True
    kinds = dict.fromkeys(panel.keys, "image" if panel.kind == "media" else "number")
    families = find_families(
        kinds, load_vocabulary(), lines_per_panel=len(kinds), overlay_splits=True
    )
    words = {word for key in panel.keys for word in _words(key)}
    said = [word for word in _words(title) if not word.isdigit()]
    return len(families) == 1 and bool(said) and words.issuperset(said)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.replace("_", " ").lower())


def generalised(keys: Sequence[str], kinds: Mapping[str, str]) -> list[str]:
    """Globs that take some keys of a project and no others, and their like that are yet to come.

    All keys below a prefix become ``prefix/**``, members of an index ``layers.*/norm``.

    Args:
        keys: The keys.
        kinds: All metrics of the project, each with its kind.
    """
    wanted = dict.fromkeys(keys)
    known = sorted({*kinds, *wanted})
    globs: dict[str, None] = {}
    left = dict(wanted)

    def take(glob: str) -> bool:
        found = match(glob, known)
        if len(left.keys() & set(found)) < 2 or not wanted.keys() >= set(found):
            return False
        globs[glob] = None
        for key in found:
            left.pop(key, None)
        return True

    for key in list(wanted):
        parts = split_parts(key)[0]
        if key in left and len(parts) > 1 and "/" in key:
            take(f"{escape(key.split('/')[0])}/**")
    for key, masked in zip(list(left), mask_all(list(left)), strict=True):
        if key in left and "*" in masked:
            take("*".join(map(escape, masked.split("*"))))
    for key in list(left):
        if "/" in key and key in left:
            take(f"{escape(key.rpartition('/')[0])}/*")
    return [*globs, *map(escape, left)]
