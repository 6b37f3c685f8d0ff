"""Drafts: layouts in the making, which can be written as code; and the editor that shows them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import accumulate, repeat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wslayout as wsl
from tests.conftest import WandbEnv
from tests.keysets import KEYSETS, inventory_of, keyset_inventory
from tests.people import sections_of
from tests.test_apply import demo_runs
from tests.wandb_server import WandbServer
from wslayout.draft import Draft
from wslayout.errors import SourceError, SpecError, TemplateError
from wslayout.layout import Layout
from wslayout.notebook.editor import Editor
from wslayout.wandb_api.rawspec import panel_keys

IPRO = keyset_inventory(next(path for path in KEYSETS if path.stem == "wilrop__ipro"))
KEYS = ("train/loss", "val/loss", "train/acc", "val/acc", "grad/a", "grad/b", "debug/x", "lr")


@cache
def of_ipro() -> Draft:
    return Draft.begin(IPRO)


def run_code(draft: Draft) -> Layout:
    """What the code of a draft makes."""
    names: dict[str, Any] = {"inventory": draft.inventory, "layout": draft.began}
    exec(draft.code(), names)  # noqa: S102 - our own code, which is what is tested
    layout: Layout = names["layout"]
    return layout


OF_SECTIONS: dict[str, Callable[[int], tuple[list[str], dict[str, Any]]]] = {
    "move_section": lambda number: ([], {"at": number}),
    "rename_section": lambda number: ([f"section {number % 3}"], {}),
    "open_section": lambda number: ([], {"is_open": bool(number % 2)}),
}

STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["move", "hide", "show", "remove", "rename", "section", "plan", "undo", *OF_SECTIONS]
        ),
        st.integers(0, 40),
        st.integers(0, 12),
    ),
    max_size=8,
)


def with_section(draft: Draft, what: str, one: int, other: int) -> Draft:
    given, named = OF_SECTIONS[what](other)
    sections = draft.layout.sections
    changed = sections[one % len(sections)]
    if given and given[0] in {section.name for section in sections} - {changed.name}:
        return draft  # sections of one name are refused
    return draft.changed(what, changed.id, *given, **named)


def stepped(  # noqa: PLR0911 - one answer a kind of step
    draft: Draft, what: str, one: int, other: int
) -> Draft:
    """A step that a person may take, by ids as the page gives them."""
    panels, sections = list(draft.layout.panels), draft.layout.sections
    if what == "undo":
        return draft.undone()
    if what == "plan":
        return draft.planned(panels=5 + one, sections=1 + other)
    if what == "section":
        return draft.changed("add_section", f"new {len(sections)} {one}")
    if what == "show":
        left = [metric.key for metric in draft.found("", 9_999)[0] if not metric.shown]
        return draft.changed("show", left[one % len(left)]) if left else draft
    if not panels:
        return draft
    if what in OF_SECTIONS:
        return with_section(draft, what, one, other)
    panel = panels[one % len(panels)]
    if what == "move":
        return draft.changed("move", panel.id, to=sections[other % len(sections)].id, at=other)
    if what == "hide":
        return draft.changed("hide", panel.keys[0])
    if what == "rename" and panel.kind != "table":
        return draft.changed("rename", panel.id, f"title {other}")
    return draft.changed("remove", panel.id)


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_the_code_makes_the_same_layout(steps: list[tuple[str, int, int]]) -> None:
    draft = of_ipro()
    for step in steps:
        draft = stepped(draft, *step)
    assert run_code(draft) == draft.layout


@settings(max_examples=25)
@given(STEPS, st.booleans())
def test_a_template_gives_the_layout_again(
    folder: Path, steps: list[tuple[str, int, int]], general: bool
) -> None:
    draft = of_ipro()
    for step in steps:
        draft = stepped(draft, *step)
    inventory = draft.inventory if general else None
    (folder / "t.yaml").write_text(wsl.layout_template(draft.layout, inventory=inventory))
    if not list(draft.layout.panels):
        return
    again = wsl.plan(draft.inventory, template=folder / "t.yaml")
    assert shown(again) == shown(draft.layout)


def shown(layout: Layout) -> list[Any]:
    """What each section with panels shows, in order."""
    return [
        (one.name, one.is_open, [(panel.kind, panel.title, panel.keys) for panel in one.panels])
        for one in layout.sections
        if one.panels
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("templates")


def test_a_general_template_takes_what_is_yet_to_come(tmp_path: Path) -> None:
    inventory = inventory_of("a/x", "a/y", "a/z", "b/x", "b/y")
    layout = wsl.plan(inventory, group_by="prefix", overview=0)
    (section,) = [one for one in layout.sections if "a/x" in one.panels[0].keys]
    turned = layout.move(section.panels[0].id, at=2)
    path = tmp_path / "t.yaml"
    path.write_text(wsl.layout_template(turned, inventory=inventory))
    more = wsl.plan(inventory_of(*inventory.keys, "a/new", "c"), template=path)
    (found,) = [one for one in more.sections if one.name == section.name]
    assert [panel.keys for panel in found.panels][:3] == [("a/y",), ("a/z",), ("a/x",)]
    assert "a/new" in {key for panel in found.panels for key in panel.keys}
    assert "c" not in {key for panel in more.panels for key in panel.keys}


def test_what_is_written() -> None:
    draft = Draft.begin(inventory_of(*KEYS), panels=20)
    (loss,) = [one for one in draft.layout.panels if "train/loss" in one.keys]
    draft = draft.changed("rename", loss.id, "Loss").changed("hide", "debug/x")
    assert draft.code() == (
        "import wslayout as wsl\n\n"
        "# `inventory` holds the keys that the editor was given.\n"
        "layout = (\n"
        "    wsl.plan(inventory, panels=20)\n"
        f"    .rename({loss.title!r}, 'Loss')\n"
        "    .hide('debug/x')\n"
        ")\n"
    )
    given_one = Draft.begin(draft.layout)
    assert given_one.layout == draft.layout
    assert given_one.changed("hide", "lr").code().startswith("# `layout` is the one")
    with pytest.raises(TypeError, match="takes no 'panels'"):
        Draft.begin(draft.layout, panels=3)
    with pytest.raises(SpecError, match="can't be changed by 'to_json'"):
        draft.changed("to_json")


def test_changes_come_back_with_their_panels() -> None:
    draft = of_ipro()
    last = list(draft.layout.panels)[-1]
    changed = draft.changed("rename", last.id, "Mine")
    small = changed.planned(panels=2)
    assert [str(one) for one in small.lost] == [f".rename({last.title!r}, 'Mine')"]
    assert "Mine" not in small.code()
    again = small.planned(panels=60)
    assert not again.lost
    assert "Mine" in {one.title for one in again.layout.panels}
    assert again.undone() == small
    assert draft.undone() == draft


def test_steps_that_follow_one_another_become_one() -> None:
    draft = Draft.begin(inventory_of(*KEYS), panels=20).changed("add_section", "Mine")
    panel = next(draft.layout.panels)
    mine = draft.layout.sections[-1].id
    begun = draft
    for named in ({"to": mine}, {"at": 2}, {"at": 1}, {"at": 0}):
        draft = draft.changed("move", panel.id, **named)
    for title in ("One", "Two", " Three "):
        draft = draft.changed("rename", panel.id, title)
    for at in (0, 1, 0):
        draft = draft.changed("move_section", mine, at=at)
    for name in ("Ours", "Theirs"):
        draft = draft.changed("rename_section", mine, name)
    for is_open in (True, False):
        draft = draft.changed("open_section", mine, is_open=is_open)
    assert [str(one) for one in draft.steps] == [
        ".add_section('Mine')",
        f".move({panel.title!r}, to='Mine', at=0)",
        f".rename({panel.title!r}, ' Three ')",
        ".move_section('Mine', at=0)",
        ".rename_section('Mine', 'Theirs')",
        ".open_section('Theirs', is_open=False)",
    ]
    assert run_code(draft) == draft.layout
    assert draft.planned(panels=20).layout == draft.layout
    # Each is undone by itself.
    for _ in range(14):
        before, draft = draft, draft.undone()
        assert draft.layout != before.layout or draft.steps != before.steps
    assert draft == begun


def test_a_step_stands_for_two_only_where_it_does_the_same() -> None:
    layout = wsl.plan(["a"]).add_section("Between").add_section("Last")
    draft = Draft.begin(layout).changed("move", "a", to="Between").changed("move", "a", to="Last")
    # The section between is gone since it lost its only panel.
    assert [str(one) for one in draft.steps] == [
        ".move('a', to='Between')",
        ".move('a', to='Last')",
    ]
    assert [one.name for one in draft.layout.sections] == ["Last"]
    two = Draft.begin(inventory_of(*KEYS), panels=20)
    first, second = list(two.layout.panels)[:2]
    two = two.changed("rename", first.id, "One").changed("rename", second.id, "Two")
    assert len(two.steps) == 2


def test_drafts_keep_little() -> None:
    draft = of_ipro()
    metrics = draft.metrics
    for at in range(150):
        draft = draft.changed("move", next(draft.layout.panels).id, at=at % 3)
    assert len(draft.past) == 100
    assert all(not one.past for one in draft.past)
    assert all(one.metrics is metrics for one in draft.past)
    assert len(draft.undone().past) == 99


def test_found_metrics_stay_where_they_are() -> None:
    draft = Draft.begin(inventory_of(*KEYS))
    listed = [one.key for one in draft.found("a", 3)[0]]
    assert listed[0] in {key for panel in draft.layout.panels for key in panel.keys}
    hidden = draft.changed("hide", listed[0])
    assert [one.key for one in hidden.found("a", 3)[0]] != listed
    found, total = hidden.found("a", 3, keep=listed)
    assert [one.key for one in found] == listed
    assert not found[0].shown
    assert total == hidden.found("a")[1]
    assert [one.key for one in draft.found("lr", keep=listed)[0]] == ["lr"]


def test_metrics_are_found() -> None:
    draft = Draft.begin(inventory_of(*KEYS, "_step")).changed("hide", "lr")
    found, total = draft.found("LOSS train")
    assert ([one.key for one in found], total) == (["train/loss"], 1)
    assert found[0].shown
    assert found[0].where
    found, total = draft.found("", 3)
    assert (len(found), total) == (3, len(KEYS))
    assert not draft.found("lr")[0][0].shown


# The editor


class Browser:
    """Takes what the editor tells its page."""

    def __init__(self, editor: Editor) -> None:
        self.editor = editor
        self.told: list[dict[str, Any]] = []
        editor.page.send = self.told.append

    def ask(self, **message: Any) -> dict[str, Any]:
        """Send a message as the page does; the last answer."""
        self.told.clear()
        self.editor._asked(None, json.loads(json.dumps(message)), None)
        return self.told[-1] if self.told else {}

    @property
    def state(self) -> dict[str, Any]:
        """What the page shows; it goes over the wire as JSON."""
        state: dict[str, Any] = json.loads(json.dumps(self.editor.page.state))
        return state


@pytest.fixture
def browser(wandb_env: WandbEnv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Browser:
    monkeypatch.chdir(tmp_path)
    wandb_env.server.add_project("demo/project", runs=demo_runs())
    return Browser(wsl.edit("demo/project"))


def test_panels_are_moved_and_metrics_ticked(browser: Browser) -> None:
    first = browser.state["sections"][0]
    panel = first["panels"][0]
    browser.ask(do="change", method="add_section", given=["Mine"], named={})
    target = browser.state["sections"][-1]
    browser.ask(
        do="change", method="move", given=[panel["id"]], named={"to": target["id"], "at": 0}
    )
    assert [one["id"] for one in browser.state["sections"][-1]["panels"]] == [panel["id"]]
    assert browser.editor.layout.sections[-1].name == "Mine"
    assert ".add_section('Mine')" in browser.editor.code
    key = panel["keys"][0]
    browser.ask(do="tick", key=key, on=False)
    assert not browser.ask(do="search", text=key)["found"][0]["shown"]
    browser.ask(do="tick", key=key, on=True)
    assert browser.ask(do="search", text=key)["found"][0]["shown"]
    browser.ask(do="undo")
    assert not browser.ask(do="search", text=key)["found"][0]["shown"]


def test_budgets_and_presets(browser: Browser) -> None:
    browser.ask(do="plan", panels=2, overview=0)
    assert sum(len(one["panels"]) for one in browser.state["sections"]) == 2
    values = {one["name"]: one["value"] for one in browser.state["budgets"]}
    assert values | {"panels": 2, "overview": 0} == values
    browser.ask(do="plan", template="base")
    assert browser.state["template"] == "base"
    assert "template='base'" in browser.state["code"]
    assert "panels=2" in browser.state["code"]


def test_the_preview_and_what_saving_changes(browser: Browser, wandb_env: WandbEnv) -> None:
    server: WandbServer = wandb_env.server
    assert browser.ask(do="preview")["page"].startswith("<!doctype html>")
    assert browser.ask(do="compare", to="demo/project", name="Edited")["action"] == "create"
    saved = browser.ask(do="save", to="demo/project", name="Edited")
    assert saved["saved"] == "created"
    assert [view.display_name for view in server.views("demo/project")] == ["Edited"]
    assert browser.ask(do="compare", to="", name="Edited")["action"] == "keep"
    panel = browser.state["sections"][0]["panels"][0]
    browser.ask(do="change", method="rename", given=[panel["id"], "Renamed"], named={})
    assert "Renamed" in browser.ask(do="compare", to="", name="Edited")["difference"]
    wsl.apply(wsl.plan("demo/project", panels=1), name="Edited")  # by somebody else, meanwhile
    found = browser.ask(do="save", to="", name="Edited")
    assert found["again"]
    assert "Renamed" in found["difference"]
    assert browser.ask(do="save", to="", name="Edited")["saved"] == "updated"


def test_a_project_without_a_team_is_told_by_its_name() -> None:
    layout = wsl.plan(inventory_of(*KEYS))
    for entity, project, told in ((None, None, ""), (None, "p", "p"), ("team", "p", "team/p")):
        editor = wsl.edit(replace(layout, entity=entity, project=project))
        assert editor.page.state["project"] == told


def test_a_layout_is_planned_again_as_it_was(tmp_path: Path) -> None:
    layout = wsl.plan(inventory_of(*KEYS), panels=4, pin="debug/x", name="Mine")
    draft = Draft.begin(wsl.Layout.from_json(layout.to_json()))
    assert draft.layout == layout
    more = draft.planned(panels=5)
    assert not more.forgot
    assert more.layout.name == "Mine"
    assert more.layout == wsl.plan(more.inventory, panels=5, pin="debug/x", name="Mine")
    by_hand = Draft.begin(layout.hide("debug/x")).planned(panels=5)
    assert by_hand.forgot
    assert not by_hand.undone().forgot
    gone = tmp_path / "gone.yaml"
    gone.write_text("name: Gone\n")
    draft = Draft.begin(wsl.plan(inventory_of(*KEYS), template=gone))
    gone.unlink()
    assert draft.planned(template="auto").forgot
    with pytest.raises(TemplateError, match=r"gone\.yaml"):
        draft.planned(panels=3)


def test_a_template_is_written(browser: Browser, tmp_path: Path) -> None:
    browser.ask(do="change", method="add_section", given=["Mine"], named={})
    panel = browser.state["sections"][0]["panels"][0]
    to = {"to": browser.state["sections"][-1]["id"]}
    browser.ask(do="change", method="move", given=[panel["id"]], named=to)
    assert browser.ask(do="template", path="mine.yaml", general=False) == {"written": "mine.yaml"}
    again = wsl.plan("demo/project", template="mine.yaml")
    ours = browser.editor.layout
    assert [one.name for one in again.sections] == [one.name for one in ours.sections]
    shown = [
        panel_keys(raw) for section in sections_of(wsl.spec(again)) for raw in section["panels"]
    ]
    assert shown == [list(one.keys) for one in ours.panels]
    assert "error" in browser.ask(do="template", path="mine.yaml", general=True)


def test_what_is_refused_is_told(browser: Browser) -> None:
    before = browser.state
    for message in (
        {"do": "change", "method": "move", "given": ["nothing"], "named": {"at": 0}},
        {"do": "plan", "template": "no such preset"},
        {"do": "save", "to": "not a project", "name": "x"},
        {"do": "tick", "key": "no such metric", "on": False},
    ):
        answer = browser.ask(**message)
        assert answer["asked"] == message["do"]
        assert "bug" not in answer["error"]
        assert "not understood" not in answer["error"]
    assert browser.state == before


@pytest.mark.parametrize(
    "message",
    [
        {"do": "nothing"},
        {"do": 3},
        {"do": "undo", "more": 1},
        {"do": "tick"},
        {"do": "tick", "key": 3, "on": True},
        {"do": "tick", "key": "lr", "on": "yes"},
        {"do": "search", "text": None},
        {"do": "search", "text": "", "keep": "lr"},
        {"do": "plan", "panels": 0},
        {"do": "plan", "panels": True},
        {"do": "plan", "nonsense": 3},
        {"do": "plan", "pin": "lr"},
        {"do": "preview", "fresh": "no"},
        {"do": "change", "method": "to_json", "given": [], "named": {}},
        {"do": "change", "method": "move", "given": [], "named": {}},
        {"do": "change", "method": "move", "given": ["lr"], "named": {"at": "0"}},
        {"do": "change", "method": "move", "given": ["lr"], "named": {"is_open": True}},
        {"do": "change", "method": "rename", "given": ["lr", ["x"]], "named": {}},
        {"do": "save", "to": None, "name": 3},
        {"do": "template", "path": 3, "general": True},
    ],
)
def test_what_has_no_shape_is_not_understood(message: dict[str, Any]) -> None:
    browser = Browser(wsl.edit(inventory_of(*KEYS)))
    before = browser.state
    assert "not understood" in browser.ask(**message)["error"]
    assert browser.state == before


def test_messages_of_others_and_bugs() -> None:
    def broken() -> float:
        raise ZeroDivisionError("no time")

    browser = Browser(Editor(Draft.begin(inventory_of(*KEYS)), clock=broken))
    assert browser.ask(kind="anywidget-command") == {}
    assert "bug here: ZeroDivisionError: no time" in browser.ask(do="preview")["error"]


def test_values_that_take_long_are_read_when_asked_for() -> None:
    for seconds, unread in ((0.5, 0), (2.0, 1)):
        clock = accumulate(repeat(seconds))
        draft = Draft.begin(inventory_of(*KEYS)).changed("hide", "lr")
        browser = Browser(Editor(draft, clock=clock.__next__))
        assert browser.ask(do="preview")["unread"] == 0
        browser.ask(do="tick", key="lr", on=True)
        answer = browser.ask(do="preview")
        assert answer["unread"] == unread
        assert "lr" in answer["page"]
        assert browser.ask(do="preview")["unread"] == unread
        assert browser.ask(do="preview", fresh=True)["unread"] == 0
        assert browser.ask(do="preview")["unread"] == 0


def test_an_answer_tells_what_was_searched() -> None:
    browser = Browser(wsl.edit(inventory_of(*KEYS)))
    answer = browser.ask(do="search", text="loss")
    listed = [one["key"] for one in answer["found"]]
    assert answer["text"] == "loss"
    assert len(listed) > 1
    again = browser.ask(do="search", text="loss", keep=listed[::-1])
    assert [one["key"] for one in again["found"]] == listed[::-1]


def test_ten_thousand_metrics() -> None:
    keys = [
        f"layer.{layer}/{name}.{part}"
        for layer in range(200)
        for name in "abcde"
        for part in range(10)
    ]
    browser = Browser(wsl.edit(inventory_of(*keys, "train/loss")))
    answer = browser.ask(do="search", text="layer.17 e")
    assert len(answer["found"]) == 50
    assert answer["total"] == 10 * 1 * 10 + 0 or answer["total"] > 50
    assert len(json.dumps(browser.state)) < 60_000


def test_without_anywidget(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(SourceError, match="needs the package anywidget") as raised:
        wsl.edit(["a", "b"])
    assert "wslayout[notebook]" in raised.value.hint
