"""Schema field → function of what stands above it; what is not here is a plain attribute."""

from __future__ import annotations

import json
from typing import Any

from tests.wandb_server import artifact_resolvers, run_resolvers, run_writes
from tests.wandb_server.connections import Connection
from tests.wandb_server.context import Info, Resolver, paged
from tests.wandb_server.state import Account, Project, View, opaque_id


def _entity_name(info: Info, given: str | None) -> str:
    """The entity asked for, else the account's own."""
    account = info.context.account
    return given or (account.entity if account else "")


def _project(
    _: object, info: Info, entity_name: str | None = None, name: str | None = None
) -> Project | None:
    path = f"{_entity_name(info, entity_name)}/{name}"
    project = info.context.world.projects.get(path)
    return project if project and project.readable_by(info.context.account) else None


def _projects(
    _: object,
    info: Info,
    entity_name: str | None = None,
    first: int | None = None,
    after: str | None = None,
) -> Connection:
    entity = _entity_name(info, entity_name)
    visible = [
        project
        for project in info.context.world.projects.values()
        if project.entity_name == entity and project.readable_by(info.context.account)
    ]
    return paged(info, visible, first, after)


def _entity(info: Info, name: str) -> dict[str, Any]:
    personal = any(account.username == name for account in info.context.world.accounts)
    return {"id": opaque_id("Entity", name), "name": name, "is_team": not personal}


def _teams(account: Account, info: Info) -> dict[str, Any]:
    names = dict.fromkeys([account.entity, *account.teams])
    return {"edges": [{"node": _entity(info, name)} for name in names]}


def _view(_: object, info: Info, *, id: str) -> View | None:  # noqa: A002 - the schema's word
    view = info.context.world.view(id)
    return view if view and view.project.readable_by(info.context.account) else None


def _all_views(
    project: Project,
    info: Info,
    first: int | None = None,
    after: str | None = None,
    view_type: str | None = None,
    view_name: str | None = None,
    user_name: str | None = None,
) -> Connection:
    wanted = [
        view
        for view in sorted(project.views, key=lambda view: view.updated_at, reverse=True)
        if (view_type is None or view.type == view_type)
        and (view_name is None or view.name == view_name)
        and (user_name is None or (view.user is not None and view.user.username == user_name))
    ]
    return paged(info, wanted, first, after)


def _upsert_view(_: object, info: Info, **arguments: Any) -> dict[str, Any]:
    view, inserted = info.context.world.upsert_view(info.context.account, arguments["input"])
    return {"view": view, "inserted": inserted}


def _delete_view(_: object, info: Info, **arguments: Any) -> dict[str, Any]:
    info.context.world.delete_view(info.context.account, arguments["input"]["id"])
    return {"success": True}


RESOLVERS: dict[str, Resolver] = {
    "Query.viewer": lambda _, info: info.context.account,
    "Query.serverInfo": lambda _, info: {"features": []},
    "Query.entity": lambda _, info, name=None: _entity(info, _entity_name(info, name)),
    "Query.models": _projects,
    "Query.project": _project,
    "Query.view": _view,
    "Mutation.upsertView": _upsert_view,
    "Mutation.deleteView": _delete_view,
    "User.id": lambda account, info: opaque_id("User", account.username),
    "User.flags": lambda account, info: json.dumps(account.flags),
    "User.deletedAt": lambda account, info: None,
    "User.apiKeys": lambda account, info: {"edges": []},
    "User.teams": _teams,
    "Entity.projects": lambda entity, info, **page: _projects(None, info, entity["name"], **page),
    "Project.id": lambda project, info: opaque_id("Project", project.number),
    "Project.internalId": lambda project, info: opaque_id("ProjectInternalId", project.number),
    "Project.isBenchmark": lambda project, info: False,
    "Project.readOnly": lambda project, info: not project.writable_by(info.context.account),
    "Project.entity": lambda project, info: _entity(info, project.entity_name),
    "Project.allViews": _all_views,
    **run_resolvers.RESOLVERS,
    **run_writes.RESOLVERS,
    **artifact_resolvers.RESOLVERS,
}
