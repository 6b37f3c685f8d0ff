"""What must hold of everything that is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any, Final

from tests.fuzz.serving import KEY
from wslayout.display.terminal import as_text, error_text
from wslayout.errors import WslayoutError

# Controls but the line break, characters that turn the reading direction, halves of characters.
_UNSEEN: Final = re.compile("[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_RUNS: Final = frozenset({"script", "img", "iframe", "object", "embed", "base", "form"})


def check_text(text: str) -> None:
    """A text is all seen, and can be written as UTF-8."""
    assert not (found := _UNSEEN.search(text)), found
    text.encode()


@contextmanager
def may_refuse(
    *errors: type[WslayoutError], check: Callable[[WslayoutError], None] | None = None
) -> Iterator[None]:
    """What the block does may end with one of these errors and nothing else.

    Args:
        errors: The errors.
        check: What is asked of them, instead of `check_error`.
    """
    try:
        yield
    except errors as error:
        (check or check_error)(error)


def check_error(error: WslayoutError) -> None:
    """An error says what happened, and can be shown."""
    assert KEY not in f"{error} {error.hint} {error!r}"
    assert str(error).strip()
    check_text(as_text(error_text(error)))


def check_html(html: str, *, pictures: bool = False) -> None:
    """A page runs nothing and loads nothing, and no name became a tag or an attribute.

    Args:
        html: The page.
        pictures: Whether it may show images that it holds itself.
    """
    check_text(html)
    page = _Page()
    page.feed(html)
    page.close()
    for tag, attributes in page.tags:
        assert tag not in _RUNS or (tag == "img" and pictures), tag
        for name, value in attributes:
            assert _NAMES.fullmatch(name), (tag, name)
            if name in ("href", "src"):
                assert (value or "").startswith(("data:image/", "#")) or value == "data:,", (
                    tag,
                    name,
                    value,
                )


_NAMES: Final = re.compile(
    r"(aria-[a-z]+|charset|class|colspan|content|d|dir|height|href|http-equiv|id|lang|name|open"
    r"|points|preserveaspectratio|r|role|scope|src|start|style|tabindex|title|transform|viewbox"
    r"|width|x|x1|x2|y|y1|y2|cx|cy|alt|fill|rel|value|max|vector-effect|loading|translate|xmlns"
    r"|focusable|rx|ry|text-anchor|stroke|stroke-width|stroke-dasharray)"
)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))


def check_bundle(bundle: Mapping[str, Any]) -> None:
    """What a notebook's cell shows."""
    check_text(bundle["text/plain"])
    if "text/html" in bundle:
        check_html(bundle["text/html"])
