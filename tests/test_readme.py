"""Whatever the README tells people to type is typed here."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.conftest import WandbEnv
from tests.keysets import KEYSETS
from tests.test_apply import demo_runs
from wslayout.cli.main import run
from wslayout.demo import log_demo_runs
from wslayout.layout import Layout

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def project(wandb_env: WandbEnv, tmp_path: Path) -> Path:
    """A folder with runs and a table of keys, and ``team/project`` on the loopback server."""
    wandb_env.server.add_account("ann", "k" * 40, entity="ann", teams=["team"])
    wandb_env.use(wandb_env.server, "k" * 40)
    wandb_env.server.add_project("team/project", runs=demo_runs())
    (tmp_path / "keys.csv").write_text("key\ntrain/loss\nval/loss\ntrain/acc\n", encoding="utf-8")
    wandb_env.monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_command_runs(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log_demo_runs(project, runs=1)
    commands = [line[2:] for block in blocks("console") for line in block.splitlines()]
    assert len(commands) >= 10
    for command in commands:
        program, *arguments = shlex.split(command)
        assert program == "wslayout"
        code = run(arguments)
        assert code == 0, f"{command}: {capsys.readouterr().err}"
    assert (project / "view.json").exists()
    assert (project / "preview.html").exists()


def test_the_python_runs(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = blocks("python")
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102 - our own README
    assert float(capsys.readouterr().out) > 0


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for block in blocks("sh"):
        for target in re.findall(r"^make (\w+)", block, re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_links_and_pictures_exist() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).is_file(), target


def test_the_figures_are_those_of_the_demo(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["demo", str(tmp_path)]) == 0
    table = re.search(r"^ +wslayout  automatic.*\n(?:.+\n)*", capsys.readouterr().out, re.MULTILINE)
    assert table is not None
    assert table.group() in blocks("text")
    layout = Layout.from_json((tmp_path / "layout.json").read_text(encoding="utf-8"))
    ours, automatic = layout.figures["wslayout"], layout.figures["automatic, first prefix"]
    caption = f"{ours.panels} panels in {ours.sections} sections instead of {automatic.panels:,}"
    assert caption in README


def test_key_sets_name_their_repositories() -> None:
    assert all('"repo":' in path.read_text(encoding="utf-8") for path in KEYSETS)
