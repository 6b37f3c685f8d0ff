"""Presets shared as artifacts: the real wandb client against the loopback server."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
import wandb
from hypothesis import given
from hypothesis import strategies as st

import wslayout
from tests.conftest import WandbEnv
from tests.keysets import inventory_of
from tests.wandb_server import DEFAULT_KEY, faults
from tests.wandb_server.faults import Fault
from wslayout.cli.main import run
from wslayout.errors import TargetError, TemplateError
from wslayout.presets import Finder, Places
from wslayout.presets.pinned import digest_of, pin, read_pulled
from wslayout.presets.references import parse_reference
from wslayout.presets.sharing import checked_files

KEYS = inventory_of("train/loss", "eval/loss", "eval/accuracy", "kl", "entropy")
TARGET = "wandb-artifact:demo/project/team-layout"


@pytest.fixture
def here(wandb_env: WandbEnv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project on the server, and a folder with a template that extends a file beside it."""
    wandb_env.server.add_project("demo/project")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "common.yaml").write_text("sections: [{name: Policy, match: [kl, entropy]}]\n")
    write(tmp_path, "Evaluation")
    return tmp_path


def write(folder: Path, name: str) -> None:
    text = f"extends: [base, common.yaml]\nsections: [{{name: {name}, match: ['eval/*']}}]\n"
    (folder / "team.yaml").write_text(text)


def sections(template: str) -> list[str]:
    return [section.name for section in wslayout.plan(KEYS, template=template).sections]


def test_push_use_pull_and_change(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["preset", "push", "team.yaml", TARGET, "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert first["version"] == "v0"
    assert first["files"] == 2
    # The same again is no new version; a change is, and takes `latest` along.
    assert run(["preset", "push", "team.yaml", TARGET]) == 0
    said = capsys.readouterr()
    assert "as version v0" in said.err
    assert said.out == f"wslayout plan SOURCE -t {TARGET}:v0\n"
    assert run(["preset", "pull", f"{TARGET}:latest"]) == 0
    assert capsys.readouterr().out == "wslayout plan SOURCE -t team-layout\n"
    write(here, "Results")
    second = wslayout.push_preset("team.yaml", f"{TARGET}:stable")
    assert second.version == "v1"
    assert second.digest != first["digest"]
    assert sections(f"{TARGET}:latest")[:2] == ["Policy", "Results"]
    assert sections(f"{TARGET}:stable")[:2] == ["Policy", "Results"]
    assert sections(f"{TARGET}:v0")[:2] == ["Policy", "Evaluation"]
    assert sections(first["reference"])[:2] == ["Policy", "Evaluation"]
    # What was pulled stays what it was.
    layout = wslayout.plan(KEYS, template="team-layout")
    assert [section.name for section in layout.sections][:2] == ["Policy", "Evaluation"]
    use = layout.templates[-1]
    assert (use.name, use.version) == ("team-layout", "v0")
    assert use.source == TARGET
    assert use.digest.startswith("sha256:")
    listed = {row.name: row for row in wslayout.list_presets()}
    assert "team-layout" in listed
    pinned = first["reference"].replace("v0@", "latest@")
    with pytest.raises(TemplateError, match="not what was pinned"):
        wslayout.plan(KEYS, template=pinned)
    assert not list(here.glob("wandb*"))
    assert not list(here.glob("artifacts*"))


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        (faults.graphql_error(f"you sent {DEFAULT_KEY}"), 6, "you sent <hidden>"),
        (faults.html(), 6, "invalid character '<'"),
        (faults.unauthorized(), 3, "not logged in"),
        (faults.forbidden(), 3, "permission denied"),
    ],
    ids=["error", "html", "401", "403"],
)
def test_a_server_that_fails(
    here: Path,
    capfd: pytest.CaptureFixture[str],
    wandb_env: WandbEnv,
    fault: Fault,
    code: int,
    said: str,
) -> None:
    wandb_env.server.fail(fault, times=None)
    assert run(["--debug", "preset", "pull", TARGET]) == code
    error = capfd.readouterr().err
    assert said in error
    assert DEFAULT_KEY not in error


