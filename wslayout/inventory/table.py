"""`Inventory`: every metric key of a project, with what is known of it.

One row of a pandas table is one metric key. Inventories merge associatively and
commutatively, so runs may be read in any order, by any number of readers.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from wslayout.errors import SourceError
from wslayout.inventory.columns import COLUMNS, Table
from wslayout.inventory.coverage import Coverage, Origin, common_origin
from wslayout.inventory.internal import is_internal
from wslayout.inventory.kinds import CHARTABLE_KINDS
from wslayout.inventory.limits import MAX_KEYS, left_out, no_parquet, too_many_keys
from wslayout.shown import Shown

if TYPE_CHECKING:
    import pandas as pd

_FORMAT: Final = "wslayout-inventory"


@dataclass(frozen=True, eq=False, repr=False)
class Inventory(Shown):
    """Every metric key of a source, one row a key, sorted by key.

    Attributes:
        table: The rows, as lists or as a pandas table. Its columns:
            ``key`` (the metric key as logged, nested names joined by dots),
            ``kind`` (one of `KINDS`), ``runs`` (number of runs that have it),
            ``points`` (values logged, over all runs), ``max_points`` (most values
            logged in one run), ``monotonic`` (it never falls within a run),
            ``single_valued`` (no run has two different values of it),
            ``step_metric`` (the x-axis that ``define_metric`` gives it).
            All but the first two are nullable: None, <NA> in a pandas table, means not known.
        coverage: How complete the table is.
        origin: Where it came from.
    """

    table: Table
    coverage: Coverage = field(default_factory=Coverage)
    origin: Origin = field(default_factory=Origin)

    def __repr__(self) -> str:
        return (
            f"<Inventory of {self.origin.label!r}: {len(self):,} metric keys, "
            f"{self.coverage.describe()}>"
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Inventory):
            return NotImplemented
        same = (self.coverage, self.origin) == (other.coverage, other.origin)
        return same and self.table == other.table

    __hash__ = None  # type: ignore[assignment]  # a table has no hash, so nor has this

    def __len__(self) -> int:
        return len(self.table)

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as a pandas table; don't change it in place (`to_frame` gives a copy)."""
        return self.table.frame

    @property
    def keys(self) -> list[str]:
        """The metric keys, sorted."""
        return list(self.table.column("key"))

    @property
    def kinds(self) -> dict[str, str]:
        """The kind of each metric key."""
        return dict(self.rows("key", "kind"))

    @property
    def drawable(self) -> dict[str, str]:
        """The metric keys of which automatic mode draws a panel, each with its kind."""
        return {
            key: kind
            for key, kind in self.rows("key", "kind")
            if kind in CHARTABLE_KINDS and not is_internal(key)
        }

    def rows(self, *names: str) -> Iterator[tuple[Any, ...]]:
        """The values of some columns, key by key; None for what is not known."""
        return zip(*map(self.table.column, names), strict=True)

    @property
    def step_metrics(self) -> frozenset[str]:
        """The keys that ``define_metric`` made an x-axis of other keys."""
        return frozenset(filter(None, self.table.column("step_metric")))

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
            coverage: How complete it is; by default as the table's ``attrs`` tell that
                `to_frame` gave it, else that of an unsampled table.
            origin: Where it came from; likewise.
            max_keys: The most distinct keys to accept.

        Raises:
            SourceError: No column ``key``, or values that don't fit their column.
            TooManyKeys: More distinct keys than ``max_keys``.
        """
        from wslayout.inventory.rows import clean_rows, merge_rows

        told_coverage, told_origin = _told(frame.attrs.get(_FORMAT))
        table, dropped = clean_rows(frame)
        table.attrs.clear()
        coverage = coverage or told_coverage
        if dropped:
            coverage = coverage.noting(left_out(dropped))
        table = merge_rows(table)
        if len(table) > max_keys:
            raise too_many_keys(max_keys)
        return cls(Table(table), coverage, origin or told_origin)

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table, to filter and edit; `from_frame` takes it back.

        Its ``attrs``, which pandas carries along, tell the coverage and the origin.
        """
        frame = self.frame.copy()
        frame.attrs[_FORMAT] = self._head()
        return frame

    def filter(self, keep: Sequence[bool] | pd.Series[bool]) -> Inventory:
        """The rows where ``keep`` (one boolean a row, in order) is true.

        Raises:
            ValueError: Not one value a row.
        """
        import pandas as pd

        mask = pd.Series(list(keep), dtype="boolean").fillna(value=False).astype(bool)
        if len(mask) != len(self):
            raise ValueError(f"filter() got {len(mask):,} values for {len(self):,} rows")
        return replace(self, table=Table(self.frame[mask].reset_index(drop=True)))

    def merge(self, other: Inventory) -> Inventory:
        """Both inventories as one, for sources that hold different runs.

        Counts add up, the largest ``max_points`` stays, and a key is monotonic or
        single-valued only if it is known to be so on both sides.
        """
        import pandas as pd

        from wslayout.inventory.rows import merge_rows

        table = merge_rows(pd.concat([self.frame, other.frame], ignore_index=True))
        origin = (
            self.origin if self.origin == other.origin else common_origin(self.origin, other.origin)
        )
        return Inventory(Table(table), self.coverage.merge(other.coverage), origin)

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
        head = {"format": _FORMAT, "version": 1, **self._head()}
        rows = ",\n".join(
            json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in self.records()
        )
        return json.dumps(head, ensure_ascii=False)[:-1] + f', "keys": [\n{rows}\n]}}\n'

    def _head(self) -> dict[str, Any]:
        """The origin and the coverage as plain data."""
        coverage = asdict(self.coverage)
        return {
            "origin": asdict(self.origin),
            "coverage": {**coverage, "notes": list(coverage["notes"])},
        }

    def records(self) -> list[dict[str, Any]]:
        """One plain dict a key, without what is not known."""
        names = list(COLUMNS)
        return [
            {name: value for name, value in zip(names, row, strict=True) if value is not None}
            for row in self.rows(*names)
        ]

    @classmethod
    def from_json(cls, text: str, *, max_keys: int = MAX_KEYS) -> Inventory:
        """Read what `to_json` wrote.

        Raises:
            SourceError: It is not such a text.
            TooManyKeys: More distinct keys than ``max_keys``.
        """
        import pandas as pd

        try:
            data = json.loads(text)
            if data["format"] != _FORMAT or data["version"] != 1:
                raise SourceError(f"not an inventory of version 1: {data['format']!r}")
            coverage, origin = _of_head(data)
            return cls.from_frame(
                pd.DataFrame.from_records(data["keys"], columns=list(COLUMNS)),
                coverage=coverage,
                origin=origin,
                max_keys=max_keys,
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise SourceError(f"not an inventory that wslayout wrote: {error}") from error


def _of_head(head: Any) -> tuple[Coverage, Origin]:
    """The coverage and the origin in plain data.

    Raises:
        SourceError, ValueError, KeyError, TypeError, AttributeError: It is not ours.
    """
    coverage = {**head["coverage"]}
    coverage["notes"] = tuple(map(str, coverage["notes"]))
    for name in ("runs_total", "runs_read", "unseen_share"):
        if not isinstance(coverage[name], (int, float, type(None))):
            raise SourceError(f"{name} is no number: {coverage[name]!r}")
    if not isinstance(coverage["complete"], bool):
        raise SourceError(f"complete is neither true nor false: {coverage['complete']!r}")
    origin = {**head["origin"]}
    for name, told in origin.items():
        if not isinstance(told, str) and (told is not None or name == "label"):
            raise SourceError(f"the {name} of the origin is no text: {told!r}")
    return Coverage(**coverage), Origin(**origin)


def _told(attrs: object) -> tuple[Coverage, Origin]:
    """What the ``attrs`` of a table tell; those of others tell nothing."""
    try:
        return _of_head(attrs)
    except (SourceError, ValueError, KeyError, TypeError, AttributeError):
        return Coverage(), Origin()
