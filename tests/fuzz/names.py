"""Metric keys of any name and kind: through the whole engine to spec, page and terminal."""

from __future__ import annotations

import io
import json
from typing import Any

import pandas as pd

from tests.fuzz.checks import check_bundle, check_html, check_text, may_refuse
from tests.fuzz.choices import Choices
from tests.fuzz.hostile import as_json, hostile_text
from tests.fuzz.mutation import mutated
from tests.keysets import KEYSETS, load_keyset
from wslayout import api
from wslayout.display.cells import cell_of
from wslayout.display.html import render_layout
from wslayout.display.terminal import as_text, layout_tree
from wslayout.errors import EmptySource, SourceError
from wslayout.grouping import lay_out
from wslayout.grouping.explain import explain
from wslayout.grouping.options import Options
from wslayout.inventory import KINDS, Inventory
from wslayout.layout import Layout
from wslayout.presets import builtin_budgets
from wslayout.sources.tables.lines import read_lines
from wslayout.wandb_api.rawspec import dump_spec, load_spec, summarise


def names(data: bytes) -> None:
    """An inventory of hostile names, laid out and shown."""
    choices = Choices(data)
    rows = {_key(choices): choices.pick(_KINDS) for _ in range(1 + choices.number(30))}
    inventory = _inventory(rows, choices)
    # Mostly without the presets that fit, which take most of the time.
    plan = api.plan if choices.number(7) == 1 else _laid_out
    try:
        layout = plan(inventory)
    except EmptySource:
        return
    spec = api.spec(layout)
    again = load_spec(dump_spec(spec))
    assert again == spec
    shown = set(summarise(spec).keys)
    assert shown <= rows.keys()
    drawn = {key for panel in layout.panels for key in panel.keys}
    assert shown == drawn
    told = [*drawn, *(key for panel in layout.panels for key in panel.represented)]
    left = {key for one in layout.left_out for key in one.keys}
    assert {*told, *left} == set(inventory.keys)
    assert Layout.from_json(layout.to_json()) == layout
    backwards = Inventory.from_frame(inventory.to_frame()[::-1])
    assert dump_spec(api.spec(plan(backwards))) == dump_spec(spec)
    check_html(render_layout(layout))
    check_bundle(cell_of(layout))
    check_bundle(cell_of(inventory))
    check_text(as_text(layout_tree(layout)))
    if choices.number(7) == 1:
        for one in explain(inventory, builtin_budgets(), Options(), list(rows)[:3]):
            check_bundle(cell_of(one))


def _laid_out(inventory: Inventory) -> Layout:
    return lay_out(inventory, builtin_budgets())


_KINDS = ("number",) * 20 + KINDS


def _key(choices: Choices) -> str:
    while True:
        key = hostile_text(choices).encode("utf-8", "replace").decode()
        if key or not choices.left:
            return key or "k"


def _inventory(rows: dict[str, str], choices: Choices) -> Inventory:
    frame = pd.DataFrame({"key": pd.Series(list(rows), dtype=object), "kind": list(rows.values())})
    if choices.flag():
        frame["points"] = [choices.pick((0, 1, 7, 2**40)) for _ in rows]
        frame["monotonic"] = [choices.flag() for _ in rows]
        frame["step_metric"] = [choices.pick((None, *rows)) for _ in rows]
    return Inventory.from_frame(frame)


def key_list(data: bytes) -> None:
    """What comes on standard input: lines, or one JSON document, of keys."""
    choices = Choices(data)
    if choices.flag():
        content = choices.rest()
    else:
        found = mutated(choices.pick(_documents()), choices)
        lines = choices.flag() and isinstance(found, list)
        content = ("\n".join(map(as_json, found)) if lines else as_json(found)).encode()
    with may_refuse(SourceError):
        inventory = read_lines(io.BytesIO(content))
        text = inventory.to_json()
        assert Inventory.from_json(text).to_json() == text
        json.dumps(inventory.records(), ensure_ascii=False).encode()
        check_bundle(cell_of(inventory))


def _documents() -> list[Any]:
    found = load_keyset(KEYSETS[0])
    keys = dict(list(found["keys"].items())[:6])
    inventory = json.loads(Inventory.from_frame(pd.DataFrame({"key": list(keys)})).to_json())
    rows = [{"key": key, "kind": kind, "points": 3, "runs": 1} for key, kind in keys.items()]
    summary = {"loss": 0.5, "_step": 3, "img": {"_type": "image-file"}, "a": {"b": 1}}
    return [list(keys), keys, {**found, "keys": keys}, inventory, rows, summary]


def seeds() -> list[bytes]:
    """Beginnings of choices."""
    return [bytes((n * step) % 256 for n in range(150)) for step in range(1, 20)]


def list_seeds() -> list[bytes]:
    """Documents with their flag before them, and beginnings of choices."""
    return [*(b"\x01" + as_json(one).encode() for one in _documents()), *seeds()]
