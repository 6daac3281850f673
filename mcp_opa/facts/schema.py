"""Whether a call's arguments satisfy the JSON Schemas that anyone gave for its tool.

Guarantees: `verdict` is total, bounded in work, fetches nothing, and is "valid" only where every schema could be judged
by and is satisfied. The dialects are 2020-12, also where none is stated, and draft-07. A schema admits no argument that
it doesn't declare, unless it says itself what else may come. One that constrains nothing is unknown.

`format` and content keywords only annotate, and patterns with look-around or back-references are unknown. What a schema
leaves open is for whoever writes it: a misspelt keyword constrains nothing.
"""

from __future__ import annotations

import json
import marshal
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from jsonschema_rs import Draft7, Draft7Validator, Draft202012, Draft202012Validator, RegexOptions, ValidationError

from mcp_opa.facts.schema_cost import Cost, bound
from mcp_opa.facts.schema_graph import ROOT, Node, Unjudgeable, graph, refuse
from mcp_opa.model import Json

MAX_SCHEMA = 128 * 1024
"""Bytes of one schema (characters, of one that is given as text)."""
MAX_VALUES = 20_000
"""Values in the arguments, and below, levels of them: as many as an engine is sent."""
MAX_DEPTH = 64
REMEMBERED = 512
"""Schemas that are kept compiled."""
PATTERNS = ((4_000, 1 / 16), (64_000, 1.0), (10_000_000, 64.0))
"""Bytes that a compiled pattern may take, and units of work that matching a character then costs at worst."""

_LATEST = "https://json-schema.org/draft/2020-12/schema"
_DIALECTS = {"json-schema.org/draft/2020-12/schema": Draft202012, "json-schema.org/draft-07/schema": Draft7}
_CONSTRAINING = {
    "type", "enum", "const", "not", "if", "dependencies", "dependentSchemas", "dependentRequired", "required",
    "properties", "patternProperties", "additionalProperties", "unevaluatedProperties", "propertyNames",
    "minProperties", "maxProperties", "items", "prefixItems", "additionalItems", "unevaluatedItems", "contains",
    "minItems", "maxItems", "uniqueItems", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minLength", "maxLength", "pattern",
}  # fmt: skip

Validator = Draft7Validator | Draft202012Validator


def verdict(schemas: Sequence[Json], arguments: Json) -> str:
    """`valid`, `invalid`, `unknown`, or `none` where there is no schema. Each schema is JSON, or the text of one."""
    verdicts = {_verdict(schema, arguments) for schema in schemas}
    return next((one for one in ("invalid", "unknown", "valid") if one in verdicts), "none")


def _verdict(schema: Json, arguments: Json) -> str:
    try:
        text = schema if isinstance(schema, str) else marshal.dumps(schema, 2)
        judge = _judge(text) if len(text) <= MAX_SCHEMA else None
        return "unknown" if judge is None else judge.verdict(arguments)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001  a panic of the validator is no `Exception`, and no verdict either
        return "unknown"


@dataclass(frozen=True, slots=True)
class _Judge:
    """One schema, ready to judge by."""

    cost: Cost
    character: float
    validator: Validator
    closure: Validator | None
    """What else the arguments must satisfy to hold declared names alone."""
    undeclared: str
    """The verdict where they satisfy the schema, but not the closure."""

    def verdict(self, arguments: Json) -> str:
        if not self.cost.affordable(arguments, _counted(arguments), self.character):
            return "unknown"
        if not self.validator.is_valid(arguments):
            return "invalid"
        return "valid" if self.closure is None or self.closure.is_valid(arguments) else self.undeclared


def _counted(arguments: Json) -> int:
    """How many values the arguments hold. Raises `Unjudgeable` where they are too many, or too deep."""
    values, level = 0, [arguments]
    for _ in range(MAX_DEPTH):
        values += len(level)
        level = [child for parent in level if isinstance(parent, dict | list) for child in _children(parent)]
        if not level:
            return values
        if values + len(level) > MAX_VALUES:
            break
    raise Unjudgeable(f"more than {MAX_VALUES} values, or {MAX_DEPTH} levels")


