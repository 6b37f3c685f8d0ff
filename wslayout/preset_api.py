"""What a Python user does with presets and saved views beside laying out."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wslayout.api import laid_out
from wslayout.errors import TemplateError
from wslayout.here import as_texts, finder_here
from wslayout.presets import Found, Listed
from wslayout.read_api import read, shared
from wslayout.request import Request, resolve_with
from wslayout.sources.opening import resolve
from wslayout.view_api import view_of

if TYPE_CHECKING:
    from wslayout.inventory import Inventory
    from wslayout.layout import Layout, Section
    from wslayout.preset_work import Checked
    from wslayout.presets.sharing import Pulled, Pushed
    from wslayout.sources import Given
    from wslayout.wandb_api.client import GraphQL


def list_presets() -> list[Listed]:
    """All presets that can be used by name, in the order in which they are looked for."""
    return finder_here().listed()


def preset_text(
    preset: str | os.PathLike[str],
    *,
    parameters: Mapping[str, Any] | None = None,
    whole: bool = False,
) -> str:
    """The text of a preset.

    Args:
        preset: Its name, a path or ``wandb-artifact:…``.
        parameters: Values of its parameters, where ``whole`` is asked for.
        whole: With all that it extends, and with its parameters' values.

    Raises:
        TemplateError: It is not found or, where ``whole`` is asked for, wrong.
    """
    from wslayout.preset_work import load_preset, whole_text

    if not whole:
        return finder_here().find(os.fspath(preset)).data.decode("utf-8", "replace")
    return whole_text(load_preset(os.fspath(preset), finder_here(), as_texts(parameters))[1])


def check_preset(
    preset: str | os.PathLike[str],
    *,
    parameters: Mapping[str, Any] | None = None,
    source: Given | None = None,
    client: Callable[[], GraphQL] | None = None,
) -> Checked:
    """Check a preset, and where there is a source how it fits its keys.

    Args:
        preset: Its name, a path or ``wandb-artifact:…``.
        parameters: Values of its parameters.
        source: What `read` takes, or what it gave.
        client: As for `read`.

    Raises:
        WslayoutError: Whatever `read` raises.
    """
    from wslayout.preset_work import check

    inventory = None if source is None else read(source, client=client)
    return check(
        os.fspath(preset), finder_here(), parameters=as_texts(parameters), inventory=inventory
    )


def push_preset(preset: str | os.PathLike[str], target: str) -> Pushed:
    """Share a preset as a versioned W&B artifact, where a team's runs are.

    Args:
        preset: Its name or path; files beside it that it extends come along.
        target: ``wandb-artifact:entity/project/name``; with ``:alias`` that alias moves to it.

    Raises:
        TemplateError: The preset is wrong, or extends one that others may not have.
        AuthError, ServerError: The W&B server said no, or nothing.
    """
    from wslayout.presets.sharing import push
    from wslayout.wandb_api.artifacts import ArtifactStore

    return push(ArtifactStore(), finder_here(), os.fspath(preset), target)


def pull_preset(
    reference: str, *, name: str = "", folder: str | os.PathLike[str] | None = None
) -> Pulled:
    """Keep a shared preset among one's own, pinned to what it holds now.

    Args:
        reference: ``wandb-artifact:entity/project/name:alias``.
        name: What it is called here; by default as there.
        folder: The folder of presets that gets it; by default the user's own.

    Raises:
        TemplateError: There is no such artifact, or it holds no template that can be used.
        TargetError: It can't be written.
        AuthError, ServerError: The W&B server said no, or nothing.
    """
    from wslayout.presets.sharing import pull
    from wslayout.wandb_api.artifacts import ArtifactStore

    home = Path(folder) if folder is not None else finder_here().places.folders[-1]
    private = folder is None  # a folder that is named may be the team's
    return pull(ArtifactStore(), finder_here(), reference, home, name, private=private)


def pull_view(
    url: str,
    *,
    generalise: bool = False,
    client: Callable[[], GraphQL] | None = None,
) -> tuple[str, tuple[str, ...]]:
    """Make a template of a saved view; applied, it gives the same view again.

    Panels that no type of panel expresses are kept verbatim.

    Args:
        url: The view's URL (``…?nw=…``).
        generalise: Make matchers of the metrics of panels that draw metrics and nothing else,
            so that the template fits other projects; the project's metrics are read for that.
        client: As for `read`.

    Returns:
        The template as YAML, and what a person should know of it.

    Raises:
        SourceError: That is no URL of a saved view.
        ViewNotFound: There is no such view.
        WslayoutError: Whatever `read` raises.
    """
    from pydantic import ValidationError

    from wslayout.publish.pulling import pull_view as pull
    from wslayout.templates.load import load
    from wslayout.templates.nodes import write_yaml
    from wslayout.templates.writing import template_of
    from wslayout.wandb_api.reading_panels import as_spec

    ref, view_id = view_of(url)
    with shared(client) as asked:
        entity, project = resolve(ref, asked())
        pulled = pull(asked(), entity, project, view_id)
        kinds = None
        if generalise:
            kinds = read(f"{entity}/{project}", client=asked).kinds
    where = f"{entity}/{project}"
    try:
        template = template_of(
            pulled.layout,
            as_spec,
            description=f"The saved view {pulled.layout.name!r} of {where}.",
            keeps_ids=pulled.keeps_ids,
            kinds=kinds,
        )
        text = write_yaml(template)
        load(_as_found(text), finder_here().extended)
    except (TemplateError, ValidationError, RecursionError) as error:
        raise TemplateError(
            f"no template gives the view {pulled.layout.name!r} again: "
            + str(error).splitlines()[0],
            hint="Take panels out of it that hold very much, or divide it into two views.",
        ) from error
    return text, pulled.notes


def layout_template(layout: Layout, *, inventory: Inventory | None = None) -> str:
    """Make a template of a layout; with the same keys, it gives the same layout again.

    Sections without panels are left out.

    Args:
        layout: The layout.
        inventory: The metrics of its project: panels that draw metrics and nothing else become
            matchers, so that the template fits metrics that are yet to come. Where matchers would
            give the panels in another order or otherwise, a section names its panels, too.

    Returns:
        The template as YAML.

    Raises:
        TemplateError: No template gives it again.
    """
    from wslayout.templates.load import load
    from wslayout.templates.nodes import write_yaml
    from wslayout.templates.writing import template_of
    from wslayout.wandb_api.reading_panels import as_spec
    from wslayout.wandb_api.reading_spec import read_spec
    from wslayout.wandb_api.spec import build_spec

    # Read back as a saved view is, so that every panel says what it draws.
    told, _ = read_spec(build_spec(layout), layout.name)
    write = partial(template_of, told, as_spec, description=f"Made from the layout {told.name!r}.")
    if inventory is None:
        return write_yaml(write())
    kinds = inventory.kinds
    in_order: frozenset[str] = frozenset()
    as_they_are: frozenset[str] = frozenset()
    # A section that takes more changes what is left for the next, so each is told only once.
    while True:
        text = write_yaml(write(kinds=kinds, in_order=in_order, as_they_are=as_they_are))
        request = Request(template="template")
        asked = resolve_with(load(_as_found(text), finder_here().extended), inventory, request)
        others = _others(layout, laid_out(inventory, asked)) - as_they_are
        if not others:
            return text
        as_they_are |= others & in_order
        in_order |= others


def _others(layout: Layout, again: Layout) -> frozenset[str]:
    """Ids of the sections of a layout whose panels another one has not just so."""
    there = [(one.name, _told(one)) for one in again.sections]
    return frozenset(
        section.id
        for section in layout.sections
        if section.panels and (section.name, _told(section)) not in there
    )


def _told(section: Section) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(panel.kind, panel.title, panel.keys) for panel in section.panels]


def _as_found(text: str) -> Found:
    data = text.encode("utf-8", "surrogatepass")
    return Found(name="template", label="template", source="file", data=data)
