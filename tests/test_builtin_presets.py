"""The built-in presets on key sets of their frameworks."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from syrupy.assertion import SnapshotAssertion

import wslayout
from tests.keysets import KEYSETS, keyset_inventory
from wslayout.display.terminal import as_text, layout_tree
from wslayout.inventory import Inventory, Origin
from wslayout.layout import Layout
from wslayout.preset_work import check
from wslayout.presets import Finder, Places, builtin_names
from wslayout.resolving import load_built_in
from wslayout.templates.load import Loaded, load

DATA = Path(__file__).parent / "data" / "presets"
NAMES = [name for name in builtin_names() if name != "base"]
SETS = {path.stem: path for path in KEYSETS}
FINDER = Finder(Places(project=DATA))


@pytest.fixture(autouse=True)
def _without_other_presets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("WSLAYOUT_PRESETS", raising=False)
    monkeypatch.chdir(tmp_path)


def about(name: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((DATA / f"{name}.yaml").read_text(encoding="utf-8"))
    return data


@cache
def key_sets(name: str) -> dict[str, Inventory]:
    """The key sets of a preset's framework."""
    found = {one: keyset_inventory(SETS[one]) for one in about(name)["key_sets"]}
    for one in about(name)["own"]:
        frame = pd.read_csv(DATA / f"{one}.csv", dtype=str, keep_default_na=False)
        found[one] = Inventory.from_frame(frame, origin=Origin(one))
    return found


@cache
def loaded(name: str) -> Loaded:
    return load(FINDER.find(name), FINDER.extended)


@cache
def laid_out(name: str) -> dict[str, Layout]:
    """These key sets by their preset."""
    return {
        one: wslayout.plan(inventory, template=name) for one, inventory in key_sets(name).items()
    }


def names_of(layout: Layout) -> list[str]:
    return [use.name for use in layout.templates]


def test_all_that_were_promised_are_there() -> None:
    assert set(NAMES) == {
        "huggingface-trainer", "trl", "verl", "pytorch-lightning", "keras", "ultralytics-yolo",
        "detection-segmentation", "stable-baselines3", "cleanrl", "rllib", "legged-gym-rsl-rl",
        "megatron-nemo-torchtitan", "levanter-marin", "lm-eval", "diffusion", "wandb-watch",
        "recommender", "federated",
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_what_every_preset_says(name: str) -> None:
    template = loaded(name).template
    assert check(name, FINDER).is_fine
    assert template.name == name
    assert template.description
    assert template.detect
    assert about(name)["source"]
    assert len({section.priority for section in template.sections}) > 1
    assert not any(section.panels for section in template.sections)
    assert "**" not in [one for section in template.sections for one in section.match]


@pytest.mark.parametrize("name", NAMES)
def test_layouts_of_its_key_sets(name: str, snapshot: SnapshotAssertion) -> None:
    texts: list[str] = []
    for one, layout in laid_out(name).items():
        texts += [f"== {one}", as_text(layout_tree(layout))]
        assert not layout.notes
        well_made(layout)
        claimed = [section for section in layout.sections if "template" in section.reason]
        assert claimed, one
    assert "\n".join(texts) == snapshot


def well_made(layout: Layout) -> None:
    panels = sum(1 for _ in layout.panels)
    assert all(len(section.panels) > 1 for section in layout.sections) or panels == 1
    assert len(layout.sections) <= 12
    assert panels <= 60
    assert len({section.name for section in layout.sections}) == len(layout.sections)


@pytest.mark.parametrize("name", NAMES)
def test_what_matters_stays_when_budgets_are_short(name: str) -> None:
    priorities = {section.name: section.priority for section in loaded(name).template.sections}
    for one, inventory in key_sets(name).items():
        whole = laid_out(name)[one]
        layout = wslayout.plan(inventory, template=name, sections=5, panels=15)
        well_made(layout)
        kept = {section.name for section in layout.sections} & set(priorities)
        lost = ({section.name for section in whole.sections} & set(priorities)) - kept
        least = min((priorities[each] for each in kept), default=0)
        assert all(priorities[each] <= max(least, 1) for each in lost), (kept, lost)


@pytest.mark.parametrize("name", NAMES)
def test_auto_picks_it_on_its_own_key_sets(name: str) -> None:
    own = about(name)["own"]
    for one, inventory in key_sets(name).items():
        if one in own:
            assert name in names_of(wslayout.plan(inventory)), one


def test_plans_share_presets_and_change_none() -> None:
    kept = {name: load_built_in(FINDER.find(name)) for name in builtin_names()}
    for name in NAMES:
        for inventory in key_sets(name).values():
            wslayout.plan(inventory, exclude=["**/lr"], group_by="topic", panels=20)
    for name, preset in kept.items():
        assert load_built_in(FINDER.find(name)) is preset
        assert preset == load(FINDER.find(name), FINDER.extended, {})


def test_what_auto_picks_on_real_key_sets(snapshot: SnapshotAssertion) -> None:
    lines: list[str] = []
    for path in KEYSETS:
        layout = wslayout.plan(keyset_inventory(path))
        well_made(layout)
        if names_of(layout) != ["base"]:
            lines.append(f"{path.stem}: {', '.join(layout.notes)}")
    assert "\n".join(lines) == snapshot
