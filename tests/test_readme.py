"""Whatever the README tells people to type is typed here."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import jsonschema
import pandas as pd
import pytest
import yaml
from fsspec.implementations.memory import MemoryFileSystem
from syrupy.assertion import SnapshotAssertion

import wslayout
from tests.audit_runs import WrittenRun
from tests.conftest import WandbEnv
from tests.keysets import KEYSETS, inventory_of
from tests.people import sections_of
from tests.run_folders import write_runs
from tests.stored_schemas import stored_schema
from tests.test_dask import local_cluster
from tests.wandb_server import KeyInfo, Run
from wslayout.cli.main import run
from wslayout.display.difference import difference_text
from wslayout.display.terminal import as_text, layout_tree
from wslayout.templates.model import SectionEntry, Template
from wslayout.templates.nodes import plain, read_yaml
from wslayout.templates.panels import PANEL_MODELS
from wslayout.templates.schema import template_schema

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SCHEDULER = "tcp://scheduler:8786"
REFERENCE = (ROOT / "templates" / "README.md").read_text(encoding="utf-8")


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def write_templates(text: str, folder: Path) -> list[Path]:
    """The templates of a text, each in the file that its first line names."""
    files = [folder / re.findall(r"^# (\S+)", block)[0] for block in blocks("yaml", text)]
    for file, block in zip(files, blocks("yaml", text), strict=True):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block, encoding="utf-8")
    return files


KEYS = (
    *(f"{split}/{name}" for split in ("train", "val") for name in ("loss", "accuracy", "debug_x")),
    *("train/acc", "trainer/global_step", "epoch"),
    *(f"{about}/layers.{layer}.{part}" for about in ("train", "val", "grad", "perf")
      for layer in range(2) for part in "abcdefghij"),
)  # fmt: skip


@pytest.fixture
def project(wandb_env: WandbEnv, tmp_path: Path) -> Path:
    """A folder with runs and a table of keys, and ``team/project`` on the loopback server."""
    wandb_env.server.add_account("ann", "k" * 40, entity="ann", teams=["team"])
    wandb_env.use(wandb_env.server, "k" * 40)
    runs = [Run(f"run{number}", keys={key: KeyInfo() for key in KEYS}) for number in range(3)]
    wandb_env.server.add_project("team/project", runs=runs)
    (tmp_path / "keys.csv").write_text("key\ntrain/loss\nval/loss\ntrain/acc\n", encoding="utf-8")
    (tmp_path / "train.py").write_text("import wandb\n", encoding="utf-8")
    wandb_env.monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def nearby(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Puts what this machine has in place of the bucket and the scheduler that a text names."""
    runs, fs = write_runs(tmp_path / "bucket" / "wandb", 4), MemoryFileSystem()
    for file in runs.rglob("*.*"):
        if file.is_file():
            fs.pipe(f"/bucket/{file.relative_to(runs.parent).as_posix()}", file.read_bytes())
    with local_cluster(n_workers=2, processes=False) as cluster:
        address = cluster.scheduler_address
        yield lambda text: text.replace("s3://", "memory://").replace(SCHEDULER, address)
    fs.rm("/bucket", recursive=True)


