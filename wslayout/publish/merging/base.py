"""`Base`: what wslayout last wrote into a view, in as few bytes as tell whether it was touched."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from wslayout.publish.merging.fields import PANEL, RUN_SET, SECTION, SETTINGS, Prints, prints
from wslayout.publish.merging.parts import Parts
from wslayout.wandb_api.rawspec import fingerprint, panel_keys

_MAX_BYTES = 1 << 20
"""Of a base when unpacked; one of 60 panels has 6,000."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelBase:
    """A panel as wslayout wrote it.

    Attributes:
        section: The id of the section that it stood in.
        lead: The fingerprint of the first metric that it draws and how; "" where it draws none.
        fields: The fingerprints of its fields.
    """

    section: str
    lead: str
    fields: Prints


@dataclass(frozen=True, kw_only=True)
class Base:
    """What wslayout last wrote into a view.

    Attributes:
        settings: Fingerprints of all fields outside sections and run set.
        run_set: Fingerprints of the run set's fields.
        sections: Of each section's fields, by its id, in order.
        panels: Its panels, by their ids, section by section, in order.
        kept: Ids of those of both that the layout has no more, and that people kept; they stand
            as they were written last.
        gone: Ids of what people took away, each with its lead; such don't come back by themselves.
        covered: Ids of panels that were not added, for the view had such a panel already.
        disputed: Of sections and panels by their ids, of the view itself by "" and of the run set
            by "0": the paths of fields in conflict, where the person's side was kept.
    """

    settings: Prints = field(default_factory=dict)
    run_set: Prints = field(default_factory=dict)
    sections: Mapping[str, Prints] = field(default_factory=dict)
    panels: Mapping[str, PanelBase] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    gone: Mapping[str, str] = field(default_factory=dict)
    covered: frozenset[str] = frozenset()
    disputed: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, parts: Parts) -> Base:
        """The base of a spec that wslayout writes, and that nobody has touched yet."""
        return cls(
            settings=prints(parts.settings, SETTINGS),
            run_set=prints(parts.run_set, RUN_SET),
            sections={one.id: prints(one.fields, SECTION) for one in parts.sections},
            panels={
                panel.id: PanelBase(
                    section=section.id,
                    lead=lead_of(panel.fields),
                    fields=prints(panel.fields, PANEL),
                )
                for section in parts.sections
                for panel in section.panels
            },
        )

    @cached_property
    def leads(self) -> Mapping[str, str]:
        """The ids of all that wslayout wrote, each with its lead."""
        return {
            **self.gone,
            **dict.fromkeys(self.sections, ""),
            **{name: panel.lead for name, panel in self.panels.items()},
        }

    def same_as(self, other: Base | None) -> bool:
        """Whether both say the same, also of the order of what was written."""
        return other is not None and self.write() == other.write()

    def panels_of(self, section: str) -> list[str]:
        """The ids of the panels that stood in a section, in order."""
        return [panel for panel, base in self.panels.items() if base.section == section]

    def write(self) -> str:
        """The base as one word of ``[A-Za-z0-9_-]``; `read_base` reads it back."""
        data = [
            self.settings,
            self.run_set,
            self.sections,
            _plain(self.panels),
            sorted(self.kept),
            self.gone,
            sorted(self.covered),
            self.disputed,
        ]
        text = json.dumps(data, separators=(",", ":"))
        return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def _plain(panels: Mapping[str, PanelBase]) -> dict[str, Any]:
    return {name: [panel.section, panel.lead, panel.fields] for name, panel in panels.items()}


def _panels(value: Any) -> dict[str, PanelBase]:
    return {
        name: PanelBase(section=str(section), lead=str(lead), fields=_prints(fields))
        for name, (section, lead, fields) in value.items()
    }


def lead_of(panel: Mapping[str, Any]) -> str:
    """The fingerprint of the first metric that a panel draws and how; "" where it draws none."""
    return next(iter(leads_of(panel)), "")


def leads_of(panel: Mapping[str, Any]) -> list[str]:
    """The leads that a panel would have with each of its metrics as the first."""
    return [fingerprint([panel.get("viewType"), key]) for key in panel_keys(panel)]


def read_base(word: str) -> Base | None:
    """The base in a word that `Base.write` gave; None where the word is damaged."""
    try:
        packed = base64.urlsafe_b64decode(word + "=" * (-len(word) % 4))
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(packed, _MAX_BYTES)
        if not unpacker.eof:  # cut off, or a bomb
            return None
        settings, run_set, sections, panels, kept, gone, covered, disputed = json.loads(text)
        return Base(
            settings=_prints(settings),
            run_set=_prints(run_set),
            sections={name: _prints(fields) for name, fields in sections.items()},
            panels=_panels(panels),
            kept=frozenset(map(str, kept)),
            gone={str(name): str(lead) for name, lead in gone.items()},
            covered=frozenset(map(str, covered)),
            disputed={
                name: tuple(tuple(map(str, path)) for path in paths)
                for name, paths in disputed.items()
            },
        )
    except (binascii.Error, zlib.error, ValueError, TypeError, AttributeError, RecursionError):
        return None


def _prints(value: Any) -> Prints:
    """Fingerprints as they were written.

    Raises:
        TypeError: They are none.
    """
    if not isinstance(value, dict):
        raise TypeError("fingerprints stand in a mapping")
    return {name: item if isinstance(item, str) else _prints(item) for name, item in value.items()}
