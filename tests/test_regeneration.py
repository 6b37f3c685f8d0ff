"""Regeneration on the loopback server: others write at the same time, and nothing is lost."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import wandb_workspaces.workspaces as ws

import wslayout
from tests.conftest import WandbEnv
from tests.keysets import inventory_of
from tests.people import panels_of, sections_of
from tests.wandb_server import Account, KeyInfo, Run, WandbServer, faults
from wslayout import read_api
from wslayout.errors import (
    BackupFailed,
    ServerError,
    SourceError,
    SpecError,
    TargetError,
    ViewConflict,
    ViewNotFound,
    ViewProtected,
    WslayoutError,
)
from wslayout.here import backups_here
from wslayout.inventory import Inventory
from wslayout.publish.apply import ATTEMPTS, Applied, carry_out
from wslayout.publish.backups import KEPT, Backups
from wslayout.publish.plan import Policy
from wslayout.publish.provenance import read_provenance
from wslayout.view_api import Where, prepare
from wslayout.wandb_api.views import View

PROJECT = "demo/project"
LESS = ("train/loss", "val/loss", "train/acc", "val/acc", "grad/a", "grad/b", "grad/c", "lr")
MORE = (*LESS, "grad/d", "test/loss", "eval/mmlu", "eval/arc", "eval/gsm8k")


@pytest.fixture
def server(wandb_env: WandbEnv) -> WandbServer:
    runs = [Run("run", keys={key: KeyInfo("number", count=9) for key in LESS})]
    wandb_env.server.add_project(PROJECT, runs=runs)
    return wandb_env.server


def apply(*keys: str, **options: Any) -> Applied:
    return wslayout.apply(keys_of(*keys), to=PROJECT, **options)


def keys_of(*keys: str) -> Inventory:
    return inventory_of(*(keys or LESS))


def live(server: WandbServer) -> dict[str, Any]:
    (view,) = server.views(PROJECT)
    spec: dict[str, Any] = json.loads(view.spec)
    return spec


def save(server: WandbServer, spec: dict[str, Any]) -> None:
    """What somebody's browser does."""
    (view,) = server.views(PROJECT)
    view.spec = json.dumps(spec)
    server.world.touch(view)


def add_by_hand(server: WandbServer, name: str) -> None:
    spec = live(server)
    panel = {"__id__": name, "viewType": "Run History Line Plot", "config": {"metrics": [name]}}
    sections_of(spec)[0]["panels"].append(panel)
    save(server, spec)


def test_edits_stay_and_the_rest_follows(server: WandbServer) -> None:
    apply()
    spec = live(server)
    first = sections_of(spec)[0]
    first["name"], first["isOpen"] = "Mine", False
    gone = first["panels"].pop()["__id__"]
    first["panels"][0]["config"]["chartTitle"] = "My loss"
    save(server, spec)
    add_by_hand(server, "own")
    done = apply(*MORE)
    assert done.action == "updated"
    after = live(server)
    assert sections_of(after)[0]["name"] == "Mine"
    panels = panels_of(after)
    assert gone not in panels
    assert "own" in panels
    titles = [panel["config"].get("chartTitle") for _, panel in panels.values()]
    assert "My loss" in titles
    assert "eval/mmlu" in json.dumps(after)
    reasons = {one.reason for one in done.changes if one.action == "kept"}
    assert {"edited by hand", "added by hand", "taken away by hand"} <= reasons
    assert apply(*MORE).action == "unchanged"
    back = apply(*MORE, restore_deleted=True)
    assert back.action == "updated"
    assert gone in panels_of(live(server))


def test_a_conflict_is_told_once_and_theirs_takes_the_layout(server: WandbServer) -> None:
    def of_loss(spec: dict[str, Any]) -> dict[str, Any]:
        found = [panel for _, panel in panels_of(spec).values()]
        (loss,) = [one for one in found if "train/loss" in json.dumps(one)]
        return loss

    apply()
    spec = live(server)
    of_loss(spec)["config"]["metrics"] = ["train/loss"]
    save(server, spec)
    found = wslayout.diff(keys_of(*MORE), to=PROJECT)
    assert found.differs
    (conflict,) = found.conflicts
    assert (conflict.what, conflict.live, conflict.taken) == (
        "config.metrics",
        ["train/loss"],
        "live",
    )
    taken = wslayout.diff(keys_of(*MORE), to=PROJECT, theirs=True)
    assert [one.taken for one in taken.conflicts] == ["new"]
    assert len(apply(*MORE).conflicts) == 1
    assert of_loss(live(server))["config"]["metrics"] == ["train/loss"]
    again = wslayout.diff(keys_of(*MORE), to=PROJECT)
    assert not again.differs
    assert not again.conflicts


