"""What was done, in words, for the command line and for a notebook alike."""

from __future__ import annotations

from functools import singledispatch

from rich.console import RenderableType
from rich.text import Text

from wslayout.display.applied import applied_text
from wslayout.display.backups import moment_of
from wslayout.display.explanation import explanations
from wslayout.display.presets import checked_text
from wslayout.display.regenerated import outcome_of, what_changed
from wslayout.display.words import UNKNOWN, extent, visible
from wslayout.grouping.explanation import Explanation
from wslayout.preset_work import Checked
from wslayout.presets import Listed
from wslayout.presets.sharing import Pulled, Pushed
from wslayout.publish.apply import Applied
from wslayout.publish.backups import Backup
from wslayout.publish.listing import ViewRow
from wslayout.regeneration import Regenerated


@singledispatch
def told(result: object) -> RenderableType:
    """A result in words.

    Raises:
        TypeError: It is none that is told so.
    """
    raise TypeError(f"a cell shows no {type(result).__name__}")


@told.register
def _(applied: Applied) -> RenderableType:
    return applied_text(applied)


@told.register
def _(pushed: Pushed) -> RenderableType:
    return Text(f"Pushed as version {pushed.version}: {visible(pushed.reference)}")


@told.register
def _(pulled: Pulled) -> RenderableType:
    return Text(
        f"Pulled version {pulled.version} to {visible(pulled.folder)}: "
        f"as a template it is {visible(pulled.use)}"
    )


@told.register
def _(backup: Backup) -> RenderableType:
    held = backup.summary
    size = UNKNOWN if held is None else extent(held.panels, held.sections)
    name, path = visible(backup.view.display_name), visible(str(backup.path))
    return Text(f"{moment_of(backup)}  {name}, {size}: {path}")


@told.register
def _(preset: Listed) -> RenderableType:
    about = f"hidden by that of {preset.hidden_by}" if preset.hidden_by else preset.description
    return Text(f"{visible(preset.name)} ({visible(preset.source)}): {visible(about)}")


@told.register
def _(view: ViewRow) -> RenderableType:
    size = ""
    if view.panels is not None and view.sections is not None:
        size = f", {extent(view.panels, view.sections)}"
    return Text(f"{visible(view.name)} ({visible(view.id)}{size})")


@told.register
def _(one: Regenerated) -> RenderableType:
    outcome, style = outcome_of(one)
    where = visible(f"{one.project}{f' · {one.name}' if one.name else ''}")
    said = visible(one.error or what_changed(one))
    return Text.assemble(f"{where}: ", (outcome, style), f" ({said})" if said else "")


@told.register
def _(explanation: Explanation) -> RenderableType:
    return explanations([explanation])


@told.register
def _(checked: Checked) -> RenderableType:
    return checked_text([checked])
