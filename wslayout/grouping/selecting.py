"""Which keys may have a panel at all, and why the others may not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from wslayout.errors import SourceError
from wslayout.grouping.names import split_parts
from wslayout.grouping.options import Options
from wslayout.grouping.topics import tokens
from wslayout.grouping.vocabulary import Vocabulary, load_vocabulary
from wslayout.inventory import CHARTABLE_KINDS, MEDIA_KINDS, Inventory, is_internal
from wslayout.layout import LeftOut

INTERNAL: Final = "internal to W&B, which shows it elsewhere"
COUNTER: Final = "a counter, which is an x-axis rather than a panel"
NOT_DRAWN: Final = "of kind {kind}, which W&B draws no panel for"
NOT_ASKED: Final = "of kind {kind}, which was not asked for"
NOT_INCLUDED: Final = "matched by no pattern of those to include"
EXCLUDED: Final = "excluded by the pattern {glob!r}"


_MEDIA: Final = "media"


@dataclass(frozen=True, slots=True)
class Selection:
    """The keys that may have a panel, and the others.

    Attributes:
        kinds: The former, each with its kind.
        left_out: The latter, by reason.
    """

    kinds: dict[str, str]
    left_out: tuple[LeftOut, ...]


def select(inventory: Inventory, options: Options, vocabulary: Vocabulary) -> Selection:
    """Sort the keys of an inventory.

    Raises:
        SourceError: A pinned key or the x-axis is no key of the inventory, or of a kind that
            W&B draws no panel for; a pattern is none.
    """
    check_keys(inventory, options)
    pins = frozenset(options.pins)
    refuse = _refusal(options)
    steps = inventory.step_metrics
    kinds: dict[str, str] = {}
    counters: dict[str, str] = {}
    others: dict[str, list[str]] = defaultdict(list)
    columns = (inventory.frame[name].tolist() for name in ("key", "kind", "monotonic"))
    for key, kind, monotonic in zip(*columns, strict=True):
        if key in pins:
            kinds[key] = kind
        elif is_internal(key):
            others[INTERNAL].append(key)
        elif kind not in CHARTABLE_KINDS:
            others[NOT_DRAWN.format(kind=kind)].append(key)
        elif key in steps or (monotonic is not False and counts(key, vocabulary)):
            counters[key] = kind
        elif refuse is not None and (reason := refuse(key, kind)) is not None:
            others[reason].append(key)
        else:
            kinds[key] = kind
    if not kinds and refuse is None:
        kinds = counters
    elif counters:
        others[COUNTER] = list(counters)
    left_out = tuple(
        LeftOut(reason=reason, keys=tuple(keys)) for reason, keys in sorted(others.items())
    )
    return Selection(kinds, left_out)


def drawable_keys(inventory: Inventory) -> dict[str, str]:
    """The keys that a panel could draw, each with its kind."""
    return select(inventory, Options(), load_vocabulary()).kinds


def _refusal(options: Options) -> Callable[[str, str], str | None] | None:
    """A function that says why an option rules a key out; None where no option does."""
    if not (options.include or options.exclude or options.kinds):
        return None
    kinds = _kinds(options.kinds)
    included = [_matcher(glob) for glob in options.include]
    excluded = [(glob, _matcher(glob)) for glob in options.exclude]

    def refuse(key: str, kind: str) -> str | None:
        if kinds and kind not in kinds:
            return NOT_ASKED.format(kind=kind)
        if included and not any(matches(key) for matches in included):
            return NOT_INCLUDED
        for glob, matches in excluded:
            if matches(key):
                return EXCLUDED.format(glob=glob)
        return None

    return refuse


def _kinds(asked: tuple[str, ...]) -> frozenset[str]:
    found: set[str] = set()
    for kind in asked:
        if kind not in (*CHARTABLE_KINDS, _MEDIA):
            known = ", ".join(sorted({*CHARTABLE_KINDS, _MEDIA}))
            raise SourceError(f"{kind!r} is no kind of metric that has panels: {known}")
        found.update(MEDIA_KINDS if kind == _MEDIA else (kind,))
    return frozenset(found)


def _matcher(glob: str) -> Callable[[str], bool]:
    from wcmatch import glob as globs

    flags = globs.GLOBSTAR | globs.BRACE | globs.DOTGLOB | globs.FORCEUNIX
    try:
        matcher: Callable[[str], bool] = globs.compile(glob, flags=flags).match
    except Exception as error:  # its own, of which only some are public
        raise SourceError(f"{glob!r} is no pattern for metric keys: {error}") from error
    return matcher


def check_keys(inventory: Inventory, options: Options) -> None:
    """Refuse an x-axis or pins that the inventory does not have.

    Raises:
        SourceError: So it is.
    """
    if not options.pins and options.x_axis is None:
        return
    kinds = dict(zip(*(inventory.frame[name].tolist() for name in ("key", "kind")), strict=True))
    for key, use in (
        *((key, "to pin") for key in options.pins),
        (options.x_axis, "for the x-axis"),
    ):
        if key is None or key in kinds or (use != "to pin" and key.startswith("_")):
            continue
        raise no_such_key(inventory, key, use)
    for key in options.pins:
        if kinds[key] not in CHARTABLE_KINDS:
            raise SourceError(f"{key!r} can't be pinned: it is {NOT_DRAWN.format(kind=kinds[key])}")


def no_such_key(inventory: Inventory, key: str, use: str) -> SourceError:
    """The error where a key that somebody named is not there, with those that are near."""
    near = get_close_matches(key, inventory.frame["key"].tolist(), n=3)
    return SourceError(
        f"{inventory.origin.label} has no metric {key!r} {use}",
        hint=f"Did you mean {' or '.join(near)}?" if near else "",
    )


def counts(key: str, vocabulary: Vocabulary) -> bool:
    """Whether a key's name is that of a counter.

    A name of one word counts only by itself or below a part that says nothing else:
    ``trainer/step`` does, ``reward_parts/step`` does not. Below a part that speaks of time only
    plurals and ``time_elapsed`` count: ``time/iterations`` does, ``time/step`` is how long one
    took.
    """
    # Few keys end so; only those are worth taking apart.
    if ":" not in key and key.rpartition("/")[2].rpartition(".")[2].lower() not in (
        vocabulary.counters
    ):
        return False
    *parents, leaf = split_parts(key)[0]
    if leaf.lower() not in vocabulary.counters:
        return False
    around = tokens(parents[-1:])
    if vocabulary.durations.intersection(around):
        return leaf.lower().endswith(("s", "elapsed"))
    return len(tokens([leaf])) > 1 or vocabulary.neutral.issuperset(around)
