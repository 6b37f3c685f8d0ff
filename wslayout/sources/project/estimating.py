"""What a sample of runs tells of the keys that are not in it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Final

COMMON_SHARE: Final = 0.005
COMMON_RUNS: Final = 40
"""A key is common that this share of all runs has, and so many runs at least: in a small
project a few runs of their own are found by reading all (``--exact``), not by a sample."""

_MOST_COUNTS: Final = 20  # beyond it a key's count tells nothing more of the keys not seen


def unseen_share(singles: int, observations: int) -> float:
    """The estimated share of key observations that are of keys not seen: f₁ / U.

    An observation is one key in one run. f₁ of the U observations were of keys that nothing
    else held; the chance that the next observation is of a new key is about their share
    (I. J. Good, "The population frequencies of species and the estimation of population
    parameters", Biometrika 40, 1953, formula 9, which he owes to Turing). It is a share of
    what runs log, not of the project's distinct keys, and holds for runs drawn at random.

    Args:
        singles: Observations of keys that were seen once, f₁.
        observations: All observations, U.

    Returns:
        From 0 to 1; 1 where nothing was observed.
    """
    return min(1.0, singles / observations) if observations else 1.0


def common_unseen(counts: Mapping[int, int], drawn: int, total: int | None) -> float:
    """At most how many common keys are expected to be unseen (see `COMMON_SHARE`).

    A key that m of the drawn runs are expected to have is in none of them with the chance
    e⁻ᵐ, and in just j with mʲ/j! times that. So of those with m or more, at most fⱼ·j!/mʲ are
    expected to be unseen, where fⱼ keys were in j runs, and that for every j; rare keys hardly
    weigh for a j near m. It follows from formula 8 of Good's (see `unseen_share`). An fⱼ of 0
    may be chance and counts as 1, so that a few equal runs do not pass for the whole project.

    Args:
        counts: How many keys (the value) were in so many of the drawn runs (the key).
        drawn: Runs drawn at random.
        total: Runs of the project; None where not known.
    """
    expected = effective(drawn, total) * common_share(total)
    if expected == 0:
        return math.inf
    return min(
        max(1, counts.get(j, 0)) * math.factorial(j) / expected**j
        for j in range(1, _MOST_COUNTS + 1)
    )


def common_share(total: int | None) -> float:
    """The share of runs that has a common key, in a project of ``total`` runs."""
    return COMMON_SHARE if not total else min(1.0, max(COMMON_SHARE, COMMON_RUNS / total))


def effective(drawn: int, total: int | None) -> float:
    """Draws with putting back that miss a key as rarely as ``drawn`` ones without.

    Of ``total`` runs, a share p with a key, N draws without putting back miss it with about
    (1 - N/total)^(p·total), the others with e^(-p·n): n = -total·ln(1 - N/total).
    """
    if total is None:
        return float(drawn)
    return -total * math.log1p(-drawn / total) if drawn < total else math.inf


class Sightings:
    """Which keys were seen how often, in units that were drawn and elsewhere.

    A unit is what is drawn at random: a run. What was read elsewhere on purpose (the newest
    runs, say) makes a key seen, but is no draw: a key that one drawn run has and another that
    was met elsewhere is not single. So `unseen_share` keeps its meaning: it is how often a
    drawn run, left out, would have brought a key that all the others had not. Memory grows
    with distinct keys.

    Attributes:
        drawn: Units drawn.
        observations: Keys in drawn units, each time.
        singles: Keys that one drawn unit has, and nothing else.
        counts: How many keys are in so many drawn units.
    """

    def __init__(self) -> None:
        self.drawn = 0
        self.observations = 0
        self.singles = 0
        self.counts: Counter[int] = Counter()
        self._times: dict[str, int] = {}
        self._elsewhere: set[str] = set()

    def draw(self, keys: Collection[str]) -> None:
        """Count the distinct keys of a unit drawn."""
        self.drawn += 1
        self.observations += len(keys)
        for key in keys:
            times = self._times.get(key, 0)
            self._times[key] = times + 1
            self.counts[times] -= 1
            self.counts[times + 1] += 1
            if times <= 1 and key not in self._elsewhere:
                self.singles += 1 if times == 0 else -1

    def meet(self, keys: Collection[str]) -> None:
        """Count the distinct keys of what was read and not drawn."""
        for key in keys:
            if key not in self._elsewhere:
                self._elsewhere.add(key)
                self.singles -= self._times.get(key) == 1

    @property
    def unseen_share(self) -> float:
        """`unseen_share` of what was drawn."""
        return unseen_share(self.singles, self.observations)
