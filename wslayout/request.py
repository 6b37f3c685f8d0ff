"""What is asked of a layout: the caller's options over those of a template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from wslayout.errors import Problem, SpecError, TemplateError
from wslayout.grouping import GroupBy, Options
from wslayout.grouping.engine import families_of
from wslayout.grouping.selecting import select
from wslayout.grouping.vocabulary import load_vocabulary
from wslayout.inventory import Inventory
from wslayout.layout import Budgets
from wslayout.presets import BUILT_IN, builtin_budgets
from wslayout.suggest import did_you_mean
from wslayout.templates.checking import in_order, mark_at
from wslayout.templates.filling import Filled, fill
from wslayout.templates.load import Loaded
from wslayout.templates.model import Template
from wslayout.templates.panels import AXES
from wslayout.wandb_api.rawspec import check_name
from wslayout.wandb_api.refusing import SpecClient

AUTO: Final = "auto"
"""The template that stands for the presets that fit best."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody asks for; None and empty: what the template says, else the default.

    Attributes:
        template: A preset, a path, an artifact, or "auto".
        parameters: Values of the template's parameters.
        name: The saved view's name.
        x_axis: The metric on every line plot's x-axis.
        overlay_splits: Whether training and validation of one quantity share a panel.
        group_by: What the sections of the rest follow.
        include: Patterns of the only keys that get panels.
        exclude: Patterns of keys that get none.
        kinds: Kinds of keys that get panels.
        pins: Keys that get a panel whatever the budgets say.
        budgets: How large the workspace may become.
        limits: Single budgets, by name.
    """

    template: str = AUTO
    parameters: Mapping[str, str] = field(default_factory=dict)
    name: str | None = None
    x_axis: str | None = None
    overlay_splits: bool | None = None
    group_by: GroupBy | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    budgets: Budgets | None = None
    limits: Mapping[str, int] = field(default_factory=dict)

    def as_options(self) -> dict[str, Any]:
        """The same as plain data, by the names that `wslayout.plan` takes; without defaults."""
        plain = asdict(Request())
        asked = {name: value for name, value in asdict(self).items() if value != plain[name]}
        budgets, limits = asked.pop("budgets", {}), asked.pop("limits", {})
        if "pins" in asked:
            asked["pin"] = asked.pop("pins")
        lists = {name: list(value) for name, value in asked.items() if isinstance(value, tuple)}
        return {**asked, **lists, **budgets, **limits}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What the engine is asked.

    Attributes:
        budgets: How large the workspace may become.
        options: What else it keeps to.
        name: The saved view's name, None where nobody gave one.
        filled: What the template asks for.
        notes: What a person should know of it.
    """

    budgets: Budgets
    options: Options
    name: str | None
    filled: Filled
    notes: tuple[str, ...]


def resolve_with(
    loaded: Loaded, inventory: Inventory, request: Request, notes: Sequence[str] = ()
) -> Resolved:
    """What a request means for the keys that there are, with a template that is read already.

    Raises:
        TemplateError: The template names metrics that are not there.
        SourceError: An option names a key, a kind or a pattern that there is not.
    """
    template = loaded.template
    kinds = inventory.kinds
    axis, axis_notes = _axis(loaded, request, kinds, inventory)
    budgets = _budgets(template, request)
    options = Options(
        x_axis=axis,
        overlay_splits=_first(request.overlay_splits, template.overlay != "none"),
        group_by=_first(request.group_by, template.group_by, "auto"),
        include=request.include or tuple(template.select.include),
        exclude=(*template.select.exclude, *request.exclude),
        kinds=request.kinds or tuple(template.select.kinds),
        of_template=frozenset(
            [
                *(("include", one) for one in template.select.include if not request.include),
                *(("kinds", one) for one in template.select.kinds if not request.kinds),
                *(
                    ("exclude", one)
                    for one in template.select.exclude
                    if one not in request.exclude
                ),
            ]
        ),
        pins=tuple(dict.fromkeys([*request.pins, *_pins(loaded, kinds)])),
    )
    problems = _lost_pins(loaded, kinds, inventory.origin.label) + _bad_name(loaded, request)
    try:
        filled = _filled(loaded, inventory, kinds, budgets, options)
    except TemplateError as error:
        problems += error.problems
    if problems:
        raise TemplateError.of(in_order(problems))
    settings = {name: value for name, value in filled.settings.items() if name != "x_axis"}
    if template.missing == "keep" and (axes := template.settings.x_axis):
        named = [axes] if isinstance(axes, str) else axes
        settings["x_axis"] = next((one for one in named if one in kinds or one in AXES), named[0])
    filled = replace(filled, settings=settings)
    options = replace(options, wanted=filled.wanted)
    own = template.name if request.template != AUTO else None
    return Resolved(
        budgets=budgets,
        options=options,
        name=request.name if request.name is not None else own,
        filled=filled,
        notes=(*notes, *axis_notes, *filled.notes),
    )


