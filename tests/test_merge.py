"""Hand edits survive regeneration for ever; what nobody touched is always the new layout."""

from __future__ import annotations

import copy
import json
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.keysets import inventory_of
from tests.people import People, panels_of, sections_of
from wslayout import api
from wslayout.grouping import lay_out
from wslayout.presets import builtin_budgets
from wslayout.publish.merging import Base, merge, read_base
from wslayout.publish.merging.identity import continued
from wslayout.publish.merging.ordering import ordered
from wslayout.publish.merging.parts import apart, together
from wslayout.wandb_api.rawspec import MODE, same

POOL = (
    "train/loss", "val/loss", "test/loss", "train/acc", "val/acc", "lr", "epoch_time",
    "grad/norm", "grad/max", "grad/layers.0", "grad/layers.1", "grad/layers.2",
    "sys/gpu.0", "sys/gpu.1", "perf/tokens_per_s", "perf/mfu", "eval/mmlu", "eval/gsm8k",
    "eval/arc", "reward/mean", "reward/std", "kl", "entropy", "debug/a", "debug/b", "debug/c",
)  # fmt: skip


@lru_cache(maxsize=500)
def _layout_of(keys: frozenset[str], known: frozenset[str]) -> str:
    layout = lay_out(inventory_of(*sorted(keys)), builtin_budgets(), known=known)
    return json.dumps(api.spec(layout))


def layout_of(keys: frozenset[str], known: frozenset[str] = frozenset()) -> dict[str, Any]:
    spec: dict[str, Any] = json.loads(_layout_of(keys, known))
    return spec


inventories = st.frozensets(st.sampled_from(POOL), min_size=1)


# Making a failing history shorter would take minutes: `people.done` tells what was done.
@settings(max_examples=100, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.data(), inventories)
def test_people_and_regeneration_in_any_order(data: st.DataObject, keys: frozenset[str]) -> None:
    people = People(layout_of(keys))
    expected = layout_of(keys)
    base = Base.of(apart(people.spec))
    for _ in range(data.draw(st.integers(1, 6), label="rounds")):
        for _ in range(data.draw(st.integers(0, 3), label="edits")):
            people.edit(data.draw)
        people.agree_with(expected)  # what they put back
        keys = data.draw(inventories | st.just(keys), label="keys")
        known = frozenset(section["__id__"] for section in sections_of(people.spec))
        new = layout_of(keys, known)
        merged = merge(base, people.spec, new)
        effective = continued(base, apart(people.spec), apart(new))
        expected = together(
            effective.settings,
            effective.run_set,
            [
                {**section.raw, "panels": [panel.raw for panel in section.panels]}
                for section in effective.sections
            ],
        )
        assert people.lost(merged.spec) == [], people.done
        check_untouched(people, base, merged.spec, expected)
        if not people.done:
            check_order(merged.spec, expected)
        people.agree_with(expected)
        again = merge(merged.base, merged.spec, new)
        assert same(again.spec, merged.spec), [one for one in again.changes if one.action != "kept"]
        assert again.base == merged.base
        assert not again.conflicts
        assert {one.action for one in again.changes} <= {"kept"}
        people.spec = copy.deepcopy(merged.spec)
        people.forget_what_is_no_more()
        base = merged.base


def check_untouched(people: People, base: Base, spec: dict[str, Any], new: dict[str, Any]) -> None:
    """All of a layout that people did not touch is in the spec, and nothing else of ours."""
    found = panels_of(spec)
    ids = [panel["__id__"] for section in sections_of(spec) for panel in section["panels"]]
    assert len(ids) == len(set(ids))
    held = {name for name, field in people.sections if field != "isOpen"}
    for name, (section, panel) in panels_of(new).items():
        if name in people.gone or name in people.own:
            continue
        if section in people.gone and name not in found:
            continue
        assert name in found
        edited = {path for edited, path in people.panels if edited == name}
        if name not in people.touched() and name in base.panels:
            home = base.panels[name].section
            if section not in people.gone and not held & {home, found[name][0]}:
                assert found[name][0] == section
        for path in ("chartTitle", "metrics"):
            if ("config", path) not in edited:
                assert same(found[name][1]["config"].get(path), panel["config"].get(path))
    allowed = panels_of(new).keys() | people.own.keys() | people.touched()
    for name in found.keys() - allowed:
        assert name not in base.panels, f"{name} should be gone"


