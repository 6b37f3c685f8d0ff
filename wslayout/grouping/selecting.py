"""Which keys may have a panel at all, and why the others may not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from wslayout.errors import SourceError
from wslayout.grouping.names import split_parts, words_of
from wslayout.grouping.options import Options
from wslayout.grouping.topics import tokens
from wslayout.grouping.vocabulary import Vocabulary, load_vocabulary
from wslayout.inventory import ALL_MEDIA, CHARTABLE_KINDS, Inventory, is_internal, kinds_asked
from wslayout.layout import LeftOut
from wslayout.patterns import find
from wslayout.suggest import near

INTERNAL: Final = "internal to W&B, which shows it elsewhere"
COUNTER: Final = "a counter, which is an x-axis rather than a panel"
NOT_DRAWN: Final = "of kind {kind}, which W&B draws no panel for"
NOT_ASKED: Final = "of kind {kind}, which was not asked for"
NOT_INCLUDED: Final = "matched by no pattern of those to include"
EXCLUDED: Final = "excluded by the pattern {glob!r}"


_COLUMNS: Final = ("key", "kind", "monotonic", "single_valued")

_ALWAYS: Final = frozenset({"_step", "_runtime", "_timestamp"})
"""Keys of numbers that W&B logs in every run, and that no source need list."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The keys that may have a panel, and the others.

    Attributes:
        kinds: The former, each with its kind.
        left_out: The latter, by reason.
        is_restricted: Whether an option left some of them out.
    """

    kinds: dict[str, str]
    left_out: tuple[LeftOut, ...]
    is_restricted: bool = False


def select(inventory: Inventory, options: Options, vocabulary: Vocabulary) -> Selection:
    """Sort the keys of an inventory.

    Raises:
        SourceError: A pinned key or the x-axis is no key of the inventory; a pinned key is of a
            kind that W&B draws no panel for, the x-axis no number; a pattern is none.
    """
    check_keys(inventory, options)
    pins = frozenset(options.pins)
    refuse = refusal(options, inventory.keys)
    steps = inventory.step_metrics
    kinds: dict[str, str] = {}
    counters: dict[str, str] = {}
    is_restricted = False
    others: dict[str, list[str]] = defaultdict(list)
    for key, kind, monotonic, single in inventory.rows(*_COLUMNS):
        grows = monotonic is True and single is not True
        if key in pins:
            kinds[key] = kind
        elif is_internal(key):
            others[INTERNAL].append(key)
        elif kind not in CHARTABLE_KINDS:
            others[NOT_DRAWN.format(kind=kind)].append(key)
        elif (
            kind == "number"
            and key not in options.include
            and (key in steps or (monotonic is not False and counts(key, vocabulary, grows=grows)))
        ):
            counters[key] = kind
        elif refuse is not None and (reason := refuse(key, kind)) is not None:
            others[reason].append(key)
            is_restricted = True
        else:
            kinds[key] = kind
    if not (kinds or is_restricted):  # counters are better than nothing
        kinds = {key: kind for key, kind in counters.items() if not (refuse and refuse(key, kind))}
        is_restricted = not kinds and bool(counters)
    others[COUNTER] += [key for key in counters if key not in kinds]
    left_out = tuple(
        LeftOut(reason=reason, keys=tuple(keys)) for reason, keys in sorted(others.items()) if keys
    )
    return Selection(kinds, left_out, is_restricted)


def drawable_keys(inventory: Inventory) -> dict[str, str]:
    """The keys that a panel could draw, each with its kind."""
    return select(inventory, Options(), load_vocabulary()).kinds


Refuse = Callable[[str, str], str | None]
"""Says of a key of some kind why an option rules it out; None where none does."""


def refusal(options: Options, keys: Sequence[str]) -> Refuse | None:
    """A function that says why an option rules out one of the keys; None where no option does.

    Raises:
        SourceError: A kind or a pattern is none.
    """
    if not (options.include or options.exclude or options.kinds):
        return None
    kinds = _kinds(options.kinds)
    included = {key for pattern in options.include for key in _matched(pattern, keys)}
    excluded = {
        key: pattern for pattern in reversed(options.exclude) for key in _matched(pattern, keys)
    }

    def refuse(key: str, kind: str) -> str | None:
        if kinds and kind not in kinds:
            return NOT_ASKED.format(kind=kind)
        if options.include and key not in included:
            return NOT_INCLUDED
        return EXCLUDED.format(glob=excluded[key]) if key in excluded else None

    return refuse


def _kinds(asked: tuple[str, ...]) -> frozenset[str]:
    for kind in asked:
        if kind not in (*CHARTABLE_KINDS, ALL_MEDIA):
            known = ", ".join(sorted({*CHARTABLE_KINDS, ALL_MEDIA}))
            raise SourceError(f"{kind!r} is no kind of metric that has panels: {known}")
    return kinds_asked(asked)


def _matched(pattern: str, keys: Sequence[str]) -> list[str]:
    try:
        return find(pattern, keys)
    except ValueError as error:
        raise SourceError(f"{pattern!r} is no pattern for metric keys: {error}") from error


def check_keys(inventory: Inventory, options: Options) -> None:
    """Refuse pins that no panel can draw, and an x-axis that is no number.

    Raises:
        SourceError: So it is.
    """
    if not options.pins and options.x_axis is None:
        return
    kinds = inventory.kinds
    for key in options.pins:
        if key not in kinds:
            raise no_such_key(inventory, key, "to pin")
        if kinds[key] not in CHARTABLE_KINDS:
            raise SourceError(f"{key!r} can't be pinned: it is {NOT_DRAWN.format(kind=kinds[key])}")
    axis = options.x_axis
    if axis is None or axis in _ALWAYS:
        return
    if axis not in kinds:
        raise no_such_key(inventory, axis, "for the x-axis")
    if kinds[axis] != "number":
        raise SourceError(
            f"{axis!r} can't be the x-axis: it is of kind {kinds[axis]}, not a number"
        )


def no_such_key(inventory: Inventory, key: str, use: str) -> SourceError:
    """The error where a key that somebody named is not there, with those that are near."""
    found = near(key, inventory.keys)
    return SourceError(
        f"{inventory.origin.label} has no metric {key!r} {use}",
        hint=f"Did you mean {' or '.join(found)}?" if found else "",
    )


def counts(key: str, vocabulary: Vocabulary, *, grows: bool = False) -> bool:
    """Whether a key's name is that of a counter.

    A name that is no counter everywhere counts only by itself or below a part that says nothing
    else: ``trainer/step`` does, ``reward_parts/step`` does not. Below a part that speaks of time
    only plurals and ``time_elapsed`` count: ``time/iterations`` does, ``time/step`` is how long one
    took.

    Args:
        key: The key.
        vocabulary: The words of counters.
        grows: Whether its values are known to grow and never to fall.
    """
    # Few keys end so; only those are worth taking apart.
    if key[-3:].lower() not in vocabulary.counter_ends:
        return False
    *parents, leaf = split_parts(key)[0]
    leaf = leaf.lower()
    listed = leaf in vocabulary.counters
    if not (listed or _is_progress(words_of(leaf), vocabulary, grows=grows)):
        return False
    around = tokens(parents[-1:])
    if vocabulary.durations.intersection(around):
        return leaf.endswith(("s", "elapsed"))
    if listed and len(tokens([leaf])) > 1:
        return True
    return vocabulary.neutral.union(vocabulary.progress).issuperset(around)


def _is_progress(words: Sequence[str], vocabulary: Vocabulary, *, grows: bool) -> bool:
    """Whether a last part of these words says how far a run is, and nothing else."""
    plain = vocabulary.progress | vocabulary.counting | vocabulary.passed
    if plain.issuperset(words):
        # `episode_steps` is how long an episode was.
        return sum(word in vocabulary.progress for word in words) == 1
    if not (plain | vocabulary.amounts).issuperset(words):
        return False
    return (grows and len(words) > 1) or not vocabulary.passed.isdisjoint(words)
