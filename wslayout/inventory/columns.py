"""The columns of an inventory, and its rows as plain lists or as a pandas table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    import pandas as pd

COLUMNS: Final[Mapping[str, str]] = {
    "key": "string",
    "kind": "string",
    "runs": "Int64",
    "points": "Int64",
    "max_points": "Int64",
    "monotonic": "boolean",
    "single_valued": "boolean",
    "step_metric": "string",
}
"""The columns and their pandas types, by name; `Inventory` says what each means."""

Columns: TypeAlias = Mapping[str, list[Any]]
"""One list for each of `COLUMNS`, all of one length; None stands for what is not known."""


class Table:
    """Rows as plain lists, or as a pandas table once somebody asks for one.

    Reading and listing keys needs no pandas, whose import takes longer than most files do.

    Args:
        rows: Either; a table has the columns of `COLUMNS`, with their types.
    """

    __slots__ = ("_rows",)

    def __init__(self, rows: Columns | pd.DataFrame) -> None:
        self._rows = rows

    def __len__(self) -> int:
        rows = self._rows
        return len(rows["key"]) if isinstance(rows, Mapping) else len(rows)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table):
            return NotImplemented
        return all(self.column(name) == other.column(name) for name in COLUMNS)

    __hash__ = None  # type: ignore[assignment]  # it holds lists, which have none

    def column(self, name: str) -> list[Any]:
        """The values of one column, None where not known; don't change them in place."""
        rows = self._rows
        if isinstance(rows, Mapping):
            return rows[name]
        import pandas as pd

        return [None if value is pd.NA else value for value in rows[name].tolist()]

    @property
    def frame(self) -> pd.DataFrame:
        """The pandas table, made when it is first asked for; it then stands for the lists."""
        rows = self._rows
        if isinstance(rows, Mapping):
            import pandas as pd

            rows = pd.DataFrame(
                {name: pd.Series(rows[name], dtype=dtype) for name, dtype in COLUMNS.items()}
            )
            self._rows = rows
        return rows
