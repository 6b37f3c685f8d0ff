"""The metric keys of one run, from its ``.wandb`` files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from wslayout.inventory import MAX_KEYS, too_many_keys
from wslayout.sources.folders.globs import Definitions
from wslayout.sources.folders.key_facts import KeyFacts, KeyState, is_part_of_logged
from wslayout.sources.folders.number_rows import NumberRows
from wslayout.sources.folders.runlog import Damage, iter_payloads, iter_records, record_parser
from wslayout.sources.remote import Place
from wslayout.sources.values import (
    NUMBER_STARTS,
    PLAIN_KINDS,
    flatten,
    joined,
    kind_of_text,
    parsed,
    summary_kind,
    typed_value,
)

_BATCH: Final = 4 * 1024 * 1024  # bytes of rows that are counted together
_PARSED: Final = 4  # rows that are parsed once they can't be counted together
_DIRECT: Final = 2_000  # records that are parsed at once where most had to be

Watch: TypeAlias = Callable[[Any], None]
"""Given the records of a run, one by one."""


@dataclass(frozen=True, slots=True)
class RunKeys:
    """The metric keys of one run, as its ``.wandb`` files tell them.

    Attributes:
        keys: Every key with what is known of it, W&B's own (``_step``, …) included.
        run_id: The run's id, or None where the file breaks off before it.
        display_name: The run's name in the app, where it was given.
        group: The run's group, likewise.
        entity: The W&B entity, likewise.
        project: The W&B project, likewise.
        finished: Whether the log ends as a run's end does; else the run is still
            going, or it was killed.
        complete: Whether all that was written could be read.
        notes: Sentences on what could not, and at which byte.
    """

    keys: Mapping[str, KeyFacts]
    run_id: str | None = None
    display_name: str | None = None
    group: str | None = None
    entity: str | None = None
    project: str | None = None
    finished: bool = False
    complete: bool = True
    notes: tuple[str, ...] = ()


def read_run_file(path: Place, *, max_keys: int = MAX_KEYS) -> RunKeys:
    """The metric keys of one ``.wandb`` file, read once and in bounded memory.

    A file that is truncated or damaged is read as far as it can be: see
    ``complete`` and ``notes`` of the result.

    Args:
        path: The file.
        max_keys: The most distinct keys to accept.

    Raises:
        SourceError: The file can't be read, or is not a ``.wandb`` file.
        TooManyKeys: It holds more distinct keys than ``max_keys``.
    """
    return read_run_files([path], max_keys=max_keys)


def read_run_files(
    paths: Sequence[Place], *, max_keys: int = MAX_KEYS, watch: Watch | None = None
) -> RunKeys:
    """The same for the files of one run, which has several if it was resumed.

    Args:
        paths: The run's files, oldest first.
        max_keys: The most distinct keys to accept.
        watch: Given each record, too.

    Raises:
        SourceError: One can't be read, or is not a ``.wandb`` file.
        TooManyKeys: They hold more distinct keys than ``max_keys``.
    """
    run = _Run(max_keys)
    notes: list[str] = []
    for path in paths:
        damage = Damage()
        run.finished = False
        if watch is None:
            run.read(path, damage)
        else:
            for record in iter_records(path, damage):
                run.take(record)
                watch(record)
        notes.extend(damage.described(path.name))
    return run.result(notes)


def run_record(path: Place) -> Any:
    """What a ``.wandb`` file tells of its run, a message; None where that does not come early.

    Reads only the beginning.

    Raises:
        SourceError: The file can't be read, or is not a ``.wandb`` file.
    """
    for count, record in enumerate(iter_records(path, Damage())):
        if record.WhichOneof("record_type") == "run":
            return record.run
        if count > 100:
            break
    return None


class _Batch:
    """Gathers records, to count the rows of many at once; what can't be counted so is parsed.

    Args:
        rows: Counts rows of numbers.
        parse: Takes the offset and the bytes of a record.
    """

    def __init__(self, rows: NumberRows, parse: Callable[[int, bytes], None]) -> None:
        self._rows = rows
        self._parse = parse
        self._found: list[tuple[int, bytes]] = []
        self._size = 0
        self._parsed = 0
        self._direct = 0

    def add(self, found: Sequence[tuple[int, bytes]]) -> None:
        """Take some records, each with the offset where it begins."""
        if self._direct > 0:
            self._direct -= len(found)
            self._parse_all(found)
            return
        self._found += found
        self._size += sum([len(payload) for _, payload in found])
        if self._size >= _BATCH:
            self.end()

    def end(self) -> None:
        """Count what was gathered."""
        found, self._found, self._size, self._parsed = self._found, [], 0, 0
        self._count(found)
        if self._parsed > len(found) // 2:
            self._direct = _DIRECT

    def _count(self, found: Sequence[tuple[int, bytes]]) -> None:
        left = self._rows.count([payload for _, payload in found])
        if left is not None:
            self._parse_all([found[at] for at in left])
            return
        if len(found) <= _PARSED:
            self._parsed += len(found)
            self._parse_all(found)
            return
        middle = len(found) // 2
        self._count(found[:middle])
        self._count(found[middle:])

    def _parse_all(self, found: Sequence[tuple[int, bytes]]) -> None:
        for offset, payload in found:
            self._parse(offset, payload)


class _Run:
    """Collects one run's keys, record by record."""

    def __init__(self, max_keys: int) -> None:
        self._max_keys = max_keys
        self._seen: dict[str, KeyState] = {}
        # Item key → the keys below it, so that a later value replaces an earlier.
        self._summary: dict[str, dict[str, str]] = {}
        self._definitions = Definitions()
        self._about: dict[str, str] = {}
        self._rows = NumberRows(self._seen, lambda key: self._of(key, "number"), self._summed_up)
        self.finished = False

    def read(self, path: Place, damage: Damage) -> None:
        """Take all records of a file; rows of numbers are counted without parsing them.

        Raises:
            SourceError: The file can't be read, or is not a ``.wandb`` file.
            TooManyKeys: It holds one key too many.
        """
        parse = record_parser(damage)

        def take(offset: int, payload: bytes) -> None:
            record = parse(offset, payload)
            if record is not None:
                self.take(record)

        batch = _Batch(self._rows, take)
        for found in iter_payloads(path, damage):
            batch.add(found)
        batch.end()

    def take(self, record: Any) -> None:
        kind = record.WhichOneof("record_type")
        if kind == "history":
            self._history(record.history.item)
        elif kind == "summary":
            self._take_summary(record.summary.update)
            for item in record.summary.remove:
                self._summary.pop(".".join(item.nested_key) or item.key, None)
        elif kind == "metric":
            self._definitions.take(record.metric)
        elif kind == "run":
            run = record.run
            for name in ("run_id", "display_name", "run_group", "entity", "project"):
                self._about[name] = getattr(run, name) or self._about.get(name, "")
            self._take_summary(run.summary.update)
        elif kind == "exit":
            self.finished = True

    def _history(self, items: Iterable[Any]) -> None:
        # The reader's whole cost: nearly all items of a log pass through here.
        seen = self._seen
        nested: list[tuple[tuple[str, ...], str]] = []
        for item in items:
            parts = item.nested_key
            depth = len(parts)
            text = item.value_json or typed_value(item)
            if depth > 1:
                nested.append((tuple(parts), text))
                continue
            key = parts[0] if depth else item.key
            known = seen.get(key)
            if known is None:
                self._value(key, text)
                continue
            # Of a number that fell before, only the count is still open.
            if known.falls and text[:1] in NUMBER_STARTS:
                known.points += 1
                continue
            try:
                number = float(text)
            except ValueError:
                self._value(key, text)
                continue
            if number == known.latest and known.kind == "number":
                known.points += 1
            else:
                known.number(number)
        for key, media, text in joined(nested):
            if media:
                self._of(key, media).count(media)
            else:
                self._value(key, text)

    def _value(self, key: str, text: str) -> None:
        """Take one logged value, given as JSON text."""
        try:
            number = float(text)
        except ValueError:
            if text.startswith("{"):
                self._leaves(key, parsed(text))
            else:
                kind = kind_of_text(text)
                self._of(key, kind).other(kind, text)
        else:
            self._of(key, "number").number(number)

    def _leaves(self, key: str, value: object) -> None:
        for name, kind, leaf in flatten(key, value):
            known = self._of(name, kind)
            if isinstance(leaf, float):
                known.number(leaf)
            elif kind in PLAIN_KINDS:
                known.other(kind, repr(leaf))
            else:
                known.count(kind)

    def _of(self, key: str, kind: str) -> KeyState:
        known = self._seen.get(key)
        if known is None:
            if len(self._seen) >= self._max_keys:
                raise too_many_keys(self._max_keys)
            self._summary.pop(key, None)
            known = self._seen[key] = KeyState(kind)
        return known

    def _summed_up(self, key: str) -> None:
        """Take a number that a summary has of a key."""
        if key not in self._seen:
            self._summary_value(key, "", "0")

    def _take_summary(self, items: Iterable[Any]) -> None:
        seen = self._seen
        nested: list[tuple[tuple[str, ...], str]] = []
        for item in items:
            parts = item.nested_key
            depth = len(parts)
            if depth > 1:
                nested.append((tuple(parts), item.value_json))
                continue
            key = parts[0] if depth else item.key
            if key not in seen:
                self._summary_value(key, "", item.value_json)
        for key, media, text in joined(nested):
            if key not in seen:
                self._summary_value(key, media, text)

    def _summary_value(self, key: str, media: str, text: str) -> None:
        if key.partition(".")[0] == "_wandb":
            return
        if len(self._summary) >= self._max_keys:
            raise too_many_keys(self._max_keys)
        if media or not text.startswith("{"):
            self._summary[key] = {key: media or summary_kind(kind_of_text(text), text[1:-1])}
        else:
            leaves = flatten(key, parsed(text))
            self._summary[key] = {name: summary_kind(kind, value) for name, kind, value in leaves}

    def result(self, notes: Sequence[str]) -> RunKeys:
        """What was collected, with the step metrics that the definitions give."""
        define = self._definitions.lookup()
        keys = {key: seen.facts(*define(key)) for key, seen in self._seen.items()}
        logged = dict(keys)
        for below in self._summary.values():
            for key, kind in below.items():
                if key not in logged and not is_part_of_logged(key, logged, self._definitions):
                    keys[key] = KeyFacts(kind, 0, None, None, *define(key))
        if len(keys) > self._max_keys:
            raise too_many_keys(self._max_keys)
        about = {name: value or None for name, value in self._about.items()}
        return RunKeys(
            keys=keys,
            run_id=about.get("run_id"),
            display_name=about.get("display_name"),
            group=about.get("run_group"),
            entity=about.get("entity"),
            project=about.get("project"),
            finished=self.finished,
            complete=not notes,
            notes=tuple(notes),
        )
