"""What is done with presets beside laying out: listed, shown, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wslayout.errors import EmptySource, Problem, TemplateError
from wslayout.grouping import lay_out
from wslayout.inventory import Inventory
from wslayout.layout import TemplateUse
from wslayout.presets import Finder
from wslayout.request import Request, resolve_with
from wslayout.shown import ToldInWords
from wslayout.templates.filling import fill
from wslayout.templates.load import Loaded, load
from wslayout.templates.nodes import plain, write_yaml
from wslayout.templates.panels import LinePanel
from wslayout.templates.parameters import escaped
from wslayout.wandb_api.refusing import SpecClient

if TYPE_CHECKING:
    from wslayout.presets import Found


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked(ToldInWords):
    """What is wrong with a template.

    Attributes:
        template: What was checked.
        uses: The files that it is made of, its own last; empty where it can't be read.
        problems: What makes it unusable.
        notes: What a person should know: matchers that match nothing.
    """

    template: str
    uses: tuple[TemplateUse, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_fine(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.problems or self.notes)


def load_preset(
    reference: str, finder: Finder, parameters: Mapping[str, str] | None = None
) -> tuple[Found, Loaded]:
    """A preset's own text, and the template with all that it extends.

    Raises:
        TemplateError: It is not found, or wrong.
    """
    found = finder.find(reference)
    return found, load(found, finder.extended, parameters or {})


def whole_text(loaded: Loaded) -> str:
    """A template with all that it extends and with its parameters' values, as YAML."""
    data: dict[str, Any] = plain(loaded.root)
    data.pop("parameters", None)
    return write_yaml(escaped(data))


def check(
    reference: str,
    finder: Finder,
    *,
    parameters: Mapping[str, str] | None = None,
    inventory: Inventory | None = None,
) -> Checked:
    """Check a template, and where there is an inventory how it fits its keys."""
    notes: tuple[str, ...] = ()
    try:
        _, loaded = load_preset(reference, finder, parameters)
        _build(loaded)
        if inventory is not None:
            request = Request(template=reference, parameters=parameters or {})
            asked = resolve_with(loaded, inventory, request)
            notes = (*asked.notes, *lay_out(inventory, asked.budgets, asked.options).notes)
    except EmptySource as error:
        notes = (str(error),)
    except TemplateError as error:
        problems = error.problems or (Problem(None, str(error), error.hint),)
        return Checked(template=reference, problems=problems)
    return Checked(template=reference, uses=loaded.uses, notes=notes)


def _build(loaded: Loaded) -> None:
    """Build the template's own panels and settings, as if all metrics that it names were there.

    Raises:
        TemplateError: W&B's client does not take something.
    """
    named: dict[str, str] = {}
    for section in loaded.template.sections:
        if section.settings and section.settings.x_axis:
            named[section.settings.x_axis] = "number"
        for panel in section.panels:
            if isinstance(panel, str):
                named.setdefault(panel, "number")
                continue
            named |= dict.fromkeys(panel.metrics(), _KINDS.get(panel.draws, "number"))
            if isinstance(panel, LinePanel) and panel.x:
                named[panel.x] = "number"
    fill(loaded, {}, named, dict, source="the template", client=SpecClient())


_KINDS: Final = {"media": "image", "table": "table"}
"""What may stand for the metrics of panels that draw no numbers."""
