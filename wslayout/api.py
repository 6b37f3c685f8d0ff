"""What a Python user calls to lay out: `plan`, `explain` and `spec`.

Whatever needs wandb-workspaces, which takes a second to import, is imported where it is used.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, get_args

from wslayout.grouping import DEFAULT_NAME, GroupBy, lay_out
from wslayout.grouping.explain import explain as explain_keys
from wslayout.grouping.explanation import Explanation
from wslayout.here import as_texts, finder_here
from wslayout.inventory import Inventory
from wslayout.layout import Budgets, Layout
from wslayout.presets import builtin_budgets
from wslayout.progress import Progress, silent
from wslayout.read_api import read
from wslayout.request import AUTO, Request, Resolved
from wslayout.resolving import resolve as resolve_request
from wslayout.sources import Given
from wslayout.wandb_api.rawspec import check_name, dump_spec

if TYPE_CHECKING:
    from wslayout.wandb_api.client import GraphQL


def plan(  # noqa: PLR0913 - each is one thing a user may ask for, by name
    source: Given,
    *,
    template: str | os.PathLike[str] = AUTO,
    parameters: Mapping[str, Any] | None = None,
    name: str | None = None,
    x_axis: str | None = None,
    overlay_splits: bool | None = None,
    group_by: GroupBy | None = None,
    include: str | Iterable[str] = (),
    exclude: str | Iterable[str] = (),
    kinds: str | Iterable[str] = (),
    pin: str | Iterable[str] = (),
    budgets: Budgets | None = None,
    progress: Progress = silent,
    client: Callable[[], GraphQL] | None = None,
    cluster: object = None,
    **limits: int,
) -> Layout:
    """Lay a source's metric keys out: at most 12 sections and 60 panels by default.

    The same keys give the same layout, byte for byte, whatever their order.

    Args:
        source: What `read` takes, or what it gave.
        template: The name of a preset, the path of a template, ``wandb-artifact:…``, or "auto":
            the presets that explain the keys best. What follows goes before what it says.
        parameters: Values of the template's parameters, by name.
        name: The name of the saved view that it will be; by default the template's, else
            "wslayout".
        x_axis: The metric on every line plot's x-axis; by default W&B's step, or the step
            metric that ``define_metric`` gave.
        overlay_splits: Whether training and validation of one quantity share a panel; by
            default they do.
        group_by: "prefix": sections follow the prefixes that people wrote; "topic": what the
            metrics are about; "auto", the default: whichever is quicker to search.
        include: Patterns (``train/*``, ``**/loss``, ``{a,b}/**``, ``regex:…``); only keys that
            one of them matches get panels.
        exclude: Patterns of keys that get no panel.
        kinds: Kinds of keys that get panels, of `wslayout.KINDS`, or "media" for all but
            numbers and tables; by default all.
        pin: Keys that get a panel whatever the budgets say, first in the overview.
        budgets: How large it may become; by default what the template says, else the built-in
            preset ``base``.
        progress: As for `read`.
        client: As for `read`.
        cluster: Likewise.
        **limits: Single budgets by their names in `Budgets`: ``panels=40``.

    Raises:
        EmptySource: No key can have a panel.
        SourceError: An option names a key, a kind or a pattern that there is not.
        SpecError: W&B does not accept the name.
        TemplateError: The template is not found or wrong, or a budget is none.
        WslayoutError: Whatever `read` raises.
    """
    request = request_of(
        "plan",
        template=template,
        parameters=parameters,
        name=name,
        x_axis=x_axis,
        overlay_splits=overlay_splits,
        group_by=group_by,
        include=include,
        exclude=exclude,
        kinds=kinds,
        pin=pin,
        budgets=budgets,
        **limits,
    )
    if name is not None:
        check_name(name.strip())
    inventory = read(source, progress=progress, client=client, cluster=cluster)
    layout = laid_out(inventory, resolve_request(inventory, request, finder_here()))
    return replace(layout, options=request.as_options())


def name_of(asked: Resolved) -> str:
    """What the saved view is called.

    Raises:
        SpecError: W&B does not accept that.
    """
    return check_name((asked.name if asked.name is not None else DEFAULT_NAME).strip())


def laid_out(inventory: Inventory, asked: Resolved, known: Collection[str] = ()) -> Layout:
    """The layout of some keys.

    Args:
        inventory: The keys.
        asked: What is asked for.
        known: Ids of sections that the live view has, which are kept on near ties.

    Raises:
        EmptySource, SourceError, SpecError: As for `plan`.
    """
    from wslayout.wandb_api.spec import automatic_bytes, build_spec

    layout = lay_out(
        inventory,
        asked.budgets,
        asked.options,
        name=name_of(asked),
        known=known,
        automatic_bytes=automatic_bytes,
    )
    layout = replace(
        layout,
        notes=(*asked.notes, *layout.notes),
        settings=asked.filled.settings,
        runs=asked.filled.runs,
        verbatim=asked.filled.verbatim,
        templates=asked.filled.uses,
    )
    ours = replace(layout.figures["wslayout"], spec_bytes=len(dump_spec(build_spec(layout))))
    return replace(layout, figures={**layout.figures, "wslayout": ours})


def explain(
    source: Given,
    *keys: str,
    progress: Progress = silent,
    client: Callable[[], GraphQL] | None = None,
    cluster: object = None,
    **options: Any,
) -> list[Explanation]:
    """Explain where `plan`, called with the same arguments, puts some keys, and why.

    Args:
        source: What `read` takes, or what it gave.
        *keys: The metric keys to explain.
        progress: As for `read`.
        client: As for `read`.
        cluster: Likewise.
        **options: What `plan` takes.

    Returns:
        One `Explanation` a key, in their order.

    Raises:
        SourceError: The source lacks one of the keys, or an option names a key, a kind or a
            pattern that there is not.
        TemplateError: The template is not found or wrong, or a budget is none.
        WslayoutError: Whatever `read` raises.
    """
    request = request_of("explain", **options)
    inventory = read(source, progress=progress, client=client, cluster=cluster)
    asked = resolve_request(inventory, request, finder_here())
    return explain_keys(inventory, asked.budgets, asked.options, keys)


def request_of(  # noqa: PLR0913 - what `plan` takes
    caller: str,
    *,
    template: str | os.PathLike[str] = AUTO,
    parameters: Mapping[str, Any] | None = None,
    name: str | None = None,
    x_axis: str | None = None,
    overlay_splits: bool | None = None,
    group_by: GroupBy | None = None,
    include: str | Iterable[str] = (),
    exclude: str | Iterable[str] = (),
    kinds: str | Iterable[str] = (),
    pin: str | Iterable[str] = (),
    budgets: Budgets | None = None,
    **limits: int,
) -> Request:
    """What the caller's keyword arguments ask for.

    Raises:
        TypeError, ValueError: An argument is not one that `plan` takes.
        TemplateError: A budget that is none.
    """
    if unknown := sorted(set(limits) - {item.name for item in fields(Budgets)}):
        raise TypeError(f"{caller}() got an unexpected keyword argument {unknown[0]!r}")
    if group_by not in (None, *get_args(GroupBy)):
        raise ValueError(f"group_by is one of {', '.join(get_args(GroupBy))}, not {group_by!r}")
    if overlay_splits not in (None, True, False):
        raise TypeError(f"overlay_splits is True or False, not {overlay_splits!r}")
    replace(budgets or builtin_budgets(), **limits)  # which refuses what is no budget
    return Request(
        template=os.fspath(template),
        parameters=as_texts(parameters),
        name=name,
        x_axis=x_axis,
        overlay_splits=overlay_splits,
        group_by=group_by,
        include=several(include),
        exclude=several(exclude),
        kinds=several(kinds),
        pins=several(pin),
        budgets=budgets,
        limits=limits,
    )


def several(given: str | Iterable[str]) -> tuple[str, ...]:
    """What somebody gave as one text or as several."""
    return (given,) if isinstance(given, str) else tuple(given)


def spec(layout: Layout) -> dict[str, Any]:
    """The view spec of a layout: what W&B keeps for a saved view, in manual mode.

    Raises:
        SpecError: The layout's name is not one that W&B accepts.
    """
    from wslayout.wandb_api.spec import build_spec

    return build_spec(layout)
