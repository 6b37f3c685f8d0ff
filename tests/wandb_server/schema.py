"""The executable schema: the SDL without the features that are switched off, and its resolvers."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from graphql import (
    REMOVE,
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldDefinitionNode,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InputValueDefinitionNode,
    StringValueNode,
    Visitor,
    build_ast_schema,
    parse,
    visit,
)

from tests.wandb_server.context import plain, snake
from tests.wandb_server.resolvers import RESOLVERS

_SDL = parse(Path(__file__).with_name("schema.graphql").read_text(encoding="utf-8"))


def _feature(directives: tuple[DirectiveNode, ...] | None) -> str | None:
    for directive in directives or ():
        if directive.name.value == "feature":
            for argument in directive.arguments or ():
                return _text(argument)
    return None


def _text(argument: ArgumentNode) -> str:
    assert isinstance(argument.value, StringValueNode)
    return argument.value.value


class _Features(Visitor):
    """Lists the features of a document and drops those that are off."""

    def __init__(self, off: frozenset[str]) -> None:
        super().__init__()
        self.off = off
        self.seen: set[str] = set()

    def enter_field_definition(self, node: FieldDefinitionNode, *_: Any) -> Any:
        return self._check(node)

    def enter_input_value_definition(self, node: InputValueDefinitionNode, *_: Any) -> Any:
        return self._check(node)

    def _check(self, node: FieldDefinitionNode | InputValueDefinitionNode) -> Any:
        feature = _feature(node.directives)
        if feature is None:
            return None
        self.seen.add(feature)
        return REMOVE if feature in self.off else None


def _without(off: frozenset[str]) -> tuple[DocumentNode, set[str]]:
    visitor = _Features(off)
    document: DocumentNode = visit(_SDL, visitor)
    return document, visitor.seen


FEATURES = frozenset(_without(frozenset())[1])


@lru_cache
def build(off: frozenset[str]) -> GraphQLSchema:
    """The schema of a server that lacks the features in ``off``."""
    schema = build_ast_schema(_without(off)[0])
    for type_ in schema.type_map.values():
        if type_.name.startswith("__"):
            continue
        if isinstance(type_, GraphQLObjectType):
            for name, field in type_.fields.items():
                field.resolve = RESOLVERS.get(f"{type_.name}.{name}", plain)
                for argument_name, argument in field.args.items():
                    argument.out_name = snake(argument_name)
        elif isinstance(type_, GraphQLInterfaceType):
            type_.resolve_type = lambda value, *_: type(value).__name__
        elif isinstance(type_, GraphQLInputObjectType):
            for name, input_field in type_.fields.items():
                input_field.out_name = snake(name)
    return schema
