"""View specs as W&B keeps them: JSON that is read, compared and measured, never modelled.

What wslayout does not know in a spec passes through untouched, so nothing here turns a
spec into classes; `wandb_api.spec` builds new ones.
"""

from __future__ import annotations

import base64
import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan
from typing import Any, Final, TypeAlias

from wslayout.errors import SpecError

Spec: TypeAlias = dict[str, Any]


MAX_NAME: Final = 128
"""Longest name of a saved view that we write; W&B documents none, its app clips longer ones."""

# All symbols, as wandb-workspaces 0.4 rejects them, and what can't be seen.
_REJECTED: Final = frozenset({"So", "Sk", "Sm", "Sc", "Cs", "Cc", "Cf"})


MODE: Final = "shouldAutoGeneratePanels"
"""The flag of automatic mode, in both blocks of settings."""


@dataclass(frozen=True, slots=True)
class SpecSummary:
    """What a view spec holds.

    Attributes:
        sections: Number of sections.
        panels: Number of panels written in it (automatic mode adds others when shown).
        manual: Whether it is in manual mode, so that nothing is added to it.
        keys: Every metric key that a panel of it names, sorted.
    """

    sections: int
    panels: int
    manual: bool
    keys: tuple[str, ...]


def dump_spec(spec: Spec) -> str:
    """The spec as the compact JSON text that is saved."""
    return json.dumps(spec, separators=(",", ":"))


def load_spec(text: str) -> Spec:
    """A view spec from its JSON text.

    Raises:
        SpecError: It is no JSON object.
    """
    try:
        spec = json.loads(text)
    except ValueError as error:
        raise SpecError(f"the view spec is not JSON: {error}") from error
    except RecursionError as error:
        raise _too_deep() from error
    if not isinstance(spec, dict):
        raise SpecError(f"the view spec is a JSON {type(spec).__name__}, not an object")
    if not _is_shallow(spec):
        raise _too_deep()
    return spec


_DEEPEST: Final = 300
"""Levels of nesting; W&B's own specs have about 15."""


def _too_deep() -> SpecError:
    return SpecError(f"the view spec is nested deeper than {_DEEPEST} levels")


def _is_shallow(value: object) -> bool:
    level: list[object] = [value]
    for _ in range(_DEEPEST):
        level = [
            item
            for one in level
            for item in (one.values() if isinstance(one, dict) else one)  # type: ignore[attr-defined]  # a list
            if isinstance(item, (dict, list))
        ]
        if not level:
            return True
    return False


def fingerprint(value: object) -> str:
    """5 characters that two parts of specs share if and all but only if they say the same.

    30 bits of SHA-256 in ``[A-Za-z0-9_-]``. The order of fields, fields that are null, and how a
    number is written don't count.
    """
    digest = hashlib.sha256(_dumped(value).encode()).digest()
    return base64.urlsafe_b64encode(digest)[:5].decode()


def same(one: object, other: object) -> bool:
    """Whether two parts of specs say the same, as `fingerprint` sees it."""
    return _dumped(one) == _dumped(other)


def holds(live: object, written: object) -> bool:
    """Whether a live spec still says all that was written, whatever else it says."""
    if isinstance(written, dict):
        return isinstance(live, dict) and all(
            value is None or (name in live and holds(live[name], value))
            for name, value in written.items()
        )
    if isinstance(written, list):
        return (
            isinstance(live, list) and len(live) == len(written) and all(map(holds, live, written))
        )
    if isinstance(written, float) and isnan(written):
        return isinstance(live, float) and isnan(live)
    # Two numbers may be written differently, but a flag is no number.
    return live == written and isinstance(live, bool) == isinstance(written, bool)


def _dumped(value: object) -> str:
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"))


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def summarise(spec: Spec) -> SpecSummary:
    """What a view spec holds, whoever wrote it; parts it lacks count as empty."""
    section = mapping(spec.get("section"))
    sections = items(mapping(section.get("panelBankConfig")).get("sections"))
    panels = [panel for item in sections for panel in items(item.get("panels"))]
    # The app's newer block wins over the older one as soon as it holds anything but a ref.
    newer = mapping(section.get("workspaceSettings"))
    settings = newer if newer.keys() - {"ref"} else mapping(section.get("settings"))
    keys = sorted({key for panel in panels for key in panel_keys(panel)})
    return SpecSummary(
        sections=len(sections),
        panels=len(panels),
        manual=settings.get(MODE) is False,
        keys=tuple(keys),
    )


def in_manual_mode(section: Mapping[str, Any]) -> dict[str, Any]:
    """The ``section`` of a view spec with manual mode said in each block that decides on it."""
    blocks = {
        name: {**mapping(section.get(name)), MODE: False}
        for name in ("settings", "workspaceSettings")
        if name == "settings" or mapping(section.get(name)).keys() - {"ref"}
    }
    return {**section, **blocks}


def panel_keys(panel: Mapping[str, Any]) -> list[str]:
    """The metric keys that a panel of a view spec names, in order."""
    config = mapping(panel.get("config"))
    keys: list[str] = []
    for field in ("metrics", "mediaKeys"):
        value = config.get(field)
        keys += [key for key in value if isinstance(key, str)] if isinstance(value, list) else []
    exp = mapping(mapping(config.get("panel2Config")).get("exp"))
    key = mapping(mapping(mapping(exp.get("fromOp")).get("inputs")).get("key")).get("val")
    return [*keys, key] if isinstance(key, str) else keys


def panel_title(panel: Mapping[str, Any]) -> str:
    """What people call a panel of a view spec: its title, else what it draws, else its type."""
    title = mapping(panel.get("config")).get("chartTitle")
    if isinstance(title, str) and title:
        return title
    return ", ".join(panel_keys(panel)[:3]) or str(panel.get("viewType") or "panel")


def mapping(value: object) -> Mapping[str, Any]:
    """A mapping of a spec; empty where another client wrote something else."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Mapping[str, Any]]:
    """The mappings in a list of a spec, likewise."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def check_name(name: str) -> str:
    """The name of a saved view, if W&B accepts it.

    Raises:
        SpecError: It is empty, too long, or holds symbols that W&B rejects.
    """
    if not name.strip():
        raise SpecError("the view's name is empty", hint="Give one with --name.")
    if len(name) > MAX_NAME:
        raise SpecError(f"the view's name is {len(name)} characters long; at most {MAX_NAME} fit")
    bad = [char for char in name if unicodedata.category(char) in _REJECTED]
    if bad:
        shown = " ".join(f"{char!r}" for char in dict.fromkeys(bad))
        raise SpecError(
            f"W&B does not accept {shown} in a view's name",
            hint="Leave out emoji, symbols such as + < = > | ~ ^ $ and control characters.",
        )
    return name


def accepted_name(name: str) -> str:
    """A name that W&B accepts for a saved view, as near to one as there is.

    The app lets people use emoji and symbols there that W&B's client rejects.
    """
    kept = "".join(char for char in name if unicodedata.category(char) not in _REJECTED)
    return " ".join(kept.split())[:MAX_NAME].strip() or "view"
