"""One ``.wandb`` file, the log that the SDK keeps of a run: its metric keys.

The file is a 7-byte header, then LevelDB's log format: blocks of 32 KiB with
checksummed chunks, which make up records; a record is a protobuf message. Three
steps, each replaceable by a faster one: `_payloads` (chunks → bytes of a record),
`iter_records` (bytes → message), `read_run_files` (messages → `RunKeys`).
"""

from __future__ import annotations

import importlib
import json
import re
import struct
import zlib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan
from pathlib import Path
from typing import Any, BinaryIO, Final

from wslayout.errors import SourceError
from wslayout.inventory import MAX_KEYS, kind_of, stronger, too_many_keys

HEADER: Final = b":W&B\xe1\xbe\x00"
"""How every ``.wandb`` file begins: a name, a magic number, format version 0."""

MAX_RECORD_BYTES: Final = 512 * 1024 * 1024
"""The largest record to keep in memory; a larger one is skipped with a note."""

NON_FINITE: Final = frozenset({"NaN", "Infinity", "-Infinity"})
"""Texts that stand for numbers JSON has no token for."""

_STATISTICS: Final = frozenset({"min", "max", "mean", "best", "last", "first", "copy"})
_COMPARED: Final = frozenset({"number", "bool", "string", "null", "list", "map"})
_KIND_OF_FIRST: Final = {
    '"': "string",
    "t": "bool",
    "f": "bool",
    "n": "null",
    "[": "list",
    "{": "map",
    **dict.fromkeys("-0123456789NI", "number"),
}
_KIND_OF_PYTHON: Final = {
    type(None): "null",
    bool: "bool",
    int: "number",
    float: "number",
    str: "string",
    list: "list",
}
_GLOB_TOKEN: Final = re.compile(r"(?s)\*|\?|\[\^?(?:\\.|[^\\\]])+\]|\\.|[^\[\\]")
_Definition = tuple[str | None, bool]

_BLOCK: Final = 32 * 1024
_CHUNK: Final = struct.Struct("<IHB")
_GAP, _FULL, _FIRST, _LAST = 0, 1, 2, 4


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What one run tells of one metric key.

    Attributes:
        kind: One of `wslayout.inventory.KINDS`; the strongest that was logged.
        points: Values of that kind logged; 0 for a key that only the summary has.
        monotonic: Whether it never falls, for a number with two points or more.
        single_valued: Whether all values are the same; None for media and for keys
            that only the summary has.
        step_metric: The x-axis that ``define_metric`` gives it, or None.
        hidden: Whether ``define_metric(hidden=True)`` keeps it off W&B's own panels.
    """

    kind: str
    points: int
    monotonic: bool | None = None
    single_valued: bool | None = None
    step_metric: str | None = None
    hidden: bool = False


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


@dataclass(slots=True)
class Damage:
    """What was wrong with a file while it was read.

    Attributes:
        notes: One sentence for each place, at most ten.
        places: How many places there are.
    """

    notes: list[str] = field(default_factory=list)
    places: int = 0

    def add(self, note: str) -> None:
        """Take down one place; a file full of them stays a short list."""
        self.places += 1
        if self.places <= 10:
            self.notes.append(note)

    def described(self, name: str) -> tuple[str, ...]:
        """The notes, each with the file's name."""
        more = [f"{self.places - 10:,} more damaged places"] if self.places > 10 else []
        return tuple(f"{name}: {note}" for note in [*self.notes, *more])


def read_run_file(path: Path, *, max_keys: int = MAX_KEYS) -> RunKeys:
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


def read_run_files(paths: Sequence[Path], *, max_keys: int = MAX_KEYS) -> RunKeys:
    """The same for the files of one run, which has several if it was resumed.

    Args:
        paths: The run's files, oldest first.
        max_keys: The most distinct keys to accept.

    Raises:
        SourceError: One can't be read, or is not a ``.wandb`` file.
        TooManyKeys: They hold more distinct keys than ``max_keys``.
    """
    run = _Run(max_keys)
    notes: list[str] = []
    for path in paths:
        damage = Damage()
        run.finished = False
        for record in iter_records(path, damage):
            run.take(record)
        notes.extend(damage.described(path.name))
    return run.result(notes)


