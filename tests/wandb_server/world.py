"""Everything one server knows, and the few rules by which it changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

from graphql import GraphQLError

from tests.wandb_server.selection import parse_time
from tests.wandb_server.state import Account, Clock, Project, Run, RunSource, View, dated

SameName = Literal["duplicate", "update", "refuse"]


class Denied(GraphQLError):
    """The account may not do that."""

    def __init__(self, message: str = "permission denied") -> None:
        super().__init__(message, extensions={"code": "PERMISSION_ERROR"})


@dataclass
class Options:
    """How this server behaves where servers are known, or may be expected, to differ.

    Attributes:
        json_as_text: ``historyKeys`` comes as a JSON string instead of an object.
        same_name: What creating a view under a name that is taken does.
        statuses: The HTTP status of an operation that was refused, by error code; else 200.
        max_page: The longest page, whatever ``first`` asks for.
        default_page: The length of a page when ``first`` is left out.
        refuses: Orders of runs, and fields and operators of their filters, that it can't do.
        ignores: The same, of filters that it passes over.
    """

    json_as_text: bool = False
    same_name: SameName = "duplicate"
    statuses: dict[str, int] = field(
        default_factory=lambda: {"PERMISSION_ERROR": 403, "NOT_FOUND": 404}
    )
    max_page: int = 1000
    default_page: int = 50
    refuses: set[str] = field(default_factory=set)
    ignores: set[str] = field(default_factory=set)


class World:
    """Accounts, projects and views."""

    def __init__(self) -> None:
        self.accounts: list[Account] = []
        self.projects: dict[str, Project] = {}
        self.options = Options()
        self.clock = Clock()
        self._numbers = 0

    def account(self, api_key: str) -> Account | None:
        return next((one for one in self.accounts if one.api_key == api_key), None)

    def add_project(
        self,
        path: str,
        runs: Iterable[Run] | RunSource = (),
        *,
        readers: set[str] | None = None,
        writers: set[str] | None = None,
        description: str = "",
    ) -> Project:
        entity, _, name = path.partition("/")
        # Whatever can be sliced and is no list makes its runs itself: it is served as it is.
        listed = isinstance(runs, list | tuple) or not hasattr(runs, "__getitem__")
        source = dated(cast("Iterable[Run]", runs)) if listed else cast("RunSource", runs)
        project = Project(
            entity, name, self.number(), source, self.clock.tick(), readers, writers, description
        )
        project.user = self.accounts[0] if self.accounts else None
        self.projects[path] = project
        return project

    def add_view(
        self,
        path: str,
        *,
        name: str,
        spec: str,
        display_name: str = "",
        description: str = "",
        type: str = "project-view",  # noqa: A002 - the API's word
        user: Account | None = None,
    ) -> View:
        now = self.clock.tick()
        project = self.projects[path]
        owner = user or project.user
        number = self.number()
        view = View(
            number, project, type, name, spec, now, now, display_name, description, user=owner
        )
        project.views.append(view)
        return view

    def writable_project(
        self, account: Account | None, entity: str | None, name: str | None
    ) -> Project:
        project = self.projects.get(f"{entity}/{name}")
        if project is None or not project.readable_by(account):
            raise GraphQLError("project not found", extensions={"code": "NOT_FOUND"})
        if not project.writable_by(account):
            raise Denied
        return project

    def view(self, view_id: str) -> View | None:
        views = (view for project in self.projects.values() for view in project.views)
        return next((view for view in views if view.id == view_id), None)

    def touch(self, view: View) -> None:
        """A write by somebody else: the view's ``updatedAt`` moves on."""
        view.updated_at = self.clock.tick()

    def upsert_view(self, account: Account | None, given: dict[str, Any]) -> tuple[View, bool]:
        """Create or update; only what is given and not null changes."""
        view_id = given.get("id")
        if view_id:
            return self._update(self._writable_view(account, view_id), given), False
        project = self.writable_project(
            account, given.get("entity_name"), given.get("project_name")
        )
        name = given.get("name") or f"nw-{self.number():011d}-v"
        taken = next((view for view in project.views if view.name == name), None)
        if taken and self.options.same_name == "update":
            return self._update(taken, given), False
        if taken and self.options.same_name == "refuse":
            raise GraphQLError("view name already taken", extensions={"code": "CONFLICT"})
        view = self.add_view(
            project.path,
            name=name,
            spec=given.get("spec") or "{}",
            display_name=given.get("display_name") or "",
            description=given.get("description") or "",
            type=given.get("type") or "runs",
            user=account,
        )
        return view, True

    def delete_view(self, account: Account | None, view_id: str) -> None:
        view = self._writable_view(account, view_id)
        view.project.views.remove(view)

    def _writable_view(self, account: Account | None, view_id: str) -> View:
        view = self.view(view_id)
        if view is None or not view.project.readable_by(account):
            raise GraphQLError("view not found", extensions={"code": "NOT_FOUND"})
        if not view.project.writable_by(account):
            raise Denied
        return view

    def _update(self, view: View, given: dict[str, Any]) -> View:
        seen = given.get("last_updated_at")
        if seen is not None and _moment(seen) != view.updated_at:
            raise GraphQLError(
                "workspace changed since you loaded it",
                extensions={"code": "VIEW_SPEC_CONFLICT"},
            )
        for column in ("display_name", "description", "spec", "type", "name"):
            if given.get(column) is not None:
                setattr(view, column, given[column])
        self.touch(view)
        return view

    def number(self) -> int:
        """A number that nothing else has."""
        self._numbers += 1
        return self._numbers


def _moment(given: Any) -> datetime:
    return given if isinstance(given, datetime) else parse_time(str(given))
