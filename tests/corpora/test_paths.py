"""A filesystem server's own path cases: nothing is allowed that it refuses; what is refused besides is so by design."""

import json
from pathlib import Path
from typing import Any

import pytest

from mcp_opa import bundle, contract, policy, shipped
from mcp_opa.gate import Gate
from mcp_opa.model import Subject, ToolCall
from mcp_opa.pdp.embedded import EmbeddedOpa

ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in Path(__file__).with_name("paths.jsonl").read_text("utf-8").splitlines()
]
BY_DESIGN = {
    "/home/user/project/": "a trailing slash",
    "/home/user/project//": "an empty segment",
    "/home/user/project///": "an empty segment",
    "/home/user/project//src//file": "an empty segment",
    "/home//user//project//src": "an empty segment",
    "/home/user/project/./src": "a single dot",
    "/home/user/./project/src": "a single dot",
    "/home/user/project/.": "a single dot",
    "./file": "a single dot",
    "relative/path": "a relative path is not the absolute one that somebody's current folder makes of it",
    "/home/user/project/test..": "a segment that ends in a dot is another file on some systems",
    "/home/user/project/...": "a segment that ends in a dot",
    "/home/user/project/....": "a segment that ends in a dot",
    "/home/user/project/%2e%2e": "two dots for whoever decodes",
    "/home/user/safe/file": "the allowed folder holds two dots: the policy does not convert",
    "/home/user/project/file": "the allowed folder holds two dots: the policy does not convert",
}
"""Paths that the server allows and mcp-opa refuses, and why."""


def verdict(row: dict[str, Any]) -> str:
    folders = row["allowed"] if isinstance(row["allowed"], list) else []
    globs = [f"{folder.rstrip('/')}/**" for folder in folders if isinstance(folder, str) and folder]
    grant = {"id": "agent", "allowed_tools": ["read_file"], "constraints": {"read_file": {"allowed_paths": globs}}}
    try:
        data = policy.convert(json.dumps({"actors": [grant]})).data
    except policy.PolicyError:
        return "deny"
    engine = EmbeddedOpa(contract.canonical(bundle.seal(data, shipped.rego_digest())))
    call = ToolCall(Subject("agent"), "read_file", {"path": row["path"]})
    return "allow" if Gate(engine).preview(call) else "deny"


@pytest.mark.parametrize("row", ROWS, ids=[f"{number}: {row['test']}" for number, row in enumerate(ROWS)])
def test_no_path_is_allowed_that_the_server_refuses(row: dict[str, Any]) -> None:
    given = verdict(row)
    if row["expected"] == "deny":
        assert given == "deny"
    elif given == "deny":
        assert row["path"] in BY_DESIGN


def test_the_list_of_designed_refusals_holds_nothing_else() -> None:
    refused = {row["path"] for row in ROWS if row["expected"] == "allow" and verdict(row) == "deny"}
    assert refused == set(BY_DESIGN)
