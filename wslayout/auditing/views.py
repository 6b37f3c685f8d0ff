"""What rules about views look at alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wslayout.auditing.evidence import Evidence, Known, Missing, Unknown
from wslayout.auditing.findings import Certainty
from wslayout.grouping.automatic import automatic_sections


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownView:
    """A workspace as it opens.

    Attributes:
        name: What people call it.
        url: Where it opens; "" for a workspace that is not saved.
        sizes: How many panels each of its sections has.
    """

    name: str
    url: str = ""
    sizes: tuple[int, ...] = ()


def shown(evidence: Evidence) -> tuple[list[ShownView], Certainty]:
    """The views as they open, with what automatic mode adds.

    Where no manual view of the project is known, the automatic workspace is among them, with
    which everybody begins.

    Raises:
        Missing: Neither the views nor the metric keys are known.
    """
    views, keys = evidence.views, evidence.keys
    if isinstance(views, Unknown) and not (views.absent and isinstance(keys, Known)):
        raise Missing(views.reason)
    saved = views.value if isinstance(views, Known) else ()
    if isinstance(keys, Unknown) and not all(view.manual for view in saved):
        raise Missing(keys.reason)
    certainty: Certainty = views.certainty if isinstance(views, Known) else "exact"
    found = [
        ShownView(name=view.name, url=view.url, sizes=tuple(one.panels for one in view.sections))
        for view in saved
        if view.manual
    ]
    if isinstance(keys, Known):
        kinds = keys.value.drawable
        sizes = {last: _sizes(kinds, last=last) for last in (False, True)}
        found += [
            ShownView(name=view.name, url=view.url, sizes=sizes[view.by_last_prefix])
            for view in saved
            if not view.manual
        ]
        if not any(view.manual and not view.personal for view in saved):
            found.append(ShownView(name="the automatic workspace", sizes=sizes[False]))
            certainty = certainty if keys.certainty == "exact" else keys.certainty
    return found, certainty


def _sizes(kinds: Mapping[str, str], *, last: bool) -> tuple[int, ...]:
    return tuple(automatic_sections(kinds, "last" if last else "first").values())
