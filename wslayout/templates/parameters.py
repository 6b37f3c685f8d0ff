"""``${name}`` in a template's values: parameters with types, defaults and ``--set``."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from wslayout.errors import Problem, TemplateError
from wslayout.suggest import did_you_mean
from wslayout.templates.nodes import Fields, Items, Leaf, Node, described, plain

Value: TypeAlias = "str | int | float | bool"

_NAME: Final = r"\{([A-Za-z_][A-Za-z0-9_]*)\}"
_USED: Final = re.compile(rf"\$(\$?){_NAME}")

_VERBATIM: Final = frozenset({"verbatim", "spec"})
"""Fields that hold parts of a view spec as they are."""

_EXPRESSIONS: Final = frozenset(
    {"custom_expressions", "xaxis_expression", "legend_template", "filters", "markdown"}
)
"""Fields in which W&B itself, or a person, may write ``${loss}``: only parameters are replaced."""

_STRUCTURE: Final = frozenset({"extends", "parameters", "patch", "before", "after", "detect"})

_NAMED_BY_PEOPLE: Final = frozenset(
    {
        "line_titles",
        "line_colors",
        "line_widths",
        "line_marks",
        "colors",
        "group_colors",
        "query",
        "chart_fields",
        "chart_strings",
    }
)
"""Mappings whose names are runs, metrics and the like, and may hold anything."""

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def filled_in(node: Fields, given: Mapping[str, str] | None, problems: list[Problem]) -> Fields:
    """The template with its parameters' values where it says ``${name}``.

    A text that is nothing but ``${name}`` becomes the value, a number for instance; ``$${name}`` is
    the text ``${name}``. Fields named ``verbatim`` stay as they are.

    Args:
        node: The merged template.
        given: What ``--set`` gives; None where it is only to be seen whether the template is sound,
            so that parameters without a default need no value.
        problems: Gets what is wrong.
    """
    declared = node.fields.get("parameters")
    values: dict[str, Value | None] = {}
    if isinstance(declared, Fields):
        for name, entry in declared.fields.items():
            values[name] = _value(name, entry, given, problems)
    for name in given or ():
        if name not in values:
            hint = did_you_mean(name, values, "It has: ") or "It declares none."
            problems.append(Problem(None, f"the template has no parameter {name!r}", hint))
    return _Filling(values, problems).fields(node)


def escaped(value: Any, field: str = "") -> Any:
    """Plain data that `filled_in` leaves as it is, also where its texts hold ``${name}``.

    Args:
        value: What a template is to say.
        field: The field that says it.
    """
    if field in _VERBATIM:
        return value
    if isinstance(value, Mapping):
        return {name: escaped(item, name) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [escaped(item, field) for item in value]
    if not isinstance(value, str):
        return value
    # Where no parameter is declared, only `$${name}` would change in expressions.
    once = r"\$\$" if field in _EXPRESSIONS else r"\$"
    return re.sub(rf"{once}{_NAME}", lambda found: f"${found[0]}", value)


def parsed_settings(given: Sequence[str]) -> dict[str, str]:
    """The names and values of ``--set name=value``.

    Raises:
        TemplateError: One of them is not of that form, or a name is given twice.
    """
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            raise TemplateError(f"--set takes name=value, not {text!r}")
        if name in found:
            raise TemplateError(f"--set gives {name!r} twice")
        found[name] = value
    return found


def _value(
    name: str, entry: Node, given: Mapping[str, str] | None, problems: list[Problem]
) -> Value | None:
    """A parameter's value.

    Where something is wrong with it, that is said, and one of its type stands in for it, so that
    nothing else seems to be wrong; None where it has no type.
    """
    said = plain(entry) if isinstance(entry, Fields) else {}
    kind = said.get("type", "string") if isinstance(entry, Fields) else None
    if not isinstance(entry, Fields) or not isinstance(kind, str) or kind not in _TYPES:
        return None  # which the model refuses
    choices = said.get("choices")
    choices = choices if isinstance(choices, list) else []
    stand_in = next((one for one in choices if _of_type(one, kind)), _STAND_INS[kind])
    if given is not None and name in given:
        value = _parsed(given[name], kind)
        where = None
        wrong = f"--set {name}: {given[name]!r} is no {_PLAIN[kind]}"
    elif said.get("default") is None:
        if given is not None:
            hint = f"Give it with --set {name}=…, or a default."
            problems.append(Problem(entry.mark, f"the parameter {name!r} has no value", hint))
        return stand_in
    else:
        default = entry.fields["default"]
        value = _of_type(said["default"], kind)
        where = default.mark
        wrong = f"the default of the parameter {name!r} is {described(default)}, no {_PLAIN[kind]}"
    if value is None:
        problems.append(Problem(where, wrong))
        return stand_in
    if choices and value not in choices:
        names = [str(choice) for choice in choices]
        hint = did_you_mean(str(value), names) or f"They are: {', '.join(names)}"
        message = f"{value!r} is none of the choices of the parameter {name!r}"
        problems.append(Problem(where, message, hint))
        return stand_in
    return value


_PLAIN: Final = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
}

_STAND_INS: Final[dict[str, Value]] = {
    "string": "text",
    "integer": 1,
    "number": 1.0,
    "boolean": False,
}

_BOOLEANS: Final[dict[str, Value]] = {"true": True, "false": False}


def _of_type(value: Value, kind: str) -> Value | None:
    """The value, if it is of a parameter's type; true is no number."""
    fits = isinstance(value, _TYPES[kind]) and (kind == "boolean") == isinstance(value, bool)
    return value if fits else None


