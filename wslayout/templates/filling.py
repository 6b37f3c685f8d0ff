"""A template applied to the keys of a project: what its sections take, and its own panels."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from wslayout.errors import Problem, TemplateError
from wslayout.grouping.wanted import Wanted, WantedSection
from wslayout.inventory import MEDIA_KINDS
from wslayout.layout import Panel, PanelKind, TemplateUse, stable_id
from wslayout.patterns import search
from wslayout.suggest import did_you_mean, near
from wslayout.templates.checking import in_order, mark_at
from wslayout.templates.load import Loaded
from wslayout.templates.matching import FamiliesOf, Matching, said
from wslayout.templates.model import KeyMatcher, RestSection, SectionEntry
from wslayout.templates.panels import (
    AXES,
    BarPanel,
    LinePanel,
    MediaPanel,
    PanelBase,
    ParallelCoordinatesPanel,
    VerbatimPanel,
    operands,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What a template asks of a layout of some keys.

    Attributes:
        wanted: Its sections.
        notes: What a person should know: matchers that matched nothing.
        settings: Settings of the workspace.
        runs: Settings of its run set.
        verbatim: Parts of the view spec to write as they are.
        uses: The files that it is made of.
    """

    wanted: Wanted
    notes: tuple[str, ...]
    settings: Mapping[str, Any]
    runs: Mapping[str, Any]
    verbatim: Mapping[str, Any]
    uses: tuple[TemplateUse, ...]


class Client(Protocol):
    """What W&B's client refuses (`wslayout.wandb_api.spec`)."""

    def check_panel(self, panel: Panel) -> object:
        """Refuse a panel.

        Raises:
            TemplateError: It is refused.
        """

    def check_runs(self, runs: Mapping[str, Any]) -> object:
        """Refuse settings of a run set.

        Raises:
            TemplateError: They are refused.
        """


def fill(
    loaded: Loaded,
    drawable: Mapping[str, str],
    kinds: Mapping[str, str],
    families: FamiliesOf,
    *,
    source: str,
    client: Client,
) -> Filled:
    """Apply a template.

    Args:
        loaded: The template.
        drawable: The keys that matchers may take, each with its kind.
        kinds: All keys, each with its kind: a panel may name any of them.
        families: Gives the keys of each family by its label.
        source: What the keys were read from, for messages.
        client: Says what W&B's client refuses.

    Raises:
        TemplateError: A panel names metrics that are not there, and is not ``optional``, or W&B's
            client refuses something; it names all of that.
    """
    template = loaded.template
    filling = _Filling(loaded, Matching(drawable, families), kinds, source, client)
    sections = tuple(filling.section(place, entry) for place, entry in enumerate(template.sections))
    runs = template.runs.model_dump(exclude_none=True)
    if runs:
        place = ("runs", "filters") if "filters" in runs else ("runs",)
        filling.refused(place, lambda: client.check_runs(runs))
    if filling.problems:
        raise TemplateError.of(in_order(filling.problems))
    rest = template.rest
    one = rest.section if isinstance(rest, RestSection) else ""
    return Filled(
        wanted=Wanted(
            sections=sections,
            rest="section" if isinstance(rest, RestSection) else rest or "auto",
            rest_name=one,
        ),
        notes=tuple(map(str, filling.notes)),
        settings=template.settings.model_dump(exclude_none=True),
        runs=runs,
        verbatim=template.verbatim or {},
        uses=loaded.uses,
    )


