"""What was done, in words, for the command line and for a notebook alike."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from wslayout.display.regenerated import outcome_of, what_changed
from wslayout.display.words import UNKNOWN, extent, visible
from wslayout.presets import Listed
from wslayout.presets.sharing import Pulled, Pushed
from wslayout.publish.apply import Applied
from wslayout.publish.backups import Backup
from wslayout.publish.listing import ViewRow
from wslayout.regeneration import Regenerated


def applied_text(applied: Applied) -> RenderableType:
    """What applying a layout did, and where the view opens."""
    said = f", {extent(applied.panels, applied.sections)}"
    if applied.action == "unchanged":
        said = " is already as it should be"
    action = applied.action.capitalize()
    return Text(f"{action}: {visible(applied.name)}{said}\n{applied.url}")


def pushed_text(pushed: Pushed) -> RenderableType:
    """Where a preset can be had now."""
    return Text(f"Pushed as version {pushed.version}: {visible(pushed.reference)}")


def pulled_text(pulled: Pulled) -> RenderableType:
    """Where a preset is kept now."""
    return Text(
        f"Pulled version {pulled.version} to {visible(pulled.folder)}: "
        f"as a template it is {visible(pulled.use)}"
    )


def backup_line(backup: Backup) -> RenderableType:
    """A backup in one line."""
    held = backup.summary
    size = UNKNOWN if held is None else extent(held.panels, held.sections)
    moment = backup.saved[:19].replace("T", " ")
    return Text(
        f"{moment}  {visible(backup.view.display_name)}, {size}: {visible(str(backup.path))}"
    )


def preset_line(preset: Listed) -> RenderableType:
    """A preset in one line."""
    about = f"hidden by that of {preset.hidden_by}" if preset.hidden_by else preset.description
    return Text(f"{visible(preset.name)} ({visible(preset.source)}): {visible(about)}")


def view_line(view: ViewRow) -> RenderableType:
    """A saved view in one line."""
    size = ""
    if view.panels is not None and view.sections is not None:
        size = f", {extent(view.panels, view.sections)}"
    return Text(f"{visible(view.name)} ({visible(view.id)}{size})")


def regenerated_line(one: Regenerated) -> RenderableType:
    """What became of a view, in one line."""
    outcome, style = outcome_of(one)
    where = visible(f"{one.project}{f' · {one.name}' if one.name else ''}")
    said = visible(one.error or what_changed(one))
    return Text.assemble(f"{where}: ", (outcome, style), f" ({said})" if said else "")
