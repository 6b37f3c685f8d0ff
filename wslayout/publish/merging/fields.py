"""Three-way merge of the fields of one thing in a view spec.

A field is compared as a whole, but where a `Shape` says that its own fields are independent of
each other (``settings.xAxis`` and ``settings.maxRuns``). Fields that are null count as missing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

from wslayout.wandb_api.rawspec import fingerprint, same

Shape: TypeAlias = "Mapping[str, Shape]"
"""Which fields are divided into their own."""

Prints: TypeAlias = "Mapping[str, str | Prints]"
"""Fingerprints of fields, divided alike."""

Path: TypeAlias = tuple[str, ...]

SETTINGS: Final[Shape] = {
    "section": {
        "customRunColors": {},
        "panelBankConfig": {
            "panelConfigOverrides": {},
            "panelPlacementOverrides": {},
            "settings": {},
        },
        "settings": {},
        "workspaceSettings": {},
    }
}
RUN_SET: Final[Shape] = {"runFeed": {"columnPinned": {}, "columnVisible": {}, "columnWidths": {}}}
SECTION: Final[Shape] = {"flowConfig": {}, "localPanelSettings": {}}
PANEL: Final[Shape] = {"config": {}, "layout": {}}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one field on which the live view and the new layout differ.

    Attributes:
        path: The field.
        live: What the view holds; None: nothing.
        new: What the new layout says, likewise.
        status: "follows" the new layout, for nobody touched it; "kept", for only people changed
            it, or it is not known who did; "conflict", for both changed it.
    """

    path: Path
    live: Any
    new: Any
    status: Literal["follows", "kept", "conflict"]


def prints(value: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """The fingerprints of some fields."""
    return {
        name: prints(item, shape[name])
        if name in shape and isinstance(item, Mapping)
        else fingerprint(item)
        for name, item in value.items()
        if item is not None
    }


def merged_fields(
    base: Prints | None,
    live: Mapping[str, Any],
    new: Mapping[str, Any],
    shape: Shape,
    *,
    theirs: bool = False,
    disputed: Collection[Path] = (),
) -> tuple[dict[str, Any], list[Outcome]]:
    """The fields after a merge, those of the live view first and in its order.

    Args:
        base: Fingerprints of what wslayout last wrote; None: not known.
        live: What the view holds.
        new: What the new layout says.
        shape: Which fields are divided.
        theirs: Whether the new layout wins where both changed a field, or it is not known who did.
        disputed: Fields in conflict before, where the person's side was kept: `theirs` is about
            them, too.

    Returns:
        The fields, and what became of those on which the two differ.
    """
    result: dict[str, Any] = {}
    outcomes: list[Outcome] = []
    for name in dict.fromkeys([*live, *new]):
        held, wanted = live.get(name), new.get(name)
        written = None if base is None else base.get(name)
        if name in shape and _divided(held) and _divided(wanted):
            below = None if base is None else (written if isinstance(written, Mapping) else {})
            inner, found = merged_fields(
                below,
                held or {},
                wanted or {},
                shape[name],
                theirs=theirs,
                disputed=[path[1:] for path in disputed if path[0] == name],
            )
            outcomes += [replace(one, path=(name, *one.path)) for one in found]
            result[name] = inner if inner or held is not None else None
        else:
            status = _status(written, held, wanted, shape.get(name), known=base is not None)
            if status == "kept" and theirs and (base is None or (name,) in disputed):
                status = "follows"
            if status is not None:
                outcomes.append(Outcome((name,), held, wanted, status))
            follows = status == "follows" or (theirs and status == "conflict")
            result[name] = wanted if follows else held
        if result[name] is None and (name not in live or live[name] is not None):
            del result[name]
    return result, outcomes


def touched(base: Prints, live: Mapping[str, Any], shape: Shape) -> dict[Path, bool]:
    """The fields that people changed, took away or added, and whether wslayout had written each."""
    found: dict[Path, bool] = {}
    for name in dict.fromkeys([*base, *live]):
        written, held = base.get(name), live.get(name)
        if name in shape and _divided(held) and not isinstance(written, str):
            inside = touched(written or {}, held or {}, shape[name])
            found.update({(name, *path): known for path, known in inside.items()})
        elif not _is_print_of(written, held, shape.get(name)):
            found[(name,)] = written is not None
    return found


def _divided(value: Any) -> bool:
    return value is None or isinstance(value, Mapping)


def _status(
    written: str | Prints | None, live: Any, new: Any, shape: Shape | None, *, known: bool
) -> Literal["follows", "kept", "conflict"] | None:
    """What becomes of a field; None where nothing is at stake."""
    if same(live, new) or (new is None and not written):
        return None
    if not known:
        return "follows" if live is None else "kept"
    if _is_print_of(written, live, shape):
        return "follows"
    return "kept" if _is_print_of(written, new, shape) else "conflict"


def _is_print_of(written: str | Prints | None, value: Any, shape: Shape | None) -> bool:
    if not isinstance(written, Mapping):
        return written == (None if value is None else fingerprint(value))
    return isinstance(value, Mapping) and prints(value, shape or {}) == written
