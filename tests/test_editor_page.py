"""The editor's page by itself: in a real browser, before a model that keeps what it is asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.test_browser import browser as browser  # noqa: PLC0414 - a fixture to use here
from tests.test_browser import pytestmark as pytestmark  # noqa: PLC0414 - it needs a browser, too
from wslayout.display.words import visible
from wslayout.draft import Draft
from wslayout.layout import Layout, Panel, Section
from wslayout.notebook import editor as editor_module
from wslayout.notebook.editor import Editor

SCRIPT = Path(editor_module.__file__).with_suffix(".js")
BEGIN = """(() => {
    const on = { "change:state": new Set(), "msg:custom": new Set() };
    const told = (event, ...given) => on[event].forEach((one) => one(...given));
    let state = STATE;
    window.sent = [];
    window.model = {
        get: () => state,
        send: (message) => window.sent.push(message),
        on: (event, act) => on[event].add(act),
        off: (event, act) => on[event].delete(act),
    };
    window.setState = (given) => { state = given; told("change:state"); };
    window.answer = (message) => told("msg:custom", message);
})();"""
PAGE = "<!doctype html><html><body><div id='one'></div><div id='two'></div></body></html>"


@dataclass
class Shown:
    """An editor's page, and the state that it shows.

    Attributes:
        page: The browser's.
        state: What the model holds.
    """

    page: Page
    state: dict[str, Any]

    @property
    def sent(self) -> list[dict[str, Any]]:
        """What was asked since this was last looked at."""
        found: list[dict[str, Any]] = self.page.evaluate("window.sent.splice(0)")
        return found

    def asked(self, do: str) -> list[dict[str, Any]]:
        """What was asked of one kind since anything was last looked at."""
        return [one for one in self.sent if one["do"] == do]

    def tell(self, **changes: Any) -> None:
        """Change the state, as Python does."""
        self.state = {**self.state, **changes}
        self.page.evaluate("(state) => window.setState(state)", self.state)

    def answer(self, **message: Any) -> None:
        """Send the page a message, as Python does."""
        self.page.evaluate("(message) => window.answer(message)", message)

    def find(self, *keys: str, text: str = "", shown: bool = True) -> None:
        """Answer a search."""
        metrics = [{"key": one, "kind": "number", "shown": shown, "where": ""} for one in keys]
        self.answer(found=metrics, total=len(metrics), text=text)

    def keep(self, **budgets: int) -> None:
        """Tell budgets, the others as they were."""
        told = [
            {**one, "value": budgets.get(one["name"], one["value"])}
            for one in self.state["budgets"]
        ]
        self.tell(budgets=told)

    def slider(self, name: str) -> Locator:
        """A budget's slider."""
        return self.page.get_by_role("slider", name=name, exact=True)

    def panel(self, title: str) -> Locator:
        """A panel's item."""
        return self.page.locator("#one li", has=self.page.get_by_text(title, exact=True))


def section_of(name: str, *titles: str) -> Section:
    """A section with panels of these titles."""
    panels = tuple(
        Panel(id=f"p-{one}", kind="line", title=one, keys=(one,), family=one, reason="x")
        for one in titles
    )
    return Section(id=f"s-{name}", name=name, panels=panels, reason="x")


LAYOUT = Layout(
    name="A layout", sections=(section_of("A", "a1", "a2"), section_of("B"), section_of("C", "c1"))
)


def state_of(layout: Layout) -> dict[str, Any]:
    """What Python tells of a layout."""
    state = json.loads(json.dumps(Editor(Draft.begin(layout)).page.state))
    assert isinstance(state, dict)
    return state


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page that reaches nothing, where time stands still until it is told to run.

    It must not have complained afterwards.
    """
    one = browser.new_page(viewport={"width": 1400, "height": 1000}, locale="en-GB")
    complaints: list[str] = []
    one.on("pageerror", lambda error: complaints.append(str(error)))
    one.on("request", lambda request: complaints.append(request.url))
    one.set_default_timeout(5_000)
    one.set_content(PAGE)
    one.clock.install(time=0)
    one.clock.pause_at(1_000)
    yield one
    one.close()
    assert complaints == []


def show(page: Page, layout: Layout = LAYOUT, *places: str) -> Shown:
    """Show a layout's editor, once or in several places."""
    state = state_of(layout)
    page.evaluate(BEGIN.replace("STATE", json.dumps(state)))
    displays = "".join(
        f"render({{ model: window.model, el: document.getElementById('{one}') }});"
        for one in places or ("one",)
    )
    script = SCRIPT.read_text(encoding="utf-8")
    page.add_script_tag(content=f"{script}\n{displays}\nwindow.ready = true;", type="module")
    page.wait_for_function("window.ready")
    return Shown(page, state)


def move(slider: Locator, value: int) -> None:
    """Move a slider as a hand does: it says so at once, and is let go of."""
    slider.evaluate(
        """(one, value) => {
            one.value = value;
            one.dispatchEvent(new Event("input"));
            one.dispatchEvent(new Event("change"));
        }""",
        value,
    )


