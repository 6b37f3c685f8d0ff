"""What a client that makes a run sends: the run itself, its history and files, and its end."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

from graphql import GraphQLError

from tests.wandb_server import storage
from tests.wandb_server.context import Info, Resolver
from tests.wandb_server.exchange import Request
from tests.wandb_server.run_resolvers import RunOf
from tests.wandb_server.state import Account, KeyInfo, Project, Run
from tests.wandb_server.world import Denied, World

_STREAM = re.compile(r"/files/([^/]+)/([^/]+)/([^/]+)/file_stream")
_COLUMNS = {
    "display_name": "display_name",
    "description": "description",
    "notes": "notes",
    "group_name": "group",
    "job_type": "job_type",
    "tags": "tags",
    "state": "state",
}


def upsert_run(world: World, account: Account | None, given: dict[str, Any]) -> tuple[RunOf, bool]:
    """Create or update a run, and the project with it if it is the account's own to create."""
    entity = given.get("entity_name") or (account.entity if account else "")
    path = f"{entity}/{given.get('model_name')}"
    if path not in world.projects:
        if account is None or entity not in (account.entity, *account.teams):
            raise Denied
        world.add_project(path)
    project = world.writable_project(account, entity, given.get("model_name"))
    name = given.get("name") or f"run{world.number()}"
    run = find_run(project, name)
    inserted = run is None
    if run is None:
        run = _add_run(world, project, account, name)
    for column, attribute in _COLUMNS.items():
        if given.get(column) is not None:
            setattr(run, attribute, given[column])
    if given.get("config"):
        run.config = {key: each["value"] for key, each in json.loads(given["config"]).items()}
    return RunOf(run, project), inserted


def find_run(project: Project, name: str) -> Run | None:
    # Only a list takes runs: whatever makes its own would have to make them all to be searched.
    runs = project.runs if isinstance(project.runs, list) else []
    return next((run for run in runs if run.name == name), None)


def stream(world: World, request: Request) -> None:
    """Keep what a run's stream tells, if this request is one: its history, and that it is over."""
    named = _STREAM.fullmatch(request.path)
    if named is None or request.method != "POST":
        return
    entity, project_name, run_name = named.groups()
    project = world.projects.get(f"{entity}/{project_name}")
    run = find_run(project, run_name) if project else None
    if run is None:
        return
    told = json.loads(request.body)
    lines = told.get("files", {}).get("wandb-history.jsonl", {}).get("content", [])
    if lines:
        run.rows = [*run.rows, *(dict(_flat(json.loads(line))) for line in lines)]
        run.keys = _keys_of(run.rows)
    if told.get("complete"):
        run.state = "failed" if told.get("exitcode") else "finished"


def _flat(row: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """The values of a row by their keys; names that are nested are joined by dots."""
    for name, value in row.items():
        if isinstance(value, Mapping) and "_type" not in value:
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _keys_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, KeyInfo]:
    """What the history of some rows knows of their keys."""
    columns: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        for key, value in row.items():
            columns[key].append(value)
    return {key: _key_info(values) for key, values in columns.items()}


def _key_info(values: Sequence[Any]) -> KeyInfo:
    (kind, count), *others = Counter(map(_type_of, values)).most_common()
    return KeyInfo(
        kind,
        count,
        monotonic=kind == "number" and not others and all(a <= b for a, b in pairwise(values)),
        previous=values[-1],
        more_types=dict(others),
    )


def _type_of(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value["_type"])
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "list" if isinstance(value, list) else "nil"


def _add_run(world: World, project: Project, account: Account | None, name: str) -> Run:
    if not isinstance(project.runs, list):
        raise GraphQLError("this project takes no runs")
    # Not before the last one, since a project's runs stand in their order.
    now = world.clock.tick()
    last = project.runs[-1].created_at if project.runs else None
    now = max(now, last + timedelta(seconds=1)) if last else now
    run = Run(name, state="running", created_at=now, heartbeat_at=now, user=account)
    project.runs.append(run)
    return run


def _upsert_bucket(_: object, info: Info, **arguments: Any) -> dict[str, Any]:
    context = info.context
    run, inserted = upsert_run(context.world, context.account, arguments["input"])
    return {"bucket": run, "inserted": inserted}


def _create_run_files(_: object, info: Info, **arguments: Any) -> dict[str, Any]:
    given = arguments["input"]
    project = info.context.world.writable_project(
        info.context.account, given["entity_name"], given["project_name"]
    )
    folder = f"{project.path}/runs/{given['run_name']}"
    files = [
        {"name": name, "upload_url": storage.url(info.context.base_url, f"{folder}/{name}")}
        for name in given["files"]
    ]
    return {"run_id": given["run_name"], "upload_headers": [], "files": files}


RESOLVERS: dict[str, Resolver] = {
    "Mutation.upsertBucket": _upsert_bucket,
    "Mutation.createRunFiles": _create_run_files,
    "Run.project": lambda source, info: source.project,
}
