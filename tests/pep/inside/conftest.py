"""One server on each framework, with the same tools, behind the same gate; real clients talk to it over loopback."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx2
import pytest
import uvicorn
from fastmcp import FastMCP
from fastmcp.server.auth import StaticTokenVerifier
from fastmcp.server.middleware import Middleware
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.context import ServerMiddleware
from mcp.server.mcpserver import MCPServer
from mcp.shared.exceptions import MCPError
from pydantic import AnyHttpUrl
from starlette.types import ASGIApp

from mcp_opa import bundle, contract, policy, shipped
from mcp_opa.gate import Gate
from mcp_opa.gate.actor import Actor
from mcp_opa.pdp.embedded import EmbeddedOpa
from mcp_opa.pep import fastmcp, mcp
from tests.gate.conftest import Kept

POLICY = """
rate_limits: {count_files: {max_calls_per_minute: 2}}
actors:
  - id: agent
    allowed_tools: [read_file, count_files, "find_*", slow, broken]
    constraints:
      read_file: {allowed_paths: ["docs/**"]}
      slow: {access: read, timeout_seconds: 1}
      broken: {access: read}
    resources: ["file:///srv/docs/**"]
    prompts: [summarise]
  - id: other
    allowed_tools: [count_files]
"""
Server = MCPServer[Any] | FastMCP[Any]
Result = TypeVar("Result")


class Tools:
    """What the server does, and what it did."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def add_to(self, server: Server) -> None:
        for tool in (self.read_file, self.delete_file, self.count_files, self.slow, self.broken):
            server.tool()(tool)
        for name in ("docs", "keys"):
            server.resource(f"file:///srv/{name}/a", name=name)(self._reading(name))
        for prompt in (self.summarise, self.reveal):
            server.prompt()(prompt)

    def read_file(self, path: str) -> str:
        self.ran.append(f"read_file {path}")
        return f"what {path} holds"

    def delete_file(self, path: str) -> str:
        self.ran.append(f"delete_file {path}")
        return "gone"

    def count_files(self) -> int:
        self.ran.append("count_files")
        return 3

    async def slow(self) -> str:
        self.ran.append("slow")
        await asyncio.sleep(30)
        self.ran.append("slow ended")
        return "at last"

    def broken(self) -> str:
        self.ran.append("broken")
        raise ValueError("no disk")

    def summarise(self) -> str:
        self.ran.append("summarise")
        return "Say it in a sentence."

    def reveal(self) -> str:
        self.ran.append("reveal")
        return "Say it all."

    def _reading(self, name: str) -> Callable[[], str]:
        def read() -> str:
            self.ran.append(name)
            return f"what {name} holds"

        return read


class Bench:
    """Makes servers of one framework, and asks them."""

    def __init__(self, framework: str, engine: EmbeddedOpa) -> None:
        self.log = Kept()
        self.tools = Tools()
        self.gate = Gate(engine, audit=self.log)
        self.framework = framework
        self.actor: Actor = None
        self.tokens = {"agent-token": "agent", "other-token": "other"}
        self.outside: Sequence[Any] = ()
        self.inside: Sequence[Any] = ()
        self.options: dict[str, Any] = {}
        self.around: Callable[[ASGIApp], ASGIApp] = lambda app: app
        """What stands before the server over HTTP."""

    def server(self) -> Server:
        """A server with the middleware; with tokens, it takes no request without one."""
        server = self._mcp() if self.framework == "mcp" else self._fastmcp()
        self.tools.add_to(server)
        return server

    def ask(self, use: Callable[[Client], Awaitable[Result]], *, by: str = "agent", mode: str = "auto") -> Result:
        """What a client gets that uses the server over HTTP, with the token of an actor or of nobody."""

        async def main() -> Result:
            async with served(self.around(_app(self.server()))) as url, connected(url, by, mode) as client:
                return await use(client)

        return asyncio.run(main())

    def _mcp(self) -> Server:
        middleware: list[ServerMiddleware[Any]] = [
            *self.outside,
            mcp.PolicyMiddleware(self.gate, actor=self.actor),
            *self.inside,
        ]
        if not self.tokens:
            return MCPServer("bench", middleware=middleware, log_level="CRITICAL", **self.options)
        auth = AuthSettings(issuer_url=AnyHttpUrl("http://127.0.0.1"), resource_server_url=None)
        verifier = _Verifier(self.tokens)
        return MCPServer(
            "bench", middleware=middleware, auth=auth, token_verifier=verifier, log_level="CRITICAL", **self.options
        )

    def _fastmcp(self) -> Server:
        middleware: list[Middleware] = [
            *self.outside,
            fastmcp.PolicyMiddleware(self.gate, actor=self.actor),
            *self.inside,
        ]
        known = {token: {"client_id": "app", "sub": subject, "scopes": []} for token, subject in self.tokens.items()}
        auth = StaticTokenVerifier(known) if known else None
        return FastMCP("bench", middleware=middleware, auth=auth, **self.options)


class _Verifier:
    def __init__(self, tokens: dict[str, str]) -> None:
        self._tokens = tokens

    async def verify_token(self, token: str) -> AccessToken | None:
        subject = self._tokens.get(token)
        return None if subject is None else AccessToken(token=token, client_id="app", scopes=[], subject=subject)


def _app(server: Server) -> ASGIApp:
    return server.streamable_http_app() if isinstance(server, MCPServer) else server.http_app()


class Serving(uvicorn.Server):
    """Ends when it is told to, not at the next of the ten times a second at which uvicorn looks."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(uvicorn.Config(app, log_level="critical", ws="none", timeout_graceful_shutdown=1))
        self.ending = asyncio.Event()

    async def main_loop(self) -> None:
        await self.ending.wait()


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """The application on loopback, and its MCP endpoint."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = Serving(app)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started and not serving.done():  # noqa: ASYNC110 (uvicorn has no event for it)
            await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
        finally:
            server.ending.set()
            await serving


@asynccontextmanager
async def connected(url: str, by: str, mode: str) -> AsyncIterator[Client]:
    """A client of the official SDK."""
    headers = {"authorization": f"Bearer {by}-token"} if by else {}
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False, verify=False, timeout=30) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode, cache=None) as client,
    ):
        yield client


async def outcome(asking: Awaitable[Any]) -> tuple[int, str]:
    """The code and the text of an error that a request ends with."""
    try:
        found = await asking
    except MCPError as error:
        return error.code, error.message
    return 0, str(found)


def plain(text: str) -> str:
    """A text without the id of its decision."""
    return re.sub("[0-9a-f]{32}", "…", text)


async def called(client: Client, tool: str, arguments: dict[str, Any] | None = None, **more: Any) -> tuple[bool, str]:  # noqa: ANN401
    """Whether the tool failed, and what it says."""
    result = await client.call_tool(tool, arguments or {}, **more)
    return bool(result.is_error), plain(getattr(result.content[0], "text", ""))


@pytest.fixture(scope="session")
def engine() -> EmbeddedOpa:
    sealed = bundle.seal(policy.convert(POLICY, "policy.yaml").data, shipped.rego_digest())
    return EmbeddedOpa(contract.canonical(sealed))


@pytest.fixture(params=["mcp", "fastmcp"])
def bench(request: pytest.FixtureRequest, engine: EmbeddedOpa) -> Bench:
    return Bench(request.param, engine)