def test_sliders_that_are_moved_together_are_sent_together(page: Page) -> None:
    shown = show(page)
    assert shown.asked("plan") == []
    move(shown.slider("panels"), 7)
    move(shown.slider("sections"), 3)
    move(shown.slider("panels"), 9)
    page.clock.run_for(300)
    assert shown.asked("plan") == [{"do": "plan", "panels": 9, "sections": 3}]


def test_a_slider_stays_until_it_is_answered(page: Page) -> None:
    shown = show(page)
    panels, sections = shown.slider("panels"), shown.slider("sections")
    before = panels.input_value()
    move(panels, 9)
    shown.keep(sections=4)  # an answer to something else
    expect(panels).to_have_value("9")
    expect(sections).to_have_value("4")
    page.clock.run_for(300)
    shown.keep(sections=5)
    expect(panels).to_have_value("9")
    move(panels, 11)
    shown.keep(panels=9)
    expect(panels).to_have_value("11")
    page.clock.run_for(300)
    shown.keep(panels=11)
    shown.keep(panels=6)  # undone, for one
    expect(panels).to_have_value("6")
    # What is refused goes back; what is as it was is not asked for.
    shown.keep(panels=int(before))
    move(panels, 9)
    page.clock.run_for(300)
    shown.answer(error="no", hint="", asked="tick")
    expect(panels).to_have_value("9")
    shown.answer(error="no", hint="", asked="plan")
    expect(panels).to_have_value(before)
    assert len(shown.asked("plan")) == 3
    move(panels, 9)
    move(panels, int(before))
    page.clock.run_for(300)
    assert shown.asked("plan") == []
    shown.keep(panels=8)
    expect(panels).to_have_value("8")


def test_what_is_not_read_yet_is_told(page: Page) -> None:
    shown = show(page)
    shown.answer(page="<!doctype html><html><body>one</body></html>", unread=0)
    frame = page.frame_locator("iframe").locator("body")
    expect(frame).to_have_text("one")
    assert shown.asked("preview") == [{"do": "preview"}]
    read = page.get_by_role("button", name="Read their values")
    expect(read).to_have_count(0)
    shown.answer(page="<!doctype html><html><body>two</body></html>", unread=2)
    expect(frame).to_have_text("two")
    expect(page.locator(".unread")).to_contain_text("2 metrics without values yet")
    read.click()
    assert shown.asked("preview") == [{"do": "preview", "fresh": True}]
    expect(page.locator(".unread")).to_have_text("Reading values …")
    expect(page.get_by_role("tab", name="Preview")).to_be_focused()
    shown.answer(page="<!doctype html><html><body>three</body></html>", unread=0)
    expect(frame).to_have_text("three")
    expect(page.locator(".unread")).to_be_hidden()
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    assert shown.asked("preview") == [{"do": "preview"}]


def test_a_ticked_box_stays_where_it_is(page: Page) -> None:
    shown = show(page)
    shown.find("x", "y", "z")
    box = page.get_by_role("checkbox", name="y", exact=True)
    box.focus()
    page.keyboard.press("Space")
    assert shown.asked("tick") == [{"do": "tick", "key": "y", "on": False}]
    shown.tell(undo=True)
    assert shown.asked("search") == [{"do": "search", "text": "", "keep": ["x", "y", "z"]}]
    shown.find("x", "y", "z", shown=False)
    expect(box).to_be_focused()
    expect(box).not_to_be_checked()
    shown.answer(error="no", hint="", asked="tick")
    assert shown.asked("search") == [{"do": "search", "text": "", "keep": ["x", "y", "z"]}]
    # What is typed is searched anew.
    page.get_by_role("searchbox").fill("z")
    page.clock.run_for(200)
    assert shown.asked("search") == [{"do": "search", "text": "z"}]
    shown.tell(undo=False)
    assert shown.asked("search") == [{"do": "search", "text": "z", "keep": []}]


def test_the_focus_stays_near_what_is_taken_out(page: Page) -> None:
    shown = show(page)
    a, b, c = LAYOUT.sections
    for title, sections, near in (
        ("a1", (section_of("A", "a2"), b, c), "a2"),
        ("a2", (b, c), "c1"),
        ("c1", (b,), ""),
    ):
        shown.panel(title).focus()
        page.keyboard.press("Delete")
        assert [one["given"] for one in shown.asked("change")] == [[f"p-{title}"]]
        left = Layout(name="A layout", sections=sections)
        shown.tell(sections=state_of(left)["sections"])
        if near:
            expect(shown.panel(near)).to_be_focused()
        else:
            expect(page.get_by_role("searchbox")).to_be_focused()
    shown.tell(sections=state_of(LAYOUT)["sections"])
    page.get_by_role("button", name="Take out C").click()
    shown.tell(sections=state_of(Layout(name="A layout", sections=(a, b)))["sections"])
    expect(shown.panel("a1")).to_be_focused()


