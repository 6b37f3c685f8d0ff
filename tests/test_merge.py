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
from tests.odd_edits import odd_edit
from tests.people import People, panels_of, sections_of
from wslayout import api
from wslayout.errors import SpecError
from wslayout.grouping import lay_out
from wslayout.layout import is_stable_id
from wslayout.presets import builtin_budgets
from wslayout.publish.merging import Base, Merged, merge, read_base
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


DEBUG = frozenset({"debug/a", "debug/b", "debug/c"})
RESULTS = frozenset({"train/loss", "val/acc", "reward/mean"})


def in_order(*names: str) -> dict[str, Any]:
    """A layout whose one section has the panels a, b and c in some order."""
    spec = layout_of(DEBUG)
    (section,) = sections_of(spec)
    section["panels"].sort(key=lambda one: names.index(one["config"]["metrics"][0][-1]))
    return spec


def order_of(spec: dict[str, Any]) -> str:
    """The order of the panels in a layout of `in_order`."""
    return "".join(one["config"]["metrics"][0][-1] for one in sections_of(spec)[0]["panels"])


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
        people.put_back(base)
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
        people.forget_orders(base, merged.spec)
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


# What a second hostile look found


def named(spec: dict[str, Any], *names: str) -> list[dict[str, Any]]:
    """Its sections of these names."""
    by_name = {section["name"]: section for section in sections_of(spec)}
    return [by_name[name] for name in names]


def test_an_order_stays_when_what_was_kept_comes_back() -> None:
    others = RESULTS | {"grad/norm", "grad/max", "lr"}
    both, less = layout_of(others | DEBUG), layout_of(others)
    live = copy.deepcopy(both)
    sections_of(live).reverse()
    sections_of(live)[0]["name"] = "My debug"
    dropped = merge(Base.of(apart(both)), live, less)
    back = merge(dropped.base, dropped.spec, both)
    assert {sections_of(one.spec)[0]["name"] for one in (dropped, back)} == {"My debug"}
    # Panels of a section likewise.
    abc = in_order("a", "b", "c")
    (section,) = sections_of(live := in_order("c", "a", "b"))
    section["panels"][0]["config"]["chartTitle"] = "MINE"
    ab = copy.deepcopy(abc)
    sections_of(ab)[0]["panels"].pop()
    dropped = merge(Base.of(apart(abc)), live, ab)
    back = merge(dropped.base, dropped.spec, abc)
    assert (
        "".join(one["config"]["metrics"][0][-1] for one in sections_of(back.spec)[0]["panels"])
        == "cab"
    )


def test_an_order_that_the_layout_changes_again_is_told_once() -> None:
    base, live = Base.of(apart(in_order("a", "b", "c"))), in_order("c", "b", "a")
    first = merge(base, live, in_order("b", "a", "c"))
    second = merge(first.base, first.spec, in_order("a", "c", "b"))
    assert len(first.conflicts) == len(second.conflicts) == 1
    # The base is another one for its order alone, and so is written.
    assert not second.base.same_as(first.base)
    assert read_base(second.base.write()) == second.base
    assert not merge(second.base, second.spec, in_order("a", "c", "b")).conflicts


def test_an_order_on_which_both_agree_is_nobodys() -> None:
    base = Base.of(apart(in_order("a", "b", "c")))
    merged = merge(base, in_order("c", "b", "a"), in_order("c", "b", "a"))
    assert not merged.conflicts
    assert merged.base.same_as(merge(merged.base, merged.spec, in_order("c", "b", "a")).base)
    assert not merged.base.disputed


def test_theirs_takes_a_place_that_was_in_conflict_before() -> None:
    before = layout_of(RESULTS | DEBUG | {"grad/a", "grad/b"})
    first, second, third = sections_of(before)
    live, new = copy.deepcopy(before), copy.deepcopy(before)
    panel = sections_of(live)[0]["panels"].pop()
    sections_of(live)[1]["panels"].append(panel)
    sections_of(new)[2]["panels"].append(sections_of(new)[0]["panels"].pop())
    merged = merge(Base.of(apart(before)), live, new)
    assert [one.what for one in merged.conflicts] == ["its section"]
    assert panels_of(merged.spec)[panel["__id__"]][0] == second["__id__"]
    again = merge(merged.base, merged.spec, new)
    assert not again.conflicts
    assert again.base.same_as(merged.base)
    later = merge(again.base, again.spec, new, theirs=True)
    assert panels_of(later.spec)[panel["__id__"]][0] == third["__id__"]
    assert first["__id__"] != third["__id__"]