def _parsed(text: str, kind: str) -> Value | None:
    if kind == "boolean":
        return _BOOLEANS.get(text.strip().lower())
    if kind == "string":
        return text
    try:
        number = int(text) if kind == "integer" else float(text)
        return number if math.isfinite(number) else None
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class _Filling:
    values: Mapping[str, Value | None]
    problems: list[Problem]

    def fields(self, node: Fields, *, named_by_people: bool = False) -> Fields:
        for name, mark in node.at.items():
            if name in node.fields and _USED.search(name) and not named_by_people:
                said = "parameters stand in values, never in the names of fields"
                self.problems.append(Problem(mark, said))
        return replace(
            node, fields={name: self.node(name, item) for name, item in node.fields.items()}
        )

    def node(self, field: str, node: Node) -> Node:
        if field == "verbatim" or (field == "spec" and isinstance(node, Fields)):
            return node
        if field in _STRUCTURE:
            self._untouched(field, node)
            return node
        if field == "sections" and isinstance(node, Items):
            return replace(node, items=tuple(map(self._section, node.items)))
        if isinstance(node, Fields):
            return self.fields(node, named_by_people=field in _NAMED_BY_PEOPLE)
        if isinstance(node, Items):
            return replace(node, items=tuple(self.node(field, item) for item in node.items))
        return self._leaf(field, node)

    def _section(self, node: Node) -> Node:
        """A section; what overlays know it by is no value."""
        if not isinstance(node, Fields):
            return self.node("sections", node)
        name = node.fields.get("name")
        if name is None:
            return self.fields(node)
        self._untouched("name", name)
        rest = {field: item for field, item in node.fields.items() if field != "name"}
        filled = self.fields(replace(node, fields=rest))
        return replace(filled, fields={"name": name, **filled.fields})

    def _leaf(self, field: str, leaf: Leaf) -> Leaf:
        text = leaf.value
        if not isinstance(text, str) or "${" not in text:
            return leaf
        whole = _USED.fullmatch(text)
        if whole and not whole[1] and self.values.get(whole[2]) is not None:
            return replace(leaf, value=self.values[whole[2]])

        def written(found: re.Match[str]) -> str:
            if found[1]:
                return f"${{{found[2]}}}"
            value = self.values.get(found[2])
            if value is not None:
                return str(value).lower() if isinstance(value, bool) else str(value)
            if field not in _EXPRESSIONS and found[2] not in self.values:
                hint = did_you_mean(found[2], self.values, "It has: ")
                hint = hint or "Declare it under `parameters`; $${…} writes ${…}."
                message = f"there is no parameter {found[2]!r}"
                self.problems.append(Problem(leaf.mark, message, hint))
            return found[0]

        return replace(leaf, value=_USED.sub(written, text))

    def _untouched(self, field: str, node: Node) -> None:
        if isinstance(node, Leaf):
            if isinstance(node.value, str) and _USED.search(node.value):
                said = f"parameters can't be used in `{field}`: they stand in values, not structure"
                self.problems.append(Problem(node.mark, said))
        elif isinstance(node, Items):
            for item in node.items:
                self._untouched(field, item)
        elif field != "parameters":
            for item in node.fields.values():
                self._untouched(field, item)
