from __future__ import annotations

import base64
import contextlib
import gzip
import json
import socket
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from importlib import import_module
from itertools import pairwise
from typing import Any, Protocol, overload

import pytest
import requests

from tests.conftest import WandbEnv, loopback_only
from tests.wandb_server import DEFAULT_KEY, FEATURES, KeyInfo, Run, WandbServer, faults

LOSS = {"train/loss": KeyInfo(count=500, previous=0.1), "epoch": KeyInfo(count=9, monotonic=True)}
COUNT = 'query Count { project(entityName: "demo", name: "project") { runCount } }'
UPSERT = """
mutation Upsert($id: ID, $name: String, $title: String, $spec: String, $seen: DateTime) {
  upsertView(input: {
    id: $id, entityName: "demo", projectName: "project", type: "project-view", name: $name,
    displayName: $title, spec: $spec, lastUpdatedAt: $seen, createdUsing: WANDB_SDK
  }) { inserted view { id name displayName description spec updatedAt } }
}"""


class Ask(Protocol):
    def __call__(
        self, query: str, variables: dict[str, Any] | None = None, *, key: str = DEFAULT_KEY
    ) -> requests.Response: ...


@pytest.fixture
def ask(wandb_server: WandbServer) -> Iterator[Ask]:
    with requests.Session() as session:
        session.trust_env = False

        def post(
            query: str, variables: dict[str, Any] | None = None, *, key: str = DEFAULT_KEY
        ) -> requests.Response:
            return session.post(
                f"{wandb_server.url}/graphql",
                json={"query": query, "variables": variables or {}, "operationName": ""},
                auth=("api", key),
                allow_redirects=False,
                timeout=5,
            )

        yield post


@pytest.fixture
def project(wandb_server: WandbServer) -> WandbServer:
    wandb_server.add_project(
        "demo/project",
        [
            Run("one", keys=LOSS, config={"lr": 0.1}, group="a"),
            Run("two", keys={"train/loss": KeyInfo(count=20)}, state="crashed", job_type="eval"),
            Run("three", keys={"img": KeyInfo("image-file", count=4, monotonic=None)}),
        ],
    )
    return wandb_server


def names(answer: requests.Response) -> list[str]:
    return [edge["node"]["name"] for edge in answer.json()["data"]["project"]["runs"]["edges"]]


# -- The real clients -------------------------------------------------------------------------


def test_the_sdk_reads_runs_and_their_keys(wandb_env: WandbEnv, project: WandbServer) -> None:
    import wandb

    api = wandb.Api()
    runs = list(api.runs("demo/project", lazy=False, per_page=2))
    assert [run.id for run in runs] == ["one", "two", "three"]
    assert runs[0].history_keys["keys"]["train/loss"] == {
        "typeCounts": [{"type": "number", "count": 500}],
        "monotonic": False,
        "previousValue": 0.1,
    }
    assert runs[0].lastHistoryStep == 499
    assert (runs[0].config, runs[0].summary["train/loss"]) == ({"lr": 0.1}, 0.1)
    assert runs[0].created_at == "2025-01-01T00:00:00Z"
    assert api.run("demo/project/two").state == "crashed"
    newest = api.runs("demo/project", order="-created_at", filters={"state": "finished"})
    assert ([run.id for run in newest], len(newest)) == (["three", "one"], 2)
    assert api.viewer.username == api.default_entity == "demo"
    assert [found.name for found in api.projects("demo")] == ["project"]
    assert project.count("Runs") == 3  # the first listing took two pages
    assert project.count(kind="mutation") == 0