class _Filling:
    def __init__(
        self,
        loaded: Loaded,
        matching: Matching,
        kinds: Mapping[str, str],
        source: str,
        client: Client,
    ) -> None:
        self._loaded = loaded
        self._matching = matching
        self._kinds = kinds
        self._source = source
        self._client = client
        self._claimed: set[str] = set()
        self._ids: set[str] = set()
        self.problems: list[Problem] = []
        self.notes: list[Problem] = []

    def section(self, place: int, entry: SectionEntry) -> WantedSection:
        """What one section takes of what those before it left."""
        matched = [
            key for number, one in enumerate(entry.match)
            for key in self._matched(place, number, entry, one)
        ]  # fmt: skip
        panels = [
            panel
            for number, one in enumerate(entry.panels)
            for panel in self._panel(("sections", place, "panels", number), entry.name, one)
        ]
        settings = entry.settings.model_dump(exclude_none=True) if entry.settings else {}
        if "x_axis" in settings and not self._has_axis(
            ("sections", place, "settings", "x_axis"), settings["x_axis"], optional=entry.optional
        ):
            del settings["x_axis"]
        keys = frozenset(matched) - self._claimed
        self._claimed |= keys
        grid = entry.grid
        return WantedSection(
            name=entry.name,
            keys=keys,
            panels=tuple(panels),
            reason=", ".join(map(said, entry.match)),
            is_open=entry.open,
            pinned=entry.pinned,
            columns=grid.columns if grid else None,
            rows=grid.rows if grid else None,
            priority=entry.priority,
            max_panels=entry.max_panels,
            by_regex=entry.large_families == "regex",
            after_rest=entry.after_rest,
            settings=settings,
            verbatim=entry.verbatim or {},
        )

    def _matched(
        self, place: int, number: int, entry: SectionEntry, matcher: str | KeyMatcher
    ) -> list[str]:
        found = self._matching.taken(matcher)
        optional = entry.optional or (isinstance(matcher, KeyMatcher) and matcher.optional)
        mark = mark_at(self._loaded.root, ("sections", place, "match", number))
        # What a template inherits need not fit every project; what its author wrote should.
        if not found and not optional and mark.file == self._loaded.label:
            text = said(matcher)
            message = f"{text} matches no metric of {self._source}"
            self.notes.append(Problem(mark, message, _nearest(text, self._kinds)))
        return found

    def _panel(
        self, location: Sequence[str | int], section: str, entry: str | PanelBase
    ) -> list[Panel]:
        missing = self._loaded.template.missing
        if isinstance(entry, str):
            if missing == "keep" or self._is_there(location, entry, is_needed=missing == "error"):
                return [self._of_key(section, entry)]
            return []
        there = self._there(location, entry)
        if there is None or (missing != "keep" and not self._fits(location, entry, there)):
            return []
        if (
            isinstance(entry, LinePanel)
            and entry.x is not None
            and not self._has_axis((*location, "x"), entry.x, optional=entry.optional)
        ):
            entry = entry.model_copy(update={"x": None})
        is_whole = set(there) == set(entry.metrics())
        panel = self._drawn(section, entry, there, is_whole=is_whole)
        if isinstance(entry, LinePanel) and self._draws_nothing(location, entry, panel):
            return []
        self.refused(location, lambda: self._client.check_panel(panel))
        return [panel]

    def _there(self, location: Sequence[str | int], entry: PanelBase) -> list[str] | None:
        """The metrics of a panel that are there; None where it can't be drawn without others."""
        missing = self._loaded.template.missing
        named = list(dict.fromkeys(entry.metrics()))
        there = [key for key in named if key in self._kinds or missing == "keep"]
        if missing == "error" and not entry.optional:
            lost = [key for key in named if not self._is_there(location, key)]
            return None if lost else there
        is_enough = len(there) == len(named) or (there and isinstance(entry, _LISTS))
        return there if is_enough else None

    def _fits(self, location: Sequence[str | int], entry: PanelBase, there: Sequence[str]) -> bool:
        """Whether a panel can draw what its metrics are."""
        if isinstance(entry, VerbatimPanel):
            return True
        before = len(self.problems)
        for key in there:
            if (kind := self._kinds[key]) in _NOT_DRAWN_BY[entry.draws]:
                mark = mark_at(self._loaded.root, location)
                said = f"a panel of type {entry.type} can't draw {key!r}, which is of kind {kind}"  # type: ignore[attr-defined]  # all panels have one
                self.problems.append(
                    Problem(mark, said, "The metric alone is drawn as its kind is.")
                )
        return len(self.problems) == before

    def _has_axis(self, location: Sequence[str | int], key: str, *, optional: bool) -> bool:
        """Whether runs have an x-axis; its author is told where none has, and it must be there."""
        missing = self._loaded.template.missing
        kind = self._kinds.get(key)
        is_there = kind is not None and kind not in _NOT_DRAWN_BY["number"]
        if is_there or key in AXES or missing == "keep":
            return True
        mark = mark_at(self._loaded.root, location)
        # What a template inherits need not fit every project.
        if optional or missing == "drop" or mark.file != self._loaded.label:
            return False
        said = f"{self._source} has no number {key!r} for an x-axis"
        self.problems.append(Problem(mark, said, did_you_mean(key, self._kinds)))
        return False

    def _draws_nothing(self, location: Sequence[str | int], entry: LinePanel, panel: Panel) -> bool:
        """Whether all that a panel draws is a pattern that matches nothing."""
        if panel.keys or not entry.metric_regex or entry.custom_expressions:
            return False
        if self._loaded.template.missing == "keep":
            return False
        if not entry.optional:
            mark = mark_at(self._loaded.root, (*location, "metric_regex"))
            said = f"{entry.metric_regex} matches no number of {self._source}"
            self.notes.append(Problem(mark, said))
        return True

    def refused(self, location: Sequence[str | int], check: Callable[[], object]) -> None:
        """Note what W&B's client refuses, at its place."""
        try:
            check()
        except TemplateError as error:
            mark = mark_at(self._loaded.root, location)
            self.problems.append(Problem(mark, str(error), error.hint))

    def _is_there(self, location: Sequence[str | int], key: str, *, is_needed: bool = True) -> bool:
        if key in self._kinds:
            return True
        if not is_needed:
            return False
        mark = mark_at(self._loaded.root, location)
        like = near(key, self._kinds)
        meant = f"Did you mean {' or '.join(like)}? Otherwise" if like else "For that"
        hint = f"{meant} say `optional: true` in the panel."
        self.problems.append(Problem(mark, f"{self._source} has no metric {key!r}", hint))
        return False

    def _of_key(self, section: str, key: str) -> Panel:
        """The panel of a key that stands alone: as its kind is drawn."""
        kind = self._kinds.get(key, "number")
        drawn: PanelKind = {"number": "line", "table": "table"}.get(kind, "media")  # type: ignore[assignment]  # they are kinds of panels
        return Panel(
            id=self._id("template", section, key),
            kind=drawn,
            title=key,
            keys=(key,),
            family=key,
            reason="named in the template",
        )

    def _drawn(
        self, section: str, entry: PanelBase, there: Sequence[str], *, is_whole: bool
    ) -> Panel:
        kind: PanelKind = entry.type  # type: ignore[attr-defined]  # all panels have one
        settings = entry.drawing() if is_whole else _only(entry, there)
        keys = tuple(there)
        title = settings.get("title") or ", ".join(keys) or kind.replace("_", " ")
        if isinstance(entry, LinePanel) and entry.metric_regex:
            numbers = sorted(key for key, of in self._kinds.items() if of == "number")
            keys = tuple(dict.fromkeys([*keys, *search(entry.metric_regex, numbers)]))
            title = settings.get("title") or entry.metric_regex
        return Panel(
            id=self._own_id(entry, section, kind, title, keys),
            kind=kind,
            title=title,
            keys=keys,
            family=title,
            reason="named in the template",
            settings=settings,
            place=None if entry.layout is None else entry.layout.model_dump(),
        )

    def _own_id(
        self, entry: PanelBase, section: str, kind: str, title: str, keys: Sequence[str]
    ) -> str:
        if entry.id is None or entry.id in self._ids:
            return self._id("template", section, kind, title, *keys)
        self._ids.add(entry.id)
        return entry.id

    def _id(self, *parts: str) -> str:
        """An id that stays while the panel says the same, also if its twin stands beside it."""
        again = 0
        while (found := stable_id(*parts, *([str(again)] if again else []))) in self._ids:
            again += 1
        self._ids.add(found)
        return found


