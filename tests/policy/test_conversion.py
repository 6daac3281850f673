from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from mcp_opa.contract import canonical
from mcp_opa.model import Json, Subject, ToolCall
from mcp_opa.policy import convert, patterns, schema, vocabulary

KIT = Path(__file__).parents[1] / "fixtures" / "kit"
NOTHING = patterns.names({})


def kit(name: str) -> Json:
    return convert((KIT / f"{name}.yaml").read_bytes(), name).data


def constraint(text: str) -> Json:
    """The constraints of one grant, on `tool`, that is held to `text`."""
    data = convert(f"actors: [{{id: a, allowed_tools: [tool], constraints: {{tool: {{{text}}}}}}}]").data
    return data["actors"]["a"]["grants"]["tools"]["tool"]["constraints"]


def grant(entry: str, held: str = "") -> Json:
    """One grant without its constraints."""
    data = convert(f"actors: [{{id: a, allowed_tools: ['{entry}'], constraints: {{'{entry}': {{{held}}}}}}}]").data
    grants = data["actors"]["a"]["grants"]
    found = grants["values"].get(entry) or grants["tools"].get(entry) or grants["servers"]["files"]["read_file"]
    return {key: value for key, value in found.items() if key not in ("constraints", "source")}


def test_the_kit_s_read_only_policy_converts_as_printed() -> None:
    assert kit("read-only") == {
        "format": 1,
        "contact": "",
        "default_action": "DENY",
        "alert_on_deny": True,
        "vocabulary": {
            "read_verbs": dict.fromkeys(vocabulary.READ_VERBS, True),
            "write_verbs": dict.fromkeys(vocabulary.WRITE_VERBS, True),
            "arguments": {kind: dict.fromkeys(names, True) for kind, names in vocabulary.ARGUMENTS.items()},
        },
        "global_deny": NOTHING,
        "rate_limits": NOTHING,
        "schemas": NOTHING,
        "groups": {},
        "actors": {
            "assistant-service": {
                "expires": None,
                "groups": [],
                "resources": patterns.paths([]),
                "prompts": NOTHING,
                "source": {"line": 2, "text": "id: assistant-service"},
                "grants": patterns.names({"read_file": _READ_FILE, "query_database": _QUERY_DATABASE}),
            }
        },
    }


_READ_FILE = {
    "source": {"line": 3, "text": "allowed_tools: read_file"},
    "access": "read",
    "exact": True,
    "scoped": True,
    "timeout_seconds": None,
    "constraints": [
        {
            "kind": "path",
            "arguments": {"named": None},
            "roots": [],
            "allow": patterns.paths(["data/public/**", "docs/**"]),
            "deny": patterns.paths(["**/.env", "**/*.key"], fold=True),
            "allow_extensions": None,
            "deny_extensions": {},
            "sources": {
                "allowed_paths": {"line": 7, "text": "allowed_paths: data/public/**, docs/**"},
                "denied_paths": {"line": 8, "text": "denied_paths: **/.env, **/*.key"},
            },
        }
    ],
}
_QUERY_DATABASE = {
    "source": {"line": 3, "text": "allowed_tools: query_database"},
    "access": "read",
    "exact": True,
    "scoped": True,
    "timeout_seconds": 30,
    "constraints": [
        {
            "kind": "sql",
            "arguments": {"named": None},
            "dialect": "any",
            "operations": {"SELECT": True},
            "functions": {},
            "allow_tables": None,
            "deny_tables": {},
            "max_rows": 1000,
            "limit_argument": None,
            "sources": {
                "allowed_operations": {"line": 11, "text": "allowed_operations: SELECT"},
                "max_rows": {"line": 12, "text": "max_rows: 1000"},
            },
        }
    ],
}


def test_the_kit_s_scoped_write_policy_limits_content_and_rate() -> None:
    data = kit("scoped-write")
    held = data["actors"]["content-agent"]["grants"]["tools"]["write_file"]
    assert (held["access"], held["scoped"]) == ("write", True)
    assert held["constraints"][0]["allow_extensions"] == {".md": True, ".txt": True}
    assert held["constraints"][1] == {
        "kind": "size",
        "arguments": {"named": None},
        "max_bytes": 1048576,
        "sources": {"max_file_size": {"line": 10, "text": "max_file_size: 1048576"}},
    }
    limit = {"line": 13, "text": "rate_limits: write_file: max_calls_per_minute: 10"}
    assert data["rate_limits"] == patterns.names({"write_file": {"calls_per_minute": 10, "source": limit}})


def test_the_kit_s_deny_by_default_policy_denies_names_in_any_case() -> None:
    data = kit("deny-by-default")
    denied = {
        name: {"source": {"line": line, "text": f"global_deny_list: {name}"}}
        for line, name in ((4, "execute_shell"), (5, "delete_file"), (6, "drop_table"))
    }
    assert data["global_deny"] == patterns.names(denied, fold=True)
    held = data["actors"]["research-agent"]["grants"]["tools"]["read_file"]["constraints"]
    assert held[0]["deny_extensions"] == {".exe": True, ".sh": True}


@pytest.mark.parametrize("name", ["read-only", "scoped-write", "deny-by-default"])
def test_the_same_text_gives_the_same_data(name: str) -> None:
    assert canonical(kit(name)) == canonical(kit(name))


def test_constraints_without_anything_stated_are_none() -> None:
    assert constraint("timeout_seconds: 3, access: read") == []


def test_roots_alone_cover_everything_below_them() -> None:
    (found,) = constraint("roots: [/b, /a]")
    assert (found["roots"], found["allow"]) == (["/a", "/b"], None)


