"""A project's keys by each of the three ways, and what is said of the way taken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clients import client_at
from tests.wandb_server import KeyInfo, Run, WandbServer, faults
from wslayout.errors import (
    AuthError,
    BadResponse,
    EmptySource,
    ProjectNotFound,
    ServerUnreachable,
    TooManyKeys,
    UnknownField,
)
from wslayout.inventory import KINDS, Inventory, Origin
from wslayout.sources.project import run_pages
from wslayout.sources.project.field_index import add_fields, metric_kinds
from wslayout.sources.project.history_keys import KeyFact, parse_history_keys
from wslayout.sources.project.server import read_project
from wslayout.wandb_api.client import Client

AGGREGATED, FIELDS, COUNTS = "project_history_keys", "fields", "run_count"

RUNS = [
    Run(
        "a",
        {
            "_step": KeyInfo(count=10),
            "loss": KeyInfo(count=10),
            "acc": KeyInfo(count=1),
            "img": KeyInfo("image-file", 3),
        },
    ),
    Run("b", {"loss": KeyInfo(count=20, more_types={"string": 30}), "epoch": KeyInfo(count=5)}),
    Run("c", None),
]


@pytest.fixture
def client(wandb_server: WandbServer) -> Iterator[Client]:
    with client_at(wandb_server.url) as client:
        yield client


def read(client: Client, **more: Any) -> Inventory:
    return read_project(client, "demo", "p", **more)


def row(inventory: Inventory, key: str) -> dict[str, Any]:
    [found] = [one for one in inventory.records() if one["key"] == key]
    return found


# -- way 1 --------------------------------------------------------------------------------------


def test_one_request_where_the_server_aggregates(wandb_server: WandbServer, client: Client) -> None:
    wandb_server.add_project("demo/p", RUNS)
    inventory = read(client)
    assert len(wandb_server.requests) == 1
    assert inventory.keys == ["_step", "acc", "epoch", "img", "loss"]
    assert inventory.origin == Origin("demo/p", "demo", "p")
    coverage = inventory.coverage
    assert (coverage.complete, coverage.runs_total, coverage.notes) == (True, 3, ())
    loss = row(inventory, "loss")
    assert (loss["kind"], loss["points"]) == ("number", 60)
    assert "single_valued" not in loss  # 60 values, perhaps all the same
    assert "runs" not in loss
    assert "max_points" not in loss
    assert row(inventory, "img")["kind"] == "image"
    assert row(inventory, "acc")["single_valued"] is True
    assert "single_valued" not in row(inventory, "img")  # 3 values


def test_the_only_run_tells_more(wandb_server: WandbServer, client: Client) -> None:
    wandb_server.add_project("demo/p", RUNS[:1])
    loss = row(read(client), "loss")
    assert (loss["runs"], loss["max_points"]) == (1, 10)


# -- way 2 --------------------------------------------------------------------------------------


def test_the_field_index_comes_next(wandb_server: WandbServer, client: Client) -> None:
    wandb_server.disable(AGGREGATED)
    keys = {f"k{number:04}": KeyInfo() for number in range(450)}
    wandb_server.add_project("demo/p", [Run("a", keys, config={"lr": 1})])
    told: list[tuple[str, int, int | None]] = []
    inventory = read(client, progress=lambda *news: told.append(news))
    assert inventory.keys == sorted(keys)
    assert row(inventory, "k0000") == {"key": "k0000", "kind": "number"}
    assert len(wandb_server.requests) == 1 + 3
    assert told[-1] == ("keys", 450, None)
    coverage = inventory.coverage
    assert not coverage.complete
    assert any("does not aggregate" in note for note in coverage.notes)
    assert any("index of summary values" in note for note in coverage.notes)


def test_media_in_the_field_index_become_one_key() -> None:
    types = {
        "loss": "number",
        "name": "string",
        "img._type": "string",
        "img.width": "number",
        "img.boxes.x": "number",
        "imgs.n": "number",
        "img": "map",
        "a.b._type": "string",
        "a.c": "number",
    }
    kinds: dict[str, str] = {}
    nodes = [{"path": f"summary_metrics.{path}", "type": name} for path, name in types.items()]
    others: list[dict[str, Any]] = [{"path": "config.lr.value", "type": "number"}, {"path": 3}, {}]
    add_fields(kinds, [*nodes, *others, {"path": "summary_metrics.loss", "type": "string"}])
    assert metric_kinds(kinds) == {
        "loss": "number",
        "name": "string",
        "img": "unknown",
        "imgs.n": "number",
        "a.b": "unknown",
        "a.c": "number",
    }


# -- way 3 --------------------------------------------------------------------------------------


def test_single_runs_come_last(wandb_server: WandbServer, client: Client) -> None:
    wandb_server.disable(AGGREGATED, FIELDS)
    wandb_server.add_project("demo/p", RUNS)
    inventory = read(client)
    assert inventory.keys == ["_step", "acc", "epoch", "img", "loss"]
    loss = row(inventory, "loss")
    assert (loss["runs"], loss["points"], loss["max_points"]) == (2, 60, 50)
    assert row(inventory, "acc")["single_valued"] is True
    coverage = inventory.coverage
    assert (coverage.complete, coverage.runs_total, coverage.runs_read) == (True, 3, 3)
    assert len(coverage.notes) == 3
    assert len(wandb_server.requests) == 3


def many(count: int) -> list[Run]:
    return [Run(f"r{n:05}", {"loss": KeyInfo(), f"only_{n}": KeyInfo()}) for n in range(count)]


def test_a_few_pages_of_runs_are_read_whole(wandb_server: WandbServer, client: Client) -> None:
    wandb_server.disable(AGGREGATED, FIELDS)
    wandb_server.add_project("demo/p", many(600))
    told: list[tuple[str, int, int | None]] = []
    inventory = read(client, progress=lambda *news: told.append(news))
    assert row(inventory, "loss")["runs"] == 600
    coverage = inventory.coverage
    assert (coverage.complete, coverage.runs_total, coverage.runs_read) == (True, 600, 600)
    assert coverage.unseen_share is None
    assert len(wandb_server.requests) == 2 + 4
    assert told[-1] == ("runs", 600, 600)


def test_exact_reads_all_runs_and_no_index(wandb_server: WandbServer, client: Client) -> None:
    wandb_server.disable(AGGREGATED)
    wandb_server.add_project("demo/p", many(600))
    inventory = read(client, exact=True)
    assert len(inventory) == 601
    assert (inventory.coverage.complete, inventory.coverage.runs_read) == (True, 600)
    assert wandb_server.count("WslayoutProjectFields") == 0


def test_samples_that_meet_count_no_run_twice(wandb_server: WandbServer, client: Client) -> None:
    wandb_server.disable(AGGREGATED, FIELDS, COUNTS)
    wandb_server.add_project("demo/p", many(60))
    inventory = read(client)
    assert row(inventory, "loss")["runs"] == 60


def test_pages_shrink_where_runs_have_many_keys(
    wandb_server: WandbServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_pages, "_PAGE_KEYS", 1_000)
    wandb_server.disable(AGGREGATED, FIELDS)
    keys = {f"k{number}": KeyInfo() for number in range(100)}
    wandb_server.add_project("demo/p", [Run(f"r{n}", keys) for n in range(60)])
    read(client)
    sizes = [record.variables["first"] for record in wandb_server.select("WslayoutRunKeys")]
    assert sizes == [20, 10, 10, 10, 10]


def test_a_server_without_run_counts(wandb_server: WandbServer, client: Client) -> None:
    wandb_server.disable(COUNTS)
    wandb_server.add_project("demo/p", RUNS)
    inventory = read(client)
    assert len(inventory) == 5
    assert inventory.coverage.runs_total is None
    wandb_server.disable(AGGREGATED, FIELDS)
    assert read(client).coverage.runs_total == 3


def test_a_server_that_knows_no_way(wandb_server: WandbServer, client: Client) -> None:
    wandb_server.disable(AGGREGATED, FIELDS, "run_history_keys")
    wandb_server.add_project("demo/p", RUNS)
    with pytest.raises(UnknownField):
        read(client)


# -- what may go wrong --------------------------------------------------------------------------

AGGREGATE_FAULTS = {
    "null": faults.Edit(
        lambda _: {"data": {"project": {"runCount": 3, "runs": {"historyKeys": None}}}}
    ),
    "list": faults.Edit(lambda _: {"data": {"project": {"runs": {"historyKeys": [1]}}}}),
    "no runs": faults.without("project", "runs"),
    "error": faults.graphql_error("too many runs"),
    "partial": faults.partial_data("too many runs"),
    "html": faults.html(),
    "broken": faults.broken_json(),
}


@pytest.mark.parametrize("name", AGGREGATE_FAULTS)
def test_a_failed_aggregate_leads_to_the_next_way(
    wandb_server: WandbServer, client: Client, name: str
) -> None:
    wandb_server.add_project("demo/p", RUNS)
    wandb_server.fail(AGGREGATE_FAULTS[name], operation="WslayoutProjectKeys")
    inventory = read(client)
    assert "loss" in inventory.keys
    assert any("aggregated metric keys" in note for note in inventory.coverage.notes)


def test_a_server_that_can_not_aggregate_so_many(wandb_server: WandbServer, client: Client) -> None:
    wandb_server.add_project("demo/p", RUNS)
    wandb_server.fail(faults.status(504), operation="WslayoutProjectKeys", times=None)
    wandb_server.fail(faults.status(504), operation="WslayoutProjectFields", times=None)
    assert row(read(client), "loss")["runs"] == 2


def test_a_dead_server_is_not_asked_in_three_ways(
    wandb_server: WandbServer, client: Client
) -> None:
    wandb_server.add_project("demo/p", RUNS)
    wandb_server.fail(faults.cut_before(), times=None)
    with pytest.raises(ServerUnreachable):
        read(client)
    assert len(wandb_server.requests) == 4


def test_not_allowed_in_the_middle(wandb_server: WandbServer, client: Client) -> None:
    wandb_server.disable(AGGREGATED, FIELDS)
    wandb_server.add_project("demo/p", many(100))
    wandb_server.fail(faults.unauthorized(), operation="WslayoutRunKeys", skip=1)
    with pytest.raises(AuthError):
        read(client)


def test_no_project(client: Client) -> None:
    with pytest.raises(ProjectNotFound, match="demo/p"):
        read(client)


@pytest.mark.parametrize("off", [[], [AGGREGATED], [AGGREGATED, FIELDS], [COUNTS]])
def test_no_runs_yet(wandb_server: WandbServer, client: Client, off: list[str]) -> None:
    wandb_server.disable(*off)
    wandb_server.add_project("demo/p")
    with pytest.raises(EmptySource, match="no runs yet") as caught:
        read(client)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("off", [[], [AGGREGATED], [AGGREGATED, FIELDS]])
@pytest.mark.parametrize("keys", [None, {}, {"_step": KeyInfo(), "system/gpu.0": KeyInfo()}])
def test_runs_without_metrics(
    wandb_server: WandbServer, client: Client, off: list[str], keys: Any
) -> None:
    wandb_server.disable(*off)
    wandb_server.add_project("demo/p", [Run("a", keys), Run("b", keys)])
    with pytest.raises(EmptySource, match="2 runs of demo/p have not logged any metric"):
        read(client)


@pytest.mark.parametrize("off", [[], [AGGREGATED], [AGGREGATED, FIELDS]])
def test_too_many_keys(wandb_server: WandbServer, client: Client, off: list[str]) -> None:
    wandb_server.disable(*off)
    wandb_server.add_project("demo/p", [Run("a", {f"k{n}": KeyInfo() for n in range(500)})])
    with pytest.raises(TooManyKeys, match="more than 499"):
        read(client, max_keys=499)
    assert len(read(client, max_keys=500)) == 500


def test_odd_keys_come_through(wandb_server: WandbServer, client: Client) -> None:
    odd = ["x" * 5000, 'a"b\n\t\x00', "検証/損失", "🚀", "<b>", "State", ""]
    wandb_server.add_project("demo/p", [Run("a", {key: KeyInfo() for key in odd})])
    inventory = read(client)
    assert set(inventory.keys) == set(odd) - {""}
    assert any("1 key without a usable name" in note for note in inventory.coverage.notes)


# -- historyKeys --------------------------------------------------------------------------------


def counts(**types: object) -> dict[str, Any]:
    return {"typeCounts": [{"type": name, "count": count} for name, count in types.items()]}


@pytest.mark.parametrize(
    ("info", "kind", "points"),
    [
        (counts(number=5), "number", 5),
        (counts(string=90, number=10), "number", 100),
        (counts(nil=90, number=10), "number", 100),
        (counts(string=90, map=10), "string", 100),
        (counts(map=1, histogram=9), "histogram", 10),
        (counts(bool=5, list=5), "bool", 10),
        (counts(number=5, histogram=9), "histogram", 14),
        (counts(new_type=3), "unknown", 3),
        (counts(number=None), "number", None),
        (counts(number="7"), "number", None),
        (counts(number=-1), "number", None),
        (counts(number=True), "number", None),
        (counts(number=10**30), "number", None),
        ({"typeCounts": [None, {"type": 3, "count": 2}]}, "unknown", 2),
        ({"typeCounts": []}, "unknown", None),
        ({"typeCounts": {}}, "unknown", None),
        ({}, "unknown", None),
        (None, "unknown", None),
        ("x", "unknown", None),
    ],
)
def test_kind_and_points_of_a_key(info: object, kind: str, points: int | None) -> None:
    assert list(parse_history_keys({"keys": {"k": info}})) == [KeyFact("k", kind, points, None)]


def test_history_keys_as_text_and_monotonic() -> None:
    keys = {"a": {"monotonic": True}, "b": {"monotonic": 1}}
    facts = list(parse_history_keys(json.dumps({"sets": [], "keys": keys})))
    assert [fact.monotonic for fact in facts] == [True, None]


@pytest.mark.parametrize("payload", [None, {}, {"keys": None}, {"keys": [1]}, "null", "{}"])
def test_history_keys_without_keys(payload: object) -> None:
    assert list(parse_history_keys(payload)) == []


@pytest.mark.parametrize("payload", [3, [1], "x", "[", '"x"', True, "[" * 100_000])
def test_history_keys_that_are_none(payload: object) -> None:
    with pytest.raises(BadResponse, match="historyKeys"):
        list(parse_history_keys(payload))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
_INFO = st.fixed_dictionaries(
    {},
    optional={
        "typeCounts": _JSON
        | st.lists(
            _JSON
            | st.fixed_dictionaries(
                {"type": st.sampled_from(["number", "string", "map", "?"]) | _JSON, "count": _JSON}
            )
        ),
        "monotonic": _JSON,
    },
)


@given(_JSON | st.fixed_dictionaries({"keys": st.dictionaries(st.text(), _INFO | _JSON)}))
def test_any_payload_gives_facts_or_our_error(payload: object) -> None:
    try:
        facts = list(parse_history_keys(payload))
    except BadResponse:
        return
    for fact in facts:
        assert fact.kind in KINDS
        assert fact.points is None or fact.points >= 0
    if len(facts) > 2:  # seldom enough to be quick
        Inventory.from_frame(pd.DataFrame(facts, columns=KeyFact._fields, dtype=object))
