"""Why a key is where it is, in plain sentences, and what would change that.

Nothing is decided here: `engine.decide` did, and this tells what it weighed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from wslayout.grouping.choice import UNKNOWN, choose, lane_of
from wslayout.grouping.engine import Decisions, decide, lanes_of
from wslayout.grouping.explanation import Explanation, listed, option
from wslayout.grouping.families import Family
from wslayout.grouping.options import GroupBy, Options
from wslayout.grouping.panels import evenly_spaced, panel_of, section_of
from wslayout.grouping.ruled_out import ruled_out
from wslayout.grouping.sections import OVERVIEW, Group, Grouping
from wslayout.grouping.selecting import no_such_key, select
from wslayout.grouping.topics import headline_rank
from wslayout.grouping.tree import First
from wslayout.grouping.vocabulary import Vocabulary, load_vocabulary
from wslayout.grouping.wanted import Wanted, WantedSection
from wslayout.grouping.weights import load_settings
from wslayout.inventory import Inventory
from wslayout.layout import Budgets, Panel

_PLAIN: Final = Options()
_SHALLOW: Final = 2
"""Parts of a name that nobody finds many."""


def explain(
    inventory: Inventory,
    budgets: Budgets,
    options: Options = _PLAIN,
    keys: Iterable[str] = (),
    *,
    known: Collection[str] = (),
) -> list[Explanation]:
    """Explain where `lay_out`, called with the same arguments, puts some keys.

    Args:
        inventory: The metric keys.
        budgets: How large the workspace may become.
        options: What else was asked for.
        keys: The keys to explain.
        known: Ids of sections that the live view has, which are kept on near ties.

    Returns:
        One explanation a key, in their order.

    Raises:
        SourceError: One of the keys, or a key or a pattern in the options, fits no key of the
            inventory.
    """
    keys = list(keys)
    kinds = inventory.kinds
    for key in keys:
        if key not in kinds:
            raise no_such_key(inventory, key, "to explain")
    left_out = select(inventory, options, load_vocabulary()).left_out
    refused = {key: left.reason for left in left_out for key in left.keys}
    explainer = None
    named = _named_panels(options.wanted)
    found: list[Explanation] = []
    for key in keys:
        if key in named:
            explainer = explainer or _explainer(inventory, budgets, options, known)
            found.append(explainer.in_its_section(named[key]))
        elif key in refused:
            found.append(ruled_out(key, kinds[key], refused[key], inventory, options))
        else:
            # The engine has no layout of nothing, so it is asked only about keys that it places.
            explainer = explainer or _explainer(inventory, budgets, options, known)
            found.append(explainer.explained(key))
    return found


def _named_panels(wanted: Wanted) -> dict[str, Explanation]:
    """What there is to say of the keys that a template's own panels draw."""
    return {
        key: Explanation(
            key=key,
            placed="shown",
            section=section.name,
            panel=panel.title,
            family=panel.family,
            family_keys=len(panel.keys),
            reasons=(f"The template names it in a panel of its section {section.name!r}.",),
        )
        for section in reversed(wanted.sections)
        for panel in reversed(section.panels)
        for key in panel.keys
    }


