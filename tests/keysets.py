"""The real key sets of ``tests/data/keysets``."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from wslayout.inventory import Inventory, Origin

KEYSETS = sorted((Path(__file__).parent / "data" / "keysets").glob("*.json"))


def load_keyset(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


@cache
def keyset_inventory(path: Path) -> Inventory:
    keys = load_keyset(path)["keys"]
    frame = pd.DataFrame({"key": list(keys), "kind": list(keys.values())})
    return Inventory.from_frame(frame, origin=Origin(path.stem))


def inventory_of(*keys: str, kind: str = "number") -> Inventory:
    frame = pd.DataFrame({"key": pd.Series(keys, dtype=object), "kind": kind})
    return Inventory.from_frame(frame)
