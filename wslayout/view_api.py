"""What a Python user does with saved views: `apply`, `diff`, `views`, backups, deletion."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wslayout.addresses import shown
from wslayout.errors import SourceError, TargetError
from wslayout.files import read_layout
from wslayout.here import backups_here, finder_here
from wslayout.inventory import Inventory
from wslayout.layout import Layout
from wslayout.read_api import read, shared
from wslayout.sources import Given, open_source
from wslayout.sources.opening import named_for, resolve
from wslayout.sources.urls import local_path
from wslayout.wandb_api.auth import known_server
from wslayout.wandb_api.client import GraphQL
from wslayout.wandb_api.project import ProjectRef, parse_project

if TYPE_CHECKING:
    from wslayout.presets import Finder
    from wslayout.publish.apply import Applied
    from wslayout.publish.backups import Backup
    from wslayout.publish.difference import Difference
    from wslayout.publish.listing import ViewRow
    from wslayout.publish.plan import Planned, Policy
    from wslayout.publish.targets import Live, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where a layout is to be saved.

    Attributes:
        to: The project, or what somebody wrote for it; None: that which the keys were read from.
        view: The id or the URL of a saved view; None: the one that the layout's name means.
        personal: Whether it is one's own personal workspace.
    """

    to: str | ProjectRef | None = None
    view: str | None = None
    personal: bool = False


def apply(  # noqa: PLR0913 - each is one thing a user may ask for, by name
    layout: Layout | Given,
    *,
    to: str | None = None,
    name: str | None = None,
    view: str | None = None,
    personal: bool = False,
    theirs: bool = False,
    restore_deleted: bool = False,
    adopt: bool = False,
    dry_run: bool = False,
    client: Callable[[], GraphQL] | None = None,
    **options: Any,
) -> Applied:
    """Save a layout as a saved view of a project; again with the same input: "unchanged".

    What people edited in the view stays; the view is backed up before it is written.

    Args:
        layout: A `Layout`, the file of one (``plan -o``), or a source to `plan` first.
        to: The project (``entity/project`` or its URL); by default the one that the keys
            were read from.
        name: The view's name; by default the layout's.
        view: The id or the URL of another saved view to write into.
        personal: Write into one's own personal workspace, which opens by default. A browser tab
            in which it is open overwrites that.
        theirs: Where both people and the layout changed something, take the layout's.
        restore_deleted: Bring back what people took away.
        adopt: Take over a view that wslayout did not make; all that it holds stays.
        dry_run: Only say what would be done.
        client: From `server`; by default a client of the current W&B login.
        **options: What `plan` takes, where ``layout`` is a source.

    Raises:
        TargetError: The keys came from no project, and ``to`` is not given.
        ViewProtected: The view is not ours, and ``adopt`` is not given; nothing was written.
        ViewConflict: Others wrote the view each time it was merged; nothing was overwritten.
        BackupFailed: The view can't be backed up; nothing was written.
        WslayoutError: Whatever `read` and `plan` raise.
    """
    from wslayout.publish.apply import carry_out
    from wslayout.publish.plan import Policy

    policy = Policy(theirs=theirs, restore_deleted=restore_deleted, adopt=adopt)
    where = Where(to=to, view=view, personal=personal)
    with shared(client) as asked:
        planned = prepare(layout, where, policy, name=name, client=asked, **options)
        return carry_out(planned, asked(), backups_here(), dry_run=dry_run)


def diff(  # noqa: PLR0913 - what `apply` takes
    layout: Layout | Given,
    *,
    to: str | None = None,
    name: str | None = None,
    view: str | None = None,
    personal: bool = False,
    theirs: bool = False,
    restore_deleted: bool = False,
    adopt: bool = False,
    client: Callable[[], GraphQL] | None = None,
    **options: Any,
) -> Difference:
    """What `apply`, called with the same arguments, would change; nothing is written.

    Raises:
        TargetError, ViewProtected, WslayoutError: As for `apply`.
    """
    from wslayout.publish.difference import difference
    from wslayout.publish.plan import Policy

    policy = Policy(theirs=theirs, restore_deleted=restore_deleted, adopt=adopt)
    where = Where(to=to, view=view, personal=personal)
    with shared(client) as asked:
        return difference(prepare(layout, where, policy, name=name, client=asked, **options))


