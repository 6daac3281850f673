"""Law 1: with any one field taken from the input or the data, no refusal turns into an allow."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from mcp_opa.pdp.embedded import EmbeddedOpa

from mcp_opa import contract
from mcp_opa.model import Decision, Json, Question
from tests.cases import expand

Path = tuple[str | int, ...]

KEYED = {
    ("context", "facts", "sql"),
    ("context", "facts", "url"),
    ("context", "facts", "sizes"),
    ("context", "facts", "elided"),
}
"""Where the keys of the input are a caller's, not ours."""


def input_fields(document: dict[str, Any]) -> Iterator[Path]:
    """Every field that the schema of the input names."""
    for path in _fields(document, ()):
        if path[:4] != ("resource", "properties", "arguments", *path[3:4]) or len(path) == 3:
            yield path


def _fields(value: Json, path: Path) -> Iterator[Path]:
    if isinstance(value, dict):
        for key, child in value.items():
            here = (*path, key)
            if path not in KEYED and path[:-1] != ("context", "facts", "sql"):
                yield here
            yield from _fields(child, here)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _fields(child, (*path, index))


def without(value: Json, path: Path) -> Json:
    """A copy of `value` that lacks the field at `path`."""
    key, rest = path[0], path[1:]
    if isinstance(value, list):
        return [without(child, rest) if index == key else child for index, child in enumerate(value)]
    if not rest:
        return {name: child for name, child in value.items() if name != key}
    return {name: without(child, rest) if name == key else child for name, child in value.items()}


def decide(engine: EmbeddedOpa, document: dict[str, Any]) -> Decision:
    answer = engine.ask(Question.DECISION, contract.canonical(document))
    return contract.to_decision(answer, document.get("id", ""))


@pytest.mark.parametrize("table", expand.tables(), ids=lambda table: table.name)
def test_a_field_that_is_missing_from_the_input_loosens_nothing(table: expand.Table) -> None:
    engine = expand.embedded(table)
    loosened = []
    for case in table.cases:
        document = expand.document(case, engine)
        if decide(engine, document):
            continue
        loosened += [(case.name, path) for path in input_fields(document) if decide(engine, without(document, path))]
    assert loosened == []


@pytest.mark.parametrize("table", expand.tables(), ids=lambda table: table.name)
def test_a_field_that_is_missing_from_the_data_loosens_nothing(table: expand.Table) -> None:
    whole = expand.embedded(table)
    refused = [document for case in table.cases if not decide(whole, document := expand.document(case, whole))]
    loosened = []
    for path in _fields(table.data, ()):
        engine = EmbeddedOpa(contract.canonical(without(table.data, path)))
        loosened += [(path, document["id"]) for document in refused if decide(engine, document)]
    assert loosened == []


def test_a_field_can_be_taken_out_of_lists_and_objects() -> None:
    assert without({"a": [{"b": 1, "c": 2}], "d": 3}, ("a", 0, "b")) == {"a": [{"c": 2}], "d": 3}
    assert json.dumps(without({"a": 1}, ("a",))) == "{}"
