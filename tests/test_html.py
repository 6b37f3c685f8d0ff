from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

import wslayout.display
from tests.keysets import KEYSETS, keyset_inventory
from tests.sample_layouts import HOSTILE_NAMES, hostile, large, panel, section, small
from wslayout.api import plan
from wslayout.display.html import render_layout
from wslayout.display.words import visible
from wslayout.layout import Layout, LeftOut, figures
from wslayout.samples import Bars, Curve, Samples
from wslayout.samples.wanted import wanted

CSS = Path(wslayout.display.__file__).with_name("preview.css").read_text(encoding="utf-8")

PIECES = "< > / script img\t on = \" ' ` & ; !-- ]]> {{ }} \0 \x1b \u202e x"


class _Page(HTMLParser):
    """A page taken apart: its tags with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


class _HtmlFile(SingleFileSnapshotExtension):
    file_extension = "html"
    _write_mode = WriteMode.TEXT


def _everywhere(name: str) -> Layout:
    """A layout with one name in every place."""
    return Layout(
        name=name,
        source=name,
        coverage=name,
        x_axis=name,
        sections=tuple(
            section(
                name,
                panel(name, name, represented=(name,), x_axis=name, reason=name),
                reason=name,
            )
            for _ in range(2)
        ),
        left_out=(LeftOut(reason=name, keys=(name,)),),
        figures={"wslayout": figures([(1, 1, 0)], left_out=0), f"{name}+": figures([], left_out=1)},
    )


def _skeleton(html: str) -> list[tuple[str, tuple[tuple[str, str | None], ...]]]:
    """All tags, but for the one that dims the part of a key before its last slash."""
    return [
        (tag, attributes)
        for tag, attributes in _Page(html).tags
        if (tag, attributes) != ("span", ())
    ]


HARMLESS = _skeleton(render_layout(_everywhere("loss")))


def test_page_of_a_small_layout(snapshot: SnapshotAssertion) -> None:
    page = render_layout(small()).replace(CSS, "/* preview.css */\n")
    assert page == snapshot(extension_class=_HtmlFile)


SHOWN = {path.stem: path for path in KEYSETS}


def made_up(layout: Layout) -> Samples:
    """Values of two runs for what a layout draws."""
    asked = wanted(layout)
    steps = tuple(map(float, range(24)))
    return Samples(
        runs=("first run", "second run"),
        curves={
            one: tuple(
                Curve(run=run, xs=steps, ys=tuple((place + run + 1) / (x + 1) for x in steps))
                for run in range(2)
            )
            for place, one in enumerate(asked.curves)
        },
        last={key: {0: 0.5, 1: float(place)} for place, key in enumerate(asked.last)},
        bars={key: (Bars(run=0, counts=(1.0, 4.0, 2.0)),) for key in asked.media},
        notes=("Values are made up.",),
    )


@pytest.mark.parametrize(
    ("name", "valued"),
    [
        ("union__emiliencgm__CGM__GCLRec", True),
        ("Navya003__gnlp_protein", True),
        ("dswwilliams__gammassl", False),
    ],
)
def test_pages_of_real_key_sets(name: str, valued: bool, snapshot: SnapshotAssertion) -> None:
    layout = plan(keyset_inventory(SHOWN[name]))
    page = render_layout(layout, samples=made_up(layout) if valued else None)
    assert page.replace(CSS, "/* preview.css */\n") == snapshot(extension_class=_HtmlFile)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_add_nothing_to_the_page(name: str) -> None:
    assert _skeleton(render_layout(_everywhere(name))) == HARMLESS


@settings(max_examples=100, deadline=None)
@given(
    st.one_of(
        st.text(min_size=1),
        st.lists(st.sampled_from(PIECES.split(" ")), min_size=1).map("".join),
    )
)
def test_no_name_adds_a_tag_or_an_attribute(name: str) -> None:
    page = render_layout(_everywhere(name))
    assert _skeleton(page) == HARMLESS
    assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page)


@pytest.mark.parametrize("name", [name for name in HOSTILE_NAMES if len(name) < 300])
def test_names_stand_in_the_page_as_they_are(name: str) -> None:
    assert visible(name) in _Page(render_layout(_everywhere(name))).text


def test_page_runs_and_loads_nothing() -> None:
    page = render_layout(hostile())
    tags = _Page(page).tags
    assert {tag for tag, _ in tags}.isdisjoint(
        {"script", "img", "iframe", "object", "base", "form"}
    )
    names = {name for _, attributes in tags for name, _ in attributes}
    assert not [name for name in names if name.startswith("on") or name in {"src", "action"}]
    links = [value for _, attributes in tags for name, value in attributes if name == "href"]
    assert all(link == "data:," or (link or "").startswith("#section-") for link in links)
    assert "url(" not in CSS
    assert "@import" not in CSS
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    head = (("http-equiv", "Content-Security-Policy"), ("content", policy))
    assert ("meta", head) in tags


def test_sections_are_open_and_closed_as_in_the_layout() -> None:
    tags = _Page(render_layout(small())).tags
    sections = [
        dict(attributes) for tag, attributes in tags if dict(attributes).get("class") == "section"
    ]
    assert ["open" in one for one in sections] == [True, False, False]
    assert [one["id"] for one in sections] == ["section-1", "section-2", "section-3"]


def test_panels_beyond_a_page_of_the_section_stand_on_the_next() -> None:
    seven = section(
        "Losses", *(panel(f"loss {n}", f"loss/{n}") for n in range(7)), columns=3, rows=2
    )
    text = _Page(render_layout(Layout(name="x", sections=(seven,)))).text
    assert "page 1 of 2" in text
    assert "page 2 of 2" in text
    assert "page 1 of" not in _Page(render_layout(small())).text


def test_long_lists_of_names_are_cut_and_say_so() -> None:
    text = _Page(render_layout(large())).text
    assert "over the budget of 60 panels · 640" in text
    assert "weight_norm/model.layers.199" in text
    assert "weight_norm/model.layers.200" not in text
    assert "and 440 more" in text
    assert "stands for 54 more keys" in text


def test_sixty_panels_of_long_names_stay_small() -> None:
    keys = tuple(f"{'very/long/' * 25}{n}" for n in range(10))
    full = tuple(
        section(
            f"section {s}", *(panel(f"panel {p}", *keys, represented=keys * 10) for p in range(5))
        )
        for s in range(12)
    )
    left = tuple(LeftOut(reason=f"reason {n}", keys=("k" * 5_000,) * 5_000) for n in range(5))
    assert len(render_layout(Layout(name="x", sections=full, left_out=left)).encode()) < 1_500_000
    assert len(render_layout(large()).encode()) < 100_000


def test_empty_layout_says_that_it_is_empty() -> None:
    text = _Page(render_layout(Layout(name="empty", sections=()))).text
    assert "This layout has no sections." in text
    assert "Nothing: every key has a panel." in text


def test_spec_size_fills_in_what_the_figures_lack() -> None:
    layout = replace(small(), figures={"wslayout": figures([(2, 2, 0)], left_out=0)})
    assert "size of the spec" not in render_layout(layout)
    assert "9.9 kB" in render_layout(layout, spec_bytes=9_876)
    assert "4.2 kB" in render_layout(small(), spec_bytes=9_876)


def test_title_replaces_the_name() -> None:
    page = render_layout(small(), title="What apply would save")
    assert "<title>What apply would save · wslayout preview</title>" in page
    assert "<h1><bdi>What apply would save</bdi></h1>" in page


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(scheme: int) -> None:
    pairs = re.findall(r"--(\w+): light-dark\((#\w+), (#\w+)\);", CSS)
    colours = {name: both[scheme] for name, *both in pairs}
    for text in ("text", "muted", "accent"):
        for behind in ("bg", "card", "soft"):
            assert _contrast(colours[text], colours[behind]) >= 4.5, (text, behind)
    for number in range(10):
        assert _contrast(colours[f"c{number}"], colours["card"]) >= 3, number


def _contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio of two colours."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
