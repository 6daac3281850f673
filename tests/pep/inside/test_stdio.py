"""The middlewares over stdio, in processes of their own: there is no token, and a fixed actor is whoever started it."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from tests.conftest import ROOT
from tests.pep.inside.conftest import POLICY, called, outcome

pytestmark = pytest.mark.slow
FRAMEWORKS = pytest.mark.parametrize("framework", ["mcp", "fastmcp"])


def asked(
    folder: Path, framework: str, actor: str, mode: str, use: Callable[[Client], Awaitable[Any]]
) -> tuple[Any, list[dict[str, Any]]]:
    """What a client gets, and the server's record."""
    policy, record = folder / "policy.yaml", folder / "record.jsonl"
    policy.write_text(POLICY)
    arguments = ["-m", "tests.pep.inside.stdio", framework, str(policy), str(record), actor]
    server = StdioServerParameters(command=sys.executable, args=arguments, cwd=ROOT)

    async def main() -> Any:  # noqa: ANN401
        async with Client(server, mode=mode) as client:
            return await use(client)

    return asyncio.run(main()), [json.loads(line) for line in record.read_text().splitlines()]


@FRAMEWORKS
@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_a_fixed_actor_is_who_started_the_server(framework: str, mode: str, tmp_path: Path) -> None:
    async def use(client: Client) -> list[Any]:
        return [
            sorted(tool.name for tool in (await client.list_tools()).tools),
            (await called(client, "read_file", {"path": "etc/passwd"}))[1].split(":")[0],
            await called(client, "read_file", {"path": "docs/a.md"}),
            await outcome(client.call_tool("delete_file", {"path": "docs/a.md"})),
        ]

    answers, records = asked(tmp_path, framework, "agent", mode, use)
    assert answers == [
        ["broken", "count_files", "read_file", "slow"],
        "Refused (read_only.path_not_allowed)",
        (False, "what docs/a.md holds"),
        (-32602, "Unknown tool: delete_file"),
    ]
    assert [(one["actor"], one["auth_method"], one["policy_decision"], one["status"]) for one in records] == [
        ("agent", "process", "DENY", None),
        ("agent", "process", "ALLOW", None),
        ("agent", "process", "ALLOW", "SUCCESS"),
        ("agent", "process", "DENY", None),
    ]


@FRAMEWORKS
def test_without_an_actor_nobody_calls(framework: str, tmp_path: Path) -> None:
    async def use(client: Client) -> list[str]:
        return [(await outcome(client.list_tools()))[1], (await called(client, "read_file", {"path": "docs/a.md"}))[1]]

    answers, records = asked(tmp_path, framework, "", "auto", use)
    assert [answer.split(":")[0] for answer in answers] == ["Refused (authentication)"] * 2
    why = "the middleware was given no actor, and there is no token"
    assert [(one["cause"], one["error"]) for one in records] == [("authentication", why)] * 2
