"""FastMCP's proxy as a program: `fresh` as `create_proxy(target)` makes it, or `kept`, with one session for all calls.

Over stdio before the command that it is given, or before a URL at a port.
"""

from __future__ import annotations

import asyncio
import sys

from fastmcp import Client
from fastmcp.client.transports import StdioTransport, StreamableHttpTransport
from fastmcp.server import create_proxy
from fastmcp.server.providers.proxy import FastMCPProxy


async def main(sessions: str, over: str, *words: str) -> None:
    """`fresh|kept stdio COMMAND…`, or `fresh|kept http URL PORT`."""
    transport = StreamableHttpTransport(words[0]) if over == "http" else StdioTransport(words[0], list(words[1:]))
    port = int(words[1]) if over == "http" else None
    if sessions == "fresh":
        await _run(create_proxy(transport), port)
        return
    async with Client(transport) as client:
        await _run(create_proxy(client), port)


async def _run(proxy: FastMCPProxy, port: int | None) -> None:
    if port is None:
        await proxy.run_stdio_async(show_banner=False, log_level="error")
    else:
        await proxy.run_http_async(show_banner=False, host="127.0.0.1", port=port, path="/mcp", log_level="error")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
