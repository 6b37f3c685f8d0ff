"""The JSON Schemas of templates and manifests, for editors.

Editors' YAML servers read draft 07 (https://json-schema.org/draft-07): no ``$defs``, no
``prefixItems``, no keywords beside a ``$ref``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from pydantic import BaseModel

from wslayout.templates.model import Template

DRAFT: Final = "http://json-schema.org/draft-07/schema#"

_PARAMETER: Final = {
    "type": "string",
    "pattern": r"^\$\{[A-Za-z_][A-Za-z0-9_]*\}$",
    "description": "The value of a parameter.",
}

_STRUCTURE: Final = frozenset({"parameters", "extends", "patch", "before", "after", "type"})
"""Fields in which parameters are not replaced."""


Change: TypeAlias = Callable[[dict[str, Any], str], dict[str, Any]]
"""Says of the schema of a field's value, and the field's name, what else the value may be."""


def template_schema() -> dict[str, Any]:
    """The JSON Schema of templates, in draft 07."""
    whole = schema_of(Template, "wslayout template", _or_parameter, _or_null)
    whole["definitions"]["Parameter"] = _plain(Template.model_json_schema()["$defs"]["Parameter"])
    return whole


def schema_of(
    model: type[BaseModel], title: str, value: Change | None = None, field: Change | None = None
) -> dict[str, Any]:
    """The JSON Schema of a model, in draft 07.

    Args:
        model: The model.
        title: What the schema is called.
        value: What any value may be besides; by default nothing.
        field: What a whole field may be besides; by default nothing.
    """
    translate = _Translation(value or _as_it_is, field or _as_it_is)
    schema = model.model_json_schema()
    definitions = schema.pop("$defs")
    return {
        "$schema": DRAFT,
        "title": title,
        **translate(schema, ""),
        "definitions": {name: translate(one, "") for name, one in sorted(definitions.items())},
    }


class _Translation:
    """From pydantic's schema to draft 07."""

    def __init__(self, value: Change, field: Change) -> None:
        self._value = value
        self._field = field

    def __call__(self, node: Any, field: str) -> Any:
        if isinstance(node, list):
            return [self(item, field) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return _reference(node)
        found = {
            name: {key: self._field(self(item, key), key) for key, item in value.items()}
            if name == "properties"
            else self(value, field)
            for name, value in node.items()
            if name not in ("title", "discriminator") and not _says_nothing(name, value)
        }
        return self._value(found, field)


def _as_it_is(schema: dict[str, Any], field: str) -> dict[str, Any]:
    return schema


def _or_parameter(schema: dict[str, Any], field: str) -> dict[str, Any]:
    """A value for which a parameter may stand."""
    takes_parameter = schema.get("type") in ("integer", "number", "boolean") or "enum" in schema
    if not takes_parameter or field in _STRUCTURE:
        return schema
    about: dict[str, Any] = {
        key: schema[key] for key in ("description", "default") if key in schema
    }
    bare = {key: item for key, item in schema.items() if key not in about}
    return {**about, "anyOf": [bare, _PARAMETER]}


def _says_nothing(name: str, value: Any) -> bool:
    """Whether a field is a default that only says that nothing was given."""
    return name == "default" and (value is None or value in ("", [], {}) or isinstance(value, dict))


def _or_null(schema: dict[str, Any], field: str) -> dict[str, Any]:
    """A field that may also be null, which takes back what an extended template says."""
    if field in ("name", "type") or {"type": "null"} in schema.get("anyOf", ()):
        return schema
    about = {"description": schema["description"]} if "description" in schema else {}
    bare = {name: item for name, item in schema.items() if name != "description"}
    return {**about, "anyOf": [bare, {"type": "null"}]}


def _reference(node: dict[str, Any]) -> dict[str, Any]:
    target = {"$ref": node["$ref"].replace("#/$defs/", "#/definitions/")}
    about = {key: node[key] for key in ("description",) if key in node}
    return {**about, "allOf": [target]} if about else target


def _plain(node: Any) -> Any:
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if isinstance(node, dict):
        return {key: _plain(value) for key, value in node.items() if key != "title"}
    return node
