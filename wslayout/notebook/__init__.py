"""The Jupyter helper: `edit` shows a layout that can be changed by mouse and keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wslayout.errors import SourceError

if TYPE_CHECKING:
    from wslayout.layout import Layout
    from wslayout.notebook.editor import Editor
    from wslayout.sources import Given


def edit(source: Layout | Given, **options: Any) -> Editor:
    """Change a layout in a notebook: search and tick metrics, move and rename panels, and save.

    Everything that it does can be written as code, and it shows that code; ``editor.layout`` is
    the layout as it is.

    Args:
        source: A `Layout`, or a source to `plan` first.
        **options: What `plan` takes, for a source.

    Raises:
        SourceError: The extra ``wslayout[notebook]`` is not installed.
        WslayoutError: Whatever `read` and `plan` raise.
    """
    try:
        import anywidget  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise SourceError(
            "the editor needs the package anywidget", hint="pip install 'wslayout[notebook]'"
        ) from error
    from wslayout.draft import Draft
    from wslayout.notebook.editor import Editor

    return Editor(Draft.begin(source, **options))
