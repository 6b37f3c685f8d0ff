"""Hand edits survive regeneration for ever; what nobody touched is always the new layout."""

from __future__ import annotations

import copy
import json
from functools import lru_cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.keysets import inventory_of
from tests.people import People, panels_of, sections_of
from wslayout import api
from wslayout.grouping import lay_out
from wslayout.presets import builtin_budgets
from wslayout.publish.merging import Base, merge
from wslayout.publish.merging.identity import continued
from wslayout.publish.merging.parts import apart, together
from wslayout.wandb_api.rawspec import same

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


@settings(max_examples=100)
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
