"""The saved views of a project, as people look for one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wslayout.errors import SpecError
from wslayout.publish.provenance import read_provenance
from wslayout.shown import ToldInWords
from wslayout.wandb_api.client import GraphQL
from wslayout.wandb_api.rawspec import load_spec, summarise
from wslayout.wandb_api.views import View, list_views, list_views_with_specs, view_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewRow(ToldInWords):
    """One saved view of a project.

    Attributes:
        name: Its display name.
        id: The id in its URL (``?nw=…``).
        owner: The user name of who made it; "" if not known.
        updated: When it was saved last, as the server writes it (ISO 8601).
        sections: Number of sections, where its spec was read.
        panels: Number of panels, likewise.
        mode: "manual", "automatic", or "" where its spec was not read.
        generated_by: "wslayout" with its version; "" where its description says no such thing.
        personal: Whether it is somebody's personal workspace.
    """

    name: str
    id: str
    owner: str = ""
    updated: str = ""
    sections: int | None = None
    panels: int | None = None
    mode: str = ""
    generated_by: str = ""
    personal: bool = False


def list_saved_views(
    client: GraphQL, entity: str, project: str, *, specs: bool = True
) -> list[ViewRow]:
    """The saved views of a project, as the server orders them.

    Args:
        client: Asks the server.
        entity: The team or user that owns the project.
        project: The project.
        specs: Whether to read the views' specs, for sections, panels and mode; on projects
            with many large views that takes minutes.

    Raises:
        ProjectNotFound: No such project, or not visible.
        ServerError, AuthError: See `Client.execute`.
    """
    read = list_views_with_specs if specs else list_views
    return [_row(view) for view in read(client, entity, project)]


def _row(view: View) -> ViewRow:
    provenance = read_provenance(view.description)
    row = ViewRow(
        name=view.display_name,
        id=view_id(view.name),
        owner=view.username or "",
        updated=view.updated_at or "",
        generated_by=f"wslayout {provenance.version}".strip() if provenance else "",
        personal=view.personal,
    )
    if view.spec is None:
        return row
    try:
        summary = summarise(load_spec(view.spec))
    except SpecError:  # one broken view must not hide the others
        return row
    return replace(
        row,
        sections=summary.sections,
        panels=summary.panels,
        mode="manual" if summary.manual else "automatic",
    )