def run_identity(path: Path) -> tuple[str, str, str]:
    """Entity, project and id of the run, "" where unknown; reads only the beginning.

    Raises:
        SourceError: The file can't be read, or is not a ``.wandb`` file.
    """
    for count, record in enumerate(iter_records(path, Damage())):
        if record.WhichOneof("record_type") == "run":
            return record.run.entity, record.run.project, record.run.run_id
        if count > 100:
            break
    return "", "", ""


def iter_records(path: Path, damage: Damage) -> Iterator[Any]:
    """Every readable record of a ``.wandb`` file, in order.

    Args:
        path: The file.
        damage: Takes down what could not be read.

    Yields:
        ``wandb.proto.wandb_internal_pb2.Record`` messages.

    Raises:
        SourceError: The file can't be read, or is not a ``.wandb`` file.
    """
    # Importing wandb takes half a second, which `wslayout --help` need not wait for.
    parse = importlib.import_module("wandb.proto.wandb_internal_pb2").Record.FromString
    broken: Any = importlib.import_module("google.protobuf.message").DecodeError
    try:
        with path.open("rb") as file:
            _check_header(file.read(len(HEADER)), path)
            file.seek(0)
            for offset, payload in _payloads(file, damage):
                try:
                    record = parse(payload)
                except broken:
                    damage.add(f"the record at byte {offset:,} can't be decoded and was skipped")
                    continue
                yield record
    except OSError as error:
        raise cannot_read(path, error) from error


def cannot_read(path: Path, error: OSError) -> SourceError:
    """The error for a file or folder that the system does not let us read."""
    hint = {
        FileNotFoundError: "Check the path; a W&B project is written entity/project.",
        PermissionError: "Check that you may read it.",
        IsADirectoryError: "Name a file in it.",
    }.get(type(error), "")
    return SourceError(f"can't read {path}: {error.strerror or error}", hint=hint)


def _check_header(head: bytes, path: Path) -> None:
    if head == HEADER:
        return
    if not head:
        raise SourceError(
            f"{path} is empty", hint="The run was killed before it wrote anything: remove it."
        )
    if HEADER.startswith(head):
        raise SourceError(f"{path} breaks off within its header, so nothing in it can be read")
    if head.startswith(HEADER[:6]):
        raise SourceError(
            f"{path} is a W&B run file of format version {head[6]}; only version 0 is known",
            hint="Update wslayout.",
        )
    raise SourceError(
        f"{path} is not a W&B run file: it doesn't begin with ':W&B'",
        hint="Run files are named run-<id>.wandb and lie in wandb/run-*/ or wandb/offline-run-*/.",
    )


def _payloads(file: BinaryIO, damage: Damage) -> Iterator[tuple[int, bytes]]:
    """The bytes of each record with the offset where it begins."""
    parts: list[bytes] = []
    size = begin = known = 0
    lost = False
    for offset, kind, body in _chunks(file, damage):
        if kind in (_FULL, _FIRST):
            if parts:
                damage.add(f"the record at byte {begin:,} breaks off and was skipped")
            parts, size, begin, lost, known = [], 0, offset, False, damage.places
        elif kind == _GAP or not parts:
            if kind != _GAP and not lost:
                damage.add(f"the record that ends at byte {offset:,} has no beginning")
            parts, lost = [], True
            continue
        size += len(body)
        if size > MAX_RECORD_BYTES:
            damage.add(f"the record at byte {begin:,} is too big and was skipped")
            parts, lost = [], True
            continue
        parts.append(body)
        if kind in (_FULL, _LAST):
            yield begin, body if len(parts) == 1 else b"".join(parts)
            parts = []
    if parts and damage.places == known:
        damage.add(f"the file breaks off in the record at byte {begin:,}")


