from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wslayout.errors import SpecError, TemplateError
from wslayout.layout import (
    PANEL_KINDS,
    Budgets,
    Figures,
    Layout,
    LeftOut,
    Panel,
    Section,
    figures,
    figures_of,
    stable_id,
)
from wslayout.presets import builtin_budgets

KEYS = '"keys": [\n      "a"\n     ]'

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
panels = st.builds(
    Panel,
    id=text,
    kind=st.sampled_from(PANEL_KINDS),
    title=text,
    keys=st.lists(text, min_size=1, max_size=3).map(tuple),
    represented=st.lists(text, max_size=2).map(tuple),
    family=text,
    x_axis=st.none() | text,
    reason=text,
)
sections = st.builds(
    Section,
    id=text,
    name=text,
    panels=st.lists(panels, max_size=3).map(tuple),
    is_open=st.booleans(),
    pinned=st.booleans(),
    columns=st.integers(1, 6),
    rows=st.integers(1, 6),
    reason=text,
)
layouts = st.builds(
    Layout,
    name=text,
    sections=st.lists(sections, max_size=3).map(tuple),
    left_out=st.lists(
        st.builds(LeftOut, reason=text, keys=st.lists(text).map(tuple), chartable=st.booleans()),
        max_size=2,
    ).map(tuple),
    x_axis=st.none() | text,
    source=text,
    entity=st.none() | text,
    project=st.none() | text,
    coverage=text,
)


@given(layouts)
def test_json_round_trip(layout: Layout) -> None:
    layout = replace(layout, figures={"wslayout": figures_of(layout, spec_bytes=7)})
    assert Layout.from_json(layout.to_json()) == layout


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "wslayout-layout"}', "3"])
def test_json_that_is_no_layout(content: str) -> None:
    with pytest.raises(SpecError):
        Layout.from_json(content)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (KEYS, '"keys": "abc"'),
        (KEYS, '"keys": []'),
        ('"x_axis": null', '"x_axis": 4'),
        ('"columns": 3', '"columns": "3"'),
        ('"columns": 3', '"columns": -1'),
        ('"name": "n"', '"name": null'),
        ('"kind": "line"', '"kind": "pie"'),
    ],
)
def test_layouts_with_values_of_other_types(old: str, new: str) -> None:
    panel = Panel(id="p", kind="line", title="t", keys=("a",))
    text = Layout(name="n", sections=(Section(id="s", name="s", panels=(panel,)),)).to_json()
    assert old in text
    with pytest.raises(SpecError, match="not a layout that wslayout wrote"):
        Layout.from_json(text.replace(old, new))


def test_a_layout_nested_too_deep() -> None:
    with pytest.raises(SpecError):
        Layout.from_json('{"format":' + "[" * 100_000)


def test_figures_by_hand() -> None:
    # Two sections of 2 and 4 panels, and one key nowhere: a key of the first costs (2+2)/2,
    # one of the second (2+4)/2, the lost one 2 + 6 + 20.
    got = figures([(2, 2, 0), (4, 4, 6)], left_out=1)
    assert got == Figures(
        sections=2,
        panels=6,
        single_panel_sections=0,
        keys_shown=6,
        keys_represented=6,
        keys_left_out=1,
        search_cost=round((2 * 2 + 10 * 3 + 28) / 13, 3),
    )


def test_figures_of_nothing() -> None:
    assert figures([], left_out=0).search_cost == 0.0


def test_stable_ids() -> None:
    assert stable_id("panel", "number", "loss") == stable_id("panel", "number", "loss")
    assert stable_id("a", "bc") != stable_id("ab", "c")
    assert re.fullmatch(r"wsl[0-9a-z]{12}", stable_id("\ud800"))
    # Written into saved views: a change of this value would orphan people's edits.
    assert stable_id("section", "losses") == "wslaq0th5n2ao3z"


def test_budgets() -> None:
    assert builtin_budgets() == Budgets(
        sections=12,
        panels=60,
        panels_per_section=12,
        lines_per_panel=10,
        overview=6,
        open_panels=18,
    )
    with pytest.raises(TemplateError, match="budget panels must be a whole number from 1, not 0"):
        replace(builtin_budgets(), panels=0)
    with pytest.raises(TemplateError, match="budget sections"):
        replace(builtin_budgets(), sections=True)
    with pytest.raises(TemplateError, match="no built-in preset 'nowhere'"):
        builtin_budgets("nowhere")
