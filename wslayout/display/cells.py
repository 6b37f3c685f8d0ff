"""What a cell of a notebook shows of a value: text, and HTML without scripts."""

from __future__ import annotations

from collections import Counter
from functools import singledispatch
from itertools import islice
from typing import Any, Final

from wslayout.auditing.findings import AuditReport, Certainty
from wslayout.display.audit import CERTAINTIES, by_reason, report_text
from wslayout.display.changes import counted, told
from wslayout.display.difference import ACTIONS, difference_text
from wslayout.display.html import rendered
from wslayout.display.results import told as told_in_words
from wslayout.display.terminal import as_text, inventory_table, key_rows, layout_tree
from wslayout.display.words import plural
from wslayout.display.workspace import shown, shown_name
from wslayout.inventory import Inventory
from wslayout.layout import Layout
from wslayout.publish.difference import Difference
from wslayout.samples import Samples

_ROWS: Final = 20  # keys of an inventory that are shown at once
_PREFIXES: Final = 12


@singledispatch
def cell_of(value: object) -> dict[str, Any]:
    """A value by media type: "text/plain" and "text/html"; of results "text/plain" alone.

    Raises:
        TypeError: It is none that a cell shows.
    """
    return {"text/plain": as_text(told_in_words(value)).rstrip("\n")}


def cell_of_preview(
    layout: Layout,
    *,
    samples: Samples | None = None,
    difference: Difference | None = None,
    notes: tuple[str, ...] = (),
) -> dict[str, Any]:
    """A layout with what is known beside it; only open sections are drawn."""
    page = shown(layout, samples=samples, difference=difference, notes=notes)
    return _bundle(as_text(layout_tree(layout)), rendered("layout_cell.html.jinja", shown=page))


@cell_of.register
def _(layout: Layout) -> dict[str, Any]:
    return cell_of_preview(layout)


@cell_of.register
def _(inventory: Inventory) -> dict[str, Any]:
    prefixes = Counter(key.partition("/")[0] if "/" in key else "" for key in inventory.keys)
    most = max(prefixes.values(), default=1)
    kinds = Counter(inventory.kinds.values())
    html = rendered(
        "inventory_cell.html.jinja",
        title=shown_name(inventory.origin.label),
        facts=[
            plural(len(inventory), "metric key"),
            shown_name(inventory.coverage.describe()),
            *(f"{count:,} of kind {shown_name(kind)}" for kind, count in kinds.most_common()),
        ],
        notes=[shown_name(note) for note in inventory.coverage.notes],
        prefixes=[
            (shown_name(f"{prefix}/" if prefix else "no prefix"), count, 100 * count / most)
            for prefix, count in prefixes.most_common(_PREFIXES)
        ],
        more_prefixes=max(0, len(prefixes) - _PREFIXES),
        rows=list(islice(key_rows(inventory, own_last=True), _ROWS)),
        more_rows=max(0, len(inventory) - _ROWS),
    )
    return _bundle(as_text(inventory_table(inventory, _ROWS)), html)


@cell_of.register
def _(report: AuditReport) -> dict[str, Any]:
    unsure: tuple[Certainty, ...] = ("sampled", "estimated")
    html = rendered(
        "audit_cell.html.jinja",
        title=shown_name(report.source),
        report=report,
        checked=len(report.passed) + len({one.rule for one in report.findings}),
        certainties=CERTAINTIES,
        reasons=by_reason(report.not_checked),
        unsure={
            CERTAINTIES[certainty]: names
            for certainty in unsure
            if (names := [one.rule for one in report.passed if one.certainty == certainty])
        },
    )
    return _bundle(as_text(report_text(report)), html)


@cell_of.register
def _(difference: Difference) -> dict[str, Any]:
    html = rendered(
        "difference_cell.html.jinja",
        difference=difference,
        said_of=ACTIONS[difference.action],
        counts=counted(difference.changes, difference.conflicts),
        changes=list(told(difference.changes, difference.conflicts)),
    )
    text = as_text(difference_text(difference)) + "".join(f"{note}\n" for note in difference.notes)
    return _bundle(text, html)


def _bundle(text: str, html: str) -> dict[str, Any]:
    return {"text/plain": text.rstrip("\n"), "text/html": html}