def _chunks(file: BinaryIO, damage: Damage) -> Iterator[tuple[int, int, bytes]]:
    """Offset, type and body of each sound chunk; _GAP stands for what is lost."""
    start, position, was_zero = 0, len(HEADER), False
    while block := file.read(_BLOCK):
        last = len(block) < _BLOCK
        while len(block) - position >= _CHUNK.size:
            offset = start + position
            checksum, length, kind = _CHUNK.unpack_from(block, position)
            end = position + _CHUNK.size + length
            if not checksum and not length and not kind:
                # Left by a crash of the machine, or of a disk that preallocates.
                if not was_zero:
                    damage.add(f"there are only zeros from byte {offset:,}")
                was_zero, position = True, _BLOCK
                yield offset, _GAP, b""
                break
            was_zero = False
            body = block[position + _CHUNK.size : end]
            if end > len(block) and last:
                damage.add(f"the file breaks off in the record at byte {offset:,}")
                return
            if (
                end > len(block)
                or not _FULL <= kind <= _LAST
                or zlib.crc32(block[position + 6 : end]) != checksum
            ):
                damage.add(f"damaged at byte {offset:,}; skipped to the next block of 32 KiB")
                position = _BLOCK
                yield offset, _GAP, b""
                break
            yield offset, kind, body
            position = end
        if last and position < len(block) and any(block[position:]):
            damage.add(f"the file breaks off at byte {start + position:,}")
        start += len(block)
        position = 0


class _Seen:
    """What one key's values were so far; only the latest is kept, never a list."""

    __slots__ = ("falls", "kind", "latest", "nans", "points", "texts", "varies")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.points = 0
        self.texts = 0
        self.nans = 0
        self.latest: float | int | None = None
        self.falls = False
        self.varies = False

    def number(self, value: float) -> None:
        if self.kind == "number":
            self.points += 1
        else:
            self.see("number")
        latest = self.latest
        if value == latest:
            return
        if isnan(value):
            self.nans += 1
            return
        if latest is not None:
            self.varies = True
            if value < latest:
                self.falls = True
        self.latest = value

    def other(self, kind: str, text: str) -> None:
        if kind == "string" and text[1:-1] in NON_FINITE:
            self.texts += 1
        if self.see(kind):
            code = hash(text)
            self.varies = self.varies or (self.latest is not None and code != self.latest)
            self.latest = code

    def see(self, kind: str) -> bool:
        """Count a value; whether its kind is the key's (the strongest counts)."""
        if kind != self.kind:
            self.varies = self.varies or self.points > 0
            if stronger(kind, self.kind) != kind:
                return False
            self.kind, self.points, self.latest = kind, 0, None
        self.points += 1
        return True

    def facts(self, step_metric: str | None, hidden: bool) -> KeyFacts:
        points, nans, varies = self.points, self.nans, self.varies
        monotonic = single = None
        if self.kind == "number":
            points, nans = points + self.texts, nans + self.texts
            varies = varies or (nans > 0 and self.latest is not None)
            monotonic = not self.falls if points > 1 else None
        if self.kind in _COMPARED:
            single = not varies
        return KeyFacts(self.kind, points, monotonic, single, step_metric, hidden)