def test_theirs_leaves_a_section_in_which_people_have_panels() -> None:
    both, less = layout_of(RESULTS | DEBUG), layout_of(RESULTS)
    live = copy.deepcopy(both)
    (debug,) = named(live, "debug")
    debug["name"] = "Mine"
    debug["panels"].append({"__id__": "own", "viewType": "x", "config": {}})
    merged = merge(Base.of(apart(both)), live, less, theirs=True)
    (mine,) = named(merged.spec, "Mine")
    assert [panel["__id__"] for panel in mine["panels"]] == ["own"]
    assert not merged.conflicts
    assert not merge(merged.base, merged.spec, less, theirs=True).conflicts


def test_a_panel_that_the_view_has_already_is_not_taken_away() -> None:
    spec = layout_of(DEBUG)
    own = {"__id__": "own", "viewType": "Run History Line Plot"}
    own |= {"config": {"metrics": ["debug/a"]}}  # type: ignore[dict-item]  # as JSON is
    sections = [{"__id__": "s", "name": "mine", "panels": [own]}]
    live: dict[str, Any] = {"section": {"panelBankConfig": {"sections": sections}}}
    merged = merge(None, live, spec)
    assert json.dumps(merged.spec).count('"debug/a"') == 1
    again = merge(merged.base, merged.spec, spec, restore_deleted=True)
    assert json.dumps(again.spec).count('"debug/a"') == 1
    assert {one.reason for one in again.changes} == {"the view has such a panel", "added by hand"}
    # When they take theirs away, ours comes.
    without = copy.deepcopy(again.spec)
    named(without, "mine")[0]["panels"].clear()
    assert json.dumps(merge(again.base, without, spec).spec).count('"debug/a"') == 1


def test_restoring_does_not_forget_what_it_does_not_restore() -> None:
    whole, less = layout_of(DEBUG | RESULTS), layout_of((DEBUG - {"debug/a"}) | RESULTS)
    live = copy.deepcopy(whole)
    (debug,) = named(live, "debug")
    debug["panels"] = [one for one in debug["panels"] if one["config"]["metrics"] != ["debug/a"]]
    merged = merge(Base.of(apart(whole)), live, less, restore_deleted=True)
    assert "debug/a" not in json.dumps(merge(merged.base, merged.spec, whole).spec)


def test_a_panel_of_another_type_does_not_go_on_from_what_is_gone() -> None:
    spec = layout_of(DEBUG)
    live = copy.deepcopy(spec)
    sections_of(live)[0]["panels"].pop(0)
    new = layout_of(frozenset({"debug/b", "debug/c"}))
    scatter = {"__id__": "wslscatterscatt", "viewType": "Scatter Plot"}
    scatter["config"] = {"metrics": ["debug/a"]}  # type: ignore[assignment]  # as JSON is
    sections_of(new)[0]["panels"].append(scatter)
    assert scatter in sections_of(merge(Base.of(apart(spec)), live, new).spec)[0]["panels"]


def test_an_override_that_is_null_is_no_edit() -> None:
    spec = layout_of(DEBUG)
    live = copy.deepcopy(spec)
    name = sections_of(live)[0]["panels"][0]["__id__"]
    bank = live["section"]["panelBankConfig"]
    bank["panelPlacementOverrides"] = {f"__custom_panel__:{name}": None}
    merged = merge(Base.of(apart(spec)), live, layout_of(frozenset({"debug/b", "debug/c"})))
    assert name not in panels_of(merged.spec)
    assert not merged.conflicts


