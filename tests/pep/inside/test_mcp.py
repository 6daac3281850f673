"""What only the official SDK's servers have: raw parameters, low-level servers, cache hints, streams."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.server.caching import CacheHint
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.mcpserver import Context, MCPServer
from mcp.shared.exceptions import MCPError
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    EmptyResult,
    ListToolsResult,
    PaginatedRequestParams,
    Request,
    SubscribeRequestParams,
    TextContent,
    Tool,
)

from mcp_opa.gate import Gate
from mcp_opa.pdp.embedded import EmbeddedOpa
from mcp_opa.pep.mcp import PolicyMiddleware
from tests.gate.conftest import Kept
from tests.pep.inside.conftest import Bench, called, outcome

Ctx = ServerRequestContext[Any, Any]


@pytest.fixture
def bench(engine: EmbeddedOpa) -> Bench:
    return Bench("mcp", engine)


def within(server: MCPServer[Any] | Server[Any], use: Callable[[Client], Awaitable[Any]], mode: str = "auto") -> Any:  # noqa: ANN401
    """What a client gets in the server's own process."""

    async def main() -> Any:  # noqa: ANN401
        async with Client(server, mode=mode, cache=None) as client:
            return await use(client)

    return asyncio.run(main())


def gated(bench: Bench, *inside: Any) -> MCPServer[Any]:  # noqa: ANN401
    """A server in this process, of a fixed actor."""
    return MCPServer("bench", middleware=[PolicyMiddleware(bench.gate, actor="agent"), *inside], log_level="CRITICAL")


class Raw(Request[dict[str, Any] | None, str]):
    """A request as somebody might write it."""

    params: dict[str, Any] | None = None


@pytest.mark.parametrize(
    ("params", "answer"),
    [
        pytest.param({"name": ["read_file"]}, (-32602, "Invalid params: name must be a string"), id="odd-name"),
        pytest.param(None, (-32602, "Invalid params: name must be a string"), id="nothing"),
        pytest.param({"uri": "x"}, (-32602, "Invalid params: name must be a string"), id="another-methods"),
    ],
)
def test_a_call_that_cannot_be_read_is_refused_before_validation(
    bench: Bench, params: dict[str, Any] | None, answer: tuple[int, str]
) -> None:
    async def use(client: Client) -> tuple[int, str]:
        return await outcome(client.session.send_request(Raw(method="tools/call", params=params), EmptyResult))

    assert within(gated(bench), use, "legacy") == answer
    assert [(record.method, record.cause) for record in bench.log.records] == [("tools/call", "malformed")]


def test_arguments_that_are_no_object_are_refused(bench: Bench) -> None:
    async def use(client: Client) -> str:
        raw = Raw(method="tools/call", params={"name": "read_file", "arguments": None})
        result = await client.session.send_request(raw, CallToolResult)
        return str(getattr(result.content[0], "text", ""))

    server = gated(bench)
    bench.tools.add_to(server)
    assert within(server, use, "legacy").startswith("Refused (deny_by_default.arguments_malformed)")
    assert bench.tools.ran == []


