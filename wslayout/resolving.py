"""From a request to what the engine is asked: with the template named, or the presets that fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from wslayout.errors import TemplateError
from wslayout.grouping import Options
from wslayout.grouping.selecting import select
from wslayout.grouping.vocabulary import load_vocabulary
from wslayout.inventory import Inventory
from wslayout.layout import TemplateUse
from wslayout.presets import BUILT_IN, Finder, Found, no_artifacts
from wslayout.request import AUTO, Request, Resolved, resolve_with
from wslayout.templates.automatic import Fit, best_presets, is_detected, together
from wslayout.templates.load import Loaded, load


def resolve(inventory: Inventory, request: Request, finder: Finder) -> Resolved:
    """What a request means for the keys that there are.

    Raises:
        TemplateError: The template is not found or wrong, or names metrics that are not there.
        SourceError: An option names a key, a kind or a pattern that there is not.
    """
    if request.template != AUTO:
        found = finder.find(request.template)
        return resolve_with(load(found, finder.extended, request.parameters), inventory, request)
    if request.parameters:
        raise TemplateError(
            "--set sets parameters of a template, and none is named",
            hint="Name one with --template.",
        )
    # What fits is found without asking W&B, so that a plan needs no login.
    return _fitting(inventory, request, replace(finder, fetch=no_artifacts))


def _fitting(inventory: Inventory, request: Request, finder: Finder) -> Resolved:
    """What a request means with the presets that fit; with the plainest where none does."""
    detected, notes = _detected(inventory, finder)
    while fits := _best(detected, inventory, request):
        told = ", ".join(map(str, fits))
        told = f"Laid out by {'preset' if len(fits) == 1 else 'presets'} {told}."
        try:
            return _with(fits, inventory, request, [*notes, told])
        except TemplateError:
            # One of them is wrong in a way that only shows on these keys.
            wrong = {id(fit.preset): _wrong_with(fit, inventory, request) for fit in fits}
            if not any(wrong.values()):
                raise
            notes += filter(None, wrong.values())
            detected = [preset for preset in detected if not wrong.get(id(preset))]
    try:
        base = _loaded(finder.find("base"), finder)
    except TemplateError as error:
        notes.append(_passed_over(TemplateUse(name="base", source="one's own"), error))
        base = load_built_in(finder.built_in("base"))
    return resolve_with(base, inventory, request, notes)


@cache
def load_built_in(found: Found) -> Loaded:
    """A built-in preset; each is read once, as every plan tries all of them and none changes.

    It extends nothing: what it is depends on its own text alone.
    """
    return load(found, _extends_nothing, {})


def _extends_nothing(reference: str, by: Found, stack: Sequence[str]) -> Found:
    raise TemplateError(f"{by.label} is built in, and extends {reference!r}")


def _loaded(found: Found, finder: Finder) -> Loaded:
    """A preset that was found by its name.

    Raises:
        TemplateError: It is wrong.
    """
    if found.source == BUILT_IN:
        return load_built_in(found)
    return load(found, finder.extended, {})


def _detected(inventory: Inventory, finder: Finder) -> tuple[list[Loaded], list[str]]:
    """The presets whose kind of project this is, and what a person should know of others."""
    notes: list[str] = []
    found: list[Loaded] = []
    keys = inventory.keys
    for listed, read in finder.readable():
        if listed.hidden_by or read is None:
            continue
        try:
            preset = _loaded(read(), finder)
        except TemplateError as error:
            notes.append(_passed_over(TemplateUse(name=listed.name, source=listed.source), error))
        else:
            found += [preset] if is_detected(preset, keys) else []
    return found, notes


def _best(presets: Sequence[Loaded], inventory: Inventory, request: Request) -> list[Fit]:
    if not presets:
        return []
    options = Options(exclude=request.exclude, include=request.include, kinds=request.kinds)
    return best_presets(presets, select(inventory, options, load_vocabulary()).kinds)


def _with(
    fits: Sequence[Fit], inventory: Inventory, request: Request, notes: Sequence[str]
) -> Resolved:
    """What a request means with some presets.

    Raises:
        TemplateError: One of them can't be used for these keys.
    """
    loaded = together([fit.preset for fit in fits])
    resolved = resolve_with(loaded, inventory, request, notes)
    asks = loaded.template.select
    if asks.include or asks.exclude or asks.kinds:
        kinds = select(inventory, resolved.options, load_vocabulary()).kinds
        if not kinds:
            raise TemplateError("its `select` leaves no metric that can have a panel")
    return resolved


def _wrong_with(fit: Fit, inventory: Inventory, request: Request) -> str:
    """Why a preset can't be used for some keys; "" where it can."""
    try:
        _with([fit], inventory, request, ())
    except TemplateError as error:
        return _passed_over(fit.preset.uses[-1], error)
    return ""


def _passed_over(use: TemplateUse, error: TemplateError) -> str:
    first = str(error).splitlines()[0]
    return f"The preset {use.name} of {use.source} is passed over: {first}"
