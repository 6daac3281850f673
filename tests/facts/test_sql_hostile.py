"""No text that does more than read passes for a plain SELECT, however it hides what it does."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from mcp_opa.facts.sql import DIALECTS, read
from mcp_opa.model import Json

TEXTS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("sql_hostile.yaml").read_text("utf-8"))
EVERYWHERE = [*DIALECTS, "any"]
IN_PLACE_OF_A_TABLE = ("SELECT * FROM {}", "SELECT * FROM t, {} AS x", "SELECT * FROM t JOIN {} x ON 1 = 1")
HUGE = {
    "brackets": "SELECT " + "(" * 10_000 + "1" + ")" * 10_000,
    "negations": "SELECT " + "NOT " * 8_000 + "1",
    "signs": "SELECT " + "- " * 15_000 + "1",
    "cases": "SELECT " + "CASE WHEN 1 THEN " * 1_400 + "1" + " END" * 1_400,
    "joins": "SELECT * FROM a" + " JOIN b" * 40,
    "joins of queries": "SELECT * FROM a" + " JOIN (SELECT DISTINCT ON (a) 1) b" * 40,
    "arrays of types": "SELECT " + "ARRAY[DECIMAL(" * 20 + "1" + ")]" * 20,
    "types": "SELECT " + "INTERVAL VARCHAR(" * 40 + "1" + ")" * 40,
    "unions": "SELECT 1" + " UNION SELECT 1" * 2_000 + "; DROP TABLE t",
    "a string": "SELECT '" + "a" * 70_000 + "'",
    "qualifiers": "SELECT " + "a." * 15_000 + "a(1)",
    "names before a change": "WITH " + "a AS (SELECT 1), " * 1_800 + "d AS (DELETE FROM t) SELECT 1",
}


def is_plain_select(text: str, dialect: str) -> bool:
    """What `allowed_operations: [SELECT]` lets through."""
    fact: Json = read(text, dialect)
    return bool(fact["known"]) and fact["operations"] == ["SELECT"] and not fact["functions"]


def passing(texts: list[str], dialect: str) -> list[str]:
    return [text for text in texts if is_plain_select(text, dialect)]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_call_with_effects_is_no_plain_select_wherever_it_stands(dialect: str) -> None:
    texts = [shape.format(call=call) for call in TEXTS["calls"][dialect] for shape in TEXTS["shapes"]]
    assert passing(texts, dialect) == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_call_with_effects_is_no_plain_select_in_the_place_of_a_table(dialect: str) -> None:
    calls = [call for call in TEXTS["calls"][dialect] if "(" in call]
    assert passing([shape.format(call) for call in calls for shape in IN_PLACE_OF_A_TABLE], dialect) == []


@pytest.mark.parametrize("hidden", [" (", "/* nothing */(", "\n--\n(", "\t\r\n("])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_space_and_comments_before_the_bracket_hide_no_call(dialect: str, hidden: str) -> None:
    calls = [call for call in TEXTS["calls"][dialect] if "(" in call]
    assert passing([f"SELECT {call.replace('(', hidden, 1).upper()}" for call in calls], dialect) == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_quoted_or_qualified_name_is_another_function(dialect: str) -> None:
    assert passing([f"SELECT {call} FROM t" for call in TEXTS["quoted"][dialect]], dialect) == []


@pytest.mark.parametrize("dialect", ["postgres", "mysql", "tsql", "oracle"])
def test_a_call_that_looks_like_a_column_is_a_call(dialect: str) -> None:
    assert passing(TEXTS["columns"][dialect], dialect) == []


@pytest.mark.parametrize("dialect", EVERYWHERE)
def test_nothing_but_a_query_is_a_plain_select(dialect: str) -> None:
    assert passing(TEXTS["statements"], dialect) == []


@pytest.mark.parametrize("dialect", EVERYWHERE)
def test_a_query_that_changes_writes_locks_or_assigns_is_no_plain_select(dialect: str) -> None:
    assert passing(TEXTS["inside"], dialect) == []


@pytest.mark.parametrize("dialect", EVERYWHERE)
def test_a_second_statement_is_never_taken_for_part_of_the_first(dialect: str) -> None:
    assert passing(TEXTS["second"], dialect) == []


@pytest.mark.parametrize("dialect", EVERYWHERE)
def test_a_text_that_two_readers_could_cut_differently_is_no_plain_select(dialect: str) -> None:
    assert passing(TEXTS["cut"] + TEXTS["cut_in"].get(dialect, []), dialect) == []


def test_half_a_character_is_no_text() -> None:
    assert read("SELECT '\ud800'", "any") == {"known": False, "problem": "not a text in Unicode"}


def test_two_dashes_without_space_hide_nothing_that_mysql_would_run() -> None:
    text = "SELECT 1--1; DROP TABLE t"
    assert [dialect for dialect in EVERYWHERE if is_plain_select(text, dialect)] == [
        "postgres",
        "sqlite",
        "tsql",
        "oracle",
    ]


@pytest.mark.parametrize("name", HUGE)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_text_that_would_wear_out_the_parser_is_no_plain_select(dialect: str, name: str) -> None:
    assert not is_plain_select(HUGE[name], dialect)
