"""A few seconds of fuzzing, the same each time, and all that longer fuzzing has found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.framing import framed
from tests.fuzz.serving import KEY, URL, Served, client_of
from tests.fuzz.targets import TARGETS
from tests.keysets import inventory_of
from tests.sample_layouts import small
from wslayout import api
from wslayout.display.backups import backups_table
from wslayout.display.results import told as told_in_words
from wslayout.display.terminal import as_text
from wslayout.errors import SourceError, TemplateError, WslayoutError
from wslayout.grouping.topics import topic_of
from wslayout.grouping.vocabulary import load_vocabulary
from wslayout.inventory import Inventory
from wslayout.layout import Layout
from wslayout.presets.references import parse_reference
from wslayout.publish.backups import read_backup
from wslayout.samples.folders import sample_folders
from wslayout.samples.server import sample_project
from wslayout.samples.wanted import Wanted
from wslayout.sources.folders.globs import glob_pattern
from wslayout.sources.opening import open_source
from wslayout.sources.project.history_keys import parse_history_keys
from wslayout.sources.project.server import read_project
from wslayout.suggest import near
from wslayout.templates.nodes import read_yaml
from wslayout.view_api import parse_target, view_of
from wslayout.wandb_api.rawspec import MODE, summarise
from wslayout.wandb_api.reading_spec import read_spec


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_but_documented_errors(name: str) -> None:
    target = TARGETS[name]
    for seed in target.seeds()[::9]:
        target.run(seed)

    # Derandomised: what is new is found by `make fuzz`, and not in somebody's unrelated change.
    @settings(max_examples=target.examples, derandomize=True, database=None)
    @given(data=st.binary(min_size=8, max_size=300))
    def fuzz(data: bytes) -> None:
        target.run(data)

    fuzz()


def test_a_summary_item_without_a_value_is_no_crash(tmp_path: Path) -> None:
    """Of history items the typed form was asked for, which items of summaries have not."""
    from wandb.proto import wandb_internal_pb2

    message = wandb_internal_pb2.Record()  # type: ignore[attr-defined]
    message.summary.update.add(nested_key=["loss"])
    message.summary.update.add(nested_key=["acc"], value_json="0.5")
    file = tmp_path / "run-x.wandb"
    file.write_bytes(framed([message.SerializeToString()]))
    assert sample_folders(file, Wanted(last=("loss", "acc"))).last == {"acc": {0: 0.5}}


def test_a_last_value_beyond_all_numbers_is_not_told() -> None:
    """An audit divides by the one of `_runtime`."""
    payload = {"keys": {f"k{n}": {"previousValue": 10**n} for n in (3, 400)}}
    told = {fact.key: fact.last for fact in parse_history_keys(payload)}
    assert told == {"k3": 1000.0, "k400": None}


@pytest.mark.parametrize("huge", [10**400, -(10**400)])
def test_a_whole_number_beyond_all_floats_is_no_point(huge: int) -> None:
    rows = [{"_step": 0, "loss": huge}, {"_step": 1, "loss": 2}]
    found = {"sampledHistory": [rows], "summaryMetrics": {"loss": huge}}
    runs = {"edges": [{"node": {"name": "r"}}]}
    body = json.dumps({"data": {"project": {"runs": runs, "run": found}}}).encode()
    with client_of(lambda operation: Served(body)) as client:
        wanted = Wanted(curves=(("loss", ""),), last=("loss",))
        samples = sample_project(client, "team", "project", wanted)
    assert [curve.ys for curve in samples.curves["loss", ""]] == [(2.0,)]
    assert samples.last == {}


def test_a_metric_of_thousands_of_dots_is_looked_up_in_a_summary() -> None:
    key = "a" + ".b" * 5_000
    found = {"sampledHistory": [], "summaryMetrics": {"a": {"b": 1}}}
    runs = {"edges": [{"node": {"name": "r"}}]}
    body = json.dumps({"data": {"project": {"runs": runs, "run": found}}}).encode()
    with client_of(lambda operation: Served(body)) as client:
        samples = sample_project(client, "team", "project", Wanted(last=(key, "a.b")))
    assert samples.last == {"a.b": {0: 1.0}}


@pytest.mark.parametrize("glob", ["*a" * 30 + "b", "*" * 50 + "b", "a*" * 2_000 + "b"])
def test_stars_of_define_metric_take_no_time(glob: str) -> None:
    """Every way to share a key among the stars was tried: for ever, on a few dozen letters."""
    pattern = glob_pattern(glob)
    assert pattern is not None
    assert not pattern.fullmatch("a" * 5_000)
    assert bool(pattern.fullmatch("a" * 5_000 + "b")) is True


def test_open_brackets_of_define_metric_take_no_time() -> None:
    assert glob_pattern("[" * 200_000) is None


@given(st.text("ab*?/", max_size=12), st.text("ab/", max_size=12))
def test_globs_match_as_if_each_way_were_tried(glob: str, key: str) -> None:
    pattern = glob_pattern(glob)
    assert pattern is not None
    assert bool(pattern.fullmatch(key)) is _matches(glob, key)


def _matches(glob: str, key: str) -> bool:
    """The definition of Go's ``filepath.Match``, for stars and question marks."""
    if not glob:
        return not key
    if glob[0] == "*":
        rest = bool(key) and key[0] != "/" and _matches(glob, key[1:])
        return rest or _matches(glob[1:], key)
    fits = bool(key) and (glob[0] == key[0] or (glob[0] == "?" and key[0] != "/"))
    return fits and _matches(glob[1:], key[1:])