def _children(parent: Json) -> Sequence[Json]:
    return tuple(parent.values()) if isinstance(parent, dict) else parent


@lru_cache(maxsize=REMEMBERED)
def _judge(text: str | bytes) -> _Judge | None:
    """The judge by a schema, given as JSON text or as `marshal` writes it; None if there can be none."""
    with suppress(ValueError):
        return _compiled(json.loads(text) if isinstance(text, str) else marshal.loads(text))  # noqa: S302  written above
    return None


def _compiled(schema: Json) -> _Judge:
    schema = dict(schema) if isinstance(schema, dict) else {}
    draft = _DIALECTS.get(re.sub(r"\Ahttps?://|#\Z", "", str(schema.pop("$schema", _LATEST))))
    if draft is None:
        raise Unjudgeable("a dialect that is not read")
    nodes = graph(schema, draft)
    cost = bound(nodes)
    if not _constrains(nodes[0], draft):
        raise Unjudgeable("a schema that constrains nothing")
    if draft == Draft7:
        validator, character = _validator(Draft7Validator, schema)
        closed, undeclared = _closure(nodes[0])
        return _Judge(cost, character, validator, closed and _validator(Draft7Validator, closed)[0], undeclared)
    # A resource of its own within another, so that what refers to the root means the schema as it is given.
    closed = {"allOf": [{"$id": ROOT, **schema}], "unevaluatedProperties": False}
    validator, character = _validator(Draft202012Validator, closed)
    return _Judge(cost, character, validator, None, "invalid")


def _constrains(node: Node, draft: int) -> bool:
    alone = draft == Draft7 and "$ref" in node.schema  # draft-07 reads nothing beside a reference
    if not alone and not _CONSTRAINING.isdisjoint(node.schema):
        return True
    combined = {"$ref"} if alone else {"$ref", "$dynamicRef", "allOf", "anyOf", "oneOf"}
    return any(_constrains(child, draft) for keyword, child in node.here if keyword in combined)


def _validator(kind: type[Validator], schema: Json) -> tuple[Validator, float]:
    """A validator, and the price of a character: that of the smallest bound which holds every pattern."""
    for size, character in PATTERNS[:-1]:
        with suppress(ValidationError):
            return _within(kind, schema, size), character
    size, character = PATTERNS[-1]
    return _within(kind, schema, size), character


def _within(kind: type[Validator], schema: Json, size: int) -> Validator:
    return kind(schema, retriever=refuse, validate_formats=False, pattern_options=RegexOptions(size_limit=size))


def _closure(root: Node) -> tuple[Json, str]:
    """For draft-07: a schema that admits the names which the top level declares, and the verdict on any other name.

    No schema where it says itself what else may come; the verdict is unknown where it says so, or may declare more, in
    one of several cases only.
    """
    names: dict[str, bool] = {}
    patterns: dict[str, bool] = {}
    undeclared = "invalid"
    pending = [(root, True)]
    while pending:
        node, always = pending.pop()
        own = {} if "$ref" in node.schema else node.schema
        names |= dict.fromkeys(own.get("properties", ()), True)
        patterns |= dict.fromkeys(own.get("patternProperties", ()), True)
        if "additionalProperties" in own and (node is root or own["additionalProperties"] is not False):
            if always:
                return None, undeclared
            undeclared = "unknown"
        for keyword, child in node.here:
            if keyword in ("$ref", "allOf", "anyOf", "oneOf") and (keyword == "$ref" or own):
                pending.append((child, always and keyword in ("$ref", "allOf")))
            elif own and keyword != "not":
                undeclared = "unknown"
    return {"properties": names, "patternProperties": patterns, "additionalProperties": False}, undeclared
