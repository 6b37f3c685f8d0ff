"""Specs of saved views and reports as evidence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from wslayout.auditing.evidence import DrawnPanel, SavedView, ViewSection
from wslayout.errors import SpecError
from wslayout.publish.provenance import read_provenance
from wslayout.wandb_api.rawspec import items, load_spec, mapping, panel_keys, panel_title, summarise
from wslayout.wandb_api.views import view_id

_BY_LAST: Final = 2
"""``autoOrganizePrefix`` of a view that groups by the last prefix."""

_OF_HISTORY: Final = frozenset({"Run History Line Plot", "Media Browser"})
"""Panels that draw what runs log step by step; others draw summaries, which hold more names."""

_ELSEWHERE: Final = ("system", "_")
"""How names begin of what W&B logs itself."""


def saved_view(node: Mapping[str, Any], url: str) -> SavedView | None:
    """A saved view as a server gives it; None where its spec can't be read."""
    try:
        spec = load_spec(str(node.get("spec") or ""))
    except SpecError:
        return None
    bank = mapping(mapping(spec.get("section")).get("panelBankConfig"))
    sections = items(bank.get("sections"))
    name = str(node.get("name") or "")
    return SavedView(
        name=str(node.get("displayName") or name),
        url=url,
        id=view_id(name),
        ours=read_provenance(str(node.get("description") or "")) is not None,
        personal=name.endswith("-w"),
        manual=summarise(spec).manual,
        by_last_prefix=mapping(bank.get("settings")).get("autoOrganizePrefix") == _BY_LAST,
        sections=tuple(
            ViewSection(
                name=str(one.get("name") or ""),
                panels=len(items(one.get("panels"))),
            )
            for one in sections
        ),
        panels=tuple(
            panel
            for one in sections
            for raw in items(one.get("panels"))
            if (panel := _drawn(raw)) is not None
        ),
    )


def _drawn(raw: Mapping[str, Any]) -> DrawnPanel | None:
    """A panel of which it can be told which metrics it draws."""
    if raw.get("viewType") not in _OF_HISTORY:
        return None
    config = mapping(raw.get("config"))
    pattern = config.get("metricRegex")
    title = panel_title(raw)
    if config.get("useMetricRegex") and isinstance(pattern, str) and pattern:
        return DrawnPanel(title=title, pattern=pattern)
    keys = panel_keys(raw)
    if not keys or any(key.startswith(_ELSEWHERE) for key in keys) or config.get("expressions"):
        return None
    return DrawnPanel(title=title, keys=tuple(keys))


def plots_of(spec: object) -> int | None:
    """How many panels a report has; None where its spec can't be read."""
    try:
        found = json.loads(spec) if isinstance(spec, str) else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return sum(
        len(
            items(
                mapping(mapping(block.get("metadata")).get("panelBankSectionConfig")).get("panels")
            )
        )
        for block in items(found.get("blocks"))
    )
