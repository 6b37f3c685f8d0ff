"""A server that keeps its answers: the same bytes, until what they tell has changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests

from tests.wandb_server import DEFAULT_KEY, KeyInfo, Run, WandbServer, faults

PATH = "demo/project"
KEYS = """query Keys($first: Int) {
  project(entityName: "demo", name: "project") {
    runs(first: $first) { edges { node { name historyKeys } } }
  }
}"""
VIEWS = """{
  project(entityName: "demo", name: "project") { allViews { edges { node { displayName } } } }
}"""
SAVE = """mutation Save($title: String) {
  upsertView(input: {
    entityName: "demo", projectName: "project", displayName: $title, spec: "{}"
  }) { inserted }
}"""


@pytest.fixture
def server() -> Iterator[WandbServer]:
    with WandbServer(keeps_answers=True) as server:
        server.add_project(PATH, [Run(name, {"loss": KeyInfo(count=9)}) for name in "ab"])
        yield server
    assert not server.mistakes


def ask(
    server: WandbServer, query: str, variables: dict[str, Any] | None = None, key: str = DEFAULT_KEY
) -> requests.Response:
    body = {"query": query, "variables": variables or {}}
    return requests.post(f"{server.url}/graphql", json=body, auth=("api", key), timeout=5)


def keys(server: WandbServer, first: int = 9) -> dict[str, int]:
    project = ask(server, KEYS, {"first": first}).json()["data"]["project"]
    nodes = [edge["node"] for edge in project["runs"]["edges"]]
    return {
        node["name"]: node["historyKeys"]["keys"]["loss"]["typeCounts"][0]["count"]
        for node in nodes
    }


def titles(server: WandbServer) -> list[str]:
    edges = ask(server, VIEWS).json()["data"]["project"]["allViews"]["edges"]
    return [edge["node"]["displayName"] for edge in edges]


def test_an_answer_is_made_once_and_recorded_each_time(server: WandbServer) -> None:
    one, other = (ask(server, KEYS, {"first": 1}) for _ in range(2))
    assert one.content == other.content
    assert one.headers["Content-Length"] == other.headers["Content-Length"]
    first, second = server.operations
    assert first.response_bytes == second.response_bytes == int(one.headers["Content-Length"])
    assert first.variables == second.variables == {"first": 1}
    # That it was not made again is seen by what goes unnoticed.
    server.world.projects[PATH].runs[0].keys = {"loss": KeyInfo(count=1)}
    assert keys(server, 1) == {"a": 9}
    assert keys(server, 2) == {"a": 1, "b": 9}


def test_other_runs_have_other_answers(server: WandbServer) -> None:
    project = server.world.projects[PATH]
    before = project.runs
    assert keys(server) == {"a": 9, "b": 9}
    project.runs = [replace(run, keys={"loss": KeyInfo(count=5)}) for run in before[:]]
    assert keys(server) == {"a": 5, "b": 5}
    project.runs = before
    assert keys(server) == {"a": 9, "b": 9}


def test_what_a_client_writes_is_read(server: WandbServer) -> None:
    for title in ("one", "other"):
        assert title not in titles(server)
        assert ask(server, SAVE, {"title": title}).ok
        assert title in titles(server)


def test_a_runs_stream_is_read(server: WandbServer) -> None:
    assert keys(server)["a"] == 9
    history = {"wandb-history.jsonl": {"offset": 0, "content": ['{"loss": 1}', '{"loss": 2}']}}
    url = f"{server.url}/files/{PATH}/a/file_stream"
    assert requests.post(url, json={"files": history}, timeout=5).ok
    assert keys(server)["a"] == 2


def test_telemetry_changes_nothing(server: WandbServer) -> None:
    assert keys(server)["a"] == 9
    server.world.projects[PATH].runs[0].keys = {"loss": KeyInfo(count=1)}
    assert requests.post(f"{server.url}/sdk/otel/v1/metrics", data=b"x", timeout=5).ok
    assert keys(server)["a"] == 9


def test_each_asks_for_themselves(server: WandbServer) -> None:
    server.add_account("eve", "e" * 40)
    server.world.projects[PATH].readers = {"demo"}
    assert keys(server)["a"] == 9
    assert ask(server, KEYS, {"first": 9}, "e" * 40).json()["data"]["project"] is None
    assert ask(server, KEYS, {"first": 9}, "x" * 40).status_code == 401


def test_a_feature_that_goes_is_gone(server: WandbServer) -> None:
    assert keys(server)
    server.disable("run_history_keys")
    assert ask(server, KEYS, {"first": 9}).status_code == 400


def test_faults_strike_what_is_kept_and_leave_it(server: WandbServer) -> None:
    assert keys(server)["a"] == 9
    server.fail(faults.partial_data("some"))
    assert ask(server, KEYS, {"first": 9}).json()["errors"][0]["message"] == "some"
    assert keys(server)["a"] == 9
