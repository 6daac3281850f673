"""A gateway over HTTP, on the embedded engine, before a server over HTTP that is written into the test."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Mapping, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from starlette.requests import Request as Asked
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from mcp_opa.gate import Gate
from mcp_opa.model import Json
from mcp_opa.pdp.embedded import EmbeddedOpa
from mcp_opa.pep import config
from mcp_opa.pep.http.gateway import Gateway, standing
from mcp_opa.pep.http.serving import Door, listener
from tests.pep.conftest import STATELESS, TOOLS, Kept

KEYS = {name: f"{name:-<32}" for name in ("agent", "other")}
SESSION = "session-of-agent"
BOTH = "application/json, text/event-stream"


@dataclass(frozen=True)
class Seen:
    """One request, as the server saw it."""

    method: str
    headers: dict[str, str]
    said: Json


Answering = Callable[[Json], Response]


@dataclass
class Upstream:
    """Answers by method; what it has no answer to is a text. Keeps what it was asked."""

    answers: dict[str, Answering] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    """Methods whose answer nobody waited for."""
    url: str = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = Asked(scope, receive)
        body = await asked.body()
        said = json.loads(body) if body else None
        self.seen.append(Seen(asked.method, dict(asked.headers), said))
        name = asked.method if said is None else str(said.get("method", "answer"))
        answer = self.answers[name](said) if name in self.answers else _usual(name, said)
        whole = False

        async def sent(part: MutableMapping[str, Any]) -> None:
            nonlocal whole
            await send(part)
            whole = part["type"] == "http.response.body" and not part.get("more_body")

        try:
            await answer(scope, receive, sent)
        finally:
            if not whole:
                self.left.append(name)

    def methods(self) -> list[str]:
        """What was asked, by method: of MCP, or of HTTP where there was no message."""
        return [seen.method if seen.said is None else seen.said.get("method", "answer") for seen in self.seen]

    def last(self, method: str) -> Seen:
        """The last request of this method."""
        return next(seen for seen in reversed(self.seen) if method in (seen.method, (seen.said or {}).get("method")))


def _usual(name: str, said: Json) -> Response:
    if said is None:
        return Response(status_code=405, headers={"allow": "POST"})
    if "id" not in said or "method" not in said:
        return Response(status_code=202)
    if name == "initialize":
        return result({"protocolVersion": "2025-11-25"}, **{"mcp-session-id": SESSION})(said)
    return result({"tools": TOOLS} if name == "tools/list" else {"content": [{"type": "text", "text": "done"}]})(said)


def result(value: Json, **headers: str) -> Answering:
    """An answer in JSON."""
    return lambda said: JSONResponse({"jsonrpc": "2.0", "id": said["id"], "result": value}, headers=headers)


def stream(*parts: Json, hold: bool = False) -> Answering:
    """Events: bytes as they are, seconds or an event to wait for, or a message; with a `result` under the asked id."""

    def answer(said: Json) -> Response:
        async def written() -> AsyncIterator[bytes]:
            for part in parts:
                if isinstance(part, float):
                    await anyio.sleep(part)
                elif isinstance(part, anyio.Event):
                    await part.wait()
                elif isinstance(part, bytes):
                    yield part
                else:
                    whole = {"jsonrpc": "2.0", **({"id": said["id"]} if "result" in part else {}), **part}
                    yield b"event: message\r\ndata: " + json.dumps(whole).encode() + b"\r\n\r\n"
            if hold:
                await anyio.sleep_forever()

        return StreamingResponse(written(), media_type="text/event-stream")

    return answer


@dataclass
class World:
    """A running gateway, its server, and its record."""

    gateway: Gateway
    upstream: Upstream
    log: Kept
    client: httpx2.AsyncClient

    async def post(self, said: Json, actor: str | None = "agent", **headers: str | None) -> httpx2.Response:
        """Send a message, or bytes, as an actor. A header that is None is left out."""
        content = said if isinstance(said, bytes) else json.dumps({"jsonrpc": "2.0", **said}).encode()
        return await self.client.post("/mcp", content=content, headers=_headers(actor, headers))

    async def call(self, path: str = "docs/a.md", tool: str = "read_file", **headers: str) -> httpx2.Response:
        """A call in the era with sessions."""
        return await self.post(calling(tool, path), **headers)

    async def begin(self, actor: str = "agent") -> str:
        """Open a session."""
        params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
        answer = await self.post({"id": 0, "method": "initialize", "params": params}, actor)
        assert answer.status_code == 200, answer.text
        return answer.headers["mcp-session-id"]

    @asynccontextmanager
    async def listening(
        self, said: Json = None, actor: str = "agent", **headers: str
    ) -> AsyncIterator[tuple[httpx2.Response, AsyncIterator[dict[str, Any]]]]:
        """A response that is a stream, and its events: `data` parsed, `id`, `retry`."""
        method, content = ("GET", None) if said is None else ("POST", json.dumps({"jsonrpc": "2.0", **said}))
        asking = self.client.stream(method, "/mcp", content=content, headers=_headers(actor, headers))
        async with asking as response:
            yield response, _events(response)


async def _events(response: httpx2.Response) -> AsyncIterator[dict[str, Any]]:
    event: dict[str, Any] = {}
    async for line in response.aiter_lines():
        name, _, value = line.partition(": ")
        if name in ("id", "retry", "data"):
            event[name] = json.loads(value) if name == "data" and value else value
        elif not line and event:
            yield event
            event = {}


def _headers(actor: str | None, given: Mapping[str, str | None]) -> dict[str, str]:
    key = {} if actor is None else {"x-api-key": KEYS[actor]}
    base = {"content-type": "application/json", "accept": BOTH, **key}
    merged = {**base, **{name.replace("_", "-"): value for name, value in given.items()}}
    return {name: value for name, value in merged.items() if value is not None}


def calling(tool: str = "read_file", path: str = "docs/a.md", **params: Json) -> dict[str, Json]:
    """A call's message."""
    return {"id": 7, "method": "tools/call", "params": {"name": tool, "arguments": {"path": path}, **params}}