def test_a_section_called_as_we_call_the_run_set() -> None:
    spec = layout_of(DEBUG)
    live, new = copy.deepcopy(spec), copy.deepcopy(spec)
    sections_of(live).append({"__id__": "0", "name": "zero", "panels": []})
    live["section"]["runSets"][0]["name"] = "mine"
    new["section"]["runSets"][0]["name"] = "ours"
    merged = merge(Base.of(apart(spec)), live, new)
    assert len(merged.conflicts) == 1
    taken = merge(merged.base, merged.spec, new, theirs=True)
    assert taken.spec["section"]["runSets"][0]["name"] == "ours"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("section",), []),
        (("section", "panelBankConfig"), "x"),
        (("section", "panelBankConfig", "sections"), {}),
        (("section", "runSets"), {"a": 1}),
    ],
)
def test_what_nobody_can_read_is_left_as_it_is(path: tuple[str, ...], value: Any) -> None:
    spec = layout_of(DEBUG)
    live = copy.deepcopy(spec)
    target = live
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    with pytest.raises(SpecError, match=f"'{path[-1]}'"):
        merge(Base.of(apart(spec)), live, spec)


def test_what_people_emptied_stays_empty() -> None:
    spec = layout_of(DEBUG)
    live = copy.deepcopy(spec)
    live["section"]["runSets"] = []
    (section,) = sections_of(live)
    section["flowConfig"] = None
    section["panels"][0]["layout"] = None
    odd = {"__id__": "odd", "panels": {"p": 1}}
    sections_of(live).append(odd)
    merged = merge(Base.of(apart(spec)), live, spec)
    assert merged.spec["section"]["runSets"] == []
    assert sections_of(merged.spec)[1] == odd
    assert same(merged.spec, live)
    assert same(merge(merged.base, merged.spec, spec).spec, live)
    back = merge(merged.base, merged.spec, spec, restore_deleted=True)
    assert back.spec["section"]["runSets"] == spec["section"]["runSets"]


@settings(max_examples=80, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.data(), inventories)
def test_whatever_is_done_and_asked_it_comes_to_rest(
    data: st.DataObject, keys: frozenset[str]
) -> None:
    """After any edits and with any policy, a second merge changes nothing and tells no conflict;
    what is said to change is what changes; and no panel of theirs is lost."""
    spec = layout_of(keys)
    base: Base | None = Base.of(apart(spec))
    for number in range(data.draw(st.integers(1, 4), label="rounds")):
        for edit in range(data.draw(st.integers(0, 3), label="edits")):
            odd_edit(spec, data.draw, 10 * number + edit)
        new = layout_of(data.draw(inventories | st.just(keys), label="keys"))
        policy = {
            "theirs": data.draw(st.booleans(), label="theirs"),
            "restore_deleted": data.draw(st.booleans(), label="restore"),
        }
        if data.draw(st.integers(0, 9), label="wiped") == 0:
            base = None
        live = copy.deepcopy(spec)
        merged = merge(base, spec, new, **policy)
        assert spec == live, "the live spec was changed"
        check_told(live, merged)
        ours = frozenset(base.panels if base else ()) | panels_by_id(new).keys()
        for name in panels_by_id(live).keys() - panels_by_id(merged.spec).keys():
            assert name in ours or is_stable_id(name)
        again = merge(merged.base, merged.spec, new, **policy)
        assert same(again.spec, merged.spec)
        assert again.base.same_as(merged.base)
        assert not again.conflicts
        assert {one.action for one in again.changes} <= {"kept"}
        spec, base = copy.deepcopy(merged.spec), read_base(merged.base.write())


def panels_by_id(spec: dict[str, Any]) -> dict[str, tuple[str, Any]]:
    return {panel.id: (one.id, panel.raw) for one in apart(spec).sections for panel in one.panels}


def check_told(live: dict[str, Any], merged: Merged) -> None:
    """What is told of a merge is what differs."""
    before, after = panels_by_id(live), panels_by_id(merged.spec)
    told = {
        action: {one.id for one in merged.changes if (one.thing, one.action) == ("panel", action)}
        for action in ("added", "removed", "moved", "changed")
    }
    disputed = {one.id for one in merged.conflicts if one.taken == "new"}
    both = before.keys() & after.keys()
    assert told["added"] == after.keys() - before.keys()
    assert told["removed"] <= before.keys() - after.keys() <= told["removed"] | disputed
    assert told["moved"] == {one for one in both if before[one][0] != after[one][0]}
    changed = {one for one in both if not same(before[one][1], after[one][1])}
    assert told["changed"] <= changed <= told["changed"] | disputed
