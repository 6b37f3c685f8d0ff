"""Saved views on a server of today and on one that lacks the newer arguments."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients import client_at
from tests.wandb_server import WandbServer, faults
from wslayout.errors import (
    AuthError,
    BadResponse,
    ProjectNotFound,
    RequestRejected,
    ServerError,
    ServerUnreachable,
    ViewConflict,
    ViewNotFound,
)
from wslayout.wandb_api import views
from wslayout.wandb_api.asking import Viewer, viewer
from wslayout.wandb_api.auth import Login
from wslayout.wandb_api.client import Client
from wslayout.wandb_api.views import Saved, View

KEY = "k" * 40
WHERE = ("demo", "proj")
NAME = "nw-abc-v"


@pytest.fixture
def server(wandb_server: WandbServer) -> WandbServer:
    wandb_server.add_account("alice", KEY, teams=["demo"])
    wandb_server.add_project("demo/proj")
    return wandb_server


@pytest.fixture
def client(server: WandbServer) -> Iterator[Client]:
    with client_at(server.url, KEY) as client:
        yield client


def create(client: Client, name: str = NAME, spec: str = '{"a":1}') -> Saved:
    return views.create_view(
        client, *WHERE, name=name, display_name="Losses ロス", description="d", spec=spec
    )


def get(client: Client, name: str = NAME) -> View:
    view = views.get_view(client, *WHERE, name)
    assert view is not None
    return view


def test_names_and_urls() -> None:
    assert views.view_name("abc") == "nw-abc-v"
    assert views.view_name("nwuserbob") == "nw-nwuserbob-w"
    for view_id in ("abc", "nwuserbob", "a-v-b"):
        assert views.view_id(views.view_name(view_id)) == view_id
    login = Login("https://api.wandb.ai", "https://wandb.ai", None)
    url = views.view_url(login, "my team", "a/b", "abc")
    assert url == "https://wandb.ai/my%20team/a%2Fb?nw=abc"


def test_create_then_read(server: WandbServer, client: Client) -> None:
    saved = create(client)
    assert saved.inserted
    assert saved.guarded
    view = get(client)
    assert view.spec == '{"a":1}'
    assert (view.id, view.updated_at) == (saved.view.id, saved.view.updated_at)
    assert (view.display_name, view.description, view.username) == ("Losses ロス", "d", "alice")
    assert not view.personal
    [stored] = server.views("demo/proj")
    assert (stored.name, stored.type) == (NAME, "project-view")
    [write] = server.select(kind="mutation")
    assert write.name == "WslayoutCreateView"
    assert "id" not in write.variables


def test_a_view_that_is_not_there(client: Client) -> None:
    assert views.get_view(client, *WHERE, NAME) is None


def test_listing_pages_and_asks_for_no_spec(server: WandbServer, client: Client) -> None:
    for number in range(230):
        server.add_view("demo/proj", name=f"nw-v{number}-v", spec="x" * 1000)
    server.add_view("demo/proj", name="nw-nwuserdemo-w", spec="{}")
    found = views.list_views(client, *WHERE)
    assert len(found) == 231
    assert len({view.id for view in found}) == 231
    assert [view.name for view in found if view.personal] == ["nw-nwuserdemo-w"]
    assert all(view.spec is None for view in found)
    assert len(server.requests) == 3
    assert sum(record.response_bytes for record in server.requests) < 100_000
    assert views.list_views_with_specs(client, *WHERE)[0].spec


def test_without_the_name_filter_the_list_is_searched(server: WandbServer, client: Client) -> None:
    server.disable("view_name")
    for number in range(130):
        server.add_view("demo/proj", name=f"nw-v{number}-v", spec=f"{number}")
    create(client)
    assert get(client).spec == '{"a":1}'
    assert get(client, "nw-v7-v").spec == "7"
    assert views.get_view(client, *WHERE, "nw-none-v") is None


def test_an_update_sends_as_little_as_possible(server: WandbServer, client: Client) -> None:
    create(client)
    view = get(client)
    saved = views.update_view(client, *WHERE, view, spec='{"a":2}')
    assert not saved.inserted
    assert saved.guarded
    assert saved.note == ""
    [_, write] = server.select(kind="mutation")
    assert set(write.variables) == {"id", "entity", "project", "spec", "lastUpdatedAt"}
    assert write.variables["lastUpdatedAt"] == view.updated_at
    assert "name:" not in write.query.replace("displayName:", "").replace("Name:", "")
    now = get(client)
    assert (now.spec, now.display_name, now.description) == ('{"a":2}', "Losses ロス", "d")
    assert now.updated_at == saved.view.updated_at != view.updated_at


def test_names_and_description_change_only_where_given(client: Client) -> None:
    create(client)
    views.update_view(client, *WHERE, get(client), spec="{}", description="new")
    assert (get(client).display_name, get(client).description) == ("Losses ロス", "new")
    views.update_view(client, *WHERE, get(client), spec="{}", display_name="N")
    assert (get(client).display_name, get(client).description) == ("N", "new")
    assert get(client).name == NAME


def test_a_view_that_changed_is_not_overwritten(server: WandbServer, client: Client) -> None:
    create(client)
    mine = get(client)
    views.update_view(client, *WHERE, get(client), spec='"theirs"')
    with pytest.raises(ViewConflict, match="'Losses ロス' changed") as caught:
        views.update_view(client, *WHERE, mine, spec='"mine"')
    assert "nothing was overwritten" in caught.value.hint
    assert get(client).spec == '"theirs"'


def test_a_conflict_is_known_by_its_message_too(server: WandbServer, client: Client) -> None:
    create(client)
    server.fail(
        faults.graphql_error("Workspace changed since you loaded it"), operation="upsertView"
    )
    with pytest.raises(ViewConflict):
        views.update_view(client, *WHERE, get(client), spec="{}")


def test_other_rejections_of_an_update_stay_what_they_are(
    server: WandbServer, client: Client
) -> None:
    create(client)
    server.fail(faults.graphql_error("spec too long", "TOO_LONG"), operation="upsertView")
    with pytest.raises(RequestRejected, match="spec too long"):
        views.update_view(client, *WHERE, get(client), spec="{}")


class TestOldServer:
    @pytest.fixture(autouse=True)
    def _old(self, server: WandbServer) -> None:
        server.disable("last_updated_at")

    def test_an_update_is_compared_first_and_says_so(
        self, server: WandbServer, client: Client
    ) -> None:
        create(client)
        saved = views.update_view(client, *WHERE, get(client), spec='{"a":2}')
        assert not saved.guarded
        assert "can't guard" in saved.note
        assert get(client).spec == '{"a":2}'

    def test_a_change_since_is_found(self, client: Client) -> None:
        create(client)
        mine = get(client)
        views.update_view(client, *WHERE, mine, spec='"theirs"')
        with pytest.raises(ViewConflict):
            views.update_view(client, *WHERE, mine, spec='"mine"')
        assert get(client).spec == '"theirs"'

    def test_a_deletion_since_is_found(self, client: Client) -> None:
        create(client)
        mine = get(client)
        views.delete_view(client, mine)
        with pytest.raises(ViewNotFound):
            views.update_view(client, *WHERE, mine, spec='"mine"')


def test_a_write_whose_answer_is_lost_is_not_sent_again(
    server: WandbServer, client: Client
) -> None:
    server.fail(faults.cut_after(), operation="upsertView", times=None)
    with pytest.raises(ServerUnreachable, match="not known"):
        create(client)
    assert server.count(kind="mutation") == 1
    assert get(client).spec == '{"a":1}'


def test_delete(server: WandbServer, client: Client) -> None:
    create(client)
    views.delete_view(client, get(client))
    assert server.views("demo/proj") == []


def test_a_deletion_that_the_server_denies(server: WandbServer, client: Client) -> None:
    create(client)
    view = get(client)
    server.fail(faults.Edit(lambda _: {"data": {"deleteView": {"success": False}}}))
    with pytest.raises(RequestRejected, match="did not delete"):
        views.delete_view(client, view)


def test_a_missing_project_names_both_possibilities(client: Client) -> None:
    with pytest.raises(ProjectNotFound, match=r"demo/none .*'alice' may not see it") as caught:
        views.list_views(client, "demo", "none")
    assert caught.value.exit_code == 2


def test_a_missing_project_where_the_account_can_not_be_asked(
    server: WandbServer, client: Client
) -> None:
    server.fail(faults.graphql_error("no"), operation="viewer", times=None)
    with pytest.raises(ProjectNotFound, match="this account may not see it"):
        views.get_view(client, "demo", "none", NAME)


def test_a_project_that_may_only_be_read(server: WandbServer, client: Client) -> None:
    server.add_project("demo/shown", writers={"demo"})
    with pytest.raises((AuthError, RequestRejected)):
        views.create_view(
            client, "demo", "shown", name=NAME, display_name="x", description="", spec="{}"
        )


def test_the_viewer(client: Client) -> None:
    assert viewer(client) == Viewer("alice", "alice")


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"project": {"allViews": None}}, None),
        ({"project": {}}, None),
        ({"project": {"allViews": {"edges": []}}}, None),
        ({"project": {"allViews": {"edges": [None, {}, {"node": None}]}}}, None),
        ({"project": 3}, BadResponse),
        ({"project": {"allViews": {}}}, BadResponse),
        ({"project": {"allViews": []}}, BadResponse),
        ({"project": {"allViews": {"edges": [{"node": {"name": NAME}}]}}}, BadResponse),
        ({"project": {"allViews": {"edges": [{"node": {"id": "1", "name": NAME}}]}}}, BadResponse),
    ],
)
def test_answers_that_miss_fields(
    server: WandbServer, client: Client, data: object, error: type[ServerError] | None
) -> None:
    server.fail(faults.Edit(lambda _: {"data": data}), times=None)
    if error is None:
        assert views.get_view(client, *WHERE, NAME) is None
        assert views.list_views(client, *WHERE) == []
    else:
        with pytest.raises(error):
            views.get_view(client, *WHERE, NAME)


def test_a_listing_that_never_ends_ends(server: WandbServer, client: Client) -> None:
    page = {"edges": [], "pageInfo": {"endCursor": "same", "hasNextPage": True}}
    server.fail(faults.Edit(lambda _: {"data": {"project": {"allViews": page}}}), times=None)
    assert views.list_views(client, *WHERE) == []
    assert len(server.requests) == 2


def test_a_write_whose_answer_says_nothing(server: WandbServer, client: Client) -> None:
    server.fail(faults.Edit(lambda _: {"data": {"upsertView": None}}))
    with pytest.raises(BadResponse, match="did not say what it saved") as caught:
        create(client)
    assert "Look at the view" in caught.value.hint