def test_a_url_constraint_has_the_usual_schemes() -> None:
    (found,) = constraint("allowed_hosts: ['**.example.com'], url_arguments: [/links/*/href]")
    assert found == {
        "kind": "url",
        "arguments": {"named": [["links", "*", "href"]]},
        "schemes": {"http": True, "https": True},
        "allow_hosts": patterns.hosts(["**.example.com"]),
        "sources": {
            "allowed_hosts": {"line": 1, "text": "allowed_hosts: **.example.com"},
            "url_arguments": {"line": 1, "text": "url_arguments: /links/*/href"},
        },
    }


@pytest.mark.parametrize(
    ("held", "operations"),
    [
        ("access: read, max_rows: 1", ["SELECT"]),
        ("access: write, max_rows: 1", ["DELETE", "INSERT", "MERGE", "SELECT", "UPDATE"]),
        ("allowed_operations: [select, Insert]", ["INSERT", "SELECT"]),
        ("access: read, allowed_operations: []", []),
    ],
)
def test_operations_that_are_not_stated_follow_from_access(held: str, operations: list[str]) -> None:
    assert list(constraint(held)[0]["operations"]) == operations


def test_denies_and_functions_ignore_case_and_allows_do_not() -> None:
    (found,) = constraint("denied_tables: [Users], allowed_tables: [Public.Orders], allowed_functions: [NOW]")
    assert (found["deny_tables"], found["allow_tables"], found["functions"]) == (
        {"users": True},
        {"Public.Orders": True},
        {"now": True},
    )
    (found,) = constraint("denied_extensions: [.EXE], allowed_extensions: [.MD]")
    assert (found["deny_extensions"], found["allow_extensions"]) == ({".exe": True}, {".MD": True})


def test_an_empty_list_allows_nothing() -> None:
    held = "allowed_schemes: [], allowed_hosts: [], allowed_paths: [], allowed_tables: [], allowed_operations: []"
    path, sql, url = constraint(f"{held}, allowed_extensions: []")
    assert (path["allow"], path["allow_extensions"]) == (patterns.paths([]), {})
    assert (sql["operations"], sql["allow_tables"]) == ({}, {})
    assert (url["schemes"], url["allow_hosts"]) == ({}, patterns.hosts([]))


def test_pointers_are_split_and_unescaped() -> None:
    assert constraint("plain_arguments: [a/b, /x~1y/z~0, /list/*]")[0]["arguments"] == [
        ["a/b"],
        ["x/y", "z~"],
        ["list", "*"],
    ]


@pytest.mark.parametrize(
    ("entry", "held", "access", "exact", "scoped"),
    [
        ("read_file", "", "read", True, False),
        ("getUser", "", "read", True, False),
        ("frobnicate", "", "write", True, False),
        ("read_file", "max_file_size: 1", "write", True, False),
        ("read_file", "allowed_extensions: [.md]", "write", True, False),
        ("files/read_file", "access: write, scope: any", "write", True, True),
        ("git_*", "", "name", False, False),
        ("git_*", "access: read", "read", False, False),
        ("x", "roots: [/srv]", "write", True, True),
        ("x", "allowed_hosts: [a.example]", "write", True, True),
        ("x", "denied_paths: ['**/x.y'], sql_dialect: mysql, denied_tables: [a]", "write", True, False),
    ],
)
def test_a_grant_says_what_it_is_for(entry: str, held: str, access: str, exact: bool, scoped: bool) -> None:  # noqa: FBT001
    expected = {"access": access, "exact": exact, "scoped": scoped, "timeout_seconds": None}
    assert grant(entry, held) == expected


def test_a_source_s_text_is_one_short_line() -> None:
    many = ", ".join(f'"folder{n}/**"' for n in range(60))
    text = constraint(f"allowed_paths: [{many}]")[0]["sources"]["allowed_paths"]["text"]
    assert (len(text), text[:25], text[-1]) == (120, "allowed_paths: folder0/**", "…")


def test_schemas_go_along_as_canonical_json() -> None:
    text = (
        "actors: [{id: a, allowed_tools: [x]}]\nschemas: {x: {type: object, properties: {b: {}, a: {multipleOf: 0.5}}}}"
    )
    assert convert(text).data["schemas"]["tools"]["x"] == {
        "schema": '{"properties":{"a":{"multipleOf":0.5},"b":{}},"type":"object"}',
        "source": {"line": 2, "text": "schemas: x"},
    }


def test_a_policy_s_tests_are_calls() -> None:
    text = """
tests:
  - {id: t, actor: a, tool: read_file, arguments: [1], server_id: files, groups: [g], schema: {type: object},
     expect: deny}
  - {id: u, actor: a, tool: "file:///x", method: resources/read, expect: allow, reason: read_only.path_denied}
"""
    first, second = convert(text).tests
    assert (first.call, first.expect, first.reason) == (
        ToolCall(Subject("a", ("g",)), "read_file", [1], "tools/call", "files", {"type": "object"}),
        "deny",
        None,
    )
    assert (second.call, second.reason) == (
        ToolCall(Subject("a"), "file:///x", {}, "resources/read"),
        "read_only.path_denied",
    )


def test_the_published_schema_is_closed_and_says_what_each_key_is_for() -> None:
    made = schema()
    parts = [made, *(made["$defs"][name] for name in made["$defs"])]
    assert all(part["additionalProperties"] is False for part in parts)
    silent = [(part["title"], key) for part in parts for key, of in part["properties"].items() if not _described(of)]
    assert silent == []


def _described(part: Json) -> bool:
    return bool(part.get("description"))


@pytest.mark.parametrize("path", sorted(KIT.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_published_schema_takes_what_converts(path: Path) -> None:
    jsonschema_rs.validate(schema(), yaml.safe_load(path.read_text()))