def prepare(
    layout: Layout | Given,
    where: Where,
    policy: Policy,
    *,
    name: str | None = None,
    finder: Finder | None = None,
    client: Callable[[], GraphQL],
    **options: Any,
) -> Planned:
    """The first half of `apply`: see what there is to do, write nothing.

    Args:
        layout: What `apply` takes.
        where: Where it is to be saved.
        policy: What to do where people and the layout disagree.
        name: The view's name; by default the layout's.
        finder: Finds templates; by default from the working folder.
        client: Gives what asks the server.
        **options: What `plan` takes, where ``layout`` is a source.

    Raises:
        TargetError, ViewProtected, WslayoutError: As for `apply`.
    """
    from wslayout.publish.plan import plan_view

    if not isinstance(layout, Layout):
        layout = stored_layout(layout) or layout
    if isinstance(layout, Layout):
        refuse_options(options)
        layout = replace(layout, name=(name or layout.name).strip())
        origin = ProjectRef(layout.entity, layout.project) if layout.project else None
        target = _target(where, origin, layout.name, client)
        return plan_view(layout, target, _looked(client(), target, where), policy)
    # What lays out takes as long to import as what writes a view, and a stored layout needs none.
    from wslayout.api import laid_out, name_of, request_of
    from wslayout.resolving import resolve as resolve_request

    request = request_of("apply", name=name, **options)
    if not isinstance(layout, Inventory):
        check_target(layout, where.to, client)
    inventory = read(layout, client=client)
    asked = resolve_request(inventory, request, finder or finder_here())
    made_in = inventory.origin
    origin = ProjectRef(made_in.entity, made_in.project) if made_in.project else None
    target = _target(where, origin, name_of(asked), client)
    live = _looked(client(), target, where)
    # Sections that the view has are kept on near ties, so that regeneration moves little.
    known = live.section_ids if live is not None else ()
    return plan_view(laid_out(inventory, asked, known), target, live, policy)


def _looked(client: GraphQL, target: Target, where: Where) -> Live | None:
    """The view as it is now; one that is named by its id must be there.

    Raises:
        ViewNotFound: It is not.
    """
    from wslayout.publish.targets import look, no_such_view

    live = look(client, target)
    if live is None and (where.view is not None or where.personal):
        raise no_such_view(target)
    return live


def refuse_options(options: Mapping[str, object]) -> None:
    """Refuse what `plan` takes, for a layout that is finished.

    Raises:
        TypeError: There are any.
    """
    if options:
        raise TypeError(f"a finished layout takes no {sorted(options)[0]!r}; plan it again")


def stored_layout(given: Given) -> Layout | None:
    """The layout in the file that is named; None where something else is given.

    Raises:
        SpecError, SourceError: As for `read_layout`.
    """
    return read_layout(local_path(given)) if isinstance(given, (str, os.PathLike)) else None


def _target(
    where: Where, origin: ProjectRef | None, name: str, client: Callable[[], GraphQL]
) -> Target:
    """The view that a layout belongs in."""
    from wslayout.publish.targets import derived_target, personal_target, target_of

    if where.view is not None and where.personal:
        raise TargetError("a personal workspace and another view can't both be meant")
    view = _view_ref(where.view) if where.view is not None else None
    ref = _ref(where.to) if where.to is not None else (view and view[0]) or origin
    if ref is None:
        raise no_target()
    entity, project = resolve(ref, client())
    if view is not None and view[0] is not None and resolve(view[0], client()) != (entity, project):
        raise TargetError(
            f"{shown(str(where.view))} is a view of another project than {entity}/{project}"
        )
    if where.personal:
        return personal_target(client(), entity, project)
    if view is not None:
        return target_of(client(), entity, project, view[1])
    return derived_target(client(), entity, project, name)


def _view_ref(text: str) -> tuple[ProjectRef | None, str]:
    """The project, where one is named, and the id of a view, from its id or its URL."""
    if "/" not in text and "?" not in text:
        return None, text
    return view_of(text)


def view_of(url: str) -> tuple[ProjectRef, str]:
    """The project and the id of the saved view at a URL.

    Raises:
        SourceError: That is no URL of a saved view.
    """
    ref = parse_project(url)
    if ref is None or not ref.view_id:
        raise SourceError(
            f"{shown(url)} is no URL of a saved view",
            hint="Open the view in a browser and copy its address, which ends in ?nw=…",
        )
    return ref, ref.view_id


def check_target(source: Given, to: str | ProjectRef | None, client: Callable[[], GraphQL]) -> None:
    """Refuse a source that names no project where no other is given, before it is read.

    Raises:
        TargetError: There is nowhere to save to.
        SourceError: ``to`` is a URL of another server than the login's.
    """
    if to is not None:
        resolve(_ref(to), client())
    elif open_source(source).project is None:
        raise no_target()


