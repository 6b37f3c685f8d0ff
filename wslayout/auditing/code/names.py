"""What in a file is W&B's: the module, its runs, their ``log`` and ``config``, media."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from wslayout.auditing.code.bounds import LOOKUPS
from wslayout.auditing.code.scopes import Around, Binding, Position, Scope, SeenSet, dotted

MEDIA: Final = frozenset(
    {"Image", "Video", "Audio", "Html", "Object3D", "Molecule", "Table", "Plotly"}
)
"""W&B's types of media; histograms have a limit of their own."""

HISTOGRAM: Final = "Histogram"

_RUNS: Final = frozenset({"run", "wandb_run", "self.run", "self._run", "self.wandb_run"})
"""What people call a run, in files that import wandb."""

_MODULES: Final = frozenset({"wandb", "_wandb"})
"""Attributes that hold the module, as callbacks do that import it late."""

_OTHER_TRACKERS: Final = frozenset(
    {"aim", "azureml", "clearml", "comet_ml", "mlflow", "neptune", "swanlab", "trackio"}
)
"""Libraries whose runs are called ``run``, too."""

_RUN_TYPE: Final = re.compile(r"\bwandb\b.*\bRun\b")

_MANY: Final = 50
"""Elements of a list that are looked at."""

_DEPTH: Final = 4
"""Names that are looked up one from another, at most."""


@dataclass(slots=True)
class Wandb:
    """What a file knows of W&B.

    Attributes:
        modules: Names of the module.
        names: Names of what is imported from it, and what they mean there.
        others: Names that come from other trackers.
        runs: Attributes that are bound to runs, such as "self.experiment".
        imported: Whether the file imports wandb at all, or annotates a parameter with its run.
    """

    modules: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    runs: set[str] = field(default_factory=set)
    imported: bool = False

    def is_module(self, node: ast.expr) -> bool:
        """Whether an expression is the module ``wandb``."""
        match node:
            case ast.Name():
                return node.id in self.modules
            case ast.Attribute(value=ast.Name() | ast.Attribute()):
                return node.attr in _MODULES
        return False

    def meaning(self, node: ast.expr) -> str:
        """What of W&B's an expression is, such as "init" or "Image"; "" if it is not."""
        match node:
            case ast.Name():
                return self.names.get(node.id, "")
            case ast.Attribute(value=ast.Attribute(value=owner, attr="data_types")) if (
                self.is_module(owner)
            ):
                return node.attr
            case ast.Attribute() if self.is_module(node.value):
                return node.attr
        return ""

    def is_run(self, node: ast.expr, scope: Scope) -> bool:
        """Whether an expression is a run."""
        match node:
            case ast.Call():
                return self.meaning(node.func) == "init"
            case ast.NamedExpr():
                return self.is_run(node.value, scope)
            case ast.Name():
                return self._is_run_name(node.id, scope)
            case ast.Attribute():
                name = dotted(node)
                return (
                    self.meaning(node) == "run"
                    or name in self.runs
                    or name in _RUNS
                    or node.attr == "experiment"  # of Lightning's WandbLogger
                )
        return False

    def is_log(self, node: ast.Call, scope: Scope) -> bool:
        """Whether a call logs to W&B."""
        match node.args:
            case [ast.Constant(value=str()), *_]:  # other trackers log names with values
                return False
        match node.func:
            case ast.Name(id=name):
                owner = scope.owner(name)
                binding = owner.only(name) if owner is not None else None
                if owner is None or binding is None:
                    return False
                return self.names.get(name) == "log" or self._is_log_itself(binding, owner)
            case ast.Attribute(attr="log", value=value):
                return self.is_module(value) or self.is_run(value, scope)
        return False

    def is_config(self, node: ast.expr, scope: Scope, depth: int = 0) -> bool:
        """Whether an expression is the config of a run."""
        match node:
            case ast.Attribute(attr="config"):
                return self.is_module(node.value) or self.is_run(node.value, scope)
            case ast.Name() if depth < _DEPTH:
                owner = scope.owner(node.id)
                binding = owner.only(node.id) if owner is not None else None
                if owner is None or binding is None or binding.value is None:
                    return False
                return self.is_config(binding.value, owner, depth + 1)
        return False

    def _is_log_itself(self, binding: Binding, scope: Scope) -> bool:
        """Whether a name stands for the ``log`` of a run (``log = run.log``)."""
        match binding.value:
            case ast.Attribute(attr="log", value=value):
                return self.is_module(value) or self.is_run(value, scope)
        return False

    def media(self, node: ast.expr, scope: Scope, around: Around, at: Position) -> str:
        """The W&B type of what is logged: of `MEDIA`, or `HISTOGRAM`; "" for anything else.

        Args:
            node: What is logged: one, a list of them, or a name of either.
            scope: The scope that it is in.
            around: The loops and guards around it.
            at: Where its names are looked up.
        """
        return self._media(node, scope, around, at, set())

    def _media(
        self, node: ast.expr, scope: Scope, around: Around, at: Position, seen: set[Binding]
    ) -> str:
        several: Sequence[ast.expr] = ()
        match node:
            case ast.Call():
                found = self.meaning(node.func)
                return found if found in MEDIA or found == HISTOGRAM else ""
            case ast.List() | ast.Tuple():
                several = node.elts[:_MANY]
            case ast.ListComp() | ast.GeneratorExp():
                several = [node.elt]
            case ast.IfExp():
                several = [node.body, node.orelse]
            case ast.NamedExpr():
                several = [node.value]
            case ast.Name():
                return self._named_media(node.id, scope, around, at, seen)
        kinds = (self._media(one, scope, around, at, seen) for one in several)
        return next(filter(None, kinds), "")

    def _named_media(
        self, name: str, scope: Scope, around: Around, at: Position, seen: set[Binding]
    ) -> str:
        for one in scope.reaching(name, around, at):
            if one.value is None or one in seen or len(seen) > LOOKUPS:
                continue
            seen.add(one)
            if kind := self._media(one.value, scope, one.around, one.at, seen):
                return kind
        return ""

    def _is_run_name(self, name: str, scope: Scope) -> bool:
        owner = scope.owner(name)
        bindings = owner.bindings[name] if owner is not None else []
        if any(map(self._binds_run, bindings)):
            return True
        values = [one.value for one in bindings if isinstance(one.value, ast.Call)]
        foreign = any(
            _root(value.func) in self.others or "mock" in dotted(value.func).lower()
            for value in values
        )
        return name in _RUNS and name not in self.others and not foreign

    def _binds_run(self, one: Binding) -> bool:
        match one.value:
            case ast.Call(func=func) if self.meaning(func) == "init":
                return True
        return one.annotation is not None and self.is_run_type(one.annotation)

    def is_run_type(self, annotation: ast.expr) -> bool:
        """Whether a declared type is that of a run."""
        for node in ast.walk(annotation):
            match node:
                case ast.Name() if self.names.get(node.id) == "Run":
                    return True
                case ast.Attribute(attr="Run") if dotted(node).partition(".")[0] in {
                    *self.modules,
                    *self.names,
                    "wandb",
                }:
                    return True
                case ast.Constant(value=str(said)) if _RUN_TYPE.search(said):
                    return True
        return False


