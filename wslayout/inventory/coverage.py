"""Where an inventory came from, and how complete it is."""

from __future__ import annotations

from dataclasses import dataclass, replace


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
        unseen_share: The estimated share (0 to 1) of key observations (one key in one run)
            that are of keys not in the inventory, where runs were sampled (Good–Turing: keys
            seen in one run / all observations). It weighs keys by how many runs have them: of
            all distinct keys more may be missing, those that few runs have.
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
            notes=other.noting(*self.notes).notes,
        )

    def noting(self, *notes: str) -> Coverage:
        """The same with further notes, each once."""
        return replace(self, notes=tuple(sorted({*self.notes, *notes})))

    def describe(self) -> str:
        """One line for people: "12 of 40 runs read, about 0.4% of what runs log unseen"."""
        if self.runs_read is None:
            if self.complete:
                return "complete"
            runs = "runs not known"
        elif self.runs_total is None or self.runs_total == self.runs_read:
            runs = f"{self.runs_read:,} run{'' if self.runs_read == 1 else 's'} read"
        else:
            runs = f"{self.runs_read:,} of {self.runs_total:,} runs read"
        if self.complete:
            return f"{runs}, complete"
        if self.unseen_share is not None:
            return f"{runs}, about {self.unseen_share:.1%} of what runs log unseen"
        return f"{runs}, may be incomplete"


def _add(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def common_origin(one: Origin, other: Origin) -> Origin:
    """The origin of two inventories from different places, taken together."""
    label = " + ".join(sorted({*one.label.split(" + "), *other.label.split(" + ")}))
    same = (one.entity, one.project) == (other.entity, other.project)
    return Origin(label, one.entity if same else None, one.project if same else None)
