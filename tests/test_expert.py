"""The layouts that an expert wrote down, checked against the key sets they are for."""

from __future__ import annotations

from pathlib import Path
from statistics import mean

import pytest
import yaml
from syrupy.assertion import SnapshotAssertion

from tests.agreement import agree, by_layout
from tests.keysets import KEYSETS, keyset_inventory, load_keyset
from wslayout.grouping import lay_out
from wslayout.presets import builtin_budgets

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


@pytest.mark.parametrize("path", EXPERT, ids=lambda path: path.stem)
def test_the_engine_beside_the_expert(path: Path, snapshot: SnapshotAssertion) -> None:
    """The engine's layout in the expert's form: what differs is explained in the README there."""
    keyset = next(one for one in KEYSETS if one.stem == path.stem)
    layout = lay_out(keyset_inventory(keyset), builtin_budgets())
    lines = [
        line
        for section in layout.sections
        for line in (
            f"{section.name}:",
            *(f"  - {', '.join(panel.keys)}" for panel in section.panels),
        )
    ]
    assert "\n".join(lines) == snapshot


def test_the_engine_agrees_with_the_expert() -> None:
    """Sections compared as for the layouts that people made, on the keys that the expert placed."""
    values = []
    for path in EXPERT:
        sections = yaml.safe_load(path.read_text(encoding="utf-8"))
        truth = {
            key: name for name, panels in sections.items() for panel in panels for key in panel
        }
        keyset = next(one for one in KEYSETS if one.stem == path.stem)
        layout = lay_out(keyset_inventory(keyset), builtin_budgets())
        values.append(agree(truth, by_layout(truth, layout)))
    assert mean(values) > 0.55