@pytest.mark.parametrize("block", [{MODE: False, "xAxis": "epoch"}, {"xAxis": "epoch"}])
def test_a_pulled_view_with_the_newer_settings_stays_manual(block: dict[str, object]) -> None:
    """The app's newer block goes first, and a flag that is missing there means automatic mode."""
    live = api.spec(small())
    live["section"]["workspaceSettings"] = block
    layout, _ = read_spec(live, "n")
    again = api.spec(layout)
    assert summarise(again).manual
    assert again["section"]["workspaceSettings"] == {**block, MODE: False}


@pytest.mark.parametrize("patch", [{"section": None}, {"section": {"settings": None}}])
def test_no_verbatim_part_makes_a_view_automatic(patch: dict[str, object]) -> None:
    assert summarise(api.spec(Layout(name="n", sections=(), verbatim=patch))).manual


@pytest.mark.parametrize(
    "text",
    [
        f"https://user:{KEY}@[bad/team/project",
        f"https://user:{KEY}@host:port/team/project",
        f"https:/user:{KEY}@host/team/project",
        f"https://us/er:{KEY}@host/team/project",
        f"https://user:{KEY}@/team/project",
        f"https://user:{KEY}@host/team/project",
        f"user:{KEY}@host.org/team/project",
    ],
)
def test_no_message_shows_a_password(text: str) -> None:
    for read in (view_of, open_source, parse_target, parse_reference):
        try:
            read(text)
        except WslayoutError as error:
            shown = f"{error} {error.hint}"
            assert "host" in shown or "project" in shown
        else:
            shown = ""
        assert KEY not in shown


@pytest.mark.parametrize("text", ["~nobody-of-this-name/runs", "~a\0b/runs"])
def test_the_home_of_nobody_is_no_source(text: str) -> None:
    with pytest.raises(SourceError, match="there is no file or folder"):
        open_source(text)


@pytest.mark.parametrize(
    ("text", "place"), [("é: ééé\nb: \x07", "2:4"), ("ééééééé\x07", "1:8"), ("\x07", "1:1")]
)
def test_a_control_character_in_yaml_is_told_with_its_place(text: str, place: str) -> None:
    """Where libyaml reads, its position counts bytes: beyond the text's end, it was a crash."""
    with pytest.raises(TemplateError, match=rf"^t.yaml:{place}: the character U\+0007 may not"):
        read_yaml(text.encode(), "t.yaml")