def test_workspaces_saves_loads_and_updates(wandb_env: WandbEnv, project: WandbServer) -> None:
    # As Any, since the package's star imports and missing types hide what is there.
    reports: Any = import_module("wandb_workspaces.reports.v2")
    workspaces: Any = import_module("wandb_workspaces.workspaces")
    panel = reports.LinePlot(y=["train/loss"])
    made = workspaces.Workspace(
        entity="demo",
        project="project",
        name="Made by the SDK",
        sections=[workspaces.Section(name="Losses", panels=[panel], is_open=True)],
        auto_generate_panels=False,
    ).save()
    assert made.url.startswith(f"{project.url}/demo/project?nw=")
    loaded = workspaces.Workspace.from_url(made.url)
    assert (loaded.name, loaded.auto_generate_panels) == ("Made by the SDK", False)
    assert [section.name for section in loaded.sections] == ["Losses"]
    assert loaded.sections[0].panels[0].y == [reports.Metric("train/loss")]

    loaded.name = "Renamed"
    loaded.save()
    (view,) = project.views("demo/project")
    assert (view.display_name, view.type) == ("Renamed", "project-view")
    assert view.updated_at > view.created_at
    assert json.loads(view.spec)["section"]["settings"]["shouldAutoGeneratePanels"] is False
    first, second = project.select("upsertView")
    assert (first.name, first.variables["locked"]) == ("UpsertView2", False)
    assert "id" not in first.variables
    assert second.variables["id"] == view.id


def test_the_sdk_follows_the_environment_to_another_server(
    wandb_env: WandbEnv, project: WandbServer
) -> None:
    import wandb

    assert len(wandb.Api().runs("demo/project")) == 3
    with WandbServer() as other:
        other.add_account("eve", "e" * 40)
        other.add_project("eve/own", [Run("only")])
        wandb_env.use(other, api_key="e" * 40)
        project.clear()
        assert [run.id for run in wandb.Api().runs("own")] == ["only"]
        assert other.count() > 0
    assert project.requests == []


def test_the_sdk_is_turned_away(wandb_env: WandbEnv, project: WandbServer) -> None:
    import wandb
    from wandb.errors import AuthenticationError

    wandb_env.use(project, api_key="x" * 40)
    with pytest.raises(AuthenticationError, match="user is not logged in"):
        wandb.Api()
    project.add_account("guest", "g" * 40)
    project.world.projects["demo/project"].readers = {"demo"}
    wandb_env.use(project, api_key="g" * 40)
    with pytest.raises(ValueError, match="Could not find project"):
        list(wandb.Api().runs("demo/project"))


def test_nothing_of_the_users_is_in_reach(wandb_env: WandbEnv) -> None:
    import wandb

    api = wandb.Api()
    assert api.settings["base_url"] == wandb_env.server.url
    assert api.api_key == DEFAULT_KEY
    hosts = {record.headers["host"] for record in wandb_env.server.requests}
    assert hosts == {wandb_env.server.url.removeprefix("http://")}


# -- HTTP -------------------------------------------------------------------------------------


def test_gzip_both_ways_on_one_connection(project: WandbServer) -> None:
    body = gzip.compress(json.dumps({"query": COUNT}).encode())
    token = base64.b64encode(f"api:{DEFAULT_KEY}".encode()).decode()
    with requests.Session() as session:
        for _ in range(2):
            answer = session.post(
                f"{project.url}/graphql",
                data=body,
                headers={"Content-Encoding": "gzip", "Authorization": f"Basic {token}"},
                timeout=5,
            )
            assert answer.json()["data"]["project"]["runCount"] == 3
            assert answer.headers["Content-Encoding"] == "gzip"
        plain = session.post(
            f"{project.url}/graphql",
            data=body[:-9],
            headers={"Content-Encoding": "gzip"},
            timeout=5,
        )
        assert plain.status_code == 400
    one, other = project.operations
    assert (one.request_bytes, one.name, one.fields) == (len(body), "Count", ("project",))
    assert one.headers["authorization"] == other.headers["authorization"] == f"Basic {token}"
    assert one.connection == other.connection  # kept alive


