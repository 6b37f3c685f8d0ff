"""What the page asks for, and the shape that each message has."""

from __future__ import annotations

from inspect import signature
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from wslayout.errors import WslayoutError
from wslayout.layout import Layout
from wslayout.steps import Rearranging
from wslayout.templates.model import BudgetLimits
from wslayout.templates.panels import Strict


class Named(Strict):
    """What a change is given by name."""

    to: str | None = None
    at: int | None = None
    is_open: bool | None = None


class Change(Strict):
    """A method of `Layout`, and what it is given."""

    do: Literal["change"]
    method: Rearranging
    given: list[str]
    named: Named

    @model_validator(mode="after")
    def _can_be_called(self) -> Change:
        try:
            named = self.named.model_dump(exclude_unset=True)
            signature(getattr(Layout, self.method)).bind(None, *self.given, **named)
        except TypeError as error:
            raise ValueError(str(error)) from error
        return self


class Tick(Strict):
    """A metric to show, or to hide."""

    do: Literal["tick"]
    key: str
    on: bool


class Search(Strict):
    """Metrics of which a text holds words; those of `keep` stay in their order."""

    do: Literal["search"]
    text: str
    keep: list[str] = Field(default_factory=list)


class Plan(BudgetLimits):
    """Other budgets, or another preset."""

    do: Literal["plan"]
    template: str | None = None


class Undo(Strict):
    """The layout before the last change."""

    do: Literal["undo"]


class Show(Strict):
    """The preview; values are read again if it is to be fresh."""

    do: Literal["preview"]
    fresh: bool = False


class View(Strict):
    """A view by its project and its name; "": those of the layout."""

    to: str
    name: str


class Compare(View):
    """What saving would change."""

    do: Literal["compare"]


class Save(View):
    """The layout as a view."""

    do: Literal["save"]


class Template(Strict):
    """The layout as a template's file."""

    do: Literal["template"]
    path: str
    general: bool


Message: TypeAlias = Change | Tick | Search | Plan | Undo | Show | Compare | Save | Template

_ANY: Final[TypeAdapter[Message]] = TypeAdapter(Annotated[Message, Field(discriminator="do")])


def understood(message: object) -> Message:
    """A message of the page, once it is known to have the shape of one.

    Raises:
        WslayoutError: It has not.
    """
    try:
        return _ANY.validate_python(message)
    except ValidationError as error:
        raise WslayoutError(
            "the page asked for something that is not understood",
            hint="Show the editor again: its page may be one of another version.",
        ) from error
