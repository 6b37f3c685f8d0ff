"""The three sides of a merge, and what people did to what was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from wslayout.publish.merging.base import Base
from wslayout.publish.merging.fields import (
    PANEL,
    SECTION,
    Outcome,
    Path,
    Prints,
    Shape,
    merged_fields,
    touched,
)
from wslayout.publish.merging.parts import PanelPart, Parts, SectionPart
from wslayout.wandb_api.rawspec import fingerprint, mapping

_WHERE_IT_LIES: frozenset[Path] = frozenset({("layout", "x"), ("layout", "y")})
"""Fields of a panel that the app may fill by itself: where the grid puts what stands in order."""

_UNFOLDED: Path = ("isOpen",)


@dataclass(frozen=True)
class Sides:
    """What is merged, and how.

    Attributes:
        base: What wslayout last wrote; None: not known.
        live: What the view holds now.
        new: The new layout.
        theirs: Whether the new layout wins where both changed the same thing, or it is not known
            who did.
        restore_deleted: Whether what people took away comes back.
    """

    base: Base | None
    live: Parts
    new: Parts
    theirs: bool = False
    restore_deleted: bool = False

    @cached_property
    def written(self) -> Base:
        """The base; an empty one where it is not known."""
        return self.base or Base()

    @cached_property
    def live_sections(self) -> Mapping[str, SectionPart]:
        """The sections of the view, by their ids."""
        return {one.id: one for one in self.live.sections}

    @cached_property
    def new_sections(self) -> Mapping[str, SectionPart]:
        """The sections of the new layout, by their ids."""
        return {one.id: one for one in self.new.sections}

    @cached_property
    def live_panels(self) -> Mapping[str, PanelPart]:
        """The panels of the view, by their ids."""
        return {one.id: one for one in self.live.panels}

    @cached_property
    def new_panels(self) -> Mapping[str, PanelPart]:
        """The panels of the new layout, by their ids."""
        return {one.id: one for one in self.new.panels}

    @cached_property
    def home(self) -> Mapping[str, str]:
        """In which section of the view each of its panels stands."""
        return {panel.id: one.id for one in self.live.sections for panel in one.panels}

    @cached_property
    def deleted(self) -> Mapping[str, str]:
        """What people took away and what stays away, each with its lead."""
        return {} if self.restore_deleted else self.missing

    @cached_property
    def missing(self) -> Mapping[str, str]:
        """The same, also where it is to come back."""
        there = self.live_sections.keys() | self.live_panels.keys()
        leads = self.written.leads
        return {name: lead for name, lead in leads.items() if name not in there}

    @cached_property
    def own(self) -> frozenset[str]:
        """Sections that the new layout no longer has, and that people made their own.

        Merely folding or unfolding one does not.
        """
        return frozenset(
            name
            for name, fields in self.written.sections.items()
            if name in self.live_sections
            and name not in self.new_sections
            and (name in self.copied or _is_edited(fields, self.live_sections[name]))
        )

    @cached_property
    def copied(self) -> frozenset[str]:
        """Ids that stand in the view twice: should one go, the copy would pass for it."""
        ids = [*self.live_sections, *self.live_panels]
        return frozenset(name.partition("\0")[0] for name in ids if "\0" in name[1:])

    @property
    def held(self) -> frozenset[str]:
        """Those of them that stay."""
        return frozenset() if self.theirs else self.own

    def merged(
        self,
        name: str,
        written: Prints | None,
        live: Mapping[str, Any],
        new: Mapping[str, Any],
        shape: Shape,
    ) -> tuple[dict[str, Any], list[Outcome]]:
        """The fields of one thing after the merge; see `merged_fields`.

        Args:
            name: A section or a panel, or what stands for the view or its run set.
            written: Fingerprints of what wslayout last wrote; None: not known.
            live: What the view holds.
            new: What the new layout says.
            shape: Which fields are divided.
        """
        disputed = self.disputed(name)
        return merged_fields(written, live, new, shape, theirs=self.theirs, disputed=disputed)

    def disputed(self, name: str) -> tuple[Path, ...]:
        """The fields of a section, a panel, or the view in conflict since before."""
        return self.written.disputed.get(name, ())

    def was_edited(self, panel: str) -> bool:
        """Whether people changed, moved or resized a panel that wslayout wrote."""
        found = touched(self.written.panels[panel].fields, self.live_panels[panel].fields, PANEL)
        return (
            panel in self.copied
            or self.was_moved(panel)
            or self._is_filed(panel, "panelConfigOverrides")
            or any(
                path not in _WHERE_IT_LIES and (was_written or path[0] == "config")
                for path, was_written in found.items()
            )
        )

    def was_moved(self, panel: str) -> bool:
        """Whether people put a panel that wslayout wrote elsewhere."""
        return self.home[panel] != self.written.panels[panel].section or self._is_filed(
            panel, "panelPlacementOverrides"
        )

    def is_covered(self, panel: str) -> bool:
        """Whether a panel stays away for as long as the view has another that draws the same."""
        return self.base is None or panel in self.written.covered

    def is_there(self, section: str) -> bool:
        """Whether panels can stand in a section of the new layout."""
        return section in self.live_sections or section not in self.deleted

    def _is_filed(self, panel: str, name: str) -> bool:
        """Whether the app keeps an edit of a panel in one of its own registers."""
        section = mapping(self.live.settings.get("section"))
        register: Mapping[str, Any] = mapping(mapping(section.get("panelBankConfig")).get(name))
        written: Any = self.written.settings
        for step in ("section", "panelBankConfig", name):
            written = written.get(step, {}) if isinstance(written, Mapping) else {}
        known: Mapping[str, Any] = written if isinstance(written, Mapping) else {}
        return any(
            (key == panel or key.endswith(f":{panel}"))
            # Where a template wrote it, it is no edit.
            and value is not None
            and known.get(key) != fingerprint(value)
            for key, value in register.items()
        )


def _is_edited(written: Prints, section: SectionPart) -> bool:
    """Whether people changed a section that wslayout wrote, beyond folding it."""
    found = touched(written, section.fields, SECTION)
    return any(was_written and path != _UNFOLDED for path, was_written in found.items())
