"""An MCP server to see the gateway of compose.yaml with: it trusts whoever calls, and only the gateway can."""  # noqa: INP001 (a script)

from pathlib import Path

from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings

server = MCPServer("files")


@server.tool()
def read_file(path: str) -> str:
    """Give what a file holds."""
    return Path(path).read_text()


@server.tool()
def write_file(path: str, content: str) -> str:
    """Change what a file holds."""
    Path(path).write_text(content)
    return "written"


called = TransportSecuritySettings(allowed_hosts=["files:8000"])
server.run("streamable-http", host="0.0.0.0", port=8000, transport_security=called)  # noqa: S104 (in its container)
