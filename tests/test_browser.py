"""The preview page in a real browser."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.sample_layouts import everything, hostile, large, panel, section, small
from wslayout.demo_metrics import png
from wslayout.display.html import render_layout
from wslayout.layout import Layout
from wslayout.samples import Samples
from wslayout.samples.values import Picture

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not CHROMIUM.exists() and not os.environ.get("CI"),
        reason=f"there is no {CHROMIUM}: install Debian's package chromium to run browser tests",
    ),
]

Opener = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM.exists(), f"there is no {CHROMIUM}, and CI may not skip the browser tests"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Opener]:
    """Opens a layout's page; afterwards it must have complained of and asked for nothing."""
    complaints: list[str] = []
    requests: list[str] = []
    pages: list[Page] = []

    def open_layout(layout: Layout, samples: Samples | None = None) -> Page:
        file = tmp_path / "preview.html"
        file.write_text(render_layout(layout, samples=samples), encoding="utf-8")
        page = browser.new_page(
            viewport={"width": 1440, "height": 900}, color_scheme="light", locale="en-GB"
        )
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(file.as_uri())
        pages.append(page)
        return page

    yield open_layout
    for page in pages:
        page.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith(("file:///", "data:"))] == []
    assert len([url for url in requests if url.startswith("file:")]) == len(pages)


def _overflowing(page: Page) -> list[str]:
    """What sticks out of the window, or makes it scroll sideways."""
    found: list[str] = page.evaluate(
        """() => {
            const wide = document.documentElement.scrollWidth > innerWidth ? ["the page"] : [];
            const out = [...document.querySelectorAll("body *")]
                .filter(one => one.getBoundingClientRect().right > innerWidth + 0.5)
                .filter(one => !one.closest(".unseen"));
            return wide.concat(out.map(one => one.tagName + "." + one.className));
        }"""
    )
    return found


@pytest.mark.parametrize("layout", [large(), hostile()], ids=["large", "hostile"])
def test_nothing_scrolls_sideways(open_page: Opener, layout: Layout) -> None:
    page = open_page(layout)
    for unfold in (False, True):
        if unfold:
            page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            assert _overflowing(page) == []


def test_values_are_drawn(open_page: Opener) -> None:
    layout, samples = everything()
    page = open_page(layout, samples)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            assert _overflowing(page) == []
    sizes = page.eval_on_selector_all(
        ".plot path:not(.axis)",
        "all => all.map(one => one.getBoundingClientRect()).map(box => [box.width, box.height])",
    )
    assert len(sizes) == 50 * 10 * 5 + 3 * 5
    assert all(width > 100 and height > 40 for width, height in sizes)
    colours = page.eval_on_selector_all(
        ".plot path:not(.axis)", "all => all.map(one => getComputedStyle(one).stroke)"
    )
    assert len(set(colours)) == 10
    assert page.locator(".pictures img").count() == 4
    assert page.locator(".number").inner_text() == "3"
    assert page.get_by_role("cell", name="2", exact=True).count() == 1


def test_light_and_dark_follow_the_reader(open_page: Opener) -> None:
    page = open_page(small())
    behind = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(behind)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(behind)
    assert sum(map(int, light[4:-1].split(","))) > 600
    assert sum(map(int, dark[4:-1].split(","))) < 120


def test_hostile_names_do_nothing(open_page: Opener) -> None:
    page = open_page(hostile())
    assert page.title().startswith("</script><script>document.title='owned'</script>")
    assert page.locator("script, img, iframe, svg[onload]").count() == 0
    assert page.locator("style").count() == 1
    assert page.locator(".panel").first.is_visible()
    assert page.locator("h1").inner_text() == "</script><script>document.title='owned'</script>"


