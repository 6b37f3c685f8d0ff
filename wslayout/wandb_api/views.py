"""Saved views: list, read, create, update under guard, delete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from wslayout.errors import (
    BadResponse,
    RequestRejected,
    UnknownField,
    ViewConflict,
    ViewNotFound,
)
from wslayout.wandb_api import queries
from wslayout.wandb_api.asking import ask_project, next_page, nodes
from wslayout.wandb_api.client import GraphQL
from wslayout.wandb_api.view import (
    Saved,
    View,
    live_spec,
    report_url,
    saved_from,
    view_from,
    view_id,
    view_name,
    view_url,
)

__all__ = [
    "Saved",
    "View",
    "create_view",
    "delete_view",
    "find_views",
    "get_view",
    "list_views",
    "list_views_with_specs",
    "live_spec",
    "report_url",
    "update_view",
    "view_id",
    "view_name",
    "view_url",
]

_PAGE: Final = 100
_MAX_PAGES: Final = 1_000  # of a server whose pages never end
_CONFLICT_CODE: Final = "VIEW_SPEC_CONFLICT"
_CONFLICT_MESSAGE: Final = "workspace changed since you loaded it"


def list_views(
    client: GraphQL, entity: str, project: str, *, most_pages: int = _MAX_PAGES
) -> list[View]:
    """All saved views and personal workspaces of a project, without their specs.

    Args:
        client: Asks the server.
        entity: The team or user.
        project: The project.
        most_pages: After so many requests of a hundred views each the rest is left out.

    Raises:
        ProjectNotFound: No such project, or not visible.
        ServerError, AuthError: See `Client.execute`.
    """
    return list(_all_views(client, entity, project, queries.LIST_VIEWS, most_pages))


def list_views_with_specs(client: GraphQL, entity: str, project: str) -> list[View]:
    """The same with specs; on projects with many large views that can take minutes."""
    return list(_all_views(client, entity, project, queries.LIST_VIEWS_WITH_SPEC))


def get_view(client: GraphQL, entity: str, project: str, name: str) -> View | None:
    """The view called ``name`` on the server (see `view_name`) with its spec, or None.

    Raises:
        ProjectNotFound: No such project, or not visible.
        ServerError, AuthError: See `Client.execute`.
    """
    return next(iter(find_views(client, entity, project, name)), None)


def find_views(client: GraphQL, entity: str, project: str, name: str) -> list[View]:
    """All views called ``name``, the first one made first.

    There are two, where two people made it in the same moment.

    Raises:
        ProjectNotFound: No such project, or not visible.
        ServerError, AuthError: See `Client.execute`.
    """
    try:
        found = ask_project(client, entity, project, queries.GET_VIEW, {"viewName": name})
    except UnknownField:  # a server that can't filter by name
        views = _all_views(client, entity, project, queries.LIST_VIEWS_WITH_SPEC)
    else:
        views = iter(_views(found.get("allViews")))
    # The server's order is its own; the one that was made first is the one that everybody means.
    named = sorted(
        (view for view in views if view.name == name),
        key=lambda view: (view.created_at or "", view.id),
    )
    if any(view.spec is None for view in named):
        raise BadResponse(f"the server gave the view {name} of {entity}/{project} without its spec")
    return named


def create_view(
    client: GraphQL,
    entity: str,
    project: str,
    *,
    name: str,
    display_name: str,
    description: str,
    spec: str,
) -> Saved:
    """Save a new view.

    Args:
        client: Asks the server.
        entity: The team or user.
        project: The project.
        name: The immutable name, see `view_name`.
        display_name: What people see.
        description: Free text.
        spec: The view spec as JSON text.

    Raises:
        ServerUnreachable: No answer: look with `get_view` before trying again.
        ServerError, AuthError: See `Client.execute`.
    """
    variables = {
        "entity": entity,
        "project": project,
        "name": name,
        "displayName": display_name,
        "description": description,
        "spec": spec,
    }
    data = client.execute(
        queries.CREATE_VIEW, variables, operation="WslayoutCreateView", write=True
    )
    return saved_from(data)


def update_view(
    client: GraphQL,
    entity: str,
    project: str,
    view: View,
    *,
    spec: str,
    display_name: str | None = None,
    description: str | None = None,
) -> Saved:
    """Write a view that was read, unless it changed since then.

    The name is never sent, display name and description only where given. A server
    that knows no ``lastUpdatedAt`` can't guard the write: then the view is read again
    just before, and the result says so.

    Args:
        client: Asks the server.
        entity: The team or user.
        project: The project.
        view: The view as it was read; its ``updated_at`` is the guard.
        spec: The new view spec as JSON text.
        display_name: What people shall see from now on; None leaves it.
        description: Free text; None leaves it.

    Raises:
        ViewConflict: It changed since; read again, merge again, write again.
        ViewNotFound: It was deleted since (noticed only without the guard).
        ServerUnreachable: No answer: look with `get_view` before trying again.
        ServerError, AuthError: See `Client.execute`.
    """
    if not view.updated_at:
        raise BadResponse(f"the server did not say when {view.name} was last written")
    variables = {"id": view.id, "entity": entity, "project": project, "spec": spec}
    if display_name is not None:
        variables["displayName"] = display_name
    if description is not None:
        variables["description"] = description
    try:
        data = client.execute(
            queries.UPDATE_VIEW,
            {**variables, "lastUpdatedAt": view.updated_at},
            operation="WslayoutUpdateView",
            write=True,
        )
    except UnknownField:
        _check_unchanged(client, entity, project, view)
    except RequestRejected as error:
        if error.code == _CONFLICT_CODE or _CONFLICT_MESSAGE in str(error).lower():
            raise _conflict(view) from error
        raise
    else:
        return saved_from(data)
    data = client.execute(
        queries.UPDATE_VIEW_UNGUARDED,
        variables,
        operation="WslayoutUpdateViewUnguarded",
        write=True,
    )
    saved = saved_from(data)
    note = (
        "this server can't guard a write against others at the same moment, so the view was "
        "compared just before it was written"
    )
    return Saved(saved.view, saved.inserted, guarded=False, note=note)


def delete_view(client: GraphQL, view: View) -> None:
    """Delete a view, for good.

    Raises:
        ServerError, AuthError: See `Client.execute`; also where the server says no.
    """
    data = client.execute(
        queries.DELETE_VIEW, {"id": view.id}, operation="WslayoutDeleteView", write=True
    )
    result = data.get("deleteView")
    if not isinstance(result, Mapping) or result.get("success") is not True:
        raise RequestRejected(f"the server did not delete the view {view.name}")


def _all_views(
    client: GraphQL, entity: str, project: str, query: str, most_pages: int = _MAX_PAGES
) -> Iterator[View]:
    after: str | None = None
    for _ in range(most_pages):
        found = ask_project(client, entity, project, query, {"first": _PAGE, "after": after})
        yield from _views(found.get("allViews"))
        after = next_page(found.get("allViews"), after)
        if after is None:
            return


def _views(connection: object) -> list[View]:
    return [] if connection is None else [view_from(node) for node in nodes(connection, "views")]


def _check_unchanged(client: GraphQL, entity: str, project: str, view: View) -> None:
    now = get_view(client, entity, project, view.name)
    if now is None:
        raise ViewNotFound(
            f"the view {view.display_name or view.name!r} was deleted since it was read",
            hint="Run the command again to make it anew.",
        )
    if now.updated_at != view.updated_at:
        raise _conflict(view)


def _conflict(view: View) -> ViewConflict:
    return ViewConflict(
        f"the view {view.display_name or view.name!r} changed since it was read",
        hint="Run the command again; nothing was overwritten.",
    )
