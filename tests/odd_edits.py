"""Edits of a view spec that no app makes, or of which nobody can tell afterwards what they were."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.people import Draw, Spec, sections_of

Section = dict[str, Any]


def odd_edit(spec: Spec, draw: Draw, number: int) -> None:
    """Do one of them, whichever is drawn; ``number`` is another one each time."""
    draw(st.sampled_from(EDITS))(spec, draw, number)


def _copy_section(spec: Spec, draw: Draw, number: int) -> None:
    if section := _section(spec, draw):
        again = {**copy.deepcopy(section), "__id__": f"copy{number}", "panels": []}
        sections_of(spec).append(again)


def _empty_section(spec: Spec, draw: Draw, number: int) -> None:
    sections_of(spec).insert(0, {"__id__": f"empty{number}", "name": "E", "panels": None})


def _smoothing(spec: Spec, draw: Draw, number: int) -> None:
    if section := _section(spec, draw):
        section["localPanelSettings"] = {"smoothingWeight": number}


def _merge_sections(spec: Spec, draw: Draw, number: int) -> None:
    one, other = _section(spec, draw), _section(spec, draw)
    if one and other and one is not other:
        other["panels"] += one["panels"]
        sections_of(spec)[:] = [section for section in sections_of(spec) if section is not one]


def _add_run_set(spec: Spec, draw: Draw, number: int) -> None:
    spec["section"].setdefault("runSets", []).append({"id": f"run{number}"})


def _no_run_sets(spec: Spec, draw: Draw, number: int) -> None:
    spec["section"]["runSets"] = []


def _unknown_field(spec: Spec, draw: Draw, number: int) -> None:
    spec[f"top{number}"] = [None, {"a": 1.5}]


def _reverse_panels(spec: Spec, draw: Draw, number: int) -> None:
    if section := _section(spec, draw):
        section["panels"].reverse()


def _lose_id(spec: Spec, draw: Draw, number: int) -> None:
    if found := _panel(spec, draw):
        found[1].pop("__id__", None)


def _null_field(spec: Spec, draw: Draw, number: int) -> None:
    if found := _panel(spec, draw):
        found[1][draw(st.sampled_from(sorted(found[1])))] = None


def _copy_panel(spec: Spec, draw: Draw, number: int) -> None:
    found, other = _panel(spec, draw), _section(spec, draw)
    if found and other:
        other["panels"].insert(0, {**copy.deepcopy(found[1]), "__id__": f"twin{number}"})


def _odd_type(spec: Spec, draw: Draw, number: int) -> None:
    if found := _panel(spec, draw):
        found[1]["viewType"] = {"odd": number}


def _automatic(spec: Spec, draw: Draw, number: int) -> None:
    if found := _panel(spec, draw):
        found[1]["isAuto"] = True


def _move_panel(spec: Spec, draw: Draw, number: int) -> None:
    found, other = _panel(spec, draw), _section(spec, draw)
    if found and other:
        found[0]["panels"].remove(found[1])
        other["panels"].append(found[1])


EDITS: tuple[Callable[[Spec, Draw, int], None], ...] = (
    _copy_section,
    _empty_section,
    _smoothing,
    _merge_sections,
    _add_run_set,
    _no_run_sets,
    _unknown_field,
    _reverse_panels,
    _lose_id,
    _null_field,
    _copy_panel,
    _odd_type,
    _automatic,
    _move_panel,
)


def _section(spec: Spec, draw: Draw) -> Section | None:
    listed = [one for one in sections_of(spec) if isinstance(one.get("panels"), list)]
    return listed[draw(st.integers(0, len(listed) - 1))] if listed else None


def _panel(spec: Spec, draw: Draw) -> tuple[Section, dict[str, Any]] | None:
    found = [(one, panel) for one in sections_of(spec) for panel in one["panels"] or ()]
    return found[draw(st.integers(0, len(found) - 1))] if found else None