def test_the_focus_stays_on_what_changed_a_section(page: Page) -> None:
    shown = show(page)
    a, b, c = LAYOUT.sections
    page.get_by_role("button", name="Move C up").focus()
    page.keyboard.press("Enter")
    shown.tell(sections=state_of(Layout(name="A layout", sections=(a, c, b)))["sections"])
    expect(page.get_by_role("button", name="Move C up")).to_be_focused()
    page.keyboard.press("Enter")
    shown.tell(sections=state_of(Layout(name="A layout", sections=(c, a, b)))["sections"])
    expect(page.get_by_role("button", name="C starts open")).to_be_focused()
    assert [one["named"] for one in shown.asked("change")] == [{"at": 1}, {"at": 0}]
    # And nothing takes the focus from who has gone on.
    page.get_by_role("searchbox").focus()
    shown.tell(undo=True)
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_alt_with_an_arrow_never_leaves_the_page(page: Page) -> None:
    shown = show(page)
    page.evaluate(
        """window.addEventListener("keydown", (event) => {
            window.prevented = event.defaultPrevented;
        }, true);
        document.querySelector(".editor").addEventListener("keydown", (event) => {
            window.prevented = event.defaultPrevented;
        });"""
    )
    for title, keys in (("a1", "Left Up"), ("a2", "Down"), ("c1", "Right Up Down")):
        shown.panel(title).focus()
        for key in keys.split():
            page.keyboard.press(f"Alt+Arrow{key}")
            assert page.evaluate("window.prevented")
    assert shown.asked("change") == []
    page.keyboard.press("Alt+x")
    assert not page.evaluate("window.prevented")


def test_names_are_shown_without_what_hides(page: Page) -> None:
    unseen = "".join(map(chr, [*range(1, 0xD800), *range(0xE000, 0x10000), 0x1F600]))
    evil = "a\u202eb\u200bc\x07"
    shown = show(page, Layout(name="x", sections=(section_of(evil, unseen, evil),)))
    shown.answer(
        found=[{"key": evil, "kind": "number", "shown": True, "where": evil}], total=1, text=""
    )
    assert page.locator("li .title").first.text_content() == visible(unseen)
    assert "\u202e" not in page.evaluate(
        "document.body.innerHTML.replace(/data-id=[^>]*/g, '').replace(/data-key=[^>]*/g, '')"
    )
    expect(page.locator(".metrics label")).to_have_text(visible(evil))
    expect(page.locator(".metrics .why")).to_have_text(visible(evil))
    # What is sent and what is typed is the name itself.
    page.get_by_role("checkbox", name=visible(evil)).uncheck()
    assert shown.asked("tick") == [{"do": "tick", "key": evil, "on": False}]
    page.locator(".part .name").click()
    expect(page.get_by_label("New name")).to_have_value(evil)
    page.keyboard.press("Escape")
    page.locator("#one li[data-id]").last.focus()
    page.keyboard.press("F2")
    expect(page.get_by_label("New name")).to_have_value(evil)


def test_two_displays_search_each_for_itself(page: Page) -> None:
    shown = show(page, LAYOUT, "one", "two")
    one, two = page.locator("#one"), page.locator("#two")
    two.get_by_role("searchbox").fill("loss")
    shown.find("acc")
    expect(one.locator(".metrics li")).to_have_count(1)
    expect(two.locator(".metrics li")).to_have_count(0)
    shown.find("loss", "val/loss", text="loss")
    expect(one.locator(".metrics li")).to_have_count(1)
    expect(two.locator(".metrics li")).to_have_count(2)


@pytest.mark.parametrize("project", ["", "team/project"])
def test_a_project_is_needed_to_save(page: Page, project: str) -> None:
    shown = show(page)
    shown.tell(project=project)
    page.get_by_role("tab", name="Save").click()
    compare = page.get_by_role("button", name="Compare with the saved view")
    compare.click()
    assert len(shown.asked("compare")) == bool(project)
    page.get_by_label("Project", exact=True).fill("mine/other")
    compare.click()
    assert shown.asked("compare") == [{"do": "compare", "to": "mine/other", "name": "A layout"}]
    shown.answer(error="no such project", hint="Name another.", asked="compare")
    expect(page.locator(".answer")).to_have_text("no such project. Name another.")


def test_keys_that_follow_f2_at_once_are_the_names(page: Page) -> None:
    shown = show(page)
    shown.panel("a1").focus()
    page.keyboard.press("F2")
    page.keyboard.press("Delete")
    page.keyboard.type("New")
    page.clock.run_for(100)
    page.keyboard.press("Enter")
    assert shown.asked("change") == [
        {"do": "change", "method": "rename", "given": ["p-a1", "New"], "named": {}}
    ]
    # Also where something takes the focus from the field at once, as notebooks do.
    shown.panel("a2").focus()
    page.evaluate(
        """() => {
            const item = document.activeElement;
            const press = (key) => item.dispatchEvent(
                new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
            press("F2");
            item.focus();
            press("Delete");
        }"""
    )
    page.clock.run_for(100)
    expect(page.get_by_label("New name")).to_be_focused()
    assert shown.asked("change") == []