def no_target() -> TargetError:
    """The error for a source without a project and no other place to save to."""
    return TargetError(
        "these keys come from no W&B project, so there is nowhere to save the view",
        hint="Give the project with --to entity/project, or write the view spec to a file "
        "with --spec FILE.",
    )


def _ref(to: str | ProjectRef) -> ProjectRef:
    return to if isinstance(to, ProjectRef) else parse_target(to)


def parse_target(to: str) -> ProjectRef:
    """The project that ``to`` names.

    Raises:
        TargetError: It names none.
    """
    project = parse_project(to, target=True)
    if project is None:
        raise TargetError(
            f"{shown(to)!r} is not a W&B project",
            hint="Give it as entity/project, or as its URL.",
        )
    return project


def views(
    project: str, *, specs: bool = True, client: Callable[[], GraphQL] | None = None
) -> list[ViewRow]:
    """The saved views of a project.

    Args:
        project: ``entity/project`` or any URL of it.
        specs: Whether to read their specs, for sections, panels and mode.
        client: From `server`; by default a client of the current W&B login.

    Raises:
        TargetError: ``project`` names none.
        ServerError, AuthError: The W&B server said no, or nothing.
    """
    from wslayout.publish.listing import list_saved_views

    reference = parse_target(project)
    with shared(client) as asked:
        entity, name = resolve(reference, asked())
        return list_saved_views(asked(), entity, name, specs=specs)


def backups(project: str, *, client: Callable[[], GraphQL] | None = None) -> list[Backup]:
    """The backups of a project's views on this machine, the newest first.

    Args:
        project: ``entity/project``, or the URL of the project or of one of its views.
        client: From `server`; by default the address and the default entity of wandb's own
            settings count, and nobody need be logged in.

    Raises:
        TargetError: ``project`` names none.
        SourceError: It is a URL of another server.
        AuthError: wandb's own settings can't be used.
    """
    login = client().login if client is not None else known_server()
    reference = parse_target(project)
    entity, name = named_for(reference, login)
    server = login.base_url
    if reference.view_id:
        return backups_here().of_view(server, entity, name, reference.view_id)
    return backups_here().of_project(server, entity, name)


def restore_view(
    backup: str | os.PathLike[str],
    *,
    personal: bool = False,
    client: Callable[[], GraphQL] | None = None,
) -> Applied:
    """Put a view back as it was; as it is now is backed up first.

    Args:
        backup: The path of a backup, or the URL of a view, whose newest backup is meant.
        personal: Whether it may be one's own personal workspace; see `apply`.
        client: From `server`; by default a client of the current W&B login.

    Raises:
        SourceError: There is no such backup, or it is of another server.
        ViewProtected: It is of a personal workspace; one's own needs ``personal``.
        ViewConflict: Somebody wrote the view at the same time; nothing was overwritten.
        ServerError, AuthError: The W&B server said no, or nothing.
    """
    from wslayout.publish.restore import restore

    with shared(client) as asked:
        return restore(
            _backup(os.fspath(backup), asked), asked(), backups_here(), personal=personal
        )


def _backup(text: str, client: Callable[[], GraphQL]) -> Backup:
    from wslayout.publish.backups import read_backup

    if Path(text).is_file() or text.endswith(".json"):
        return read_backup(Path(text))
    _, view_id = view_of(text)
    found = backups(text, client=client)
    if not found:
        raise SourceError(
            f"there is no backup of the view {view_id} on this machine",
            hint="Backups are kept where wslayout wrote the view: `wslayout view backups PROJECT`.",
        )
    return found[0]


def delete_view(
    url: str, *, force: bool = False, client: Callable[[], GraphQL] | None = None
) -> Backup:
    """Delete a saved view, for good; it is backed up first.

    Args:
        url: The view's URL (``…?nw=…``).
        force: Also if wslayout did not make it.
        client: From `server`; by default a client of the current W&B login.

    Returns:
        The backup.

    Raises:
        ViewNotFound: There is no such view.
        ViewProtected: wslayout did not make it, or it is a personal workspace.
        BackupFailed: It can't be backed up; it was not deleted.
        ServerError, AuthError: The W&B server said no, or nothing.
    """
    from wslayout.publish.restore import delete
    from wslayout.publish.targets import target_of

    ref, view_id = view_of(url)
    with shared(client) as asked:
        entity, project = resolve(ref, asked())
        target = target_of(asked(), entity, project, view_id)
        return delete(target, asked(), backups_here(), force=force)
