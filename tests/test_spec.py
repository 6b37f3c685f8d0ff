"""View specs, held against the classes of wandb-workspaces that built them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import wandb_workspaces.workspaces as ws
from hypothesis import given, settings
from hypothesis import strategies as st
from wandb_workspaces.expr import FE_METRIC_NAME_MAP
from wandb_workspaces.workspaces import internal

from tests.keysets import KEYSETS, inventory_of, keyset_inventory
from wslayout.api import plan
from wslayout.errors import SpecError
from wslayout.grouping import drawable_keys, lay_out
from wslayout.layout import Layout, Panel, PanelKind, Section
from wslayout.presets import builtin_budgets
from wslayout.wandb_api.rawspec import (
    check_name,
    dump_spec,
    fingerprint,
    holds,
    load_spec,
    panel_keys,
    summarise,
)
from wslayout.wandb_api.spec import automatic_bytes, build_spec

BUDGETS = builtin_budgets()


def one_panel(kind: str = "line", *keys: str, **changes: object) -> Layout:
    panel = Panel(id="wslpanel", kind=kind, title="t", keys=keys or ("a",), **changes)  # type: ignore[arg-type]  # parametrised
    return Layout(name="n", sections=(Section(id="wslsection", name="s", panels=(panel,)),))


def loaded(spec: dict[str, object]) -> ws.Workspace:
    """The spec as wandb-workspaces reads it."""
    parsed = internal.WorkspaceViewspec.model_validate_json(json.dumps(spec))
    view = internal.View(
        entity="e", project="p", display_name="n", name="nw-x-v", id="1", spec=parsed
    )
    workspace: ws.Workspace = ws.Workspace._from_model(view)
    return workspace


@pytest.mark.parametrize("path", KEYSETS, ids=lambda path: path.stem)
def test_specs_of_real_key_sets(path: Path) -> None:
    inventory = keyset_inventory(path)
    spec = build_spec(lay_out(inventory, BUDGETS))
    summary = summarise(spec)
    assert summary.manual
    assert summary.sections <= 12
    assert summary.panels <= 60
    assert set(summary.keys) <= set(drawable_keys(inventory))
    sections = spec["section"]["panelBankConfig"]["sections"]
    panels = [panel for section in sections for panel in section["panels"]]
    assert summary.panels == 1 or all(len(section["panels"]) > 1 for section in sections)
    assert all(panel_keys(panel) for panel in panels)
    ids = [item["__id__"] for item in (*panels, *sections)]
    assert len(ids) == len(set(ids))
    assert dump_spec(build_spec(lay_out(inventory, BUDGETS))) == dump_spec(spec)


def test_wandb_workspaces_reads_it_as_manual() -> None:
    layout = plan(inventory_of("train/loss", "val/loss", "train/acc", "opt/lr"))
    workspace = loaded(build_spec(layout))
    assert workspace.auto_generate_panels is False
    assert [section.name for section in workspace.sections] == [
        section.name for section in layout.sections
    ]


@pytest.mark.parametrize("kind", ["line", "bar", "scalar"])
@pytest.mark.parametrize(
    "key", [*FE_METRIC_NAME_MAP, *FE_METRIC_NAME_MAP.inv, "Summary", "config.x"]
)
def test_metrics_named_like_columns_of_the_runs_table(kind: str, key: str) -> None:
    spec = build_spec(one_panel(kind, key))
    (panel,) = spec["section"]["panelBankConfig"]["sections"][0]["panels"]
    assert panel["config"]["metrics"] == [key]


def test_panels_are_custom_and_follow_the_workspace_axis_unless_they_have_their_own() -> None:
    (panel,) = build_spec(one_panel())["section"]["panelBankConfig"]["sections"][0]["panels"]
    assert panel["isAuto"] is False
    assert "xAxis" not in panel["config"]
    spec = build_spec(one_panel("line", "a", x_axis="Step"))
    (panel,) = spec["section"]["panelBankConfig"]["sections"][0]["panels"]
    assert panel["config"]["xAxis"] == "Step"
    spec = build_spec(replace(one_panel(), x_axis="epoch"))
    assert spec["section"]["settings"]["xAxis"] == "epoch"
    assert spec["section"]["settings"]["xAxisActive"] is True


def test_tables_and_media() -> None:
    assert summarise(build_spec(one_panel("table", "my table"))).keys == ("my table",)
    assert summarise(build_spec(one_panel("media", "img", "img/2"))).keys == ("img", "img/2")


hostile = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@settings(max_examples=30)
@given(st.lists(hostile, min_size=1, max_size=4, unique=True))
def test_any_key_name_survives(keys: list[str]) -> None:
    spec = build_spec(one_panel("line", *keys))
    again = load_spec(dump_spec(spec))
    assert again == spec
    assert summarise(again).keys == tuple(sorted(keys))
    loaded(again)


@pytest.mark.parametrize("name", ["a 😀", "a × b", "a|b", "", "  ", "x" * 200, "a\nb", "a\u202eb"])
def test_names_that_wandb_rejects(name: str) -> None:
    with pytest.raises(SpecError):
        check_name(name)


@pytest.mark.parametrize("name", ["wslayout", "PPO · health", "損失", "a/b (2)", "50%"])
def test_names_that_wandb_accepts(name: str) -> None:
    assert check_name(name) == name
    ws.Workspace(entity="e", project="p", name=name)


@pytest.mark.parametrize(
    ("section", "manual"),
    [
        ({"settings": {"shouldAutoGeneratePanels": False}}, True),
        ({"settings": {"shouldAutoGeneratePanels": True}}, False),
        ({"settings": {}}, False),
        ({}, False),
        (
            {
                "settings": {"shouldAutoGeneratePanels": False},
                "workspaceSettings": {"shouldAutoGeneratePanels": True},
            },
            False,
        ),
        (
            {"workspaceSettings": {"shouldAutoGeneratePanels": False}},
            True,
        ),
    ],
)
def test_mode(section: dict[str, object], manual: bool) -> None:
    assert summarise({"section": section}).manual is manual


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "section",
                    "panelBankConfig",
                    "sections",
                    "panels",
                    "config",
                    "metrics",
                    "settings",
                ]
            )
            | st.text(max_size=5),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["section", "x"]), json_values))
def test_any_json_is_summarised_without_a_crash(spec: dict[str, object]) -> None:
    assert summarise(spec).sections >= 0
    assert re.fullmatch("[A-Za-z0-9_-]{5}", fingerprint(spec))


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "3"])
def test_specs_that_are_no_objects(text: str) -> None:
    with pytest.raises(SpecError, match="view spec"):
        load_spec(text)


def test_fingerprints_ignore_the_order_of_fields() -> None:
    assert fingerprint({"a": 1, "b": [1, 2]}) == fingerprint({"b": [1, 2], "a": 1})
    assert fingerprint({"a": 1, "b": None}) == fingerprint({"a": 1.0})
    assert fingerprint({"a": [1, 2]}) != fingerprint({"a": [2, 1]})


@given(json_values, json_values)
def test_a_spec_holds_what_was_written(one: object, other: object) -> None:
    assert holds(one, one)
    both = {"one": one, "other": other}
    assert holds(both, {"one": one})
    assert holds({"one": one}, both) is (other is None)
    assert not holds([one, other], [one])


def test_a_flag_is_no_number() -> None:
    assert holds({"a": 1.0}, {"a": 1})
    assert not holds({"a": True}, {"a": 1})
    assert not holds({"a": 0}, {"a": False})


def test_automatic_bytes_are_those_of_the_panels_themselves() -> None:
    kinds: dict[str, PanelKind] = {
        "train/loss": "line",
        "val/loss": "line",
        "img": "media",
        "tab": "table",
    }
    panels = tuple(
        Panel(id="x" * 11, kind=kind, title="", keys=(key,)) for key, kind in kinds.items()
    )
    empty = build_spec(Layout(name="n", sections=()))
    spec = build_spec(Layout(name="n", sections=(Section(id="s", name="s", panels=panels),)))
    written = spec["section"]["panelBankConfig"]["sections"][0]["panels"]
    for panel in written:
        panel["config"].pop("chartTitle", None)
    expected = len(dump_spec(empty)) + sum(len(dump_spec(panel)) + 1 for panel in written)
    assert automatic_bytes(kinds.items()) == expected
