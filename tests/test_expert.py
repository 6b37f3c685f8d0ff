"""The layouts that an expert wrote down, checked against the key sets they are for."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.keysets import KEYSETS, load_keyset

EXPERT = sorted((Path(__file__).parent / "data" / "expert").glob("*.yaml"))


def test_there_are_twelve_of_different_frameworks() -> None:
    sets = {path.stem: load_keyset(path) for path in KEYSETS}
    assert len({sets[path.stem]["framework"] for path in EXPERT}) == 12


@pytest.mark.parametrize("path", EXPERT, ids=lambda path: path.stem)
def test_every_key_exists_and_stands_once(path: Path) -> None:
    keys = load_keyset(next(one for one in KEYSETS if one.stem == path.stem))["keys"]
    sections = yaml.safe_load(path.read_text(encoding="utf-8"))
    placed = [key for panels in sections.values() for panel in panels for key in panel]
    assert set(placed) <= set(keys)
    assert len(placed) == len(set(placed))
    assert all(len(panels) > 1 for panels in sections.values())
    assert len(sections) <= 12
