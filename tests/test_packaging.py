"""The wheel, as somebody gets it who has no checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.keysets import KEYSETS

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source archive, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("dist")
    # Without isolation: the build tools are those of the test environment, nothing is fetched.
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_wheel_holds_all_it_needs_and_no_more(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "wslayout/_data/templates/base.yaml" in names
    assert "wslayout/py.typed" in names
    assert "wslayout/display/preview.html.jinja" in names
    assert "wslayout/grouping/vocabulary.yaml" in names
    assert {name.split("/")[0] for name in names} == {"wslayout", "wslayout-0.1.0.dist-info"}
    modules = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "wslayout").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert modules <= names


def test_the_source_archive_can_be_tested(dist: Path) -> None:
    (archive,) = dist.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {name.split("/", 1)[1] for name in tar.getnames() if "/" in name}
    assert {"Makefile", "README.md", "LICENSE", "templates/base.yaml"} <= names
    assert "tests/wandb_server/schema.graphql" in names


def test_the_wheel_runs_outside_the_checkout(dist: Path, tmp_path: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    home = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", str(home), str(wheel)], check=True)
    environment = {**os.environ, "PYTHONPATH": str(home)}

    def python(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    assert python("-c", "import wslayout; print(wslayout.__file__)").startswith(str(home))
    folder = python("-c", "from wslayout.presets import builtin_folder; print(builtin_folder())")
    assert folder.startswith(str(home))
    assert "0.1.0" in python("-m", "wslayout", "--version")
    assert "sections" in python("-m", "wslayout", "plan", str(KEYSETS[0]))
