"""What saving a layout would do, found out without writing anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from wslayout.errors import SpecError, ViewProtected
from wslayout.layout import Layout, short_hash
from wslayout.publish.provenance import read_provenance
from wslayout.wandb_api.client import GraphQL
from wslayout.wandb_api.rawspec import Spec, fingerprint, holds, load_spec
from wslayout.wandb_api.spec import build_spec
from wslayout.wandb_api.views import View, get_view, view_name, view_url

Action = Literal["create", "update", "keep"]

_ID_LENGTH: Final = 11  # what wandb-workspaces makes


@dataclass(frozen=True, slots=True)
class Planned:
    """What saving a layout would do; `wslayout.publish.apply.carry_out` does it.

    Attributes:
        action: "create" a view, "update" it, or "keep" it as it is.
        layout: What to save.
        entity: The team or user that owns the project.
        project: The project.
        view_id: The view's id in URLs.
        url: Where the view opens in a browser.
        live: The view as it is now, if there is one.
        spec: The view spec to write.
    """

    action: Action
    layout: Layout
    entity: str
    project: str
    view_id: str
    url: str
    live: View | None = field(repr=False)
    spec: Spec = field(repr=False)


def managed_view_id(entity: str, project: str, name: str) -> str:
    """The id of the view that every teammate regenerates: 11 of ``[a-z0-9]``."""
    return short_hash("wslayout", entity, project, name, length=_ID_LENGTH)


def plan_view(layout: Layout, client: GraphQL, entity: str, project: str) -> Planned:
    """Look at the view that a layout belongs in, and see what there is to do.

    Args:
        layout: What to save.
        client: Asks the server, once.
        entity: The team or user that owns the project.
        project: The project.

    Raises:
        ViewProtected: The view was edited by hand, or is not ours.
        SpecError: The layout's name is not one that W&B accepts.
        ServerError, AuthError: See `Client.execute`.
    """
    spec = build_spec(layout)
    view_id = managed_view_id(entity, project, layout.name)
    url = view_url(client.login, entity, project, view_id)
    live = get_view(client, entity, project, view_name(view_id))
    action: Action = "create"
    if live is not None:
        action = "keep" if shows(live, spec) else "update"
    if live is not None and action == "update":
        _check_ours(live, f"{layout.name!r} in {entity}/{project}", url)
    return Planned(action, layout, entity, project, view_id, url, live, spec)


def shows(view: View, spec: Spec) -> bool:
    """Whether a view shows all that a spec says; what the server or the app adds is welcome."""
    return holds(live_spec(view), spec)


def live_spec(view: View) -> Spec:
    """The spec of a view that was read.

    Raises:
        SpecError: It is not one.
    """
    try:
        return load_spec(view.spec or "{}")
    except SpecError as error:
        raise SpecError(f"the saved view {view.display_name!r} ({view.name}): {error}") from error


def _check_ours(live: View, name: str, url: str) -> None:
    """Refuse a view that wslayout did not write, or that was edited since."""
    ours = read_provenance(live.description)
    hint = f"Save beside it with --name, or delete it in W&B first: {url}"
    if ours is None:
        raise ViewProtected(
            f"the view {name} carries no mark of wslayout: somebody else made it, or saved it "
            "with another tool; it is left as it is",
            hint=hint,
        )
    if ours.fingerprint != fingerprint(live_spec(live)):
        raise ViewProtected(
            f"the view {name} was edited since wslayout wrote it on {ours.date}; the edits are "
            "left as they are",
            hint=hint,
        )