def test_other_posts_are_taken_and_other_pages_missing(project: WandbServer) -> None:
    assert requests.post(f"{project.url}/sdk/otel/v1/metrics", data=b"x", timeout=5).ok
    assert requests.get(f"{project.url}/nowhere", timeout=5).status_code == 404
    assert [record.path for record in project.requests] == ["/sdk/otel/v1/metrics", "/nowhere"]
    assert project.operations == []


# -- The schema -------------------------------------------------------------------------------

OPTIONAL = {
    "project_history_keys": "runs { historyKeys }",
    "run_history_keys": 'run(name: "one") { historyKeys }',
    "fields": "fields { edges { node { path type } } }",
    "run_count": "runCount",
    "sampled_history": 'run(name: "one") { sampledHistory(specs: ["{\\"keys\\": []}"]) }',
    "file_count": 'run(name: "one") { fileCount }',
    "view_name": 'allViews(viewName: "x") { edges { node { id } } }',
    "last_updated_at": None,
}


@pytest.mark.parametrize("feature", sorted(FEATURES))
def test_an_old_server_lacks_a_feature(project: WandbServer, ask: Ask, feature: str) -> None:
    part = OPTIONAL[feature]
    selection = f'query {{ project(entityName: "demo", name: "project") {{ {part} }} }}'
    query = selection if part else UPSERT
    assert ask(query, {"spec": "{}"}).status_code == 200
    project.disable(feature)
    answer = ask(query, {"spec": "{}"})
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["message"].startswith(
        ("Cannot query field", "Unknown argument", 'Field "lastUpdatedAt" is not defined by type')
    )


def test_the_message_names_field_and_type(project: WandbServer, ask: Ask) -> None:
    project.disable("project_history_keys")
    answer = ask('{ project(entityName: "demo", name: "project") { runs { historyKeys } } }')
    assert answer.json()["errors"][0]["message"] == (
        'Cannot query field "historyKeys" on type "RunConnection".'
    )
    with pytest.raises(ValueError, match="unknown features"):
        project.disable("historyKeys")


@pytest.mark.parametrize("body", [b"", b"null", b"{}", b'{"query": 1}', b'{"query": "{"}'])
def test_what_is_no_query_is_refused(project: WandbServer, body: bytes) -> None:
    answer = requests.post(f"{project.url}/graphql", data=body, timeout=5)
    assert (answer.status_code, list(answer.json())) == (400, ["errors"])


def test_project_keys_are_aggregated(project: WandbServer, ask: Ask) -> None:
    query = """query Keys($f: JSONString) {
      project(entityName: "demo", name: "project") { runs(first: 1, filters: $f) { historyKeys } }
    }"""
    keys = ask(query).json()["data"]["project"]["runs"]["historyKeys"]
    assert (keys["sets"], keys["lastStep"]) == ([], 499)
    assert list(keys["keys"]) == ["train/loss", "epoch", "img"]
    assert keys["keys"]["train/loss"]["typeCounts"] == [{"type": "number", "count": 520}]
    assert keys["keys"]["epoch"]["monotonic"] is True
    assert keys["keys"]["img"] == {"typeCounts": [{"type": "image-file", "count": 4}]}
    project.options.json_as_text = True
    text = ask(query, {"f": '{"state": "crashed"}'}).json()["data"]["project"]["runs"]
    assert list(json.loads(text["historyKeys"])["keys"]) == ["train/loss"]


