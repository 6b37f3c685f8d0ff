"""From a saved view to a template that gives it again."""

from __future__ import annotations

import json
from dataclasses import dataclass

from wslayout.errors import ViewNotFound
from wslayout.layout import Layout
from wslayout.wandb_api.client import GraphQL
from wslayout.wandb_api.rawspec import load_spec
from wslayout.wandb_api.reading_spec import keeps_ids, read_spec
from wslayout.wandb_api.views import get_view, view_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """A saved view as a layout.

    Attributes:
        layout: What it shows; all its panels say what they draw.
        keeps_ids: Whether what people edited is filed under the panels' ids, so that a template
            must keep these.
        notes: What a person should know.
    """

    layout: Layout
    keeps_ids: bool
    notes: tuple[str, ...] = ()


def pull_view(client: GraphQL, entity: str, project: str, view_id: str) -> Pulled:
    """Read a saved view.

    Args:
        client: Asks the server.
        entity: The team or user that owns the project.
        project: The project.
        view_id: The view's id in its URL (``?nw=…``).

    Raises:
        ViewNotFound: There is none.
        ServerError, AuthError: See `Client.execute`.
    """
    view = get_view(client, entity, project, view_name(view_id))
    if view is None or view.spec is None:
        raise ViewNotFound(
            f"{entity}/{project} has no saved view {view_id}",
            hint=f"`wslayout view list {entity}/{project}` lists them.",
        )
    spec = load_spec(view.spec)
    broken: list[str] = []
    try:
        json.dumps(spec, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        text = json.dumps(spec, ensure_ascii=False).encode("utf-8", "replace")
        spec = load_spec(text.decode())
        broken.append("Halves of characters in its texts, which YAML can't hold, became `?`.")
    layout, notes = read_spec(spec, view.display_name)
    return Pulled(layout=layout, keeps_ids=keeps_ids(spec), notes=(*broken, *notes))
