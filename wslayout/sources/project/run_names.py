"""Drawing runs at random by how their names end.

A run's name is its id: 8 random letters and digits where wandb chose it. People who choose ids
mostly number them, or end them with a seed. So the ends of names cut a project into many small
parts of no meaning, whichever way they came about, and some of these parts are a random sample.
"""

from __future__ import annotations

import math
import random
import string
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

_SEED: Final = 8  # any; the same project is sampled alike each time
_MOST_ENDS: Final = 400  # in one filter, which they make a few kB long
_GROWTH: Final = 4  # of the ends from one draw to the next, since a miss may be chance
_PARTS_OF_A_PAGE: Final = 4  # at least; more and smaller parts are nearer to single runs
_LONGEST: Final = 12
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

    Attributes:
        choices: How many ends there are to draw from.
    """

    def __init__(self, names: Collection[str], total: int, page: int) -> None:
        self._letters = letters_of(names, _PARTS_OF_A_PAGE * total / page)
        self.choices = math.prod(len(letters) for letters in self._letters)
        self._random = random.Random(_SEED)  # noqa: S311 - a sample, no secret
        self._drawn: set[int] = set()
        self._guess = total / self.choices
        self._found = 0
        self._count = 0  # ends of the last draw

    def found(self, runs: int) -> None:
        """Tell how many runs had ends that were drawn."""
        self._found += runs

    def ends(self, runs: int) -> Ends | None:
        """Ends of about so many further runs; None where all have been drawn."""
        # A guess weighs as much as one end that was asked for.
        density = (self._found + self._guess) / (len(self._drawn) + 1)
        left = self.choices - len(self._drawn)
        count = max(1, round(runs / density))
        self._count = count = min(_MOST_ENDS, left, count, _GROWTH * (self._count or count))
        texts: list[str] = []
        while len(texts) < count:
            number = self._random.randrange(self.choices)
            if number not in self._drawn:
                self._drawn.add(number)
                texts.append(self._text(number))
        return Ends(tuple(texts)) if texts else None

    def reach(self, total: int) -> float:
        """Which share of ``total`` runs has ends that could be drawn, by those that were."""
        return min(1.0, self._found / max(1, len(self._drawn)) * self.choices / total)

    def _text(self, number: int) -> str:
        text = ""
        for letters in self._letters:
            number, letter = divmod(number, len(letters))
            text = letters[letter] + text
        return text


def letters_of(names: Collection[str], parts: float) -> list[str]:
    """The letters that names have last, last but one, … until they make so many ends.

    Of each place the smallest usual alphabet is taken that holds its letters. Where all names
    have the same letter (a word that people end them with), it is that, but a digit may become
    another.
    """
    found: list[str] = []
    ends = 1
    for place in range(1, _LONGEST + 1):
        letters = {name[-place] for name in names if len(name) >= place}
        alphabet = next((one for one in _ALPHABETS if letters and letters <= set(one)), None)
        if ends >= parts or alphabet is None:
            break
        fixed = len(letters) == 1 and not letters <= set(string.digits)
        found.append(next(iter(letters)) if fixed else alphabet)
        ends *= len(found[-1])
    while found and len(found[-1]) == 1:
        found.pop()
    return found
