"""From what was read to a model of it, with every problem at its place and in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from wslayout.errors import Mark, Problem
from wslayout.suggest import did_you_mean
from wslayout.templates.model import Template
from wslayout.templates.nodes import Fields, Items, Leaf, Node, described, plain
from wslayout.templates.panels import PANEL_MODELS

Location = Sequence[str | int]

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Document(Generic[M]):
    """A kind of file.

    Attributes:
        model: What it says.
        called: What errors call it.
    """

    model: type[M]
    called: str


TEMPLATE: Final = Document(Template, "a template")


def checked(node: Fields, problems: list[Problem], document: Document[M]) -> M | None:
    """What was read; None where problems were found, which are added to the others."""
    try:
        return document.model.model_validate_json(json.dumps(plain(node)))
    except ValidationError as error:
        details = error.errors(include_url=False)
        said = {
            problem: None for detail in details if (problem := _problem(node, detail, document))
        }
        problems.extend(_wrong_types(node, details))
        problems.extend(said)
        return None


def in_order(problems: Sequence[Problem]) -> list[Problem]:
    """Problems as somebody reads a file, each once; first those without a place."""

    def place(problem: Problem) -> tuple[str, int, int]:
        mark = problem.mark
        return (mark.file, mark.line, mark.column) if mark else ("", 0, 0)

    return sorted(dict.fromkeys(problems), key=place)


def mark_at(node: Node, location: Location) -> Mark:
    """Where a value stands, or the nearest thing above it that does."""
    return _walk(node, location)[0].mark


def _walk(node: Node, location: Location) -> tuple[Node, list[str | int]]:
    """The value at a location, or the nearest above it, and the steps that lead there.

    Steps that lead nowhere are pydantic's names for the members of a union.
    """
    path: list[str | int] = []
    for step in location:
        if isinstance(node, Fields) and isinstance(step, str) and step in node.fields:
            node = node.fields[step]
        elif isinstance(node, Items) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            continue
        path.append(step)
    return node, path


_EXPECTED: Final = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


def _wrong_types(root: Fields, details: Sequence[ErrorDetails]) -> list[Problem]:
    """Where a value has the wrong type, with all the types that may stand there."""
    takes: dict[tuple[Mark, str, str], list[str]] = {}
    # Where a value of a right type is wrong otherwise, no other type is meant.
    meant = {
        _walk(root, detail["loc"])[0].mark for detail in details if detail["type"] == "value_error"
    }
    for detail in details:
        location, kind = detail["loc"], detail["type"]
        node, path = _walk(root, location)
        if (
            kind in _EXPECTED
            and node.mark not in meant
            and not _has_another_reading(root, location, node)
        ):
            name = next((step for step in reversed(path) if isinstance(step, str)), "template")
            found = takes.setdefault((node.mark, name, described(node)), [])
            found += [_EXPECTED[kind]] if _EXPECTED[kind] not in found else []
    return [
        Problem(
            mark,
            f"`{name}` takes {' or '.join(types)}, not {found}",
            _quotes(types, found),
        )
        for (mark, name, found), types in takes.items()
    ]


def _quotes(types: Sequence[str], found: str) -> str:
    is_word = "number" in found or found in ("true", "false")
    return "Put quotes around it." if "a text" in types and is_word else ""


def _problem(root: Fields, detail: ErrorDetails, document: Document[Any]) -> Problem | None:
    """One of pydantic's errors in words; None for what `_wrong_types` says."""
    location, kind = detail["loc"], detail["type"]
    node, path = _walk(root, location)
    name = next((step for step in reversed(path) if isinstance(step, str)), "template")
    context: dict[str, Any] = detail.get("ctx") or {}
    if kind in _EXPECTED or (
        kind == "literal_error" and _has_another_reading(root, location, node)
    ):
        return None
    if kind == "extra_forbidden":
        return _unknown_field(root, location, document)
    if kind == "missing":
        what = f"`{location[-1]}` is missing in {_place_name(location[:-1], document)}"
        return Problem(mark_at(root, location[:-1]), what)
    if kind == "union_tag_invalid":
        return _no_such_panel(node, context["expected_tags"])
    message, hint = f"`{name}`: {_limit(kind, context) or detail['msg']}", ""
    if kind == "literal_error":
        allowed = _listed(context["expected"].replace(" or ", ",").replace("True", "true"))
        message = f"`{name}` can't be {described(node)}"
        hint = did_you_mean(str(plain(node)), allowed) or f"It may be: {', '.join(allowed)}"
    elif kind == "value_error":
        message = f"`{name}`: {context['error']}"
    return Problem(node.mark, message, hint)


