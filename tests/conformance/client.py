"""`python -m tests.conformance.client URL`: the official SDK's client, through a gateway of its own before the URL.

Guarantees: it does what the scenario that the suite names wants of a client, and ends with an error if that fails.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import anyio
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.conformance.running import KEY, gateway


async def main(url: str) -> None:
    """Run one scenario."""
    version = os.environ.get("MCP_CONFORMANCE_PROTOCOL_VERSION", "")
    mode: Any = "legacy" if version and version < "2026" else "auto"
    with tempfile.TemporaryDirectory() as name, gateway(url, Path(name)) as address:
        http = httpx2.AsyncClient(headers={"X-API-Key": KEY}, trust_env=False)
        transport = streamable_http_client(f"http://{address}/mcp", http_client=http)
        async with http, Client(transport, mode=mode) as client:
            await _scenario(client, os.environ["MCP_CONFORMANCE_SCENARIO"])


async def _scenario(client: Client, name: str) -> None:
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    match name:
        case "tools_call":
            await client.call_tool("add_numbers", {"a": 2, "b": 3})
        case "http-standard-headers":
            for resource in (await client.list_resources()).resources:
                await client.read_resource(str(resource.uri))
            for prompt in (await client.list_prompts()).prompts:
                await client.get_prompt(prompt.name)
            await _call_all(client, list(tools))
        case "http-invalid-tool-headers":
            for tool in tools:
                await client.call_tool(tool, {"region": "here"})
        case "http-custom-headers":
            for call in json.loads(os.environ["MCP_CONFORMANCE_CONTEXT"])["toolCalls"]:
                given = {key: value for key, value in call["arguments"].items() if value is not None}
                await client.call_tool(call["name"], given)
        case "json-schema-2020-12-preservation":
            await client.call_tool("json_schema_echo", {"schema": tools["json_schema_2020_12_tool"].input_schema})


async def _call_all(client: Client, names: list[str]) -> None:
    for name in names:
        await client.call_tool(name, {})


if __name__ == "__main__":
    anyio.run(main, sys.argv[1])