def test_what_is_pulled_is_for_the_user_alone_unless_a_folder_is_named(here: Path) -> None:
    wslayout.push_preset("team.yaml", TARGET)
    before = os.umask(0o022)
    try:
        own = Path(wslayout.pull_preset(TARGET).folder)
        shared = Path(wslayout.pull_preset(TARGET, folder=here / "shared").folder)
    finally:
        os.umask(before)
    for folder, of_folder, of_file in ((own, 0o700, 0o600), (shared, 0o755, 0o644)):
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {of_file}
        for made in (folder, folder.parent):
            assert stat.S_IMODE(made.stat().st_mode) == of_folder


def test_a_pulled_file_that_was_changed_is_refused(here: Path) -> None:
    wslayout.push_preset("team.yaml", TARGET)
    done = wslayout.pull_preset(f"{TARGET}:v0", name="ours", folder=here / "shared")
    assert done.folder == str(here / "shared" / "ours")
    finder = Finder(Places(project=here, folders=(here / "shared",)))
    assert finder.find("ours").version == "v0"
    file = here / "shared" / "ours" / "common.yaml"
    file.write_text(file.read_text() + "# changed\n")
    with pytest.raises(TemplateError, match=r"was changed since it was pulled from demo/project"):
        finder.find("ours")
    file.unlink()
    with pytest.raises(TemplateError, match="not all there"):
        finder.find("ours")


def test_what_can_not_be_shared(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "bad.yaml").write_text("colums: 3\n")
    (here / "shared").mkdir()
    (here / "shared" / "mine.yaml").write_text("rest: drop\n")
    (here / "needs.yaml").write_text("extends: mine\n")
    (here / "sub").mkdir()
    (here / "sub" / "x.yaml").write_text("rest: drop\n")
    (here / "deep.yaml").write_text("extends: sub/x.yaml\n")
    (here / "template.yaml").write_text("rest: drop\n")
    (here / "hides.yaml").write_text("extends: template.yaml\n")
    (here / "up.yaml").write_text("extends: sub/../common.yaml\n")
    monkeypatch.setenv("WSLAYOUT_PRESETS", str(here / "shared"))
    for file, said in (
        ("bad.yaml", "colums"),
        ("needs.yaml", "others may not have"),
        ("deep.yaml", "in another folder"),
        ("up.yaml", "in another folder"),
        ("hides.yaml", "can't stand in a shared preset"),
        ("nothing.yaml", "can't read"),
    ):
        with pytest.raises(TemplateError, match=said):
            wslayout.push_preset(file, TARGET)
    with pytest.raises(TemplateError, match="names no artifact"):
        wslayout.push_preset("team.yaml", "wandb-artifact:only/two")


def test_files_beside_a_template_anywhere(here: Path) -> None:
    (here / "link").symlink_to(here)
    (here / "sub").mkdir()
    assert wslayout.push_preset("link/team.yaml", TARGET).files == 2
    assert wslayout.push_preset(here / "sub" / ".." / "team.yaml", TARGET).files == 2


def test_pulling_stays_in_its_folder(here: Path) -> None:
    wslayout.push_preset("team.yaml", TARGET)
    for name in ("../esc", "..", "a/b", ".hidden", "x.yaml"):
        with pytest.raises(TemplateError, match="no name for a preset"):
            wslayout.pull_preset(f"{TARGET}:v0", name=name, folder=here / "shared")
    assert not (here / "esc").exists()


def test_what_is_no_preset(here: Path) -> None:
    with pytest.raises(TemplateError, match="there is no artifact demo/project/nothing:latest"):
        wslayout.plan(KEYS, template="wandb-artifact:demo/project/nothing")
    other = wandb.Artifact("weights", type="model")
    with other.new_file("template.yaml") as file:
        file.write("rest: drop\n")
    with wandb.init(entity="demo", project="project", dir=here) as logging:
        logging.log_artifact(other).wait()
    with pytest.raises(TemplateError, match="of type model"):
        wslayout.plan(KEYS, template="wandb-artifact:demo/project/weights:v0")


def test_what_is_shared_means_the_same_to_everybody(here: Path) -> None:
    (here / "ours.yaml").write_text("extends: verl\nsections: [{name: Own, match: ['own/*']}]\n")
    wslayout.push_preset("ours.yaml", TARGET)
    # Somebody else's own preset of that name does not count.
    write(here, "Mine")
    wslayout.push_preset("team.yaml", "wandb-artifact:demo/project/verl")
    wslayout.pull_preset("wandb-artifact:demo/project/verl")
    uses = wslayout.plan(KEYS, template=f"{TARGET}:latest").templates
    assert ("verl", "built-in") in {(use.name, use.source) for use in uses}
    # What is known here alone by its name can't be shared.
    (here / "more.yaml").write_text("extends: verl\n")
    with pytest.raises(TemplateError, match="which others may not have"):
        wslayout.push_preset("more.yaml", TARGET)


