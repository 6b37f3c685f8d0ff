"""View specs: whatever people and programs made of them, merged, compared and pulled."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from typing import Final

from tests.fuzz.checks import check_bundle, may_refuse
from tests.fuzz.choices import Choices
from tests.fuzz.hostile import as_json, hostile_text
from tests.fuzz.mutation import mutated, mutated_text
from tests.fuzz.serving import URL, Served, client_of
from tests.fuzz.templates import FINDER, keys
from tests.keysets import KEYSETS, keyset_inventory
from tests.sample_layouts import everything, hostile, large, small
from wslayout import api
from wslayout.display.cells import cell_of
from wslayout.errors import ServerError, SpecError, TemplateError
from wslayout.layout import Layout, stable_id
from wslayout.preset_api import pull_view
from wslayout.presets import Found
from wslayout.publish.difference import Difference
from wslayout.publish.manual import made_manual
from wslayout.publish.merging import Base, Merged, merge, read_base
from wslayout.publish.merging.parts import apart
from wslayout.publish.provenance import Provenance, read_provenance
from wslayout.request import Request, resolve_with
from wslayout.templates.load import load
from wslayout.view_api import diff
from wslayout.wandb_api.rawspec import Spec, dump_spec, fingerprint, load_spec, same, summarise
from wslayout.wandb_api.spec import build_spec

_NO_CHANGE: Final = frozenset({"kept"})


def merging(data: bytes) -> None:
    """A live view merged with a layout, by what was last written, which may be damaged."""
    choices = Choices(data)
    written, new = choices.pick(specs()), choices.pick(specs())
    base = _base(written, choices)
    try:
        live = load_spec(as_json(mutated(written, choices)))
        theirs, back = choices.number(5) == 1, choices.number(5) == 1
        merged = merge(base, live, new, theirs=theirs, restore_deleted=back)
        manual, _, _ = made_manual(live)
    except SpecError:
        return
    assert summarise(manual).manual
    assert same(load_spec(dump_spec(merged.spec)), merged.spec)
    if base is not None:
        _keeps_what_people_added(base, live, new, merged)
    _is_settled(merged, new)
    _is_settled(merge(Base.of(apart(live)), live, live), live)
    check_bundle(cell_of(_difference(merged)))
    assert read_base(merged.base.write()) == merged.base


def _keeps_what_people_added(base: Base, live: Spec, new: Spec, merged: Merged) -> None:
    ours = base.leads.keys() | {panel.id for panel in apart(new).panels}
    there = Counter(fingerprint(panel.raw) for panel in apart(merged.spec).panels)
    for panel in apart(live).panels:
        if panel.id.partition("\0")[0] not in ours or panel.id.startswith("\0"):
            assert there[fingerprint(panel.raw)], panel
    for name, value in live.items():
        if name != "section" and name not in new:
            assert same(merged.spec.get(name), value) or name in base.settings


def _is_settled(merged: Merged, new: Spec) -> None:
    """The same layout again changes nothing."""
    again = merge(merged.base, merged.spec, new)
    assert same(again.spec, merged.spec)
    assert again.base == merged.base
    assert not again.conflicts
    assert {one.action for one in again.changes} <= _NO_CHANGE


def _difference(merged: Merged) -> Difference:
    return Difference(
        action="update",
        name="n",
        entity="team",
        project="project",
        view_id="v",
        url=URL,
        differs=True,
        changes=merged.changes,
        conflicts=merged.conflicts,
    )


def _base(written: Spec, choices: Choices) -> Base | None:
    way = choices.number(5)
    if way == 0:
        return None
    base = Base.of(apart(written))
    if way == 1:
        return read_base(mutated_text(base.write(), choices, most=2))
    return base


def views(data: bytes) -> None:
    """A saved view on a server, compared with a layout and pulled as a template."""
    choices = Choices(data)
    written = choices.pick(specs())
    live = mutated(written, choices)
    description = _description(written, choices)
    client = client_of(lambda operation: _served(live, description))
    text = ""
    with client:
        with may_refuse(SpecError, ServerError):
            told = diff(choices.pick(layouts()), to=f"{URL}/team/project", client=lambda: client)
            check_bundle(cell_of(told))
        with may_refuse(SpecError, ServerError, TemplateError):
            text, _ = pull_view(f"{URL}/team/project?nw=abc", client=lambda: client)
    if not text:
        return
    found = Found(name="t", label="t", source="file", data=text.encode())
    loaded = load(found, FINDER.extended)
    resolved = resolve_with(loaded, keys(), Request(template="t"))
    again = api.laid_out(keys(), resolved)
    assert summarise(api.spec(again)).manual


def _served(live: Spec, description: str) -> Served:
    view = {
        "id": "1",
        "name": "nw-abc-v",
        "displayName": "By hand",
        "description": description,
        "updatedAt": "2026-01-01T00:00:00Z",
        "spec": as_json(live),
    }
    body = {"data": {"project": {"allViews": {"edges": [{"node": view}]}}}}
    return Served(as_json(body).encode())


def _description(written: Spec, choices: Choices) -> str:
    """What wslayout writes, with what people write around it, perhaps damaged."""
    own = Provenance(version="0.1.0", date="2026-01-01", source="s", base=Base.of(apart(written)))
    around = hostile_text(choices)
    text = own.write(around)
    assert around.strip() in text
    told = read_provenance(text)
    assert told is not None
    assert "wslayout:1:" in around or told.base == own.base
    return mutated_text(text, choices, most=2) if choices.flag() else text


@cache
def layouts() -> tuple[Layout, ...]:
    """Layouts of all kinds of panels, and of real keys."""
    real = (api.plan(keyset_inventory(path)) for path in KEYSETS[3::60])
    return (small(), _hostile(), replace(everything()[0], name="full"), large(), *real)


def _hostile() -> Layout:
    """Hostile names everywhere; each panel with an id of its own, as the engine gives them."""
    layout = replace(hostile(), name="hostile")
    sections = [
        replace(
            section,
            panels=tuple(
                replace(panel, id=stable_id("panel", section.name, str(place)))
                for place, panel in enumerate(section.panels)
            ),
        )
        for section in layout.sections
    ]
    return replace(layout, sections=tuple(sections))


@cache
def specs() -> tuple[Spec, ...]:
    """Their view specs, and variants of the first, as regeneration has them."""
    first, *rest = layouts()
    fewer = replace(first, sections=first.sections[1:])
    other = replace(first, sections=first.sections[::-1])
    found = [build_spec(one) for one in (first, fewer, other, *rest)]
    return (*found[:3], *found)


def seeds() -> list[bytes]:
    """Beginnings of choices."""
    return [bytes((n * step + step) % 256 for n in range(80)) for step in range(24)]
