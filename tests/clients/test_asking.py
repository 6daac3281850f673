"""Servers asked for their tools: real processes and sockets, most of which misbehave."""

import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from mcp.server.mcpserver import MCPServer

from mcp_opa.clients.asking import Tools, ask
from mcp_opa.clients.config import Entry, parse

pytestmark = pytest.mark.slow
SERVER = """
from mcp.server.mcpserver import MCPServer
import os
server = MCPServer("it", log_level="CRITICAL")
server.tool(name=os.environ["TOOL"])(lambda: 1)
server.run("stdio")
"""


def entries(**values: Any) -> list[Entry]:  # noqa: ANN401
    return list(parse(json.dumps({"mcpServers": values}).encode()).entries)


def python(code: str, **env: str) -> dict[str, Any]:
    return {"command": sys.executable, "args": ["-c", code], "env": env}


@contextmanager
def served() -> Iterator[str]:
    """A server over HTTP that takes one token, or answers 401."""
    server = MCPServer("it", log_level="CRITICAL")
    server.tool(name="far_tool")(lambda: 1)
    app = server.streamable_http_app()

    async def guarded(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
        if scope["type"] == "http" and (b"authorization", b"Bearer mine") not in scope["headers"]:
            await send({"type": "http.response.start", "status": 401, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        await app(scope, receive, send)

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        running = uvicorn.Server(
            uvicorn.Config(guarded, log_level="critical", ws="none", lifespan="on", timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
        thread.start()
        while not running.started and thread.is_alive():
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
        finally:
            running.should_exit = True
            thread.join()


def test_each_server_says_its_tools_or_what_is_wrong() -> None:
    with socket.socket() as closed, served() as url:
        closed.bind(("127.0.0.1", 0))
        servers = entries(
            good=python(SERVER, TOOL="near_tool"),
            missing={"command": "/no/such/program"},
            broken=python("raise SystemExit(3)"),
            odd=1,
            filled={"command": "x", "env": {"KEY": "${input:key}"}},
            gone={"url": f"http://127.0.0.1:{closed.getsockname()[1]}/mcp"},
            far={"url": url, "headers": {"Authorization": "Bearer mine"}},
            locked={"url": url},
        )
        found = ask(servers)
    told = {entry.name: tools for entry, tools in zip(servers, found, strict=True)}
    assert told["good"] == Tools(("near_tool",))
    assert told["far"] == Tools(("far_tool",))
    assert told["odd"] == Tools(error="is no object")
    assert told["filled"] == Tools(error="the client fills something in; ask it there")
    for name in ("missing", "broken", "gone", "locked"):
        assert (told[name].names, bool(told[name].error)) == ((), True)


def test_a_server_that_never_answers_is_left_at_the_deadline() -> None:
    servers = entries(
        silent=python("import time; time.sleep(60)"),
        stubborn=python("import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"),
        babbling=python("while True: print('hello', flush=True)"),
    )
    assert ask(servers, 2.0) == [Tools(error="no answer within 2 s")] * 3