def test_pulling_overwrites_nothing_that_people_wrote(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wslayout.push_preset("team.yaml", TARGET)
    own = here / "presets" / "team-layout" / "template.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("precious")
    with pytest.raises(TargetError, match="is there already"):
        wslayout.pull_preset(TARGET, folder=here / "presets")
    assert own.read_text() == "precious"
    # Where the name means something else, the path is what to use.
    assert run(["preset", "pull", TARGET, "--to", "elsewhere", "--name", "trl"]) == 0
    said = capsys.readouterr().out
    assert said == "wslayout plan SOURCE -t elsewhere/trl/template.yaml\n"
    path = here / "elsewhere" / "trl" / "template.yaml"
    assert sections("elsewhere/trl/template.yaml")[0] == "Policy"
    path.write_text(path.read_text() + "\n# mine\n")
    with pytest.raises(TemplateError, match="was changed since it was pulled"):
        sections("elsewhere/trl/template.yaml")


def test_parameters_without_a_value_can_be_shared(here: Path) -> None:
    text = "parameters: {n: {type: integer}}\nbudgets: {panels: '${n}'}\n"
    (here / "needs.yaml").write_text(text)
    wslayout.push_preset("needs.yaml", TARGET)
    pulled = wslayout.pull_preset(TARGET)
    layout = wslayout.plan(KEYS, template=pulled.use, parameters={"n": 2})
    assert len(list(layout.panels)) == 2
    with pytest.raises(TemplateError, match="has no value"):
        wslayout.plan(KEYS, template=pulled.use)


def test_versions_are_not_given_by_people(here: Path) -> None:
    with pytest.raises(TemplateError, match="v7 is a version"):
        wslayout.push_preset("team.yaml", f"{TARGET}:v7")


def test_files_of_artifacts() -> None:
    good = {"template.yaml": b"", "other.yaml": b"x"}
    assert checked_files(good, "a") == good
    for bad in (
        {"other.yaml": b""},
        {**good, "../x.yaml": b""},
        {**good, "/etc/x.yaml": b""},
        {**good, "sub/x.yaml": b""},
        {**good, "a\\b.yaml": b""},
        {**good, **{f"{n}.yaml": b"" for n in range(60)}},
        {**good, "big.yaml": b"x" * (5 << 20)},
    ):
        with pytest.raises(TemplateError):
            checked_files(bad, "a")


names = st.sampled_from(["template.yaml", "a.yaml", "b.yaml"])
some_files = st.dictionaries(names, st.binary(max_size=5), min_size=1)


@given(some_files, some_files)
def test_digests_differ_where_files_do(one: dict[str, bytes], other: dict[str, bytes]) -> None:
    assert (digest_of(one) == digest_of(other)) == (one == other)


@given(some_files)
def test_what_is_pinned_is_read(files: dict[str, bytes]) -> None:
    files = {**files, "template.yaml": b"rest: drop\n"}
    reference = f"{TARGET}:v3@{digest_of(files)}"
    found = read_pulled(pin(reference, files).encode(), files, "x", "x")
    assert found.version == "v3"
    assert found.data == files["template.yaml"]
    with pytest.raises(TemplateError):
        read_pulled(pin(reference, files).encode(), {**files, "template.yaml": b"y"}, "x", "x")


@pytest.mark.parametrize(
    "text",
    ["wandb-artifact:", "wandb-artifact:a/b", "wandb-artifact:a/b/c/d", "wandb-artifact:a/b/c@x",
     "wandb-artifact:a/b/../c:v1", "wandb-artifact:a/b/c:v1@sha256:12"],
)  # fmt: skip
def test_references_that_are_none(text: str) -> None:
    with pytest.raises(TemplateError, match="names no artifact"):
        parse_reference(text)


def test_references() -> None:
    ref = parse_reference("wandb-artifact:team/p/n")
    assert ref.path == "team/p/n:latest"
    digest = "sha256:" + "0" * 64
    assert str(parse_reference(f"wandb-artifact:a/b/c:v1@{digest}")).endswith(f":v1@{digest}")
