"""Which presets fit a project: those that explain its keys best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from wslayout.grouping.names import mask_all
from wslayout.patterns import find
from wslayout.templates.load import Loaded
from wslayout.templates.matching import Matching
from wslayout.templates.model import SectionEntry
from wslayout.templates.nodes import Items, Node

_COMPARED: Final = 2_000
"""Metrics that presets are tried on; more are thinned out evenly."""

_FIRST: Final = 0.25
"""The share of metrics that the first preset must explain."""

_FURTHER: Final = 0.1
"""The share that each further one must explain beyond."""

_FEWEST: Final = 3
"""Fewer metrics than this are a coincidence."""

_MOST: Final = 4
"""Presets that are taken together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How well a preset fits.

    Attributes:
        preset: The preset.
        explains: How many metrics its sections take that no better one does.
        of: How many metrics there are, indices counted once.
    """

    preset: Loaded
    explains: int
    of: int

    def __str__(self) -> str:
        return f"{self.preset.uses[-1].name} (explains {self.explains:,} of {self.of:,} metrics)"


def is_detected(preset: Loaded, keys: Sequence[str]) -> bool:
    """Whether a project's keys are those of a preset's kind; without ``detect`` none are.

    Args:
        preset: The preset.
        keys: All keys: what counts steps has no panel and tells more than what has.
    """
    patterns = preset.template.detect
    return bool(patterns) and all(find(pattern, keys) for pattern in patterns)


def best_presets(presets: Sequence[Loaded], kinds: Mapping[str, str]) -> list[Fit]:
    """The presets that explain some keys best, the best first; none where none does.

    Args:
        presets: Those that `is_detected` of the project, the first on ties.
        kinds: The keys that may have a panel, each with its kind.
    """
    keys = _representatives(sorted(kinds))
    matching = Matching({key: kinds[key] for key in keys}, dict)
    explained = [(preset, _explained(preset, matching)) for preset in presets]
    fits: list[Fit] = []
    left = set(keys)
    while explained and len(fits) < _MOST:
        best = max(range(len(explained)), key=lambda place: len(explained[place][1] & left))
        preset, taken = explained.pop(best)
        gain = len(taken & left)
        if gain < max(_FEWEST, (_FURTHER if fits else _FIRST) * len(keys)):
            break
        fits.append(Fit(preset=preset, explains=gain, of=len(keys)))
        left -= taken
    return fits


def _representatives(keys: Sequence[str]) -> list[str]:
    """One key of each index family, thinned out evenly where there are too many."""
    first: dict[str, str] = {}
    for key, masked in zip(keys, mask_all(keys), strict=True):
        first.setdefault(masked, key)
    found = list(first.values())
    step = -(-len(found) // _COMPARED)
    return found[:: max(step, 1)]


def _explained(preset: Loaded, matching: Matching) -> set[str]:
    return {
        key
        for section in preset.template.sections
        for matcher in section.match
        for key in matching.taken(matcher)
    }


def together(presets: Sequence[Loaded]) -> Loaded:
    """Several presets as one: the first as it is, of the others the sections.

    Of a section that the first has too, the others only give what it takes. Metrics that panels
    name and the project lacks are left out: nobody asked for these presets by name.
    """
    first = presets[0]
    sections: dict[str, SectionEntry] = {}
    places: dict[str, Node] = {}
    for preset in presets:
        for section, place in zip(preset.template.sections, _sections_of(preset), strict=True):
            own = sections.get(section.name)
            wider = own and own.model_copy(update={"match": [*own.match, *section.match]})
            sections[section.name] = wider or section
            places.setdefault(section.name, place)
    template = first.template.model_copy(
        update={"sections": list(sections.values()), "missing": "drop"}
    )
    items = Items(tuple(places.values()), first.root.mark)
    root = replace(first.root, fields={**first.root.fields, "sections": items})
    uses = {use.source + use.name: use for preset in presets for use in preset.uses}
    return replace(first, template=template, root=root, label="", uses=tuple(uses.values()))


def _sections_of(preset: Loaded) -> Sequence[Node]:
    listed = preset.root.fields.get("sections")
    return listed.items if isinstance(listed, Items) else ()
