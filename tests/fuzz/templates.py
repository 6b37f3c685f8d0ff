"""Templates: texts and trees of which parts are wrong, loaded, filled, written and laid out."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Final

import pandas as pd

from tests.fuzz.checks import check_text
from tests.fuzz.choices import Choices
from tests.fuzz.mutation import mutated, mutated_bytes, mutated_text
from wslayout import api
from wslayout.display.words import visible_lines
from wslayout.errors import EmptySource, SpecError, TemplateError
from wslayout.inventory import Inventory
from wslayout.layout import Layout
from wslayout.preset_work import check, whole_text
from wslayout.presets import Finder, Found, Places, builtin_folder
from wslayout.request import Request, resolve_with
from wslayout.templates.load import load
from wslayout.templates.nodes import plain, read_yaml, write_yaml

_TESTED: Final = Path(__file__).parent.parent / "data" / "templates"
FOLDER: Final = tempfile.TemporaryDirectory(prefix="wslayout-fuzz-")
FINDER: Final = Finder(Places(project=Path(FOLDER.name)))


def template(data: bytes) -> None:
    """A template: its text as it is or changed, or its tree changed."""
    content = _content(Choices(data))
    path = Path(FOLDER.name) / "fuzzed.yaml"
    path.write_bytes(content)
    checked = check(str(path), FINDER, inventory=keys())
    for problem in checked.problems:
        check_text(visible_lines(str(problem)))
    found = Found(name="fuzzed", label=str(path), source="file", data=content)
    try:
        loaded = load(found, FINDER.extended, {})
    except TemplateError:
        assert checked.problems
        return
    _written_anew(whole_text(loaded), loaded)
    try:
        layout = api.laid_out(keys(), resolve_with(loaded, keys(), Request(template=str(path))))
    except (TemplateError, SpecError, EmptySource):
        return
    assert Layout.from_json(layout.to_json()) == layout
    assert api.spec(Layout.from_json(layout.to_json())) == api.spec(layout)


def _written_anew(text: str, loaded: Any) -> None:
    """The whole of a template says the same as the template."""
    again = load(
        Found(name="again", label="again", source="file", data=text.encode()), FINDER.extended, {}
    )
    unsaid = {"extends", "parameters"}
    assert again.template.model_dump(exclude=unsaid) == loaded.template.model_dump(exclude=unsaid)


def _content(choices: Choices) -> bytes:
    way = choices.number(3)
    if way == 0:
        return choices.rest()
    seed = choices.pick(texts())
    if way == 1:
        return mutated_text(seed, choices).encode("utf-8", "surrogatepass")
    if way == 2:
        return mutated_bytes(seed.encode(), choices)
    tree = mutated(plain(read_yaml(seed.encode(), "seed")), choices)
    try:
        return write_yaml(tree).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):  # what a tree holds that no YAML says
        return b""


@cache
def texts() -> list[str]:
    """Real templates: good ones, wrong ones, and the built-in ones."""
    files = [*_TESTED.glob("*/*.yaml"), *builtin_folder().glob("*.yaml")]
    found = []
    for file in sorted(files):
        try:
            read_yaml(file.read_bytes(), file.name)
        except TemplateError:
            continue
        found.append(file.read_text(encoding="utf-8"))
    return found


@cache
def keys() -> Inventory:
    """The keys that the tests' templates name."""
    return Inventory.from_frame(pd.read_csv(_TESTED / "keys.csv", dtype=str))


def seeds() -> list[bytes]:
    """Texts with their number before them, and beginnings of choices."""
    raw = [b"\0" + text.encode() for text in texts()]
    return [*raw, *(bytes([n % 4, n, *range(n, n + 60)]) for n in range(0, 150, 7))]
