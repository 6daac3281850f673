"""What a server's tools take, as far as it can be relied on."""

from collections.abc import Callable

import anyio
import anyio.lowlevel
import pytest

from mcp_opa.model import Json
from mcp_opa.pep import catalogue
from mcp_opa.pep.catalogue import UNKNOWN, Catalogue
from mcp_opa.pep.message import Answer, Params, Result, failure

pytestmark = pytest.mark.anyio
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
TEXT = '{"properties":{"a":{"type":"string"}},"type":"object"}'


class Server:
    """Gives a page for each cursor, and counts how often it is asked."""

    def __init__(self, *pages: Json, then: Callable[[], None] = lambda: None) -> None:
        self.pages = pages
        self.then = then
        self.asked = 0

    async def __call__(self, params: Params) -> Answer:
        self.asked += 1
        self.then()
        await anyio.lowlevel.checkpoint()
        number = params.get("cursor", 0)
        page = self.pages[number]
        if isinstance(page, Exception):
            raise page
        more = {"nextCursor": number + 1} if number + 1 < len(self.pages) else {}
        return Result(1, {"tools": page, **more}) if isinstance(page, list) else failure(1, -1, "no")


@pytest.mark.parametrize(
    "tools",
    [
        [],
        [{"name": "b", "inputSchema": SCHEMA}],
        [{"name": "a"}],
        [{"name": "a", "inputSchema": None}],
        [{"name": "a", "inputSchema": True}],
        [{"name": ["a"], "inputSchema": SCHEMA}, 7, None],
        [{"name": "a", "inputSchema": SCHEMA}, {"name": "a", "inputSchema": {**SCHEMA, "x": 1}}],
        [{"name": "a", "inputSchema": {"minLength": 1}}, {"name": "a", "inputSchema": {"minLength": True}}],
    ],
)
async def test_a_schema_that_the_server_does_not_give_or_gives_twice_is_unknown(tools: Json) -> None:
    assert await Catalogue().schema("a", Server(tools)) == UNKNOWN


@pytest.mark.parametrize("failing", [OSError("lost"), None, {}])
async def test_a_list_that_cannot_be_had_whole_leaves_all_its_tools_unknown(failing: Json) -> None:
    tools = Catalogue()
    whole = [{"name": "a", "inputSchema": SCHEMA}]
    assert await tools.schema("b", Server(whole, failing)) == UNKNOWN
    assert (tools.lists("a"), tools.known("a")) == (False, UNKNOWN)
    assert await tools.schema("a", Server(whole)) == TEXT


async def test_a_list_that_never_ends_leaves_its_tools_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "SECONDS", 0.2)

    async def never(_: Params) -> Answer:
        await anyio.sleep(3600)
        return Result(1, {"tools": []})

    assert await Catalogue().schema("a", never) == UNKNOWN

    async def again(_: Params) -> Answer:
        return Result(1, {"tools": [], "nextCursor": "same"})

    assert await Catalogue().schema("a", again) == UNKNOWN


async def test_the_server_is_asked_once_for_many_calls_and_again_for_a_name_that_is_new() -> None:
    tools, server = Catalogue(), Server([{"name": "a", "inputSchema": SCHEMA}])
    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(tools.schema, "a", server)
    assert server.asked == 1
    assert await tools.schema("new", server) == UNKNOWN
    assert server.asked == 2


async def test_a_change_that_is_said_while_the_list_is_read_is_not_lost() -> None:
    tools = Catalogue()
    changes = iter([True])

    def then() -> None:
        if next(changes, False):
            tools.expire()

    server = Server([{"name": "a", "inputSchema": SCHEMA}], then=then)
    assert await tools.schema("a", server) == TEXT
    assert server.asked == 2
    ever = Server([{"name": "a", "inputSchema": SCHEMA}], then=tools.expire)
    tools.expire()
    assert await tools.schema("a", ever) == UNKNOWN
    assert ever.asked == 3


async def test_a_tool_that_is_listed_no_more_is_unknown_and_known_again_as_it_was() -> None:
    tools, one = Catalogue(), [{"name": "a", "inputSchema": SCHEMA}]
    assert await tools.schema("a", Server(one)) == TEXT
    tools.expire()
    assert await tools.schema("a", Server([])) == UNKNOWN
    assert await tools.schema("a", Server(one)) == TEXT
    tools.expire()
    assert await tools.schema("a", Server([{"name": "a", "inputSchema": {**SCHEMA, "x": 1}}])) == UNKNOWN
    tools.expire()
    assert await tools.schema("a", Server(one)) == UNKNOWN


async def test_tools_beyond_the_bound_are_unknown() -> None:
    tools = Catalogue()
    many = [{"name": f"n{number}", "inputSchema": SCHEMA} for number in range(catalogue.MOST_TOOLS + 1)]
    assert await tools.schema("n0", Server(many)) == TEXT
    assert await tools.schema(f"n{catalogue.MOST_TOOLS}", Server(many)) == UNKNOWN


async def test_a_tool_that_is_listed_without_its_schema_later_is_unknown_from_then_on() -> None:
    for later in ({"name": "a"}, {"name": "a", "inputSchema": None}):
        server, known = Server([{"name": "a", "inputSchema": SCHEMA}]), Catalogue()
        assert await known.schema("a", server) == TEXT
        known.observe([later])
        assert (known.known("a"), await known.schema("a", server)) == (UNKNOWN, UNKNOWN)


async def test_who_asks_for_what_is_not_there_keeps_no_call_of_a_known_tool_waiting() -> None:
    tools, server = Catalogue(), Server([{"name": "a", "inputSchema": SCHEMA}])
    assert await tools.schema("a", server) == TEXT
    asked = anyio.Event()

    async def never(params: Params) -> Answer:  # noqa: ARG001 (an asker's)
        asked.set()
        await anyio.sleep_forever()
        return failure(1, -1, "no")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(tools.schema, "none", never)
        await asked.wait()
        with anyio.fail_after(5):
            assert await tools.schema("a", never) == TEXT
        tasks.cancel_scope.cancel()
    assert tools.known("a") == TEXT


async def test_a_changed_list_is_unknown_until_it_is_had_whole_though_who_asks_leaves() -> None:
    tools, server = Catalogue(), Server([{"name": "a", "inputSchema": SCHEMA}])
    assert await tools.schema("a", server) == TEXT
    tools.expire()
    seen: list[Json] = []

    async def leaving(params: Params) -> Answer:  # noqa: ARG001 (an asker's)
        seen.append(tools.known("a"))
        scope.cancel()
        await anyio.sleep_forever()
        return failure(1, -1, "no")

    with anyio.CancelScope() as scope:
        await tools.schema("a", leaving)
    assert (seen, tools.known("a")) == ([UNKNOWN], UNKNOWN)
    assert await tools.schema("a", server) == TEXT


async def test_many_who_ask_at_once_for_what_is_not_there_have_the_list_read_twice_at_most() -> None:
    tools, server = Catalogue(), Server([{"name": "a", "inputSchema": SCHEMA}])
    async with anyio.create_task_group() as tasks:
        for number in range(100):
            tasks.start_soon(tools.schema, f"none{number}", server)
        await anyio.lowlevel.checkpoint()
        for number in range(100):
            tasks.start_soon(tools.schema, f"late{number}", server)
    assert server.asked == 2
