"""A database server's own cases of safe SQL, and ordinary queries: nothing wrong passes, and what people ask does."""

import json
from pathlib import Path
from typing import Any

import pytest

from mcp_opa.facts.sql import read

HERE = Path(__file__).parent
ROWS: list[dict[str, Any]] = [json.loads(line) for line in (HERE / "sql.jsonl").read_text("utf-8").splitlines()]
ALLOWED = {"SELECT", "EXPLAIN", "SHOW"}
"""What that server's safe mode lets through, put as a policy's `allowed_operations`."""
BY_DESIGN = {
    "CREATE EXTENSION IF NOT EXISTS hypopg": "it creates something",
    "SELECT * FROM hypopg_create_index('CREATE INDEX idx ON users(id)')": "a function of an extension, not known",
    "SELECT * FROM hypopg_reset()": "a function of an extension that changes its state",
    "SELECT * FROM hypopg_list_indexes()": "a function of an extension, not known",
}
"""Statements that the server allows and mcp-opa refuses, and why."""
ORDINARY = [
    (path.name.split(".")[1], text)
    for path in sorted((HERE / "sql").glob("ordinary.*.sql"))
    for text in path.read_text("utf-8").splitlines()
]


def verdict(row: dict[str, Any]) -> str:
    fact = read(row["sql"], "postgres")
    return "allow" if fact["known"] and set(fact["operations"]) <= ALLOWED and not fact["functions"] else "deny"


def test_nothing_is_allowed_that_the_server_refuses() -> None:
    assert [row["sql"] for row in ROWS if row["expected"] == "deny" and verdict(row) == "allow"] == []


def test_what_is_refused_besides_is_so_by_design() -> None:
    refused = {row["sql"] for row in ROWS if row["expected"] == "allow" and verdict(row) == "deny"}
    assert refused == set(BY_DESIGN)


def test_without_a_dialect_nothing_more_is_allowed() -> None:
    wrong = [row["sql"] for row in ROWS if row["expected"] == "deny" and read(row["sql"], "any")["known"]]
    known = {text: read(text, "any") for text in wrong}
    assert [text for text, fact in known.items() if fact["operations"] == ["SELECT"] and not fact["functions"]] == []


def test_there_are_ordinary_queries_of_every_dialect() -> None:
    assert {dialect for dialect, _ in ORDINARY} == {"postgres", "mysql", "sqlite", "tsql", "oracle", "any"}
    assert len(ORDINARY) > 200


@pytest.mark.parametrize(("dialect", "text"), ORDINARY)
def test_an_ordinary_query_is_known_to_read_only(dialect: str, text: str) -> None:
    fact = read(text, dialect)
    assert (fact["known"], fact.get("operations"), fact.get("functions")) == (True, ["SELECT"], []), fact
