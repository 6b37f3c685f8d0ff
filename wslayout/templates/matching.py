"""Which keys a template's matchers take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from wslayout.inventory import kinds_asked
from wslayout.patterns import find
from wslayout.templates.model import KeyMatcher

FamiliesOf = Callable[[], Mapping[str, Sequence[str]]]
"""Gives the keys of each family by its label; asked only where a matcher names a family."""


@dataclass
class Matching:
    """Finds the keys of matchers.

    Attributes:
        kinds: The keys that may have a panel, each with its kind.
        families: Gives the families.
    """

    kinds: Mapping[str, str]
    families: FamiliesOf
    _keys: list[str] = field(init=False)

    def __post_init__(self) -> None:
        """Sort the keys once."""
        self._keys = sorted(self.kinds)

    def taken(self, matcher: str | KeyMatcher) -> list[str]:
        """The keys that a matcher takes, sorted."""
        if isinstance(matcher, str):
            return find(matcher, self._keys)
        found = self._keys if matcher.keys is None else find(matcher.keys, self._keys)
        if matcher.kinds:
            kinds = kinds_asked(matcher.kinds)
            found = [key for key in found if self.kinds[key] in kinds]
        if matcher.family is not None:
            members = frozenset(self.families().get(matcher.family, ()))
            found = [key for key in found if key in members]
        return found


def said(matcher: str | KeyMatcher) -> str:
    """A matcher in words."""
    if isinstance(matcher, str):
        return matcher
    words = [matcher.keys or ""]
    words += [f"family {matcher.family}"] if matcher.family else []
    words += [f"of kind {' or '.join(matcher.kinds)}"] if matcher.kinds else []
    return " ".join(word for word in words if word)
