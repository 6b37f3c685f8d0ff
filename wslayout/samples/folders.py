"""Values from runs on disk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from wslayout.errors import SourceError
from wslayout.inventory import kind_of
from wslayout.progress import Progress, silent
from wslayout.samples.images import can_shrink, thumbnail
from wslayout.samples.media import bars_of, grid_of
from wslayout.samples.thinning import Thinner
from wslayout.samples.values import AGGREGATES, RUNS, Axis, Bars, Curve, Grid, Picture, Samples
from wslayout.samples.wanted import Wanted
from wslayout.sources.folders.one_run import load_summary
from wslayout.sources.folders.run_folders import RunFolder, parts_of_runs, search_runs
from wslayout.sources.folders.runlog import Damage, iter_records
from wslayout.sources.remote import Place, lies_in
from wslayout.sources.values import finite_number, leaves, parsed, typed_value

_STEP: Final = "_step"
_NO_PILLOW: Final = (
    "Large images are not shown: they can be shrunk where pillow is installed "
    "(pip install 'wslayout[preview]')."
)


def sample_folders(
    path: Place, wanted: Wanted, *, most_runs: int = RUNS, progress: Progress = silent
) -> Samples:
    """The wanted values of the newest runs at or below a path that have any.

    A run that can't be read leaves a note.

    Args:
        path: As `wslayout.sources.folders.run_folders.find_run_folders` takes it.
        wanted: What is to be read.
        most_runs: Of how many runs.
        progress: Told how many runs are read.

    Raises:
        SourceError, EmptySource: As for `find_run_folders`.
    """
    runs = sorted(parts_of_runs(search_runs(path).found), key=_begun, reverse=True)
    notes = []
    sampled: list[_Run] = []
    for parts in runs[: most_runs * _TRIED]:
        progress("reading values", len(sampled), most_runs)
        run = _Run(len(sampled), parts, wanted)
        try:
            run.read()
        except SourceError as error:
            notes.append(f"{error}.")
            continue
        sampled += [run] if run.has_values else []
        if len(sampled) == most_runs:
            break
    progress("reading values", most_runs, most_runs)
    if len(runs) > len(sampled) and not notes:
        of = f"{len(sampled)} of {len(runs):,} runs, the newest that hold any"
        notes.append(f"Values are those of {of}." if sampled else "The newest runs hold no values.")
    return _gathered(sampled, notes)


_TRIED: Final = 4
"""Runs that are read for one that holds values: the newest may have stopped at once."""


def _begun(parts: Sequence[RunFolder]) -> str:
    return max(part.path.name.removeprefix("offline-") for part in parts)


def _gathered(runs: Sequence[_Run], notes: Sequence[str]) -> Samples:
    curves: dict[tuple[str, Axis], list[Curve]] = {}
    last: dict[str, dict[int, float]] = {}
    pictures: dict[str, list[Picture]] = {}
    bars: dict[str, list[Bars]] = {}
    grids: dict[str, Grid] = {}
    others: dict[str, str] = {}
    skipped = False
    for run in runs:
        for wanted, curve in run.curves():
            curves.setdefault(wanted, []).append(curve)
        for key, number in run.last.items():
            last.setdefault(key, {})[run.number] = number
        for key, medium in run.media():
            match medium:
                case Picture():
                    pictures.setdefault(key, []).append(medium)
                case Bars():
                    bars.setdefault(key, []).append(medium)
                case Grid():
                    grids.setdefault(key, medium)
                case str():
                    others.setdefault(key, medium)
                case None:
                    skipped = True
                    others.setdefault(key, "image")
    return Samples(
        runs=tuple(run.label for run in runs),
        curves={wanted: tuple(found) for wanted, found in curves.items()},
        last=last,
        pictures={key: tuple(found) for key, found in pictures.items()},
        bars={key: tuple(found) for key, found in bars.items()},
        grids=grids,
        others=others,
        notes=(*notes, *([_NO_PILLOW] if skipped and not can_shrink() else [])),
    )


class _Run:
    """Reads the wanted values of one run."""

    def __init__(self, number: int, parts: Sequence[RunFolder], wanted: Wanted) -> None:
        self.number = number
        self.label = parts[-1].run_id or parts[-1].path.name
        self.last: dict[str, float] = {}
        self._parts = parts
        self._axes: dict[str, list[Axis]] = {}
        for key, axis in wanted.curves:
            self._axes.setdefault(key, []).append(axis or _STEP)
        self._thinners = {(key, axis or _STEP): Thinner() for key, axis in wanted.curves}
        self._wanted_last = frozenset(wanted.last)
        self._wanted_media = frozenset(wanted.media)
        self._tops = _tops(
            {*self._axes, *self._wanted_last, *self._wanted_media}
            | {axis for axes in self._axes.values() for axis in axes}
        )
        self._aggregated: set[str] = set()
        self._media: dict[str, tuple[Mapping[str, Any], RunFolder]] = {}

    def read(self) -> None:
        """Read all files of the run.

        Raises:
            SourceError: One can't be read at all.
        """
        for part in self._parts:
            if part.run_file is None:
                if part.summary is not None:
                    self._summarised(load_summary(part.summary).items())
                continue
            for record in iter_records(part.run_file, Damage()):
                kind = record.WhichOneof("record_type")
                if kind == "history":
                    self._row(record, part)
                elif kind == "summary":
                    self._summarised(self._values(record.summary.update))
                elif kind == "run":
                    self.label = record.run.display_name or self.label

    def _row(self, record: Any, part: RunFolder) -> None:
        row = dict(self._values(record.history.item))
        if _STEP not in row:
            row[_STEP] = float(record.history.step.num)
        for key in row.keys() & self._wanted_media:
            value = row[key]
            if isinstance(value, dict):
                self._media[key] = (value, part)
        for key in row.keys() & self._axes.keys():
            y = finite_number(row[key])
            if y is None:
                continue
            for axis in self._axes[key]:
                # As W&B does: a row without the metric of the x-axis is no point.
                x = finite_number(row.get(axis))
                if x is not None:
                    self._thinners[key, axis].add(x, y)
        self._keep_last(row)

    def _keep_last(self, row: Mapping[str, object]) -> None:
        for key in row.keys() & self._wanted_last - self._aggregated:
            number = finite_number(row[key])
            if number is not None:
                self.last[key] = number

    def _summarised(self, items: Iterable[tuple[str, object]]) -> None:
        """Take what a summary says: of some metrics the largest value, say, and not the last."""
        row = {key: value for name, one in items for key, value in leaves(name, one)}
        for key in self._wanted_last:
            told = [row[name] for one in AGGREGATES if (name := f"{key}.{one}") in row]
            if key not in row and len(told) == 1 and (number := finite_number(told[0])) is not None:
                self.last[key] = number
                self._aggregated.add(key)
        self._keep_last(row)

    @property
    def has_values(self) -> bool:
        """Whether there is anything to draw."""
        return bool(self.last or self._media or any(self.curves()))

    def _values(self, items: Iterable[Any]) -> Iterator[tuple[str, object]]:
        """The values of a record that may be wanted, by their keys; media are dicts."""
        nested: dict[str, Any] = {}
        for item in items:
            parts = tuple(item.nested_key) or (item.key,)
            if parts[0] not in self._tops:
                continue
            value = parsed(item.value_json or typed_value(item))
            if len(parts) > 1:
                _put(nested, parts, value)
            else:
                yield from leaves(parts[0], value)
        for key, value in nested.items():
            yield from leaves(key, value)

    def curves(self) -> Iterator[tuple[tuple[str, Axis], Curve]]:
        """The curves of the run that have a point."""
        for (key, axis), thinner in self._thinners.items():
            xs, ys = thinner.points()
            if xs:
                wanted = (key, "" if axis == _STEP else axis)
                yield wanted, Curve(run=self.number, xs=xs, ys=ys)

    def media(self) -> Iterator[tuple[str, Picture | Bars | Grid | str | None]]:
        """The last of each key; its kind where that is not shown here.

        None stands for an image that can't be shown.
        """
        for key, (value, part) in self._media.items():
            kind = kind_of(str(value.get("_type")))
            if kind == "histogram":
                if bars := bars_of(value, self.number):
                    yield key, bars
                continue
            if kind not in ("image", "table"):
                yield key, kind
                continue
            for file in _files_of(value, part):
                if kind == "table":
                    if (grid := grid_of(file)) is not None:
                        yield key, grid
                else:
                    yield key, self._picture(file, value.get("count"))
                break

    def _picture(self, file: Place, count: object) -> Picture | None:
        found = thumbnail(file)
        if found is None:
            return None
        media_type, data = found
        of_many = isinstance(count, (int, float)) and count > 1
        note = f"the first of {count:,.0f} images of a step" if of_many else ""
        return Picture(run=self.number, media_type=media_type, data=data, note=note)


def _files_of(value: Mapping[str, Any], part: RunFolder) -> Iterator[Place]:
    """The files of a logged medium; only those that lie in the run's own folder."""
    run = part.path.resolve()
    home = run / "files"
    names = value.get("filenames")
    given = names if isinstance(names, list) else [value.get("path")]
    for name in given:
        if not isinstance(name, str) or not name:
            continue
        try:
            file = (home / name).resolve()
            is_own = lies_in(file, run) and file.is_file()
        except (OSError, ValueError):
            continue
        if is_own:
            yield file


def _tops(keys: Collection[str]) -> frozenset[str]:
    """The names that a logged value may have at the top, to hold one of some keys."""
    tops = set(keys)
    for key in keys:
        head = key
        while "." in head:
            head = head.rpartition(".")[0]
            tops.add(head)
    return frozenset(tops)


def _put(tree: dict[str, Any], parts: Sequence[str], value: object) -> None:
    for part in parts[:-1]:
        below = tree.setdefault(part, {})
        if not isinstance(below, dict):
            return
        tree = below
    tree[parts[-1]] = value
