"""A raw view spec taken apart into what is merged by itself, and put together again.

Whatever is not as W&B writes it (a section that is no mapping, ids that are missing or stand
twice) is carried along as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from wslayout.errors import SpecError
from wslayout.wandb_api.rawspec import Spec, fingerprint, mapping

_ID: Final = "__id__"


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelPart:
    """One panel.

    Attributes:
        id: What identifies it in its spec: its id, where it has one of its own.
        raw: The panel as the spec has it.
    """

    id: str
    raw: Any

    @property
    def fields(self) -> Mapping[str, Any]:
        """All its fields but the id."""
        return {name: item for name, item in mapping(self.raw).items() if name != _ID}


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionPart:
    """One section.

    Attributes:
        id: What identifies it in its spec: its id, where it has one of its own.
        raw: The section as the spec has it.
        panels: Its panels, in order.
    """

    id: str
    raw: Any
    panels: tuple[PanelPart, ...] = ()

    @property
    def fields(self) -> Mapping[str, Any]:
        """All its fields but the id and the panels."""
        unsaid = (_ID, "panels")
        return {name: item for name, item in mapping(self.raw).items() if name not in unsaid}

    @property
    def name(self) -> str:
        """Its heading."""
        return str(mapping(self.raw).get("name") or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A view spec.

    Attributes:
        settings: The spec without its sections, and without the first of its run sets.
        run_set: The first of its run sets.
        sections: Its sections, in order.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    run_set: Mapping[str, Any] = field(default_factory=dict)
    sections: tuple[SectionPart, ...] = ()

    @property
    def panels(self) -> Iterator[PanelPart]:
        """All panels, section by section."""
        for section in self.sections:
            yield from section.panels


def apart(spec: Spec) -> Parts:
    """Take a view spec apart; `together` gives it again.

    Raises:
        SpecError: It holds a list where W&B has an object, or the other way round, so that nobody
            can tell what stands in it.
    """
    _check_shape(spec)
    section = mapping(spec.get("section"))
    bank = mapping(section.get("panelBankConfig"))
    run_sets = section.get("runSets")
    run_set: Mapping[str, Any] = {}
    inside: dict[str, Any] = dict(section)
    if isinstance(run_sets, list) and run_sets and isinstance(run_sets[0], Mapping):
        run_set = run_sets[0]
        inside["runSets"] = run_sets[1:]
    listed = bank.get("sections")
    if not isinstance(listed, list):
        return Parts(settings={**spec, "section": inside}, run_set=run_set)
    inside["panelBankConfig"] = {**bank, "sections": None}
    names = _Names()
    return Parts(
        settings={**spec, "section": inside},
        run_set=run_set,
        sections=tuple(
            SectionPart(
                id=names.of(one, "section"),
                raw=one,
                panels=tuple(
                    PanelPart(id=names.of(panel, "panel"), raw=panel) for panel in _listed(one)
                ),
            )
            for one in listed
        ),
    )


def _check_shape(spec: Spec) -> None:
    section = _checked(spec, "section", dict)
    _checked(section, "runSets", list)
    _checked(_checked(section, "panelBankConfig", dict), "sections", list)


def _checked(value: Mapping[str, Any], name: str, wanted: type) -> Mapping[str, Any]:
    found = value.get(name)
    if found is not None and not isinstance(found, wanted):
        raise SpecError(
            f"the view spec's {name!r} is a {type(found).__name__}, where W&B has a "
            f"{wanted.__name__}",
            hint="Nobody can tell what stands in it, so it is left as it is.",
        )
    return mapping(found)


def together(
    settings: Mapping[str, Any], run_set: Mapping[str, Any], sections: Sequence[Any]
) -> Spec:
    """The view spec of its parts.

    Args:
        settings: As `Parts` has them.
        run_set: Likewise.
        sections: The sections as the spec has them.
    """
    section = dict(mapping(settings.get("section")))
    bank = dict(mapping(section.get("panelBankConfig")))
    bank["sections"] = list(sections)
    section["panelBankConfig"] = bank
    if run_set:
        others = section.get("runSets")
        section["runSets"] = [dict(run_set), *(others if isinstance(others, list) else ())]
    return {**settings, "section": section}


def section_of(part: SectionPart, fields: Mapping[str, Any], panels: Sequence[Any]) -> Any:
    """A section as a spec has it, with other fields and panels; its own fields first, as they were.

    Args:
        part: The section.
        fields: Its fields from now on.
        panels: Its panels from now on, as a spec has them.
    """
    if not isinstance(part.raw, Mapping):
        return part.raw
    result = _in_order(part.raw, fields)
    held = part.raw.get("panels")
    if panels or isinstance(held, list):
        result["panels"] = list(panels)
    return result


def panel_of(part: PanelPart, fields: Mapping[str, Any]) -> Any:
    """A panel as a spec has it, with other fields."""
    return _in_order(part.raw, fields) if isinstance(part.raw, Mapping) else part.raw


def _in_order(raw: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    kept = {
        name: item if name in (_ID, "panels") else fields[name]
        for name, item in raw.items()
        if name in fields or name in (_ID, "panels")
    }
    return {**kept, **fields}


def _listed(section: Any) -> list[Any]:
    panels = mapping(section).get("panels")
    return panels if isinstance(panels, list) else []


class _Names:
    """Gives each section and panel of a spec a name of its own."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def of(self, raw: Any, thing: str) -> str:
        own = mapping(raw).get(_ID)
        # A NUL stands in no id, so that these names never meet one.
        name = own if isinstance(own, str) and own else f"\0{thing}\0{fingerprint(raw)}"
        self._seen[name] += 1
        again = self._seen[name]
        return name if again == 1 else f"{name}\0{again}"
