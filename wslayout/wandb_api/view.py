"""`View`: a saved view as the server holds it, its names and its address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from wslayout.errors import BadResponse, SpecError
from wslayout.wandb_api.auth import Login
from wslayout.wandb_api.rawspec import Spec, load_spec


@dataclass(frozen=True, slots=True)
class View:
    """A saved view (or somebody's personal workspace) as the server holds it.

    Attributes:
        id: The server's own id, which updates and deletion take.
        name: Its immutable name: ``nw-<id in the URL>-v``, or ``…-w`` if personal.
        display_name: What people see.
        description: Free text; "" where there is none.
        created_at: When it was made, as the server writes times (RFC 3339).
        updated_at: When it was last written, likewise; the guard of an update.
        username: Who made it, where known.
        spec: The view spec as JSON text; None where it was not asked for.
    """

    id: str
    name: str
    display_name: str
    description: str = ""
    created_at: str | None = None
    updated_at: str | None = None
    username: str | None = None
    spec: str | None = None

    @property
    def personal(self) -> bool:
        """Whether it is somebody's personal workspace, which open tabs overwrite."""
        return self.name.endswith("-w")


@dataclass(frozen=True, slots=True)
class Saved:
    """What a write did.

    Attributes:
        view: The view after the write, without its spec.
        inserted: Whether the server made a new one.
        guarded: Whether the server itself checked that nobody wrote in between.
        note: A sentence for the user, or "".
    """

    view: View
    inserted: bool
    guarded: bool = True
    note: str = ""


def live_spec(view: View) -> Spec:
    """The spec of a view that was read.

    Raises:
        SpecError: It is not one.
    """
    try:
        return load_spec(view.spec or "{}")
    except SpecError as error:
        raise SpecError(f"the saved view {view.display_name!r} ({view.name}): {error}") from error


def view_name(view_id: str) -> str:
    """The name on the server of the view whose id in URLs (``?nw=``) is ``view_id``."""
    return f"nw-{view_id}-{'w' if view_id.startswith('nwuser') else 'v'}"


def view_id(name: str) -> str:
    """The id in URLs (``?nw=``) of the view that the server calls ``name``."""
    return re.sub(r"^nw-|-[vw]$", "", name)


def view_url(login: Login, entity: str, project: str, view_id: str) -> str:
    """Where the view opens in a browser."""
    where = "/".join(quote(part, safe="") for part in (entity, project))
    return f"{login.app_url}/{where}?nw={quote(view_id, safe='')}"


def report_url(login: Login, entity: str, project: str, title: str, report_id: str) -> str:
    """Where a report opens in a browser; built like wandb's own ``BetaReport.url``."""
    where = "/".join(quote(part, safe="") for part in (entity, project))
    slug = re.sub(r"-+", "-", re.sub(r"\W", "-", title)).strip("-")
    return f"{login.app_url}/{where}/reports/{quote(slug)}--{report_id.replace('=', '')}"


def view_from(node: Mapping[str, Any]) -> View:
    """The view that a GraphQL node describes; what it misses is empty or None.

    Raises:
        BadResponse: It has no id or no name.
    """
    user = node.get("user")
    texts = {key: value for key, value in node.items() if isinstance(value, str)}
    if not texts.get("id") or "name" not in texts:
        raise BadResponse("the server gave a view without an id or a name")
    username = user.get("username") if isinstance(user, Mapping) else None
    return View(
        id=texts["id"],
        name=texts["name"],
        display_name=texts.get("displayName", ""),
        description=texts.get("description", ""),
        created_at=texts.get("createdAt"),
        updated_at=texts.get("updatedAt"),
        username=username if isinstance(username, str) else None,
        spec=texts.get("spec"),
    )


def saved_from(data: Mapping[str, Any]) -> Saved:
    """What the answer to an ``upsertView`` says.

    Raises:
        BadResponse: It says nothing.
    """
    result = data.get("upsertView")
    node = result.get("view") if isinstance(result, Mapping) else None
    if not isinstance(result, Mapping) or not isinstance(node, Mapping):
        raise BadResponse(
            "the server did not say what it saved", hint="Look at the view before writing again."
        )
    return Saved(view_from(node), inserted=result.get("inserted") is True)
