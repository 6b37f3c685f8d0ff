"""Put a view back as it was, or take one away; either way it is kept as it is now."""

from __future__ import annotations

from wslayout.errors import ServerError, SourceError, ViewNotFound, ViewProtected
from wslayout.publish.apply import Applied
from wslayout.publish.backups import Backup, Backups, read_backup
from wslayout.publish.targets import Target, look, target_of
from wslayout.wandb_api.client import GraphQL
from wslayout.wandb_api.rawspec import load_spec, same, summarise
from wslayout.wandb_api.views import (
    create_view,
    delete_view,
    get_view,
    live_spec,
    update_view,
    view_id,
)


def restore(backup: Backup, client: GraphQL, backups: Backups) -> Applied:
    """Write a backup back, under guard; a view that is gone is made again.

    Raises:
        SourceError: The backup is of another server.
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
    spec = old.spec or "{}"
    live = get_view(client, target.entity, target.project, target.name)
    kept = ""
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
    else:
        kept = str(backups.keep(backup.server, target.entity, target.project, live))
        update_view(
            client,
            target.entity,
            target.project,
            live,
            spec=spec,
            display_name=old.display_name,
            description=old.description,
        )
    now = get_view(client, target.entity, target.project, target.name)
    if now is None or not same(live_spec(now), load_spec(spec)):
        raise ServerError(
            f"the server took the view {old.display_name!r} but holds something else",
            hint=f"Somebody may have written it at the same moment: look at it. {target.url}",
        )
    summary = summarise(load_spec(spec))
    return Applied(
        action="created" if live is None else "updated",
        name=old.display_name,
        view_id=target.view_id,
        url=target.url,
        sections=summary.sections,
        panels=summary.panels,
        backup=kept,
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
        raise ViewNotFound(
            f"{where} has no saved view {target.view_id}",
            hint=f"`wslayout view list {where}` lists them.",
        )
    name = live.view.display_name
    if not (live.managed or force):
        raise ViewProtected(
            f"the view {name!r} in {where} carries no mark of wslayout; it is left as it is",
            hint="Delete it all the same with --force.",
        )
    path = backups.keep(client.login.base_url, target.entity, target.project, live.view)
    delete_view(client, live.view)
    return read_backup(path)