def test_sections_fold_by_keyboard(open_page: Opener) -> None:
    page = open_page(small())
    opened = "document.activeElement.parentElement.open"
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.tagName") != "SUMMARY":
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText").startswith("Overview")
    assert page.evaluate(opened) is True
    page.keyboard.press("Enter")
    assert page.evaluate(opened) is False
    assert not page.get_by_role("heading", name="loss", exact=True).is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText").startswith("Gradients")
    page.keyboard.press("Space")
    assert page.evaluate(opened) is True
    assert page.get_by_role("heading", name="gradient norm by layer").is_visible()


def test_page_has_landmarks_and_headings(open_page: Opener) -> None:
    page = open_page(small())
    for role in ("banner", "main"):
        assert page.get_by_role(role).count() == 1
    for name in ("Compared to automatic mode", "Keys without a panel"):
        assert page.get_by_role("complementary", name=name).count() == 1
    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Media").click()
    assert page.url.endswith("#section-3")
    assert page.get_by_role("heading", level=1).inner_text() == "Vision · wslayout"
    levels = page.eval_on_selector_all(
        "h1, h2, h3", "all => all.filter(one => one.checkVisibility()).map(one => +one.tagName[1])"
    )
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_panels_stand_side_by_side_as_room_allows(open_page: Opener) -> None:
    four = section("s", *(panel(f"p{n}", f"k{n}") for n in range(8)), columns=4)
    page = open_page(Layout(name="x", sections=(four,)))
    for width, columns in ((1440, 4), (800, 2), (390, 1)):
        page.set_viewport_size({"width": width, "height": 900})
        tops = page.eval_on_selector_all(".panel", "all => all.map(one => one.offsetTop)")
        assert tops.count(tops[0]) == columns


def test_prints_without_cutting_a_panel(open_page: Opener) -> None:
    page = open_page(large())
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation").is_visible()
    assert page.locator(".panel").first.evaluate("one => getComputedStyle(one).breakInside") == (
        "avoid"
    )
    page.eval_on_selector_all(".section", "all => all.forEach(one => one.open = false)")
    heights = page.eval_on_selector_all(
        ".panel", "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert min(heights) > 80  # what is folded is printed, too
    assert page.pdf().startswith(b"%PDF")


def _light(colour: str) -> float:
    """The relative luminance of ``rgb(…)``: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_light(one), _light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_can_be_told_from_what_is_behind_them(open_page: Opener, scheme: str) -> None:
    """By WCAG 2.2: 4.5 for text (1.4.3), 3 for lines and bars (1.4.11)."""
    page = open_page(small())
    page.emulate_media(color_scheme="light" if scheme == "light" else "dark")

    def colour(name: str) -> str:
        found: str = page.evaluate(
            """name => {
                const one = document.createElement("i");
                one.style.color = `var(--${name})`;
                document.body.append(one);
                return getComputedStyle(one).color;
            }""",
            name,
        )
        return found

    for behind in map(colour, ("card", "bg")):
        for name in ("text", "muted", "accent", "c2", "c7"):
            assert _contrast(colour(name), behind) >= 4.5, name
        for name in ("ours", "theirs", *(f"c{number}" for number in range(10))):
            assert _contrast(colour(name), behind) >= 3, name


def test_text_keeps_its_lines_and_large_images_leave_room(open_page: Opener) -> None:
    text = panel("text", kind="markdown")
    text = replace(text, settings={"markdown": "# Title\n\n- one\n- <b>two</b>"})
    images = [panel(f"image {n}", f"img{n}", kind="media") for n in range(12)]
    layout = Layout(name="x", sections=(section("s", text, *images),))
    picture = Picture(
        run=0, media_type="image/png", data=png(8, lambda *_: (9, 9, 9)) + bytes(60_000)
    )
    samples = Samples(runs=("a",), pictures={f"img{n}": (picture,) for n in range(12)})
    page = open_page(layout, samples)
    assert page.locator(".text").inner_text() == "# Title\n\n- one\n- <b>two</b>"
    shown = page.get_by_role("img").count()
    assert 4 < shown < 12
    assert page.get_by_alt_text("Image of img0 in a").count() == 1
    assert page.get_by_text("other images are not shown").count() == 12 - shown
