"""Changing a layout by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wslayout as wsl
from tests.people import sections_of
from tests.sample_layouts import large, panel, section
from wslayout.errors import SpecError
from wslayout.layout import BY_HAND, Layout, LeftOut, figures_of

LAYOUT = Layout(
    name="x",
    sections=(
        section("One", panel("a", "a/1", "a/2", represented=("a/3",)), panel("b", "b")),
        section("Two", panel("a", "c"), panel("d", "d")),
    ),
    left_out=(LeftOut(reason="over the budget", keys=("e",), chartable=True),),
    figures={"wslayout": figures_of(Layout(name="x", sections=()))},
)


def names(layout: Layout) -> dict[str, list[str]]:
    return {one.name: [panel.title for panel in one.panels] for one in layout.sections}


def keys_of(layout: Layout) -> list[str]:
    """All keys, wherever they are."""
    shown = [key for panel in layout.panels for key in (*panel.keys, *panel.represented)]
    return sorted([*shown, *(key for left in layout.left_out for key in left.keys)])


def test_panels_move() -> None:
    assert names(LAYOUT.move("b", to="Two", at=0)) == {"One": ["a"], "Two": ["b", "a", "d"]}
    assert names(LAYOUT.move("b", at=0)) == {"One": ["b", "a"], "Two": ["a", "d"]}
    assert names(LAYOUT.move("b", to="Two", at=99)) == {"One": ["a"], "Two": ["a", "d", "b"]}
    emptied = LAYOUT.move("b", to="Two").move(LAYOUT.sections[0].panels[0].id, to="Two")
    assert names(emptied) == {"Two": ["a", "d", "b", "a"]}
    with pytest.raises(SpecError, match="several panels are called 'a'") as raised:
        LAYOUT.move("a", to="Two")
    assert LAYOUT.sections[1].panels[0].id in raised.value.hint
    with pytest.raises(SpecError, match="no section 'Three'"):
        LAYOUT.move("b", to="Three")


def test_sections_change() -> None:
    added = LAYOUT.add_section("Three", at=0)
    assert names(added) == {"Three": [], "One": ["a", "b"], "Two": ["a", "d"]}
    assert names(added.move("b", to="Three")) == {"Three": ["b"], "One": ["a"], "Two": ["a", "d"]}
    assert list(names(LAYOUT.move_section("Two", at=0))) == ["Two", "One"]
    assert list(names(LAYOUT.rename_section("Two", " Zwei "))) == ["One", "Zwei"]
    assert not LAYOUT.open_section("One", is_open=False).sections[0].is_open
    gone = LAYOUT.remove_section("One")
    assert names(gone) == {"Two": ["a", "d"]}
    assert keys_of(gone) == keys_of(LAYOUT)
    with pytest.raises(SpecError, match="already"):
        LAYOUT.add_section("One")
    with pytest.raises(SpecError, match="already"):
        LAYOUT.rename_section("Two", "One")
    assert LAYOUT.rename_section("One", " One ").sections == LAYOUT.sections
    assert LAYOUT.add_section("E").remove_section("E").left_out == LAYOUT.left_out
    for empty in ("", "  "):
        with pytest.raises(SpecError, match="without a name"):
            LAYOUT.rename_section("One", empty)


WORDS = ("apple", "bread", "cloud", "dream", "eagle", "flame", "grape", "house", "ivory", "knife")


def test_taking_panels_out_makes_nothing_easier_to_find() -> None:
    layout = wsl.plan(
        [f"{one}/{other}" for one in ("oak", "elm", "fir") for other in WORDS], overview=0
    )
    costs = [layout.figures["wslayout"].search_cost]
    while len(list(layout.panels)) > 1:
        layout = layout.remove(next(layout.panels).id)
        costs.append(layout.figures["wslayout"].search_cost)
    assert min(costs) == costs[0]
    left = layout.figures["wslayout"]
    assert left.keys_left_out == 3 * len(WORDS) - left.keys_shown - left.keys_represented > 20


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda layout: layout.move("b", at="x"), "a place is a number from 0, not 'x'"),
        (lambda layout: layout.move_section("One", at=None), ""),
        (lambda layout: layout.hide(3), "no panel draws the metric 3"),
        (lambda layout: layout.find_section(3), "the layout has no section 3"),
        (lambda layout: layout.add_section(5), "a section can't be without a name"),
        (lambda layout: layout.show("zzz", kind="bogus"), "no panel of type bogus"),
        (lambda layout: layout.show(""), "a metric can't be without a name"),
    ],
)
def test_what_is_no_name_and_no_place_is_refused(change: Any, message: str) -> None:
    if not message:
        assert names(change(LAYOUT)) == {"Two": ["a", "d"], "One": ["a", "b"]}
        return
    with pytest.raises(SpecError, match=message):
        change(LAYOUT)


def test_metrics_come_and_go() -> None:
    hidden = LAYOUT.hide("a/1").hide("b")
    assert hidden.sections[0].panels[0].keys == ("a/2",)
    assert hidden.left_out[-1] == LeftOut(reason=BY_HAND, keys=("a/1", "b"), chartable=True)
    assert keys_of(hidden) == keys_of(LAYOUT)
    back = hidden.show("b", to="Two", kind="bar").show("a/3").show("e")
    assert [one.title for one in back.sections[1].panels] == ["a", "d", "b", "a/3", "e"]
    assert back.sections[1].panels[2].kind == "bar"
    assert back.sections[0].panels[0].represented == ()
    assert [one.reason for one in back.left_out] == [BY_HAND]
    assert keys_of(back) == keys_of(LAYOUT)
    with pytest.raises(SpecError, match="draws the metric 'b' already"):
        LAYOUT.show("b")
    with pytest.raises(SpecError, match="no panel draws the metric 'e'"):
        LAYOUT.hide("e")
    assert names(Layout(name="x", sections=()).show("k")) == {"Charts": ["k"]}


def test_figures_follow() -> None:
    assert LAYOUT.hide("b").figures["wslayout"].keys_shown == 4


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "move",
                "move_section",
                "hide",
                "show",
                "remove",
                "rename",
                "add",
                "open",
                "remove_section",
            ]
        ),
        st.integers(0, 50),
        st.integers(0, 50),
    ),
    max_size=12,
)


def unused(layout: Layout) -> int:
    """A number that no section has in its name."""
    taken = {one.name for one in layout.sections}
    return next(number for number in range(99) if f"new {number}" not in taken)


def changed(layout: Layout, change: str, one: int, other: int) -> Layout:
    """A change of what there is, by its ids."""
    panels = list(layout.panels)
    sections = layout.sections
    left = [key for found in layout.left_out for key in found.keys]
    panel = panels[one % len(panels)] if panels else None
    target = sections[other % len(sections)] if sections else None
    calls: dict[str, Any] = {
        "add": lambda: layout.add_section(f"new {unused(layout)}", at=other),
        "show": lambda: layout.show(left[one % len(left)]) if left else layout,
    }
    if target is not None:
        calls |= {
            "move_section": lambda: layout.move_section(target.id, at=one),
            "open": lambda: layout.open_section(target.id, is_open=bool(one % 2)),
            "remove_section": lambda: layout.remove_section(target.id),
        }
    if panel is not None and target is not None:
        calls |= {
            "move": lambda: layout.move(panel.id, to=target.id, at=other),
            "hide": lambda: layout.hide(panel.keys[other % len(panel.keys)]),
            "remove": lambda: layout.remove(panel.id),
            "rename": lambda: (
                layout.rename(panel.id, f"title {one}") if panel.kind != "table" else layout
            ),
        }
    result: Layout = calls[change]() if change in calls else layout
    return result


@settings(max_examples=150)
@given(CHANGES)
def test_no_change_loses_a_key_or_an_id(changes: list[tuple[str, int, int]]) -> None:
    for begin in (LAYOUT, large()):
        layout = begin
        for change in changes:
            layout = changed(layout, *change)
        assert keys_of(layout) == keys_of(begin)
        ids = [one.id for one in layout.panels]
        assert len(ids) == len(set(ids))
        assert len({one.id for one in layout.sections}) == len(layout.sections)
        assert all(one.keys for one in layout.panels)
        assert Layout.from_json(layout.to_json()) == layout
        if "wslayout" in layout.figures and changes:
            ours = layout.figures["wslayout"]
            assert ours.sections == len(layout.sections) or layout == begin


def test_panels_of_templates_change_in_what_is_saved(tmp_path: Path) -> None:
    """Their settings say what they draw, and so must follow."""
    template = tmp_path / "t.yaml"
    template.write_text(
        "sections:\n- name: S\n  panels:\n"
        "  - {type: line, title: T, y: [a, b], x: c}\n"
        "  - {type: bar, title: B, metrics: [a, b]}\n"
        "  - {type: scalar, title: One, metric: a}\n"
        "  - {type: scatter, title: Dots, x: a, y: b}\n"
        "  - {type: markdown, markdown: Hello}\n"
    )
    layout = wsl.plan(["a", "b", "c"], template=template)
    changed = layout.rename("T", "New").rename("Dots", "More").hide("b")
    told = [
        (raw["viewType"], raw["config"].get("chartTitle"), raw["config"].get("metrics"))
        for one in sections_of(wsl.spec(changed))
        for raw in one["panels"]
    ]
    assert told[:3] == [
        ("Run History Line Plot", "New", ["a"]),
        ("Bar Chart", "B", ["a"]),
        ("Scalar Chart", "One", ["a"]),
    ]
    assert "Scatter Plot" not in {kind for kind, *_ in told}
    note = next(one for one in layout.panels if one.kind == "markdown")
    with pytest.raises(SpecError, match="no title of its own"):
        layout.rename(note.id, "New")
    with pytest.raises(SpecError) as raised:
        layout.rename("Dot", "x")
    assert raised.value.hint == "Did you mean Dots?"


def test_sections_added_by_hand_have_ids_of_their_own() -> None:
    layout = LAYOUT.add_section("N").rename_section("N", "M").add_section(" N ").move("b", to="M")
    assert names(layout) == {"One": ["a"], "Two": ["a", "d"], "M": ["b"], "N": []}
    with pytest.raises(SpecError, match="already"):
        layout.add_section(" N")
