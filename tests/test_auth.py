"""The login is found by wandb's own code, wherever it keeps it, and nothing is printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import WandbEnv, forget_wandb
from tests.wandb_server import DEFAULT_KEY, KeyInfo, Run, faults
from wslayout.errors import (
    AuthError,
    BadResponse,
    ProjectNotFound,
    RequestRejected,
    ServerError,
    TargetError,
    UnknownField,
)
from wslayout.sources.project.server import read_project
from wslayout.wandb_api.asking import viewer
from wslayout.wandb_api.auth import Login, Secret, find_login, target_names
from wslayout.wandb_api.connection import connect
from wslayout.wandb_api.sdk import SdkClient

OTHER_KEY = "f" * 40


@pytest.fixture(autouse=True)
def _nothing_printed(wandb_env: WandbEnv, capfd: pytest.CaptureFixture[str]) -> object:
    wandb_env.monkeypatch.delenv("WANDB_SILENT")
    forget_wandb()
    capfd.readouterr()
    yield
    assert capfd.readouterr() == ("", "")


def test_from_the_environment(wandb_env: WandbEnv) -> None:
    wandb_env.monkeypatch.setenv("WANDB_ENTITY", "team")
    wandb_env.monkeypatch.setenv("WANDB_PROJECT", "proj")
    login = find_login()
    url = wandb_env.server.url
    assert login == Login(url, url, Secret(DEFAULT_KEY), "team", "proj")


def test_from_netrc(wandb_env: WandbEnv) -> None:
    wandb_env.monkeypatch.delenv("WANDB_API_KEY")
    host = wandb_env.server.url.removeprefix("http://")
    netrc = wandb_env.home / ".netrc"
    netrc.write_text(f"machine {host}\n  login user\n  password {OTHER_KEY}\n")
    assert find_login().api_key == OTHER_KEY


def test_address_and_defaults_from_the_settings_file(wandb_env: WandbEnv) -> None:
    wandb_env.monkeypatch.delenv("WANDB_BASE_URL")
    settings = wandb_env.home / "wandb-config" / "settings"
    settings.parent.mkdir()
    settings.write_text("[default]\nbase_url = http://127.0.0.1:9\nentity = me\nproject = mine\n")
    forget_wandb()
    login = find_login()
    assert (login.base_url, login.entity, login.project) == ("http://127.0.0.1:9", "me", "mine")


def test_not_logged_in(wandb_env: WandbEnv) -> None:
    wandb_env.monkeypatch.delenv("WANDB_API_KEY")
    with pytest.raises(AuthError, match=f"not logged in to W&B at {wandb_env.server.url}") as e:
        find_login()
    assert f"wandb login --host={wandb_env.server.url}" in e.value.hint
    assert "WANDB_API_KEY" in e.value.hint
    assert e.value.exit_code == 3


def test_a_key_of_another_host_is_not_taken(wandb_env: WandbEnv) -> None:
    wandb_env.monkeypatch.delenv("WANDB_API_KEY")
    (wandb_env.home / ".netrc").write_text(f"machine api.wandb.ai password {OTHER_KEY}\n")
    with pytest.raises(AuthError, match="not logged in"):
        find_login()


def test_a_netrc_that_can_not_be_read(wandb_env: WandbEnv) -> None:
    wandb_env.monkeypatch.delenv("WANDB_API_KEY")
    (wandb_env.home / ".netrc").write_text(f"machine x {OTHER_KEY}\n")
    with pytest.raises(AuthError, match="could not read its netrc") as caught:
        find_login()
    assert OTHER_KEY not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    ("key", "what"),
    [
        ("tooshort", "40. characters, has 8"),
        ("bad key with blanks " * 3, "whitespace"),
        ("key with blanks inside " * 3 + "x", "letters A-Z"),
    ],
)
def test_a_malformed_key_is_explained_and_not_shown(
    wandb_env: WandbEnv, key: str, what: str
) -> None:
    wandb_env.monkeypatch.setenv("WANDB_API_KEY", key)
    forget_wandb()
    with pytest.raises(AuthError, match=f"API key .*{what}") as caught:
        find_login()
    assert key not in f"{caught.value} {caught.value.hint}"
    assert "WANDB_API_KEY" in caught.value.hint
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("url", ["nonsense", "ftp://x.invalid", "https://wandb.ai", ""])
def test_a_malformed_address(wandb_env: WandbEnv, url: str) -> None:
    wandb_env.monkeypatch.setenv("WANDB_BASE_URL", url)
    forget_wandb()
    with pytest.raises(AuthError) as caught:
        find_login()
    assert "WANDB_BASE_URL" in caught.value.hint
    assert DEFAULT_KEY not in f"{caught.value}"


def test_the_key_does_not_show(wandb_env: WandbEnv) -> None:
    login = find_login()
    assert DEFAULT_KEY not in f"{login!r} {login} {login.api_key!r}"
    assert str(login.api_key) == DEFAULT_KEY


def test_an_identity_token_goes_through_the_sdk(wandb_env: WandbEnv, tmp_path: Path) -> None:
    wandb_env.monkeypatch.delenv("WANDB_API_KEY")
    wandb_env.monkeypatch.setenv("WANDB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    login = find_login()
    assert login.api_key is None
    assert "no API key" in login.notes[0]
    with connect(login) as client:
        assert isinstance(client, SdkClient)


def test_the_sdks_way_answers_and_fails_like_ours(wandb_env: WandbEnv) -> None:
    server = wandb_env.server
    server.add_project("demo/p", [Run("a", {"loss": KeyInfo(count=3)})])
    with SdkClient(find_login()) as client:
        assert read_project(client, "demo", "p").keys == ["loss"]
        with pytest.raises(ProjectNotFound, match="'demo' may not see it"):
            read_project(client, "demo", "none")
        with pytest.raises(UnknownField, match="nothing"):
            client.execute("query X { viewer { nothing } }", {}, operation="X")
        server.fail(faults.graphql_error("too bad"), operation="WslayoutViewer", times=None)
        with pytest.raises(RequestRejected, match="too bad"):
            viewer(client)
        server.heal()
        server.fail(faults.forbidden(), operation="WslayoutViewer", times=None)
        with pytest.raises(AuthError, match="HTTP 403"):
            viewer(client)


@pytest.mark.parametrize("failure", [ValueError("x"), KeyError("y"), RuntimeError(), OSError(2)])
@pytest.mark.parametrize("write", [False, True])
def test_whatever_the_sdk_raises_is_mapped(failure: Exception, write: bool) -> None:
    def execute(query: str, variables: dict[str, object]) -> object:
        raise failure

    client = SdkClient(Login("http://x", "http://x", None), execute=execute)
    with pytest.raises(ServerError, match="“x” to x"):
        client.execute("query X { x }", {}, operation="X", write=write)


def test_the_sdk_may_answer_nothing() -> None:
    client = SdkClient(Login("http://x", "http://x", None), execute=lambda *_: None)
    with pytest.raises(BadResponse, match="no data"):
        client.execute("query X { x }", {}, operation="X")


def test_target_names() -> None:
    login = Login("http://x", "http://x", None, "team", None)
    assert target_names(login, None, "p") == ("team", "p")
    assert target_names(login, "e", "p") == ("e", "p")
    with pytest.raises(TargetError, match="no project given"):
        target_names(login, "e", None)