def test_sums_over_runs(wandb_server: WandbServer, ask: Ask) -> None:
    wandb_server.add_project(
        "demo/project",
        [
            Run("one", {"a": KeyInfo(count=2, monotonic=True, previous=1), "b": KeyInfo("table")}),
            Run("two", {"a": KeyInfo("string", 3, True, "NaN", more_types={"number": 4})}),
            Run("three", {"a": KeyInfo(count=1, monotonic=False, previous=5)}),
            Run("four", {"b": KeyInfo("table", 2, monotonic=None)}, history_line_count=12),
            Run("five", keys=None),
        ],
    )
    query = '{ project(entityName: "demo", name: "project") { runs { historyKeys } } }'
    for _ in range(2):  # adding up changes nothing
        assert ask(query).json()["data"]["project"]["runs"]["historyKeys"] == {
            "sets": [],
            "lastStep": 11,
            "keys": {
                "a": {
                    "typeCounts": [{"type": "number", "count": 7}, {"type": "string", "count": 3}],
                    "monotonic": False,
                    "previousValue": 5,
                },
                "b": {"typeCounts": [{"type": "table", "count": 3}]},
            },
        }


def test_the_field_index_pages(project: WandbServer, ask: Ask) -> None:
    query = """query Fields($after: String, $columns: [String!]) {
      project(entityName: "demo", name: "project") {
        fields(first: 2, after: $after, columns: $columns, types: ["number"]) {
          edges { node { path type } } pageInfo { endCursor hasNextPage }
        }
      }
    }"""
    page = ask(query).json()["data"]["project"]["fields"]
    assert page["edges"] == [
        {"node": {"path": "config.lr.value", "type": "number"}},
        {"node": {"path": "summary_metrics.epoch", "type": "number"}},
    ]
    assert page["pageInfo"]["hasNextPage"] is True
    rest = ask(query, {"after": page["pageInfo"]["endCursor"]}).json()["data"]["project"]["fields"]
    assert rest["edges"] == [{"node": {"path": "summary_metrics.train/loss", "type": "number"}}]
    assert rest["pageInfo"]["hasNextPage"] is False
    config = ask(query, {"columns": ["config"]}).json()["data"]["project"]["fields"]
    assert len(config["edges"]) == 1


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["one", "two", "three"]),
        ({"state": "finished"}, ["one", "three"]),
        ({"name": {"$in": ["two", "nobody"]}}, ["two"]),
        ({"group": "a"}, ["one"]),
        ({"group": None}, ["two", "three"]),
        ({"jobType": "eval"}, ["two"]),
        ({"created_at": {"$gt": "2025-01-01T00:30:00Z"}}, ["two", "three"]),
        ({"createdAt": {"$lt": "2025-01-01T00:30:00"}}, ["one"]),
        ({"$or": [{"group": "a"}, {"jobType": "eval"}]}, ["one", "two"]),
        ({"$and": [{"state": "finished"}, {"name": {"$ne": "one"}}]}, ["three"]),
        ({"summary_metrics.train/loss": {"$exists": True}}, ["one", "two"]),
        ({"summary_metrics.train/loss": {"$exists": False}}, ["three"]),
        ({"summary_metrics.train/loss": {"$lte": 0.1}}, ["one"]),
        ({"config.lr.value": 0.1}, ["one"]),
    ],
)
def test_run_filters(
    project: WandbServer, ask: Ask, filters: dict[str, Any], found: list[str]
) -> None:
    query = """query Runs($f: JSONString) {
      project(entityName: "demo", name: "project") {
        runCount(filters: $f) runs(filters: $f) { totalCount edges { node { name } } }
      }
    }"""
    answer = ask(query, {"f": json.dumps(filters)})
    assert names(answer) == found
    data = answer.json()["data"]["project"]
    assert data["runCount"] == data["runs"]["totalCount"] == len(found)


@pytest.mark.parametrize("filters", ['{"state": {"$near": 1}}', '{"nope": 1}', "{", "[]"])
def test_filters_that_make_no_sense(project: WandbServer, ask: Ask, filters: str) -> None:
    query = """query Runs($f: JSONString) {
      project(entityName: "demo", name: "project") { runs(filters: $f) { totalCount } }
    }"""
    assert ask(query, {"f": filters}).json()["errors"][0]["path"] == ["project", "runs"]


