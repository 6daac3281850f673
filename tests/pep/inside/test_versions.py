"""FastMCP's servers list one version of a tool, and run another for who names it: what is judged must be what runs."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from fastmcp import Context, FastMCP
from fastmcp.server import create_proxy

from mcp_opa.pdp.embedded import EmbeddedOpa
from mcp_opa.pep.fastmcp import PolicyMiddleware
from tests.pep.inside import versions
from tests.pep.inside.conftest import POLICY, Bench, outcome
from tests.pep.inside.test_fastmcp import said, within
from tests.pep.talk import Talk, gateway

SERVER = [sys.executable, "-m", "tests.pep.inside.versions"]
ASKED: dict[str, dict[str, Any]] = {
    "tools/call": {"name": "count_files", "arguments": {}},
    "resources/read": {"uri": "file:///srv/docs/a"},
    "prompts/get": {"name": "summarise"},
}
OLD: dict[str, Any] = {"_meta": {"fastmcp": {"version": "1"}}}


@pytest.mark.slow
def test_the_gateway_takes_no_request_that_names_a_version(tmp_path: Path) -> None:
    policy, record = tmp_path / "policy.yaml", tmp_path / "record"
    policy.write_text(POLICY)
    with Talk(SERVER) as direct, Talk(gateway(policy, "agent", SERVER, "--audit", str(record))) as talk:
        direct.begin()
        talk.begin()
        for method, params in ASKED.items():
            assert "first" in str(direct.ask(method, {**params, **OLD})["result"])
            error = talk.ask(method, {**params, **OLD})["error"]
            assert (error["code"], "must not name a version" in error["message"]) == (-32602, True)
            assert "second" in str(talk.ask(method, {**params, "_meta": {"fastmcp": {}}})["result"])
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    assert [line["status"] or line["cause"] for line in lines] == ["malformed", "policy", "SUCCESS"] * 3


@pytest.fixture
def server(engine: EmbeddedOpa) -> FastMCP[Any]:
    """A server in this process, of a fixed actor."""
    return FastMCP("bench", middleware=[PolicyMiddleware(Bench("fastmcp", engine).gate, actor="agent")])


@pytest.mark.parametrize(
    ("version", "folder", "end"),
    [
        (None, None, "second"),
        ("2", None, "second"),
        ("1", None, "first /"),
        ("1", "a", "first a"),
        (None, "a", "Refused (deny_by_default.schema_invalid)"),
        ("2", "a", "Refused (deny_by_default.schema_invalid)"),
        ({"lt": "2"}, "a", "Refused (deny_by_default.schema_invalid)"),
        ("", "a", "Refused (deny_by_default.schema_invalid)"),
    ],
)
def test_within_the_server_a_call_is_judged_by_the_version_that_runs(
    server: FastMCP[Any], version: object, folder: str | None, end: str
) -> None:
    server.mount(versions.server)
    meta = None if version is None else {"fastmcp": {"version": version}}
    arguments = {} if folder is None else {"folder": folder}
    answer: str = within(server, lambda client: said(client, "count_files", arguments, meta=meta))
    assert answer.partition(":")[0] == end


def test_a_version_that_is_named_is_not_that_of_a_call_within(server: FastMCP[Any]) -> None:
    server.mount(versions.server)

    @server.tool(version="1")
    async def find_and_count(folder: str, context: Context) -> str:
        result = await context.fastmcp.call_tool("count_files", {"folder": folder})
        return str(getattr(result.content[0], "text", ""))

    answer: str = within(server, lambda client: said(client, "find_and_count", {"folder": "a"}, version="1"))
    assert answer.startswith("Refused (deny_by_default.schema_invalid)")


def test_a_version_that_is_not_there_is_unknown(server: FastMCP[Any]) -> None:
    server.mount(versions.server)
    asked = within(server, lambda client: outcome(said(client, "count_files", version="3")))
    assert asked == (-32602, "Unknown tool: count_files")


def test_a_version_behind_a_proxy_is_unknown_as_it_lists_one_alone(server: FastMCP[Any]) -> None:
    server.mount(create_proxy(versions.server))
    assert within(server, lambda client: said(client, "count_files")) == "second"
    asked = within(server, lambda client: outcome(said(client, "count_files", version="1")))
    assert asked == (-32602, "Unknown tool: count_files")
