"""The editor in JupyterLab, in a real browser: by mouse and by keyboard, up to a saved view."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.keysets import KEYSETS, load_keyset
from tests.notebooks import ROOT, home_without_user, server_with_a_team
from tests.people import panels_of
from tests.test_browser import browser as browser  # noqa: PLC0414 - a fixture to use here
from tests.test_browser import pytestmark as pytestmark  # noqa: PLC0414 - it needs a browser, too
from tests.wandb_server import KeyInfo, Run, WandbServer

TOKEN = "token"
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


@dataclass
class Lab:
    """A JupyterLab that runs.

    Attributes:
        url: Where.
        folder: Its notebooks.
    """

    url: str
    folder: Path

    def write(self, name: str, *cells: str) -> str:
        """Write a notebook, and give its URL."""
        code: dict[str, Any] = {
            "cell_type": "code",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        book = {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"kernelspec": KERNEL},
            "cells": [{**code, "id": f"c{n}", "source": cell} for n, cell in enumerate(cells)],
        }
        (self.folder / name).write_text(json.dumps(book))
        return self.url_of(name)

    def url_of(self, name: str) -> str:
        return f"{self.url}/lab/tree/{name}?token={TOKEN}&reset"


def free_port() -> int:
    """A port that nobody else takes until JupyterLab does.

    It is below those that a system gives to whoever asks for any, as our other servers do.
    """
    begin = 20_000 + os.getpid() % 10_000
    return next(port for port in range(begin, begin + 100) if is_free(port))


def is_free(port: int) -> bool:
    with socket.socket() as one:
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@pytest.fixture(scope="module")
def server() -> Iterator[WandbServer]:
    with server_with_a_team() as one:
        yield one


@pytest.fixture(scope="module")
def lab(server: WandbServer) -> Iterator[Lab]:
    """JupyterLab on the loopback, with a home of its own and the login of the tests."""
    with home_without_user(server) as (home, environment):
        settings = home / "jupyter-config" / "labconfig"
        settings.mkdir(parents=True)
        page = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
        (settings / "page_config.json").write_text(json.dumps(page))
        port = free_port()
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
        command += ["--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"]
        command += [f"--IdentityProvider.token={TOKEN}"]
        folder = home / "work"
        with (
            (home / "log").open("w") as log,
            subprocess.Popen(
                command, cwd=folder, env=environment, stdout=log, stderr=log
            ) as process,
        ):
            url = f"http://127.0.0.1:{port}"
            try:
                wait_for(f"{url}/api", process, home / "log")
                yield Lab(url, folder)
            finally:
                process.terminate()
                process.wait(timeout=20)


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until it answers."""
    for _ in range(300):
        if answers(url):
            return
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """What keeps JupyterLab's scripts from one page to the next."""
    one = browser.new_context(viewport={"width": 1500, "height": 1400}, locale="en-GB")
    yield one
    one.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page; afterwards it must not have complained of what is ours."""
    one = context.new_page()
    errors: list[str] = []
    one.on("pageerror", lambda error: errors.append(str(error)))
    one.set_default_timeout(60_000)
    yield one
    one.close()
    # What JupyterLab still asks of the kernel as it is closed or begun again is not ours.
    assert [one for one in errors if "Canceled future for" not in one] == []


def run_all(page: Page, url: str) -> None:
    """Open a notebook and run all of its cells, each once."""
    page.goto(url)
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    page.locator(".jp-Spinner").first.wait_for(state="detached")
    page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').first.wait_for()
    begin(page, page.locator(".jp-Notebook .jp-CodeCell").first)
    page.locator(".lm-MenuBar-itemLabel", has_text="Run").click()
    # The first one runs already, and the next one is selected.
    page.locator(".lm-Menu-itemLabel", has_text="Run Selected Cell and All Below").click()


def begin(page: Page, cell: Locator) -> None:
    """Run a cell; JupyterLab takes keys that come while it still connects for nothing."""
    for _ in range(10):
        for answer in page.locator(".jp-Dialog .jp-mod-accept").all():
            answer.click()  # such as which kernel, where a busy machine was slow to begin one
        cell.locator(".cm-content").click(timeout=5_000)
        page.keyboard.press("Shift+Enter")
        for _ in range(10):
            if cell.locator(".jp-InputPrompt").inner_text().strip() != "[ ]:":
                return
            page.wait_for_timeout(100)
    raise AssertionError("the cell does not run")


def titles(editor: Locator, section: str) -> Locator:
    """The titles of a section's panels."""
    return editor.locator(f'.part[aria-label="{section}"] li .title')


