"""The notebooks run, and show what is committed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest

from tests.notebooks import NOTEBOOKS, run, tidied

MOST_BYTES = 400_000

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


class _Text(HTMLParser):
    """What people read of HTML: its words, without styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self._styles = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._styles += tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._styles -= tag == "style"

    def handle_data(self, data: str) -> None:
        if not self._styles:
            self.words += data.split()


def outputs(notebook: nbformat.NotebookNode) -> Iterator[tuple[str, str, str]]:
    """All that is shown: the cell's id, the kind of output, and what people read of it."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output.output_type == "stream":
                yield cell.id, output.name, output.text
            for kind, shown in output.get("data", {}).items():
                yield cell.id, kind, " ".join(_Text(shown).words) if kind == "text/html" else shown


@each
def test_it_runs_and_shows_what_is_committed(path: Path) -> None:
    committed = nbformat.read(path, as_version=4)
    shown = list(outputs(run(path)))
    assert shown == list(outputs(committed)), "run `make notebooks`, and look at what changed"
    assert {kind for _, kind, _ in shown} <= {"stdout", "text/plain", "text/html"}


@each
def test_what_is_committed(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.encode()) < MOST_BYTES
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert nbformat.writes(tidied(notebook)) + "\n" == text
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", cell.id) for cell in notebook.cells)
    assert not re.search(r"127\.0\.0\.1|/home/|/root/|/tmp|/work|\\Users\\", text)
    html = [
        output.data["text/html"]
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "text/html" in output.get("data", {})
    ]
    assert any('<div class="wslayout' in one for one in html)
    assert all('<div class="wslayout' in one or 'class="dataframe"' in one for one in html)


def test_they_name_each_other_and_files_that_exist() -> None:
    for path in NOTEBOOKS:
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                for target in re.findall(r"\]\(([^)#]+)\)", cell.source):
                    assert target.startswith("https://") or (path.parent / target).is_file(), target
