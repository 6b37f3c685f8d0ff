"""What one run logged, measured record by record from its ``.wandb`` files."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, Final

from wslayout.auditing.evidence import Config, Count, History, Most, RunName
from wslayout.inventory import is_internal, stronger
from wslayout.sources.values import as_number, flatten, joined, kind_of_text, parsed, typed_value

MINUTE: Final = 60.0
"""Seconds in which rows and values are counted together."""

_SHORT: Final = 64  # characters of a value that may be a setting
_TIMESTAMP: Final = "_timestamp"
_LATEST: Final = 4e9  # seconds: in 2096; beyond it are milliseconds, or what is no time


class RunMeasure:
    """Measures one run; give it the records of all its files, in order.

    Args:
        label: What the run is called until its records tell its name.
        run_id: Its id, likewise.
    """

    def __init__(self, label: str, run_id: str = "") -> None:
        self._label = label
        self._id = run_id
        self._taken = False
        self._points: dict[str, tuple[str, int]] = {}
        self._largest: dict[str, int] = {}
        self._depths: dict[str, int] = {}
        self._rows = 0
        self._values = 0
        self._first: float | None = None
        self._last: float | None = None
        self._minute: deque[tuple[float, int]] = deque()
        self._values_in_minute = 0
        self._most_rows = 0
        self._most_values = 0
        self._call = 0
        self._call_row = 0
        self._config: dict[tuple[str, ...], str] = {}
        self._texts: dict[str, str] = {}
        self._leaves: dict[str, object] = {}
        self._files: set[str] = set()
        self._spans: list[tuple[datetime, datetime]] = []
        self.sweep = ""

    # Records

    def take(self, record: Any) -> None:
        """Take one record, as `wslayout.sources.folders.runlog.iter_records` gives it."""
        self._taken = True
        kind = record.WhichOneof("record_type")
        if kind == "history":
            self._row(record.history.item)
        elif kind == "config":
            self._take_config(record.config)
        elif kind == "run":
            run = record.run
            self._id = run.run_id or self._id
            self._label = run.display_name or self._label
            self.sweep = run.sweep_id or self.sweep
            if run.HasField("start_time"):
                self._begin(_number(f"{run.start_time.seconds}.{run.start_time.nanos:09}"))
            self._take_config(run.config)
        elif kind == "files":
            self._files.update(file.path for file in record.files.files)

    def _begin(self, moment: float | None) -> None:
        """A part of the run begins, of which a resumed one has several."""
        if moment is not None:
            begin = datetime.fromtimestamp(moment, timezone.utc)
            if not self._spans or begin != self._spans[-1][0]:
                self._spans.append((begin, begin))

    def _row(self, items: Iterable[Any]) -> None:
        size = values = 0
        moment: float | None = None
        nested: list[tuple[tuple[str, ...], str]] = []
        for item in items:
            parts = tuple(item.nested_key) or (item.key,)
            text = item.value_json or typed_value(item)
            if len(parts) > 1:
                nested.append((parts, text))
            elif parts[0] == _TIMESTAMP:
                moment = _number(text)
            elif not is_internal(parts[0]):
                size += bytes_of(parts[0]) + bytes_of(text)
                values += self._value(parts[0], text)
        below_size, below = self._nested(nested)
        size, values = size + below_size, values + below
        if not values:
            return
        self._rows += 1
        self._values += values
        if size > self._call:
            self._call, self._call_row = size, self._rows
        if moment is not None:
            self._at(moment, values)

    def _nested(self, nested: list[tuple[tuple[str, ...], str]]) -> tuple[int, int]:
        """Take the nested values of a row, and give their bytes and how many metrics they are."""
        size = values = 0
        depths = {".".join(parts): len(parts) - 1 for parts, _ in nested}
        for key, media, text in joined(nested):
            if is_internal(key):
                continue
            if media:
                self._count(key, media)
                values += 1
            else:
                _raise(self._depths, key, depths.get(key, 0))
                size += bytes_of(key) + bytes_of(text)
                values += self._value(key, text)
        return size, values

    def _value(self, key: str, text: str) -> int:
        """Take one value that is no media, and give how many metrics it is."""
        if not text.startswith("{"):
            if len(text) <= _SHORT:
                self._texts[key] = text
            self._count(key, kind_of_text(text))
            _raise(self._largest, key, bytes_of(text))
            return 1
        count = 0
        for name, kind, leaf in flatten(key, parsed(text)):
            count += 1
            self._count(name, kind)
            self._leaves[name] = leaf
            if leaf is not None:
                _raise(self._depths, name, name.count(".") - key.count("."))
        _raise(self._largest, key, bytes_of(text))
        return count

    def _count(self, key: str, kind: str) -> None:
        known = self._points.get(key)
        if known is None:
            self._points[key] = (kind, 1)
        else:
            self._points[key] = (stronger(known[0], kind), known[1] + 1)

    def _at(self, moment: float, values: int) -> None:
        """Count a row into the last minute; rows that went back in time begin another."""
        self._first = moment if self._first is None else min(self._first, moment)
        self._last = moment if self._last is None else max(self._last, moment)
        if self._spans:
            begin, end = self._spans[-1]
            now = datetime.fromtimestamp(moment, timezone.utc)
            self._spans[-1] = (begin, max(end, now))
        if self._minute and moment < self._minute[-1][0]:
            self._minute.clear()
            self._values_in_minute = 0
        self._minute.append((moment, values))
        self._values_in_minute += values
        while moment - self._minute[0][0] >= MINUTE:
            self._values_in_minute -= self._minute.popleft()[1]
        self._most_rows = max(self._most_rows, len(self._minute))
        self._most_values = max(self._most_values, self._values_in_minute)

    def _take_config(self, record: Any) -> None:
        for item in record.update:
            parts = tuple(item.nested_key) or (item.key,)
            if parts[0] != "_wandb":
                self._config[parts] = item.value_json
        for item in record.remove:
            self._config.pop(tuple(item.nested_key) or (item.key,), None)

    # What it comes to

    @property
    def is_known(self) -> bool:
        """Whether any of its records could be read."""
        return self._taken

    @property
    def run(self) -> RunName:
        """The run."""
        return RunName(id=self._id, label=self._label)

    @property
    def spans(self) -> Sequence[tuple[datetime, datetime]]:
        """From when to when it went on, as far as is known; of a resumed run each part."""
        return list(self._spans)

    def history(self) -> History:
        """What it logged, in numbers."""
        seconds = None
        if self._first is not None and self._last is not None:
            seconds = self._last - self._first
        timed = seconds is not None or not self._rows
        return History(
            run=self.run,
            metrics=len(self._points),
            rows=self._rows,
            values=self._values,
            seconds=seconds,
            rows_a_minute=self._most_rows if timed else None,
            values_a_minute=self._most_values if timed else None,
        )

    @property
    def keys(self) -> Collection[str]:
        """Its metric keys, W&B's own left out."""
        return self._points.keys()

    def points(self) -> Iterator[tuple[str, Most]]:
        """The points of each metric key."""
        for key, (kind, number) in self._points.items():
            yield key, Most(amount=number, kind=kind, run=self.run)

    def widths(self) -> Iterator[tuple[str, Most]]:
        """The largest value of each metric key, in bytes of JSON."""
        for key, size in self._largest.items():
            yield key, Most(amount=size, kind=self._kind(key), run=self.run)

    def depths(self) -> Iterator[tuple[str, Most]]:
        """How many dots nesting gave each name that it gave any."""
        for key, depth in self._depths.items():
            yield key, Most(amount=depth, kind=self._kind(key), run=self.run)

    def call(self) -> Count:
        """The bytes of the largest row."""
        return Count(run=self.run, amount=self._call, said=f"in row {self._call_row:,}")

    def config(self) -> Config:
        """Its config, as far as it was logged."""
        last = self._leaves | {key: parsed(text) for key, text in self._texts.items()}
        return config_of(self.run, self._config, last)

    @property
    def files(self) -> frozenset[str]:
        """The files that its records name."""
        return frozenset(self._files)

    def _kind(self, key: str) -> str:
        known = self._points.get(key)
        return known[0] if known else "map"


