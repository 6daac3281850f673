"""`compute` gives the facts that are needed, in the contract's shape, for any call, and raises nothing."""

import pytest

from mcp_opa import facts
from mcp_opa.facts import compute, sql, url
from mcp_opa.model import Json, Needs, Subject, ToolCall

NOBODY = Subject("agent")
NOTHING: dict[str, Json] = {"schema": "none", "sql": {}, "url": {}, "sizes": {}, "uri": None}
EVERYTHING = Needs(
    "r",
    schemas=('{"type": "object"}',),
    sql=(("any", (("query",),)), ("postgres", (("query",), ("queries", "*")))),
    url=(("url",), ("urls", "*")),
    content=(("content",), ("edits", "*", "newText")),
)


def call(arguments: Json, **rest: Json) -> ToolCall:
    return ToolCall(NOBODY, rest.pop("name", "tool"), arguments, **rest)


def test_what_is_not_needed_is_not_computed() -> None:
    arguments = {"url": "https://example.com", "query": "SELECT 1", "content": "x"}
    assert compute(call(arguments), Needs("r")) == NOTHING


@pytest.mark.parametrize("arguments", [None, True, 1, "text", [], ["url"], {}, {"url": None}], ids=repr)
def test_arguments_that_hold_none_of_it_have_no_facts(arguments: Json) -> None:
    assert {**compute(call(arguments), EVERYTHING), "schema": ""} == NOTHING | {
        "schema": "",
        "sql": {"any": {}, "postgres": {}},
    }


def test_what_is_no_string_has_no_fact() -> None:
    odd = {"url": ["https://example.com"], "urls": [1, {}], "query": {"text": "x"}, "content": ["x"], "edits": "x"}
    found = compute(call(odd), EVERYTHING)
    assert (found["sql"], found["url"], found["sizes"]) == ({"any": {}, "postgres": {}}, {}, {})


def test_every_text_that_a_pointer_reaches_has_its_fact_under_the_pointer() -> None:
    arguments = {
        "query": "SELECT id FROM t LIMIT 10",
        "queries": ["DROP TABLE t", 5],
        "url": "https://example.com/",
        "urls": ["http://127.1/", "https://a.example.com"],
        "content": "é",
        "edits": [{"newText": "abc"}, {"newText": "\ud800"}],
    }
    assert compute(call(arguments), EVERYTHING) == {
        "schema": "invalid",
        "sql": {
            "any": {"/query": sql.read("SELECT id FROM t LIMIT 10", "any")},
            "postgres": {
                "/query": sql.read("SELECT id FROM t LIMIT 10", "postgres"),
                "/queries/0": sql.read("DROP TABLE t", "postgres"),
            },
        },
        "url": {
            "/url": url.read("https://example.com/"),
            "/urls/0": {"known": False, "problem": "read as http://127.0.0.1, and not written so"},
            "/urls/1": url.read("https://a.example.com"),
        },
        "sizes": {"/content": 2, "/edits/0/newText": 3},
        "uri": None,
    }


def test_the_schemas_of_the_policy_and_of_the_call_count_together() -> None:
    strict = '{"properties": {"a": {"type": "string"}}}'
    loose: Json = {"properties": {"a": {}, "b": {}}}
    assert compute(call({"a": "x"}, schema=loose), Needs("r", schemas=(strict,)))["schema"] == "valid"
    assert compute(call({"a": 1}, schema=loose), Needs("r", schemas=(strict,)))["schema"] == "invalid"
    assert compute(call({"b": 1}, schema=loose), Needs("r", schemas=(strict,)))["schema"] == "invalid"
    assert compute(call({"b": 1}, schema=loose), Needs("r"))["schema"] == "valid"
    assert compute(call({"b": 1}, schema={}), Needs("r"))["schema"] == "unknown"


def test_needs_that_repeat_themselves_mean_nothing_more() -> None:
    twice = Needs("r", sql=(("sqlite", (("query",),)),) * 2, url=(("url",),) * 2, content=(("url",),) * 2)
    found = compute(call({"query": "SELECT 1", "url": "https://example.com"}), twice)
    assert found["sql"] == {"sqlite": {"/query": sql.read("SELECT 1", "sqlite")}}
    assert (list(found["url"]), found["sizes"]) == (["/url"], {"/url": 19})


def test_more_texts_than_are_read_are_not_known() -> None:
    needs = Needs("r", sql=(("sqlite", (("queries", "*"),)),), url=(("urls", "*"),))
    arguments = {"queries": ["SELECT 1"] * (facts.MAX_SQL + 1), "urls": ["https://a.io"] * (facts.MAX_URLS + 1)}
    found = compute(call(arguments), needs)
    texts = list(found["sql"]["sqlite"].values())
    assert [fact["known"] for fact in texts] == [True] * facts.MAX_SQL + [False]
    assert texts[-1]["problem"] == "one of more texts than are read in one call"
    assert [fact["known"] for fact in found["url"].values()] == [True] * facts.MAX_URLS + [False]


@pytest.mark.parametrize("method", ["resources/read", "resources/subscribe", "resources/unsubscribe"])
def test_a_resource_has_the_fact_of_its_uri(method: str) -> None:
    expected = {"canonical": True, "scheme": "file", "path": "/srv/a"}
    assert compute(call({}, name="file:///srv/a", method=method), Needs("r")) == NOTHING | {"uri": expected}


def test_tools_and_prompts_have_none() -> None:
    assert compute(call({}, name="file:///srv/a"), Needs("r"))["uri"] is None
    assert compute(call({}, name="summarise", method="prompts/get"), Needs("r"))["uri"] is None
    assert compute(call({}, name="summarise", method="completion/complete"), Needs("r"))["uri"] is None


def test_a_template_that_is_completed_is_no_canonical_uri() -> None:
    found = compute(call({}, name="file:///srv/{path}", method="completion/complete"), Needs("r"))["uri"]
    assert found["canonical"] is False


def test_a_name_that_is_no_text_is_no_uri_and_raises_nothing() -> None:
    found = compute(call({}, name=5, method="resources/read"), Needs("r"))
    assert found["uri"] == {"canonical": False, "scheme": "", "path": ""}


def test_a_fault_of_a_reader_is_an_unknown_fact_that_says_so() -> None:
    unheard = Needs("r", sql=(("no such dialect", (("query",),)),))
    fact = compute(call({"query": "SELECT 1"}), unheard)["sql"]["no such dialect"]["/query"]
    assert fact["known"] is False
    assert fact["problem"]
