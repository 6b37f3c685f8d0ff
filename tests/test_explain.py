"""Explanations: they agree with the layout, and following their advice works."""

from __future__ import annotations

import io
import json
import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from syrupy.assertion import SnapshotAssertion

import wslayout
from tests.keysets import KEYSETS, inventory_of, keyset_inventory
from tests.sample_layouts import HOSTILE_NAMES
from tests.test_families import some_keys
from tests.test_terminal import CONTROLS
from wslayout.cli.main import run
from wslayout.display.explanation import explanations
from wslayout.display.terminal import as_text
from wslayout.errors import EmptySource, SourceError
from wslayout.grouping import Options, lay_out
from wslayout.grouping.explain import explain
from wslayout.grouping.explanation import Explanation
from wslayout.inventory import KINDS, Coverage, Inventory
from wslayout.layout import Budgets, Layout
from wslayout.presets import builtin_budgets

BUDGETS = builtin_budgets()
NAMED = {path.stem: path for path in KEYSETS}
IPRO = NAMED["wilrop__ipro"]

TREES = ("oak", "elm", "ash", "fir", "yew", "fig", "plum", "pear", "lime", "rose")
FOREST = [
    f"{tree}/{name}"
    for letter, tree in zip("abcdefghij", TREES, strict=True)
    for name in ("loss", f"x{letter}", f"y{letter}", f"z{letter}", f"u{letter}")
]

Place = tuple[str, str | None, str | None]


def places(layout: Layout) -> dict[str, Place]:
    """Of every key how it is placed, its section and its panel."""
    found: dict[str, Place] = dict.fromkeys(left_out(layout), ("left out", None, None))
    for section in layout.sections:
        for panel in section.panels:
            found |= dict.fromkeys(panel.keys, ("shown", section.name, panel.title))
            found |= dict.fromkeys(panel.represented, ("represented", section.name, panel.title))
    return found


def left_out(layout: Layout) -> list[str]:
    return [key for left in layout.left_out for key in left.keys]


def told(found: list[Explanation]) -> dict[str, Place]:
    return {one.key: (one.placed, one.section, one.panel) for one in found}


def only(
    inventory: Inventory, key: str, options: Options | None = None, **limits: int
) -> Explanation:
    (one,) = explain(inventory, replace(BUDGETS, **limits), options or Options(), [key])
    return one


def obey(line: str, budgets: Budgets, options: Options) -> tuple[Budgets, Options]:
    """What a command is told once its user follows an advice."""
    said = re.search(r"`(.*)`", line, re.DOTALL)
    assert said is not None, line
    option, value = shlex.split(said[1])
    name = {"pin": "pins", "overlay": "overlay_splits"}.get(option[2:], option[2:])
    name = name.replace("-", "_")
    if name in ("panels", "lines_per_panel"):
        return replace(budgets, **{name: int(value)}), options
    then: Any = value
    if name == "overlay_splits":
        then = value == "splits"
    elif isinstance(now := getattr(options, name), tuple):
        then = tuple(one for one in now if one != value) if "Drop" in line else (*now, value)
    return budgets, replace(options, **{name: then})


def advice(one: Explanation, option: str) -> str:
    (line,) = [line for line in one.advice if f"`{option} " in line]
    return line


@pytest.mark.parametrize(
    "name",
    [
        "yzhang511__poyo",
        "taekyungss__dreamdiffusion",
        "Luo-feng-hitsz__TRAVEL",
        "wilrop__ipro",
        "imkannadiga__flow-matching-pde",
        "dswwilliams__gammassl",
        "Artur-Galstyan__kira",
    ],
)
def test_every_key_is_where_the_layout_has_it(name: str) -> None:
    inventory = keyset_inventory(NAMED[name])
    found = explain(inventory, BUDGETS, Options(), inventory.keys)
    assert told(found) == places(lay_out(inventory, BUDGETS))
    for one in found:
        assert one.reasons
        assert all(re.fullmatch(r"\S.*\.", line) for line in one.reasons + one.advice)
        assert (one.family == "") == (one.family_keys == 0)


