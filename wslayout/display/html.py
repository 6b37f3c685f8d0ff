"""HTML: the preview page, and what a cell of a notebook shows.

Nothing of it holds a script or loads anything, and Jinja2 escapes every name.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from wslayout.display.charts.drawn import FINE, HEIGHT, WIDTH
from wslayout.display.words import plural
from wslayout.display.workspace import shown, shown_name
from wslayout.layout import Layout
from wslayout.publish.difference import Difference
from wslayout.samples import Samples


def render_layout(
    layout: Layout,
    *,
    title: str | None = None,
    spec_bytes: int | None = None,
    samples: Samples | None = None,
    difference: Difference | None = None,
    notes: Sequence[str] = (),
) -> str:
    """The preview page of a layout: a whole HTML document, to be written as UTF-8.

    Args:
        layout: What to show.
        title: The page's heading; by default the layout's name.
        spec_bytes: The size of the view spec, where the layout's figures lack it.
        samples: Values to draw; without them drawings are schematic.
        difference: What saving the layout would change in a view that is there.
        notes: Sentences on what is not shown, and why.
    """
    return rendered(
        "preview.html.jinja",
        shown=shown(
            layout,
            title=title,
            spec_bytes=spec_bytes,
            samples=samples,
            difference=difference,
            notes=notes,
        ),
    )


def rendered(template: str, **values: Any) -> str:
    """One of our templates with values in it."""
    return _environment().get_template(template).render(**values).strip() + "\n"


@cache
def _environment() -> Environment:
    loader = PackageLoader("wslayout.display", ".")
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["name"] = shown_name
    environment.filters["plural"] = plural
    environment.globals |= {"width": WIDTH, "height": HEIGHT, "fine": FINE}
    environment.globals["css"] = Markup(  # noqa: S704 - our own file, not input
        loader.get_source(environment, "preview.css")[0]
    )
    return environment
