"""Save a layout as a view: one write, then read back."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Final, Literal

from wslayout import __version__
from wslayout.errors import RateLimited, ServerError, ViewConflict
from wslayout.layout import Layout, short_hash
from wslayout.publish.provenance import Provenance, read_provenance
from wslayout.wandb_api.client import GraphQL
from wslayout.wandb_api.rawspec import Spec, dump_spec, fingerprint, load_spec, summarise
from wslayout.wandb_api.spec import build_spec
from wslayout.wandb_api.upstream import NeverSent
from wslayout.wandb_api.views import (
    View,
    create_view,
    get_view,
    update_view,
    view_name,
    view_url,
)

Action = Literal["created", "updated", "unchanged", "would create", "would update"]

_ID_LENGTH: Final = 11  # what wandb-workspaces makes


@dataclass(frozen=True, slots=True)
class Applied:
    """What `apply_layout` did.

    Attributes:
        action: "created", "updated" or "unchanged"; "would …" for a dry run.
        name: The view's display name.
        view_id: Its id in URLs.
        url: Where it opens in a browser.
        sections: Sections in it.
        panels: Panels in it.
        notes: Sentences worth telling the user.
    """

    action: Action
    name: str
    view_id: str
    url: str
    sections: int
    panels: int
    notes: tuple[str, ...] = ()


def managed_view_id(entity: str, project: str, name: str) -> str:
    """The id of the view that every teammate regenerates: 11 of ``[a-z0-9]``."""
    return short_hash("wslayout", entity, project, name, length=_ID_LENGTH)


def apply_layout(
    layout: Layout,
    client: GraphQL,
    entity: str,
    project: str,
    *,
    dry_run: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
) -> Applied:
    """Save a layout as a view of a project, or see that it is there already.

    One look-up; where something differs one write, and one look to see that it landed. A
    view that somebody edited since wslayout wrote it, or that somebody else made, is left
    alone.

    Args:
        layout: What to save.
        client: Asks the server.
        entity: The team or user that owns the project.
        project: The project.
        dry_run: Whether to only say what would be done.
        now: Gives the time for the provenance line.

    Raises:
        ViewConflict: The view was edited by hand or is not ours; nothing was written.
        SpecError: The layout's name is not one that W&B accepts.
        ServerError, AuthError: See `Client.execute`.
    """
    view_id = managed_view_id(entity, project, layout.name)
    name = view_name(view_id)
    spec = build_spec(layout)
    live = get_view(client, entity, project, name)
    changed = live is None or not _same(live, spec)
    action: Action = "unchanged"
    note = ""
    if changed:
        if live is not None:
            _check_ours(live, layout.name)
        action = "would create" if live is None else "would update"
        if not dry_run:
            note = _write(layout, client, (entity, project, name), live, spec, now())
            action = "created" if live is None else "updated"
    summary = summarise(spec)
    return Applied(
        action=action,
        name=layout.name,
        view_id=view_id,
        url=view_url(client.login, entity, project, view_id),
        sections=summary.sections,
        panels=summary.panels,
        notes=(note,) if note else (),
    )


def _same(live: View, spec: Spec) -> bool:
    return load_spec(live.spec or "{}") == spec


def _check_ours(live: View, name: str) -> None:
    """Refuse a view that wslayout did not write, or that was edited since."""
    ours = read_provenance(live.description)
    if ours is None:
        raise ViewConflict(
            f"the view {name!r} ({live.name}) was not made by wslayout, or its description was "
            "wiped by another tool; it is left alone",
            hint="Save beside it with --name, or delete that view in W&B first.",
        )
    if ours.fingerprint != fingerprint(load_spec(live.spec or "{}")):
        raise ViewConflict(
            f"the view {name!r} was edited since wslayout wrote it on {ours.date}; the edits are "
            "left alone",
            hint="Save beside it with --name, or delete that view in W&B first.",
        )


def _write(
    layout: Layout,
    client: GraphQL,
    where: tuple[str, str, str],
    live: View | None,
    spec: Spec,
    now: datetime,
) -> str:
    """Write once and read back; a note for the user, or ""."""
    entity, project, name = where
    provenance = Provenance(__version__, f"{now:%Y-%m-%d}", _source(layout), fingerprint(spec))
    note = ""
    try:
        if live is None:
            create_view(
                client,
                entity,
                project,
                name=name,
                display_name=layout.name,
                description=provenance.write(""),
                spec=dump_spec(spec),
            )
        else:
            saved = update_view(
                client,
                entity,
                project,
                live,
                spec=dump_spec(spec),
                description=provenance.write(live.description),
            )
            note = saved.note
    except (NeverSent, RateLimited, ViewConflict):
        raise
    except ServerError as error:
        # The answer was lost or garbled, not necessarily the write: look, never write again
        # blindly.
        if not _landed(client, where, spec):
            raise
        return f"the server's answer was lost ({error}), but the view is saved"
    if not _landed(client, where, spec):
        raise ServerError(
            f"the server took the view {layout.name!r} but holds something else",
            hint="Somebody may have written it at the same moment: look at it, then run again.",
        )
    return note


def _source(layout: Layout) -> str:
    """What the description names as the source; of a path only the last part is public."""
    if layout.project is not None:
        return layout.source
    return re.split(r"[/\\]", layout.source.rstrip("/\\"))[-1]


def _landed(client: GraphQL, where: tuple[str, str, str], spec: Spec) -> bool:
    found = get_view(client, *where)
    return found is not None and _same(found, spec)