def _explainer(
    inventory: Inventory, budgets: Budgets, options: Options, known: Collection[str]
) -> _Explainer:
    vocabulary, settings = load_vocabulary(), load_settings()
    decided = decide(inventory, budgets, options, known=known)
    # `choose` takes the best first, so a family's rank is the budget that would let it in.
    order = choose(
        decided.families,
        decided.facts,
        vocabulary,
        settings.value,
        panels=len(decided.families),
        pins=options.pins,
        lanes=lanes_of(decided.claimed.owner, options.wanted, settings.value),
    )
    before: Counter[tuple[str, str]] = Counter()
    ranks: dict[str, tuple[int, int]] = {}
    for rank, family in enumerate(order, 1):
        ranks[family.signature] = rank, before[lane_of(family)]
        before[lane_of(family)] += 1

    @cache
    def drawn_with(lines: int) -> frozenset[str]:
        wider = replace(budgets, lines_per_panel=lines)
        chosen = decide(inventory, wider, options, known=known).chosen
        drawn = (evenly_spaced(family.keys, lines, options.pins) for family in chosen)
        return frozenset(key for keys in drawn for key in keys)

    @cache
    def placed_by(by: GroupBy) -> Mapping[str, str]:
        grouping = decide(inventory, budgets, replace(options, group_by=by), known=known).grouping
        return {family.signature: one.id for one in grouping.groups for family in one.families}

    numbers = [key for key, kind in decided.selection.kinds.items() if kind == "number"]

    def drawn(group: Group) -> tuple[Panel, ...]:
        """The panels of a section's families, without those that a template names."""
        section = section_of(
            group, decided.facts, {}, budgets.lines_per_panel, options.pins, numbers
        )
        return section.panels[group.size - len(group.families) :]

    return _Explainer(
        budgets=budgets,
        options=options,
        decided=decided,
        vocabulary=vocabulary,
        families={key: family for family in order for key in family.keys},
        ranks=ranks,
        groups={
            family.signature: group
            for group in decided.grouping.groups
            for family in group.families
        },
        panels={
            family.signature: panel
            for group in decided.grouping.groups
            for family, panel in zip(group.families, drawn(group), strict=True)
        },
        runs_unknown=frozenset(key for key, runs in inventory.rows("key", "runs") if runs is None),
        kinds_differ=len({family.kind for family in decided.families}) > 1,
        dropped=frozenset(decided.claimed.dropped),
        beyond=frozenset(decided.claimed.beyond),
        drawn_with=drawn_with,
        placed_by=placed_by,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Explainer:
    """Explains keys that may have a panel.

    Attributes:
        budgets: How large the workspace may become.
        options: What else was asked for.
        decided: What the engine decided.
        vocabulary: The words that it knows.
        families: By key its family.
        ranks: By signature a family's rank, and how many of its lane come before it.
        groups: By signature the section of a family that has a panel.
        panels: By signature that panel.
        runs_unknown: Keys of which nobody knows in how many runs they are.
        kinds_differ: Whether there are panels of several kinds.
        dropped: Keys that no section of a template takes, where it wants no others.
        beyond: Keys beyond what their section may hold, likewise.
        drawn_with: Gives the keys that are drawn where panels may draw so many.
        placed_by: Gives by signature the id of the section, with sections by prefix or by topic.
    """

    budgets: Budgets
    options: Options
    decided: Decisions
    vocabulary: Vocabulary
    families: dict[str, Family]
    ranks: dict[str, tuple[int, int]]
    groups: dict[str, Group]
    panels: dict[str, Panel]
    runs_unknown: frozenset[str]
    kinds_differ: bool
    dropped: frozenset[str]
    beyond: frozenset[str]
    drawn_with: Callable[[int], frozenset[str]]
    placed_by: Callable[[GroupBy], Mapping[str, str]]

    def explained(self, key: str) -> Explanation:
        """Where a key is, and why."""
        if key in self.dropped:
            why = "No section of the template takes it, and the template drops the rest."
            return Explanation(key=key, placed="left out", reasons=(why,))
        if key in self.beyond:
            why = "The template's section for it may hold no more panels, and there is no rest."
            return Explanation(key=key, placed="left out", reasons=(why,))
        family = self.families[key]
        group = self.groups.get(family.signature)
        panel = self.panels.get(family.signature) or self.missing(family)
        is_drawn = key in panel.keys
        reasons = [*_why_together(family), *self.drawn(key, family, panel.keys)]
        crowded = self.decided.grouping.crowded
        owner = self.decided.claimed.owner.get(family.signature)
        section = "" if owner is None else self.options.wanted.sections[owner].name
        is_chosen = any(one.signature == family.signature for one in self.decided.chosen)
        if group is None and is_chosen and section in crowded:
            most = self.budgets.sections
            reasons.append(
                f"The template's section {section!r} takes it, for which there is no room: "
                f"{most} at most."
            )
            advice = [f"`--sections {self.decided.grouping.enough}` makes room for it."]
        elif group is None:
            reasons += self.rank(family) + self.pinned(key, family)
            advice = self.ways_in(key, family, is_drawn=is_drawn)
        else:
            reasons += self.rank(family) + self.pinned(key, family)
            reasons += self.section(family, group)
            advice = self.ways_to_change(key, family, group, is_drawn=is_drawn)
        return Explanation(
            key=key,
            placed="left out" if group is None else "shown" if is_drawn else "represented",
            section=None if group is None else group.name,
            panel=None if group is None else panel.title,
            family=family.label,
            family_keys=len(family.keys),
            reasons=tuple(reasons),
            advice=tuple(advice),
        )

    def missing(self, family: Family) -> Panel:
        """The panel that a family would have."""
        lines, pins = self.budgets.lines_per_panel, self.options.pins
        return panel_of(family, "", self.decided.facts, {}, lines, pins)

    def in_its_section(self, told: Explanation) -> Explanation:
        """What is said of a panel that the template names, by its section's own heading."""
        names = {
            group.wanted.name: group.name
            for group in self.decided.grouping.groups
            if group.wanted is not None
        }
        return replace(told, section=names.get(told.section or "", told.section))

    def drawn(self, key: str, family: Family, drawn: Sequence[str]) -> list[str]:
        """Which keys the panel draws, where these are not all."""
        if len(drawn) == len(family.keys):
            return []
        spread = ", evenly spaced with both ends" if len(drawn) > 1 else ""
        if not set(self.options.pins).isdisjoint(drawn):
            spread = ", with those that are pinned"
        draws, stands = "draws", "stands"
        if family.signature not in self.groups:
            draws, stands = "would draw", "would stand"
        count = f"Of its {len(family.keys):,} keys the panel {draws} {len(drawn):,}"
        lines = [f"{count}{spread}: {listed(drawn, family.label)}."]
        return (
            lines
            if key in drawn
            else [*lines, f"The panel {stands} for this key without drawing it."]
        )

    def rank(self, family: Family) -> list[str]:
        """A family's place among all, and what counted for and against it."""
        total, shown = len(self.ranks), len(self.decided.chosen)
        if total == 1:
            return ["There is no other panel."]
        is_, but = ("is", "and") if family.signature in self.groups else ("would be", "but")
        room = "all" if shown == total else f"{shown:,}"
        rank, _ = self.ranks[family.signature]
        place = f"number {rank:,} of {total:,} by value"
        whys = (("higher", self.merits(family)), ("lower", self.flaws(family)))
        return [
            f"Its panel {is_} {place}, {but} there is room for {room}.",
            *(f"The panel ranks {way} because {_spoken(why)}." for way, why in whys if why),
        ]

    def merits(self, family: Family) -> list[str]:
        """What made a family's rank higher."""
        facts = [self.decided.facts.get(key, UNKNOWN) for key in family.keys]
        it = "it" if len(facts) == 1 else "one of its keys"
        merits = {
            "its name ends in a headline word": self.is_headline(family),
            f"every run has {it}": self.share(family) == 1,
            "runs log it more than once": any((fact.points or 0) > 1 for fact in facts),
            "numbers come before media and tables": self.kinds_differ and family.kind == "number",
            "it shows several splits": family.slot == "split",
            "it shows several statistics": family.slot == "statistic",
            "it shows several categories": family.slot == "category",
        }
        return [merit for merit, counts in merits.items() if counts]

    def flaws(self, family: Family) -> list[str]:
        """What made a family's rank lower."""
        facts = [self.decided.facts.get(key, UNKNOWN) for key in family.keys]
        it = "it" if len(facts) == 1 else "any of its keys"
        share, parts = self.share(family), len(family.path)
        _, before = self.ranks[family.signature]
        prefix, kind = lane_of(family)
        panel = f"{kind} panel" if self.kinds_differ else "panel"
        lane = f"of {prefix!r}" if prefix else "without a prefix"
        rivals = f"1 {panel} {lane} comes" if before == 1 else f"{before:,} {panel}s {lane} come"
        flaws = {
            f"only {_percent(share or 0)} of runs have {it}": share is not None and share < 1,
            "runs log it only once": all(fact.points in (0, 1) for fact in facts),
            "it is about time, throughput or memory": self.is_plumbing(family),
            "its values never change": all(fact.constant for fact in facts),
            "media come after numbers": self.kinds_differ and family.kind == "media",
            "tables come last": self.kinds_differ and family.kind == "table",
            f"its name has {parts} parts": parts > _SHALLOW,
            f"{rivals} first": before > 0,
        }
        return [flaw for flaw, counts in flaws.items() if counts]

    def fits(self, key: str, lines: int) -> bool:
        """Whether a key would be drawn if panels could draw so many: other families may form."""
        family = self.families[key]
        return family.kind != "table" and key in self.drawn_with(lines)

    def is_plumbing(self, family: Family) -> bool:
        """Whether it is worth less for what its words tell of."""
        return not (self.is_headline(family) or self.vocabulary.plumbing.isdisjoint(family.row))

    def is_headline(self, family: Family) -> bool:
        """Whether people look at it first."""
        return headline_rank(family.name, self.vocabulary) is not None

    def share(self, family: Family) -> float | None:
        """The share of runs that have a key of it, None where not known."""
        if not self.runs_unknown.isdisjoint(family.keys):
            return None
        return max(self.decided.facts[key].share for key in family.keys)

    def pinned(self, key: str, family: Family) -> list[str]:
        """What a pin did to the rank."""
        pins = [pin for pin in self.options.pins if pin in family.keys]
        if not pins:
            return []
        pin = "It" if key in pins else pins[0]
        return [f"{pin} is pinned, which puts its panel before those that are not."]

    def section(self, family: Family, group: Group) -> list[str]:
        """Why a panel stands in its section."""
        groups = self.decided.grouping.groups
        if group.place == OVERVIEW:
            why = "It fills the Overview up, since no section has a single panel."
            if len(groups) == 1:
                why = "The panels are so few that one section holds them all."
            elif not set(self.options.pins).isdisjoint(family.keys):
                why = "The Overview begins with what is pinned."
            elif family.kind == "number" and self.is_headline(family):
                why = "The Overview takes the best headline metrics from all sections."
            return [why]
        if group.wanted is not None:
            return [self.taken(family, group.name, group.wanted)]
        why = f"Section {group.name!r} holds {group.reason}."
        if family.signature == group.adopted:
            why = f"It fits no section and can't be one alone, so {group.name!r} took it in."
        elif group.reason == f"the prefix {group.name!r}":
            why = f"Its prefix {group.name!r} has a section of its own."
        return [why, self.cut()] if len(groups) > 1 else [why]

    def taken(self, family: Family, heading: str, section: WantedSection) -> str:
        """Why a panel stands in a section of the template."""
        place = self.decided.claimed.owner.get(family.signature)
        owner = None if place is None else self.options.wanted.sections[place]
        if owner is None or owner.name != section.name:
            return f"It would stand alone otherwise, so the template's {heading!r} took it in."
        return f"The template gives section {heading!r} what matches {owner.reason}."

    def cut(self) -> str:
        """Which of the two trees was cut, and what each costs."""
        grouping = self.decided.grouping
        by, other = _by(grouping)
        if grouping.other is None:
            return f"Sections go by {by}, as `--group-by {by}` asks."
        panels = sum(len(group.families) for group in grouping.groups if group.place != OVERVIEW)
        ours, theirs = (f"{cost / panels:.1f}" for cost in (grouping.cost, grouping.other))
        text = f"Sections go by {by}, where finding a panel takes {ours} headings and panels, "
        text += f"weighted; by {other} it would take {'as many' if ours == theirs else theirs}"
        if grouping.other < grouping.cost and ours != theirs:
            text += ", which is not enough less to leave the prefixes that people wrote"
        return f"{text}."

    def ways_in(self, key: str, family: Family, *, is_drawn: bool) -> list[str]:
        """What brings in a key that is over the budget."""
        rank, _ = self.ranks[family.signature]
        then = "" if is_drawn else ", which stands for it without drawing it"
        named = sum(len(one.panels) for one in self.options.wanted.sections)
        advice = [f"`--panels {rank + named}` makes room for its panel{then}."]
        if key not in self.options.pins:
            advice.append(f"{option('--pin', key)} shows it whatever its rank.")
        return advice

    def ways_to_change(
        self, key: str, family: Family, group: Group, *, is_drawn: bool
    ) -> list[str]:
        """What moves a key that has a panel."""
        grouping = self.decided.grouping
        _, other = _by(grouping)
        count, pin = len(family.keys), option("--pin", key)
        is_table = family.kind == "table"
        drawn_how = "draws it on a panel of its own" if is_table else "draws it among them"
        may_move = grouping.other is not None and len(grouping.groups) > 1
        ways = {
            f"{pin} {drawn_how}.": not is_drawn and key not in self.options.pins,
            f"`--lines-per-panel {count}` lets a panel draw all {count:,} keys.": not is_drawn
            and self.fits(key, count),
            f"{pin} puts its panel at the top; its section starts closed.": is_drawn
            and not group.is_open,
            "`--overlay none` draws every split on a panel of its own.": family.slot == "split",
            f"`--group-by {other}` makes sections by {other}.": may_move
            and group.place != OVERVIEW
            and group.wanted is None
            and self.placed_by(other)[family.signature] != group.id,
        }
        return [way for way, helps in ways.items() if helps]


def _by(grouping: Grouping) -> tuple[First, First]:
    """By what sections go, and the other."""
    return ("prefix", "topic") if grouping.by == "prefix" else ("topic", "prefix")


def _why_together(family: Family) -> list[str]:
    """Why a family's keys share a panel."""
    one, share = f"It is one of {len(family.keys):,}", "which share a panel"
    names = listed(family.keys, family.label)
    return {
        "single": ["No other key shares its panel."],
        "index": [f"{one} keys that differ only in a number, {share}: {family.label}."],
        "twin": [f"{one} names of one quantity, {share}: {names}."],
        "statistic": [f"{one} statistics of one quantity, {share}: {names}."],
        "category": [f"{one} keys of one quantity in several categories, {share}: {family.label}."],
        "split": [f"{one} keys of one quantity on several splits of the data, {share}: {names}."],
        "media": [f"{one} media whose names end alike, {share}: {names}."],
    }[family.slot]


def _percent(share: float) -> str:
    """A share of runs that is not all: never rounded to none or all."""
    return f"{min(99, max(1, round(100 * share)))}%"


def _spoken(clauses: Sequence[str]) -> str:
    """As one says it: "a", "a, and b", "a, b, and c"."""
    *most, last = clauses
    return f"{', '.join(most)}, and {last}" if most else last