def test_nothing_is_written_twice_and_little_is_asked(server: WandbServer) -> None:
    layout = wslayout.plan(keys_of())
    wslayout.apply(layout, to=PROJECT)
    server.clear()
    assert wslayout.apply(layout, to=PROJECT).action == "unchanged"
    assert len(server.requests) == 1
    server.clear()
    assert wslayout.apply(wslayout.plan(keys_of(*MORE)), to=PROJECT).action == "updated"
    assert len(server.requests) == 3


def test_two_appliers_and_somebody_at_the_browser(server: WandbServer) -> None:
    """50 rounds in which two processes regenerate at once, with different keys, while somebody
    edits in the browser. Others write at most twice while one merges, so all end well."""
    failures: list[BaseException] = []
    done: list[str] = []
    own: set[str] = set()

    both: tuple[tuple[str, ...], ...] = (LESS, MORE)
    layouts = {keys: wslayout.plan(keys_of(*keys)) for keys in both}

    def regenerate(*keys: str) -> None:
        try:
            with read_api.server() as client:
                applied = wslayout.apply(layouts[keys], to=PROJECT, client=client)
            done.append(applied.action)
        except BaseException as error:
            failures.append(error)

    def browse(name: str) -> None:
        if server.views(PROJECT):
            add_by_hand(server, name)
            own.add(name)

    for round_ in range(50):
        if round_ % 10 == 0:
            server.world.projects[PROJECT].views.clear()
            own.clear()
        threads = [threading.Thread(target=regenerate, args=keys) for keys in (LESS, MORE)]
        threads.append(threading.Thread(target=browse, args=(f"own{round_}",)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures, failures
        spec = live(server)  # which is one view
        ids = [panel["__id__"] for section in sections_of(spec) for panel in section["panels"]]
        assert len(ids) == len(set(ids))
        assert own <= set(ids)
        # It shows what one of the two laid out, whichever was last, and nothing in between.
        assert ("eval/mmlu" in json.dumps(spec)) == ("test/loss" in json.dumps(spec))
        assert {"train/loss", "grad/a"} <= set(json.dumps(spec).split('"'))
    assert len(done) == 100
    assert done.count("updated") > 40
    assert len(own) > 3
    for keys in (MORE, LESS):
        apply(*keys)
        assert apply(*keys).action == "unchanged"
        assert own <= panels_of(live(server)).keys()
        assert ("eval/mmlu" in json.dumps(live(server))) == (keys == MORE)


def planned(server: WandbServer, client: Any, *keys: str) -> Any:
    layout = wslayout.plan(keys_of(*keys))
    return prepare(layout, Where(to=PROJECT), Policy(), client=client)


@pytest.mark.parametrize("guarded", [True, False])
def test_a_write_between_reading_and_writing_is_merged(server: WandbServer, guarded: bool) -> None:
    apply()
    if not guarded:
        server.disable("last_updated_at")
    with read_api.server() as client:
        waiting = planned(server, client, *MORE)
        add_by_hand(server, "meanwhile")
        done = carry_out(waiting, client(), backups_here())
    assert done.action == "updated"
    assert any("at the same time" in note for note in done.notes)
    assert any("can't guard" in note for note in done.notes) is not guarded
    assert "meanwhile" in panels_of(live(server))
    assert "eval/mmlu" in json.dumps(live(server))


def test_a_view_that_never_rests_is_left_with_its_backup(server: WandbServer) -> None:
    apply()
    before = live(server)
    conflict = faults.graphql_error("workspace changed since you loaded it", "VIEW_SPEC_CONFLICT")
    server.fail(conflict, kind="mutation", times=None)
    server.clear()
    with pytest.raises(ViewConflict, match="3 times") as caught:
        apply(*MORE)
    assert caught.value.exit_code == 6
    path = Path(caught.value.hint.partition("As it was: ")[2])
    assert json.loads(json.loads(path.read_text())["view"]["spec"]) == before
    assert server.count(kind="mutation") == ATTEMPTS
    assert live(server) == before


@pytest.mark.parametrize("fault", [faults.cut_after(), faults.without("upsertView")])
def test_an_update_whose_answer_is_lost_is_looked_up(
    server: WandbServer, fault: faults.Fault
) -> None:
    apply()
    server.fail(fault, kind="mutation")
    server.clear()
    done = apply(*MORE)
    assert done.action == "updated"
    assert "answer was lost" in done.notes[0]
    assert server.count(kind="mutation") == 1


def test_an_update_that_never_arrived_is_an_error_and_can_be_repeated(server: WandbServer) -> None:
    apply()
    before = live(server)
    server.fail(faults.cut_before(), kind="mutation")
    with pytest.raises(ServerError):
        apply(*MORE)
    assert live(server) == before
    assert apply(*MORE).action == "updated"


def test_a_view_made_in_the_meantime_is_merged_into(server: WandbServer) -> None:
    for same_name in ("duplicate", "refuse", "update"):
        server.world.projects[PROJECT].views.clear()
        server.world.options.same_name = same_name
        with read_api.server() as client:
            waiting = planned(server, client, *MORE)
            apply(*LESS)
            done = carry_out(waiting, client(), backups_here())
        assert done.action in ("updated", "created"), same_name
        assert len(server.views(PROJECT)) == 1
        assert "eval/mmlu" in json.dumps(live(server))


def test_an_update_that_is_edited_before_its_lost_answer_is_looked_up(
    server: WandbServer,
) -> None:
    apply()

    cut = faults.cut_after()

    class CutAndEdited(faults.Fault):
        def after(self, response: Any) -> Any:
            add_by_hand(server, "quick")
            return cut.after(response)

    server.fail(CutAndEdited(), kind="mutation")
    done = apply(*MORE)
    assert done.action == "updated"
    assert "answer was lost" in done.notes[0]
    assert "quick" in panels_of(live(server))
    assert "eval/mmlu" in json.dumps(live(server))


def test_a_view_that_is_deleted_while_it_is_saved(server: WandbServer) -> None:
    apply()
    with read_api.server() as client:
        waiting = planned(server, client, *MORE)
        server.world.projects[PROJECT].views.clear()
        with pytest.raises(ViewNotFound, match="somebody deleted the view") as raised:
            carry_out(waiting, client(), backups_here())
    kept = raised.value.hint.partition("As it was: ")[2]
    assert "train/loss" in Path(kept).read_text()
    assert apply(*MORE).action == "created"


def test_another_tool_wiped_the_description(server: WandbServer) -> None:
    url = apply().url
    add_by_hand(server, "own")
    workspace = ws.Workspace.from_url(url)
    workspace.save()
    (view,) = server.views(PROJECT)
    assert view.description == ""
    done = apply(*MORE)
    assert done.action == "updated"
    assert any("does not say what wslayout last wrote" in note for note in done.notes)
    panels = panels_of(live(server))
    assert "own" in panels
    assert "eval/mmlu" in json.dumps(live(server))
    assert len(panels) == len(set(panels))
    assert read_provenance(view.description) is not None
    assert apply(*MORE).action == "unchanged"


APP_FIELDS: dict[str, Any] = {
    "panelBankConfig": {
        "panelConfigOverrides": {"__custom_panel__:x": {"chartTitle": "mine"}},
        "panelPlacementOverrides": {"__custom_panel__:x": {"sectionId": "s", "index": 3}},
        "searchHistory": ["loss", "acc"],
        "unknownOfTheBank": None,
    },
    "workspaceSettings": {"ref": {"id": "r"}, "xAxis": "_step", "newerThanUs": [1, 2.5, None]},
    "customRunColors": {"ref": {"id": "c"}, "run1": "rgb(1, 2, 3)"},
    "unknownOfTheSection": {"deep": [{"a": "\u2028é"}]},
}


def test_all_that_the_app_writes_passes_through(server: WandbServer) -> None:
    apply()
    spec = live(server)
    for name, value in APP_FIELDS.items():
        before = spec["section"].get(name)
        spec["section"][name] = {**before, **value} if isinstance(before, dict) else value
    run_set = spec["section"]["runSets"][0]
    run_set["filters"] = {"op": "OR", "filters": [{"op": "AND", "filters": [], "new": 1}]}
    run_set["search"] = {"query": "^a", "isRegex": True}
    run_set["runFeed"]["columnWidths"] = {"run:displayName": 200}
    run_set["selections"] = {"root": 1, "bounds": [], "tree": ["run1"]}
    run_set["unknownOfTheRunSet"] = {"x": 1}
    spec["section"]["runSets"].append({"id": "second", "name": "More", "enabled": False})
    first = sections_of(spec)[0]
    first |= {"unknownOfOne": [1], "isPanelsAuto": False}
    first["panels"][0]["config"]["legendFields"] = ["run:displayName"]
    first["panels"][0]["unknownOfAPanel"] = {"y": None}
    first["panels"].append({"__id__": "z", "viewType": "Panel Of 2031", "anything": {"k": [0.1]}})
    spec["newAtTheTop"] = {"z": 1e-07}
    save(server, spec)
    apply(*MORE)
    after = live(server)

    def without_ours(value: dict[str, Any]) -> Any:
        rest = json.loads(json.dumps(value))
        sections = rest["section"]["panelBankConfig"].pop("sections")
        return rest, sections[0]["unknownOfOne"], sections[0]["panels"][0]["unknownOfAPanel"]

    expected = json.loads(json.dumps(spec))
    expected["section"]["workspaceSettings"]["shouldAutoGeneratePanels"] = False
    assert without_ours(after) == without_ours(expected)
    _, panel = panels_of(after)["z"]
    assert panel == first["panels"][-1]
    legend = sections_of(after)[0]["panels"][0]["config"]["legendFields"]
    assert legend == ["run:displayName"]


def test_automatic_mode_is_left_to_people_and_told(server: WandbServer) -> None:
    apply()
    spec = live(server)
    spec["section"]["settings"]["shouldAutoGeneratePanels"] = True
    save(server, spec)
    done = apply(*MORE)
    assert any("automatic mode, and it stays so" in note for note in done.notes)
    assert live(server)["section"]["settings"]["shouldAutoGeneratePanels"] is True


# Backups


def test_no_backup_no_write(server: WandbServer, wandb_env: WandbEnv) -> None:
    apply()
    before = live(server)
    home = backups_here().folder
    home.parent.mkdir(parents=True, exist_ok=True)
    home.write_text("a file where the folder belongs")
    with pytest.raises(BackupFailed, match="nothing was written"):
        apply(*MORE)
    assert live(server) == before


def test_backups_are_bounded_and_restore(server: WandbServer) -> None:
    apply()
    first = live(server)
    url = ""
    for number in range(KEPT + 3):
        add_by_hand(server, f"own{number}")
        url = apply(*(MORE if number % 2 else LESS)).url
    kept = wslayout.backups(PROJECT)
    assert len(kept) == KEPT
    assert kept == sorted(kept, key=lambda one: one.saved, reverse=True)
    assert wslayout.backups(url) == kept
    assert wslayout.backups("demo/other") == []
    now = live(server)
    done = wslayout.restore_view(url)
    assert done.action == "updated"
    assert live(server) == json.loads(kept[0].view.spec or "")
    # As it was before is a backup, too.
    wslayout.restore_view(done.backup)
    assert live(server) == now
    assert first != now


def test_a_deleted_view_comes_back(server: WandbServer) -> None:
    url = apply().url
    before = live(server)
    kept = wslayout.delete_view(url)
    assert server.views(PROJECT) == []
    assert wslayout.restore_view(kept.path or "").action == "created"
    assert live(server) == before
    assert apply().action == "unchanged"
    with pytest.raises(ViewNotFound):
        wslayout.delete_view(url.replace("?nw=", "?nw=x"))


def test_what_is_not_ours_is_not_deleted(server: WandbServer) -> None:
    server.add_view(PROJECT, name="nw-byhand-v", spec="{}", display_name="By hand")
    server.add_view(PROJECT, name="nw-nwuserbob-w", spec="{}", display_name="Bob")
    url = f"{server.url}/{PROJECT}?nw="
    with pytest.raises(ViewProtected, match="carries no mark"):
        wslayout.delete_view(f"{url}byhand")
    with pytest.raises(ViewProtected, match="personal workspace"):
        wslayout.delete_view(f"{url}nwuserbob", force=True)
    assert len(server.views(PROJECT)) == 2
    wslayout.delete_view(f"{url}byhand", force=True)
    assert [view.display_name for view in server.views(PROJECT)] == ["Bob"]


def test_backups_that_are_none(server: WandbServer, tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    for text in ("", "[]", '{"format": "x", "version": 1}', '{"format": "wslayout-backup"}'):
        path.write_text(text)
        with pytest.raises(SourceError, match="no backup"):
            wslayout.restore_view(path)
    with pytest.raises(SourceError, match="no backup of the view"):
        wslayout.restore_view(f"{server.url}/{PROJECT}?nw=abc")
    apply()
    data = json.loads(Path(apply(*MORE).backup).read_text())
    path.write_text(json.dumps({**data, "server": "https://api.example.com"}))
    with pytest.raises(SourceError, match=r"is of https://api\.example\.com"):
        wslayout.restore_view(path)


def test_no_backup_replaces_another(tmp_path: Path) -> None:
    still = datetime(2026, 1, 2, tzinfo=timezone.utc)
    times = iter([still, still, still - timedelta(hours=1), still])
    backups = Backups(folder=tmp_path, now=lambda: next(times))
    specs = ["1", "2", "3", "4"]
    for spec in specs:
        view = View(id="i", name="nw-a-v", display_name="A", spec=spec)
        backups.keep("http://h", "team", "project", view)
    kept = backups.of_view("http://h", "team", "project", "a")
    assert [one.view.spec for one in kept] == specs[::-1]


def test_folders_of_backups_differ_where_names_do(tmp_path: Path) -> None:
    backups = Backups(folder=tmp_path)
    names = ["a", "A", "損失", "..", ".", "", "a/b", "con ", "x" * 300, "x" * 299]
    homes = [backups._home("http://h:1", name) for name in names]
    assert len({home.name.lower() for home in homes}) == len(names)
    assert {home.parent.parent for home in homes} == {tmp_path}


# One's own personal workspace


def test_the_personal_workspace(server: WandbServer) -> None:
    with pytest.raises(ViewNotFound, match="no personal workspace"):
        apply(personal=True)
    automatic = {
        "section": {
            "settings": {},
            "panelBankConfig": {
                "sections": [
                    {"__id__": "a", "name": "train", "panels": [{"__id__": "p", "isAuto": True}]},
                    {
                        "__id__": "b",
                        "name": "mine",
                        "panels": [
                            {"__id__": "q", "isAuto": False},
                            {"__id__": "r", "isAuto": True},
                        ],
                    },
                ]
            },
        }
    }
    text = json.dumps(automatic)
    server.world.accounts.append(Account("bob", "b" * 40))
    bob = server.add_view(PROJECT, name="nw-nwuserbob-w", spec=text)
    bob.user = server.world.accounts[-1]
    own = server.add_view(PROJECT, name="nw-nwuserdemo-slug-w", spec=text)
    with pytest.raises(ViewProtected):
        apply(personal=True)
    done = apply(personal=True, adopt=True)
    assert done.view_id == "nwuserdemo-slug"
    assert any("becomes a manual one; 2 panels" in note for note in done.notes)
    assert bob.spec == text
    spec = json.loads(own.spec)
    assert spec["section"]["settings"]["shouldAutoGeneratePanels"] is False
    names = [section["name"] for section in sections_of(spec)]
    assert "mine" in names
    assert "train" not in names
    assert {"q"} <= panels_of(spec).keys()
    assert not {"p", "r"} & panels_of(spec).keys()
    assert json.loads(Path(done.backup).read_text())["view"]["spec"] == text
    assert apply(personal=True).action == "unchanged"
    with pytest.raises(TargetError):
        apply(personal=True, view="abc")


def test_restoring_a_personal_workspace(server: WandbServer, tmp_path: Path) -> None:
    bob = server.add_view(PROJECT, name="nw-nwuserbob-w", spec='{"section": {}}')
    own = server.add_view(PROJECT, name="nw-nwuserdemo-w", spec='{"section": {}}')
    own.user = server.world.accounts[0]
    backups = Backups(folder=tmp_path)
    for view, mine in ((bob, False), (own, True)):
        old = View(id=view.id, name=view.name, display_name="", spec="{}")
        kept = backups.keep(server.url, "demo", "project", old)
        with pytest.raises(ViewProtected, match="personal workspace"):
            wslayout.restore_view(kept)
        if mine:
            assert wslayout.restore_view(kept, personal=True).action == "updated"
        else:
            with pytest.raises(ViewProtected, match="personal workspace"):
                wslayout.restore_view(kept, personal=True)
    assert (bob.spec, own.spec) == ('{"section": {}}', "{}")
    server.world.projects[PROJECT].views.remove(bob)
    (kept_of_bob,) = backups.of_view(server.url, "demo", "project", "nwuserbob")
    with pytest.raises(ViewProtected):
        wslayout.restore_view(str(kept_of_bob.path))
    assert len(server.views(PROJECT)) == 1


def test_specs_that_can_not_be_read(server: WandbServer) -> None:
    apply()
    deep = "[" * 1_500 + "]" * 1_500
    server.add_view(PROJECT, name="nw-deep-v", spec=f'{{"a": {deep}}}')
    assert {row.sections for row in wslayout.views(PROJECT)} == {None, 2}
    (view,) = [one for one in server.views(PROJECT) if one.name != "nw-deep-v"]
    view.spec = view.spec[:-1] + f', "deep": {deep}}}'
    with pytest.raises(SpecError, match="nested deeper than 300 levels"):
        apply(*MORE)


def test_what_json_has_no_name_for(server: WandbServer) -> None:
    apply()
    spec = live(server)
    sections_of(spec)[0]["panels"][0]["config"]["yAxisMin"] = float("nan")
    save(server, spec)
    assert not any("at the same time" in note for note in apply(*MORE).notes)


def test_a_description_that_is_made_to_hang(server: WandbServer) -> None:
    text = "Generated by wslayout 1 on 2026-01-01 from a by the template b" * 20_000
    server.add_view(PROJECT, name="nw-hostile-v", spec="{}", description=text)
    began = time.process_time()
    assert [row.generated_by for row in wslayout.views(PROJECT)] == [""]
    assert time.process_time() - began < 30  # it took hours


def test_what_people_write_into_the_description_stays(server: WandbServer) -> None:
    apply()
    (view,) = server.views(PROJECT)
    said = view.description.replace("are kept.", "are kept. Ask Bob!")
    view.description = f"Look at the losses.\n{said}thanks"
    server.world.touch(view)
    for keys in (MORE, LESS):
        assert apply(*keys).action == "updated"
        assert view.description.startswith("Look at the losses.\nGenerated by wslayout")
        assert view.description.count("Generated by") == 1
        assert view.description.count("\nAsk Bob!") + view.description.count(". Ask Bob!") == 1
        assert view.description.endswith("thanks")


@pytest.mark.parametrize("adopt", [False, True])
def test_nobody_elses_personal_workspace_is_ever_written(server: WandbServer, adopt: bool) -> None:
    bob = server.add_view(PROJECT, name="nw-nwuserbob-w", spec="{}")
    with pytest.raises(ViewProtected, match="personal workspace"):
        apply(view="nwuserbob", adopt=adopt)
    with pytest.raises((ViewProtected, ViewNotFound)):
        apply(view="nwuserzed", adopt=adopt)
    assert bob.spec == "{}"
    assert len(server.views(PROJECT)) == 1


def test_a_view_that_is_named_must_be_there(server: WandbServer) -> None:
    with pytest.raises(ViewNotFound):
        apply(view="nosuchid")
    server.add_project("demo/other")
    with pytest.raises(TargetError, match="another project"):
        apply(view=f"{server.url}/demo/other?nw=abc")
    assert server.views(PROJECT) == []


def test_a_copied_panel_makes_no_view_ours(server: WandbServer) -> None:
    apply()
    spec = json.dumps(live(server))
    server.add_view(PROJECT, name="nw-copy-v", spec=spec, display_name="Copy")
    with pytest.raises(ViewProtected):
        apply(*MORE, view="copy")
    with pytest.raises(ViewProtected):
        wslayout.delete_view(f"{server.url}/{PROJECT}?nw=copy")


@pytest.mark.parametrize("fault", [faults.cut_before(), faults.graphql_error("too large")])
def test_a_write_of_the_base_alone_that_failed_is_an_error(
    server: WandbServer, fault: faults.Fault
) -> None:
    apply()
    spec = live(server)
    sections_of(spec)[0]["panels"].pop()
    save(server, spec)
    server.fail(fault, kind="mutation")
    with pytest.raises(ServerError):
        apply()
    assert apply().action == "unchanged"  # what is remembered is no change of the view
    assert live(server) == spec


def test_a_damaged_backup_destroys_nothing(server: WandbServer, tmp_path: Path) -> None:
    apply()
    path = Path(apply(*MORE).backup)
    data = json.loads(path.read_text())
    before = live(server)
    for spec in ("[]", "{", None):
        data["view"]["spec"] = spec
        damaged = tmp_path / "damaged.json"
        damaged.write_text(json.dumps(data))
        with pytest.raises(WslayoutError):
            wslayout.restore_view(damaged)
        assert live(server) == before
    for field, value in (("saved", 5), ("entity", None), ("view", {**data["view"], "name": None})):
        path.write_text(json.dumps({**data, field: value}))
        assert wslayout.backups(PROJECT) == []
    path.write_text("[" * 100_000)
    assert apply(*LESS).action == "updated"
    with pytest.raises(SourceError, match="can't read the backup"):
        wslayout.restore_view("nowhere.json")


def test_a_backup_is_never_thinned_out_as_it_is_made(server: WandbServer) -> None:
    times = iter(range(2 * KEPT))
    future = datetime(2099, 1, 1, tzinfo=timezone.utc)
    later = Backups(folder=backups_here().folder, now=lambda: future + timedelta(days=next(times)))
    view = View("id", "nw-abc-v", "v", spec="{}")
    for number in range(KEPT):
        later.keep(server.url, "demo", "project", replace(view, spec=str(number)))
    path = backups_here().keep(server.url, "demo", "project", view)
    assert path.is_file()
    assert len(list(path.parent.iterdir())) == KEPT


@pytest.mark.parametrize("write", ["update", "create", "delete"])
def test_restoring_and_deleting_look_up_a_lost_answer(server: WandbServer, write: str) -> None:
    url = apply().url
    if write == "update":
        apply(*MORE)
    elif write == "create":
        wslayout.delete_view(url)
    server.fail(faults.cut_after(), kind="mutation")
    if write == "delete":
        wslayout.delete_view(url)
        assert server.views(PROJECT) == []
    else:
        wslayout.restore_view(url)
        assert "eval/mmlu" not in json.dumps(live(server))


def test_what_automatic_mode_made_is_said_to_go(server: WandbServer) -> None:
    sections = [
        {"__id__": "a", "name": "train", "panels": [{"__id__": "p", "isAuto": True}]},
        {"__id__": "b", "name": "pin", "pinned": True, "panels": [{"__id__": "q", "isAuto": True}]},
    ]
    spec = {"section": {"settings": {}, "panelBankConfig": {"sections": sections}}}
    server.add_view(PROJECT, name="nw-auto-v", spec=json.dumps(spec), display_name="Auto")
    found = wslayout.diff(keys_of(), to=PROJECT, view="auto", adopt=True)
    gone = [(one.thing, one.id) for one in found.changes if one.action == "removed"]
    assert gone == [("panel", "p"), ("section", "a"), ("panel", "q")]
    assert any("becomes a manual one; 2 panels" in note for note in found.notes)