def test_every_key_agrees_whatever_is_asked() -> None:
    inventory = keyset_inventory(IPRO)
    options = Options(
        x_axis="global_step",
        overlay_splits=False,
        group_by="topic",
        exclude=("losses/3/*",),
        kinds=("number",),
        pins=("losses/3/loss", "_step"),
    )
    budgets = replace(BUDGETS, panels=7, lines_per_panel=3, sections=3)
    found = explain(inventory, budgets, options, inventory.keys)
    assert told(found) == places(lay_out(inventory, budgets, options))
    assert {one.placed for one in found} == {"shown", "represented", "left out"}


@settings(max_examples=20)
@given(some_keys, st.integers(1, 6), st.integers(1, 4), st.data())
def test_never_raises_and_its_advice_works(
    keys: list[str], panels: int, lines: int, data: st.DataObject
) -> None:
    kinds = data.draw(st.lists(st.sampled_from(KINDS), min_size=len(keys), max_size=len(keys)))
    inventory = Inventory.from_frame(pd.DataFrame({"key": keys, "kind": kinds}, dtype=object))
    budgets = replace(BUDGETS, panels=panels, lines_per_panel=lines)
    found = explain(inventory, budgets, Options(), inventory.keys)
    try:
        layout = lay_out(inventory, budgets)
    except EmptySource:
        assert {one.placed for one in found} <= {"left out"}
        return
    assert told(found) == places(layout)
    one = data.draw(st.sampled_from(found))
    for line in one.advice:
        if "`--pin " in line:
            then = places(lay_out(inventory, *obey(line, budgets, Options())))
            assert then[one.key][0] == "shown"
        if "`--panels " in line:
            more, _ = obey(line, budgets, Options())
            then = places(lay_out(inventory, more))
            assert then[one.key][0] == ("represented" if "stands for" in line else "shown")
            less = lay_out(inventory, replace(more, panels=more.panels - 1))
            assert one.key in left_out(less)


def test_over_budget() -> None:
    inventory, budgets = inventory_of(*FOREST), replace(BUDGETS, panels=20)
    layout = lay_out(inventory, budgets)
    for key in left_out(layout)[::10]:
        one = only(inventory, key, panels=20)
        rank = obey(advice(one, "--panels"), budgets, Options())[0].panels
        assert one.reasons[1] == (
            f"Its panel would be number {rank} of 50 by value, but there is room for 20."
        )
        assert places(lay_out(inventory, replace(budgets, panels=rank)))[key][0] == "shown"
        assert key in left_out(lay_out(inventory, replace(budgets, panels=rank - 1)))
        pinned = lay_out(inventory, *obey(advice(one, "--pin"), budgets, Options()))
        assert places(pinned)[key][:2] == ("shown", "Overview")


def test_a_member_of_a_large_family() -> None:
    inventory = inventory_of(*(f"grad/layers.{layer}.norm" for layer in range(48)), "loss", "x")
    one = only(inventory, "grad/layers.7.norm")
    assert (one.placed, one.family, one.family_keys) == ("represented", "grad/layers.*.norm", 48)
    assert one.reasons[:3] == (
        "It is one of 48 keys that differ only in a number, which share a panel: "
        "grad/layers.*.norm.",
        "Of its 48 keys the panel draws 10, evenly spaced with both ends: "
        "grad/layers.{0,5,10,16,21,26,31,37,42,47}.norm.",
        "The panel stands for this key without drawing it.",
    )
    for option, count in (("--pin", 10), ("--lines-per-panel", 48)):
        then = lay_out(inventory, *obey(advice(one, option), BUDGETS, Options()))
        (panel,) = [panel for panel in then.panels if one.key in panel.keys]
        assert len(panel.keys) == count
    pinned = only(inventory, one.key, Options(pins=(one.key,)))
    assert "the panel draws 10, with those that are pinned: " in pinned.reasons[1]
    assert pinned.advice == ()
    assert (
        "the panel draws 1: grad/layers.{47}.norm."
        in (only(inventory, "grad/layers.47.norm", lines_per_panel=1).reasons[1])
    )


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        (("a/loss",), "No other key shares its panel."),
        (("a/loss", "a.loss"), "2 names of one quantity, which share a panel: a.loss, a/loss."),
        (("r/mean", "r/max"), "2 statistics of one quantity, which share a panel: r/{max,mean}."),
        (
            ("train/loss", "val/loss"),
            "2 keys of one quantity on several splits of the data, which share a panel: "
            "train/loss, val/loss.",
        ),
        (
            ("AP_per_class/car", "AP_per_class/bus", "AP_per_class/dog"),
            "3 keys of one quantity in several categories, which share a panel: AP_per_class/*.",
        ),
    ],
)
def test_why_keys_share_a_panel(keys: tuple[str, ...], why: str) -> None:
    one = only(inventory_of(*keys, "x", "y"), keys[0])
    assert one.reasons[0].endswith(why)
    assert one.family_keys == len(keys)