def config_of(
    run: RunName,
    values: Mapping[tuple[str, ...], str],
    last: Mapping[str, object],
) -> Config:
    """A config of values by their nested names, each as JSON text.

    Args:
        run: Whose it is.
        values: The config.
        last: The last values of the run's metrics.
    """
    sizes: dict[str, int] = {}
    names: dict[str, int] = {}
    settings: dict[str, object] = {}
    for parts, text in values.items():
        top = parts[0]
        sizes[top] = sizes.get(top, 0) + len(text.encode()) + len(parts[-1]) + 4
        for name, _, value in flatten(".".join(parts), parsed(text)):
            settings[name] = value
            below = name.count(".") - ".".join(parts).count(".")
            names[name] = len(parts) - 1 + below
    largest = max(sizes.items(), key=lambda one: (one[1], one[0]), default=("", 0))
    return Config(
        run=run,
        bytes=sum(sizes.values()),
        largest=largest,
        names=names,
        echoes=_echoes(settings, last),
    )


_CALLED_CONFIG: Final = re.compile(
    r"(?:.*[/.])?(?:config|cfg|args|hparams?|hyperparam(?:eter)?s?)[/.]", re.IGNORECASE
)


def _echoes(settings: Mapping[str, object], last: Mapping[str, object]) -> dict[str, bool]:
    """Metric keys that are called like a setting, each with whether it has the same value."""
    found: dict[str, bool] = {}
    for key, value in last.items():
        for name in (key, _CALLED_CONFIG.sub("", key)):
            setting = name.replace("/", ".")
            if setting in settings:
                found[key] = as_plain(settings[setting]) == as_plain(value)
    return found


def as_plain(value: object) -> object:
    """A value to compare: numbers as numbers, whatever form they were logged in."""
    number = as_number(value)
    return value if number is None else number


def _raise(most: dict[str, int], key: str, amount: int) -> None:
    """Remember an amount of a key, if it is the most so far."""
    if amount > most.get(key, 0):
        most[key] = amount


def _number(text: str) -> float | None:
    """A moment in seconds, if it is one."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number <= _LATEST else None


def bytes_of(text: str) -> int:
    """The bytes of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