def _listed(text: str) -> list[str]:
    return [part.strip(" '") for part in text.split(",")]


def _no_such_panel(node: Node, expected: str) -> Problem:
    tags = [tag for tag in _listed(expected) if tag != "key"]
    found = node.fields["type"] if isinstance(node, Fields) and "type" in node.fields else node
    hint = did_you_mean(str(plain(found)), tags, "There are: ")
    return Problem(found.mark, f"no type of panel is {described(found)}", hint)


def _limit(kind: str, context: dict[str, Any]) -> str:
    """What a limit says, in words."""
    said = {
        "greater_than_equal": "the least is {ge}",
        "less_than_equal": "the most is {le}",
        "greater_than": "it must be more than {gt}",
        "less_than": "it must be less than {lt}",
        "too_short": "it needs at least {min_length} values, and has {actual_length}",
        "too_long": "it takes at most {max_length} values, and has {actual_length}",
        "string_too_short": "the text is empty",
        "string_too_long": "the text has more than {max_length} characters",
        "string_pattern_mismatch": "it must match {pattern}",
    }.get(kind, "")
    return said.format(**context)


def _unknown_field(root: Fields, location: Location, document: Document[Any]) -> Problem:
    *above, name = location
    parent, _ = _walk(root, above)
    mark = parent.at.get(str(name), parent.mark) if isinstance(parent, Fields) else parent.mark
    allowed = _fields_at(above, document.model)
    hint = did_you_mean(str(name), allowed) or f"There are: {', '.join(allowed)}"
    return Problem(mark, f"`{name}` is no setting of {_place_name(above, document)}", hint)


def _place_name(location: Location, document: Document[Any]) -> str:
    """What a place is called in errors."""
    words = [step for step in location if isinstance(step, str)]
    last = words[-1] if words else ""
    if "panels" in words and last in {_type_of(model) for model in PANEL_MODELS}:
        return f"a panel of type {last}"
    if len(words) > 1 and words[-2] == "parameters":
        return f"the parameter {last}"
    called = {
        "": document.called,
        "sections": "a section",
        "targets": "a target",
        "match": "a matcher",
        "RestSection": "`rest`",
    }.get(last, f"`{last}`")
    return "a matcher" if "KeyMatcher" in last else called


def _type_of(model: type[BaseModel]) -> str:
    return str(get_args(model.model_fields["type"].annotation)[0])


def _fields_at(location: Location, model: type[BaseModel]) -> list[str]:
    """The names of the fields that may stand at a location."""
    models: list[type[BaseModel]] = [model]
    for step in location:
        if isinstance(step, int):
            continue
        named = [model for model in models if model.__name__ in step or _is_type(model, step)]
        if named:
            models = named
            continue
        found: list[type[BaseModel]] = []
        for one in models:
            for name, field in one.model_fields.items():
                if step in (name, field.alias):
                    found += _models_in(field.annotation)
        models = found or models
    return sorted(
        {field.alias or name for model in models for name, field in model.model_fields.items()}
    )


def _is_type(model: type[BaseModel], step: str) -> bool:
    return model in PANEL_MODELS and _type_of(model) == step


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    # Arguments first: Python 3.10 takes `list[str]` for a class.
    if arguments := get_args(annotation):
        return [model for argument in arguments for model in _models_in(argument)]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return []


def _has_another_reading(root: Fields, location: Location, node: Node) -> bool:
    """Whether a value fits another member of a union better, whose errors say more.

    A mapping is never meant as a text, and a text never as a mapping, where both may stand.
    """
    _, path = _walk(root, location)
    member = location[-1] if len(location) > len(path) else None
    if not isinstance(member, str):
        return False
    # `function-after[check(), KeyMatcher]` is how pydantic calls a model with a validator.
    wants_mapping = member.rpartition(" ")[2][:1].isupper()
    is_text = isinstance(node, Leaf) and isinstance(node.value, str)
    return is_text if wants_mapping else isinstance(node, Fields)
