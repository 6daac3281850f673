"""What only FastMCP's servers have: middlewares around, calls within calls, versions, mounted servers, caches."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fastmcp import Client, Context, FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.middleware import CallNext, Middleware, MiddlewareContext
from fastmcp.server.middleware.caching import ResponseCachingMiddleware
from mcp_types import CallToolRequestParams

from mcp_opa.pdp.embedded import EmbeddedOpa
from mcp_opa.pep.fastmcp import PolicyMiddleware
from tests.pep.inside.conftest import Bench, called, outcome, plain


@pytest.fixture
def bench(engine: EmbeddedOpa) -> Bench:
    return Bench("fastmcp", engine)


def gated(bench: Bench, *inside: Middleware, **options: Any) -> FastMCP[Any]:  # noqa: ANN401
    """A server in this process, of a fixed actor."""
    return FastMCP("bench", middleware=[PolicyMiddleware(bench.gate, actor="agent"), *inside], **options)


def within(server: FastMCP[Any], use: Callable[[Client[Any]], Awaitable[Any]]) -> Any:  # noqa: ANN401
    """What FastMCP's own client gets in the server's process."""

    async def main() -> Any:  # noqa: ANN401
        async with Client(server) as client:
            return await use(client)

    return asyncio.run(main())


async def said(client: Client[Any], tool: str, arguments: dict[str, Any] | None = None, **more: Any) -> str:  # noqa: ANN401
    """What a tool says, or the error that its call ends with."""
    result = await client.call_tool(tool, arguments or {}, raise_on_error=False, **more)
    return plain(getattr(result.content[0], "text", ""))


class Passing(Middleware):
    """Notes the calls that it sees."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def on_call_tool(
        self, context: MiddlewareContext[CallToolRequestParams], call_next: CallNext[CallToolRequestParams, Any]
    ) -> Any:  # noqa: ANN401
        self.seen.append(context.message.name)
        return await call_next(context)


def test_it_stands_before_all_others_or_the_server_does_not_work(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.outside = [Passing()]
    with pytest.raises(ExceptionGroup):
        bench.ask(lambda client: called(client, "count_files"), mode="legacy")
    assert "must be the first middleware: what stands before it goes round it" in caplog.text
    assert bench.tools.ran == []


def test_what_is_refused_reaches_no_other_middleware(bench: Bench) -> None:
    passing = Passing()
    bench.inside = [passing]

    async def both(client: Any) -> list[bool]:  # noqa: ANN401
        return [(await called(client, "read_file", {"path": path}))[0] for path in ("docs/a.md", "etc/passwd")]

    assert bench.ask(both) == [False, True]
    assert passing.seen == ["read_file"]


def test_answers_that_caches_may_share_are_not_given(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.options = {"cache_ttl": 60, "cache_scope": "public"}
    with pytest.raises(ExceptionGroup):
        bench.ask(lambda client: called(client, "count_files"), mode="legacy")
    assert 'needs cache_scope="private"' in caplog.text
    bench.options = {"cache_ttl": 60, "cache_scope": "private"}
    assert bench.ask(lambda client: called(client, "count_files")) == (False, "3")


def test_a_cache_within_is_asked_only_for_what_was_decided(bench: Bench) -> None:
    bench.inside = [ResponseCachingMiddleware()]
    path = {"path": "docs/a.md"}

    async def twice(client: Any) -> list[Any]:  # noqa: ANN401
        names = [sorted(tool.name for tool in (await client.list_tools()).tools) for _ in range(2)]
        return [names, [await called(client, "read_file", path) for _ in range(2)]]

    names = ["broken", "count_files", "read_file", "slow"]
    assert bench.ask(twice) == [[names, names], [(False, "what docs/a.md holds")] * 2]
    assert bench.tools.ran == ["read_file docs/a.md"]
    assert [event[1] for event in bench.log.events()] == ["ALLOW"] * 4
    assert bench.ask(lambda client: outcome(client.call_tool("read_file", path)), by="other")[0] == -32602


def test_a_tool_that_calls_another_is_asked_about_both(bench: Bench) -> None:
    server = gated(bench)
    bench.tools.add_to(server)

    @server.tool
    async def find_and_do(tool: str, arguments: dict[str, Any], context: Context) -> str:
        result = await context.fastmcp.call_tool(tool, arguments)
        return str(getattr(result.content[0], "text", ""))

    async def use(client: Client[Any]) -> list[str]:
        return [
            await said(client, "find_and_do", {"tool": "count_files", "arguments": {}}),
            await said(client, "find_and_do", {"tool": "delete_file", "arguments": {"path": "docs/a.md"}}),
            await said(client, "find_and_do", {"tool": "read_file", "arguments": {"path": "etc/passwd"}}),
        ]

    answers = within(server, use)
    assert answers[0] == "3"
    assert answers[1].endswith("Unknown tool: delete_file")
    assert answers[2].startswith("Refused (read_only.path_not_allowed)")
    assert bench.tools.ran == ["count_files"]


def test_a_version_is_judged_by_its_own_schema(bench: Bench) -> None:
    server = gated(bench)

    @server.tool(name="count_files", version="1")
    def first() -> str:
        return "first"

    @server.tool(name="count_files", version="2")
    def second(deep: bool = False) -> str:  # noqa: FBT001, FBT002 (a tool's argument)
        return f"second {deep}"

    async def use(client: Client[Any]) -> list[str]:
        return [
            await said(client, "count_files", {"deep": True}),
            await said(client, "count_files", {"deep": True}, version="1"),
            await said(client, "count_files", version="1"),
        ]

    latest, strange, old = within(server, use)
    assert (latest, old) == ("second True", "first")
    assert strange.startswith("Refused (deny_by_default.schema_invalid)")


def test_a_mounted_servers_tools_are_named_as_clients_name_them(bench: Bench) -> None:
    inner: FastMCP[Any] = FastMCP("inner")
    bench.tools.add_to(inner)
    server = gated(bench)
    server.mount(inner, namespace="find")

    async def use(client: Client[Any]) -> list[Any]:
        names = sorted(tool.name for tool in await client.list_tools())
        return [names, await said(client, "find_count_files")]

    names = ["find_broken", "find_count_files", "find_delete_file", "find_read_file", "find_slow"]
    answers = within(server, use)
    assert answers == [names, "3"]


def test_what_the_tool_says_of_its_failure_is_kept(bench: Bench) -> None:
    server = gated(bench)

    @server.tool
    def count_files() -> str:
        raise ToolError("no such folder")

    assert within(server, lambda client: said(client, "count_files")) == "no such folder"
    assert bench.log.events() == [("decision", "ALLOW", None), ("outcome", "ALLOW", "FAILURE")]
    assert bench.log.records[1].error == "no such folder"


def test_calls_of_the_servers_own_are_of_the_actor_who_started_it(bench: Bench) -> None:
    server = gated(bench)
    bench.tools.add_to(server)

    async def use() -> Any:  # noqa: ANN401
        return await server.call_tool("count_files")

    assert asyncio.run(use()).structured_content == {"result": 3}
    assert bench.log.events() == [("decision", "ALLOW", None), ("outcome", "ALLOW", "SUCCESS")]