class Endless:
    """More runs than anybody would hold, each made when a page asks for it."""

    made = 0

    def __len__(self) -> int:
        return 100_000

    @overload
    def __getitem__(self, index: int, /) -> Run: ...
    @overload
    def __getitem__(self, index: slice, /) -> Sequence[Run]: ...
    def __getitem__(self, index: int | slice, /) -> Run | Sequence[Run]:
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(len(self)))]
        self.made += 1
        day = datetime.fromtimestamp(1_700_000_000 + index, timezone.utc)
        return Run(f"run{index}", created_at=day, heartbeat_at=day)


def test_runs_can_be_made_as_pages_need_them(wandb_server: WandbServer, ask: Ask) -> None:
    source = Endless()
    wandb_server.add_project("demo/project", source)
    query = """query Runs($order: String, $after: String) {
      project(entityName: "demo", name: "project") {
        runCount
        runs(first: 2, order: $order, after: $after) {
          edges { node { name } } pageInfo { endCursor }
        }
      }
    }"""
    newest = ask(query, {"order": "-created_at"})
    assert names(newest) == ["run99999", "run99998"]
    cursor = newest.json()["data"]["project"]["runs"]["pageInfo"]["endCursor"]
    assert names(ask(query, {"order": "-created_at", "after": cursor})) == ["run99997", "run99996"]
    assert names(ask(query)) == ["run0", "run1"]
    assert source.made == 6


def test_runs_in_order_of_their_heartbeat(wandb_server: WandbServer, ask: Ask) -> None:
    beats = {"late": 3, "early": 1, "middle": 2}
    wandb_server.add_project(
        "demo/project",
        [
            Run(name, heartbeat_at=datetime(2025, 6, day, tzinfo=timezone.utc))
            for name, day in beats.items()
        ],
    )
    query = """query Runs($order: String) {
      project(entityName: "demo", name: "project") {
        runs(order: $order) { edges { node { name } } }
      }
    }"""
    assert names(ask(query, {"order": "+heartbeat_at"})) == ["early", "middle", "late"]
    assert names(ask(query, {"order": "-heartbeat_at"})) == ["late", "middle", "early"]


# -- Views ------------------------------------------------------------------------------------


def test_views_are_created_updated_in_part_listed_and_deleted(
    project: WandbServer, ask: Ask
) -> None:
    project.add_view("demo/project", name="nw-old-v", spec="{}", display_name="Old")
    made = ask(UPSERT, {"name": "nw-new-v", "title": "New", "spec": "{}"}).json()["data"]
    view = made["upsertView"]["view"]
    assert made["upsertView"]["inserted"] is True
    assert base64.b64decode(view["id"]).startswith(b"View:")
    changed = ask(UPSERT, {"id": view["id"], "spec": '{"a": 1}'}).json()["data"]["upsertView"]
    assert (changed["inserted"], changed["view"]["displayName"]) == (False, "New")
    assert (changed["view"]["spec"], changed["view"]["name"]) == ('{"a": 1}', "nw-new-v")

    listing = """query Views($name: String, $after: String, $first: Int) {
      project(entityName: "demo", name: "project") {
        allViews(viewType: "project-view", viewName: $name, first: $first, after: $after) {
          edges { cursor node { name updatedAt user { username } } } totalCount
        }
      }
    }"""
    views = ask(listing, {"first": 1}).json()["data"]["project"]["allViews"]
    assert (views["totalCount"], views["edges"][0]["node"]["name"]) == (2, "nw-new-v")
    after = {"after": views["edges"][0]["cursor"]}
    (old,) = ask(listing, after).json()["data"]["project"]["allViews"]["edges"]
    assert old["node"]["user"] == {"username": "demo"}
    named = ask(listing, {"name": "nw-old-v"}).json()["data"]["project"]["allViews"]
    assert named["totalCount"] == 1

    delete = "mutation D($id: ID!) { deleteView(input: {id: $id, deleteDrafts: true}) { success } }"
    gone = ask(delete, {"id": view["id"]}).json()
    assert gone["data"] == {"deleteView": {"success": True}}
    assert [left.name for left in project.views("demo/project")] == ["nw-old-v"]
    assert ask(delete, {"id": view["id"]}).status_code == 404


