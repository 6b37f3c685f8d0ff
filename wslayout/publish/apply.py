"""Save a planned view: back up, write once under guard, read back, merge again on conflict."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Final, Literal

from wslayout import __version__
from wslayout.errors import (
    AuthError,
    RateLimited,
    RequestRejected,
    ServerError,
    ViewConflict,
    ViewNotFound,
)
from wslayout.layout import Layout
from wslayout.publish.backups import Backups
from wslayout.publish.merging import Change, Conflict
from wslayout.publish.plan import Planned, plan_again, shows
from wslayout.publish.provenance import Provenance
from wslayout.publish.targets import look
from wslayout.shown import ToldInWords
from wslayout.wandb_api.client import GraphQL
from wslayout.wandb_api.rawspec import dump_spec, summarise
from wslayout.wandb_api.upstream import NeverSent
from wslayout.wandb_api.views import (
    View,
    create_view,
    delete_view,
    find_views,
    update_view,
)

ATTEMPTS: Final = 3
"""How often a view is read, merged and written that others write at the same time."""

_PAUSE: Final = 0.2
"""Seconds to wait for somebody who makes the same view, before it is read again."""

Outcome = Literal["created", "updated", "unchanged", "would create", "would update"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied(ToldInWords):
    """What applying a layout did.

    Attributes:
        action: "created", "updated" or "unchanged"; "would …" for a dry run.
        name: The view's display name.
        view_id: Its id in URLs.
        url: Where it opens in a browser.
        sections: Sections in it.
        panels: Panels in it.
        changes: What it changed, and what stays as people left it.
        conflicts: What both people and the layout changed.
        backup: Where the view is kept as it was before; "" where nothing was overwritten.
        notes: Sentences worth telling the user.
    """

    action: Outcome
    name: str
    view_id: str
    url: str
    sections: int
    panels: int
    changes: tuple[Change, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    backup: str = ""
    notes: tuple[str, ...] = ()


def carry_out(
    planned: Planned,
    client: GraphQL,
    backups: Backups,
    *,
    dry_run: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    sleep: Callable[[float], None] = time.sleep,
) -> Applied:
    """Do what was planned.

    A view that others write at the same time is read and merged again, at most `ATTEMPTS` times.

    Args:
        planned: From `wslayout.publish.plan.plan_view`.
        client: Asks the server.
        backups: Keeps the view as it was.
        dry_run: Whether to only say what would be done.
        now: Gives the time for the provenance line.
        sleep: Waits so many seconds.

    Raises:
        BackupFailed: The view can't be backed up; nothing was written.
        ViewConflict: Others wrote the view each time; nothing was overwritten.
        ViewNotFound: Somebody deleted it meanwhile.
        ServerError, AuthError: See `Client.execute`.
    """
    if dry_run or planned.action == "keep":
        return _applied(planned, dry_run=dry_run)
    return _Writing(client, backups, now, sleep).done(planned)


def _applied(planned: Planned, *, dry_run: bool = False, notes: tuple[str, ...] = ()) -> Applied:
    outcome: Outcome = "unchanged"
    if not planned.differs:  # at most what the next merge goes by is written down
        pass
    elif planned.action != "keep" and dry_run:
        outcome = "would create" if planned.action == "create" else "would update"
    elif planned.action != "keep":
        outcome = "created" if planned.action == "create" else "updated"
    summary = summarise(planned.merged.spec)
    return Applied(
        action=outcome,
        name=planned.name,
        view_id=planned.target.view_id,
        url=planned.target.url,
        sections=summary.sections,
        panels=summary.panels,
        changes=planned.merged.changes,
        conflicts=planned.merged.conflicts,
        notes=(*planned.notes, *notes),
    )


class _Writing:
    """Writes one view, as often as it takes."""

    def __init__(
        self,
        client: GraphQL,
        backups: Backups,
        now: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> None:
        self._client = client
        self._backups = backups
        self._now = now
        self._sleep = sleep
        self._backup = ""
        self._notes: list[str] = []
        self._sent = False
        self._accepted: Planned | None = None

    def done(self, planned: Planned) -> Applied:
        """Write until the view shows what was planned."""
        try:
            return self._done(planned)
        except KeyboardInterrupt:
            if not self._sent:
                raise
            raise KeyboardInterrupt(
                "Cancelled while the view was being saved; it may or may not be there: "
                + planned.target.url
            ) from None

    def _done(self, planned: Planned) -> Applied:
        for _ in range(ATTEMPTS):
            if planned.action == "create":  # somebody may have made it while we asked
                planned = self._again(planned)
            if planned.action == "keep":
                break
            self._back_up(planned)
            if self._written(planned):
                break
            planned = self._again(planned)
        else:
            raise ViewConflict(
                f"the view {planned.name!r} was written by somebody else each of {ATTEMPTS} times "
                "that it was read and merged",
                hint=self._how_it_was(),
            )
        # What was accepted was done, also if somebody has written the view again since.
        done = planned if planned.action != "keep" else self._accepted or planned
        applied = _applied(done, notes=tuple(self._notes))
        return replace(applied, backup=self._backup if applied.action == "updated" else "")

    def _again(self, planned: Planned) -> Planned:
        """The plan for the view as it is now."""
        live = look(self._client, planned.target)
        if live is None and planned.live is None:
            return planned
        self._notes += [_MERGED] if _MERGED not in self._notes else []
        return plan_again(planned, live)

    def _back_up(self, planned: Planned) -> None:
        if planned.live is None:
            return
        target = planned.target
        server = self._client.login.base_url
        path = self._backups.keep(server, target.entity, target.project, planned.live.view)
        self._backup = str(path)

    def _written(self, planned: Planned) -> bool:
        """Write once and read back: whether the view shows it now."""
        lost: ServerError | None = None
        own: View | None = None
        self._sent = True
        try:
            own = self._send(planned)
        except (ViewConflict, _Taken):
            return False
        except (NeverSent, RateLimited, ViewNotFound):
            raise
        except ServerError as error:
            # The answer was lost or garbled, not necessarily the write: look, never write again
            # blindly.
            lost = error
        else:
            self._accepted = planned
        found = self._read_back(planned, lost)
        if lost is not None:
            if not any(_landed(view, planned) for view in found):
                if self._backup:
                    lost.hint = f"{lost.hint} As it was: {self._backup}".strip()
                raise lost
            self._accepted = planned
            self._notes.append(f"the server's answer was lost ({lost}), but the view is saved")
        if planned.action == "create" and len(found) > 1:
            return self._settled(planned, own, found)
        if found and shows(found[0], planned.merged.spec):
            self._check_description(planned, found[0])
            return True
        return False

    def _send(self, planned: Planned) -> View:
        """The view after the write, as the server answers it."""
        target, layout = planned.target, planned.layout
        provenance = Provenance(
            version=__version__,
            date=f"{self._now():%Y-%m-%d}",
            source=_source(layout),
            template=_template(layout),
            base=planned.merged.base,
        )
        if planned.live is None:
            try:
                return create_view(
                    self._client,
                    target.entity,
                    target.project,
                    name=target.name,
                    display_name=layout.name,
                    description=provenance.write(""),
                    spec=dump_spec(planned.merged.spec),
                ).view
            except RequestRejected as error:
                there = look(self._client, target)
                if there is not None and not shows(there.view, planned.merged.spec):
                    raise _Taken from error
                raise
        view = planned.live.view
        try:
            saved = update_view(
                self._client,
                target.entity,
                target.project,
                view,
                spec=dump_spec(planned.merged.spec),
                description=provenance.write(view.description),
            )
        except RequestRejected as error:
            if look(self._client, target) is not None:
                raise
            raise ViewNotFound(
                f"somebody deleted the view {planned.name!r} while it was being saved",
                hint=f"Run the command again to make it anew. As it was: {self._backup}",
            ) from error
        if saved.note:
            self._notes.append(saved.note)
        return saved.view

    def _read_back(self, planned: Planned, lost: ServerError | None) -> list[View]:
        target = planned.target
        try:
            return find_views(self._client, target.entity, target.project, target.name)
        except (ServerError, AuthError) as error:
            if lost is not None:
                raise lost from error
            raise ServerError(
                f"the view is saved, but could not be read back: {error}",
                hint=f"Look at it: {target.url}"
                + (f" As it was: {self._backup}" if self._backup else ""),
            ) from error

    def _settled(self, planned: Planned, own: View | None, found: list[View]) -> bool:
        """Of several views that were made at once the first stays; whether it is ours."""
        first = found[0]
        mine = next((view for view in found if own is not None and view.id == own.id), None)
        if mine is None or mine.id == first.id:
            # Whoever made the others takes them away, and merges what they hold into this one.
            self._sleep(_PAUSE)
            if len(self._read_back(planned, None)) > 1:
                self._notes.append(
                    f"there are {len(found)} views with this id now: somebody made it in the same "
                    "moment; delete the newer one in W&B if it stays"
                )
            return mine is not None and shows(first, planned.merged.spec)
        if shows(mine, planned.merged.spec):  # and nobody has edited it yet
            delete_view(self._client, mine)
        return False

    def _check_description(self, planned: Planned, view: View) -> None:
        if planned.merged.base.write() not in view.description:
            self._notes.append(
                "the server did not keep the view's description, by which hand edits are told "
                "from what wslayout wrote: the next time nothing will be taken away"
            )

    def _how_it_was(self) -> str:
        kept = f" As it was: {self._backup}" if self._backup else ""
        return f"Run the command again when they are done; what they wrote stands.{kept}"


_MERGED: Final = "somebody else wrote the view at the same time; their changes were merged"


def _landed(view: View, planned: Planned) -> bool:
    """Whether a view was written, by the base that its description keeps since.

    Somebody may have edited it since then, so its spec only counts where the base is no other.
    """
    word = planned.merged.base.write()
    before = planned.live.view.description if planned.live is not None else ""
    return word in view.description and (word not in before or shows(view, planned.merged.spec))


class _Taken(Exception):
    """Somebody else made the view in the meantime."""


def _source(layout: Layout) -> str:
    """What the description names as the source; of a path only the last part is public."""
    if layout.project is not None:
        return layout.source
    return re.split(r"[/\\]", layout.source.rstrip("/\\"))[-1] or "metric keys"


def _template(layout: Layout) -> str:
    """What the description names as the template."""
    if not layout.templates:
        return ""
    use = layout.templates[-1]
    version = f" {use.version}" if use.version else ""
    return f"{use.name}{version} ({use.digest[:19]})"
