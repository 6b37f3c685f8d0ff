"""Templates: every good and bad one in ``tests/data/templates``, and the laws of their parts."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import pytest
import wandb_workspaces.workspaces as ws
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion
from wandb_workspaces.expr import FE_METRIC_NAME_MAP

import wslayout
from tests.keysets import inventory_of
from tests.test_engine import check_hard_rules
from wslayout.display.terminal import as_text, layout_tree
from wslayout.errors import TemplateError
from wslayout.inventory import CHARTABLE_KINDS, Inventory
from wslayout.layout import Layout
from wslayout.manifest import manifest_schema
from wslayout.patterns import find
from wslayout.preset_work import check
from wslayout.presets import Finder, Places
from wslayout.templates.load import load
from wslayout.templates.model import COLUMNS, Kind, Template, ViewSettings
from wslayout.templates.nodes import MAX_BYTES, plain, read_yaml, write_yaml
from wslayout.templates.panels import PANEL_MODELS
from wslayout.templates.schema import DRAFT, template_schema
from wslayout.wandb_api.spec_panels import _CLASSES

FOLDER = Path(__file__).parent / "data" / "templates"
GOOD = sorted((FOLDER / "good").glob("*.yaml"))
BAD = sorted((FOLDER / "bad").glob("*.yaml"))


def keys() -> Inventory:
    return Inventory.from_frame(pd.read_csv(FOLDER / "keys.csv", dtype=str))


def finder(folder: Path) -> Finder:
    return Finder(Places(project=folder))


def planned(path: Path, **options: Any) -> Layout:
    return wslayout.plan(keys(), template=path, **options)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_good_templates(path: Path, snapshot: SnapshotAssertion) -> None:
    layout = planned(path)
    assert as_text(layout_tree(layout)) + "\n".join(layout.notes) == snapshot
    assert layout.templates[-1].digest.startswith("sha256:")
    assert Layout.from_json(layout.to_json()) == layout
    assert wslayout.spec(layout) == wslayout.spec(planned(path))
    ids = [panel.id for panel in layout.panels] + [section.id for section in layout.sections]
    assert len(ids) == len(set(ids))
    assert all(section.panels for section in layout.sections)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_explanations_agree_with_the_layout(path: Path) -> None:
    layout = planned(path)
    places: dict[str, tuple[str | None, str | None]] = {}
    for section in reversed(layout.sections):
        for panel in reversed(section.panels):
            places |= dict.fromkeys(panel.keys + panel.represented, (section.name, panel.title))
    found = wslayout.explain(keys(), *keys().keys, template=path)
    assert {one.key: (one.section, one.panel) for one in found} == {
        key: places.get(key, (None, None)) for key in keys().keys
    }
    left = {key for one in layout.left_out for key in one.keys}
    assert {one.key for one in found if one.placed == "left out"} == left
    assert all(one.reasons for one in found)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_the_schema_accepts_good_templates(path: Path) -> None:
    data = plain(read_yaml(path.read_bytes(), path.name))
    jsonschema.Draft7Validator(template_schema()).validate(data)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_templates(path: Path, snapshot: SnapshotAssertion) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(path.parent)
        with pytest.raises(TemplateError) as raised:
            wslayout.plan(keys(), template=path.name)
        checked = check(path.name, finder(path.parent), inventory=keys())
    assert str(raised.value) + raised.value.hint == snapshot
    assert checked.problems


def test_the_schema_refuses_misspelt_fields_and_wrong_types() -> None:
    validator = jsonschema.Draft7Validator(template_schema())
    data = plain(read_yaml((FOLDER / "bad" / "misspelt.yaml").read_bytes(), "misspelt.yaml"))
    found = {error.json_path for error in validator.iter_errors(data)}
    assert {"$", "$.budgets", "$.rest"} <= found
    assert not list(validator.iter_errors({"settings": {"smoothing_weight": "${weight}"}}))
    assert list(validator.iter_errors({"settings": {"smoothing_weight": "weight"}}))


@pytest.mark.parametrize("schema", [template_schema(), manifest_schema()], ids=["t", "m"])
def test_the_schemas_are_draft_07(schema: dict[str, Any]) -> None:
    assert schema["$schema"] == DRAFT
    jsonschema.Draft7Validator.check_schema(schema)
    text = json.dumps(schema)
    assert not any(
        word in text for word in ("$defs", "prefixItems", "unevaluated", '"discriminator"')
    )

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            # What stands beside a reference is not read in draft 07.
            assert "$ref" not in node or len(node) == 1
            for item in node.values():
                walk(item)
        elif isinstance(node, list):
            for item in node:
                walk(item)

    walk(schema)


@pytest.mark.parametrize("model", PANEL_MODELS, ids=lambda model: model.__name__)
def test_panels_say_all_that_the_classes_do(model: Any) -> None:
    name = model.model_fields["type"].annotation.__args__[0]
    if name == "verbatim":
        return
    said = {field.alias or own for own, field in model.model_fields.items()} - model.own
    built = {item.name for item in dataclasses.fields(_CLASSES[name])}  # type: ignore[arg-type]
    assert said == {one for one in built if not one.startswith("_")} - {"layout"}


def test_settings_say_all_that_the_classes_do() -> None:
    built = {item.name for item in dataclasses.fields(ws.WorkspaceSettings)}
    assert set(ViewSettings.model_fields) == {one for one in built if not one.startswith("_")}


def test_kinds_are_those_of_inventories() -> None:
    assert set(COLUMNS) == set(FE_METRIC_NAME_MAP)
    assert set(Kind.__args__) == CHARTABLE_KINDS | {"media"}  # type: ignore[attr-defined]


def test_parameters() -> None:
    path = FOLDER / "good" / "panels.yaml"
    layout = planned(path, parameters={"weight": 0.9, "top": 3, "shown": False})
    titles = [panel.title for panel in layout.panels]
    assert "Loss, smoothed by 0.9 and written as ${weight}" in titles
    assert not layout.sections[0].is_open
    spec = wslayout.spec(layout)
    configs = [
        panel["config"] for panel in spec["section"]["panelBankConfig"]["sections"][0]["panels"]
    ]
    assert {"barLimit": 3}.items() <= next(one for one in configs if "vertical" in one).items()
    assert {"answer": 42, "text": "${weight} stays"} in configs
    for wrong, said in (
        ({"wieght": 1}, "Did you mean weight?"),
        ({"weight": "x"}, "is no number"),
        ({"top": 7}, "none of the choices"),
        ({"weight": "inf"}, "is no number"),
    ):
        with pytest.raises(TemplateError, match=said):
            planned(path, parameters=wrong)


def test_options_go_before_the_template() -> None:
    path = FOLDER / "good" / "sections.yaml"
    layout = planned(path, name="mine", panels=7, x_axis="train/epoch", include="{train,eval}/*")
    assert layout.name == "mine"
    assert layout.x_axis == "train/epoch"
    assert sum(1 for _ in layout.panels) <= 7
    assert all(key.startswith(("train/", "eval/")) for one in layout.panels for key in one.keys)


def test_a_matcher_that_matches_nothing_is_a_note_with_what_is_near(tmp_path: Path) -> None:
    file = tmp_path / "team.yaml"
    file.write_text(
        "extends: base.yaml\n"
        "sections:\n"
        "  - {name: A, match: [train/los, {keys: nope, optional: true}]}\n"
        "  - {name: B, optional: true, match: [nope]}\n"
    )
    (tmp_path / "base.yaml").write_text("sections: [{name: C, match: [inherited/*]}]\n")
    (note,) = planned(file).notes
    assert note.startswith(f"{file}:3:23: train/los matches no metric of")
    assert "train/loss" in note


def test_a_section_with_one_panel_dissolves_unless_it_names_it(tmp_path: Path) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(
        "sections:\n  - {name: Alone, match: [kl]}\n  - {name: Named, panels: [train/loss]}\n"
    )
    layout = planned(file)
    names = [section.name for section in layout.sections]
    assert "Alone" not in names
    assert names[0] == "Named"
    assert any("kl" in panel.keys for panel in layout.panels)


def test_sections_of_priority_stay_when_budgets_are_short(tmp_path: Path) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(
        "sections:\n"
        "  - {name: Low, match: ['perf/*']}\n"
        "  - {name: High, match: ['train/*'], priority: 2}\n"
        "  - {name: Middle, match: ['eval/*'], priority: 1}\n"
    )
    layout = planned(file, sections=3, panels=14)
    assert [section.name for section in layout.sections][:2] == ["High", "Middle"]
    assert len(layout.sections) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("parameters: {a: {type: [x]}}", "`type`"),
        ("sections: [{name: '${a}'}]\nparameters: {a: {default: x}}", "can't be used in `name`"),
        ("sections: [{name: S, patch: [remove]}]", "`patch`"),
        ("sections: [{name: S, panels: [{y: []}]}]", "a line plot draws"),
        ("sections: [{name: S, panels: [{type: bar, metrics: []}]}]", "at least 1"),
        ("settings: {x_max: 1e999}", "x_max"),
        ("verbatim: {section: null}", "may take them away"),
        ("verbatim: {section: {panelBankConfig: {sections: []}}}", "may take them away"),
        ("verbatim: {section: {settings: {shouldAutoGeneratePanels: true}}}", "manual one"),
        ("name: 🎉", "W&B does not accept"),
        ("sections: [{name: S, panels: [{y: [train/loss], x: nope}]}]", "no number 'nope'"),
        ("sections: [{name: S, panels: [{y: [train/loss], x: samples}]}]", "no number 'samples'"),
        ("sections: [{name: S, settings: {x_axis: train/epok}}]", "train/epoch"),
        ("sections: [{name: S, panels: [{y: [samples]}]}]", "can't draw 'samples'"),
        ("sections: [{name: S, panels: [{type: media, media_keys: [kl]}]}]", "can't draw 'kl'"),
        ("sections: [{name: S, panels: [{type: table, table_name: kl}]}]", "can't draw 'kl'"),
        ("runs: {group_colors: {a: red}}", "`groupby`"),
        ("runs: {order: [-loss]}", "metrics begin with summary."),
        ("runs: {order: [Created]}", "CreatedTimestamp"),
    ],
)
def test_what_is_refused_with_its_place(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(TemplateError) as raised:
        planned(file)
    assert said in str(raised.value)
    assert f"{file}:" in str(raised.value)


def test_a_pattern_that_matches_nothing_draws_no_panel(tmp_path: Path) -> None:
    file = tmp_path / "t.yaml"
    file.write_text("sections: [{name: S, panels: [train/loss, {metric_regex: ^zzz}]}]")
    layout = planned(file)
    assert [panel.title for panel in layout.sections[0].panels] == ["train/loss"]
    assert any("^zzz matches no number" in note for note in layout.notes)


def test_pins_are_shown_whatever_becomes_of_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "t.yaml"
    for match in ("train/*", "eval/*"):
        file.write_text(
            f"rest: drop\npin: [train/accuracy]\nsections: [{{name: A, match: [{match}]}}]"
        )
        assert "train/accuracy" in {key for panel in planned(file).panels for key in panel.keys}


def test_a_large_family_by_regex(tmp_path: Path) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(
        "rest: drop\nsections:\n"
        "  - {name: Norms, match: ['layers.*/norm'], large_families: regex}\n"
    )
    (panel,) = planned(file).panels
    assert len(panel.keys) == 14
    config = wslayout.spec(planned(file))["section"]["panelBankConfig"]["sections"][0]["panels"][0]
    assert config["config"]["metricRegex"] == r"^layers\.[0-9]+/norm$"
    assert set(find(f"regex:{config['config']['metricRegex']}", keys().keys)) == set(panel.keys)


def test_metrics_named_like_columns_stay_metrics(tmp_path: Path) -> None:
    file = tmp_path / "t.yaml"
    file.write_text("rest: drop\nsections: [{name: S, panels: [{y: [State]}, State]}]\n")
    section = wslayout.spec(planned(file))["section"]["panelBankConfig"]["sections"][0]
    assert [panel["config"]["metrics"] for panel in section["panels"]] == [["State"], ["State"]]


def test_a_file_that_is_too_large_or_too_deep(tmp_path: Path) -> None:
    bomb = b"a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + b"".join(
        b"a%d: &a%d [%s]\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 10)) for n in range(1, 9)
    )
    for data, said in (
        (b"name: " + b"x" * MAX_BYTES, "bytes; at most"),
        (b"[" * 50_000, "levels deep"),
        (b"- " * 50_000, "levels deep"),
        (b"{a: " * 50_000, "levels deep"),
        (bomb, "aliases written out"),
    ):
        with pytest.raises(TemplateError, match=said):
            read_yaml(data, "t.yaml")


field_names = st.text().filter(lambda name: name != "<<")
plain_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["1e-3", "no", "~", "0x1f", "1_000", "-", "*a", "${x}", "a: b", "# x", "\t"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(field_names, inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(st.dictionaries(field_names, plain_values, min_size=1, max_size=5))
def test_what_is_written_is_read_again(data: dict[str, Any]) -> None:
    assert plain(read_yaml(write_yaml(data).encode(), "t.yaml")) == data


names = st.sampled_from(["A", "B", "C", "D"])
sections = st.lists(
    st.fixed_dictionaries(
        {"name": names, "match": st.lists(st.sampled_from(["a/*", "b/*", "c"]), max_size=2)},
        optional={"open": st.booleans(), "priority": st.integers(0, 3)},
    ),
    max_size=4,
    unique_by=lambda section: section["name"],
)


@given(sections, sections)
def test_overlays_keep_what_they_do_not_name(
    base: list[dict[str, Any]], over: list[dict[str, Any]]
) -> None:
    found = _extended({"sections": base}, {"sections": over})
    merged = {section.name: section for section in found.sections}
    assert list(merged) == list(dict.fromkeys(one["name"] for one in [*base, *over]))
    said = {one["name"]: one for one in over}
    for one in base:
        if one["name"] not in said:
            assert merged[one["name"]].match == one["match"]
        else:
            assert merged[one["name"]].match[: len(one["match"])] == one["match"]


@given(sections)
def test_an_empty_overlay_changes_nothing(base: list[dict[str, Any]]) -> None:
    assert _extended({"sections": base}, {}) == _extended({}, {"sections": base})


@given(sections)
def test_removing_every_section_leaves_none(base: list[dict[str, Any]]) -> None:
    removed = [{"name": one["name"], "patch": "remove"} for one in base]
    assert _extended({"sections": base}, {"sections": removed}).sections == []


def _extended(base: dict[str, Any], over: dict[str, Any]) -> Template:
    files = {"base": base, "over": {"extends": "base", **over}}

    class Text:
        version = source = digest = ""

        def __init__(self, name: str) -> None:
            self.name = self.label = name
            self.data = write_yaml(files[name] or {"description": "x"}).encode()

    def extended(name: str, by: Text, stack: Any) -> Text:
        return Text(name)

    template = load(Text("over"), extended).template
    return template.model_copy(update={"description": ""})


many = st.lists(
    st.sampled_from(
        [f"{a}/{b}" for a in ("train", "eval", "sys") for b in ("loss", "acc", "x", "y/z")]
        + [f"layers.{n}/norm" for n in range(12)]
        + ["kl", "lr", "entropy"]
    ),
    min_size=1,
    unique=True,
)
matchers = st.lists(
    st.sampled_from(["train/*", "eval/**", "**/loss", "layers.*/norm", "kl", "regex:^l", "nope"]),
    min_size=1,
    max_size=3,
)


@given(many, st.lists(matchers, max_size=4), st.sampled_from(["auto", "drop", "one"]), st.data())
def test_hard_rules_hold_with_templates(
    some: list[str], matched: list[list[str]], rest: str, data: st.DataObject
) -> None:
    template: dict[str, Any] = {
        "rest": {"section": "S0"} if rest == "one" else rest,
        "pin": data.draw(st.lists(st.sampled_from(some), max_size=1)),
        "sections": [
            {
                "name": f"S{place}",
                "match": patterns,
                "priority": data.draw(st.integers(0, 2)),
                "panels": data.draw(st.lists(st.sampled_from(some), max_size=2, unique=True)),
                **data.draw(st.sampled_from([{}, {"max_panels": 1}])),
                "after_rest": data.draw(st.booleans()),
            }
            for place, patterns in enumerate(matched)
        ],
    }
    inventory = Inventory.from_frame(pd.DataFrame({"key": some, "kind": "number"}))
    limits = dataclasses.replace(
        wslayout.Budgets(**_BASE), sections=data.draw(st.integers(1, 6)),
        panels=data.draw(st.integers(1, 20)),
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.yaml"
        path.write_text(write_yaml(template), encoding="utf-8")
        try:
            layout = wslayout.plan(inventory, template=path, budgets=limits)
        except wslayout.EmptySource:
            return
        told = wslayout.explain(inventory, *inventory.keys, template=path, budgets=limits)
    named = [section["panels"] for section in template["sections"] if section["panels"]]
    if rest == "auto" and not named:
        check_hard_rules(layout, inventory, limits)
    drawn = {key for panel in layout.panels for key in panel.keys + panel.represented}
    left = {key for one in layout.left_out for key in one.keys}
    assert sorted(drawn | left) == inventory.keys
    assert drawn.isdisjoint(left)
    assert drawn.issuperset(key for keys in named for key in keys)
    assert drawn.issuperset(template["pin"])
    assert len(layout.sections) <= max(limits.sections, len(named) + 1)
    assert all(section.panels for section in layout.sections)
    ids = [one.id for one in layout.sections] + [panel.id for panel in layout.panels]
    assert len(ids) == len(set(ids))
    places: dict[str, set[str | None]] = {
        key: {
            one.name
            for one in layout.sections
            for panel in one.panels
            if key in panel.keys + panel.represented
        }
        for key in inventory.keys
    }
    for one in told:
        assert one.section in (places[one.key] or {None})


_BASE: dict[str, int] = plain(
    read_yaml((Path(__file__).parent.parent / "templates" / "base.yaml").read_bytes(), "base")
)["budgets"]


def by(template: str, folder: Path, *names: str, **options: Any) -> Layout:
    path = folder / "t.yaml"
    path.write_text(template, encoding="utf-8")
    return wslayout.plan(inventory_of(*names), template=path, **options)


MANY = [f"p{number}/{name}" for number in range(14) for name in "ab"]


@pytest.mark.parametrize("rest", ["drop", "auto"])
def test_sections_without_room_are_told(rest: str, tmp_path: Path) -> None:
    sections = [{"name": f"S{number}", "match": [f"p{number}/*"]} for number in range(14)]
    text = write_yaml({"rest": rest, "sections": sections})
    layout = by(text, tmp_path, *MANY)
    names = {section.name for section in layout.sections}
    lost = [f"S{number}" for number in range(14) if f"S{number}" not in names]
    (note,) = layout.notes
    assert all(repr(name) in note for name in lost)
    more = int(note.split("--sections ")[1].split("`")[0])
    assert by(text, tmp_path, *MANY, sections=more).notes == ()
    if rest == "drop":
        (left,) = layout.left_out
        assert left.reason == "in sections of the template over the budget of 12 sections"
        (told,) = wslayout.explain(inventory_of(*MANY), "p13/a", template=tmp_path / "t.yaml")
        assert told.advice == ("`--sections 14` makes room for it.",)
        checked = check("t.yaml", finder(tmp_path), inventory=inventory_of(*MANY))
        assert checked.notes == (note,)


@pytest.mark.parametrize(
    "text",
    [
        "sections: [{name: A, panels: [{y: [a, b], x: nothere, optional: true}]}]",
        "missing: drop\nsections: [{name: A, panels: [{y: [a, b], x: nothere}]}]",
        "missing: drop\nsections: [{name: A, match: [a, b], settings: {x_axis: nothere}}]",
        "extends: base.yaml",
    ],
)
def test_an_axis_that_is_not_there_is_left_out(text: str, tmp_path: Path) -> None:
    base = "sections: [{name: A, settings: {x_axis: nothere}, panels: [{y: [a], x: nothere}, b]}]"
    (tmp_path / "base.yaml").write_text(base)
    spec = wslayout.spec(by(text, tmp_path, "a", "b", "c/d", "c/e"))
    assert "nothere" not in json.dumps(spec)


def test_the_number_of_sections_that_is_said_to_make_room_does(tmp_path: Path) -> None:
    named = "".join(f"{{name: {one}, panels: [{one}/x]}}, " for one in "ABCD")
    text = f"budgets: {{sections: 2}}\nsections: [{named}{{name: E, match: ['e/*']}}]"
    keys = ("A/x", "B/x", "C/x", "D/x", "e/x", "e/y")
    (note,) = by(text, tmp_path, *keys).notes
    more = int(note.split("--sections ")[1].split("`")[0])
    assert by(text, tmp_path, *keys, sections=more).notes == ()


def test_keys_over_the_budget_of_panels_are_not_blamed_on_sections(tmp_path: Path) -> None:
    text = (
        "rest: drop\nbudgets: {sections: 1, panels: 4}\nsections: [{name: A, match: ['a/*'], "
        "priority: 5}, {name: B, match: ['b/*']}]"
    )
    names = ("a/loss", "a/acc", "b/q", "b/w", "b/e", "b/r", "b/t", "b/y")
    by(text, tmp_path, *names)
    told = wslayout.explain(inventory_of(*names), *names, template=tmp_path / "t.yaml")
    advice = {one.key: one.advice[0] for one in told if one.placed == "left out"}
    assert any("--panels" in one for one in advice.values())
    assert any("--sections 2" in one for one in advice.values())


def test_an_axis_may_be_one_of_several_also_where_it_is_kept(tmp_path: Path) -> None:
    text = "missing: keep\nsettings: {x_axis: [nothere, lr]}\nsections: [{name: A, panels: [a]}]"
    assert by(text, tmp_path, "a", "lr").settings["x_axis"] == "lr"
    assert by(text, tmp_path, "a", "b").settings["x_axis"] == "nothere"


def test_a_lone_panel_leaves_the_names_of_sections_alone(tmp_path: Path) -> None:
    text = "sections: [{name: Timing, match: ['t/*'], open: false, max_panels: 2}]"
    (section,) = by(text, tmp_path, "t/x", "t/y", "t/z").sections
    assert (section.name, section.is_open, len(section.panels)) == ("Timing", False, 3)
    # What has nothing to do with it is not hidden in it.
    (section,) = by(text, tmp_path, "t/x", "t/y", "loss").sections
    assert (section.name, section.is_open) == ("Timing", True)
    assert section.panels[0].title == "loss"


@pytest.mark.parametrize(
    ("select", "key", "advice"),
    [
        ("exclude: ['b*']", "b", "Take 'b*' out of `select.exclude` of the template."),
        ("include: [a, c]", "b", "Add 'b' to `select.include` of the template."),
        ("kinds: [image]", "a", "Add number to `select.kinds` of the template."),
    ],
)
def test_advice_is_about_the_template_that_rules_a_key_out(
    select: str, key: str, advice: str, tmp_path: Path
) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(f"select: {{{select}}}")
    keys = Inventory.from_frame(
        pd.DataFrame({"key": ["a", "b", "c", "i"], "kind": ["number"] * 3 + ["image"]})
    )
    (told,) = wslayout.explain(keys, key, template=path)
    assert told.advice[0] == advice


def test_a_parameter_that_is_wrong_is_the_only_problem(tmp_path: Path) -> None:
    text = (
        "parameters: {n: {type: integer}}\nsettings: {smoothing_weight: '${n}'}\n"
        "sections: [{name: A, match: ['**'], max_panels: '${n}'}]"
    )
    for values in ({}, {"n": "a"}, {"n": "1" * 400}):
        with pytest.raises(TemplateError) as raised:
            by(text, tmp_path, "a", "b", parameters=values)
        assert len(raised.value.problems) == 1
    with pytest.raises(TemplateError, match="none is named"):
        wslayout.plan(inventory_of("a"), parameters={"n": 1})


def test_a_large_family_of_classes_by_regex(tmp_path: Path) -> None:
    names = [f"iou/{name}.{x}" for name in "abcdefghijklmnop" for x in ("x+y",)]
    text = "sections: [{name: A, match: ['iou/**'], large_families: regex}]"
    layout = by(text, tmp_path, *names, "iou/mean_all", "loss", "acc")
    panel = next(panel for panel in layout.panels if "iou/a.x+y" in panel.keys)
    assert panel.settings["metric_regex"] == ("^iou/(?:a|b|c|d|e|f|g|h|i|j|k|l|m|n|o|p)\\.x\\+y$")
    assert set(panel.keys) == set(names)


def test_the_whole_text_of_a_template_is_one(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text("sections: [{name: A, panels: [{title: '$${a}', y: [a]}]}]")
    text = wslayout.preset_text(path, whole=True)
    assert by(text, tmp_path, "a").sections[0].panels[0].title == "${a}"