def test_a_view_that_moved_on_is_not_overwritten(project: WandbServer, ask: Ask) -> None:
    view = ask(UPSERT, {"spec": "{}"}).json()["data"]["upsertView"]["view"]
    times = [view["updatedAt"]]
    for _ in range(3):
        given = {"id": view["id"], "spec": "{}", "seen": times[-1]}
        times.append(ask(UPSERT, given).json()["data"]["upsertView"]["view"]["updatedAt"])
    assert all(one < other for one, other in pairwise(times))

    project.world.touch(project.views("demo/project")[0])
    late = ask(UPSERT, {"id": view["id"], "spec": '{"lost": 1}', "seen": times[-1]})
    assert late.status_code == 200
    (error,) = late.json()["errors"]
    assert error["extensions"] == {"code": "VIEW_SPEC_CONFLICT"}
    assert error["message"] == "workspace changed since you loaded it"
    assert late.json()["data"] == {"upsertView": None}
    assert project.views("demo/project")[0].spec == "{}"
    project.options.statuses["VIEW_SPEC_CONFLICT"] = 409
    assert ask(UPSERT, {"id": view["id"], "seen": times[-1]}).status_code == 409


def test_a_name_that_is_taken(project: WandbServer, ask: Ask) -> None:
    given = {"name": "nw-same-v", "spec": "{}"}

    def inserted() -> bool:
        return bool(ask(UPSERT, given).json()["data"]["upsertView"]["inserted"])

    assert [inserted(), inserted()] == [True, True]
    project.options.same_name = "update"
    assert not inserted()
    project.options.same_name = "refuse"
    assert ask(UPSERT, given).json()["data"]["upsertView"] is None
    assert len(project.views("demo/project")) == 2


def test_who_may_see_and_write(project: WandbServer, ask: Ask) -> None:
    project.add_account("guest", "g" * 40)
    project.world.projects["demo/project"].writers = {"demo"}
    assert ask(COUNT, key="g" * 40).json()["data"]["project"]["runCount"] == 3
    refused = ask(UPSERT, {"spec": "{}"}, key="g" * 40)
    assert refused.status_code == 403
    assert refused.json()["errors"][0]["extensions"] == {"code": "PERMISSION_ERROR"}
    project.world.projects["demo/project"].readers = {"demo"}
    assert ask(COUNT, key="g" * 40).json() == {"data": {"project": None}}
    assert ask(UPSERT, {"spec": "{}"}, key="g" * 40).status_code == 404
    assert ask(COUNT, key="n" * 40).status_code == 401
    anonymous = requests.post(f"{project.url}/graphql", json={"query": "{viewer{id}}"}, timeout=5)
    assert anonymous.json() == {"data": {"viewer": None}}


# -- Faults -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        (faults.status(503), 503, ""),
        (faults.unauthorized(), 401, "not logged in"),
        (faults.forbidden(), 403, "permission denied"),
        (faults.html(), 200, "<!doctype html>"),
        (faults.json_null(), 200, "null"),
        (faults.data_null(), 200, '{"data":null}'),
        (faults.broken_json(), 200, '{"data":{'),
        (faults.graphql_error("boom", "CODE"), 200, '"extensions":{"code":"CODE"}'),
        (faults.redirect("http://elsewhere.invalid/"), 307, ""),
        (faults.limits(remaining=0, reset=2), 200, '"runCount":3'),
        (faults.partial_data("some"), 200, '"runCount":3'),
        (faults.without("project", "runCount"), 200, '{"data":{"project":{}}}'),
        (faults.drip(chunk=20, pause=0.001), 200, '"runCount":3'),
    ],
)
def test_faulty_answers(
    project: WandbServer, ask: Ask, fault: faults.Fault, status: int, body: str
) -> None:
    project.fail(fault)
    answer = ask(COUNT)
    assert answer.status_code == status == project.operations[-1].status
    assert body in answer.text
    assert ask(COUNT).json() == {"data": {"project": {"runCount": 3}}}


