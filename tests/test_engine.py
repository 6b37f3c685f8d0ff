"""The whole engine: hard rules on random keys and on every real key set."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.keysets import KEYSETS, inventory_of, keyset_inventory
from tests.test_families import some_keys
from wslayout.errors import EmptySource, SourceError
from wslayout.grouping import Options, drawable_keys, lay_out
from wslayout.grouping.panels import evenly_spaced, grid
from wslayout.inventory import KINDS, Coverage, Inventory
from wslayout.layout import Budgets, Layout
from wslayout.presets import builtin_budgets

BUDGETS = builtin_budgets()
OVERVIEW_KEYS = ("loss", "acc", "reward", "map", "fps", "lr", "kl")

budgets = st.builds(
    Budgets,
    sections=st.integers(1, 12),
    panels=st.integers(1, 30),
    panels_per_section=st.integers(1, 12),
    lines_per_panel=st.integers(1, 10),
    overview=st.integers(0, 6),
    open_panels=st.integers(0, 18),
)


def check_hard_rules(layout: Layout, inventory: Inventory, limits: Budgets) -> None:
    panels = list(layout.panels)
    assert 1 <= len(layout.sections) <= limits.sections
    assert len(panels) <= limits.panels
    if len(panels) > 1:
        assert all(len(section.panels) > 1 for section in layout.sections)
    assert all(1 <= len(panel.keys) <= limits.lines_per_panel for panel in panels)
    room = limits.sections * limits.panels_per_section
    if min(limits.sections, limits.panels_per_section) > 3 and 2 * len(panels) <= room:
        assert max(len(one.panels) for one in layout.sections) <= limits.panels_per_section + 1
    ids = [panel.id for panel in panels] + [section.id for section in layout.sections]
    assert len(ids) == len(set(ids))
    in_panels = [key for panel in panels for key in panel.keys + panel.represented]
    left_out = [key for left in layout.left_out for key in left.keys]
    assert sorted(in_panels + left_out) == inventory.keys
    figures = layout.figures["wslayout"]
    assert figures.keys_shown + figures.keys_represented == len(in_panels)
    assert len({section.name for section in layout.sections}) == len(layout.sections)
    for section in layout.sections:
        assert len({panel.title for panel in section.panels}) == len(section.panels)


@cache
def of_keyset(path: Path) -> Layout:
    return lay_out(keyset_inventory(path), BUDGETS)


@pytest.mark.parametrize("path", KEYSETS, ids=lambda path: path.stem)
def test_hard_rules_on_real_key_sets(path: Path) -> None:
    inventory = keyset_inventory(path)
    layout = of_keyset(path)
    check_hard_rules(layout, inventory, BUDGETS)
    ours = layout.figures["wslayout"]
    automatic = layout.figures["automatic, first prefix"]
    assert ours.panels <= automatic.panels
    if len(drawable_keys(inventory)) >= 20:
        assert ours.search_cost <= automatic.search_cost


def test_all_key_sets_are_there() -> None:
    assert len(KEYSETS) == 95


@given(some_keys, budgets, st.data())
def test_hard_rules_on_random_keys(keys: list[str], limits: Budgets, data: st.DataObject) -> None:
    kinds = data.draw(st.lists(st.sampled_from(KINDS), min_size=len(keys), max_size=len(keys)))
    inventory = Inventory.from_frame(pd.DataFrame({"key": keys, "kind": kinds}, dtype=object))
    try:
        layout = lay_out(inventory, limits)
    except EmptySource:
        assert not drawable_keys(inventory)
        return
    check_hard_rules(layout, inventory, limits)
    shuffled = Inventory.from_frame(inventory.to_frame().iloc[::-1])
    assert lay_out(shuffled, limits).to_json() == layout.to_json()


def test_no_metric_at_all() -> None:
    with pytest.raises(EmptySource, match="holds no metric that can have a panel"):
        lay_out(inventory_of("_step", "_runtime"), BUDGETS)


def test_counters_are_axes_unless_there_is_nothing_else() -> None:
    layout = lay_out(inventory_of("train/loss", "epoch", "trainer/global_step"), BUDGETS)
    assert [panel.keys for panel in layout.panels] == [("train/loss",)]
    (left,) = layout.left_out
    assert left.keys == ("epoch", "trainer/global_step")
    assert "counter" in left.reason
    (only,) = lay_out(inventory_of("epoch"), BUDGETS).panels
    assert only.keys == ("epoch",)


def test_time_of_a_step_is_no_counter() -> None:
    layout = lay_out(inventory_of("timing_s/step", "timing_s/gen"), BUDGETS)
    assert {panel.title for panel in layout.panels} == {"step", "gen"}


def test_a_falling_epoch_is_a_metric() -> None:
    frame = pd.DataFrame({"key": ["loss", "epoch"], "monotonic": [False, False]})
    layout = lay_out(Inventory.from_frame(frame), BUDGETS)
    assert len(list(layout.panels)) == 2


def test_step_metrics_become_the_x_axis() -> None:
    frame = pd.DataFrame(
        {
            "key": ["val/loss", "val/acc", "train/lr", "val/position"],
            "step_metric": ["val/position", "val/position", None, None],
        }
    )
    layout = lay_out(Inventory.from_frame(frame), BUDGETS)
    axes = {panel.keys: panel.x_axis for panel in layout.panels}
    assert axes == {
        ("val/loss",): "val/position",
        ("val/acc",): "val/position",
        ("train/lr",): None,
    }


def test_numbers_logged_once_a_run_are_bars() -> None:
    frame = pd.DataFrame({"key": ["best/acc", "loss"], "max_points": [1, 100]})
    layout = lay_out(Inventory.from_frame(frame), BUDGETS)
    assert {panel.keys: panel.kind for panel in layout.panels} == {
        ("best/acc",): "bar",
        ("loss",): "line",
    }


def test_headlines_survive_two_thousand_indices() -> None:
    path = next(path for path in KEYSETS if path.stem == "Tarun-AK__scaling")
    layout = lay_out(keyset_inventory(path), BUDGETS)
    assert ("train/loss",) in [panel.keys for panel in layout.sections[0].panels]


@pytest.mark.parametrize("name", ["taekyungss__dreamdiffusion", "Navya003__gnlp_protein"])
def test_scalars_survive_hundreds_of_histograms(name: str) -> None:
    inventory = keyset_inventory(next(path for path in KEYSETS if path.stem == name))
    layout = lay_out(inventory, BUDGETS)
    scalars = {key for key, kind in drawable_keys(inventory).items() if kind == "number"}
    assert scalars <= {key for panel in layout.panels for key in panel.keys}


def test_rare_keys_come_last() -> None:
    frame = pd.DataFrame({"key": ["a/usual", "b/rare"], "runs": [50, 1]})
    inventory = Inventory.from_frame(frame, coverage=Coverage(runs_read=50, runs_total=50))
    layout = lay_out(inventory, replace(BUDGETS, panels=1))
    assert [panel.keys for panel in layout.panels] == [("a/usual",)]
    assert [(left.keys, left.chartable) for left in layout.left_out] == [(("b/rare",), True)]


def test_sections_open_from_the_top() -> None:
    keys = [f"{prefix}/{name}x" for prefix in "abcde" for name in "pqrstuvw"]
    layout = lay_out(inventory_of(*keys), BUDGETS)
    opened = [section.is_open for section in layout.sections]
    assert opened == sorted(opened, reverse=True)
    visible = sum(len(section.panels) for section in layout.sections if section.is_open)
    assert 0 < visible <= 18


@given(st.integers(1, 300), st.integers(1, 10))
def test_evenly_spaced_keeps_both_ends(count: int, most: int) -> None:
    keys = [str(number) for number in range(count)]
    shown = evenly_spaced(keys, most)
    assert len(shown) == len(set(shown)) == min(count, most)
    assert shown[-1] == keys[-1]
    assert most == 1 or shown[0] == keys[0]


def test_grids() -> None:
    assert [grid(count) for count in (1, 2, 4, 5, 6, 12, 40)] == [
        (1, 1),
        (2, 1),
        (4, 1),
        (3, 2),
        (3, 2),
        (3, 4),
        (3, 4),
    ]


@pytest.mark.parametrize(
    "keys",
    [
        ("Other/p", "Other/q", "foo/zz", "bar/yy", "baz/xx"),
        (*(f"Overview/{name}" for name in OVERVIEW_KEYS), "a/loss", "a/acc"),
        (*(f"Media/x{letter}" for letter in "abc"), "y"),
    ],
)
def test_sections_never_share_a_name_or_an_id(keys: tuple[str, ...]) -> None:
    inventory = inventory_of(*keys)
    check_hard_rules(lay_out(inventory, BUDGETS), inventory, BUDGETS)


def test_titles_name_the_statistics() -> None:
    keys = ("critic/score/mean", "critic/score/max", "critic/lr", "seqlen/min", "seqlen/max")
    titles = {panel.keys[0]: panel.title for panel in lay_out(inventory_of(*keys), BUDGETS).panels}
    assert titles["critic/score/max"] == "critic/score (max, mean)"
    assert titles["seqlen/max"] == "seqlen (max, min)"


def test_an_x_axis_that_does_not_exist() -> None:
    with pytest.raises(SourceError, match="has no metric 'epohc'") as caught:
        lay_out(inventory_of("epoch", "loss"), BUDGETS, Options(x_axis="epohc"))
    assert caught.value.hint == "Did you mean epoch?"


def test_what_fits_nowhere_stands_last_and_seconds_are_no_headline() -> None:
    path = next(path for path in KEYSETS if path.stem == "union__Luo-feng-hitsz__TRAVEL")
    layout = lay_out(keyset_inventory(path), BUDGETS)
    assert "Other" not in [section.name for section in layout.sections[:-1]]
    assert "timing_s/reward" not in [key for p in layout.sections[0].panels for key in p.keys]


def test_numbers_stand_before_histograms() -> None:
    path = next(path for path in KEYSETS if path.stem == "taekyungss__dreamdiffusion")
    layout = lay_out(keyset_inventory(path), BUDGETS)
    kinds = [{panel.kind for panel in section.panels} for section in layout.sections]
    assert "line" in kinds[0]
    assert layout.sections[0].is_open
    assert {"media"} in kinds[1:]


def test_an_overview_where_headlines_are_not_found_at_a_glance() -> None:
    trees = ("oak", "elm", "ash", "fir", "yew", "fig", "plum", "pear", "lime", "rose")
    keys = [
        f"{tree}/{name}"
        for letter, tree in zip("abcdefghij", trees, strict=True)
        for name in ("loss", f"x{letter}", f"y{letter}", f"z{letter}", f"u{letter}")
    ]
    few, many = lay_out(inventory_of(*keys[:20]), BUDGETS), lay_out(inventory_of(*keys), BUDGETS)
    assert "Overview" not in [section.name for section in few.sections]
    assert many.sections[0].name == "Overview"
    assert many.sections[0].pinned
    assert len(many.sections[0].panels) == BUDGETS.overview


SMALL = (
    "train/loss",
    "val/loss",
    "train/acc",
    "debug/alpha_x",
    "debug/beta_x",
    "img/pred",
    "epoch",
)


@pytest.mark.parametrize("most", [3, 6, 10, 20])
def test_asking_for_a_larger_overview_never_takes_it_away(most: int) -> None:
    path = next(path for path in KEYSETS if path.stem == "union__Luo-feng-hitsz__TRAVEL")
    layout = lay_out(keyset_inventory(path), replace(BUDGETS, overview=most, open_panels=9))
    assert layout.sections[0].name == "Overview"
    assert 2 <= len(layout.sections[0].panels) <= most


def test_splits_drawn_apart_are_told_apart() -> None:
    keys = [f"{test}env/all/{name}" for test in ("", "test/") for name in "abcdef"]
    layout = lay_out(inventory_of(*keys), BUDGETS, Options(overlay_splits=False))
    for section in layout.sections:
        assert len({panel.title for panel in section.panels}) == len(section.panels)


def shown(options: Options, budgets: Budgets = BUDGETS) -> tuple[set[str], dict[str, str]]:
    """The keys that panels draw, and why the others are left out."""
    kinds = ["number"] * 5 + ["image", "number"]
    inventory = Inventory.from_frame(pd.DataFrame({"key": SMALL, "kind": kinds}, dtype=object))
    layout = lay_out(inventory, budgets, options)
    if not options.pins:
        check_hard_rules(layout, inventory, budgets)
    reasons = {key: left.reason for left in layout.left_out for key in left.keys}
    return {key for panel in layout.panels for key in panel.keys}, reasons


def test_only_what_is_included() -> None:
    keys, reasons = shown(Options(include=("train/*", "{val,img}/**")))
    assert keys == {"train/loss", "val/loss", "train/acc", "img/pred"}
    assert reasons["debug/beta_x"] == "matched by no pattern of those to include"


def test_nothing_that_is_excluded() -> None:
    keys, reasons = shown(Options(exclude=("debug/*", "**/acc")))
    assert keys == {"train/loss", "val/loss", "img/pred"}
    assert reasons["train/acc"] == "excluded by the pattern '**/acc'"


@pytest.mark.parametrize(("kind", "expected"), [("media", {"img/pred"}), ("image", {"img/pred"})])
def test_only_some_kinds(kind: str, expected: set[str]) -> None:
    keys, reasons = shown(Options(kinds=(kind,)))
    assert keys == expected
    assert reasons["train/acc"] == "of kind number, which was not asked for"


def test_a_pinned_key_is_shown_whatever_the_budgets_say() -> None:
    one = replace(BUDGETS, panels=1)
    assert shown(Options(), one)[0] == {"train/loss", "val/loss"}
    assert shown(Options(pins=("debug/beta_x",)), one)[0] == {"debug/beta_x"}
    assert shown(Options(pins=("debug/beta_x", "epoch")), one)[0] == {"debug/beta_x", "epoch"}
    layout = lay_out(inventory_of(*SMALL), BUDGETS, Options(pins=("debug/beta_x",)))
    assert layout.sections[0].name == "Overview"
    assert layout.sections[0].panels[0].keys == ("debug/beta_x",)


def test_a_pinned_member_of_a_large_family_is_drawn() -> None:
    inventory = inventory_of(*(f"layers.{layer}.norm" for layer in range(100)))
    (panel,) = lay_out(inventory, BUDGETS, Options(pins=("layers.37.norm",))).panels
    assert "layers.37.norm" in panel.keys
    assert len(panel.keys) == BUDGETS.lines_per_panel
    assert {panel.keys[0], panel.keys[-1]} == {"layers.0.norm", "layers.99.norm"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (Options(pins=("lossy",)), "has no metric 'lossy' to pin"),
        (Options(kinds=("picture",)), "'picture' is no kind of metric that has panels"),
        (Options(include=("regex:(",)), "is no pattern for metric keys"),
    ],
)
def test_options_that_fit_nothing(options: Options, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        lay_out(inventory_of("loss", "acc"), BUDGETS, options)


def test_pins_are_drawn_however_many() -> None:
    layers = [f"layers.{layer}.norm" for layer in range(100)]
    layout = lay_out(inventory_of(*layers, "loss"), BUDGETS, Options(pins=tuple(layers[:12])))
    assert set(layers[:12]) <= {key for panel in layout.panels for key in panel.keys}
    rare = [
        f"a/{letter}{other}{third}" for letter in "bcdfg" for other in "aeiou" for third in "xyzvw"
    ]
    losses = [f"p{letter}{other}/loss" for letter in "bcdfghjklm" for other in "aeiou"]
    layout = lay_out(inventory_of(*rare, *losses), BUDGETS, Options(pins=tuple(rare)))
    assert {key for panel in layout.panels for key in panel.keys} == set(rare)


def test_pins_come_in_the_order_they_were_given() -> None:
    keys = ("d/z", "a/loss", "c/y", "b/x")
    layout = lay_out(inventory_of(*keys), BUDGETS, Options(pins=keys[:3]))
    assert [panel.keys[0] for panel in layout.panels][:3] == list(keys[:3])


@pytest.mark.parametrize(("key", "kind"), [("note", "string"), ("pic", "image")])
def test_the_x_axis_is_a_number(key: str, kind: str) -> None:
    frame = pd.DataFrame({"key": ["loss", key], "kind": ["number", kind]})
    with pytest.raises(SourceError, match="can't be the x-axis"):
        lay_out(Inventory.from_frame(frame), BUDGETS, Options(x_axis=key))
    with pytest.raises(SourceError, match="has no metric '_nonsense'"):
        lay_out(Inventory.from_frame(frame), BUDGETS, Options(x_axis="_nonsense"))
    assert lay_out(Inventory.from_frame(frame), BUDGETS, Options(x_axis="_runtime")).x_axis


def test_an_x_axis_that_was_asked_for_goes_before_define_metric() -> None:
    frame = pd.DataFrame({"key": ["loss", "clock", "epoch"], "step_metric": ["clock", None, None]})
    layout = lay_out(Inventory.from_frame(frame), BUDGETS, Options(x_axis="epoch"))
    assert {panel.x_axis for panel in layout.panels} == {None}
    assert layout.x_axis == "epoch"


def test_options_that_leave_nothing_are_named() -> None:
    with pytest.raises(EmptySource) as error:
        lay_out(inventory_of("loss"), BUDGETS, Options(include=("zzz*",)))
    assert "--include" in error.value.hint


def test_options_that_rule_nothing_out_change_nothing() -> None:
    for options in (Options(include=("**",)), Options(exclude=("zzz",))):
        assert [panel.keys for panel in lay_out(inventory_of("epoch"), BUDGETS, options).panels]
    named = lay_out(inventory_of("loss", "epoch"), BUDGETS, Options(include=("loss", "epoch")))
    assert len(list(named.panels)) == 2


@pytest.mark.parametrize(
    "keys",
    [
        [f"a/{letter}{other}x" for letter in "bcdfghjklm" for other in "aeiou"],
        [f"p{letter}{other}/{letter}{other}y" for letter in "bcdfghj" for other in "aeiou"],
        [
            f"p{letter}{other}/{w}{letter}{other}"
            for letter in "bcdfgh"
            for other in "aeiou"
            for w in "xy"
        ],
    ],
    ids=["one prefix", "many prefixes of one", "many prefixes of two"],
)
def test_what_only_the_alphabet_divides(keys: list[str]) -> None:
    layout = lay_out(inventory_of(*keys), BUDGETS)
    assert max(len(section.panels) for section in layout.sections) <= BUDGETS.panels_per_section
    assert any(" – " in section.name for section in layout.sections)


ANIMALS = [
    "ant",
    "bee",
    "cow",
    "doe",
    "elk",
    "fox",
    "gnu",
    "hen",
    "ibis",
    "jay",
    "koi",
    "lynx",
    "mole",
    "newt",
    "owl",
    "pug",
]
THINGS = [
    "quip",
    "rust",
    "salt",
    "tarn",
    "urn",
    "vale",
    "wisp",
    "yarn",
    "zinc",
    "bran",
    "clay",
    "dune",
    "fern",
    "glen",
    "haze",
    "iron",
    "jade",
    "kelp",
    "loam",
    "mint",
    "nook",
    "opal",
    "pond",
    "reed",
    "silt",
    "turf",
    "vine",
    "weld",
    "yoke",
    "zest",
    "arch",
    "barn",
]


@pytest.mark.parametrize(
    "keys",
    [
        [
            *(f"env/{w}" for w in ANIMALS),
            *(f"env-ant/{v}" for v in THINGS[:4]),
            *(f"zoo/{v}" for v in THINGS[4:10]),
            *(f"qi/{v}" for v in THINGS[10:16]),
        ],
        [*ANIMALS, *(f"{w}/{v}" for w, v in zip(ANIMALS * 2, THINGS, strict=True))],
        [*(f"env/{w}" for w in ANIMALS), "env\x000/quip", "env\x000/rust"],
        [
            *(f"train/{w}_{what}" for what in ("loss", "lr", "acc", "time") for w in ANIMALS[:4]),
            *(f"train·{topic}/{w}" for topic in ("Losses", "Outcome") for w in THINGS[:3]),
        ],
    ],
    ids=[
        "a prefix called like a run",
        "names and prefixes that begin alike",
        "a prefix with what ids are made of",
        "a prefix called like a topic of another",
    ],
)
def test_runs_of_the_alphabet_are_nodes_of_their_own(keys: list[str]) -> None:
    inventory = inventory_of(*keys)
    check_hard_rules(lay_out(inventory, BUDGETS), inventory, BUDGETS)


@given(
    st.lists(
        st.tuples(st.sampled_from(["m", "m/", "n", "env", "env-a", ""]), st.sampled_from(ANIMALS)),
        unique=True,
        min_size=1,
        max_size=60,
    ),
    budgets,
)
def test_hard_rules_where_much_stands_at_one_node(
    pairs: list[tuple[str, str]], limits: Budgets
) -> None:
    inventory = inventory_of(*dict.fromkeys(f"{a}/{b}" if a else b for a, b in pairs))
    check_hard_rules(lay_out(inventory, limits), inventory, limits)


def test_a_lone_headline_stands_in_an_open_section() -> None:
    places = [
        f"{place}/{name}"
        for place in ("episodic_memory", "wind_speed", "working_memory")
        for name in ("recall", "hits", "decay", "f1")
    ]
    layout = lay_out(inventory_of("loss", *places, *(f"env/{w}" for w in ANIMALS[:7])), BUDGETS)
    (home,) = [one for one in layout.sections for panel in one.panels if "loss" in panel.keys]
    assert home.is_open


def test_only_numbers_count() -> None:
    frame = pd.DataFrame(
        {"key": ["loss", "train_batch", "eval/episode"], "kind": ["number", "image", "video"]}
    )
    assert len(list(lay_out(Inventory.from_frame(frame), BUDGETS).panels)) == 3


def test_pinned_tables_have_panels_of_their_own() -> None:
    frame = pd.DataFrame({"key": ["t/1", "t/2", "t/3", "t/4"], "kind": "table"})
    layout = lay_out(Inventory.from_frame(frame), BUDGETS, Options(pins=("t/2", "t/1")))
    assert [panel.keys for panel in layout.panels] == [("t/2",), ("t/1",), ("t/4",)]


def test_a_heading_too_long_is_cut() -> None:
    keys = ("quantization_codebook_usage", "discriminator_feature_matching")
    layout = lay_out(
        inventory_of(*keys, "train/a", "train/b", "train/c", "val/d", "val/e"), BUDGETS
    )
    assert any("…" in section.name and len(section.name) < 50 for section in layout.sections)


def test_a_table_panel_shows_the_newest_of_its_index() -> None:
    frame = pd.DataFrame({"key": [f"eval/samples_{step}" for step in range(100)], "kind": "table"})
    (panel,) = lay_out(Inventory.from_frame(frame), BUDGETS).panels
    assert panel.keys == ("eval/samples_99",)
    assert len(panel.represented) == 99


COUNTERS = (
    *("num_timesteps", "train/num_input_tokens_seen", "optimizer_step", "step_count", "n_steps"),
    *("current_epoch", "epoch_num", "consumed-tokens", "epoch/epoch", "server/fit/round", "kimg"),
)


def test_counters_by_the_words_of_their_names() -> None:
    layout = lay_out(inventory_of("loss", *COUNTERS), BUDGETS)
    drawn = {key for panel in layout.panels for key in panel.keys}
    assert drawn == {"loss", "server/fit/round"}
    others = (
        "video/num_frames",
        "eval/episode_steps",
        "batch_size",
        "episode_length",
        "num_tokens",
        "env/step_reward",
    )
    layout = lay_out(inventory_of("loss", *others), BUDGETS)
    assert {key for panel in layout.panels for key in panel.keys} == {"loss", *others}


def test_what_grows_and_is_called_like_a_count_is_a_counter() -> None:
    frame = pd.DataFrame({"key": ["loss", "num_tokens"], "monotonic": [False, True]})
    layout = lay_out(Inventory.from_frame(frame), BUDGETS)
    assert [panel.keys for panel in layout.panels] == [("loss",)]


def test_text_can_not_be_pinned() -> None:
    frame = pd.DataFrame({"key": ["loss", "note"], "kind": ["number", "string"]})
    with pytest.raises(SourceError, match="'note' can't be pinned: it is of kind string"):
        lay_out(Inventory.from_frame(frame), BUDGETS, Options(pins=("note",)))


def test_sections_by_prefix_or_by_topic() -> None:
    inventory = inventory_of(
        *(f"{part}/{what}" for part in ("enc", "dec") for what in ("loss", "acc", "lr", "fps"))
    )
    names = {
        by: [section.name for section in lay_out(inventory, BUDGETS, Options(group_by=by)).sections]
        for by in ("prefix", "topic")
    }
    assert {"enc", "dec"} <= set(names["prefix"])
    assert not {"enc", "dec"} & set(names["topic"])


def test_a_key_without_a_panel_changes_nothing_else() -> None:
    for path in KEYSETS[::8]:
        inventory = keyset_inventory(path)
        frame = inventory.to_frame()
        extra = pd.DataFrame({"key": ["_zyx/internal"], "kind": ["number"]})
        more = Inventory.from_frame(pd.concat([frame, extra]), origin=inventory.origin)
        assert lay_out(more, BUDGETS).sections == of_keyset(path).sections


@pytest.mark.parametrize("path", KEYSETS, ids=lambda path: path.stem)
def test_an_unrelated_key_moves_few_panels(path: Path) -> None:
    """With the ids of the sections that people know; one that stood alone may find company."""
    frame = keyset_inventory(path).to_frame()[["key", "kind"]]
    before = lay_out(Inventory.from_frame(frame), BUDGETS)
    if len(before.sections) == 1:
        return
    row = pd.DataFrame({"key": ["zzz/unrelated_thing"], "kind": ["number"]})
    known = [section.id for section in before.sections]
    after = lay_out(Inventory.from_frame(pd.concat([frame, row])), BUDGETS, known=known)
    homes = {panel.id: one.id for one in after.sections for panel in one.panels}
    stayed = [homes.get(panel.id) == one.id for one in before.sections for panel in one.panels]
    assert stayed.count(False) <= 3


def test_a_layout_does_not_depend_on_the_order_of_rows() -> None:
    for path in KEYSETS[::6]:
        inventory = keyset_inventory(path)
        frame = inventory.to_frame().sample(frac=1, random_state=7)
        shuffled = Inventory.from_frame(frame, origin=inventory.origin)
        assert lay_out(shuffled, BUDGETS).to_json() == of_keyset(path).to_json()


@pytest.mark.parametrize("path", KEYSETS, ids=lambda path: path.stem)
def test_small_projects_lose_nothing(path: Path) -> None:
    figures = of_keyset(path).figures["wslayout"]
    chartable = figures.keys_shown + figures.keys_represented + figures.keys_left_out
    if chartable <= 100:
        assert figures.keys_left_out <= 0.05 * chartable


def test_known_sections_are_kept_on_near_ties() -> None:
    names = ("uu", "vv", "ww", "xx")
    inventory = inventory_of(*(f"{part}/{name}{part}" for part in ("oak", "elm") for name in names))
    merged = lay_out(inventory, replace(BUDGETS, sections=1))
    assert len(merged.sections) == 1
    free = lay_out(inventory, BUDGETS)
    ids = [section.id for section in free.sections]
    assert [section.id for section in lay_out(inventory, BUDGETS, known=ids).sections] == ids


@pytest.mark.parametrize("path", sorted(KEYSETS)[::4], ids=lambda path: path.stem)
def test_a_layout_stays_where_the_view_has_it(path: Path) -> None:
    """The sections of a view are known, and the same keys give the same layout again."""
    inventory = keyset_inventory(path)
    first = lay_out(inventory, BUDGETS)
    assert lay_out(inventory, BUDGETS, known=[one.id for one in first.sections]) == first


def test_sections_that_cost_the_same_do_not_come_and_go() -> None:
    prefixes = ("train", "val", "grad", "perf")
    keys = [f"{one}/layers.{n}.{x}" for one in prefixes for n in range(30) for x in "abcdefghij"]
    limits = replace(BUDGETS, panels=8)
    first = lay_out(inventory_of(*keys), limits)
    again = lay_out(inventory_of(*keys), limits, known=[one.id for one in first.sections])
    assert again == first
