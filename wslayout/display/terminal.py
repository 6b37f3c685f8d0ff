"""What the command line shows: functions from values to rich renderables.

Metric names go into `rich.text.Text`, never into markup, so none can colour, link or
move the cursor. `show` prints a renderable: laid out for the window on a terminal;
plain, uncoloured and with every name in full where the output goes to a file or pipe.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import IO, TYPE_CHECKING, Any, Final

from rich.console import Console, Group, RenderableType
from rich.measure import Measurement
from rich.table import Column, Table
from rich.text import Text
from rich.tree import Tree

from wslayout.display.words import UNKNOWN, extent, figure_rows, plural, visible, visible_lines
from wslayout.errors import WslayoutError
from wslayout.inventory import Inventory, is_internal
from wslayout.layout import Layout, Panel, Section, figures_of

if TYPE_CHECKING:
    from wslayout.publish.listing import ViewRow

_UNBOUNDED: Final = 1_000_000
_EXAMPLES: Final = 5


def inventory_table(inventory: Inventory, limit: int | None = None) -> Group:
    """The metric keys as a table, the first ``limit`` of them (None: all)."""
    total = len(inventory)
    rows = list(islice(key_rows(inventory), limit))
    head = f"{plural(total, 'metric key')} · {inventory.coverage.describe()}"
    if len(rows) < total:
        head += f" · the first {len(rows):,} shown"
    table = table_of(
        Column("Kind", no_wrap=True),
        Column("Runs", justify="right", no_wrap=True),
        Column("Points", justify="right", no_wrap=True),
        Column("Shape", no_wrap=True),
        Column("Key", overflow="fold"),
    )
    for kind, runs, points, values, key, axis in rows:
        name = Text(key).append(axis, "dim")
        table.add_row(Text(kind), runs, points, values, name)
    notes = [_text(note) for note in inventory.coverage.notes]
    return Group(_text(inventory.origin.label, "bold"), Text(head), table, *notes)


def inventory_text(inventory: Inventory) -> str:
    """All metric keys as plain text, one a line, the key last: for files and pipes.

    rich takes a millisecond a row, this a few microseconds.
    """
    table = [("kind", "runs", "points", "shape", "key", ""), *key_rows(inventory)]
    wide = [max(len(row[column]) for row in table) for column in range(4)]
    lines = (
        f"{kind:<{wide[0]}}  {runs:>{wide[1]}}  {points:>{wide[2]}}  {values:<{wide[3]}}  "
        f"{key}{axis}"
        for kind, runs, points, values, key, axis in table
    )
    return "\n".join(lines) + "\n"


def key_rows(
    inventory: Inventory, *, own_last: bool = False
) -> Iterator[tuple[str, str, str, str, str, str]]:
    """For each key: kind, runs, points, what its values do, the key, its x-axis.

    Args:
        inventory: The keys.
        own_last: Whether W&B's own keys come after all others.
    """
    columns = ("key", "kind", "runs", "points", "monotonic", "single_valued", "step_metric")
    rows: Iterable[tuple[Any, ...]] = inventory.rows(*columns)
    if own_last:
        rows = sorted(rows, key=lambda row: is_internal(row[0]))
    for key, kind, runs, points, monotonic, single, step in rows:
        values = "constant" if single else "rising" if monotonic else ""
        axis = f"  over {visible(step)}" if step else ""
        yield kind, _number(runs), _number(points), values, visible(key), axis


def layout_tree(layout: Layout) -> Tree:
    """The layout as a tree: its sections, and a line for each of their panels."""
    panels = sum(len(section.panels) for section in layout.sections)
    root = _text(layout.name, "bold").append(
        f" · {extent(panels, len(layout.sections))}", "not bold"
    )
    tree = Tree(root, guide_style="dim")
    for section in layout.sections:
        branch = tree.add(_section_line(section))
        for panel in section.panels:
            branch.add(_panel_line(panel))
    return tree


def figures_table(layout: Layout) -> Table:
    """How the layout compares to W&B's automatic ones: a figure a row."""
    figures = layout.figures or {"wslayout": figures_of(layout)}
    table = table_of(
        Column("", overflow="fold"),
        *(Column(_text(name), justify="right", overflow="fold") for name in figures),
    )
    for label, cells in figure_rows(figures.values()):
        table.add_row(label, *cells)
    return table