def test_every_command_runs(
    project: Path, nearby: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [(60.0 * step, dict.fromkeys(KEYS, step)) for step in range(20)]
    WrittenRun(id="run", rows=rows).write(project)
    assert write_templates(README, project)
    commands = [line[2:] for block in blocks("console") for line in block.splitlines()]
    assert len(commands) >= 10
    for command in commands:
        program, *arguments = shlex.split(nearby(command))
        assert program == "wslayout"
        code = run(arguments)
        # Something may differ or be found, which is what 1 says.
        allowed = {0, 1} if arguments[0] in ("diff", "audit") else {0}
        assert code in allowed, f"{command}: {capsys.readouterr().err}"
    assert (project / "view.json").exists()
    assert (project / "preview.html").exists()


def test_the_diff_that_is_shown(wandb_env: WandbEnv, capsys: pytest.CaptureFixture[str]) -> None:
    wandb_env.server.add_account("ann", "k" * 40, entity="ann", teams=["team"])
    wandb_env.use(wandb_env.server, "k" * 40)
    wandb_env.server.add_project("team/project")
    before = ("train/loss", "val/loss", "train/acc", "val/acc", "grad/a", "grad/b", "grad/c")
    wslayout.apply(inventory_of(*before), to="team/project")
    (view,) = wandb_env.server.views("team/project")
    spec = json.loads(view.spec)
    results, grad = sections_of(spec)
    results["name"] = "Mine"
    results["panels"][1]["config"]["metrics"] = ["val/acc"]
    grad["panels"].pop(0)
    view.spec = json.dumps(spec)
    after = (*before[:4], "grad/a", "grad/b", "grad/d", "lr", "test/acc", "test/f1")
    found = wslayout.diff(inventory_of(*after), to="team/project")
    assert as_text(difference_text(found)) in blocks("text")


GH = """#!/bin/sh
# Knows one comment of another tool's, and of ours the one that was made.
case "$*" in
  *--jq*) cat made 2>/dev/null ;;
  *PATCH*) cp comment.md changed ;;
  *) echo 17 > made ;;
esac
"""


def test_the_workflow(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is one that GitHub reads, as far as that is known, and its commands run."""
    write_templates(README, project)
    (text,) = [block for block in blocks("yaml") if "jobs:" in block]
    workflow = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - reads texts alone
    assert set(workflow) == {"name", "on", "permissions", "jobs"}
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert all({"run", "uses"} & set(step) for step in steps)
    schema = stored_schema("https://json.schemastore.org/github-workflow.json")
    jsonschema.Draft7Validator(schema).validate(workflow)
    ours = [step for step in steps if step.get("run", "").startswith("wslayout ")]
    assert [step["run"].split()[1] for step in ours] == ["regenerate", "diff"]
    # No other step is given the key.
    key = {"WANDB_API_KEY": "${{ secrets.WANDB_API_KEY }}"}
    assert [step for step in steps if step.get("env") == key] == ours
    assert text.count("secrets.") == len(ours)
    assert run(["regenerate"]) == 0
    assert run(["diff"]) == 0
    capsys.readouterr()


@pytest.mark.skipif(shutil.which("bash") is None, reason="the workflow runs in bash")
def test_the_comment_of_the_workflow(project: Path, tmp_path: Path) -> None:
    write_templates(README, project)
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "gh").write_text(GH, encoding="utf-8")
    (tools / "wslayout").write_text(
        f'#!/bin/sh\nexec {sys.executable} -m wslayout "$@"\n', encoding="utf-8"
    )
    for tool in tools.iterdir():
        tool.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{tools}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "GITHUB_REPOSITORY": "team/repo",
        "NUMBER": "3",
    }
    (text,) = [block for block in blocks("yaml") if "jobs:" in block]
    workflow = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - reads texts alone
    compare, comment = workflow["jobs"]["diff"]["steps"][-2:]

    def step(text: str) -> int:
        # As GitHub runs it: https://docs.github.com/actions/reference/workflows-and-actions
        command = ["bash", "-e", "-c", text]
        return subprocess.run(command, cwd=project, env=environment, check=False).returncode

    assert step(compare["run"]) == 0
    assert step(comment["run"]) == 0
    assert (project / "made").exists()
    assert not (project / "changed").exists()
    manifest = project / "wslayout.yaml"
    manifest.write_text(manifest.read_text() + "  - project: team/nowhere\n")
    assert step(compare["run"]) == 1
    assert comment["if"] == "always()"
    assert step(comment["run"]) == 0
    said = (project / "changed").read_text(encoding="utf-8")
    assert said.startswith("<!-- wslayout -->")
    assert "no project team/nowhere" in said
    assert "Our runs · team/project · is new" in said
    manifest.write_text("targets: 3\n")
    assert step(compare["run"]) == 1
    assert step(comment["run"]) == 0
    assert "`targets` takes a list" in (project / "changed").read_text(encoding="utf-8")


def test_the_python_runs(
    project: Path, nearby: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    names: dict[str, object] = {}
    for code in blocks("python"):
        exec(compile(nearby(code), "README.md", "exec"), names)  # noqa: S102 - our own README
    assert float(capsys.readouterr().out) > 0


def test_the_templates_of_the_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshot: SnapshotAssertion
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("WSLAYOUT_PRESETS", raising=False)
    monkeypatch.chdir(tmp_path)
    files = write_templates(REFERENCE, tmp_path)
    assert len(files) == 3
    data = ROOT / "tests" / "data" / "templates" / "keys.csv"
    for file in files:
        assert run(["preset", "check", file.name]) == 0
        schema = jsonschema.Draft7Validator(template_schema())
        schema.validate(plain(read_yaml(file.read_bytes(), file.name)))
    keys = pd.read_csv(data, dtype=str)
    trees = [as_text(layout_tree(wslayout.plan(keys, template=file))) for file in files[:2]]
    assert "\n".join(trees) == snapshot


def test_the_reference_says_all_fields() -> None:
    words = set(re.findall(r"[a-z_]+", REFERENCE))
    assert set(SectionEntry.model_fields) - {"description", "verbatim"} <= words
    assert set(Template.model_fields) - {"version", "group_by", "overlay", "pin"} <= words
    types = {get_args(model.model_fields["type"].annotation)[0] for model in PANEL_MODELS}
    assert types - {"line", "code_comparer"} <= words


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for block in blocks("sh"):
        for target in re.findall(r"^make (\w+)", block, re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_supported_versions_are_those_of_the_package() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| ([\w-]+) \| ([^|]*\d[^|]*) \|", README, re.MULTILINE))
    oldest, newest = re.findall(r"3\.(\d+)", told.pop("Python"))
    assert f'requires-python = ">=3.{oldest}"' in project
    classified = re.findall(r'"Programming Language :: Python :: 3\.(\d+)"', project)
    assert classified == [str(minor) for minor in range(int(oldest), int(newest) + 1)]
    assert set(told) == {"wandb", "wandb-workspaces", "pandas", "pydantic"}
    for name, versions in told.items():
        bounds = versions.replace("≥ ", ">=").replace("< ", "<").replace(" ", "")
        assert f'"{name}{bounds}"' in project


def test_links_and_pictures_exist() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def test_key_sets_name_their_repositories() -> None:
    assert all('"repo":' in path.read_text(encoding="utf-8") for path in KEYSETS)
