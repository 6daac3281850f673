"""A real MCP server from PyPI behind the gateway, asked by a client of the official SDK: the last part of `make demo`.

Guarantees: what is shown happens now, between real processes; the database is a scratch one. The server is got once
into the user's cache.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from mcp import Client, MCPError, StdioServerParameters, types
from mcp.client.stdio import stdio_client

from tests.servers import install

ROOT = Path(__file__).resolve().parent.parent
POLICY = ROOT / "bundles" / "database" / "policy.yaml"
ACTOR = "report-agent"
CALLS = (
    ("read_query", {"query": "SELECT id, item FROM orders LIMIT 2"}),
    ("read_query", {"query": "SELECT id, item FROM orders"}),
    ("read_query", {"query": "SELECT 1; DROP TABLE orders"}),
    ("write_query", {"query": "DELETE FROM orders"}),
)


def main() -> int:
    """Run it; 1 if the server can't be had."""
    print(f"\nA real server from PyPI, mcp-server-sqlite, behind the gateway; the client is {ACTOR}.", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        database, record = Path(scratch) / "orders.db", Path(scratch) / "record.jsonl"
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("CREATE TABLE orders (id INTEGER, item TEXT)")
            connection.executemany("INSERT INTO orders VALUES (?, ?)", [(1, "tea"), (2, "milk"), (3, "salt")])
        try:
            server, environment = install.pypi("sqlite", "--db-path", str(database))
        except install.Missing as error:
            print(f"  it can't be had here: {error}", file=sys.stderr)
            return 1
        gateway = [str(Path(sys.executable).with_name("mcp-opa")), "gateway"]
        gateway += ["--policy", str(POLICY), "--actor", ACTOR, "--audit", str(record), "--"]
        parameters = StdioServerParameters(
            command=gateway[0], args=[*gateway[1:], *server], env={**os.environ, **environment}
        )
        with Path(os.devnull).open("w") as nowhere:  # this server complains of the first word of a newer client
            asyncio.run(_ask(Client(stdio_client(parameters, errlog=nowhere))))
        records = len(record.read_bytes().splitlines())
        with closing(sqlite3.connect(database)) as connection:
            (rows,) = connection.execute("SELECT count(*) FROM orders").fetchone()
    print(f"\n  the table has its {rows} rows; the record has {records} lines, one for each decision and each outcome")
    print("  one line in a client's configuration does the same: docs/gateway.md")
    return 0


async def _ask(connected: Client) -> None:
    async with connected as client:
        print(f"\n  tools/list  {', '.join(tool.name for tool in (await client.list_tools()).tools)}")
        for name, arguments in CALLS:
            print(f"\n  {name}  {arguments['query']}")
            try:
                answered = await client.call_tool(name, dict(arguments))
                print(f"    {' '.join(part.text for part in answered.content if isinstance(part, types.TextContent))}")
            except MCPError as error:
                print(f"    {error}")


if __name__ == "__main__":
    sys.exit(main())
