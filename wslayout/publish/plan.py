"""What saving a layout would do, found out without writing anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from wslayout.layout import Layout
from wslayout.publish.manual import made_manual
from wslayout.publish.merging import Base, Change, Merged, merge
from wslayout.publish.targets import Live, Target, check_ours
from wslayout.wandb_api.rawspec import Spec, holds, same, summarise
from wslayout.wandb_api.spec import build_spec
from wslayout.wandb_api.views import View, live_spec

Action = Literal["create", "update", "keep"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What to do where people and the new layout disagree.

    Attributes:
        theirs: Take the new layout where both changed the same thing.
        restore_deleted: Bring back what people took away.
        adopt: Take over a view that wslayout did not write.
    """

    theirs: bool = False
    restore_deleted: bool = False
    adopt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What saving a layout would do; `wslayout.publish.apply.carry_out` does it.

    Attributes:
        action: "create" a view, "update" it, or "keep" it as it is.
        layout: What to save.
        target: The view.
        policy: What to do where people and the layout disagree.
        live: The view as it is now, if there is one.
        new: The view spec of the layout.
        merged: What comes of it.
        notes: What a person should know.
    """

    action: Action
    layout: Layout
    target: Target
    policy: Policy
    live: Live | None = field(repr=False)
    new: Spec = field(repr=False)
    merged: Merged = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether the view would show something else, or people and the layout disagree."""
        return self.live is None or bool(
            self.merged.conflicts or not same(self.live.spec, self.merged.spec)
        )

    @property
    def name(self) -> str:
        """What the view is called."""
        return self.layout.name if self.live is None else self.live.view.display_name


_NO_RECORD = (
    "The view does not say what wslayout last wrote (another tool saved it since, or its "
    "description was changed): all that it holds stays, and what it lacks is added."
)

_AUTOMATIC = (
    "Somebody switched the view to automatic mode, and it stays so: W&B adds a panel for every key "
    "until it is made manual again, in the view's settings."
)


def plan_view(
    layout: Layout, target: Target, live: Live | None, policy: Policy | None = None
) -> Planned:
    """See what there is to do to save a layout in a view.

    Args:
        layout: What to save.
        target: The view.
        live: The view as it is now, from `wslayout.publish.targets.look`.
        policy: What to do where people and the layout disagree.

    Raises:
        ViewProtected: The view is not ours.
        SpecError: The layout's name is not one that W&B accepts.
    """
    return _planned(layout, build_spec(layout), target, live, policy or Policy())


def plan_again(planned: Planned, live: Live | None) -> Planned:
    """The same for a view that changed since.

    Raises:
        ViewProtected: The view is not ours any more.
    """
    return _planned(planned.layout, planned.new, planned.target, live, planned.policy)


def _planned(
    layout: Layout, new: Spec, target: Target, live: Live | None, policy: Policy
) -> Planned:
    check_ours(live, target, adopt=policy.adopt)
    if live is None:
        merged = merge(Base(), {}, new)
        said = tuple(change for change in merged.changes if change.thing != "settings")
        merged = merged._replace(spec=new, changes=said)
        return Planned(
            action="create",
            layout=layout,
            target=target,
            policy=policy,
            live=None,
            new=new,
            merged=merged,
        )
    notes: list[str] = []
    before = live.spec
    gone: list[Change] = []
    if not live.managed:
        before, gone, told = made_manual(before)
        notes += told
    elif live.base is None:
        notes.append(_NO_RECORD)
    merged = merge(
        live.base, before, new, theirs=policy.theirs, restore_deleted=policy.restore_deleted
    )
    merged = merged._replace(changes=(*gone, *merged.changes))
    if not summarise(merged.spec).manual:
        notes.append(_AUTOMATIC)
    is_as_it_was = same(merged.spec, live.spec) and merged.base.same_as(live.base)
    return Planned(
        action="keep" if is_as_it_was else "update",
        layout=layout,
        target=target,
        policy=policy,
        live=live,
        new=new,
        merged=merged,
        notes=tuple(notes),
    )


def shows(view: View, spec: Spec) -> bool:
    """Whether a view shows all that a spec says; what the server adds is welcome."""
    return holds(live_spec(view), spec)