def check_order(spec: dict[str, Any], new: dict[str, Any]) -> None:
    """Nobody having touched anything, all stands as the layout has it."""
    found = sections_of(spec)
    assert [one["__id__"] for one in found] == [one["__id__"] for one in sections_of(new)]
    for section, wanted in zip(found, sections_of(new), strict=True):
        assert [one["__id__"] for one in section["panels"]] == [
            one["__id__"] for one in wanted["panels"]
        ]


@settings(max_examples=40)
@given(st.data(), inventories, inventories)
def test_without_a_record_nothing_is_lost(
    data: st.DataObject, keys: frozenset[str], more: frozenset[str]
) -> None:
    """The description was wiped: all that the view holds stays, and all of the layout is there."""
    people = People(layout_of(keys))
    for _ in range(data.draw(st.integers(0, 4), label="edits")):
        people.edit(data.draw)
    live, new = copy.deepcopy(people.spec), layout_of(more)
    merged = merge(None, live, new)
    before, after = panels_of(live), panels_of(merged.spec)
    for name, (section, panel) in before.items():
        assert after[name][0] == section
        for field, value in panel["config"].items():
            assert after[name][1]["config"][field] == value
    assert not merged.conflicts
    shown = {key for _, panel in after.values() for key in panel["config"].get("metrics", ())}
    assert {
        key for _, panel in panels_of(new).values() for key in panel["config"]["metrics"]
    } <= shown | {"my/metric"} | _retouched(before, new)
    again = merge(merged.base, merged.spec, new)
    assert same(again.spec, merged.spec)
    assert again.base == merged.base
    # The layout's side is taken where that is asked for.
    taken = panels_of(merge(None, live, new, theirs=True).spec)
    for name, (section, panel) in panels_of(new).items():
        assert taken[name][0] == section
        assert panel["config"].items() <= taken[name][1]["config"].items()


def _retouched(live: dict[str, tuple[str, dict[str, Any]]], new: dict[str, Any]) -> set[str]:
    """Metrics of panels that the view has, and that draw something else there."""
    return {
        key
        for name, (_, panel) in panels_of(new).items()
        if name in live
        for key in panel["config"]["metrics"]
    }


@given(inventories)
def test_a_base_is_read_as_it_was_written(keys: frozenset[str]) -> None:
    base = Base.of(apart(layout_of(keys)))
    assert read_base(base.write()) == base
    assert read_base(base.write()[:-4]) is None
    assert len(base.write()) < 6_000


def test_the_base_of_a_full_view_is_small() -> None:
    words = [f"{one}{other}" for one in "bdfghkl" for other in ("ar", "en", "il", "og", "um")]
    layout = lay_out(
        inventory_of(*(f"{prefix}/{word}" for prefix in words[:12] for word in words[12:])),
        builtin_budgets(),
    )
    assert len(list(layout.panels)) == 60
    assert len(Base.of(apart(api.spec(layout))).write()) < 4_000


names = st.lists(st.sampled_from("abcdefgh"), unique=True)


@given(names, names, st.booleans())
def test_an_order_has_all_once(live: list[str], placed: list[str], keep: bool) -> None:
    found = ordered(live, placed, keep=keep)
    assert sorted(found) == sorted({*live, *placed})
    kept, common = (live, set(live)) if keep else (placed, set(placed))
    assert [one for one in found if one in common] == list(kept)
    # Once it is so, it stays so.
    assert ordered(found, placed, keep=keep) == found


def test_what_stands_behind_something_stays_behind_it() -> None:
    assert ordered(["own", "a", "mine", "b"], ["b", "a"], keep=False) == ["own", "b", "a", "mine"]
    assert ordered(["b", "a"], ["a", "new", "b"], keep=True) == ["b", "a", "new"]


def test_a_panel_goes_on_when_its_family_grows() -> None:
    before = layout_of(frozenset({"train/loss", "lr", "kl"}))
    after = layout_of(frozenset({"train/loss", "val/loss", "lr", "kl"}))
    base = Base.of(apart(before))

    def of_loss(spec: dict[str, Any]) -> tuple[str, list[str]]:
        found = [
            (name, panel["config"]["metrics"])
            for name, (_, panel) in panels_of(spec).items()
            if "train/loss" in panel["config"]["metrics"]
        ]
        (one,) = found
        return one

    assert of_loss(before)[0] != of_loss(after)[0]
    merged = merge(base, before, after)
    assert of_loss(merged.spec) == (of_loss(before)[0], ["train/loss", "val/loss"])
    # Taken away, it does not come back under another name.
    gone = copy.deepcopy(before)
    for section in sections_of(gone):
        section["panels"] = [
            one for one in section["panels"] if "train/loss" not in one["config"]["metrics"]
        ]
    assert "train/loss" not in json.dumps(merge(base, gone, after).spec)
    assert of_loss(merge(base, gone, after, restore_deleted=True).spec)[1] == [
        "train/loss",
        "val/loss",
    ]


