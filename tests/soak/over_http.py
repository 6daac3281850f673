"""Clients over HTTP, half in sessions and half in the era without: make calls to one gateway, and note every answer."""

from __future__ import annotations

import json
import time
from typing import Any, Self

import anyio
import httpx2

from tests.soak.calls import ANSWER_SECONDS, GREETING, HELLO, LIST, Call, Calls
from tests.soak.world import KEY, World

OVERSIZED = 5 * 1024 * 1024
_SESSION = "mcp-session-id"
_VERSION = "2026-07-28"
_HEADERS = {"accept": "application/json, text/event-stream", "x-api-key": KEY, "content-type": "application/json"}
_META = {
    "io.modelcontextprotocol/protocolVersion": _VERSION,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "soak", "version": "1"},
}


class Http:
    """Some connections to one gateway."""

    def __init__(self, calls: Calls, world: World) -> None:
        self.calls = calls
        self._address = world.address
        self._client = httpx2.AsyncClient(trust_env=False, timeout=ANSWER_SECONDS, headers=_HEADERS)
        self._session = ""
        self._opening = anyio.Lock()

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.__aexit__()

    async def call(self, call: Call) -> None:
        """Make a call and wait for its answer, or the end."""
        begun = time.monotonic()
        if call.id % 2:
            await self._in_session(call)
        else:
            await self._ask(call, *stateless(call.id, "tools/call", call.params))
        call.fair = self.calls.weather.fair_since(begun)

    async def list(self) -> None:
        """Ask for the tools."""
        body, headers = stateless(f"{LIST}{time.monotonic()}", "tools/list", {})
        await self._post(body, headers)

    async def cancelled(self, call: Call) -> None:
        """Begin a call, and leave before it is answered."""
        begun = time.monotonic()
        body, headers = stateless(call.id, "tools/call", call.params)
        lines = [f"{name}: {value}" for name, value in {"host": self._address, **_HEADERS, **headers}.items()]
        head = "\r\n".join(["POST /mcp HTTP/1.1", *lines, f"content-length: {len(body)}", "", ""])
        host, _, port = self._address.rpartition(":")
        async with await anyio.connect_tcp(host, int(port)) as stream:
            await stream.send(head.encode() + body)
            await anyio.sleep(0.3)
        call.fair = self.calls.weather.fair_since(begun)

    async def oversized(self) -> None:
        """Say more at once than may be said."""
        response = await self._client.post(f"http://{self._address}/mcp", content=b" " * OVERSIZED)
        if response.status_code == httpx2.codes.CONTENT_TOO_LARGE:
            self.calls.odd += 1

    async def _in_session(self, call: Call) -> None:
        async with self._opening:
            if not self._session:
                await self._open()
        message = {"jsonrpc": "2.0", "id": call.id, "method": "tools/call", "params": call.params}
        await self._ask(call, json.dumps(message).encode(), {_SESSION: self._session} if self._session else {})

    async def _open(self) -> None:
        hello = {"jsonrpc": "2.0", "id": HELLO, "method": "initialize", "params": GREETING}
        response = await self._post(json.dumps(hello).encode(), {})
        self._session = "" if response is None else response.headers.get(_SESSION, "")

    async def _ask(self, call: Call, body: bytes, headers: dict[str, str]) -> None:
        response = await self._post(body, headers)
        call.ended = not call.answers
        if response is not None and response.status_code == httpx2.codes.NOT_FOUND and call.id % 2:
            self._session = ""

    async def _post(self, body: bytes, headers: dict[str, str]) -> httpx2.Response | None:
        """None if the connection broke."""
        try:
            response = await self._client.post(f"http://{self._address}/mcp", content=body, headers=headers)
        except httpx2.TransportError:
            return None
        if response.headers.get("content-type") == "application/json":
            self.calls.heard(response.json())
        return response


def stateless(id_: int | str, method: str, params: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    """A request of the era without sessions, and its headers."""
    message = {"jsonrpc": "2.0", "id": id_, "method": method, "params": {**params, "_meta": _META}}
    named = {"mcp-name": params["name"]} if "name" in params else {}
    return json.dumps(message).encode(), {"mcp-protocol-version": _VERSION, "mcp-method": method, **named}
