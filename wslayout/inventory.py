"""`Inventory`: every metric key of a project, with what is known of it.

One row of a pandas table is one metric key. Inventories merge associatively and
commutatively, so runs may be read in any order, by any number of readers.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pandas as pd
from pandas.api.extensions import ExtensionDtype

from wslayout.errors import SourceError, TooManyKeys

MAX_KEYS: Final = 1_000_000
"""Distinct keys an inventory may hold. Ten times what W&B documents as the most a
project should log (100,000 metrics); beyond it memory, not layout, is the problem."""

KINDS: Final[tuple[str, ...]] = (
    "number",
    "histogram",
    "table",
    "image",
    "video",
    "audio",
    "html",
    "plotly",
    "bokeh",
    "object3d",
    "molecule",
    "graph",
    "trace",
    "file",
    "bool",
    "list",
    "map",
    "string",
    "null",
    "unknown",
)
"""All kinds, strongest first: a key that runs disagree about takes the strongest."""

MEDIA_KINDS: Final = frozenset(
    {
        "histogram",
        "image",
        "video",
        "audio",
        "html",
        "plotly",
        "bokeh",
        "object3d",
        "molecule",
        "graph",
    }
)
"""The kinds that W&B shows in a media browser."""

CHARTABLE_KINDS: Final = MEDIA_KINDS | {"number", "table"}
"""The kinds that can have a panel at all."""

_KIND_RANK: Final = {kind: rank for rank, kind in enumerate(KINDS)}

# W&B's names for the types of logged values: `typeCounts` of `historyKeys`, and
# `_type` of a media value. https://docs.wandb.ai and wandb's own data_types.
_KIND_OF_TYPE: Final = {
    "number": "number",
    "string": "string",
    "bool": "bool",
    "boolean": "bool",
    "nil": "null",
    "null": "null",
    "map": "map",
    "dictionary": "map",
    "list": "list",
    "histogram": "histogram",
    "table-file": "table",
    "table": "table",
    "joined-table": "table",
    "partitioned-table": "table",
    "image-file": "image",
    "image": "image",
    "images": "image",
    "images/separated": "image",
    "video-file": "video",
    "videos": "video",
    "video": "video",
    "audio-file": "audio",
    "audio": "audio",
    "html-file": "html",
    "html": "html",
    "plotly-file": "plotly",
    "plotly": "plotly",
    "bokeh-file": "bokeh",
    "bokeh": "bokeh",
    "object3D-file": "object3d",
    "object3D": "object3d",
    "object3d": "object3d",
    "molecule-file": "molecule",
    "molecule": "molecule",
    "graph-file": "graph",
    "graph": "graph",
    "wb_trace_tree": "trace",
    "trace": "trace",
    "file": "file",
    "unknown": "unknown",
}

COLUMNS: Final[Mapping[str, ExtensionDtype]] = {
    "key": pd.StringDtype(),
    "kind": pd.StringDtype(),
    "runs": pd.Int64Dtype(),
    "points": pd.Int64Dtype(),
    "max_points": pd.Int64Dtype(),
    "monotonic": pd.BooleanDtype(),
    "single_valued": pd.BooleanDtype(),
    "step_metric": pd.StringDtype(),
}
"""The table's columns and their pandas types; `Inventory` says what each means."""

_FORMAT: Final = "wslayout-inventory"


def kind_of(wandb_type: str) -> str:
    """The kind for one of W&B's type names; "unknown" for a name we don't know."""
    return _KIND_OF_TYPE.get(wandb_type, "unknown")


def stronger(one: str, other: str) -> str:
    """Of two kinds seen for one key, the one that decides its panel."""
    return one if _KIND_RANK[one] <= _KIND_RANK[other] else other


