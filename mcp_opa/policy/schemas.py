"""The JSON Schemas in a policy: whether arguments can be judged by them, and which arguments they admit.

Guarantees: nothing is fetched; a schema that passes is judged by its two dialects' rules. Doesn't judge arguments: the
facts do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NoReturn

import jsonschema_rs

from mcp_opa.contract import canonical
from mcp_opa.model import Json
from mcp_opa.policy.document import Document
from mcp_opa.policy.overlap import name_holds
from mcp_opa.policy.problem import shortened

MAX_BYTES = 128 * 1024
"""Bytes of one schema as canonical JSON; the facts read no longer ones."""

_DIALECTS = ("json-schema.org/draft/2020-12/schema", "json-schema.org/draft-07/schema")
_ANNOTATIONS = {"$schema", "$id", "$comment", "$defs", "$anchor", "$vocabulary", "definitions", "title", "description"}
_ANNOTATIONS |= {"default", "examples", "deprecated", "readOnly", "writeOnly", "format"}
_COMBINED = ("allOf", "anyOf", "oneOf", "if", "then", "else", "$ref", "$dynamicRef", "not", "dependentSchemas")


def problem(schema: dict[str, Json]) -> tuple[str, str] | None:
    """What keeps arguments from being judged by `schema`, and how to mend it; None if nothing does."""
    if len(canonical(schema)) > MAX_BYTES:
        return f"a schema has at most {MAX_BYTES} bytes", "leave out descriptions and examples"
    dialect = schema.get("$schema", _DIALECTS[0])
    if not isinstance(dialect, str) or re.sub(r"\Ahttps?://|#\Z", "", dialect) not in _DIALECTS:
        return (
            f"the dialect {shortened(str(dialect), 80)} isn't read",
            f'write "$schema": "https://{_DIALECTS[0]}", or leave it out',
        )
    if schema.get("type", "object") != "object":
        return "arguments are an object, and this schema wants something else", "write type: object"
    if _ANNOTATIONS.issuperset(schema):
        return (
            "this schema constrains nothing, and so every call would be refused",
            "write type: object, and the arguments under properties",
        )
    return _misspelt(schema)


def _misspelt(schema: dict[str, Json]) -> tuple[str, str] | None:
    try:
        jsonschema_rs.validator_for(schema, retriever=_refuse)
    except jsonschema_rs.ValidationError as error:
        where = "".join(f"/{step}" for step in error.instance_path)
        said = f"{where + ': ' if where else ''}{error.message.partition(' and retrieving it')[0]}"
    except ValueError as error:
        said = str(error)
    else:
        return None
    return f"this is no JSON Schema: {shortened(said, 300)}", _mend(said)


def of_tool(document: Document, entry: str) -> list[dict[str, Json]]:
    """The document's schemas that judge every call which the entry names."""
    return [schema for key, schema in document.schemas.items() if name_holds(key, entry)]


def arguments(schemas: Sequence[dict[str, Json]]) -> set[str] | None:
    """The names of the arguments that all these schemas together admit; None where that isn't plain to see."""
    admitted = [names for names in map(_arguments, schemas) if names is not None]
    return set.intersection(*admitted) if admitted else None


def _arguments(schema: dict[str, Json]) -> set[str] | None:
    if any(key in schema for key in (*_COMBINED, "patternProperties")):
        return None
    if (
        schema.get("additionalProperties", False) is not False
        or schema.get("unevaluatedProperties", False) is not False
    ):
        return None
    return set(schema.get("properties", {}))


def _mend(message: str) -> str:
    if "registry" in message:
        return "nothing is fetched: put what is referred to under $defs, and refer to #/$defs/…"
    return "see https://json-schema.org/understanding-json-schema"


def _refuse(uri: str) -> NoReturn:
    raise ValueError(f"{uri} is not fetched")
