"""What counts as a W&B project, and what is said of what looks like one."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wslayout.errors import SourceError
from wslayout.wandb_api.project import ProjectRef, check_host, parse_project

CLOUD = {"base_url": "https://api.wandb.ai", "app_url": "https://wandb.ai"}
FORGE = {
    "base_url": "https://api.forge.coreweave.com",
    "app_url": "https://forge.coreweave.com/wandb",
}
LOCAL = {"base_url": "http://localhost:8080", "app_url": "http://localhost:8080"}


@pytest.mark.parametrize(
    "text",
    [
        "https://wandb.ai/ent/proj",
        "https://wandb.ai/ent/proj/",
        "https://wandb.ai//ent//proj//",
        "HTTPS://WANDB.AI/ent/proj",
        "  https://wandb.ai/ent/proj\n",
        "https://user:password@wandb.ai/ent/proj",
        "https://wandb.ai:443/ent/proj",
        "https://wandb.ai/ent/proj/workspace",
        "https://wandb.ai/ent/proj/runs/xyz?nw=",
        "https://wandb.ai/ent/proj/runs/xyz/files/media.csv/x#anchor",
        "https://wandb.ai/ent/proj/sweeps/abc",
        "https://wandb.ai/ent/proj/reports/A-Title--Vmlldzo1",
        "https://wandb.ai/ent/proj/table?x=1&y=2",
        "https://wandb.ai/ent/proj/artifacts/model/m/v3",
        "https://wandb.ai/ent/proj/groups/g/workspace",
        "wandb.ai/ent/proj",
        "wandb.ai/ent/proj/runs/xyz",
    ],
)
def test_urls_of_a_project_on_the_cloud(text: str) -> None:
    assert parse_project(text) == ProjectRef("ent", "proj", "wandb.ai")


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("ent/proj", ProjectRef("ent", "proj")),
        ("ent/proj/", ProjectRef("ent", "proj")),
        ("my team/my proj-1.2_x", ProjectRef("my team", "my proj-1.2_x")),
        ("チーム/検証", ProjectRef("チーム", "検証")),
        (
            "https://wandb.ai/my%20team/caf%C3%A9",
            ProjectRef("my team", "café", "wandb.ai"),
        ),
        ("http://localhost:8080/ent/proj", ProjectRef("ent", "proj", "localhost:8080")),
        ("localhost:8080/ent/proj", ProjectRef("ent", "proj", "localhost:8080")),
        ("http://10.0.0.7:9/ent/proj", ProjectRef("ent", "proj", "10.0.0.7:9")),
        ("http://[::1]:9/ent/proj", ProjectRef("ent", "proj", "[::1]:9")),
        ("https://W.Example.org/e/p/table", ProjectRef("e", "p", "w.example.org")),
        (
            "https://forge.coreweave.com/wandb/ent/proj",
            ProjectRef("ent", "proj", "forge.coreweave.com"),
        ),
        ("https://wandb.ai/e/p?nw=abc123", ProjectRef("e", "p", "wandb.ai", "abc123")),
        ("https://wandb.ai/e/p/workspace?a=1&nw=abc", ProjectRef("e", "p", "wandb.ai", "abc")),
        ("https://wandb.ai/e/p?nw=nw-abc-v", ProjectRef("e", "p", "wandb.ai", "abc")),
        ("https://wandb.ai/e/p?nw=nwuserbob", ProjectRef("e", "p", "wandb.ai", "nwuserbob")),
        ("https://wandb.ai/e/p?nw=%0A<x>", ProjectRef("e", "p", "wandb.ai")),
    ],
)
def test_other_projects(text: str, ref: ProjectRef) -> None:
    assert parse_project(text) == ref


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-",
        "word",
        "/abs/path",
        "./a/b",
        "../b",
        "~/b",
        "a/b/c",
        "a//b",
        "runs/keys.csv",
        "runs/x.WANDB",
        "s3://bucket/key",
        "file:///a/b",
        "https://example.org/keys/all.parquet",
        "c:\\a/b",
        "a/b?c",
        "a/\nb",
        "./..",
        "a/\ud800",
    ],
)
def test_what_is_no_project(text: str) -> None:
    assert parse_project(text) is None


def test_a_word_is_a_project_only_where_asked() -> None:
    assert parse_project("word", target=True) == ProjectRef(None, "word")
    assert parse_project("team/train.py", target=True) == ProjectRef("team", "train.py")
    assert parse_project("keys.csv", target=True) is None


@pytest.mark.parametrize(
    "text",
    [
        "https://wandb.ai",
        "https://wandb.ai/",
        "https://wandb.ai/home",
        "https://wandb.ai/ent",
        "https://wandb.ai/ent/projects",
        "https://wandb.ai/site/pricing",
        "https://wandb.ai/settings/x",
        "https://wandb.ai/e%2Fp/x",
        "https://wandb.ai/e/%00",
        "https://wandb.ai:99999/e/p",
        "https://wandb.ai:x/e/p",
        "https://[wandb/e/p",
        "https:///e/p",
        "http://",
    ],
)
def test_urls_that_are_not_of_a_project(text: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse_project(text)
    assert "entity/project" in caught.value.hint


def test_a_password_in_a_url_is_not_repeated() -> None:
    with pytest.raises(SourceError) as caught:
        parse_project("https://me:secret@wandb.ai/home?token=secret")
    assert "secret" not in str(caught.value)


@given(st.text() | st.text().map("https://".__add__) | st.text().map("http://h/e/".__add__))
@example("http://a/\ud800/b")
@example("https://\u2100/e/p")
@example("http://h/e/p?" + "&" * 2000)
def test_anything_is_a_project_or_none_or_our_error(text: str) -> None:
    try:
        ref = parse_project(text)
    except SourceError:
        return
    assert ref is None or (ref.project and ref.entity)


@pytest.mark.parametrize(
    ("url", "login"),
    [
        ("https://wandb.ai/e/p", CLOUD),
        ("https://api.wandb.ai/e/p", CLOUD),
        ("https://wandb.ai/e/p", FORGE),
        ("https://forge.coreweave.com/wandb/e/p", CLOUD),
        ("http://localhost:8080/e/p", LOCAL),
        (
            "https://app.acme.org/e/p",
            {"base_url": "https://api.acme.org", "app_url": "https://app.acme.org"},
        ),
        ("e/p", LOCAL),
    ],
)
def test_urls_of_the_servers_that_the_login_is_for(url: str, login: dict[str, str]) -> None:
    ref = parse_project(url)
    assert ref is not None
    check_host(ref, **login)


@pytest.mark.parametrize(
    ("url", "login"),
    [
        ("https://wandb.ai/e/p", LOCAL),
        ("http://localhost:8081/e/p", LOCAL),
        ("http://localhost/e/p", LOCAL),
        ("https://wandb.ai.evil.org/e/p", CLOUD),
        ("https://evil-wandb.ai/e/p", CLOUD),
    ],
)
def test_urls_of_other_servers_are_refused(url: str, login: dict[str, str]) -> None:
    ref = parse_project(url)
    assert ref is not None
    with pytest.raises(SourceError, match="login is for") as caught:
        check_host(ref, **login)
    assert "WANDB_BASE_URL" in caught.value.hint