def modern(said: dict[str, Json], **headers: str) -> tuple[dict[str, Json], dict[str, str]]:
    """The same in the era without sessions, and its headers."""
    params = {**said.get("params", {}), "_meta": STATELESS}
    named = {"mcp-name": params["name"]} if "name" in params else {}
    base = {"mcp-protocol-version": "2026-07-28", "mcp-method": said["method"], **named}
    return {**said, "params": params}, {**base, **headers}


Standing = Callable[..., Any]


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture
def world(tmp_path: Path, upstream: Upstream, engine: EmbeddedOpa, log: Kept) -> Standing:
    """Everything up, within a block; what it is given is added to `http` of the configuration."""
    keys = tmp_path / "keys.yaml"
    keys.write_text("".join(f"{name}: sha256:{hashlib.sha256(k.encode()).hexdigest()}\n" for name, k in KEYS.items()))

    @asynccontextmanager
    async def up(token_file: str | None = None, **http: Json) -> AsyncIterator[World]:
        server = Door(listener("127.0.0.1:0"), upstream)
        upstream.url = f"{server.url}/mcp"
        server_stated = {"url": http.pop("upstream", upstream.url), "token_file": token_file}
        stated = {"listen": "127.0.0.1:0", "upstream": server_stated, "api_keys": str(keys), **http}
        bounds = stated.pop("bounds", {})
        found = config.stated({"policy": "none", "server_id": "files", "http": stated, "bounds": bounds})
        gate = Gate(engine, audit=log)
        async with anyio.create_task_group() as tasks, standing(found, gate) as gateway:
            tasks.start_soon(server.open)
            tasks.start_soon(gateway.run)
            base = gateway.urls[0].removesuffix("/mcp")
            async with httpx2.AsyncClient(base_url=base, trust_env=False, timeout=20) as client:
                yield World(gateway, upstream, log, client)
            gateway.stop()
            server.force_exit = True
            server.stop()
        gate.close()

    return up
