"""The schemas that tools and elicitations carry."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]
ONES = ["option1", "option2", "option3"]


def _object(properties: Schema, *required: str) -> Schema:
    return {"type": "object", "properties": properties, "required": list(required)}


def of(**kinds: str) -> Schema:
    """An object with these properties, none of which it must have."""
    return _object({name: {"type": kind} for name, kind in kinds.items()})


def _titled(*titles: tuple[str, str]) -> list[Schema]:
    return [{"const": value, "title": title} for value, title in titles]


VALUES = _titled(("value1", "First"), ("value2", "Second"), ("value3", "Third"))

PROMPT = _object({"prompt": {"type": "string"}}, "prompt")
MESSAGE = _object({"message": {"type": "string"}}, "message")
USER = _object({"username": {"type": "string"}, "email": {"type": "string"}}, "username", "email")
DEFAULTS = _object(
    {
        "name": {"type": "string", "default": "John Doe"},
        "age": {"type": "integer", "default": 30},
        "score": {"type": "number", "default": 95.5},
        "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
        "verified": {"type": "boolean", "default": True},
    }
)
ENUMS = _object(
    {
        "untitledSingle": {"type": "string", "enum": ONES},
        "titledSingle": {"type": "string", "oneOf": VALUES},
        "legacyEnum": {"type": "string", "enum": ["opt1", "opt2", "opt3"], "enumNames": ["One", "Two", "Three"]},
        "untitledMulti": {"type": "array", "items": {"type": "string", "enum": ONES}},
        "titledMulti": {"type": "array", "items": {"anyOf": VALUES}},
    }
)
MIRRORED = _object({"region": {"type": "string", "x-mcp-header": "Region"}, "rows": {"type": "integer"}}, "region")
KEYWORDS: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}