def test_what_was_decided_is_what_runs_with_all_that_came_with_it(bench: Bench) -> None:
    server = gated(bench)

    @server.tool()
    async def read_file(path: str, context: Context[Any, Any]) -> str:
        meta = (context.request_context.params or {})["_meta"]
        await context.report_progress(1, 2, "half")
        return f"{path} {meta['example.com/mine']}"

    async def use(client: Client) -> tuple[str, list[tuple[float, str | None]]]:
        seen: list[tuple[float, str | None]] = []

        async def progressed(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001
            seen.append((progress, message))

        meta: Any = {"example.com/mine": {"kept": [1, None]}}
        result = await client.call_tool("read_file", {"path": "docs/a"}, meta=meta, progress_callback=progressed)
        return getattr(result.content[0], "text", ""), seen

    assert within(server, use) == ("docs/a {'kept': [1, None]}", [(1.0, "half")])


def test_a_cache_within_is_asked_only_for_what_was_decided(bench: Bench) -> None:
    kept: dict[str, HandlerResult] = {}

    async def caching(ctx: Ctx, call_next: CallNext) -> HandlerResult:
        key = f"{ctx.method} {(ctx.params or {}).get('name')} {(ctx.params or {}).get('arguments')}"
        if key not in kept:
            kept[key] = await call_next(ctx)
        return kept[key]

    bench.inside = [caching]
    path = {"path": "docs/a.md"}
    assert bench.ask(lambda client: called(client, "read_file", path)) == (False, "what docs/a.md holds")
    assert bench.ask(lambda client: called(client, "read_file", path)) == (False, "what docs/a.md holds")
    assert bench.ask(lambda client: outcome(client.call_tool("read_file", path)), by="other")[0] == -32602
    assert bench.tools.ran == ["read_file docs/a.md"]
    assert [event[1] for event in bench.log.events()] == ["ALLOW"] * 4 + ["DENY"]


def test_what_one_caller_may_have_no_cache_may_share(bench: Bench) -> None:
    hint = CacheHint(ttl_ms=60_000, scope="public")
    bench.options = {"cache_hints": {"tools/list": hint, "resources/read": hint}}

    async def use(client: Client) -> list[tuple[int | None, str | None]]:
        results = await client.list_tools(), await client.read_resource("file:///srv/docs/a")
        return [(result.ttl_ms, result.cache_scope) for result in results]

    assert bench.ask(use) == [(60_000, "private")] * 2


def test_a_stream_of_changes_is_opened_for_what_may_be_read(bench: Bench) -> None:
    async def use(client: Client) -> str:
        async with client.listen(resource_subscriptions=["file:///srv/docs/a"]):
            pass
        try:
            async with client.listen(resource_subscriptions=["file:///srv/docs/a", "file:///srv/keys/a"]):
                return "opened"
        except MCPError as error:
            return error.message

    server = gated(bench)
    bench.tools.add_to(server)
    assert within(server, use) == "Resource not found"
    told = [(record.method, record.tool_name, record.policy_decision) for record in bench.log.records]
    assert told == [
        ("resources/subscribe", "file:///srv/docs/a", "ALLOW"),
        ("resources/subscribe", "file:///srv/docs/a", "ALLOW"),
        ("resources/subscribe", "file:///srv/keys/a", "DENY"),
    ]


def test_a_server_that_falls_over_says_so_in_its_own_words(bench: Bench) -> None:
    async def falling(ctx: Ctx, call_next: CallNext) -> HandlerResult:
        if ctx.method == "tools/call":
            raise MCPError(-31999, "out of order", {"since": "today"})
        return await call_next(ctx)

    async def use(client: Client) -> tuple[int, str, Any]:
        try:
            await client.call_tool("count_files", {})
        except MCPError as error:
            return error.code, error.message, error.data
        return 0, "", None

    server = gated(bench, falling)
    bench.tools.add_to(server)
    assert within(server, use) == (-31999, "out of order", {"since": "today"})
    assert bench.log.events() == [("decision", "ALLOW", None), ("outcome", "ALLOW", "ERROR")]


def test_a_client_that_stops_waiting_stops_the_tool(bench: Bench) -> None:
    server = gated(bench)
    bench.tools.add_to(server)

    async def use(client: Client) -> list[str]:
        with anyio.move_on_after(0.3):
            await client.call_tool("slow", {})
        await anyio.sleep(0.1)
        return bench.tools.ran

    assert within(server, use, "legacy") == ["slow"]
    assert bench.log.events() == [("decision", "ALLOW", None), ("outcome", "ALLOW", "ERROR")]


def _subscribing(name: str) -> Raw:
    return Raw(method="resources/subscribe", params={"uri": f"file:///srv/{name}/a"})


def _low_level(schemas: list[dict[str, Any]], ran: list[str]) -> Server[Any]:
    """A server that lists its tools in pages of one, each time with the next schema."""

    async def tools(ctx: Ctx, params: PaginatedRequestParams | None) -> ListToolsResult:  # noqa: ARG001
        if params is None or params.cursor is None:
            return ListToolsResult(tools=[Tool(name="other", input_schema={"type": "object"})], next_cursor="2")
        schema = schemas.pop(0) if len(schemas) > 1 else schemas[0]
        return ListToolsResult(tools=[Tool(name="count_files", input_schema=schema)])

    async def call(ctx: Ctx, params: CallToolRequestParams) -> CallToolResult:  # noqa: ARG001
        ran.append(params.name)
        return CallToolResult(content=[TextContent(type="text", text="done")])

    async def subscribe(ctx: Ctx, params: SubscribeRequestParams) -> EmptyResult:  # noqa: ARG001
        ran.append(f"subscribe {params.uri}")
        return EmptyResult()

    return Server("low", on_list_tools=tools, on_call_tool=call, on_subscribe_resource=subscribe)


def test_a_low_level_server_is_kept_too(bench: Bench) -> None:
    ran: list[str] = []
    server = _low_level([{"type": "object", "properties": {"deep": {"type": "boolean"}}}], ran)
    server.middleware.insert(0, PolicyMiddleware(bench.gate, actor="agent"))

    async def use(client: Client) -> list[Any]:
        first = await client.list_tools()
        second = await client.list_tools(cursor=first.next_cursor)
        return [
            [tool.name for page in (first, second) for tool in page.tools],
            await called(client, "count_files", {"deep": True}),
            (await called(client, "count_files", {"force": True}))[0],
            await outcome(client.session.send_request(_subscribing("docs"), EmptyResult)),
            await outcome(client.session.send_request(_subscribing("keys"), EmptyResult)),
        ]

    answers = within(server, use, "legacy")
    assert answers[:3] == [["count_files"], (False, "done"), True]
    assert (answers[3][0], answers[4]) == (0, (-32002, "Resource not found"))
    assert ran == ["count_files", "subscribe file:///srv/docs/a"]


def test_a_tool_whose_schema_changes_is_refused(bench: Bench) -> None:
    ran: list[str] = []
    server = _low_level([{"type": "object", "properties": {}}, {"type": "object", "required": []}], ran)
    server.middleware.insert(0, PolicyMiddleware(bench.gate, actor="agent"))

    async def use(client: Client) -> list[bool]:
        before = await called(client, "count_files")
        await client.list_tools(cursor="2")
        return [before[0], (await called(client, "count_files"))[0]]

    assert within(server, use) == [False, True]
    assert ran == ["count_files"]


def test_a_server_that_lists_no_tools_has_none_that_may_be_called(engine: EmbeddedOpa) -> None:
    ran: list[str] = []

    async def call(ctx: Ctx, params: CallToolRequestParams) -> CallToolResult:  # noqa: ARG001
        ran.append(params.name)
        return CallToolResult(content=[])

    server = Server("low", on_call_tool=call)
    server.middleware.insert(0, PolicyMiddleware(Gate(engine, audit=Kept()), actor="agent"))
    assert within(server, lambda client: outcome(client.call_tool("count_files", {})))[0] == -32602
    assert ran == []
