"""No schema and no arguments, however hostile, make the verdict take long: what would is unknown."""

import random

import pytest

from mcp_opa.facts import schema, schema_cost, schema_graph
from mcp_opa.facts.schema import verdict
from mcp_opa.model import Json

TEXT = {"type": "string"}
TREE = {"type": "object", "properties": {"name": TEXT, "child": {"$ref": "#"}}}


def nested(levels: int, name: str = "child") -> Json:
    value: Json = {}
    for _ in range(levels):
        value = {name: value}
    return value


def chained(length: int, link: Json, last: Json) -> Json:
    """`#/$defs/0` leads to `#/$defs/1`, and so on; in `link`, `next` stands for the reference."""
    links = {str(i): _replaced(link, {"$ref": f"#/$defs/{i + 1}"}) for i in range(length)}
    return {"type": "object", "$ref": "#/$defs/0", "$defs": {**links, str(length): last}}


def _replaced(link: Json, reference: Json) -> Json:
    if isinstance(link, dict):
        return {keyword: _replaced(value, reference) for keyword, value in link.items()}
    return [_replaced(value, reference) for value in link] if isinstance(link, list) else reference


@pytest.mark.parametrize(
    "link",
    [
        {"allOf": ["next", "next"]},
        {"anyOf": [{"allOf": ["next"]}, "next"]},
        {"oneOf": ["next", "next"]},
        {"not": {"allOf": ["next", "next"]}},
        {"if": "next", "then": "next", "else": "next"},
        {"dependentSchemas": {"a": "next", "b": "next"}},
        {"dependencies": {"a": "next", "b": "next"}},
    ],
    ids=str,
)
def test_a_schema_that_doubles_at_every_step_is_unknown(link: Json) -> None:
    assert verdict([chained(3, link, TREE)], {}) != "unknown"
    assert verdict([chained(40, link, TREE)], {}) == "unknown"


def test_unevaluated_keywords_count_for_the_work_that_they_repeat() -> None:
    link = {"unevaluatedProperties": False, "anyOf": ["next"]}
    assert verdict([chained(3, link, TREE)], {"name": "a"}) == "valid"
    assert verdict([chained(12, link, TREE)], {"name": "a"}) == "unknown"


def test_a_long_chain_of_references_is_unknown() -> None:
    assert verdict([chained(schema_cost.MAX_CHAIN - 3, "next", TREE)], {"name": "a"}) == "valid"
    assert verdict([chained(schema_cost.MAX_CHAIN, "next", TREE)], {"name": "a"}) == "unknown"
    assert verdict([chained(5000, {"anyOf": ["next"]}, TREE)], {"name": "a"}) == "unknown"


def test_a_schema_that_doubles_at_every_level_is_judged_while_the_arguments_are_shallow() -> None:
    doubling = {"type": "object", "properties": {"child": {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}}}
    assert verdict([doubling], nested(5)) == "valid"
    assert verdict([doubling], nested(60)) == "unknown"


def test_what_holds_itself_once_is_judged_at_any_depth() -> None:
    assert verdict([TREE], nested(60)) == "valid"
    wide = {"type": "object", "properties": {"name": TEXT, "children": {"type": "array", "items": {"$ref": "#"}}}}
    assert verdict([wide], {"children": [{"name": "a", "children": [{"name": "b"}] * 9}] * 900}) == "valid"
    assert verdict([wide], {"children": [{"name": "a", "children": [{"name": 1}] * 9}] * 900}) == "invalid"


def test_arguments_that_are_too_deep_or_too_many_are_unknown() -> None:
    assert verdict([TREE], nested(schema.MAX_DEPTH - 1)) == "valid"
    assert verdict([TREE], nested(schema.MAX_DEPTH)) == "unknown"
    assert verdict([TREE], nested(100_000)) == "unknown"
    many = {"properties": {"a": {"items": TEXT}}}
    assert verdict([many], {"a": ["x"] * (schema.MAX_VALUES - 2)}) == "valid"
    assert verdict([many], {"a": ["x"] * (schema.MAX_VALUES - 1)}) == "unknown"


def test_a_schema_that_is_too_large_or_too_deep_is_unknown() -> None:
    large = {"type": "object", "description": "x" * schema.MAX_SCHEMA}
    assert verdict([large], {}) == "unknown"
    deep: Json = TEXT
    for _ in range(400):
        deep = {"properties": {"a": deep}}
    assert verdict([deep], {}) == "unknown"
    assert verdict(['{"not":' * 15_000 + "{}" + "}" * 15_000], {}) == "unknown"
    assert verdict(["[" * 100_000], {}) == "unknown"


def test_a_schema_of_too_many_schemas_or_references_is_unknown() -> None:
    apart: Json = {f"{i:x}": {} for i in range(schema_graph.MAX_NODES)}
    schemas = {"type": "object", "$defs": apart}
    assert verdict([schemas], {}) == "unknown"
    references = {
        "properties": {str(i): {"$ref": f"#/properties/{i + 1}"} for i in range(schema_graph.MAX_TARGETS + 1)}
    }
    assert verdict([references], {}) == "unknown"


def test_patterns_that_grow_are_matched_in_linear_time_or_not_at_all() -> None:
    noise = "".join(random.Random(1).choices("ab", k=300_000))  # noqa: S311  any text without an order
    for pattern, judged in (
        ("^(a+)+$", 300_000),
        ("[ab]*a[ab]{15}c", 300_000),
        ("[ab]*a[ab]{700}c", 50_000),
        ("[ab]{20000}c", 2_000),
    ):
        given = {"properties": {"a": {"type": "string", "pattern": pattern}}}
        assert verdict([given], {"a": noise[:judged]}) == "invalid"
    assert verdict([{"properties": {"a": {"pattern": "[ab]*a[ab]{700}c"}}}], {"a": noise}) == "unknown"
    assert verdict([{"properties": {"a": {"pattern": "[ab]{20000}c"}}}], {"a": noise[:20_000]}) == "unknown"
    assert verdict([{"properties": {"a": {"pattern": "(((a{99}){99}){99}){99}"}}}], {"a": "a"}) == "unknown"
    assert verdict([{"patternProperties": {"[ab]*a[ab]{700}c": {}}}], {noise: 1}) == "unknown"
    assert (
        verdict([{"additionalProperties": {}, "propertyNames": {"pattern": "[ab]*a[ab]{700}c"}}], {noise: 1})
        == "unknown"
    )


def test_a_long_text_that_no_pattern_looks_at_costs_nothing() -> None:
    given = {"properties": {"content": TEXT, "path": {"type": "string", "pattern": "^[a-z/]{1,200}$"}}}
    assert verdict([given], {"path": "docs/a", "content": "x" * 5_000_000}) == "valid"


def test_a_large_choice_counts_for_what_it_takes_to_go_through() -> None:
    given = {"properties": {"a": {"items": {"enum": list(range(9_000))}}}}
    assert verdict([given], {"a": [8_999] * 500}) == "valid"
    assert verdict([given], {"a": [8_999] * 15_000}) == "unknown"