def test_media_that_end_alike_share_a_panel() -> None:
    one = only(inventory_of("P_curve", "R_curve", kind="image"), "P_curve")
    assert "2 media whose names end alike, which share a panel: {P,R}_curve." in one.reasons[0]


def test_splits_can_be_drawn_apart() -> None:
    inventory = inventory_of("train/loss", "val/loss", "x")
    line = advice(only(inventory, "val/loss"), "--overlay")
    panels = [panel.keys for panel in lay_out(inventory, *obey(line, BUDGETS, Options())).panels]
    assert ("val/loss",) in panels


def facts(**columns: Any) -> Inventory:
    frame = pd.DataFrame(columns)
    return Inventory.from_frame(frame, coverage=Coverage(runs_read=200, runs_total=200))


def test_what_counted() -> None:
    inventory = facts(
        key=["a/b/c/d", "loss", "rare", "once", "half", "train/acc", "val/acc", "pic", "rows"],
        kind=["number"] * 7 + ["image", "table"],
        runs=[200, 200, 1, 200, 199, 20, 10, None, None],
        max_points=[100, 100, 5, 1, 100, None, None, None, None],
        single_valued=[True, False, None, None, None, None, None, None, None],
    )
    found = explain(inventory, BUDGETS, Options(), inventory.keys)
    why = {one.key: " ".join(line for line in one.reasons if "ranks" in line) for one in found}
    higher, lower = "The panel ranks higher because ", "The panel ranks lower because "
    numbers = "numbers come before media and tables"
    assert why == {
        "a/b/c/d": f"{higher}every run has it, runs log it more than once, and {numbers}. "
        f"{lower}its values never change, and its name has 4 parts.",
        "loss": f"{higher}its name ends in a headline word, every run has it, runs log it more "
        f"than once, and {numbers}.",
        "rare": f"{higher}runs log it more than once, and {numbers}. {lower}only 1% of runs have "
        "it, and 4 number panels without a prefix come first.",
        "once": f"{higher}every run has it, and {numbers}. {lower}runs log it only once, and 3 "
        "number panels without a prefix come first.",
        "half": f"{higher}runs log it more than once, and {numbers}. {lower}only 99% of runs have "
        "it, and 2 number panels without a prefix come first.",
        "train/acc": f"{higher}its name ends in a headline word, {numbers}, and it shows several "
        f"splits. {lower}only 10% of runs have any of its keys, and 1 number panel without a "
        "prefix comes first.",
        "val/acc": why["train/acc"],
        "pic": f"{lower}media come after numbers.",
        "rows": f"{lower}tables come last.",
    }


def test_ranks() -> None:
    inventory = inventory_of("a/p", "b/q", "c/r")
    assert "Its panel is number 1 of 3 by value, and there is room for all." in (
        only(inventory, "a/p").reasons
    )
    assert "Its panel is number 1 of 3 by value, and there is room for 2." in (
        only(inventory, "a/p", panels=2).reasons
    )
    assert only(inventory_of("a/p"), "a/p").reasons == (
        "No other key shares its panel.",
        "There is no other panel.",
        "The panels are so few that one section holds them all.",
    )


def test_sections_and_pins() -> None:
    inventory = inventory_of(*FOREST)
    first, far = only(inventory, "ash/loss"), only(inventory, "yew/xe")
    assert (first.section, first.advice) == ("Overview", ())
    assert first.reasons[-1] == "The Overview takes the best headline metrics from all sections."
    assert "Its prefix 'yew' has a section of its own." in far.reasons
    top = lay_out(inventory, *obey(advice(far, "--pin"), BUDGETS, Options()))
    assert places(top)["yew/xe"][1] == "Overview"
    pinned = only(inventory, "yew/xe", Options(pins=("yew/xe",)))
    assert pinned.reasons[-2:] == (
        "It is pinned, which puts its panel before those that are not.",
        "The Overview begins with what is pinned.",
    )


