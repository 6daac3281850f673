"""A JSON Schema as a graph: which schema hands which value on to which other.

Guarantees: `graph` follows every reference as the validator does, reads nothing but the schema itself, and raises
`Unjudgeable` for one that refers to something outside, or is too large. A dynamic reference leads to every schema that
it may lead to. It validates nothing: keywords of a wrong type lead nowhere here, and the validator refuses them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

from jsonschema_rs import Draft7, ReferencingError, Registry, Resolver

from mcp_opa.model import Json

ROOT = "json-schema:///arguments"
"""The base URI of a schema that gives itself none."""
MAX_NODES = 10_000
MAX_TARGETS = 1_000
"""Different references in one schema."""

_REFERENCES = {"$ref", "$dynamicRef"}
_HERE = {"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "dependencies"}
_BELOW = {
    "patternProperties", "additionalProperties", "unevaluatedProperties",
    "items", "prefixItems", "additionalItems", "unevaluatedItems", "contains",
}  # fmt: skip
_APART = {"$defs", "definitions"}
_MAPS = {"patternProperties", "dependentSchemas", "dependencies", "$defs", "definitions"}


class Unjudgeable(ValueError):
    """The schema can't be judged by; the message says why."""


@dataclass(slots=True, eq=False)
class Node:
    """One schema, and those that it hands a value, or a part of it, on to."""

    schema: dict[str, Json]
    here: list[tuple[str, Node]] = field(default_factory=list)
    """Keyword and schema of each that judges the same value."""
    named: dict[str, Node] = field(default_factory=dict)
    below: list[Node] = field(default_factory=list)
    """Those that may judge any member or element."""
    names: list[Node] = field(default_factory=list)


def graph(schema: dict[str, Json], draft: int) -> list[Node]:
    """All schemas in a schema, the root first. `draft` as `jsonschema_rs.Draft7` has it. Raises `Unjudgeable`."""
    try:
        return _Builder(schema, draft).nodes()
    except ReferencingError as error:
        raise Unjudgeable(str(error)) from error


def refuse(uri: str) -> NoReturn:
    """The retriever that fetches nothing."""
    raise Unjudgeable(f"{uri} is not fetched: a schema must hold all that it refers to")


class _Builder:
    def __init__(self, schema: dict[str, Json], draft: int) -> None:
        identifier = schema.get("$id")
        base = identifier if isinstance(identifier, str) else ROOT
        registry = Registry([(base, schema)], draft=draft, retriever=refuse)
        self._draft = draft
        self._nodes: dict[tuple[str, int], Node] = {}
        self._targets: dict[tuple[str, str], tuple[Json, Resolver]] = {}
        self._pending: list[tuple[Node, Resolver]] = []
        self._node(schema, registry.resolver(base))

    def nodes(self) -> list[Node]:
        while self._pending:
            self._fill(*self._pending.pop())
        nodes = list(self._nodes.values())
        for node in nodes:
            if isinstance(reference := node.schema.get("$dynamicRef"), str):
                anchor = reference.rpartition("#")[2]
                node.here += [("$dynamicRef", other) for other in nodes if other.schema.get("$dynamicAnchor") == anchor]
        return nodes

    def _node(self, schema: dict[str, Json], resolver: Resolver) -> Node:
        identifier = schema.get("$id")
        if isinstance(identifier, str) and not (self._draft == Draft7 and "$ref" in schema):
            resolver = self._target(resolver, identifier)[1]
        key = (resolver.base_uri, id(schema))
        if key not in self._nodes:
            if len(self._nodes) >= MAX_NODES:
                raise Unjudgeable(f"more than {MAX_NODES} schemas in one")
            self._nodes[key] = Node(schema)
            self._pending.append((self._nodes[key], resolver))
        return self._nodes[key]

    def _target(self, resolver: Resolver, reference: str) -> tuple[Json, Resolver]:
        """Each reference is looked up once, so that the same schema is the same node."""
        key = (resolver.base_uri, reference)
        if key not in self._targets:
            if len(self._targets) >= MAX_TARGETS:
                raise Unjudgeable(f"more than {MAX_TARGETS} different references")
            found = resolver.lookup(reference)
            self._targets[key] = (found.contents, found.resolver)
        return self._targets[key]

    def _fill(self, node: Node, resolver: Resolver) -> None:
        for keyword, value in node.schema.items():
            if keyword in _REFERENCES and isinstance(value, str):
                target, base = self._target(resolver, value)
                node.here += [(keyword, self._node(found, base)) for found in _schemas(keyword, target)]
            elif keyword == "properties" and isinstance(value, dict):
                members = {name: schema for name, schema in value.items() if isinstance(schema, dict)}
                node.named = {name: self._node(schema, resolver) for name, schema in members.items()}
            elif keyword in _HERE:
                node.here += [(keyword, self._node(found, resolver)) for found in _schemas(keyword, value)]
            elif keyword in _BELOW:
                node.below += [self._node(found, resolver) for found in _schemas(keyword, value)]
            elif keyword == "propertyNames":
                node.names += [self._node(found, resolver) for found in _schemas(keyword, value)]
            elif keyword in _APART:
                for found in _schemas(keyword, value):
                    self._node(found, resolver)


def _schemas(keyword: str, value: Json) -> Iterator[dict[str, Json]]:
    """The schemas that a keyword holds: one, a list of them or a map; `true` and `false` hand nothing on."""
    if keyword in _MAPS:
        value = list(value.values()) if isinstance(value, dict) else []
    return (found for found in (value if isinstance(value, list) else [value]) if isinstance(found, dict))
