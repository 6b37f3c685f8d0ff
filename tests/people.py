"""People who edit a saved view in the browser, and remember what they did.

`People` changes a raw view spec as W&B's app does, one edit at a time, and afterwards says of any
later spec which of these edits it has lost.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from wslayout.publish.merging import Base
from wslayout.wandb_api.rawspec import fingerprint

Spec = dict[str, Any]
Draw = Callable[[st.SearchStrategy[Any]], Any]


def sections_of(spec: Spec) -> list[dict[str, Any]]:
    """The sections of a raw spec."""
    listed: list[dict[str, Any]] = spec["section"]["panelBankConfig"]["sections"]
    return listed


def panels_of(spec: Spec) -> dict[str, tuple[str, dict[str, Any]]]:
    """All panels by id, each with its section's id."""
    return {
        panel["__id__"]: (section["__id__"], panel)
        for section in sections_of(spec)
        for panel in section["panels"]
    }


@dataclass
class People:
    """Edits of a view, and what must be left of them.

    Attributes:
        spec: The view as it is now.
        panels: What people set of panels that are not theirs: by id and path.
        moved: The section that they put a panel in, by id.
        own: Panels that they made, by id: section and content.
        sections: What they set of sections, by id and field.
        own_sections: Sections that they made.
        gone: Ids that they took away.
        orders: The order that they gave the panels of a section (or, under "", the sections).
        elsewhere: What they set outside the sections, by path.
        done: What they did, in words.
    """

    spec: Spec
    panels: dict[tuple[str, tuple[str, ...]], Any] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    own: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    sections: dict[tuple[str, str], Any] = field(default_factory=dict)
    own_sections: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    orders: dict[str, list[str]] = field(default_factory=dict)
    elsewhere: dict[tuple[str, ...], Any] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    _count: int = 0

    def edit(self, draw: Draw) -> None:
        """Do one thing, whichever is drawn."""
        edits = [name for name in dir(self) if name.startswith("edit_")]
        name = draw(st.sampled_from(edits))
        self._count += 1
        getattr(self, name)(draw)
        self.done.append(name)

    # Panels

    def edit_add_panel(self, draw: Draw) -> None:
        section = self._a_section(draw)
        if section is None:
            return
        kind = draw(st.sampled_from(["Run History Line Plot", "Panel Of The Year 2031"]))
        name = f"own{self._count}"
        panel = {"__id__": name, "viewType": kind, "config": {"metrics": [name]}, "key": name}
        place = draw(st.integers(0, len(section["panels"])))
        section["panels"].insert(place, panel)
        self.own[name] = (section["__id__"], copy.deepcopy(panel))

    def edit_delete_panel(self, draw: Draw) -> None:
        found = self._a_panel(draw)
        if found is None:
            return
        section, panel = found
        section["panels"].remove(panel)
        self._forget(panel["__id__"])

    def edit_move_panel(self, draw: Draw) -> None:
        found, target = self._a_panel(draw), self._a_section(draw)
        if found is None or target is None or found[0] is target:
            return
        section, panel = found
        section["panels"].remove(panel)
        target["panels"].insert(draw(st.integers(0, len(target["panels"]))), panel)
        name = panel["__id__"]
        for order in self.orders.values():
            if name in order:
                order.remove(name)
        if name in self.own:
            self.own[name] = (target["__id__"], self.own[name][1])
        else:
            self.moved[name] = target["__id__"]

    def edit_retitle_panel(self, draw: Draw) -> None:
        self._set_panel(draw, ("config", "chartTitle"), f"My title {self._count}")

    def edit_log_axis(self, draw: Draw) -> None:
        self._set_panel(draw, ("config", "logAxis"), f"log {self._count}")

    def edit_metrics(self, draw: Draw) -> None:
        self._set_panel(draw, ("config", "metrics"), [f"my/metric{self._count}"])

    def edit_resize_panel(self, draw: Draw) -> None:
        self._set_panel(draw, ("layout", "w"), 100 + self._count)

    def edit_file_config(self, draw: Draw) -> None:
        self._register(draw, "panelConfigOverrides", {"chartTitle": f"filed {self._count}"})

    def edit_file_placement(self, draw: Draw) -> None:
        self._register(draw, "panelPlacementOverrides", {"index": self._count})

    def edit_order_panels(self, draw: Draw) -> None:
        section = self._a_section(draw)
        if section is None:
            return
        before = [panel["__id__"] for panel in section["panels"]]
        section["panels"].sort(key=_shuffled(before, draw))
        order = [panel["__id__"] for panel in section["panels"]]
        if order != before:
            self.orders[section["__id__"]] = order

    # Sections

    def edit_add_section(self, draw: Draw) -> None:
        name = f"sec{self._count}"
        section = {"__id__": name, "name": f"My section {self._count}", "isOpen": True}
        section |= {"panels": [], "type": "flow", "unknown": self._count}
        sections = sections_of(self.spec)
        sections.insert(draw(st.integers(0, len(sections))), section)
        self.own_sections.add(name)

    def edit_delete_section(self, draw: Draw) -> None:
        section = self._a_section(draw)
        if section is None:
            return
        sections_of(self.spec).remove(section)
        for panel in section["panels"]:
            self._forget(panel["__id__"])
        name = section["__id__"]
        self.gone.add(name)
        self.own_sections.discard(name)
        self.orders.pop(name, None)
        for key in [key for key in self.sections if key[0] == name]:
            del self.sections[key]

    def edit_rename_section(self, draw: Draw) -> None:
        self._set_section(draw, "name", f"My heading {self._count}")

    def edit_fold(self, draw: Draw) -> None:
        self._set_section(draw, "isOpen", draw(st.booleans()))

    def edit_pin(self, draw: Draw) -> None:
        self._set_section(draw, "pinned", draw(st.booleans()))

    def edit_resize_section(self, draw: Draw) -> None:
        section = self._a_section(draw)
        if section is not None:
            flow = section.setdefault("flowConfig", {})
            flow["columnsPerPage"] = 100 + self._count
            self.sections[section["__id__"], "flowConfig.columnsPerPage"] = 100 + self._count

    def edit_order_sections(self, draw: Draw) -> None:
        sections = sections_of(self.spec)
        before = [section["__id__"] for section in sections]
        sections.sort(key=_shuffled(before, draw))
        order = [section["__id__"] for section in sections]
        if order != before:
            self.orders[""] = order

    # The view

    def edit_filters(self, draw: Draw) -> None:
        self._set_elsewhere(("section", "runSets", "0", "filters"), {"op": f"OR{self._count}"})

    def edit_search(self, draw: Draw) -> None:
        self._set_elsewhere(("section", "runSets", "0", "search"), {"query": f"q{self._count}"})

    def edit_column_width(self, draw: Draw) -> None:
        name = draw(st.sampled_from(["run:lr", "summary:loss"]))
        path = ("section", "runSets", "0", "runFeed", "columnWidths", name)
        self._set_elsewhere(path, self._count)

    def edit_colour(self, draw: Draw) -> None:
        self._set_elsewhere(("section", "customRunColors", f"run{self._count}"), "#123456")

    def edit_smoothing(self, draw: Draw) -> None:
        self._set_elsewhere(("section", "settings", "smoothingWeight"), 100 + self._count)

    def edit_unknown(self, draw: Draw) -> None:
        where = draw(st.sampled_from([(), ("section",), ("section", "panelBankConfig")]))
        self._set_elsewhere((*where, f"unknown{self._count}"), [{"a": None, "b": 1.5}])

    # What is left

    def lost(self, spec: Spec) -> list[str]:
        """What a spec has lost of the edits, in words."""
        return [*self._lost_of_panels(spec), *self._lost_of_sections(spec), *self._lost_else(spec)]

    def _lost_of_panels(self, spec: Spec) -> Iterator[str]:
        found = panels_of(spec)
        for (name, path), value in self.panels.items():
            if name not in found or _at(found[name][1], path) != value:
                yield f"{path} of the panel {name}"
        for name, section in self.moved.items():
            if name not in found or found[name][0] != section:
                yield f"the place of the panel {name}"
        for name, own in self.own.items():
            if found.get(name) != own:
                yield f"the own panel {name}"

    def _lost_of_sections(self, spec: Spec) -> Iterator[str]:
        sections = {section["__id__"]: section for section in sections_of(spec)}
        for (name, attribute), value in self.sections.items():
            weak = attribute == "isOpen" and name not in sections
            now = _at(sections.get(name, {}), tuple(attribute.split(".")))
            if not weak and (name not in sections or now != value):
                yield f"{attribute} of the section {name}"
        yield from (f"the own section {name}" for name in self.own_sections - sections.keys())
        for section, order in self.orders.items():
            listed = sections_of(spec) if not section else sections.get(section, {}).get("panels")
            if not _in_the_order([one["__id__"] for one in listed or ()], order):
                yield f"the order in {section or 'the view'}"

    def _lost_else(self, spec: Spec) -> Iterator[str]:
        there = panels_of(spec).keys() | {section["__id__"] for section in sections_of(spec)}
        yield from (f"that {name} was taken away" for name in sorted(self.gone & there))
        for path, value in self.elsewhere.items():
            if _at(spec, path) != value:
                yield ".".join(path)

    def agree_with(self, layout: Spec) -> None:
        """Forget what a new layout says just so: from then on it is the layout's."""
        panels = panels_of(layout)
        sections = {section["__id__"]: section for section in sections_of(layout)}
        for name, attribute in list(self.sections):
            value = self.sections[name, attribute]
            now = _at(sections.get(name, {}), tuple(attribute.split(".")))
            if name in sections and now == value:
                del self.sections[name, attribute]
        for name, section in list(self.moved.items()):
            if name in panels and panels[name][0] == section:
                del self.moved[name]
        for section, order in list(self.orders.items()):
            if section and section not in sections:
                # The layout has it no more: when it comes back, its panels are new.
                new = order if section in {one["__id__"] for one in sections_of(self.spec)} else []
            else:
                listed = sections[section]["panels"] if section else sections_of(layout)
                new = [one["__id__"] for one in listed]
            if _in_the_order(new, order):
                del self.orders[section]

    def put_back(self, base: Base) -> None:
        """Forget what they put back as wslayout had written it: nobody can tell that from none."""
        self.forget_orders(base, self.spec)
        for name, section in list(self.moved.items()):
            if name in base.panels and base.panels[name].section == section:
                del self.moved[name]
        for (name, attribute), value in list(self.sections.items()):
            if _at(base.sections.get(name), tuple(attribute.split("."))) == fingerprint(value):
                del self.sections[name, attribute]

    def forget_orders(self, base: Base, spec: Spec) -> None:
        """Forget the orders in which all that a spec still has stands as wslayout had written it.

        Who moved a section above another one that is gone has not ordered those that are left.
        """
        left = panels_of(spec).keys() | {section["__id__"] for section in sections_of(spec)}
        for section, order in list(self.orders.items()):
            written = base.panels_of(section) if section else list(base.sections)
            if _in_the_order([name for name in written if name in left], order):
                del self.orders[section]

    def forget_what_is_no_more(self) -> None:
        """Forget the places of what is gone, and that it was folded: that alone keeps nothing."""
        there = {section["__id__"] for section in sections_of(self.spec)}
        names = there | panels_of(self.spec).keys()
        for order in self.orders.values():
            order[:] = [name for name in order if name in names]
        for name, attribute in list(self.sections):
            if attribute == "isOpen" and name not in there:
                del self.sections[name, attribute]

    def touched(self) -> set[str]:
        """Ids of panels of which people changed anything."""
        return {name for name, _ in self.panels} | self.moved.keys() | self._filed()

    def _filed(self) -> set[str]:
        return {
            path[-1].rpartition(":")[2] for path in self.elsewhere if "Overrides" in path[-2:][0]
        }

    def _a_section(self, draw: Draw) -> dict[str, Any] | None:
        sections = sections_of(self.spec)
        return sections[draw(st.integers(0, len(sections) - 1))] if sections else None

    def _a_panel(self, draw: Draw) -> tuple[dict[str, Any], dict[str, Any]] | None:
        found = [(one, panel) for one in sections_of(self.spec) for panel in one["panels"]]
        return found[draw(st.integers(0, len(found) - 1))] if found else None

    def _set_panel(self, draw: Draw, path: tuple[str, ...], value: Any) -> None:
        found = self._a_panel(draw)
        if found is None:
            return
        panel = found[1]
        _put(panel, path, value)
        name = panel["__id__"]
        if name in self.own:
            self.own[name] = (self.own[name][0], copy.deepcopy(panel))
        else:
            self.panels[name, path] = value

    def _register(self, draw: Draw, register: str, value: Any) -> None:
        found = self._a_panel(draw)
        if found is not None:
            name = f"__custom_panel__:{found[1]['__id__']}"
            self._set_elsewhere(("section", "panelBankConfig", register, name), value)

    def _set_section(self, draw: Draw, attribute: str, value: Any) -> None:
        section = self._a_section(draw)
        if section is not None:
            self._put_section(section, attribute, value)

    def _put_section(self, section: dict[str, Any], attribute: str, value: Any) -> None:
        if section.get(attribute) == value:
            return
        section[attribute] = value
        self.sections[section["__id__"], attribute] = value

    def _set_elsewhere(self, path: tuple[str, ...], value: Any) -> None:
        _put(self.spec, path, value)
        self.elsewhere[path] = value

    def _forget(self, panel: str) -> None:
        self.gone.add(panel)
        self.own.pop(panel, None)
        self.moved.pop(panel, None)
        for key in [key for key in self.panels if key[0] == panel]:
            del self.panels[key]


def _in_the_order(names: list[str], order: list[str]) -> bool:
    common = set(names) & set(order)
    return [one for one in names if one in common] == [one for one in order if one in common]


def _shuffled(names: list[str], draw: Draw) -> Callable[[dict[str, Any]], int]:
    order = draw(st.permutations(range(len(names))))
    places = dict(zip(names, order, strict=True))
    return lambda one: places[one["__id__"]]


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        if isinstance(value, list):
            value = value[int(step)]
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def _put(value: Any, path: tuple[str, ...], new: Any) -> None:
    *above, last = path
    for step in above:
        value = value[int(step)] if isinstance(value, list) else value.setdefault(step, {})
    value[last] = new
