"""Policies to start from."""

import json
from pathlib import Path
from typing import Any

import pytest

from mcp_opa import shipped
from mcp_opa.policy import convert
from mcp_opa.policy.start import from_tools, tools_of

SCHEMAS = Path(__file__).parent.parent.parent / "bundles" / "tools"
SERVERS = sorted(SCHEMAS.glob("*.tools.json"))


def granted(text: str) -> dict[str, Any]:
    tools: dict[str, Any] = convert(text).data["actors"]["change-me"]["grants"]["tools"]
    return tools


@pytest.mark.parametrize("path", SERVERS, ids=lambda path: path.stem)
def test_a_proposal_for_a_real_server_converts_and_grants_no_write(path: Path) -> None:
    tools = tools_of(json.loads(path.read_text()))
    assert {grant["access"] for grant in granted(from_tools(tools)).values()} <= {"read"}


def test_a_proposal_constrains_what_the_schema_has_and_leaves_writes_to_be_decided() -> None:
    tools: list[dict[str, Any]] = [
        {
            "name": "read_notes",
            "inputSchema": {"properties": {"note_file": {"type": "string"}, "n": {"type": "integer"}}},
        },
        {"name": "list_all"},
        {"name": "run_query", "description": "Runs SQL", "inputSchema": {"properties": {"query": {"type": "string"}}}},
        {"name": "get_files", "inputSchema": {"properties": {"files": {"type": "array"}}}},
        {"name": "stat_tree", "annotations": {"destructiveHint": True}},
        {"name": "tree_of", "annotations": {"readOnlyHint": True}},
        {"name": "summary", "annotations": {"readOnlyHint": True}},
        {"name": "fetch", "inputSchema": {"properties": {"url": {"type": "string"}}}},
    ]
    assert (
        from_tools(tools).partition("  - id: change-me\n")[2]
        == """\
    allowed_tools:
      - fetch
      - get_files
      - list_all
      - read_notes
      - tree_of
    constraints:
      fetch:
        allowed_hosts: [change-me.example.com]
      get_files:
        allowed_paths: ["change/me/**"]
        path_arguments: ["/files/*"]
      read_notes:
        allowed_paths: ["change/me/**"]
        path_arguments: [note_file]

# To grant one of these, put its name under allowed_tools, and its lines under constraints with a scope that fits.
#   run_query:
#     scope: any
#   stat_tree:
#     scope: any
#   summary:  # its server says that it only reads; if you know so, add `access: read`
#     scope: any
"""
    )


def test_names_that_yaml_reads_otherwise_are_quoted() -> None:
    text = from_tools([{"name": "list"}, {"name": "get-1.2"}, {"name": "1e3"}, {"name": "on"}])
    assert sorted(granted(text)) == ["get-1.2", "list"]
    assert '#   "1e3":' in text
    assert '#   "on":' in text


@pytest.mark.parametrize(
    "document", [{"tools": [{"name": "a"}]}, {"result": {"tools": [{"name": "a"}]}}, [{"name": "a"}]], ids=str
)
def test_the_list_is_found_in_each_usual_wrapping(document: object) -> None:
    assert tools_of(document) == [{"name": "a"}]


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (None, "no list of tools"),
        ({}, "no list of tools"),
        ({"tools": "a"}, "no list of tools"),
        (["a"], "no list of tools"),
        ([], "holds no tool"),
        ([{"name": "a b"}], "can't be granted: a b"),
        ([{"title": "a"}], "can't be granted: None"),
        ([{"name": "a\nb: c"}], "can't be granted"),
    ],
)
def test_what_is_no_list_of_tools_says_what_one_is(document: object, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        tools_of(document)


def test_a_hostile_schema_gives_no_other_line() -> None:
    odd: dict[str, Any] = {
        "name": "read_x",
        "inputSchema": {"properties": {'path"]\n    scope: any #': {"type": "string"}, "file": 7}},
    }
    tools: list[dict[str, Any]] = [
        odd,
        {"name": "read_y", "inputSchema": []},
        {"name": "read_z", "inputSchema": {"properties": []}},
    ]
    assert sorted(granted(from_tools(tools))) == ["read_x", "read_y", "read_z"]


@pytest.mark.parametrize("name", ["deny-by-default", "read-only", "scoped-write"])
def test_a_template_converts_and_brings_its_own_tests(name: str) -> None:
    policy = convert(shipped.templates()[name], name)
    assert len(policy.tests) >= 3
