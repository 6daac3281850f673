"""A server over stdio on one of the frameworks: `python -m tests.pep.inside.stdio FRAMEWORK POLICY RECORD ACTOR`."""

import sys
from pathlib import Path

from fastmcp import FastMCP
from mcp.server.mcpserver import MCPServer

from mcp_opa.audit import JsonLines
from mcp_opa.gate import Gate
from mcp_opa.pep import fastmcp, mcp
from tests.pep.inside.conftest import Server, Tools


def main(framework: str, policy: str, record: str, actor: str) -> None:
    gate = Gate.from_policy(Path(policy), audit=JsonLines(record))
    server: Server
    if framework == "mcp":
        server = MCPServer("bench", middleware=[mcp.PolicyMiddleware(gate, actor=actor or None)])
        Tools().add_to(server)
        server.run("stdio")
    else:
        server = FastMCP("bench", middleware=[fastmcp.PolicyMiddleware(gate, actor=actor or None)])
        Tools().add_to(server)
        server.run("stdio", show_banner=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