def test_spec_that_no_one_knows_passes_through() -> None:
    """Sections without ids, ids that stand twice, and what is no section at all."""
    spec = layout_of(frozenset({"train/loss", "val/acc", "lr"}))
    base = Base.of(apart(spec))
    live = copy.deepcopy(spec)
    sections = sections_of(live)
    odd: list[Any] = [
        {"name": "without an id", "panels": [{"viewType": "x"}, 5, None]},
        "no section",
        {"__id__": "twice", "name": "one", "panels": None},
        {"__id__": "twice", "name": "two"},
        copy.deepcopy(sections[0]),
    ]
    sections += odd
    new = layout_of(frozenset({"train/loss", "val/acc", "lr", "kl"}))
    merged = merge(base, live, new)
    found = merged.spec["section"]["panelBankConfig"]["sections"]
    assert all(one in found for one in odd)
    again = merge(merged.base, merged.spec, new)
    assert again.spec == merged.spec


def test_theirs_also_takes_what_was_in_conflict_before() -> None:
    before = layout_of(frozenset({"train/loss", "val/acc", "lr"}))
    new = layout_of(frozenset({"train/loss", "val/loss", "val/acc", "lr"}))
    live = copy.deepcopy(before)
    for section in sections_of(live):
        for panel in section["panels"]:
            if "train/loss" in panel["config"]["metrics"]:
                panel["config"]["metrics"] = ["train/loss", "mine"]
            else:
                panel["config"]["chartTitle"] = "My title"
    first = merge(Base.of(apart(before)), live, new)
    assert [one.what for one in first.conflicts] == ["config.metrics"]
    again = merge(first.base, first.spec, new)
    assert not again.conflicts
    taken = merge(again.base, again.spec, new, theirs=True)
    assert "mine" not in json.dumps(taken.spec)
    # What was in no conflict stays as people left it.
    assert "My title" in json.dumps(taken.spec)


@pytest.mark.parametrize("theirs", [False, True])
def test_orders_that_both_changed_are_a_conflict(theirs: bool) -> None:
    def in_order(*names: str) -> dict[str, Any]:
        spec = layout_of(frozenset({"debug/a", "debug/b", "debug/c"}))
        (section,) = sections_of(spec)
        section["panels"].sort(key=lambda one: names.index(one["config"]["metrics"][0][-1]))
        return spec

    def order_of(spec: dict[str, Any]) -> str:
        return "".join(one["config"]["metrics"][0][-1] for one in sections_of(spec)[0]["panels"])

    base = Base.of(apart(in_order("a", "b", "c")))
    merged = merge(base, in_order("c", "b", "a"), in_order("b", "a", "c"), theirs=theirs)
    (conflict,) = merged.conflicts
    assert conflict.what == "order of the panels"
    assert order_of(merged.spec) == ("bac" if theirs else "cba")
    again = merge(merged.base, merged.spec, in_order("b", "a", "c"))
    assert not again.conflicts
    assert same(again.spec, merged.spec)
    later = merge(again.base, again.spec, in_order("b", "a", "c"), theirs=True)
    assert order_of(later.spec) == "bac"


def test_what_a_template_files_itself_is_no_edit() -> None:
    before = layout_of(frozenset({"debug/a", "debug/b", "debug/c"}))
    (section,) = sections_of(before)
    name = section["panels"][0]["__id__"]
    bank = before["section"]["panelBankConfig"]
    bank["panelConfigOverrides"] = {f"__custom_panel__:{name}": {"chartTitle": "t"}}
    new = layout_of(frozenset({"debug/b", "debug/c"}))
    merged = merge(Base.of(apart(before)), before, new)
    assert not merged.conflicts
    assert name not in panels_of(merged.spec)


@pytest.mark.parametrize("held", ["pending", None, False])
def test_a_mode_that_nobody_chose_becomes_manual(held: object) -> None:
    spec = layout_of(frozenset({"debug/a", "debug/b"}))
    live = copy.deepcopy(spec)
    block = {"xAxis": "_step"} if held is None else {"xAxis": "_step", MODE: held}
    live["section"]["workspaceSettings"] = block
    merged = merge(Base.of(apart(spec)), live, spec)
    assert merged.spec["section"]["workspaceSettings"] == {"xAxis": "_step", MODE: False}
    assert not merged.conflicts
    assert same(merge(merged.base, merged.spec, spec).spec, merged.spec)
