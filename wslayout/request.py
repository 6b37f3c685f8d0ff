"""What is asked of a layout: the caller's options over those of a template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from wslayout.errors import Problem, SpecError, TemplateError
from wslayout.grouping import GroupBy, Options
from wslayout.grouping.engine import families_of
from wslayout.grouping.selecting import select
from wslayout.grouping.vocabulary import load_vocabulary
from wslayout.inventory import Inventory
from wslayout.layout import Budgets
from wslayout.presets import BUILT_IN, Finder, builtin_budgets
from wslayout.suggest import did_you_mean
from wslayout.templates.automatic import best_presets, is_detected, together
from wslayout.templates.checking import mark_at
from wslayout.templates.filling import Filled, fill
from wslayout.templates.load import Loaded, load
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


def resolve(inventory: Inventory, request: Request, finder: Finder) -> Resolved:
    """What a request means for the keys that there are.

    Raises:
        TemplateError: The template is not found or wrong, or names metrics that are not there.
        SourceError: An option names a key, a kind or a pattern that there is not.
    """
    if request.template == AUTO and not request.parameters:
        loaded, notes = _fitting(inventory, request, finder)
    else:
        loaded, notes = load(finder.find(request.template), finder.extended, request.parameters), []
    return resolve_with(loaded, inventory, request, notes)


def resolve_with(
    loaded: Loaded, inventory: Inventory, request: Request, notes: Sequence[str] = ()
) -> Resolved:
    """What a request means for the keys that there are, with a template that is read already.

    Raises:
        TemplateError: The template names metrics that are not there.
        SourceError: An option names a key, a kind or a pattern that there is not.
    """
    template = loaded.template
    kinds = dict(zip(*(inventory.frame[one].tolist() for one in ("key", "kind")), strict=True))
    axis, axis_notes = _axis(loaded, request, kinds, inventory)
    budgets = _budgets(template, request)
    options = Options(
        x_axis=axis,
        overlay_splits=_first(request.overlay_splits, template.overlay != "none"),
        group_by=_first(request.group_by, template.group_by, "auto"),
        include=request.include or tuple(template.select.include),
        exclude=(*template.select.exclude, *request.exclude),
        kinds=request.kinds or tuple(template.select.kinds),
        pins=tuple(dict.fromkeys([*request.pins, *_pins(loaded, kinds, inventory)])),
    )
    filled = _filled(loaded, inventory, kinds, budgets, options)
    settings = {name: value for name, value in filled.settings.items() if name != "x_axis"}
    if template.missing == "keep" and isinstance(template.settings.x_axis, str):
        settings["x_axis"] = template.settings.x_axis
    filled = replace(filled, settings=settings)
    options = replace(options, wanted=filled.wanted)
    own = template.name if request.template != AUTO else None
    if request.name is None and own is not None:
        _check_own_name(loaded, own)
    return Resolved(
        budgets=budgets,
        options=options,
        name=request.name if request.name is not None else own,
        filled=filled,
        notes=(*notes, *axis_notes, *filled.notes),
    )


def _check_own_name(loaded: Loaded, name: str) -> None:
    try:
        check_name(name.strip())
    except SpecError as error:
        mark = mark_at(loaded.root, ("name",))
        raise TemplateError.of([Problem(mark, str(error), error.hint)]) from error


def _first(*values: Any) -> Any:
    return next(value for value in values if value is not None)


def _fitting(inventory: Inventory, request: Request, finder: Finder) -> tuple[Loaded, list[str]]:
    """The template of the presets that fit the keys best, and which these are."""
    notes: list[str] = []
    detected: list[Loaded] = []
    keys = inventory.keys
    for listed, read in finder.readable():
        if listed.hidden_by or read is None:
            continue  # what fits is found without asking W&B
        try:
            preset = load(read(), finder.extended)
        except TemplateError as error:
            first = str(error).splitlines()[0]
            notes.append(f"The preset {listed.name} of {listed.source} is passed over: {first}")
        else:
            detected += [preset] if is_detected(preset, keys) else []
    fits = []
    if detected:
        options = Options(exclude=request.exclude, include=request.include, kinds=request.kinds)
        fits = best_presets(detected, select(inventory, options, load_vocabulary()).kinds)
    if not fits:
        return load(finder.find("base"), finder.extended), notes
    told = ", ".join(map(str, fits))
    notes.append(f"Laid out by {'preset' if len(fits) == 1 else 'presets'} {told}.")
    return together([fit.preset for fit in fits]), notes


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


def _pins(loaded: Loaded, kinds: Mapping[str, str], inventory: Inventory) -> list[str]:
    """The template's pins; those that it inherits need not be there."""
    problems: list[Problem] = []
    found: list[str] = []
    for place, key in enumerate(loaded.template.pin):
        mark = mark_at(loaded.root, ("pin", place))
        if key in kinds:
            found.append(key)
        elif mark.file == loaded.label:
            said = f"{inventory.origin.label} has no metric {key!r} to pin"
            problems.append(Problem(mark, said, did_you_mean(key, kinds)))
    if problems:
        raise TemplateError.of(problems)
    return found


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
