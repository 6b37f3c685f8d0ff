from __future__ import annotations

import io
import re
from dataclasses import replace

import pandas as pd
import pytest
from rich.console import Console, RenderableType
from rich.text import Text
from syrupy.assertion import SnapshotAssertion

from tests.sample_layouts import HOSTILE_NAMES, hostile, large, panel, section, small
from wslayout.amounts import size
from wslayout.display.terminal import (
    as_text,
    error_text,
    figures_table,
    inventory_table,
    layout_tree,
    show,
    views_table,
)
from wslayout.display.words import shorten, visible
from wslayout.errors import AuthError, SourceError
from wslayout.inventory import Coverage, Inventory, Origin
from wslayout.layout import Layout
from wslayout.publish.listing import ViewRow

CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def _inventory() -> Inventory:
    frame = pd.DataFrame(
        {
            "key": ["train/loss", "val/loss", "epoch", "seed", "損失/検証", "[bold]samples[/bold]"],
            "kind": ["number", "number", "number", "number", "number", "image"],
            "runs": [12, 12, 12, None, 3, 1],
            "points": [12_000, 240, 240, None, None, 5],
            "monotonic": [False, False, True, True, None, None],
            "single_valued": [False, False, False, True, None, None],
            "step_metric": ["trainer/global_step", "epoch", None, None, None, None],
        }
    )
    coverage = Coverage(
        complete=False,
        runs_total=40,
        runs_read=12,
        unseen_share=0.004,
        notes=("the server does not aggregate keys over runs, so runs were sampled",),
    )
    return Inventory.from_frame(frame, coverage=coverage, origin=Origin("team/vision"))


VIEWS = [
    ViewRow(
        name="Vision · wslayout",
        id="k3x9a0q2m1z",
        owner="ada",
        updated="2026-11-20T10:31:07Z",
        sections=12,
        panels=60,
        mode="manual",
        generated_by="wslayout 0.1.0",
    ),
    ViewRow(name="what Grace looks at before the Monday meeting", id="8gt2c", owner="grace"),
    ViewRow(name="Workspace", id="nwuserada", owner="ada", personal=True),
]

SHOWN: dict[str, RenderableType] = {
    "inventory": inventory_table(_inventory()),
    "inventory, first 3": inventory_table(_inventory(), 3),
    "small layout": layout_tree(small()),
    "large layout": layout_tree(large()),
    "figures": figures_table(large()),
    "views": views_table(VIEWS),
    "error": error_text(AuthError("not logged in to W&B", hint="Run `wandb login`.")),
    "error without a hint": error_text(SourceError("two lines:\nthe second")),
}


@pytest.mark.parametrize("what", SHOWN)
def test_shown_at_80_columns(what: str, snapshot: SnapshotAssertion) -> None:
    text = as_text(SHOWN[what], width=80)
    assert max(Text(line).cell_len for line in text.splitlines()) <= 80
    assert text == snapshot


HOSTILE: dict[str, RenderableType] = {
    "inventory": inventory_table(
        Inventory.from_frame(
            pd.DataFrame({"key": HOSTILE_NAMES, "step_metric": HOSTILE_NAMES}),
            origin=Origin(HOSTILE_NAMES[6]),
            coverage=Coverage(notes=HOSTILE_NAMES),
        )
    ),
    "layout": layout_tree(hostile()),
    "figures": figures_table(hostile()),
    "views": views_table(
        [
            ViewRow(name=name, id=name, owner=name, updated=name, mode=name, generated_by=name)
            for name in HOSTILE_NAMES
        ]
    ),
    "error": error_text(SourceError("\n".join(HOSTILE_NAMES), hint="\x1b[2J\r" + HOSTILE_NAMES[7])),
}


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("width", [80, None])
def test_names_bring_no_control_characters(what: str, width: int | None) -> None:
    assert not CONTROLS.search(as_text(HOSTILE[what], width=width))


@pytest.mark.parametrize("what", HOSTILE)
def test_names_bring_no_escape_codes_to_a_terminal(what: str) -> None:
    own = re.compile("\x1b\\[[0-9;]*m")
    assert not CONTROLS.search(own.sub("", _on_terminal(HOSTILE[what])))


def test_markup_in_names_stays_text() -> None:
    name = "[red]loss[/red] :boom: [link=http://x]y"
    frame = pd.DataFrame({"key": [name]})
    layout = Layout(name=name, sections=(section(name, panel(name, name)),))
    assert name in as_text(inventory_table(Inventory.from_frame(frame)))
    assert as_text(layout_tree(layout)).count(name) == 3
    assert name in as_text(error_text(SourceError(name)))


def test_names_are_whole_in_a_pipe() -> None:
    name = "layer/" * 800
    layout = Layout(name="x", sections=(section("s", panel(name, name), panel("b", "b")),))
    for renderable in (
        layout_tree(layout),
        inventory_table(Inventory.from_frame(pd.DataFrame({"key": [name, "b"]}))),
        views_table([ViewRow(name=name, id="a")]),
    ):
        out = io.StringIO()
        show(renderable, file=out)
        assert name in out.getvalue()
        assert "\x1b" not in out.getvalue()
        assert not re.search(" $", out.getvalue(), re.MULTILINE)


def test_a_panel_is_one_line_on_a_narrow_terminal() -> None:
    layout = Layout(name="x", sections=(section("s", panel("long " * 60, "a"), panel("b", "b")),))
    assert len(as_text(layout_tree(layout), width=40).splitlines()) == 4


def test_colours_on_a_terminal_unless_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = _on_terminal(SHOWN["error"])
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[1;31m" in coloured
    assert "31m" not in _on_terminal(SHOWN["error"])


def test_show_survives_a_stream_that_knows_only_ascii() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    show(SHOWN["small layout"], file=stream)
    stream.flush()
    assert b"train" not in raw.getvalue()
    assert b"loss" in raw.getvalue()


def test_show_prints_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    show(SHOWN["error"])
    assert capsys.readouterr().out == "Error: not logged in to W&B\nRun `wandb login`.\n"


def test_layout_without_figures_counts_its_own() -> None:
    text = as_text(figures_table(replace(small(), figures={})))
    assert re.search(r"^ +wslayout$", text, re.MULTILINE)
    assert re.search(r"^panels +6$", text, re.MULTILINE)


def test_visible_shows_what_hides() -> None:
    assert visible("a\nb\x1b") == "a<U+000A>b<U+001B>"
    assert visible("x\u202e\u200b\ud800") == "x<U+202E><U+200B><U+D800>"
    assert visible("👩‍🔬 損失 می‌خواهم") == "👩‍🔬 損失 می‌خواهم"


def test_shorten_keeps_both_ends() -> None:
    assert shorten("abc", 3) == "abc"
    assert shorten("a" * 100 + "z" * 100, 30) == "a" * 20 + " …170 characters… " + "z" * 10


@pytest.mark.parametrize(
    ("count", "text"),
    [(1, "1 byte"), (980, "980 bytes"), (14_230, "14.2 kB"), (3_000_000, "3 MB"), (2e9, "2 GB")],
)
def test_size(count: float, text: str) -> None:
    assert size(count) == text


def _on_terminal(renderable: RenderableType) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, color_system="standard", width=80)
    console.print(renderable)
    return out.getvalue()
