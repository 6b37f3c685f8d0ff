"""Which saved view a layout belongs in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from wslayout.errors import ViewNotFound, ViewProtected
from wslayout.layout import is_stable_id, short_hash
from wslayout.publish.merging import Base
from wslayout.publish.merging.parts import apart
from wslayout.publish.provenance import Provenance, read_provenance
from wslayout.wandb_api.asking import viewer
from wslayout.wandb_api.client import GraphQL
from wslayout.wandb_api.rawspec import Spec
from wslayout.wandb_api.views import (
    View,
    get_view,
    list_views,
    live_spec,
    view_id,
    view_name,
    view_url,
)

_ID_LENGTH: Final = 11  # what wandb-workspaces makes


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The saved view that a layout belongs in, which may be yet to come.

    Attributes:
        entity: The team or user that owns the project.
        project: The project.
        view_id: The view's id in URLs.
        url: Where the view opens in a browser.
        derived: Whether the id is made of the layout's name, so that nobody else's view has it.
        own: Whether it is known to be one's own personal workspace.
    """

    entity: str
    project: str
    view_id: str
    url: str
    derived: bool = False
    own: bool = False

    @property
    def name(self) -> str:
        """The view's name on the server."""
        return view_name(self.view_id)

    @property
    def personal(self) -> bool:
        """Whether it is somebody's personal workspace."""
        return self.name.endswith("-w")


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A saved view as it is now.

    Attributes:
        view: The view.
        spec: Its spec.
        provenance: What its description says of where it came from; None: nothing.
        managed: Whether wslayout wrote it, or panels or sections of it.
    """

    view: View = field(repr=False)
    spec: Spec = field(repr=False)
    provenance: Provenance | None
    managed: bool

    @property
    def base(self) -> Base | None:
        """What wslayout last wrote into it; None where that is not known."""
        return self.provenance.base if self.provenance is not None else None

    @property
    def section_ids(self) -> frozenset[str]:
        """The ids of its sections."""
        return frozenset(section.id for section in apart(self.spec).sections)


def managed_view_id(entity: str, project: str, name: str) -> str:
    """The id of the view that every teammate regenerates: 11 of ``[a-z0-9]``."""
    return short_hash("wslayout", entity, project, name, length=_ID_LENGTH)


def target_of(client: GraphQL, entity: str, project: str, view_id: str) -> Target:
    """The view with an id."""
    url = view_url(client.login, entity, project, view_id)
    return Target(entity=entity, project=project, view_id=view_id, url=url)


def derived_target(client: GraphQL, entity: str, project: str, name: str) -> Target:
    """The view that every teammate means by a layout's name."""
    target = target_of(client, entity, project, managed_view_id(entity, project, name))
    return replace(target, derived=True)


def personal_target(client: GraphQL, entity: str, project: str) -> Target:
    """One's own personal workspace in a project.

    Raises:
        ViewNotFound: There is none yet.
        ServerError, AuthError: See `Client.execute`.
    """
    username = viewer(client).username
    # Names are made of user names in a way of the server's own, so they are looked up.
    own = [
        view
        for view in list_views(client, entity, project)
        if view.personal and username is not None and view.username == username
    ]
    if not own:
        raise ViewNotFound(
            f"{username or 'this account'} has no personal workspace in {entity}/{project}",
            hint="Open the project in a browser once, which makes it.",
        )
    return replace(target_of(client, entity, project, view_id(own[0].name)), own=True)


def no_such_view(target: Target) -> ViewNotFound:
    """The error for a view that is not there."""
    where = f"{target.entity}/{target.project}"
    return ViewNotFound(
        f"{where} has no saved view {target.view_id}",
        hint=f"`wslayout view list {where}` lists them.",
    )


def look(client: GraphQL, target: Target) -> Live | None:
    """The view as it is now; None where there is none.

    Raises:
        SpecError: Its spec can't be read.
        ServerError, AuthError: See `Client.execute`.
    """
    view = get_view(client, target.entity, target.project, target.name)
    if view is None:
        return None
    spec = live_spec(view)
    provenance = read_provenance(view.description)
    parts = apart(spec)
    ids = [*(one.id for one in parts.sections), *(one.id for one in parts.panels)]
    # A panel of ours may have been copied into any view; without a mark the id must be ours, too.
    is_our_id = target.derived or target.view_id == managed_view_id(
        target.entity, target.project, view.display_name
    )
    ours = provenance is not None or (is_our_id and any(map(is_stable_id, ids)))
    return Live(view=view, spec=spec, provenance=provenance, managed=ours)


def check_ours(live: Live | None, target: Target, *, adopt: bool) -> None:
    """Refuse a view that wslayout did not write, unless it is to be taken over.

    Raises:
        ViewProtected: It is not ours, or it is somebody's personal workspace.
    """
    if target.personal and not target.own:
        raise ViewProtected(
            f"{target.view_id} in {target.entity}/{target.project} is a personal workspace, which "
            "is left as it is",
            hint="Your own is meant by --personal.",
        )
    if live is None or live.managed or adopt:
        return
    name = live.view.display_name or target.view_id
    raise ViewProtected(
        f"the view {name!r} in {target.entity}/{target.project} carries no mark of wslayout: "
        "somebody made it by hand, or with another tool; it is left as it is",
        hint="Take it over with --adopt: what people made in it stays. Or save beside it with "
        f"--name. {target.url}",
    )
