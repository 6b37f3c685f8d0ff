"""The fields of a project that look into its runs, and the fields of runs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError

from tests.wandb_server import history
from tests.wandb_server.connections import Connection
from tests.wandb_server.context import Info, Resolver, as_text, paged, snake
from tests.wandb_server.selection import select
from tests.wandb_server.state import Project, Run, opaque_id


@dataclass(frozen=True)
class RunOf:
    """A run with its project, since the run itself is plain data."""

    run: Run
    project: Project


def _run(project: Project, info: Info, name: str) -> RunOf | None:
    found = select(project.runs, json.dumps({"name": name}), None)
    return RunOf(found[0], project) if len(found) else None


def _runs(
    project: Project,
    info: Info,
    first: int | None = None,
    after: str | None = None,
    order: str | None = None,
    filters: str | None = None,
) -> Connection:
    options = info.context.world.options
    for word in sorted(options.refuses):
        if word == order or f'"{word}"' in (filters or ""):
            raise GraphQLError(f"runs can't be filtered or ordered by {word}")
    if any(f'"{word}"' in (filters or "") for word in options.ignores):
        filters = None
    chosen = select(project.runs, filters, order)
    return paged(info, chosen, first, after, node=lambda run: RunOf(run, project))


def _run_count(project: Project, info: Info, filters: str | None = None) -> int:
    return len(select(project.runs, filters, None))


def _fields(
    project: Project,
    info: Info,
    first: int | None = None,
    after: str | None = None,
    pattern: str | None = None,
    columns: Sequence[str] | None = None,
    types: Sequence[str] | None = None,
) -> Connection:
    wanted = [
        {"path": path, "type": kind}
        for path, kind in history.field_index(history.each_run(project.runs))
        if (not columns or path.partition(".")[0] in columns)
        and (not types or kind in types)
        and (not pattern or re.search(pattern, path, re.IGNORECASE))
    ]
    return paged(info, wanted, first, after)


def _json(info: Info, value: Any) -> Any:
    if value is None or not info.context.world.options.json_as_text:
        return value
    return json.dumps(value)


def _history_keys(source: RunOf, info: Info) -> Any:
    return _json(info, history.history_keys(source.run))


def _all_history_keys(connection: Connection, info: Info) -> Any:
    # Over all the runs that the filters let through, whatever page was asked for.
    runs: Any = connection.items
    return _json(info, history.aggregated_history_keys(history.each_run(runs)))


def _only(values: Mapping[str, Any], keys: Sequence[str] | None) -> str:
    return json.dumps({key: values[key] for key in values if keys is None or key in keys})


def _config(source: RunOf, info: Info, keys: Sequence[str] | None = None) -> str:
    return _only({key: {"value": value} for key, value in source.run.config.items()}, keys)


def _summary(source: RunOf, info: Info, keys: Sequence[str] | None = None) -> str:
    return _only(history.summary(source.run), keys)


def _sampled_history(source: RunOf, info: Info, specs: Sequence[str]) -> list[list[Any]]:
    return [history.sampled(source.run, json.loads(spec)) for spec in specs]


def _attribute(source: RunOf, info: Info) -> Any:
    return as_text(getattr(source.run, snake(info.field_name)))


RESOLVERS: dict[str, Resolver] = {
    "Project.run": _run,
    "Project.runs": _runs,
    "Project.runCount": _run_count,
    "Project.fields": _fields,
    "RunConnection.historyKeys": _all_history_keys,
    "Run.id": lambda source, info: opaque_id("Run", f"{source.run.name}:{source.project.number}"),
    "Run.projectId": lambda source, info: source.project.number,
    "Run.name": _attribute,
    "Run.displayName": lambda source, info: source.run.display_name or source.run.name,
    "Run.sweepName": _attribute,
    "Run.state": _attribute,
    "Run.group": _attribute,
    "Run.jobType": _attribute,
    "Run.commit": lambda source, info: None,
    "Run.readOnly": lambda source, info: not source.project.writable_by(info.context.account),
    "Run.createdAt": _attribute,
    "Run.heartbeatAt": _attribute,
    "Run.description": _attribute,
    "Run.notes": _attribute,
    "Run.tags": _attribute,
    "Run.user": lambda source, info: source.run.user or source.project.user,
    "Run.fileCount": lambda source, info: source.run.file_count,
    "Run.historyLineCount": lambda source, info: history.line_count(source.run),
    "Run.historyKeys": _history_keys,
    "Run.sampledHistory": _sampled_history,
    "Run.config": _config,
    "Run.summaryMetrics": _summary,
    "Run.systemMetrics": lambda source, info: json.dumps(source.run.system_metrics),
}
