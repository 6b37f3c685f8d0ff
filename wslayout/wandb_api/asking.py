"""Asking for one project, and reading what GraphQL calls a connection, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from wslayout.errors import AuthError, BadResponse, ProjectNotFound, ServerError
from wslayout.wandb_api import queries
from wslayout.wandb_api.answers import host_of
from wslayout.wandb_api.client import GraphQL

_PAGE: Final = 100
_MAX_PAGES: Final = 1_000  # of a server whose pages never end


@dataclass(frozen=True, slots=True)
class Viewer:
    """The account of a login.

    Attributes:
        username: Its name; None for a login that the server takes for nobody's.
        entity: The entity that the account has as its default.
    """

    username: str | None
    entity: str | None


def ask_project(
    client: GraphQL, entity: str, project: str, query: str, variables: Mapping[str, Any]
) -> dict[str, Any]:
    """Run a query of `queries` that asks for one ``project``, and return that.

    Raises:
        ProjectNotFound: The server has no such project for this account.
        BadResponse: The project is no object.
        ServerError, AuthError: See `Client.execute`.
    """
    operation = query.split(maxsplit=2)[1].partition("(")[0]
    data = client.execute(
        query, {"entity": entity, "project": project, **variables}, operation=operation
    )
    found = data.get("project")
    if found is None:
        raise ProjectNotFound(
            f"no project {entity}/{project} at {host_of(client.login.base_url)}, "
            f"or {_whoami(client)} may not see it",
            hint="Check the spelling (upper and lower case count), and that this account is a "
            "member of the team.",
        )
    if not isinstance(found, dict):
        raise BadResponse(f"the answer to {operation} holds a project that is no object")
    return found


def nodes(connection: object, what: str) -> list[Mapping[str, Any]]:
    """The nodes of one page of a connection; those that are null are left out.

    Raises:
        BadResponse: It is no connection; ``what`` it should list is in the message.
    """
    edges = connection.get("edges") if isinstance(connection, Mapping) else None
    if not isinstance(edges, list):
        raise BadResponse(f"the server's list of {what} is not a list")
    found = [edge.get("node") for edge in edges if isinstance(edge, Mapping)]
    return [node for node in found if isinstance(node, Mapping)]


def next_page(connection: object, after: str | None) -> str | None:
    """The cursor of the page that follows the one asked with ``after``, or None at the end."""
    info = connection.get("pageInfo") if isinstance(connection, Mapping) else None
    if not isinstance(info, Mapping) or info.get("hasNextPage") is not True:
        return None
    cursor = info.get("endCursor")
    return cursor if isinstance(cursor, str) and cursor and cursor != after else None


def projects_of(client: GraphQL, entity: str) -> list[str]:
    """The names of the projects that an entity has and this account may see, sorted.

    Raises:
        ServerError, AuthError: See `Client.execute`.
    """
    found: set[str] = set()
    after: str | None = None
    for _ in range(_MAX_PAGES):
        data = client.execute(
            queries.PROJECTS,
            {"entity": entity, "first": _PAGE, "after": after},
            operation="WslayoutProjects",
        )
        models = data.get("models")
        if models is None:
            break
        names = (node.get("name") for node in nodes(models, "projects"))
        found.update(name for name in names if isinstance(name, str))
        after = next_page(models, after)
        if after is None:
            break
    return sorted(found)


def viewer(client: GraphQL) -> Viewer:
    """Whose login the client has, by the server.

    Raises:
        ServerError, AuthError: See `Client.execute`.
    """
    found = client.execute(queries.VIEWER, {}, operation="WslayoutViewer").get("viewer")
    fields = found if isinstance(found, Mapping) else {}
    username, entity = fields.get("username"), fields.get("entity")
    return Viewer(
        username if isinstance(username, str) and username else None,
        entity if isinstance(entity, str) and entity else None,
    )


def _whoami(client: GraphQL) -> str:
    try:
        username = viewer(client).username
    except (ServerError, AuthError):  # only for the message; the first failure matters
        return "this account"
    return f"the account {username!r}" if username else "somebody who is not logged in"