def test_rate_limits_carry_the_documented_headers(project: WandbServer, ask: Ask) -> None:
    project.fail(faults.rate_limited(reset=7, retry_after=3))
    answer = ask(COUNT)
    assert answer.status_code == 429
    told = {name: answer.headers[f"RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset")}
    assert told == {"Limit": "1000", "Remaining": "0", "Reset": "7"}
    assert answer.headers["Retry-After"] == "3"


@pytest.mark.parametrize(
    ("fault", "written"),
    [(faults.cut_before(), 0), (faults.cut_after(), 1), (faults.cut_body(), 1)],
)
def test_a_cut_connection(
    project: WandbServer, ask: Ask, fault: faults.Fault, written: int
) -> None:
    project.fail(fault, kind="mutation")
    with pytest.raises(requests.RequestException):
        ask(UPSERT, {"spec": "{}"}).json()
    assert len(project.views("demo/project")) == written
    assert project.count(kind="mutation") == 1


def test_faults_strike_whom_they_should(project: WandbServer, ask: Ask) -> None:
    project.fail(faults.status(500), operation="project", skip=1, times=2)
    project.fail(faults.status(502), operation="Upsert")
    project.fail(faults.status(404), path="/sdk/otel/v1/metrics", times=None)
    assert [ask(COUNT).status_code for _ in range(4)] == [200, 500, 500, 200]
    assert [ask(UPSERT, {"spec": "{}"}).status_code for _ in range(2)] == [502, 200]
    always = project.fail(faults.status(503), times=None)
    assert [ask(COUNT).status_code for _ in range(3)] == [503, 503, 503]
    assert always.struck == 3
    project.heal()
    assert ask(COUNT).ok


def test_faults_add_up(project: WandbServer, ask: Ask) -> None:
    slow = faults.Delay(0.1)
    project.fail(slow + faults.limits(remaining=5, reset=1) + faults.partial_data("some"))
    answer = ask(COUNT)
    assert answer.headers["RateLimit-Remaining"] == "5"
    assert answer.json()["errors"][0]["message"] == "some"
    assert project.operations[0].seconds >= 0.1


def test_a_gzip_bomb_is_small_on_the_wire(project: WandbServer) -> None:
    project.fail(faults.gzip_bomb(50_000_000))
    with requests.post(
        f"{project.url}/graphql", json={"query": COUNT}, stream=True, timeout=5
    ) as answer:
        unpacked = sum(len(piece) for piece in answer.iter_content(1 << 20))
    assert unpacked > 50_000_000
    assert project.operations[0].response_bytes < 100_000


def test_closing_does_not_wait_for_slow_answers() -> None:
    with socket.socket() as client, WandbServer() as server:
        slow = server.fail(faults.Delay(60))
        client.connect(("127.0.0.1", int(server.url.rpartition(":")[2])))
        client.sendall(b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        while not slow.struck:
            time.sleep(0.001)
        started = time.monotonic()
    assert time.monotonic() - started < 2


# -- The guard --------------------------------------------------------------------------------


def test_names_that_never_resolve_do_not() -> None:
    with pytest.raises(socket.gaierror):
        socket.create_connection(("wandb.invalid", 443))


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("api.wandb.ai", 443)])
def test_other_machines_are_out_of_reach(address: tuple[str, int]) -> None:
    with (
        pytest.raises(AssertionError, match=address[0]),
        loopback_only(),
        contextlib.suppress(OSError),  # as a client that retries, or takes it for bad luck
    ):
        socket.create_connection(address, timeout=1)