class _Run:
    """Collects one run's keys, record by record."""

    def __init__(self, max_keys: int) -> None:
        self._max_keys = max_keys
        self._seen: dict[str, _Seen] = {}
        # Item key → the keys below it, so that a later value replaces an earlier.
        self._summary: dict[str, dict[str, str]] = {}
        self._metrics: dict[str, _Definition] = {}
        self._globs: dict[str, _Definition] = {}
        self._about: dict[str, str] = {}
        self.finished = False

    def take(self, record: Any) -> None:
        kind = record.WhichOneof("record_type")
        if kind == "history":
            self._history(record.history.item)
        elif kind == "summary":
            self._take_summary(record.summary.update)
            for item in record.summary.remove:
                self._summary.pop(".".join(item.nested_key) or item.key, None)
        elif kind == "metric":
            metric = record.metric
            known, name = (
                (self._metrics, metric.name) if metric.name else (self._globs, metric.glob_name)
            )
            step, hidden = known.get(name, (None, False))
            if metric._control.overwrite:
                step, hidden = None, False
            known[name] = (metric.step_metric or step, metric.options.hidden or hidden)
        elif kind == "run":
            run = record.run
            for name in ("run_id", "display_name", "run_group", "entity", "project"):
                self._about[name] = getattr(run, name) or self._about.get(name, "")
            self._take_summary(run.summary.update)
        elif kind == "exit":
            self.finished = True

    def _history(self, items: Iterable[Any]) -> None:
        seen = self._seen
        nested: list[tuple[tuple[str, ...], str]] = []
        for item in items:
            parts = item.nested_key
            text = item.value_json or _typed_value(item)
            if len(parts) > 1:
                nested.append((tuple(parts), text))
                continue
            key = parts[0] if parts else item.key
            # float() first: nearly all items are plain numbers, and this loop is the
            # reader's whole cost.
            try:
                value = float(text)
            except ValueError:
                self._other(key, text)
                continue
            known = seen.get(key)
            if known is None:
                known = self._new(key, "number")
            if value == known.latest and known.kind == "number":
                known.points += 1
            else:
                known.number(value)
        for key, media, text in _joined(nested):
            if media:
                self._of(key, media).see(media)
                continue
            try:
                value = float(text)
            except ValueError:
                self._other(key, text)
                continue
            self._of(key, "number").number(value)

    def _other(self, key: str, text: str) -> None:
        if not text.startswith("{"):
            kind = _kind_of_text(text)
            self._of(key, kind).other(kind, text)
            return
        for name, kind, value in flatten(key, _loaded(text)):
            if kind == "number":
                self._of(name, kind).number(float(str(value)))
            elif kind in _COMPARED:
                self._of(name, kind).other(kind, repr(value))
            else:
                self._of(name, kind).see(kind)

    def _of(self, key: str, kind: str) -> _Seen:
        return self._seen.get(key) or self._new(key, kind)

    def _new(self, key: str, kind: str) -> _Seen:
        if len(self._seen) >= self._max_keys:
            raise too_many_keys(self._max_keys)
        self._summary.pop(key, None)
        known = self._seen[key] = _Seen(kind)
        return known

    def _take_summary(self, items: Iterable[Any]) -> None:
        seen = self._seen
        nested: list[tuple[tuple[str, ...], str]] = []
        for item in items:
            parts = item.nested_key
            if len(parts) > 1:
                nested.append((tuple(parts), item.value_json))
                continue
            key = parts[0] if parts else item.key
            if key not in seen:
                self._summary_value(key, "", item.value_json)
        for key, media, text in _joined(nested):
            if key not in self._seen and not key.startswith("_wandb."):
                self._summary_value(key, media, text)

    def _summary_value(self, key: str, media: str, text: str) -> None:
        if key == "_wandb":
            return
        if len(self._summary) >= self._max_keys:
            raise too_many_keys(self._max_keys)
        if media or not text.startswith("{"):
            self._summary[key] = {key: media or summary_kind(_kind_of_text(text), text[1:-1])}
        else:
            leaves = flatten(key, _loaded(text))
            self._summary[key] = {name: summary_kind(kind, value) for name, kind, value in leaves}

    def result(self, notes: Sequence[str]) -> RunKeys:
        """What was collected, with the step metrics that the definitions give."""
        define = _definer(self._metrics, self._globs)
        keys = {key: seen.facts(*define(key)) for key, seen in self._seen.items()}
        logged = dict(keys)
        for below in self._summary.values():
            for key, kind in below.items():
                if key not in logged and not is_part_of_logged(key, logged, self._metrics):
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


def flatten(key: str, value: object) -> Iterator[tuple[str, str, object]]:
    """The metrics that one logged value is, as (key, kind, value).

    A dict is one metric a leaf, joined by dots, as W&B does it; a dict with a
    ``_type`` is one media value, and an empty one a "map".
    """
    stack = [(key, value)]
    while stack:
        name, value = stack.pop()
        if isinstance(value, dict):
            media = value.get("_type")
            if isinstance(media, str):
                yield name, kind_of(media), None
            elif value:
                stack.extend((f"{name}.{part}", below) for part, below in value.items())
            else:
                yield name, "map", None
        else:
            yield name, _KIND_OF_PYTHON.get(type(value), "unknown"), value


