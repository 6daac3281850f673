"""`python client.py KEY_FILE PORT…`: the official SDK calls `read_file` at each port once, and prints what it gets."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import anyio
import click
import httpx2
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client


async def call(key: str, port: str) -> None:
    """Print the first line of the answer, or of the error."""
    http = httpx2.AsyncClient(headers={"X-API-Key": key}, trust_env=False, timeout=60)
    try:
        async with http, Client(streamable_http_client(f"http://127.0.0.1:{port}/mcp", http_client=http)) as client:
            answer = await client.call_tool("read_file", {"path": "docs/cli.md"})
            click.echo(str(getattr(answer.content[0], "text", answer)).partition("\n")[0])
    except* MCPError as errors:
        click.echo(next(_leaves(errors)))


def _leaves(group: BaseExceptionGroup[MCPError]) -> Iterator[MCPError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


async def main(*given: str) -> None:
    """Call at each port, one after another."""
    key_file, *ports = given
    key = (await anyio.Path(key_file).read_text()).strip()
    for port in ports:
        await call(key, port)


if __name__ == "__main__":
    anyio.run(main, *sys.argv[1:])