def test_the_editor(page: Page, lab: Lab, server: WandbServer) -> None:
    keys = load_keyset(next(path for path in KEYSETS if path.stem == "wilrop__ipro"))["keys"]
    runs = [Run("run", keys={key: KeyInfo() for key in keys})]
    server.add_project("team/project", runs=runs)
    cells = ["import wslayout as wsl\neditor = wsl.edit('team/project')\neditor", "editor.layout"]
    run_all(page, lab.write("edit.ipynb", *cells))
    editor = page.locator(".editor")
    editor.locator(".part").first.wait_for()
    move_and_rename(page, editor)
    untick(editor)
    change_a_budget(page, editor)
    save(editor, server)
    # The theme of the notebook is that of the editor.
    behind = "getComputedStyle(document.querySelector('.editor')).backgroundColor"
    light = page.evaluate(behind)
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    dark = page.evaluate(behind)
    assert dark != light
    # So is that of the preview, which stands in a frame of its own.
    editor.get_by_role("tab", name="Preview").click()
    body = editor.frame_locator("iframe").locator("body")
    expect(body).to_have_css("background-color", dark)


def test_the_quickstart(page: Page, lab: Lab) -> None:
    """As somebody runs it who has just found it."""
    name = "quickstart.ipynb"
    (lab.folder / name).write_bytes((ROOT / "notebooks" / name).read_bytes())
    run_all(page, lab.url_of(name))
    # JupyterLab draws what is in sight, so go to the end until the last cell has run.
    for _ in range(180):
        page.locator(".jp-WindowedPanel-outer").evaluate(
            "one => { one.scrollTop = one.scrollHeight; }"
        )
        if page.locator(".editor .part").count():
            break
        page.wait_for_timeout(500)
    expect(page.locator(".editor .part").first).to_be_visible()
    assert (
        page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']").count()
        == 0
    )
    frame = page.frame_locator(".editor iframe")
    expect(frame.locator(".panel").first).to_be_visible(timeout=20_000)


def move_and_rename(page: Page, editor: Locator) -> None:
    first, second = editor.locator(".part > header .name").all_inner_texts()[:2]
    before = titles(editor, second).all_inner_texts()
    moved = titles(editor, first).first.inner_text()
    # By mouse.
    editor.locator(f'.part[aria-label="{first}"] li').first.drag_to(
        editor.locator(f'.part[aria-label="{second}"] li').first, target_position={"x": 20, "y": 2}
    )
    expect(titles(editor, second)).to_have_text([moved, *before])
    # And back by keyboard, where it keeps the focus.
    editor.locator(f'.part[aria-label="{second}"] li').first.focus()
    page.keyboard.press("Alt+ArrowLeft")
    expect(titles(editor, second)).to_have_text(before)
    expect(titles(editor, first).last).to_have_text(moved)
    page.keyboard.press("Alt+ArrowUp")
    expect(titles(editor, first).nth(-2)).to_have_text(moved)
    expect(editor.get_by_role("status")).to_have_text(
        re.compile(rf"^{re.escape(moved)}: \d+ of \d+ in {re.escape(first)}\.$")
    )
    page.keyboard.press("F2")
    expect(editor.get_by_label("New name")).to_be_focused()
    page.keyboard.type("Renamed by hand", delay=20)
    page.keyboard.press("Enter")
    expect(titles(editor, first).nth(-2)).to_have_text("Renamed by hand")
    # A section, whose name is a button.
    editor.locator(".part > header .name").nth(1).click()
    expect(editor.get_by_label("New name")).to_be_focused()
    page.keyboard.type("A name of words", delay=20)
    page.keyboard.press("Enter")
    expect(editor.locator(".part > header .name").nth(1)).to_have_text("A name of words")


def untick(editor: Locator) -> None:
    editor.get_by_role("searchbox", name="Find a metric").fill("outer/error")
    box = editor.get_by_role("checkbox", name="outer/error", exact=True)
    expect(box).to_be_checked()
    box.uncheck()
    expect(editor.get_by_role("button", name="Undo")).to_be_enabled()
    expect(box).not_to_be_checked()
    expect(box).to_be_focused()


def change_a_budget(page: Page, editor: Locator) -> None:
    def slider() -> Locator:
        return editor.get_by_role("slider", name="panels", exact=True)

    slider().focus()
    page.keyboard.press("Home")
    expect(editor.locator(".part li")).to_have_count(1)
    for panels in range(2, 8):
        page.keyboard.press("ArrowRight")  # the slider keeps the focus
        expect(editor.locator(".part li")).to_have_count(panels)
    frame = editor.frame_locator("iframe")
    expect(frame.locator("h1")).to_have_text("wslayout")
    expect(frame.locator(".panel")).to_have_count(7)
    editor.get_by_role("tab", name="Preview").focus()
    page.keyboard.press("ArrowRight")
    expect(editor.get_by_role("tab", name="Code")).to_be_focused()
    expect(editor.locator("pre")).to_contain_text("wsl.plan('team/project', panels=7)")


def save(editor: Locator, server: WandbServer) -> None:
    """After a look at what would change."""
    editor.get_by_role("tab", name="Save").click()
    editor.get_by_label("View", exact=True).fill("From the notebook")
    editor.get_by_role("button", name="Compare with the saved view").click()
    editor.get_by_role("button", name="Save a new view").click()
    expect(editor.locator(".status")).to_contain_text("From the notebook: created.")
    (view,) = server.views("team/project")
    assert view.display_name == "From the notebook"
    assert len(panels_of(json.loads(view.spec))) == 7