def summary_kind(kind: str, value: object) -> str:
    """A summary value's kind: there W&B spells non-finite numbers as strings."""
    return "number" if kind == "string" and value in NON_FINITE else kind


def is_part_of_logged(key: str, logged: Mapping[str, KeyFacts], named: Container[str] = ()) -> bool:
    """Whether a summary's key is no metric of its own but a piece of a logged one.

    Such are ``loss.min``, which ``define_metric("loss", summary="min")`` makes, and
    the fields of a media value.

    Args:
        key: The summary's key.
        logged: The keys that were logged.
        named: Further names that ``define_metric`` knows.
    """
    parent, _, last = key.rpartition(".")
    if last in _STATISTICS and (parent in logged or parent in named):
        return True
    while parent:
        if parent in logged and logged[parent].kind not in _COMPARED:
            return True
        parent = parent.rpartition(".")[0]
    return False


def _joined(nested: list[tuple[tuple[str, ...], str]]) -> Iterator[tuple[str, str, str]]:
    """Nested items as (key, media kind or "", text); a media value's own fields are left out."""
    media = {}
    for parts, text in nested:
        if parts[-1] == "_type" and text.startswith('"'):
            media[parts[:-1]] = kind_of(str(_loaded(text)))
    for parts, text in nested:
        if media:
            owner = next((p for n in range(1, len(parts)) if (p := parts[:n]) in media), None)
            if owner is not None:
                if len(owner) == len(parts) - 1 and parts[-1] == "_type":
                    yield ".".join(owner), media[owner], ""
                continue
        yield ".".join(parts), "", text


def _definer(
    metrics: Mapping[str, _Definition], globs: Mapping[str, _Definition]
) -> Callable[[str], _Definition]:
    """What ``define_metric`` says of a key: an exact name wins, then the longest glob."""
    patterns = [
        (pattern, globs[glob])
        for glob in sorted(globs, key=lambda glob: (-len(glob), glob))
        if (pattern := _glob_pattern(glob)) is not None
    ]

    def define(key: str) -> _Definition:
        if key in metrics:
            return metrics[key]
        if not key.startswith("_"):
            for pattern, definition in patterns:
                if pattern.fullmatch(key):
                    return definition
        return None, False

    return define


def _glob_pattern(glob: str) -> re.Pattern[str] | None:
    """A glob as the SDK matches it: Go's ``filepath.Match``, where * stops at a slash."""
    tokens = _GLOB_TOKEN.findall(glob)
    if "".join(tokens) != glob:
        return None
    try:
        return re.compile("".join(map(_glob_part, tokens)))
    except re.error:
        return None


def _glob_part(part: str) -> str:
    if part == "*":
        return "[^/]*"
    if part == "?":
        return "[^/]"
    if len(part) > 1 and part[0] == "[":
        negated = part[1] == "^"
        inner = re.findall(r"(?s)\\.|.", part[2 if negated else 1 : -1])
        escaped = (char if char == "-" else re.escape(char[-1]) for char in inner)
        return f"[{'^' * negated}{''.join(escaped)}]"
    return re.escape(part[-1])


def _typed_value(item: Any) -> str:
    """A value in the typed form that newer SDKs can write, as JSON text."""
    form = item.WhichOneof("value")
    if form is None:
        return ""
    value = getattr(item, form)
    if form == "none":
        return "null"
    return str(value) if form == "json" else json.dumps(value)


def _kind_of_text(text: str) -> str:
    return _KIND_OF_FIRST.get(text[:1], "unknown")


def _loaded(text: str) -> object:
    try:
        # Numbers as floats: an int of 5,000 digits is an error otherwise.
        return json.loads(text, parse_int=float)
    except (ValueError, RecursionError):
        return {}
