"""Drawing runs at random by how their names end.

A run's name is its id: 8 random letters and digits where wandb chose it. People who choose ids
mostly number them, or end them with a seed. So the ends of names cut a project into many small
parts of no meaning, whichever way they came about, and some of these parts are a random sample.
"""

from __future__ import annotations

import random
import string
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

_SEED: Final = 8  # any; the same project is sampled alike each time
_MOST_ENDS: Final = 400  # in one filter, which they make at most 2 kB long
_PARTS_OF_A_PAGE: Final = 4  # at least; more small parts are nearer to single runs
_LONGEST: Final = 5
_ALPHABETS: Final = (
    string.digits,
    "0123456789abcdef",
    string.digits + string.ascii_lowercase,
    string.digits + string.ascii_letters,
    string.digits + string.ascii_letters + "-_",
)


@dataclass(frozen=True, slots=True)
class Ends:
    """The ends of run names that one request asks for.

    Attributes:
        texts: The ends.
    """

    texts: tuple[str, ...]

    @property
    def filters(self) -> dict[str, object]:
        """As a server's filters."""
        return {"name": {"$regex": f"({'|'.join(self.texts)})$"}}

    def match(self, names: Iterable[str]) -> bool:
        """Whether all the names end so; a server's database may not tell "a" from "A"."""
        ends = tuple(text.casefold() for text in self.texts)
        return all(name.casefold().endswith(ends) for name in names)


class Draw:
    """Ends of names in random order with a fixed seed, none twice.

    Args:
        names: Some of the project's runs, which show what names are made of.
        total: How many runs it has, at a guess.
        page: Runs that one request should bring.
    """

    def __init__(self, names: Collection[str], total: int, page: int) -> None:
        self._alphabet = alphabet_of(names)
        self._length = _length_for(len(self._alphabet), _PARTS_OF_A_PAGE * total / page)
        self._all = len(self._alphabet) ** self._length
        self._random = random.Random(_SEED)  # noqa: S311 - a sample, no secret
        self._drawn: set[int] = set()
        self._guess = total / self._all
        self._found = 0

    def found(self, runs: int) -> None:
        """Tell how many runs had ends that were drawn."""
        self._found += runs

    def ends(self, runs: int) -> Ends | None:
        """Ends of about so many further runs; None where all have been drawn."""
        # A guess weighs as much as one end that was asked for.
        density = (self._found + self._guess) / (len(self._drawn) + 1)
        left = self._all - len(self._drawn)
        count = min(_MOST_ENDS, left, max(1, round(runs / density)))
        texts: list[str] = []
        while len(texts) < count:
            number = self._random.randrange(self._all)
            if number not in self._drawn:
                self._drawn.add(number)
                texts.append(self._text(number))
        return Ends(tuple(texts)) if texts else None

    def _text(self, number: int) -> str:
        letters = []
        for _ in range(self._length):
            number, letter = divmod(number, len(self._alphabet))
            letters.append(self._alphabet[letter])
        return "".join(letters)


def alphabet_of(names: Iterable[str]) -> str:
    """The smallest usual alphabet with all letters that the names end with."""
    letters = {letter for name in names for letter in name[-2:]}
    letters &= set(_ALPHABETS[-1])
    return next(one for one in _ALPHABETS if letters <= set(one))


def _length_for(letters: int, parts: float) -> int:
    return next((n for n in range(1, _LONGEST) if letters**n >= parts), _LONGEST)
