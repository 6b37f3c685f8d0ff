"""A template with all that it extends, its parameters filled in, checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from wslayout.errors import Mark, Problem, TemplateError
from wslayout.layout import TemplateUse
from wslayout.templates.checking import TEMPLATE, checked, in_order
from wslayout.templates.model import Template
from wslayout.templates.nodes import Fields, Items, Leaf, Node, described, read_yaml
from wslayout.templates.overlay import merged
from wslayout.templates.parameters import filled_in

MAX_FILES = 50
"""Files that one template may be made of."""


class Text(Protocol):
    """A template's text, and where it comes from (`wslayout.presets.Found`)."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def label(self) -> str:
        """What errors call the file."""

    @property
    def source(self) -> str:
        """Where it comes from."""

    @property
    def data(self) -> bytes:
        """Its bytes."""

    @property
    def version(self) -> str:
        """Its version."""

    @property
    def digest(self) -> str:
        """Its digest."""


T = TypeVar("T", bound=Text)

Find = Callable[[str, T, Sequence[str]], T]
"""Finds what a template extends: what it says, itself, and the labels of those being read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A template, ready to use.

    Attributes:
        template: What it says, with all that it extends.
        root: What it was read from, merged; for the places of its values.
        label: What errors call its own file.
        uses: The files it is made of, its own last.
    """

    template: Template
    root: Fields
    label: str
    uses: tuple[TemplateUse, ...]


def load(found: T, find: Find[T], settings: Mapping[str, str] | None = None) -> Loaded:
    """Read a template.

    Args:
        found: Its text.
        find: Finds what it extends.
        settings: Values of its parameters, by name; None where it is only to be seen whether it is
            sound.

    Raises:
        TemplateError: Something is wrong in it or in what it extends; it names everything.
    """
    reading = _Reading(find)
    tree = reading.tree(found, [])
    problems = reading.problems
    root = filled_in(tree, settings, problems)
    template = checked(root, problems, TEMPLATE)
    if problems or template is None:
        raise TemplateError.of(in_order(problems))
    return Loaded(
        template=template, root=root, label=found.label, uses=tuple(reading.uses.values())
    )


def extended_by(own: Fields, problems: list[Problem]) -> list[tuple[str, Mark]]:
    """What a template says that it extends, each with its place.

    Args:
        own: The template as it was read.
        problems: Gets what names no template.
    """
    node = own.fields.get("extends")
    items: Sequence[Node] = node.items if isinstance(node, Items) else [node] if node else []
    names: list[tuple[str, Mark]] = []
    for item in items:
        if isinstance(item, Leaf) and isinstance(item.value, str) and item.value:
            names.append((item.value, item.mark))
        elif item is not node or not isinstance(item, Leaf) or item.value is not None:
            said = f"`extends` takes names of presets and of files, not {described(item)}"
            problems.append(Problem(item.mark, said))
    return names


class _Reading(Generic[T]):
    def __init__(self, find: Find[T]) -> None:
        self._find = find
        self._trees: dict[str, Fields] = {}
        self.problems: list[Problem] = []
        self.uses: dict[str, TemplateUse] = {}

    def tree(self, found: T, stack: list[str]) -> Fields:
        """What a file says, merged with what it extends."""
        if found.label in self._trees:
            return self._trees[found.label]
        if len(self._trees) + len(stack) >= MAX_FILES:
            raise TemplateError(f"{found.label}: a template of more than {MAX_FILES} files")
        own = read_yaml(found.data, found.label)
        bases = [
            self._base(name, mark, found, stack) for name, mark in extended_by(own, self.problems)
        ]
        there = [base for base in bases if base is not None]
        # Without a base that can't be read, what an overlay changes may seem to be missing.
        tree = merged(there, own, self.problems if len(there) == len(bases) else [])
        self._trees[found.label] = tree
        version = own.fields.get("version")
        said = version.value if isinstance(version, Leaf) else None
        self.uses[found.label] = TemplateUse(
            name=found.name,
            source=found.source if found.source != "file" else found.label,
            version=found.version or (said if isinstance(said, str) else ""),
            digest=found.digest,
        )
        return tree

    def _base(self, name: str, mark: Mark, found: T, stack: list[str]) -> Fields | None:
        """What a template extends, merged; None where that is wrong, which is said."""
        above = [*stack, found.label]
        try:
            other = self._find(name, found, above)
            if other.label in above:
                circle = " → ".join([*above[above.index(other.label) :], other.label])
                said = f"templates extend each other in a circle: {circle}"
                raise TemplateError.of([Problem(mark, said)])
            return self.tree(other, above)
        except TemplateError as error:
            self.problems += error.problems or (Problem(mark, str(error), error.hint),)
            return None