def test_a_backup_of_a_view_without_a_name_is_none(tmp_path: Path) -> None:
    """Its list of backups could not be shown."""
    view = {"id": "1", "name": "nw-x-v", "display_name": None}
    told = {"server": URL, "entity": "e", "project": "p", "saved": "2026", "view": view}
    path = tmp_path / "backup.json"
    path.write_text(json.dumps({"format": "wslayout-backup", "version": 1, **told}))
    with pytest.raises(SourceError, match="is no backup of a view"):
        read_backup(path)


def test_a_backup_of_an_odd_moment_is_shown(tmp_path: Path) -> None:
    view: dict[str, object] = {"id": "1\x1b[2J", "name": "nw-x-v", "display_name": "n"}
    view |= {
        "spec": "{}",
        "description": "",
        "username": None,
        "created_at": None,
        "updated_at": None,
    }
    told = {"server": URL, "entity": "e", "project": "p", "saved": "2026\0\u202e", "view": view}
    path = tmp_path / "backup.json"
    path.write_text(json.dumps({"format": "wslayout-backup", "version": 1, **told}))
    backup = read_backup(path)
    for shown in (as_text(told_in_words(backup)), as_text(backups_table([backup]))):
        assert "2026<U+0000><U+202E>" in shown
        assert not {"\0", "\x1b", "\u202e"} & set(shown)


@pytest.mark.parametrize("name", [{"a": 1}, ["r"], 3, None, True])
@pytest.mark.parametrize("exact", [False, True])
def test_a_run_without_a_name_is_read(name: object, exact: bool) -> None:
    keys = {"keys": {"loss": {"typeCounts": [{"type": "number", "count": 7}]}}}
    runs = [{"name": one, "historyKeys": keys} for one in (name, name, "r")]
    page = {"endCursor": "c", "hasNextPage": False}
    found = {"edges": [{"node": run} for run in runs], "pageInfo": page}
    body = json.dumps({"data": {"project": {"runCount": 3, "runs": found}}}).encode()
    with client_of(lambda operation: Served(body)) as client:
        assert read_project(client, "team", "project", exact=exact).keys == ["loss"]


@pytest.mark.parametrize(
    ("part", "field", "wrong"),
    [
        ("origin", "label", ["a"]),
        ("origin", "label", None),
        ("origin", "entity", 3),
        ("coverage", "complete", "no"),
        ("coverage", "runs_read", "7"),
    ],
)
def test_an_inventory_that_says_nonsense_of_itself_is_refused(
    part: str, field: str, wrong: object
) -> None:
    """It was read, and could not be shown."""
    told = json.loads(inventory_of("loss").to_json())
    told[part][field] = wrong
    with pytest.raises(SourceError, match=field):
        Inventory.from_json(json.dumps(told))


@pytest.mark.parametrize("unit", ["/", "a/", "a_", ".", "(", "0-"])
def test_a_key_of_thousands_of_parts_is_laid_out(unit: str) -> None:
    """Some of it took the square of its length."""
    key = unit * (40_000 // len(unit))
    layout = api.plan(inventory_of(key, f"{key}x", f"b{key}", "train/loss", "val/loss"))
    assert key in summarise(api.spec(layout)).keys


def test_names_beyond_reason_are_not_compared() -> None:
    long = "ab" * 100_000
    assert near("los", [long, "loss"]) == ["loss"]
    assert near(long, [f"{long}c"]) == []


def test_a_topic_is_found_near_the_end_of_a_name() -> None:
    deep = [*["a"] * 5_000, "loss"]
    assert topic_of(deep, load_vocabulary()) == topic_of(deep[-2:], load_vocabulary())
