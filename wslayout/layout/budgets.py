"""How large a workspace may become."""

from __future__ import annotations

from dataclasses import dataclass, fields

from wslayout.errors import TemplateError


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """How large a workspace may become.

    The defaults of the command line and of `wslayout.plan` are those of the built-in
    preset ``templates/base.yaml``.

    Attributes:
        sections: Most sections.
        panels: Most panels in all sections together.
        panels_per_section: A section with more panels is divided where its panels' names
            allow it.
        lines_per_panel: Most metric keys that one panel draws.
        overview: Most headline panels that the first section takes from the others;
            0: no such section.
        open_panels: Sections start open, from the top, until this many panels show.

    Raises:
        TemplateError: A budget that is not a whole number in its range.
    """

    sections: int
    panels: int
    panels_per_section: int
    lines_per_panel: int
    overview: int
    open_panels: int

    def __post_init__(self) -> None:
        """Refuse budgets that no workspace can keep."""
        for item in fields(self):
            value = getattr(self, item.name)
            least = 0 if item.name in ("overview", "open_panels") else 1
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise TemplateError(
                    f"budget {item.name} must be a whole number from {least}, not {value!r}"
                )