def _bad_name(loaded: Loaded, request: Request) -> list[Problem]:
    """What W&B does not accept in the template's own name, where it is to be the view's."""
    name = loaded.template.name
    if request.name is not None or request.template == AUTO or name is None:
        return []
    try:
        check_name(name.strip())
    except SpecError as error:
        return [Problem(mark_at(loaded.root, ("name",)), str(error), error.hint)]
    return []


def _first(*values: Any) -> Any:
    return next(value for value in values if value is not None)


def _budgets(template: Template, request: Request) -> Budgets:
    given = template.budgets.model_dump(exclude_none=True)
    base = request.budgets or replace(builtin_budgets(), **given)
    return replace(base, **request.limits)


def _axis(
    loaded: Loaded, request: Request, kinds: Mapping[str, str], inventory: Inventory
) -> tuple[str | None, list[str]]:
    """The x-axis, and what to say where the template's own is not there."""
    asked = loaded.template.settings.x_axis
    named = [asked] if isinstance(asked, str) else list(asked or ())
    if request.x_axis is not None or not named or loaded.template.missing == "keep":
        return request.x_axis, []
    there = [name for name in named if kinds.get(name) == "number" or name in AXES]
    if there:
        return None if there[0] == "Step" else there[0], []
    mark = mark_at(loaded.root, ("settings", "x_axis"))
    if mark.file != loaded.label or loaded.uses[-1].source == BUILT_IN:
        return None, []
    said = f"{inventory.origin.label} has no number {' or '.join(named)} for the x-axis"
    return None, [str(Problem(mark, f"{said}; it is W&B's step", did_you_mean(named[0], kinds)))]


def _pins(loaded: Loaded, kinds: Mapping[str, str]) -> list[str]:
    """The template's pins that are there."""
    return [key for key in loaded.template.pin if key in kinds]


def _lost_pins(loaded: Loaded, kinds: Mapping[str, str], source: str) -> list[Problem]:
    """The template's own pins that are not there; those that it inherits need not be."""
    lost = [(place, key) for place, key in enumerate(loaded.template.pin) if key not in kinds]
    marks = [(mark_at(loaded.root, ("pin", place)), key) for place, key in lost]
    return [
        Problem(mark, f"{source} has no metric {key!r} to pin", did_you_mean(key, kinds))
        for mark, key in marks
        if mark.file == loaded.label
    ]


def _filled(
    loaded: Loaded,
    inventory: Inventory,
    kinds: Mapping[str, str],
    budgets: Budgets,
    options: Options,
) -> Filled:
    vocabulary = load_vocabulary()
    drawable: Mapping[str, str] = {}
    if any(section.match for section in loaded.template.sections):
        drawable = select(inventory, options, vocabulary).kinds

    def families() -> Mapping[str, Sequence[str]]:
        found = families_of(dict(drawable), vocabulary, budgets, options)
        return {family.label: family.keys for family in found.families}

    return fill(
        loaded, drawable, kinds, families, source=inventory.origin.label, client=SpecClient()
    )
