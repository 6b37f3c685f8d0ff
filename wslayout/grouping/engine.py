"""From an inventory to a layout: families, choice, sections, panels."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Final

import pandas as pd

from wslayout.errors import EmptySource, SourceError
from wslayout.grouping.automatic import automatic_figures, automatic_panels
from wslayout.grouping.choice import KeyFacts, choose
from wslayout.grouping.families import Family, find_families
from wslayout.grouping.names import parse
from wslayout.grouping.sections import OVERVIEW, Group, group
from wslayout.grouping.topics import tokens
from wslayout.grouping.vocabulary import Vocabulary, load_vocabulary
from wslayout.inventory import CHARTABLE_KINDS, Inventory
from wslayout.layout import (
    Budgets,
    Layout,
    LeftOut,
    Panel,
    PanelKind,
    Section,
    figures_of,
    stable_id,
)

DEFAULT_NAME: Final = "wslayout"

INTERNAL: Final = "internal to W&B, which shows it elsewhere"
COUNTER: Final = "a counter, which is an x-axis rather than a panel"
OVER_BUDGET: Final = "over the budget of {panels} panels"
NOT_DRAWN: Final = "of kind {kind}, which W&B draws no panel for"


def lay_out(
    inventory: Inventory,
    budgets: Budgets,
    *,
    name: str = DEFAULT_NAME,
    x_axis: str | None = None,
    overlay_splits: bool = True,
    automatic_bytes: Callable[[Iterable[tuple[str, PanelKind]]], int] | None = None,
) -> Layout:
    """Lay out a workspace; the same inventory gives the same layout, to the byte.

    Args:
        inventory: The metric keys.
        budgets: How large the workspace may become.
        name: The name of the saved view.
        x_axis: The metric on every line plot's x-axis; None: W&B's step.
        overlay_splits: Whether training and validation of one quantity share a panel.
        automatic_bytes: Gives the size of automatic mode's view spec, by its panels, for the
            figures.

    Raises:
        EmptySource: No key of the inventory can have a panel.
        SourceError: ``x_axis`` is no key of the inventory.
    """
    if x_axis is not None:
        _check_axis(x_axis, inventory)
    vocabulary = load_vocabulary()
    drawable, left_out = _sort_keys(inventory, vocabulary)
    if not drawable:
        raise EmptySource(
            f"{inventory.origin.label} holds no metric that can have a panel "
            f"({len(inventory):,} keys, all internal or text)",
            hint="Log numbers or media with run.log(), then try again.",
        )
    families = find_families(
        drawable,
        vocabulary,
        lines_per_panel=budgets.lines_per_panel,
        overlay_splits=overlay_splits,
    )
    facts = _facts(inventory)
    chosen = choose(families, facts, vocabulary, panels=budgets.panels)
    kept = {family.signature for family in chosen}
    over = sorted(key for family in families if family.signature not in kept for key in family.keys)
    if over:
        reason = OVER_BUDGET.format(panels=budgets.panels)
        left_out.append(LeftOut(reason=reason, keys=tuple(over), chartable=True))
    steps = _step_metrics(inventory)
    sections = [
        _section(item, facts, steps, budgets) for item in group(chosen, vocabulary, budgets)
    ]
    layout = Layout(
        name=name,
        sections=tuple(_open_from_the_top(sections, budgets.open_panels)),
        left_out=tuple(left_out),
        x_axis=x_axis,
        source=inventory.origin.label,
        entity=inventory.origin.entity,
        project=inventory.origin.project,
        coverage=inventory.coverage.describe(),
    )
    size = automatic_bytes and automatic_bytes(automatic_panels(drawable))
    return replace(
        layout,
        figures={
            "wslayout": figures_of(layout),
            "automatic, first prefix": automatic_figures(drawable, "first", spec_bytes=size),
            "automatic, last prefix": automatic_figures(drawable, "last", spec_bytes=size),
        },
    )


def _check_axis(x_axis: str, inventory: Inventory) -> None:
    keys = inventory.keys
    if x_axis in keys or x_axis.startswith("_"):
        return
    near = get_close_matches(x_axis, keys, n=3)
    raise SourceError(
        f"{inventory.origin.label} has no metric {x_axis!r} for the x-axis",
        hint=f"Did you mean {' or '.join(near)}?" if near else "",
    )


def drawable_keys(inventory: Inventory) -> dict[str, str]:
    """The keys that a panel could draw, each with its kind."""
    return _sort_keys(inventory, load_vocabulary())[0]


def _sort_keys(
    inventory: Inventory, vocabulary: Vocabulary
) -> tuple[dict[str, str], list[LeftOut]]:
    """Drawable keys with their kinds, and all others by the reason why not."""
    drawable: dict[str, str] = {}
    counters: dict[str, str] = {}
    others: dict[str, list[str]] = defaultdict(list)
    steps = inventory.step_metrics
    columns = (inventory.frame[name].tolist() for name in ("key", "kind", "monotonic"))
    for key, kind, monotonic in zip(*columns, strict=True):
        if key.startswith(("_", "system/", "system.")):
            others[INTERNAL].append(key)
        elif kind not in CHARTABLE_KINDS:
            others[NOT_DRAWN.format(kind=kind)].append(key)
        elif key in steps or (monotonic is not False and _counts(key, vocabulary)):
            counters[key] = kind
        else:
            drawable[key] = kind
    if not drawable:
        drawable = counters
    elif counters:
        others[COUNTER] = list(counters)
    return drawable, [
        LeftOut(reason=reason, keys=tuple(keys)) for reason, keys in sorted(others.items())
    ]


def _counts(key: str, vocabulary: Vocabulary) -> bool:
    # Few keys end so; only those are worth taking apart.
    if not key.lower().endswith(tuple(vocabulary.counters)):
        return False
    *parents, leaf = parse(key).parts
    return leaf.lower() in vocabulary.counters and not vocabulary.durations.intersection(
        tokens(parents[-1:])
    )


def _facts(inventory: Inventory) -> dict[str, KeyFacts]:
    total = inventory.coverage.runs_read
    most = inventory.frame["runs"].max()
    runs_in_all = total or (int(most) if pd.notna(most) else 0) or 1
    columns = (
        inventory.frame[name].tolist() for name in ("key", "runs", "max_points", "single_valued")
    )
    return {
        key: KeyFacts(
            share=1.0 if runs is pd.NA else min(1.0, runs / runs_in_all),
            points=None if points is pd.NA else points,
            constant=single is True and points is not pd.NA and points > 1,
        )
        for key, runs, points, single in zip(*columns, strict=True)
    }


def _step_metrics(inventory: Inventory) -> dict[str, str]:
    known = inventory.frame[["key", "step_metric"]].dropna()
    return dict(zip(known["key"].tolist(), known["step_metric"].tolist(), strict=True))


def evenly_spaced(keys: Sequence[str], most: int) -> tuple[str, ...]:
    """At most ``most`` of the keys, evenly spaced, with both ends."""
    if len(keys) <= most:
        return tuple(keys)
    if most == 1:
        return (keys[-1],)
    return tuple(keys[round(place * (len(keys) - 1) / (most - 1))] for place in range(most))


def _panel(
    family: Family, group: Group, facts: dict[str, KeyFacts], steps: dict[str, str], lines: int
) -> Panel:
    shown = family.keys if family.kind == "table" else evenly_spaced(family.keys, lines)
    drawn = set(shown)
    kind: PanelKind = "line"
    if family.kind == "media":
        kind = "media"
    elif family.kind == "table":
        kind = "table"
    elif all((points := facts[key].points) is not None and points <= 1 for key in shown):
        kind = "bar"
    axes = {steps.get(key) for key in shown}
    return Panel(
        id=stable_id("panel", family.signature),
        kind=kind,
        title=_title(family, group),
        keys=shown,
        represented=tuple(key for key in family.keys if key not in drawn),
        family=family.label,
        x_axis=next(iter(axes)) if len(axes) == 1 and kind == "line" else None,
        reason=_reason(family),
    )


def _title(family: Family, group: Group) -> str:
    """The family's label without what the section's name already says."""
    label = family.label
    if group.prefix and label.startswith(group.prefix):
        short = label[len(group.prefix) :].lstrip("/.:")
        label = short if short.strip("*") else label
    if family.slot == "statistic":
        base = re.sub(r"[/_.:]\*$|^\*_|(?<=/)\*_", "", label)
        return f"{base} ({', '.join(family.values)})"
    return label


def _reason(family: Family) -> str:
    return {
        "single": "",
        "index": f"{len(family.keys)} metrics that differ in an index",
        "statistic": "statistics of one quantity",
        "category": f"one quantity for {len(family.keys)} categories",
        "split": "one quantity on several data splits",
    }[family.slot]


def _section(
    group: Group, facts: dict[str, KeyFacts], steps: dict[str, str], budgets: Budgets
) -> Section:
    panels = tuple(
        _panel(family, group, facts, steps, budgets.lines_per_panel) for family in group.families
    )
    columns, rows = grid(len(panels))
    return Section(
        id=stable_id("section", group.name),
        name=group.name,
        panels=panels,
        pinned=group.name == OVERVIEW,
        columns=columns,
        rows=rows,
        reason=group.reason,
    )


def grid(panels: int) -> tuple[int, int]:
    """Columns and rows that show ``panels`` on one page of a section, at most 12 of them.

    People mostly fill 3 × 2 or 4 × 1.
    """
    if panels <= 4:
        return max(panels, 1), 1
    return 3, min(4, math.ceil(panels / 3))


def _open_from_the_top(sections: list[Section], most: int) -> list[Section]:
    """Sections open from the top until ``most`` panels show; the tail is closed."""
    opened: list[Section] = []
    visible = 0
    for place, section in enumerate(sections):
        visible += len(section.panels)
        opened.append(replace(section, is_open=place == 0 or visible <= most))
    return opened
