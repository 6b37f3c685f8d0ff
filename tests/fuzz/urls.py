"""What people write for projects, views and presets."""

from __future__ import annotations

import contextlib
from typing import Final

from tests.fuzz.checks import check_text, may_refuse
from tests.fuzz.choices import Choices
from tests.fuzz.hostile import hostile_text
from tests.fuzz.mutation import mutated_text
from tests.fuzz.serving import KEY, URL
from wslayout.addresses import without_password
from wslayout.display.terminal import as_text, error_text
from wslayout.errors import SourceError, TargetError, TemplateError, WslayoutError
from wslayout.patterns import checked_pattern, find, match
from wslayout.patterns import escape as escaped
from wslayout.presets.references import parse_reference
from wslayout.sources.folders.globs import glob_pattern
from wslayout.sources.opening import open_source
from wslayout.templates.parameters import parsed_settings
from wslayout.view_api import parse_target, view_of
from wslayout.wandb_api.answers import host_of
from wslayout.wandb_api.auth import Login, Secret
from wslayout.wandb_api.project import ProjectRef, check_host, parse_project
from wslayout.wandb_api.view import view_id, view_name, view_url

_LOGIN: Final = Login(URL, URL, Secret(KEY))
_SEEDS: Final = (
    "team/project",
    "https://wandb.ai/team/project/workspace?nw=abc123def45",
    "https://wandb.ai/team/project/runs/x1?nw=nwuserme&b=c#d",
    "wandb.ai/team/project/reports/A-title--Vmlldzox",
    f"https://user:{KEY}@wandb.example.org:8080/team/project",
    f"https://api:{KEY}@[::1]:8080/team/project?nw=nw-abc-v",
    "https://api.forge.coreweave.com/wandb/team/project",
    "http://127.0.0.1:9/t%C3%A9am/pr%2Foject/sweeps/s",
    "./wandb/run-1/run-1.wandb",
    "wandb-artifact:team/project/name:v3@sha256:" + "0" * 64,
)


def url(data: bytes) -> None:
    """A text for a project, a view, a server or an artifact."""
    choices = Choices(data)
    text = choices.rest().decode("utf-8", "replace") if choices.flag() else _changed(choices)
    for target in (False, True):
        with may_refuse(SourceError, check=_shows_no_password):
            ref = parse_project(text, target=target)
            if ref is not None:
                _is_written_again(ref)
    for read in (view_of, open_source, parse_target):
        with may_refuse(SourceError, TargetError, check=_shows_no_password):
            read(text)
    with may_refuse(TemplateError, check=_shows_no_password):
        reference = parse_reference(text)
        assert parse_reference(str(reference)) == reference
    assert isinstance(host_of(text), str)
    assert f"//user:{KEY}@" not in without_password(text)


def _changed(choices: Choices) -> str:
    return mutated_text(choices.pick(_SEEDS), choices, most=3)


def _shows_no_password(error: WslayoutError) -> None:
    """As `check_error`, but that a key may stand in the text where no password does."""
    assert f":{KEY}@" not in f"{error} {error.hint}"
    check_text(as_text(error_text(error)))


def _is_written_again(ref: ProjectRef) -> None:
    """A project and a view have one address, which names them."""
    with may_refuse(SourceError, check=_shows_no_password):
        check_host(ref, base_url=URL, app_url=URL)
    if ref.entity is None:
        return
    address = view_url(_LOGIN, ref.entity, ref.project, ref.view_id or "abc")
    try:
        again = parse_project(address, target=True)
    except SourceError:  # the app has pages of its own under this name
        return
    assert again is not None
    assert (again.entity, again.project) == (ref.entity, ref.project)
    assert again.view_id == (ref.view_id or "abc")
    assert view_id(view_name(ref.view_id or "abc"))


def pattern(data: bytes) -> None:
    """A pattern of metric keys, ours and that of ``define_metric``."""
    choices = Choices(data)
    raw = choices.flag()
    text = choices.rest().decode("utf-8", "replace") if raw else _pattern(choices)
    keys = [hostile_text(choices) for _ in choices.several(5)] + ["train/loss", "a" * 200, text]
    try:
        checked_pattern(text)
    except ValueError as error:
        check_text(str(error).replace("\t", " ").encode("utf-8", "backslashreplace").decode())
    else:
        assert set(find(text, keys)) <= set(keys)
    compiled = glob_pattern(text)
    for key in keys:
        assert compiled is None or isinstance(compiled.fullmatch(key), object)
    if text.isprintable() and len(text) < 200:
        assert match(escaped(text), [text]) == [text]
    with contextlib.suppress(TemplateError):  # which says again what was given
        assert parsed_settings([text])


def _pattern(choices: Choices) -> str:
    return "".join(choices.pick(_PARTS) for _ in choices.several(60))


_PARTS: Final = (
    "*", "**", "?", "[a-z]", "[^a]", "{a,b}", "{", "}", "[", "]", "\\", "/", "a", "(", ")", "+",
    "{3}", "{1000}", "|", "regex:", "\\d", "\\p{L}", "$", "^", "é", "\0", ".",
)  # fmt: skip


def seeds() -> list[bytes]:
    """Texts with their flag before them, and beginnings of choices."""
    texts = [b"\x01" + seed.encode() for seed in _SEEDS]
    return [*texts, *(bytes([0, n, *range(n, n + 40)]) for n in range(0, 100, 7))]
