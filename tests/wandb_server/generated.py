"""A project of any size that nobody holds: each run is worked out when a page asks for it.

What a run is and logs follows from its position by a seeded hash::

    runs = GeneratedRuns(100_000, 10_000)
    server.add_project("demo/large", runs)
    runs.runs_with()["train/loss"]            # how many runs have a key

Its shape is that of projects that grew for years: a core that nearly all runs log; eras, of
which each renamed some of the core; groups (sweeps) of very different size, each for a while,
with topics that some groups share and a few keys of their own; evaluation runs beside training
runs; runs that crashed before they logged all; and a long tail of keys that few runs have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import ItemsView, Iterator, Mapping
from datetime import timedelta
from typing import Final

from tests.wandb_server.state import EPOCH, KeyInfo, LazyRuns, Run

_MASK: Final = (1 << 64) - 1
_LETTERS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_PAIRS: Final = [one + other for one in _LETTERS for other in _LETTERS]
_ERAS: Final = 6
_AT_ONCE: Final = 12  # groups that run at the same time
_RUNS_A_GROUP: Final = 250  # on average
_TOPICS_A_GROUP: Final = 3
_KEYS_A_TOPIC: Final = 40
_STATES: Final = ("finished",) * 17 + ("crashed",) * 2 + ("failed",)
_MINUTES: Final = timedelta(minutes=7)  # from one run to the next


def mixed(seed: int, number: int) -> int:
    """64 bits that look random (the last step of splitmix64, Steele and others 2014)."""
    value = (number * 0x9E3779B97F4A7C15 + seed * 0xD1B54A32D192ED03) & _MASK
    value = ((value ^ value >> 30) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ value >> 27) * 0x94D049BB133111EB) & _MASK
    return value ^ value >> 31


class GeneratedRuns(LazyRuns):
    """The runs of a project, oldest first.

    Args:
        runs: How many.
        keys: Distinct keys that they can log, 1,000 at least.
        seed: Another seed is another project.
    """

    def __init__(self, runs: int = 100_000, keys: int = 10_000, seed: int = 0) -> None:
        self._runs = runs
        self._seed = seed
        self.groups = max(_AT_ONCE, runs // _RUNS_A_GROUP)
        core, era = keys // 100, keys // 200
        own = max(1, keys // 5 // self.groups)
        topics = keys * 3 // 10 // _KEYS_A_TOPIC
        tail = keys - core - era * _ERAS - own * self.groups - topics * _KEYS_A_TOPIC
        self._core = _names("train", core)
        self._eras = [_names(f"v{number}/loss", era) for number in range(_ERAS)]
        self._topics = [_names(f"topic_{number}", _KEYS_A_TOPIC) for number in range(topics)]
        self._own = [_names(f"sweep_{number}/only", own) for number in range(self.groups)]
        self._tail = _names("tail", tail)

    def __len__(self) -> int:
        return self._runs

    def runs_with(self) -> Counter[str]:
        """How many runs have each key, without looking into every run."""
        found: Counter[str] = Counter()
        alike: Counter[tuple[int, int, bool, bool]] = Counter()
        for position in range(self._runs):
            alike[self._kind(position)] += 1
            found.update(self._rare(position))
        for kind, count in alike.items():
            for key in self._usual(*kind):
                found[key] += count
        return found

    def keys_of(self, position: int) -> list[str]:
        """The distinct keys of one run."""
        return [*self._usual(*self._kind(position)), *self._rare(position)]

    def run_at(self, position: int) -> Run:
        bits = mixed(self._seed, position)
        _, group, _, evaluates = self._kind(position)
        created = EPOCH + position * _MINUTES
        return Run(
            _name(bits),
            _Keys(self, position),
            summary={},
            state=_STATES[bits % len(_STATES)],
            group=f"sweep_{group}",
            job_type="eval" if evaluates else "train",
            created_at=created,
            heartbeat_at=created + _MINUTES,
            history_line_count=500,
        )

    def _kind(self, position: int) -> tuple[int, int, bool, bool]:
        """Era, group, whether it ended well and whether it evaluates: what decides most keys."""
        bits = mixed(self._seed, position)
        ended_well = _STATES[bits % len(_STATES)] == "finished"
        era = position * _ERAS // self._runs
        # The first of the groups of a time have the most runs, the last the fewest.
        chance = (bits >> 20 & 0xFFFF) / 0x10000
        first = position * (self.groups - _AT_ONCE + 1) // self._runs
        group = first + int(_AT_ONCE * chance * chance)
        return era, group, ended_well, (bits >> 40) % 9 == 0

    def _usual(self, era: int, group: int, ended_well: bool, evaluates: bool) -> list[str]:
        """What all runs of a kind log."""
        core, renamed = self._core, self._eras[era]
        if not ended_well:
            core, renamed = core[: len(core) // 2], renamed[: len(renamed) // 2]
        if evaluates:
            return [*core[: len(core) // 3], *self._topics[group % len(self._topics)]]
        topics = [
            mixed(self._seed + 1, group * _TOPICS_A_GROUP + one) % len(self._topics)
            for one in range(_TOPICS_A_GROUP)
        ]
        shared = [key for topic in sorted(set(topics)) for key in self._topics[topic]]
        return [*core, *renamed, *shared, *(self._own[group] if ended_well else ())]

    def _rare(self, position: int) -> list[str]:
        """A key of the long tail in half of the runs; the first of them are less rare."""
        bits = mixed(self._seed + 2, position)
        if bits & 1:
            return []
        chance = (bits >> 11) / (1 << 53)
        return [self._tail[int(len(self._tail) * chance**3)]]


class _Keys(Mapping[str, KeyInfo]):
    """A run's keys, worked out when somebody looks."""

    def __init__(self, runs: GeneratedRuns, position: int) -> None:
        self._runs = runs
        self._position = position

    def __getitem__(self, key: str) -> KeyInfo:
        if key in self._runs.keys_of(self._position):
            return _INFO
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._runs.keys_of(self._position))

    def __len__(self) -> int:
        return len(self._runs.keys_of(self._position))

    def items(self) -> ItemsView[str, KeyInfo]:
        return dict.fromkeys(self, _INFO).items()


_INFO: Final = KeyInfo(count=500, previous=0.5)


def _names(prefix: str, count: int) -> list[str]:
    return [f"{prefix}/metric_{number}" for number in range(count)]


def _name(bits: int) -> str:
    """Eight random letters and digits, as wandb names runs."""
    return "".join(_PAIRS[(bits >> shift) % len(_PAIRS)] for shift in (0, 16, 32, 48))
