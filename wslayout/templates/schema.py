"""The JSON Schema of templates, for editors.

Editors' YAML servers read draft 07 (https://json-schema.org/draft-07): no ``$defs``, no
``prefixItems``, no keywords beside a ``$ref``.
"""

from __future__ import annotations

from typing import Any, Final

from wslayout.templates.model import Template

DRAFT: Final = "http://json-schema.org/draft-07/schema#"

_PARAMETER: Final = {
    "type": "string",
    "pattern": r"^\$\{[A-Za-z_][A-Za-z0-9_]*\}$",
    "description": "The value of a parameter.",
}

_STRUCTURE: Final = frozenset({"parameters", "extends", "patch", "before", "after", "type"})
"""Fields in which parameters are not replaced."""


def template_schema() -> dict[str, Any]:
    """The JSON Schema of templates, in draft 07."""
    schema = Template.model_json_schema()
    definitions = schema.pop("$defs")
    definitions.pop("Parameter")
    whole = {
        "$schema": DRAFT,
        "title": "wslayout template",
        **_translated(schema, ""),
        "definitions": {name: _translated(one, "") for name, one in sorted(definitions.items())},
    }
    whole["definitions"]["Parameter"] = _plain(Template.model_json_schema()["$defs"]["Parameter"])
    return whole


def _translated(node: Any, field: str) -> Any:
    """A part of pydantic's schema in draft 07, where a parameter may stand for a value."""
    if isinstance(node, list):
        return [_translated(item, field) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _reference(node)
    found = {
        name: {key: _optional(_translated(item, key), key) for key, item in value.items()}
        if name == "properties"
        else _translated(value, field)
        for name, value in node.items()
        if name not in ("title", "discriminator") and not _says_nothing(name, value)
    }
    takes_parameter = found.get("type") in ("integer", "number", "boolean") or "enum" in found
    if takes_parameter and field not in _STRUCTURE:
        about = {key: found.pop(key) for key in ("description", "default") if key in found}
        return {**about, "anyOf": [found, _PARAMETER]}
    return found


def _says_nothing(name: str, value: Any) -> bool:
    """Whether a field is a default that only says that nothing was given."""
    return name == "default" and (value is None or value in ("", [], {}) or isinstance(value, dict))


def _optional(schema: Any, field: str) -> Any:
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