def test_a_pinned_key_brings_its_family() -> None:
    inventory = inventory_of("train/loss", "val/loss", *FOREST)
    one = only(inventory, "val/loss", Options(pins=("train/loss",)))
    assert "train/loss is pinned, which puts its panel before those that are not." in one.reasons
    filler = explain(
        inventory_of(*(f"a/{name}" for name in "pqrstuvwxyz")),
        replace(BUDGETS, overview=1),
        Options(pins=("a/p",)),
        ["a/q", "a/p"],
    )
    assert [one.section for one in filler] == ["Overview", "Overview"]
    assert filler[0].reasons[-1] == (
        "It fills the Overview up, since no section has a single panel."
    )


def test_which_tree_was_cut() -> None:
    inventory = keyset_inventory(NAMED["PARKBONG__imitation__2"])
    one = only(inventory, "train/actor_loss")
    (line,) = [line for line in one.reasons if line.startswith("Sections go by ")]
    assert re.fullmatch(
        r"Sections go by prefix, where finding a panel takes \d+\.\d headings and panels, "
        r"weighted; by topic it would take (as many|\d+\.\d.*)\.",
        line,
    )
    by_topic = lay_out(inventory, *obey(advice(one, "--group-by"), BUDGETS, Options()))
    assert places(by_topic)["train/actor_loss"][1] != one.section
    forced = only(inventory, "train/actor_loss", Options(group_by="topic"))
    assert "Sections go by topic, as `--group-by topic` asks." in forced.reasons
    assert not forced.advice


def test_a_panel_that_fits_no_section_is_taken_in() -> None:
    inventory = keyset_inventory(NAMED["shukla-yash__IRIS-Minigrid"])
    (section,) = [
        section for section in lay_out(inventory, BUDGETS).sections if ", " in section.name
    ]
    host, orphan = section.panels[0].keys[0], section.panels[-1].keys[0]
    assert f"It fits no section and can't be one alone, so {section.name!r} took it in." in (
        only(inventory, orphan).reasons
    )
    assert not any("took it in" in line for line in only(inventory, host).reasons)


ODD = Inventory.from_frame(
    pd.DataFrame(
        {
            "key": [
                *("loss", "acc", "epoch", "clock", "_runtime", "system.cpu", "note", "ok", "raw"),
                "[x]/{a,b}*",
            ],
            "kind": [*["number"] * 6, "string", "bool", "trace", "image"],
            "step_metric": ["clock", *[None] * 9],
        },
        dtype=object,
    )
)


@pytest.mark.parametrize(
    ("key", "why", "helps"),
    [
        ("epoch", "It counts how far a run is, which makes it an x-axis", ["--x-axis", "--pin"]),
        ("clock", "`define_metric` made it the x-axis of other keys", ["--x-axis", "--pin"]),
        ("_runtime", "W&B logs it by itself", ["--x-axis", "--pin"]),
        ("note", "It is of kind string, which W&B draws no panel for.", ["wandb.Table"]),
        ("ok", "It is of kind bool, which W&B draws no panel for.", ["Log it as 0 or 1"]),
        ("raw", "It is of kind trace, which W&B draws no panel for.", []),
    ],
)
def test_keys_that_have_no_panel_by_nature(key: str, why: str, helps: list[str]) -> None:
    one = only(ODD, key)
    assert told([one])[key] == places(lay_out(ODD, BUDGETS))[key] == ("left out", None, None)
    assert one.reasons[0].startswith(why)
    assert len(one.reasons) == 1
    assert [word in line for word, line in zip(helps, one.advice, strict=True)] == [True] * len(
        helps
    )
    for line in one.advice:
        if "`" in line:
            then = lay_out(ODD, *obey(line, BUDGETS, Options()))
            assert then.x_axis == key or places(then)[key][0] == "shown"


def test_the_x_axis_says_so() -> None:
    one = only(ODD, "epoch", Options(x_axis="epoch"))
    assert one.reasons[1:] == ("It is the x-axis of every line plot.",)
    assert [line.split()[0] for line in one.advice] == ["`--pin"]