def _nearest(pattern: str, keys: Iterable[str]) -> str:
    """A sentence with the keys, or the prefixes, most like a pattern."""
    prefix, slash, _ = pattern.partition("/")
    prefixes = {key.partition("/")[0] for key in keys if "/" in key}
    if slash and "*" in pattern and prefix not in prefixes and not _SPECIAL.search(prefix):
        found = [f"{one}/" for one in near(prefix, sorted(prefixes))]
        return f"The nearest prefixes are {', '.join(found)}." if found else ""
    found = near(pattern.replace("*", "").replace("regex:", ""), keys)
    return f"The nearest keys are {', '.join(found)}." if found else ""


_SPECIAL: Final = re.compile(r"[*?\[\]{}\\:]")


def _only(entry: PanelBase, there: Sequence[str]) -> dict[str, Any]:
    """What an optional panel draws, of the metrics that are there."""
    kept = set(there)
    drawing = entry.drawing()
    for name in _METRIC_LISTS & drawing.keys():
        drawing[name] = [key for key in drawing[name] if key in kept]
    if isinstance(entry, ParallelCoordinatesPanel):
        drawing["columns"] = [
            column for column in drawing["columns"] if kept.issuperset(operands(column["metric"]))
        ]
    return drawing


_LISTS: Final = (LinePanel, BarPanel, MediaPanel, ParallelCoordinatesPanel)
"""Panels that make sense without some of their metrics."""

_NOT_DRAWN_BY: Final = {
    "number": MEDIA_KINDS | {"table", "string"},
    "media": frozenset({"number", "table", "string"}),
    "table": MEDIA_KINDS | {"number", "string"},
}
"""Kinds of metrics that panels can't draw; what is of no known kind may be anything."""

_METRIC_LISTS: Final = frozenset({"y", "metrics", "media_keys"})
