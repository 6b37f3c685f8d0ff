from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import wslayout
from wslayout import errors


def test_all_is_sorted_and_whole() -> None:
    assert wslayout.__all__ == sorted(wslayout.__all__)
    for name in wslayout.__all__:
        assert getattr(wslayout, name) is not None
    assert set(wslayout.__all__) <= set(dir(wslayout))
    public = {name for name in vars(wslayout) if not name.startswith("_")}
    modules = {module.name for module in pkgutil.iter_modules(wslayout.__path__)}
    assert public - modules - set(wslayout.__all__) <= {"Any", "TYPE_CHECKING", "import_module"}


def test_every_error_is_public_and_drawn() -> None:
    tree = {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, errors.WslayoutError)
    }
    assert tree <= set(wslayout.__all__)
    drawing = errors.__doc__ or ""
    assert all(name in drawing for name in tree)


def test_every_public_thing_has_a_docstring() -> None:
    for name in wslayout.__all__:
        if name != "__version__":
            assert inspect.getdoc(getattr(wslayout, name)), name


def test_unknown_names() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = wslayout.nothing


def test_version_is_the_projects() -> None:
    text = (Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{wslayout.__version__}"' in text


@pytest.mark.parametrize(
    ("code", "unloaded"),
    [
        ("import wslayout", ["pandas", "wandb", "rich", "click", "requests"]),
        (
            "from wslayout.cli.main import run; run(['--help'])",
            ["pandas", "wandb", "rich", "requests", "jinja2", "yaml"],
        ),
    ],
)
def test_nothing_heavy_is_imported_early(code: str, unloaded: list[str]) -> None:
    check = f"{code}; import sys; print([n for n in {unloaded!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def _modules() -> list[str]:
    found = pkgutil.walk_packages(wslayout.__path__, "wslayout.")
    return sorted(module.name for module in found)


@pytest.mark.parametrize("name", _modules())
def test_every_module_says_what_it_is_for(name: str) -> None:
    assert importlib.import_module(name).__doc__


# What each room may import of wslayout (design: the rooms); errors, progress and values are open.
ALLOWED = {
    "errors": set(),
    "amounts": set(),
    "shown": set(),
    "progress": set(),
    "inventory": {"errors", "inventory", "shown"},
    "layout": {"errors", "layout", "shown", "suggest"},
    "patterns": set(),
    "suggest": set(),
    "grouping": {"errors", "inventory", "layout", "grouping", "patterns", "shown", "suggest"},
    "templates": {"errors", "inventory", "layout", "grouping", "patterns", "suggest", "templates"},
    "sources": {"addresses", "errors", "inventory", "progress", "wandb_api", "sources"},
    "wandb_api": {"addresses", "errors", "layout", "wandb_api"},
    "presets": {
        "addresses",
        "errors",
        "files",
        "layout",
        "manifest",
        "presets",
        "shown",
        "suggest",
        "templates",
    },
    "manifest": {
        "auditing",
        "errors",
        "inventory",
        "layout",
        "manifest",
        "patterns",
        "templates",
        "wandb_api",
    },
    "publish": {"errors", "files", "layout", "shown", "wandb_api", "publish"},
    "auditing": {
        "amounts",
        "auditing",
        "errors",
        "grouping",
        "inventory",
        "manifest",
        "patterns",
        "progress",
        "publish",
        "shown",
        "sources",
        "suggest",
        "wandb_api",
    },
    "samples": {"errors", "inventory", "layout", "progress", "samples", "sources", "wandb_api"},
    "display": {
        "amounts",
        "auditing",
        "errors",
        "inventory",
        "layout",
        "display",
        "publish",
        "grouping",
        "presets",
        "preset_work",
        "regeneration",
        "samples",
    },
    "files": {"errors", "layout"},
    "demo": {"errors", "progress", "demo_metrics"},
}


@pytest.mark.parametrize("room", ALLOWED)
def test_rooms_import_only_what_they_may(room: str) -> None:
    home = Path(wslayout.__path__[0])
    files = sorted((home / room).rglob("*.py")) if (home / room).is_dir() else [home / f"{room}.py"]
    for path in files:
        for line in path.read_text(encoding="utf-8").splitlines():
            words = line.split()
            if words[:1] == ["from"] and words[1].startswith("wslayout."):
                assert words[1].split(".")[1] in ALLOWED[room], f"{path.name}: {line.strip()}"
