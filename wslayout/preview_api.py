"""What a Python user calls to look before saving: `preview`."""

from __future__ import annotations

import os
import webbrowser
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wslayout.api import plan
from wslayout.errors import SourceError, TargetError, WslayoutError
from wslayout.files import write_file
from wslayout.inventory import Inventory
from wslayout.layout import Layout
from wslayout.progress import Progress, silent
from wslayout.read_api import read, shared
from wslayout.samples import Samples
from wslayout.samples.values import RUNS
from wslayout.sources import Given, open_source
from wslayout.sources.opening import Source, resolve
from wslayout.view_api import Where, prepare, refuse_options, stored_layout
from wslayout.wandb_api.client import GraphQL

if TYPE_CHECKING:
    from wslayout.publish.difference import Difference


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Preview:
    """A layout as it will look; a notebook shows it as it is.

    Attributes:
        layout: What is shown.
        samples: Values of its metrics; None where none were to be had.
        difference: What saving it would change in the saved view; None where there is no such
            view.
        notes: Sentences on what is not shown, and why.
    """

    layout: Layout
    samples: Samples | None = None
    difference: Difference | None = None
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Preview of {self.layout!r}>"

    def html(self) -> str:
        """The page: one self-contained HTML document without scripts."""
        from wslayout.display.html import render_layout

        return render_layout(
            self.layout, samples=self.samples, difference=self.difference, notes=self.notes
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        from wslayout.display.cells import cell_of_preview

        return cell_of_preview(
            self.layout, samples=self.samples, difference=self.difference, notes=self.notes
        )

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page to a file.

        Raises:
            TargetError: It can't be written.
        """
        file = Path(path)
        write_file(file, self.html())
        return file

    def open(self, path: str | os.PathLike[str]) -> Path:
        """Write the page to a file, and open that in the default browser.

        Raises:
            TargetError: It can't be written, or there is no browser.
        """
        file = self.save(path)
        if not webbrowser.open(file.resolve().as_uri()):
            raise TargetError(f"no browser could be opened; the page is in {file}")
        return file


def preview(
    source: Layout | Given,
    *,
    values: Given | bool = True,
    most_runs: int = RUNS,
    to: str | None = None,
    compare: bool = True,
    progress: Progress = silent,
    client: Callable[[], GraphQL] | None = None,
    cluster: object = None,
    **options: Any,
) -> Preview:
    """Show a layout as W&B will show it, with a few real values; nothing is saved.

    Args:
        source: A `Layout`, the file of one (``plan -o``), or a source to `plan` first.
        values: Where values are read from, if that is not the source: a folder of runs or a
            project; False: nowhere, and drawings are schematic. A project's server is asked once
            for its newest runs and once for each of these.
        most_runs: Of how many runs values are read.
        to: The project whose saved view it is compared to; by default that of the source.
        compare: Whether it is compared to the saved view of its name, if there is one. Runs on
            disk are compared only where ``to`` is given.
        progress: As for `read`.
        client: As for `read`.
        cluster: Likewise.
        **options: What `plan` takes, where ``source`` is one.

    Raises:
        WslayoutError: Whatever `read` and `plan` raise. What goes wrong with values and with the
            saved view is told in the notes.
    """
    with shared(client) as asked:
        given = _read(source, progress, asked, cluster)
        layout, difference, notes = _compared(given, to, options, compare=compare, client=asked)
        samples = None
        if values is not False:
            samples, more = _sampled(layout, values, most_runs, progress, asked)
            notes = (*notes, *more)
    return Preview(layout=layout, samples=samples, difference=difference, notes=notes)


def _read(
    source: Layout | Given, progress: Progress, client: Callable[[], GraphQL], cluster: object
) -> Layout | Inventory:
    """A finished layout, or the keys to lay out."""
    if isinstance(source, Layout):
        return source
    return stored_layout(source) or read(source, progress=progress, client=client, cluster=cluster)


def _compared(
    given: Layout | Inventory,
    to: str | None,
    options: Mapping[str, Any],
    *,
    compare: bool,
    client: Callable[[], GraphQL],
) -> tuple[Layout, Difference | None, tuple[str, ...]]:
    """The layout, how the saved view differs from it, and why that is not known."""
    notes: tuple[str, ...] = ()
    label = given.source if isinstance(given, Layout) else given.origin.label
    opened = _opened(label)
    if compare and (to is not None or (opened is not None and opened.project is not None)):
        from wslayout.publish.difference import difference
        from wslayout.publish.plan import Policy

        try:
            planned = prepare(given, Where(to=to), Policy(), client=client, **options)
        except WslayoutError as error:
            notes = (f"The saved view could not be compared: {error}.",)
        else:
            found = None if planned.action == "create" else difference(planned)
            return planned.layout, found, ()
    if isinstance(given, Inventory):
        return plan(given, client=client, **options), None, notes
    refuse_options(options)
    return given, None, notes


def _opened(label: str) -> Source | None:
    """The source that a label names, if it names one."""
    try:
        return open_source(label)
    except SourceError:
        return None


def _sampled(
    layout: Layout,
    values: Given | bool,
    most_runs: int,
    progress: Progress,
    client: Callable[[], GraphQL],
) -> tuple[Samples | None, tuple[str, ...]]:
    """Values, and why there are none."""
    from wslayout.samples.folders import sample_folders
    from wslayout.samples.server import sample_project
    from wslayout.samples.wanted import wanted

    origin = layout.source if isinstance(values, bool) else values
    try:
        opened = open_source(origin)
    except SourceError as error:
        # That a layout is from nowhere that can be read again is no news.
        return None, () if origin is layout.source else (f"No values could be read: {error}.",)
    try:
        if opened.project is not None:
            asked = client()
            entity, name = resolve(opened.project, asked)
            return sample_project(
                asked, entity, name, wanted(layout), most_runs=most_runs, progress=progress
            ), ()
        if opened.holds_runs and opened.path is not None:
            return sample_folders(
                opened.path, wanted(layout), most_runs=most_runs, progress=progress
            ), ()
    except WslayoutError as error:
        return None, (f"No values could be read: {error}.",)
    if isinstance(values, bool):
        return None, ()
    return None, (f"No values could be read: {origin} holds keys and no values.",)