def wandb_of(tree: ast.Module, scopes: Sequence[Scope]) -> Wandb:
    """What a file knows of W&B.

    Args:
        tree: The file.
        scopes: Its scopes.
    """
    found = Wandb()
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                for alias in node.names:
                    _imported(found, alias)
            case ast.ImportFrom(module=str(module), level=0):
                _imported_from(found, module.partition(".")[0], node.names)
    for scope in scopes:
        for one in scope.sets:
            match one:
                case SeenSet(target=ast.Attribute() as target, value=ast.Call(func=func)):
                    if found.meaning(func) == "init" and (name := dotted(target)):
                        found.runs.add(name)
    if not found.imported:
        found.imported = any(
            one.annotation is not None and found.is_run_type(one.annotation)
            for scope in scopes
            for bindings in scope.bindings.values()
            for one in bindings
        )
    return found


def _imported(found: Wandb, alias: ast.alias) -> None:
    root, dot, _ = alias.name.partition(".")
    name = alias.asname or root
    if root == "wandb":
        found.imported = True
        if not (alias.asname and dot):
            found.modules.add(name)
    elif root in _OTHER_TRACKERS:
        found.others.add(name)


def _imported_from(found: Wandb, root: str, names: Sequence[ast.alias]) -> None:
    for alias in names:
        name = alias.asname or alias.name
        if root == "wandb":
            found.imported = True
            found.names[name] = alias.name
        elif root in _OTHER_TRACKERS:
            found.others.add(name)


def _root(node: ast.expr) -> str:
    """The first name of a dotted one."""
    return dotted(node).partition(".")[0]
