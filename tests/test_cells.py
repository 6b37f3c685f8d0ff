"""What a cell of a notebook shows of inventories, layouts, audits and differences."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from IPython.lib.pretty import pretty as pretty_text
from playwright.sync_api import Browser

import wslayout as wsl
from tests.keysets import inventory_of
from tests.sample_layouts import HOSTILE_NAMES, everything, large, small
from tests.test_browser import browser as browser  # noqa: PLC0414 - a fixture to use here
from wslayout.auditing.findings import AuditReport, Example, Excluded, Finding, NotChecked, Place
from wslayout.display.cells import cell_of
from wslayout.inventory import Coverage, Inventory, Origin
from wslayout.layout import Layout
from wslayout.preset_work import Checked
from wslayout.presets import Listed
from wslayout.presets.sharing import Pulled, Pushed
from wslayout.preview_api import Preview
from wslayout.publish.apply import Applied
from wslayout.publish.backups import Backup
from wslayout.publish.difference import Difference
from wslayout.publish.listing import ViewRow
from wslayout.publish.merging import Change, Conflict, FieldChange
from wslayout.regeneration import Regenerated
from wslayout.wandb_api.views import View


def inventory(name: str) -> Inventory:
    frame = pd.DataFrame({"key": [name, "a/b", "_step"], "kind": ["number", "image", "number"]})
    coverage = Coverage(complete=False, notes=(name,))
    return Inventory.from_frame(frame, origin=Origin(name), coverage=coverage)


def report(name: str) -> AuditReport:
    finding = Finding(
        rule="files-per-run",
        severity="error",
        message=name,
        measured=2,
        limit=1,
        certainty="sampled",
        examples=(Example(name=name, measured=name),),
        cases=9,
        action=name,
        command=name,
        command_does="saves a view",
        place=Place(file=name, line=3, column=1),
    )
    return AuditReport(
        source=name,
        profile="saas",
        findings=(finding,),
        not_checked=(NotChecked(rule="run-count", reason=name),),
        excluded=(Excluded(rule="log-rate", reason=name, cases=2),),
        notes=(name,),
    )


def difference(name: str) -> Difference:
    changes = (
        Change(thing="section", action="added", name=name),
        Change(
            thing="panel",
            action="changed",
            name=name,
            section=name,
            reason=name,
            fields=(FieldChange(field="config.chartTitle", live=name, new=name),),
        ),
    )
    conflict = Conflict(thing="panel", name=name, section=name, what="name", live=name, new=name)
    return Difference(
        action="update",
        name=name,
        entity=name,
        project=name,
        view_id="x",
        url="https://example.invalid",
        differs=True,
        changes=changes,
        conflicts=(conflict,),
        notes=(name,),
    )


@cache
def layout(name: str) -> Layout:
    return wsl.plan(inventory_of(f"{name}/a", f"{name}/b", name), name="x")


MADE: dict[str, Callable[[str], Any]] = {
    "inventory": inventory,
    "report": report,
    "difference": difference,
    "layout": layout,
    "preview": lambda name: Preview(
        layout=layout("loss"), difference=difference(name), notes=(name,)
    ),
}


def html_of(value: Any) -> str:
    bundle: dict[str, str] = value._repr_mimebundle_()
    assert bundle.keys() == {"text/plain", "text/html"}
    assert bundle["text/plain"].strip()
    return bundle["text/html"]


@pytest.mark.parametrize("kind", MADE)
def test_hostile_names_add_nothing_to_a_cell(kind: str) -> None:
    def tags(name: str) -> list[str]:
        return re.findall(r"<[a-zA-Z]+", html_of(MADE[kind](name)).partition("</style>")[2])

    harmless = tags("harmless")
    for name in HOSTILE_NAMES:
        if "/" in name and kind == "layout":
            continue  # a slash makes other sections, which is no harm
        assert sorted(set(tags(name)) - {"<span"}) == sorted(set(harmless) - {"<span"}), name
        assert not {"<script", "<img", "<iframe"} & set(tags(name))


def test_what_a_cell_says() -> None:
    text = html_of(inventory("train/loss"))
    assert "3 metric keys" in text
    assert text.index("train/loss</bdi>") < text.index("_step</bdi>")
    text = html_of(report("files"))
    assert "1 finding of 1 rule checked." in text
    assert "and 8 more" in text
    assert "Nothing differs." not in html_of(difference("x"))
    assert "nothing found" in html_of(wsl.audit(["a", "b"]))
    with pytest.raises(TypeError, match="shows no int"):
        cell_of(3)


def test_cells_are_small() -> None:
    """Closed sections are listed, not drawn; a notebook keeps what its cells show."""
    assert len(html_of(large())) < 80_000
    full, samples = everything()
    assert len(html_of(Preview(layout=full, samples=samples))) < 1_500_000
    assert len(html_of(wsl.plan(inventory_of(*(f"a/{n}" for n in range(9)))))) < 30_000


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_cells_stay_within_their_notebook(browser: Browser, scheme: Any) -> None:
    page = browser.new_page(viewport={"width": 1000, "height": 800}, color_scheme=scheme)
    values = [small(), inventory("x" * 300), report("y" * 300), difference("z" * 300)]
    cells = "".join(map(html_of, values))
    for width in (900, 380):
        page.set_content(
            "<style>td { background: red } h1 { font-size: 90px }</style>"
            f'<div id="book" style="width:{width}px">{cells}</div>'
        )
        assert (
            page.evaluate(
                "[...document.querySelectorAll('#book *')]"
                ".filter(one => one.getBoundingClientRect().right > document"
                ".querySelector('#book').getBoundingClientRect().right + 1)"
                ".map(one => one.tagName + '.' + one.className + one.textContent.slice(0, 20))"
            )
            == []
        )
        # What the notebook says of its own tables and headings does not count here.
        style = "getComputedStyle(document.querySelector('.cell {}')).{}"
        assert page.evaluate(style.format("td", "backgroundColor")) != "rgb(255, 0, 0)"
        assert page.evaluate(style.format("h1", "fontSize")) == "17px"
    page.close()


def test_results_are_told_in_words(tmp_path: Path) -> None:
    applied = Applied(
        action="updated", name="A view\u202e", view_id="x", url="https://h/v", sections=1, panels=3
    )
    told: dict[str, Any] = {
        "Updated: A view<U+202E>, 3 panels in 1 section\nhttps://h/v": applied,
        "team/p · V: failed (no such project)": Regenerated(
            project="team/p", name="V", error="no such project", exit_code=3
        ),
        "team/p: updated": Regenerated(project="team/p", applied=applied),
        "Pushed as version v3: wandb-artifact:t/p/n:v3": Pushed(
            reference="wandb-artifact:t/p/n:v3", version="v3", digest="d", files=1
        ),
        "Pulled version v3 to home: as a template it is n": Pulled(
            name="n", folder="home", reference="r", version="v3", digest="d", use="n"
        ),
        "base (built-in): What it is for": Listed(
            name="base", source="built-in", label="l", description="What it is for"
        ),
        "base (own): hidden by that of here": Listed(
            name="base", source="own", label="l", hidden_by="here"
        ),
        "V (abc, 2 panels in 1 section)": ViewRow(name="V", id="abc", panels=2, sections=1),
        "V (abc)": ViewRow(name="V", id="abc"),
        "t.yaml: fine (0 files)": Checked(template="t.yaml"),
    }
    pretty: Callable[[object], str] = pretty_text  # which is not typed
    for text, result in told.items():
        assert pretty(result) == text
        assert pretty([result]) == f"[{text}]"
        assert result._repr_mimebundle_() == {"text/plain": text}
        assert repr(result).startswith(f"{type(result).__name__}(")
    (explained,) = wsl.explain(["train/loss", "val/loss"], "val/loss")
    assert pretty(explained).startswith("val/loss · shown\n  Section")
    view = View(id="n", name="nw-abc-v", display_name="V", spec="{")
    backup = Backup(
        server="s", entity="e", project="p", view=view, saved="2026-11-22T10:00:00Z", path=tmp_path
    )
    assert pretty(backup) == f"2026-11-22 10:00:00  V, –: {tmp_path}"
