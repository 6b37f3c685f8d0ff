"""Save a planned view: one write, then read back."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Literal

from wslayout import __version__
from wslayout.errors import AuthError, RateLimited, ServerError, ViewConflict
from wslayout.layout import Layout
from wslayout.publish.plan import Planned, shows
from wslayout.publish.provenance import Provenance
from wslayout.wandb_api.client import GraphQL
from wslayout.wandb_api.rawspec import dump_spec, fingerprint, summarise
from wslayout.wandb_api.upstream import NeverSent
from wslayout.wandb_api.views import create_view, find_views, update_view, view_name

Outcome = Literal["created", "updated", "unchanged", "would create", "would update"]


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying a layout did.

    Attributes:
        action: "created", "updated" or "unchanged"; "would …" for a dry run.
        name: The view's display name.
        view_id: Its id in URLs.
        url: Where it opens in a browser.
        sections: Sections in it.
        panels: Panels in it.
        notes: Sentences worth telling the user.
    """

    action: Outcome
    name: str
    view_id: str
    url: str
    sections: int
    panels: int
    notes: tuple[str, ...] = ()


def carry_out(
    planned: Planned,
    client: GraphQL,
    *,
    dry_run: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
) -> Applied:
    """Do what was planned: at most one write, and one look to see that it landed.

    Args:
        planned: From `wslayout.publish.plan.plan_view`.
        client: Asks the server.
        dry_run: Whether to only say what would be done.
        now: Gives the time for the provenance line.

    Raises:
        ViewConflict: The view changed since it was planned; nothing was written.
        ServerError, AuthError: See `Client.execute`.
    """
    outcome: Outcome = "unchanged"
    notes: list[str] = []
    if planned.action != "keep" and dry_run:
        outcome = "would create" if planned.action == "create" else "would update"
    elif planned.action != "keep":
        notes = _write(planned, client, now())
        outcome = "created" if planned.action == "create" else "updated"
    summary = summarise(planned.spec)
    return Applied(
        action=outcome,
        name=planned.live.display_name if planned.live is not None else planned.layout.name,
        view_id=planned.view_id,
        url=planned.url,
        sections=summary.sections,
        panels=summary.panels,
        notes=tuple(notes),
    )


def _write(planned: Planned, client: GraphQL, now: datetime) -> list[str]:
    """Write once and read back; notes for the user."""
    notes: list[str] = []
    lost: ServerError | None = None
    try:
        notes += _send(planned, client, now)
    except (NeverSent, RateLimited, ViewConflict):
        raise
    except ServerError as error:
        # The answer was lost or garbled, not necessarily the write: look, never write again
        # blindly.
        lost = error
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            "Cancelled while the view was being saved; it may or may not be there: " + planned.url
        ) from None
    try:
        found = find_views(client, planned.entity, planned.project, view_name(planned.view_id))
    except (ServerError, AuthError) as error:
        if lost is not None:
            raise lost from error
        raise ServerError(
            f"the view is saved, but could not be read back: {error}",
            hint=f"Look at it: {planned.url}",
        ) from error
    if not any(shows(view, planned.spec) for view in found):
        raise lost or ServerError(
            f"the server took the view {planned.layout.name!r} but holds something else",
            hint="Somebody may have written it at the same moment: look at it, then run again. "
            + planned.url,
        )
    if lost is not None:
        notes.append(f"the server's answer was lost ({lost}), but the view is saved")
    if len(found) > 1:
        notes.append(
            f"there are {len(found)} views with this id now: somebody saved it in the same "
            "moment; delete one of them in W&B"
        )
    return notes


def _send(planned: Planned, client: GraphQL, now: datetime) -> list[str]:
    provenance = Provenance(
        __version__, f"{now:%Y-%m-%d}", _source(planned.layout), fingerprint(planned.spec)
    )
    if planned.live is not None:
        saved = update_view(
            client,
            planned.entity,
            planned.project,
            planned.live,
            spec=dump_spec(planned.spec),
            description=provenance.write(planned.live.description),
        )
        return [saved.note] if saved.note else []
    create_view(
        client,
        planned.entity,
        planned.project,
        name=view_name(planned.view_id),
        display_name=planned.layout.name,
        description=provenance.write(""),
        spec=dump_spec(planned.spec),
    )
    return []


def _source(layout: Layout) -> str:
    """What the description names as the source; of a path only the last part is public."""
    if layout.project is not None:
        return layout.source
    return re.split(r"[/\\]", layout.source.rstrip("/\\"))[-1] or "metric keys"