def usable_key(key: str) -> bool:
    """Whether a key can name a metric: not empty, and valid Unicode."""
    if not key:
        return False
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an inventory came from.

    Attributes:
        label: What a person would call it: ``team/project``, a path, "stdin".
        entity: The W&B entity, where the source is a project on a server.
        project: The W&B project, likewise.
    """

    label: str = "metric keys"
    entity: str | None = None
    project: str | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """How complete an inventory is.

    Attributes:
        complete: Whether every key of every run is certain to be in it.
        runs_total: Runs that the source has, where known.
        runs_read: Runs whose keys were looked at, where known.
        unseen_share: The estimated share (0 to 1) of key observations still unseen,
            where runs were sampled (Good–Turing: keys seen once / keys seen).
        notes: Sentences on what is missing and why; sorted, each once.
    """

    complete: bool = True
    runs_total: int | None = None
    runs_read: int | None = None
    unseen_share: float | None = None
    notes: tuple[str, ...] = ()

    def merge(self, other: Coverage) -> Coverage:
        """The coverage of two inventories of different runs, taken together."""
        return Coverage(
            complete=self.complete and other.complete,
            runs_total=_add(self.runs_total, other.runs_total),
            runs_read=_add(self.runs_read, other.runs_read),
            unseen_share=max(
                (s for s in (self.unseen_share, other.unseen_share) if s is not None), default=None
            ),
            notes=tuple(sorted({*self.notes, *other.notes})),
        )

    def describe(self) -> str:
        """One line for people: "12 of 40 runs read, about 0.4 % of keys unseen"."""
        if self.runs_read is None:
            runs = "runs not known"
        elif self.runs_total is None or self.runs_total == self.runs_read:
            runs = f"{self.runs_read:,} run{'' if self.runs_read == 1 else 's'} read"
        else:
            runs = f"{self.runs_read:,} of {self.runs_total:,} runs read"
        if self.complete:
            return f"{runs}, complete"
        if self.unseen_share is not None:
            return f"{runs}, about {self.unseen_share:.1%} of keys unseen"
        return f"{runs}, may be incomplete"


def _add(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


@dataclass(frozen=True)
class Inventory:
    """Every metric key of a source, one row a key, sorted by key.

    Attributes:
        frame: The table; don't change it in place (`to_frame` gives a copy). Columns:
            ``key`` (the metric key as logged, nested names joined by dots),
            ``kind`` (one of `KINDS`), ``runs`` (number of runs that have it),
            ``points`` (values logged, over all runs), ``max_points`` (most values
            logged in one run), ``monotonic`` (it never falls within a run),
            ``single_valued`` (no run has two different values of it),
            ``step_metric`` (the x-axis that ``define_metric`` gives it).
            All but the first two are nullable: <NA> means not known.
        coverage: How complete the table is.
        origin: Where it came from.
    """

    frame: pd.DataFrame
    coverage: Coverage = field(default_factory=Coverage)
    origin: Origin = field(default_factory=Origin)

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def keys(self) -> list[str]:
        """The metric keys, sorted."""
        return [str(key) for key in self.frame["key"].tolist()]

    @property
    def step_metrics(self) -> frozenset[str]:
        """The keys that ``define_metric`` made an x-axis of other keys."""
        return frozenset(str(key) for key in self.frame["step_metric"].dropna().unique())

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        coverage: Coverage | None = None,
        origin: Origin | None = None,
        max_keys: int = MAX_KEYS,
    ) -> Inventory:
        """An inventory from a table of any size with at least a column ``key``.

        Args:
            frame: A table, one row a key (rows of the same key are merged). ``kind``
                may hold our kinds or W&B's type names and is "number" where there is
                no such column; other columns of `COLUMNS` are taken where present,
                all else is ignored.
            coverage: How complete it is; by default that of an unsampled table.
            origin: Where it came from.
            max_keys: The most distinct keys to accept.

        Raises:
            SourceError: No column ``key``, or values that don't fit their column.
            TooManyKeys: More distinct keys than ``max_keys``.
        """
        table, dropped = _clean(frame)
        coverage = coverage or Coverage()
        if dropped:
            note = f"{dropped:,} rows without a usable key name were left out"
            coverage = replace(coverage, notes=tuple(sorted({*coverage.notes, note})))
        table = _merge_rows(table)
        if len(table) > max_keys:
            raise too_many_keys(max_keys)
        return cls(table, coverage, origin or Origin())

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table, to filter and edit; `from_frame` takes it back."""
        return self.frame.copy()

    def filter(self, keep: Sequence[bool] | pd.Series[bool]) -> Inventory:
        """The rows where ``keep`` (one boolean a row, in order) is true."""
        mask = pd.Series(list(keep), index=self.frame.index, dtype=bool)
        return replace(self, frame=self.frame[mask].reset_index(drop=True))

    def merge(self, other: Inventory) -> Inventory:
        """Both inventories as one, for sources that hold different runs.

        Counts add up, the largest ``max_points`` stays, and a key is monotonic or
        single-valued if it is so wherever that is known.
        """
        table = _merge_rows(pd.concat([self.frame, other.frame], ignore_index=True))
        origin = self.origin if self.origin == other.origin else _common(self.origin, other.origin)
        return Inventory(table, self.coverage.merge(other.coverage), origin)

    def to_csv(self) -> str:
        """The table as CSV text; coverage and origin are not in it."""
        return str(self.frame.to_csv(index=False))

    def to_parquet(self) -> bytes:
        """The table as a Parquet file; coverage and origin are not in it.

        Raises:
            SourceError: pyarrow is not installed (``pip install "wslayout[parquet]"``).
        """
        buffer = io.BytesIO()
        try:
            self.frame.to_parquet(buffer, index=False)
        except ImportError as error:
            raise no_parquet() from error
        return buffer.getvalue()

    def to_json(self) -> str:
        """Everything as JSON text, one key a line; `from_json` reads it back."""
        head = {
            "format": _FORMAT,
            "version": 1,
            "origin": {
                "label": self.origin.label,
                "entity": self.origin.entity,
                "project": self.origin.project,
            },
            "coverage": {
                "complete": self.coverage.complete,
                "runs_total": self.coverage.runs_total,
                "runs_read": self.coverage.runs_read,
                "unseen_share": self.coverage.unseen_share,
                "notes": list(self.coverage.notes),
            },
        }
        rows = ",\n".join(
            json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in self.records()
        )
        return json.dumps(head, ensure_ascii=False)[:-1] + f', "keys": [\n{rows}\n]}}\n'

    def records(self) -> list[dict[str, Any]]:
        """One plain dict a key, without what is not known."""
        names = list(COLUMNS)
        columns = [self.frame[name].tolist() for name in names]
        return [
            {name: value for name, value in zip(names, row, strict=True) if value is not pd.NA}
            for row in zip(*columns, strict=True)
        ]

    @classmethod
    def from_json(cls, text: str, *, max_keys: int = MAX_KEYS) -> Inventory:
        """Read what `to_json` wrote.

        Raises:
            SourceError: It is not such a text.
            TooManyKeys: More distinct keys than ``max_keys``.
        """
        try:
            data = json.loads(text)
            if data["format"] != _FORMAT or data["version"] != 1:
                raise SourceError(f"not an inventory of version 1: {data['format']!r}")
            coverage = data["coverage"]
            coverage["notes"] = tuple(coverage["notes"])
            return cls.from_frame(
                pd.DataFrame.from_records(data["keys"], columns=list(COLUMNS)),
                coverage=Coverage(**coverage),
                origin=Origin(**data["origin"]),
                max_keys=max_keys,
            )
        except (ValueError, KeyError, TypeError) as error:
            raise SourceError(f"not an inventory that wslayout wrote: {error}") from error


