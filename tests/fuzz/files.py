"""Files that wslayout writes and people change: layouts, lists of views, backups."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, Final

from tests.fuzz.checks import check_bundle, check_html, may_refuse
from tests.fuzz.choices import Choices
from tests.fuzz.hostile import as_json
from tests.fuzz.mutation import mutated, mutated_text
from tests.fuzz.views import layouts
from wslayout import api
from wslayout.display.cells import cell_of
from wslayout.display.html import render_layout
from wslayout.errors import SourceError, SpecError, TemplateError
from wslayout.layout import Layout
from wslayout.manifest import read_manifest
from wslayout.publish.backups import read_backup
from wslayout.wandb_api.rawspec import dump_spec, load_spec, same, summarise

_FOLDER: Final = tempfile.TemporaryDirectory(prefix="wslayout-fuzz-")


def layout_file(data: bytes) -> None:
    """A layout that `wslayout plan -o` wrote, changed by hand."""
    choices = Choices(data)
    raw = choices.flag()
    text = choices.rest().decode("utf-8", "replace") if raw else _layout(choices)
    with may_refuse(SpecError, TemplateError):
        layout = Layout.from_json(text)
        assert Layout.from_json(layout.to_json()) == layout
        check_html(render_layout(layout))
        check_bundle(cell_of(layout))
        spec = api.spec(layout)
        assert summarise(spec).manual
        assert same(load_spec(dump_spec(spec)), spec)


def _layout(choices: Choices) -> str:
    whole: dict[str, Any] = json.loads(choices.pick(layouts()[:4]).to_json())
    return as_json(mutated(whole, choices))


def manifest_file(data: bytes) -> None:
    """A ``wslayout.yaml``, and a backup of a view."""
    choices = Choices(data)
    path = Path(_FOLDER.name) / "wslayout.yaml"
    if choices.flag():
        path.write_bytes(choices.rest())
    else:
        text = mutated_text(_MANIFEST, choices)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with may_refuse(TemplateError, SourceError):
        read_manifest(path)
    path = Path(_FOLDER.name) / "backup.json"
    path.write_text(as_json(mutated(_BACKUP, choices)), encoding="utf-8")
    with may_refuse(SourceError):
        check_bundle(cell_of(read_backup(path)))


_MANIFEST: Final = """\
version: 1
targets:
  - project: team/project
    template: verl
    name: Overview
    parameters: {top: 3}
  - source: ./wandb
    project: https://wandb.ai/team/other
defaults:
  template: base
"""
_BACKUP: Final = {
    "format": "wslayout-backup",
    "version": 1,
    "server": "http://127.0.0.1:9",
    "entity": "team",
    "project": "project",
    "saved": "2026-01-01T00:00:00.000000Z",
    "view": {
        "id": "1",
        "name": "nw-abc-v",
        "display_name": "n",
        "description": "",
        "created_at": None,
        "updated_at": None,
        "username": None,
        "spec": "{}",
    },
}


def seeds() -> list[bytes]:
    """Beginnings of choices."""
    return [bytes((n * step + step) % 256 for n in range(80)) for step in range(24)]


def manifest_seeds() -> list[bytes]:
    """The text with its flag before it, and beginnings of choices."""
    return [b"\x01" + _MANIFEST.encode(), *seeds()]
