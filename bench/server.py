"""The least MCP server that can stand behind a gateway: over stdio, or over HTTP at a port that it prints.

Its one tool does nothing, and the standard library is all that it imports, so what is measured is what stands before
it.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
RESULTS: dict[str, dict[str, Any]] = {
    "initialize": {
        "protocolVersion": "2025-11-25",
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "bench", "version": "1"},
    },
    "ping": {},
    "tools/list": {"tools": [{"name": "read_file", "inputSchema": SCHEMA}]},
    "tools/call": {"content": [{"type": "text", "text": "done"}]},
}


def answer(line: bytes) -> bytes:
    """The answer to a message, if it asks for one."""
    said = json.loads(line)
    if "id" not in said or "method" not in said:
        return b""
    result = RESULTS.get(said["method"])
    came = {"error": {"code": -32601, "message": "Method not found"}} if result is None else {"result": result}
    return json.dumps({"jsonrpc": "2.0", "id": said["id"], **came}).encode()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Answer a message."""
        said = answer(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200 if said else 202)
        if said:
            self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def do_GET(self) -> None:
        """There is no stream."""
        self.send_response(405)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Takes as many connections at once as the bench makes."""

    request_queue_size = 128


def main(over: str) -> None:
    """Serve until nobody asks any more, or until stopped."""
    if over == "http":
        with Server(("127.0.0.1", 0), Handler) as server:
            print(server.server_address[1], flush=True)
            server.serve_forever()
    for line in sys.stdin.buffer:
        if said := answer(line):
            sys.stdout.buffer.write(said + b"\n")
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(sys.argv[1])