def verdict(layout: Layout) -> list[Text]:
    """What the figures mean for the user: what is left out, and where automatic mode is better."""
    lines = [
        Text(
            f"{plural(len(left.keys), 'key')} left out, {visible(left.reason)}: ", "yellow"
        ).append(
            ", ".join(visible(key) for key in left.keys[:_EXAMPLES])
            + (", …" if len(left.keys) > _EXAMPLES else ""),
            "default not yellow",
        )
        for left in layout.left_out
        if left.chartable
    ]
    ours = layout.figures.get("wslayout")
    budgets = {left.reason.rpartition(" ")[2] for left in layout.left_out if left.chartable}
    scarce = "sections" if budgets == {"sections"} else "panels"
    better = [
        name
        for name, figures in layout.figures.items()
        if ours is not None and figures.search_cost < ours.search_cost
    ]
    if better and ours is not None:
        lines.append(
            Text(
                f"A key is easier to find in W&B's {better[0]}"
                + (
                    f": this layout leaves out {plural(ours.keys_left_out, 'key')}. "
                    f"Try more {scarce} (--{scarce})."
                    if ours.keys_left_out
                    else ", which has fewer panels or sections."
                ),
                "yellow",
            )
        )
    return lines


def views_table(rows: Sequence[ViewRow]) -> Table:
    """The saved views of a project, one a row (panels "60 in 12": sections)."""
    table = table_of(
        Column("Name", overflow="fold", min_width=10),
        Column("ID", no_wrap=True),
        Column("Owner", overflow="fold", min_width=8),
        Column("Updated", no_wrap=True),
        Column("Panels", justify="right", no_wrap=True),
        Column("Mode", no_wrap=True),
        Column("By", overflow="fold", min_width=8),
    )
    for row in rows:
        updated = row.updated[:10] if re.match(r"\d{4}-\d\d-\d\dT", row.updated) else row.updated
        table.add_row(
            _text(row.name).append("  personal" if row.personal else "", "dim"),
            _text(row.id),
            _text(row.owner or UNKNOWN),
            _text(updated or UNKNOWN),
            UNKNOWN if row.panels is None else f"{row.panels:,} in {_number(row.sections)}",
            _text(row.mode or UNKNOWN),
            _text(row.generated_by or UNKNOWN),
        )
    return table


def error_text(error: WslayoutError) -> Text:
    """What happened, and what to do about it on the next line."""
    text = Text("Error: ", "bold red").append(visible_lines(str(error)), "not bold default")
    return text.append("\n" + visible_lines(error.hint), "default not bold") if error.hint else text


def as_text(renderable: RenderableType, *, width: int | None = None) -> str:
    """The renderable as plain text: no escape codes, no spaces at the ends of lines.

    Args:
        renderable: What to write.
        width: Columns to lay it out for; None: as wide as its longest line.
    """
    console = Console(
        file=io.StringIO(),
        width=width or _UNBOUNDED,
        force_terminal=False,
        color_system=None,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
    )
    options = console.options
    if width is None:
        needed = Measurement.get(console, options, renderable).maximum
        options = options.update(width=max(1, needed))
    lines = console.render_lines(renderable, options, pad=False)
    rows = ("".join(part.text for part in line if not part.control).rstrip() for line in lines)
    return "\n".join(rows) + "\n"


def show(renderable: RenderableType, *, file: IO[str] | None = None) -> None:
    """Print a renderable to ``file`` (None: standard output)."""
    file = sys.stdout if file is None else file
    console = Console(file=file, markup=False, emoji=False, highlight=False)
    if console.is_terminal:
        console.print(renderable)
        return
    write(as_text(renderable), file)


def write(text: str, file: IO[str]) -> None:
    """Write text to a stream of any encoding; what that lacks is written as escapes."""
    encoding = getattr(file, "encoding", None) or "utf-8"
    file.write(text.encode(encoding, "backslashreplace").decode(encoding))


def _section_line(section: Section) -> Text:
    line = Text("▾ " if section.is_open else "▸ ", "dim")
    line.append(visible(section.name), "bold not dim")
    details = [plural(len(section.panels), "panel")]
    details += ["pinned"] * section.pinned + ["closed"] * (not section.is_open)
    return line.append(" · " + ", ".join(details), "default not dim")


def _panel_line(panel: Panel) -> Text:
    keys = len(panel.keys)
    everything = keys + len(panel.represented)
    count = plural(keys, "key") if keys == everything else f"{keys:,} of {everything:,} keys"
    count = "no key" if not everything else count
    kind = _KINDS.get(panel.kind, panel.kind)
    line = Text(f"{kind:<6}  {count:<14}  ", "dim", no_wrap=True, overflow="ellipsis")
    return line.append(visible(panel.title), "not dim")


_KINDS: Final = {
    "scatter": "points",
    "parallel_coordinates": "coords",
    "parameter_importance": "params",
    "markdown": "text",
    "run_comparer": "runs",
    "code_comparer": "code",
    "custom_chart": "custom",
    "verbatim": "as is",
}
"""Kinds of panels in six letters."""


def table_of(*columns: Column) -> Table:
    """A table without lines, two spaces between its columns."""
    return Table(*columns, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")


def _text(name: str, style: str = "") -> Text:
    return Text(visible(name), style)


def _number(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"
