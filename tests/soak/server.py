"""A server whose tools do nothing but say which call they ran, over stdio or over HTTP; some of them don't answer well.

What it runs is appended to the file $SOAK_RAN, one path a line. Started as a program of its own; uses the standard
library alone.
"""

import json
import os
import sys
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
TOOLS = ("read_file", "delete_file", "never", "garbage")
RAN = os.open(os.environ["SOAK_RAN"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
NEVER_SECONDS = 5
"""Longer than the policy lets any tool run."""


def result(said: dict[str, Any]) -> dict[str, Any] | None:
    """What a request results in; None for a method that isn't there."""
    match said["method"]:
        case "initialize":
            info = {"name": "soak", "version": "1"}
            return {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": info}
        case "tools/list":
            return {"tools": [{"name": name, "inputSchema": SCHEMA} for name in TOOLS], "resultType": "complete"}
        case "tools/call":
            path = said["params"]["arguments"]["path"]
            os.write(RAN, f"{path}\n".encode())
            return {"content": [{"type": "text", "text": f"done {path}"}], "resultType": "complete"}
    return None


def answer(said: dict[str, Any]) -> bytes:
    """The answer to a request; of the tool `garbage`, what no reader takes."""
    found = result(said)
    came = {"error": {"code": -32601, "message": "Method not found"}} if found is None else {"result": found}
    text = json.dumps({"jsonrpc": "2.0", "id": said["id"], **came})
    return (text.replace('"content"', '"content": NaN, "content"') if tool(said) == "garbage" else text).encode()


def tool(said: dict[str, Any]) -> str:
    """The tool that is called, if one is."""
    return str(said["params"]["name"]) if said["method"] == "tools/call" else ""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["content-length"])))
        session = self.headers.get("mcp-session-id")
        if session is not None and session not in self.server.sessions:  # type: ignore[attr-defined]
            return self.say(404)
        if "id" not in said or "method" not in said:
            return self.say(202)
        body = answer(said)
        if tool(said) == "never":
            time.sleep(NEVER_SECONDS)
        if said["method"] != "initialize":
            return self.say(200, body)
        self.server.sessions.add(opened := uuid.uuid4().hex)  # type: ignore[attr-defined]
        return self.say(200, body, opened)

    def do_GET(self) -> None:
        self.say(405)

    def do_DELETE(self) -> None:
        self.server.sessions.discard(self.headers.get("mcp-session-id"))  # type: ignore[attr-defined]
        self.say(200)

    def say(self, status: int, body: bytes = b"", session: str = "") -> None:
        self.send_response(status)
        for name, value in {"content-type": body and "application/json", "mcp-session-id": session}.items():
            if value:
                self.send_header(name, str(value))
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A connection that ends in the middle is part of the trial."""


def over_http(port: int) -> None:
    with Server(("127.0.0.1", port), Handler) as server:
        server.sessions = set()  # type: ignore[attr-defined]
        server.serve_forever()


def over_stdio() -> None:
    for line in sys.stdin.buffer:
        said = json.loads(line)
        if "id" not in said or "method" not in said:
            continue
        said_back = answer(said)
        if tool(said) == "never":
            continue
        noise = b"Listening on port 8080\n" if tool(said) == "garbage" else b""
        sys.stdout.buffer.write(noise + said_back + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    over_http(int(sys.argv[1])) if len(sys.argv) > 1 else over_stdio()