def too_many_keys(limit: int) -> TooManyKeys:
    """The error for a source with more than ``limit`` distinct keys."""
    return TooManyKeys(
        f"the source holds more than {limit:,} distinct metric keys",
        hint="Keys by the million come from names that hold a step, a sample or a run id. "
        "Read fewer runs, or raise the limit with --max-keys.",
    )


def no_parquet() -> SourceError:
    """The error for Parquet without pyarrow."""
    return SourceError(
        "Parquet files need pyarrow, which is not installed",
        hint='Run: pip install "wslayout[parquet]"',
    )


def _common(one: Origin, other: Origin) -> Origin:
    label = " + ".join(sorted({*one.label.split(" + "), *other.label.split(" + ")}))
    same = (one.entity, one.project) == (other.entity, other.project)
    return Origin(label, one.entity if same else None, one.project if same else None)


def _clean(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The table with our columns and types, and how many rows had no usable key."""
    if "key" not in frame.columns:
        found = ", ".join(map(repr, list(frame.columns)[:8])) or "none"
        raise SourceError(
            f"the table has no column 'key' (its columns: {found})",
            hint="Name the column that holds the metric keys 'key'.",
        )
    keys = frame["key"].tolist()
    usable = [isinstance(key, str) and usable_key(key) for key in keys]
    dropped = len(usable) - sum(usable)
    source = frame[pd.Series(usable, index=frame.index, dtype=bool)] if dropped else frame
    table = pd.DataFrame(index=pd.RangeIndex(len(source)))
    for name, dtype in COLUMNS.items():
        if name in source.columns:
            column = source[name].reset_index(drop=True)
            try:
                table[name] = column.astype(dtype)
            except (TypeError, ValueError) as error:
                raise SourceError(
                    f"column {name!r} holds values that are not {dtype}: {error}"
                ) from error
        else:
            table[name] = pd.Series(pd.NA, index=table.index, dtype=dtype)
    if "kind" in source.columns:
        names = table["kind"].fillna("unknown")
        table["kind"] = names.map({name: kind_of(str(name)) for name in names.unique()}).astype(
            COLUMNS["kind"]
        )
    else:
        table["kind"] = pd.Series("number", index=table.index, dtype=COLUMNS["kind"])
    return table, dropped


def _merge_rows(table: pd.DataFrame) -> pd.DataFrame:
    """One row a key, sorted by key; see `Inventory.merge` for how rows join."""
    if table["key"].duplicated().any():
        ranked = table.assign(kind=table["kind"].map(_KIND_RANK).astype("Int64"))
        groups = ranked.groupby("key", sort=False)
        table = pd.DataFrame(
            {
                "kind": groups["kind"].min().map(dict(enumerate(KINDS))),
                "runs": groups["runs"].sum(min_count=1),
                "points": groups["points"].sum(min_count=1),
                "max_points": groups["max_points"].max(),
                "monotonic": groups["monotonic"].min(),
                "single_valued": groups["single_valued"].min(),
                "step_metric": groups["step_metric"].min(),
            }
        ).reset_index()
        table = table.astype(dict(COLUMNS))
    return table[list(COLUMNS)].sort_values("key", kind="stable", ignore_index=True)


@dataclass(slots=True)
class _Seen:
    kind: str
    runs: int
    points: int | None
    max_points: int | None
    monotonic: bool | None
    single_valued: bool | None
    step_metric: str | None


class Tally:
    """Collects keys run by run; memory grows with distinct keys, not with runs.

    Args:
        max_keys: The most distinct keys to accept.
    """

    def __init__(self, max_keys: int = MAX_KEYS) -> None:
        self._max_keys = max_keys
        self._seen: dict[str, _Seen] = {}
        self._unusable = 0

    def __len__(self) -> int:
        return len(self._seen)

    def __contains__(self, key: str) -> bool:
        return key in self._seen

    def see(
        self,
        key: str,
        kind: str,
        *,
        runs: int = 1,
        points: int | None = None,
        monotonic: bool | None = None,
        single_valued: bool | None = None,
        step_metric: str | None = None,
    ) -> None:
        """Count one key of ``runs`` runs (``points``: values logged in one of them).

        Raises:
            TooManyKeys: It is one key more than the limit.
        """
        known = self._seen.get(key)
        if known is None:
            if not usable_key(key):
                self._unusable += 1
                return
            if len(self._seen) >= self._max_keys:
                raise too_many_keys(self._max_keys)
            self._seen[key] = _Seen(
                kind, runs, points, points, monotonic, single_valued, step_metric
            )
            return
        known.kind = stronger(known.kind, kind)
        known.runs += runs
        if points is not None:
            known.points = (known.points or 0) + points
            known.max_points = max(known.max_points or 0, points)
        if monotonic is not None:
            known.monotonic = monotonic and known.monotonic is not False
        if single_valued is not None:
            known.single_valued = single_valued and known.single_valued is not False
        if step_metric is not None:
            known.step_metric = min(step_metric, known.step_metric or step_metric)

    def inventory(self, *, coverage: Coverage, origin: Origin) -> Inventory:
        """What was seen, as an `Inventory`."""
        if self._unusable:
            note = f"{self._unusable:,} keys without a usable name were left out"
            coverage = replace(coverage, notes=tuple(sorted({*coverage.notes, note})))
        rows = sorted(self._seen.items())
        columns: dict[str, Iterable[object]] = {"key": [key for key, _ in rows]}
        for name in list(COLUMNS)[1:]:
            columns[name] = [getattr(seen, name) for _, seen in rows]
        table = pd.DataFrame(
            {name: pd.Series(columns[name], dtype=dtype) for name, dtype in COLUMNS.items()}
        )
        return Inventory(table, coverage, origin)
