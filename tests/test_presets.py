"""Presets: where they are found, what is said of them, and what of them is checked."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

import wslayout
from tests.keysets import inventory_of
from wslayout.cli.main import run
from wslayout.errors import TemplateError
from wslayout.presets import Finder, Found, Places, builtin_names, default_places
from wslayout.templates.load import MAX_FILES, load

KEYS = ["train/loss", "eval/loss", "eval/accuracy", "kl", "entropy"]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def described(name: str) -> str:
    return f"description: {name}\nsections: [{{name: S, match: ['**']}}]\n"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(
        project=tmp_path / "project",
        folders=(tmp_path / "shared", tmp_path / "config"),
        packages=(("acme", tmp_path / "package"),),
    )


def test_the_order_in_which_presets_are_found(tmp_path: Path, places: Places) -> None:
    finder = Finder(places)
    homes = ["package", "config", "shared"]
    for home in homes:
        write(tmp_path / home / "team.yaml", described(home))
        assert load(finder.find("team"), finder.extended).template.description == home
    write(tmp_path / "project" / "layouts" / "own.yaml", described("project"))
    write(tmp_path / "project" / "wslayout.yaml", "presets: {team: layouts/own.yaml}\n")
    assert load(finder.find("team"), finder.extended).template.description == "project"
    write(tmp_path / "project" / "team.yaml", described("path"))
    assert load(finder.find("./team.yaml"), finder.extended).template.description == "path"
    rows = [(row.name, row.source.split()[0], row.hidden_by) for row in finder.listed()]
    assert rows[:4] == [
        ("team", "wslayout.yaml", ""),
        ("team", "folder", "wslayout.yaml"),
        ("team", "folder", "wslayout.yaml"),
        ("team", "package", "wslayout.yaml"),
    ]
    assert {row.name for row in finder.listed() if row.source == "built-in"} == set(builtin_names())


def test_a_preset_may_extend_the_one_that_it_hides(tmp_path: Path, places: Places) -> None:
    write(tmp_path / "shared" / "base.yaml", "extends: base\nbudgets: {sections: 5}\n")
    finder = Finder(places)
    loaded = load(finder.find("base"), finder.extended)
    assert loaded.template.budgets.sections == 5
    assert loaded.template.budgets.panels == 60
    assert [use.source.split()[0] for use in loaded.uses] == ["built-in", "folder"]


def test_artifacts_are_asked_for(places: Places) -> None:
    asked: list[str] = []

    def fetch(reference: str) -> Found:
        asked.append(reference)
        data = b"sections: [{name: S, match: ['**']}]\n"
        return Found(name="x", label=reference, source=reference, data=data, version="v3")

    finder = Finder(places, fetch)
    loaded = load(finder.find("wandb-artifact:team/p/x:latest"), finder.extended)
    assert loaded.uses[0].version == "v3"
    assert asked == ["wandb-artifact:team/p/x:latest"]


def test_environment_and_installed_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site" / "acme_presets"
    write(package / "__init__.py", "raise RuntimeError('presets are read, not run')\n")
    write(package / "acme.yaml", described("of a package"))
    metadata = tmp_path / "site" / "acme-1.0.dist-info"
    write(metadata / "METADATA", "Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    write(metadata / "entry_points.txt", "[wslayout.presets]\nacme = acme_presets\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site"), *sys.path])
    write(tmp_path / "one" / "mine.yaml", described("of a folder"))
    environment = {"WSLAYOUT_PRESETS": str(tmp_path / "one")}
    finder = Finder(default_places(environment, tmp_path))
    rows = {row.name: row for row in finder.listed()}
    assert rows["acme"].description == "of a package"
    assert rows["acme"].source == "package acme"
    assert rows["mine"].source == f"folder {tmp_path / 'one'}"
    assert finder.find("acme").digest.startswith("sha256:")


def test_a_package_installed_later_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a notebook, where `pip install` comes between two plans."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    assert "acme" not in dict(default_places({}, tmp_path).packages)
    write(site / "acme_presets" / "acme.yaml", described("of a package"))
    metadata = site / "acme-1.0.dist-info"
    write(metadata / "METADATA", "Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    write(metadata / "entry_points.txt", "[wslayout.presets]\nacme = acme_presets\n")
    assert dict(default_places({}, tmp_path).packages)["acme"] == site / "acme_presets"
    shutil.rmtree(metadata)
    assert "acme" not in dict(default_places({}, tmp_path).packages)


def test_what_leaves_the_folder_is_refused(tmp_path: Path, places: Places) -> None:
    write(tmp_path / "secret.yaml", described("secret"))
    shared = tmp_path / "shared"
    write(shared / "a.yaml", "extends: ../secret.yaml\n")
    (shared / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    write(shared / "b.yaml", "extends: ./link.yaml\n")
    write(shared / "c.yaml", f"extends: {tmp_path / 'secret.yaml'}\n")
    write(shared / "d.yaml", "extends: sub/inner.yaml\n")
    write(shared / "sub" / "inner.yaml", described("inside"))
    finder = Finder(places)
    for name, said in (("a", "leaves the folder"), ("b", "leaves the folder"), ("c", "absolute")):
        with pytest.raises(TemplateError, match=said):
            load(finder.find(name), finder.extended)
    assert load(finder.find("d"), finder.extended).template.sections[0].name == "S"


def test_many_files_are_too_many(tmp_path: Path, places: Places) -> None:
    for number in range(MAX_FILES + 2):
        write(tmp_path / "shared" / f"p{number}.yaml", f"extends: p{number + 1}\n")
    finder = Finder(places)
    with pytest.raises(TemplateError, match="more than 50 files"):
        load(finder.find("p0"), finder.extended)


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("trll", "Did you mean trl"),
        ("a b", "neither the name of a preset nor a path"),
        ("no/such/file.yaml", "can't read the template"),
        (".", "neither"),
        ("", "neither"),
        ("wandb-artifact:a/b/c:latest", "W&B is not asked"),
    ],
)
def test_what_is_not_found(reference: str, said: str, places: Places) -> None:
    with pytest.raises(TemplateError) as raised:
        Finder(places).find(reference)
    assert said in str(raised.value) + raised.value.hint


def test_the_manifest_must_say_presets_properly(tmp_path: Path, places: Places) -> None:
    for text in ("presets: 5\n", "presets: {a: [1]}\n", "presets: {a/b: c.yaml}\n", "presets: [a"):
        write(tmp_path / "project" / "wslayout.yaml", text)
        with pytest.raises(TemplateError, match=r"wslayout\.yaml:[12]:"):
            Finder(places).find("team")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, and a user without presets."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("WSLAYOUT_PRESETS", raising=False)
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    write(folder / "keys.csv", "key\n" + "\n".join(KEYS) + "\n")
    return folder


def test_the_command_line(
    here: Path, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    write(here / "team.yaml", "extends: base\nsections: [{name: A, match: ['eval/*', nope]}]\n")
    write(here / "bad.yaml", "colums: 3\nsections: 4\n")
    assert run(["preset", "check", "team.yaml", "base"]) == 0
    assert run(["preset", "check", "team.yaml", "bad.yaml", "--on", "keys.csv"]) == 1
    assert run(["preset", "check", "bad.yaml", "--json"]) == 1
    said = capsys.readouterr()
    text, _, data = said.out.partition("\n[\n")
    assert text == snapshot
    (checked,) = json.loads("[" + data)
    assert [problem["mark"]["line"] for problem in checked["problems"]] == [1, 2]
    assert run(["preset", "show", "team.yaml"]) == 0
    assert capsys.readouterr().out.startswith("extends: base\n")
    assert run(["preset", "show", "team.yaml", "--whole"]) == 0
    assert "panels_per_section: 12" in capsys.readouterr().out
    assert run(["preset", "list"]) == 0
    assert "base" in capsys.readouterr().out
    assert run(["preset", "list", "--json"]) == 0
    assert {row["name"] for row in json.loads(capsys.readouterr().out)} == set(builtin_names())
    assert run(["preset", "show", "nothing"]) == 2
    assert "there is no preset 'nothing'" in capsys.readouterr().err
    assert run(["plan", "keys.csv", "-t", "bad.yaml"]) == 2
    assert run(["schema", "-o", "schema.json"]) == 0
    assert json.loads((here / "schema.json").read_text())["title"] == "wslayout template"
    assert run(["plan", "keys.csv", "-t", "team.yaml", "--json"]) == 0
    said = capsys.readouterr()
    assert "nope matches no metric of keys.csv" in said.err
    layout = json.loads(said.out)
    assert layout["templates"][-1]["source"] == "team.yaml"
    assert layout["templates"][-1]["digest"].startswith("sha256:")


def test_a_broken_preset_does_not_stop_auto(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(here / "shared" / "broken.yaml", "colums: 3\n")
    monkeypatch.setenv("WSLAYOUT_PRESETS", str(here / "shared"))
    layout = wslayout.plan(inventory_of(*KEYS))
    assert any("broken" in note and "passed over" in note for note in layout.notes)


def test_a_team_preset_that_hides_the_one_it_extends_is_picked_like_it(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(here / "shared" / "cleanrl.yaml", "description: ours\nextends: cleanrl\n")
    monkeypatch.setenv("WSLAYOUT_PRESETS", str(here / "shared"))
    keys = ["charts/episodic_return", "charts/episodic_length", "charts/SPS", "losses/td_loss",
            "losses/q_values", "global_step"]  # fmt: skip
    layout = wslayout.plan(inventory_of(*keys))
    assert [use.source.split()[0] for use in layout.templates] == ["built-in", "folder"]


def test_nothing_is_asked_of_the_server_just_to_look(here: Path) -> None:
    # No server is there, and nobody is logged in.
    write(here / "wslayout.yaml", "presets: {team: 'wandb-artifact:e/p/n:v0'}\n")
    assert wslayout.plan(inventory_of(*KEYS)).sections
    assert "team" in {row.name for row in wslayout.list_presets()}


def test_a_package_that_fails_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site" / "boom_presets"
    write(package / "__init__.py", "raise RuntimeError('boom')\n")
    write(package / "inner" / "mine.yaml", described("inside"))
    metadata = tmp_path / "site" / "boom-1.0.dist-info"
    write(metadata / "METADATA", "Metadata-Version: 2.1\nName: boom\nVersion: 1.0\n")
    write(metadata / "entry_points.txt", "[wslayout.presets]\nboom = boom_presets.inner\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site"), *sys.path])
    rows = {row.name: row for row in Finder(default_places({}, tmp_path)).listed()}
    assert rows["mine"].description == "inside"


def test_a_team_preset_is_picked_by_itself(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "detect: [kl, entropy]\nsections: [{name: Policy, match: [kl, entropy, eval/*]}]\n"
    write(here / "shared" / "team.yaml", text)
    monkeypatch.setenv("WSLAYOUT_PRESETS", str(here / "shared"))
    layout = wslayout.plan(inventory_of(*KEYS))
    assert layout.sections[0].name == "Policy"
    assert layout.name == "wslayout"
    assert [use.name for use in layout.templates] == ["team"]
    assert any("team (explains 4 of 5 metrics)" in note for note in layout.notes)


OTHER = [f"zz/{name}" for name in "abcdefgh"]


@pytest.mark.parametrize("names", [OTHER, [*KEYS, *OTHER]], ids=["alone", "beside another"])
def test_what_a_preset_names_and_a_project_lacks_is_left_out_by_auto(
    here: Path, monkeypatch: pytest.MonkeyPatch, names: list[str]
) -> None:
    text = "detect: ['zz/**']\nsections: [{name: Mine, match: ['zz/**'], panels: [not/there]}]"
    write(here / "team" / "mine.yaml", text)
    monkeypatch.setenv("WSLAYOUT_PRESETS", "team")
    layout = wslayout.plan(inventory_of(*names))
    assert "mine (explains 8" in layout.notes[0]
    assert "Mine" in [section.name for section in layout.sections]
    assert "not/there" not in {key for panel in layout.panels for key in panel.keys}


def test_a_preset_that_fails_on_some_keys_is_passed_over(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = "{type: media, media_keys: [zz/a]}"
    text = f"detect: ['zz/**']\nsections: [{{name: Mine, match: ['zz/**'], panels: [{panel}]}}]"
    path = write(here / "team" / "mine.yaml", text)
    monkeypatch.setenv("WSLAYOUT_PRESETS", "team")
    layout = wslayout.plan(inventory_of(*KEYS, *OTHER))
    (note,) = [note for note in layout.notes if "passed over" in note]
    assert f"{path.relative_to(here)}:2:" in note
    assert "can't draw 'zz/a'" in note


def test_auto_asks_no_server_for_what_presets_extend(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "detect: ['zz/**']\nextends: wandb-artifact:team/project/layout:latest\n"
    write(here / "team" / "mine.yaml", text)
    monkeypatch.setenv("WSLAYOUT_PRESETS", "team")
    (note,) = wslayout.plan(inventory_of(*OTHER)).notes
    assert "W&B is not asked" in note


def test_what_is_passed_over_leaves_room_for_the_next_best(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = "detect: ['zz/**']\nsections: [{name: M, match: ['zz/**'], panels: [PANEL]}]"
    write(here / "team" / "a.yaml", ours.replace("PANEL", "{type: media, media_keys: [zz/a]}"))
    write(here / "team" / "b.yaml", ours.replace("PANEL", "zz/a"))
    write(here / "team" / "c.yaml", ours.replace("PANEL", "zz/a") + "\nselect: {include: [qq]}")
    monkeypatch.setenv("WSLAYOUT_PRESETS", "team")
    notes = wslayout.plan(inventory_of(*OTHER)).notes
    assert "The preset a of folder team is passed over" in notes[0]
    assert "Laid out by preset b (explains 8" in notes[-1]
    # What a preset rules out wholly is no reason to lay out nothing.
    (here / "team" / "b.yaml").unlink()
    layout = wslayout.plan(inventory_of(*OTHER))
    assert any("`select` leaves no metric" in note for note in layout.notes)
    assert list(layout.panels)


def test_auto_falls_back_to_the_built_in_base(here: Path) -> None:
    write(here / "wslayout.yaml", "presets: {base: 'wandb-artifact:team/project/base:latest'}")
    layout = wslayout.plan(inventory_of(*OTHER))
    assert any("W&B is not asked" in note for note in layout.notes)
    assert list(layout.panels)
