"""What the middleware adds to a call of a tool, in the memory of one process: beside the same server without it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import fastmcp
import mcp
from mcp.server.mcpserver import MCPServer

from bench import policies
from bench.interleaved import amedians
from mcp_opa import contract
from mcp_opa.audit import JsonLines
from mcp_opa.gate import Gate
from mcp_opa.pdp.embedded import EmbeddedOpa
from mcp_opa.pep.fastmcp import PolicyMiddleware as ForFastMCP
from mcp_opa.pep.mcp import PolicyMiddleware as ForSDK

ROUNDS = 20
ARGUMENTS = {"path": "docs/guides/install.md"}
Call = Callable[[], Awaitable[None]]


def compare(folder: Path) -> dict[str, float]:
    """Median microseconds of a call on each framework, with the middleware, which records it, and without."""
    log = JsonLines(folder / "audit.jsonl")
    try:
        return asyncio.run(_compare(Gate(EmbeddedOpa(contract.canonical(policies.data())), audit=log)))
    finally:
        log.close()


async def _compare(gate: Gate) -> dict[str, float]:
    sdk = ForSDK(gate, actor=policies.ACTOR, server_id="files")
    fast = ForFastMCP(gate, actor=policies.ACTOR, server_id="files")
    async with AsyncExitStack() as held:
        return await amedians(
            {
                "SDK, alone": await _sdk(held, MCPServer("bench", log_level="ERROR")),
                "SDK, middleware": await _sdk(held, MCPServer("bench", log_level="ERROR", middleware=[sdk])),
                "FastMCP, alone": await _fastmcp(held, fastmcp.FastMCP("bench")),
                "FastMCP, middleware": await _fastmcp(held, fastmcp.FastMCP("bench", middleware=[fast])),
            },
            rounds=ROUNDS,
        )


async def _sdk(held: AsyncExitStack, server: MCPServer) -> Call:
    server.tool()(read_file)
    client = await held.enter_async_context(mcp.Client(server))
    return partial(_call, client)


async def _fastmcp(held: AsyncExitStack, server: fastmcp.FastMCP[None]) -> Call:
    server.tool(read_file)
    client = await held.enter_async_context(fastmcp.Client(server))
    return partial(_call, client)


async def read_file(path: str) -> str:
    """Do nothing."""
    return f"done {path}"


async def _call(client: mcp.Client | fastmcp.Client[Any]) -> None:
    result = await client.call_tool("read_file", ARGUMENTS)
    assert "done" in str(result.content[0]), result
