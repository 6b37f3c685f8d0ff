from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from tests.keysets import inventory_of
from wslayout.api import plan
from wslayout.errors import SpecError, TargetError
from wslayout.files import read_layout, write_file


def test_new_files_and_folders(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "file.txt"
    write_file(path, "one")
    write_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert [entry.name for entry in path.parent.iterdir()] == ["file.txt"]


def test_permissions_and_links_stay(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old", encoding="utf-8")
    target.chmod(0o600)
    link.symlink_to(target)
    write_file(link, "new")
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_pipe_is_written_into(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_file(pipe, "through")
    reader.join(5)
    assert got == [b"through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("name", ["/proc/nowhere/file", "a\0b", "x" * 300])
def test_what_cannot_be_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(TargetError, match="can't write"):
        write_file(tmp_path / name, "")
    with pytest.raises(TargetError, match="can't write"):
        write_file(tmp_path, "a folder")


def test_layout_files(tmp_path: Path) -> None:
    layout = plan(inventory_of("a/b", "a/c"))
    path = tmp_path / "layout.json"
    write_file(path, layout.to_json())
    assert read_layout(path) == layout
    path.write_text(layout.to_json()[:-20], encoding="utf-8")
    with pytest.raises(SpecError):
        read_layout(path)
    path.write_bytes(b"\xff\xfe{}")
    assert read_layout(path) is None
    assert read_layout(tmp_path / "none.json") is None
    assert read_layout(tmp_path) is None
