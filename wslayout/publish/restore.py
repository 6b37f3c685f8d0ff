"""Put a view back as it was, or take one away; either way it is kept as it is now."""

from __future__ import annotations

from wslayout.errors import (
    RateLimited,
    ServerError,
    SourceError,
    ViewConflict,
    ViewProtected,
)
from wslayout.publish.apply import Applied
from wslayout.publish.backups import Backup, Backups, read_backup
from wslayout.publish.targets import (
    Target,
    check_ours,
    look,
    no_such_view,
    personal_target,
    target_of,
)
from wslayout.wandb_api.client import GraphQL
from wslayout.wandb_api.rawspec import holds, load_spec, summarise
from wslayout.wandb_api.upstream import NeverSent
from wslayout.wandb_api.views import (
    View,
    create_view,
    delete_view,
    get_view,
    live_spec,
    update_view,
    view_id,
)


def restore(
    backup: Backup, client: GraphQL, backups: Backups, *, personal: bool = False
) -> Applied:
    """Write a backup back, under guard; a view that is gone is made again.

    Args:
        backup: The view as it was.
        client: Asks the server.
        backups: Keeps the view as it is now.
        personal: Whether it may be one's own personal workspace.

    Raises:
        ViewProtected: It is somebody's personal workspace; one's own needs ``personal``.
        SourceError: The backup is of another server.
        SpecError: It holds no view spec; nothing was written.
        ViewConflict: Somebody wrote the view at the same time; nothing was overwritten.
        BackupFailed: The view can't be backed up as it is now; nothing was written.
        ServerError, AuthError: See `Client.execute`.
    """
    if backup.server != client.login.base_url:
        raise SourceError(
            f"that backup is of {backup.server}, and the login is for {client.login.base_url}",
            hint="Set WANDB_BASE_URL to the server that it is of.",
        )
    old = backup.view
    target = target_of(client, backup.entity, backup.project, view_id(old.name))
    if target.personal:
        own = personal_target(client, target.entity, target.project) if personal else target
        check_ours(None, own if own.view_id == target.view_id else target, adopt=True)
    spec = load_spec(old.spec or "")
    live = get_view(client, target.entity, target.project, target.name)
    kept = ""
    lost: ServerError | None = None
    if live is not None:
        kept = str(backups.keep(backup.server, target.entity, target.project, live))
    try:
        _write(client, target, live, old)
    except (NeverSent, RateLimited, ViewConflict):
        raise
    except ServerError as error:  # the answer may be lost, and not the write
        lost = error
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"Cancelled while the view was being saved; look at it: {target.url}"
        ) from None
    now = get_view(client, target.entity, target.project, target.name)
    if now is None or not holds(live_spec(now), spec):
        raise lost or ServerError(
            f"the server took the view {old.display_name!r} but holds something else",
            hint=f"Somebody may have written it at the same moment: look at it. {target.url}",
        )
    summary = summarise(spec)
    return Applied(
        action="created" if live is None else "updated",
        name=old.display_name,
        view_id=target.view_id,
        url=target.url,
        sections=summary.sections,
        panels=summary.panels,
        backup=kept,
    )


def _write(client: GraphQL, target: Target, live: View | None, old: View) -> None:
    """Write a view as it was, over the one that is there, if any."""
    spec = old.spec or ""
    if live is None:
        create_view(
            client,
            target.entity,
            target.project,
            name=old.name,
            display_name=old.display_name,
            description=old.description,
            spec=spec,
        )
        return
    update_view(
        client,
        target.entity,
        target.project,
        live,
        spec=spec,
        display_name=old.display_name,
        description=old.description,
    )


def delete(target: Target, client: GraphQL, backups: Backups, *, force: bool) -> Backup:
    """Delete a view, once it is backed up.

    Raises:
        ViewNotFound: There is no such view.
        ViewProtected: wslayout did not make it, and ``force`` is not given; or it is a personal
            workspace.
        BackupFailed: It can't be backed up; it was not deleted.
        ServerError, AuthError: See `Client.execute`.
    """
    where = f"{target.entity}/{target.project}"
    if target.personal:
        raise ViewProtected(
            f"{target.view_id} in {where} is a personal workspace, which wslayout never deletes"
        )
    live = look(client, target)
    if live is None:
        raise no_such_view(target)
    name = live.view.display_name
    if not (live.managed or force):
        raise ViewProtected(
            f"the view {name!r} in {where} carries no mark of wslayout; it is left as it is",
            hint="Delete it all the same with --force.",
        )
    path = backups.keep(client.login.base_url, target.entity, target.project, live.view)
    try:
        delete_view(client, live.view)
    except (NeverSent, RateLimited):
        raise
    except ServerError:  # the answer may be lost, and not the deletion
        if get_view(client, target.entity, target.project, target.name) is not None:
            raise
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"Cancelled while the view was being deleted; it is kept here: {path}"
        ) from None
    return read_backup(path)