@pytest.mark.parametrize(
    ("options", "why", "helps"),
    [
        (
            Options(exclude=("**/*", "none", "[[]x]/*")),
            ["The pattern '**/*' excludes it.", "The pattern '[[]x]/*' excludes it."],
            ["Drop `--exclude '**/*'`.", "Drop `--exclude '[[]x]/*'`."],
        ),
        (
            Options(include=("loss", "a*")),
            ["No pattern of those to include matches it: loss, a*."],
            [r"Add `--include '\[x\]/\{a,b\}\*'`."],
        ),
        (
            Options(kinds=("number", "table"), include=("loss",)),
            [
                "It is of kind image, and `--kinds number --kinds table` asks for others only.",
                "No pattern of those to include matches it: loss.",
            ],
            ["Add `--kinds image`.", r"Add `--include '\[x\]/\{a,b\}\*'`."],
        ),
    ],
)
def test_keys_that_options_rule_out(options: Options, why: list[str], helps: list[str]) -> None:
    key = "[x]/{a,b}*"
    one = only(ODD, key, options)
    assert list(one.reasons) == why
    assert list(one.advice) == [*helps, "`--pin '[x]/{a,b}*'` draws it anyway."]
    pinned = lay_out(ODD, *obey(one.advice[-1], BUDGETS, options))
    assert places(pinned)[key][0] == "shown"
    for line in helps:
        _, options = obey(line, BUDGETS, options)
    assert places(lay_out(ODD, BUDGETS, options))[key][0] == "shown"


def test_nothing_is_laid_out_and_it_is_explained_all_the_same() -> None:
    one = only(ODD, "loss", Options(include=("nothing",)))
    assert one.reasons == ("No pattern of those to include matches it: nothing.",)


def test_unknown_keys() -> None:
    with pytest.raises(SourceError, match="has no metric 'losss' to explain") as caught:
        only(ODD, "losss")
    assert caught.value.hint == "Did you mean loss?"


def test_from_python() -> None:
    keys = ["train/loss", "val/loss", "epoch"]
    loss, epoch = wslayout.explain(keys, "val/loss", "epoch", panels=5, pin="val/loss")
    assert isinstance(loss, wslayout.Explanation)
    assert (loss.placed, epoch.placed) == ("shown", "left out")
    assert wslayout.explain(keys) == []
    with pytest.raises(TypeError, match=r"explain\(\) got an unexpected keyword argument 'panel'"):
        wslayout.explain(keys, "epoch", panel=3)


def test_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    runs = {"train/loss": 9, "val/loss": 3, "train/epoch": 9, "debug/x/y/z": 1}
    runs |= {f"grad/layers.{layer}.norm": 9 for layer in range(48)}
    runs |= dict.fromkeys(("train/acc", "val/acc", "train/lr", "perf/fps", "perf/mem", "grad/a"), 5)
    table = pd.DataFrame({"key": list(runs), "runs": list(runs.values())})
    source = str(tmp_path / "keys.csv")
    table.to_csv(source, index=False)
    keys = ["val/loss", "grad/layers.7.norm", "debug/x/y/z"]
    assert run(["explain", source, *keys, "--panels", "7"]) == 0
    out, err = capsys.readouterr()
    assert out == snapshot
    assert not err
    assert run(["explain", source, *keys, "--json", "--panels", "8"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["key"] for one in found] == keys
    assert [one["placed"] for one in found] == ["shown", "represented", "shown"]


def test_errors_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", str(IPRO), "outer/eror"]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.splitlines() == [
        f"Error: {IPRO} has no metric 'outer/eror' to explain",
        "Did you mean outer/error or outer/coverage?",
    ]
    assert run(["explain", str(IPRO)]) == 2
    assert "Missing argument 'KEY...'" in capsys.readouterr().err


def test_hostile_names() -> None:
    inventory = inventory_of(*HOSTILE_NAMES)
    found = explain(inventory, BUDGETS, Options(), inventory.keys)
    options = Options(exclude=("**",), pins=HOSTILE_NAMES[-1:])
    found += explain(inventory, BUDGETS, options, HOSTILE_NAMES[:8])
    text = as_text(explanations(found), width=80)
    assert not CONTROLS.search(text)
    assert "line<U+000A>break" in text
    assert "x" * 5_000 in as_text(explanations(found[:20]))
    out = io.StringIO()
    Console(file=out, force_terminal=True, color_system="standard", width=80).print(
        explanations(found)
    )
    assert not CONTROLS.search(re.sub("\x1b\\[[0-9;]*m", "", out.getvalue()))
    assert "\x1b[31mred" not in out.getvalue()
