"""What one caller can take from the others: its own share, however it goes about it."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import anyio
import httpx2
import pytest

from mcp_opa.model import Answer, Json, Question
from mcp_opa.pdp.embedded import EmbeddedOpa
from mcp_opa.pep.http import body, conversation
from tests.pep.conftest import TOOLS
from tests.pep.http.conftest import BOTH, KEYS, Standing, Upstream, World, calling, modern, result, stream
from tests.pep.http.test_streams import DONE, PROGRESS, until

pytestmark = pytest.mark.anyio

LIST: dict[str, Json] = {"id": 2, "method": "tools/list", "params": {}}
CROWDED = ("decision", "DENY", "rate_limit")


class Deciding:
    """The engine, and a bar on what it is asked about the agent's calls."""

    def __init__(self, engine: EmbeddedOpa) -> None:
        self._engine = engine
        self.free = threading.Event()
        self.free.set()

    def ask(self, question: Question, document: bytes) -> Answer:
        if b'"agent"' in document:
            self.free.wait(60)
        return self._engine.ask(question, document)


@asynccontextmanager
async def speaking(up: World, head: str = "Content-Length: 100\r\n\r\n{") -> AsyncIterator[anyio.abc.SocketStream]:
    """A connection of the agent's on which a message has begun."""
    async with await anyio.connect_tcp("127.0.0.1", up.client.base_url.port or 0) as slow:
        lines = (
            "POST /mcp HTTP/1.1",
            "Host: localhost",
            f"X-API-Key: {KEYS['agent']}",
            "Content-Type: application/json",
        )
        await slow.send("\r\n".join((*lines, head)).encode())
        yield slow


async def crowded(up: World) -> bool:
    """Whether the agent's next message is refused; it is nothing that goes to the server."""
    return (await up.post(b"")).status_code == 429


async def eventually(up: World, *, full: bool) -> None:
    with anyio.fail_after(10):
        while await crowded(up) is not full:  # noqa: ASYNC110 (what is waited for happens in another part)
            await anyio.sleep(0.01)


# Messages on their way in


async def test_messages_are_counted_before_they_are_read_and_others_go_on(
    world: Standing, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "MOST_MESSAGES", 2)
    async with world() as up, speaking(up), speaking(up):
        await eventually(up, full=True)
        found = await up.post(LIST)
        assert (found.status_code, found.headers["retry-after"], found.json()["error"]) == (
            429,
            "1",
            {"code": -32600, "message": "Too much at once: 2 messages of this caller's are under way already."},
        )
        record = up.log.records[-1]
        assert (record.policy_decision, record.cause, record.actor) == ("DENY", "rate_limit", "agent")
        assert (await up.post(LIST, "other")).status_code == 200
    assert upstream.methods() == ["tools/list"]


@pytest.mark.parametrize("end", ["leaves", "too large", "too slow", "no message", "whole"])
async def test_a_message_makes_room_however_it_ends(world: Standing, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    monkeypatch.setattr(conversation, "MOST_MESSAGES", 1)
    monkeypatch.setattr(body, "BODY_SECONDS", 1.0 if end == "too slow" else 60.0)
    head = "Transfer-Encoding: chunked" if end == "too large" else "Content-Length: 40"
    async with world(bounds={"message_bytes": 1024}) as up, speaking(up, f"{head}\r\n\r\n") as slow:
        await eventually(up, full=True)
        match end:
            case "leaves":
                await slow.aclose()
            case "too large":
                await slow.send(b"800\r\n" + b" " * 2048 + b"\r\n")
            case "no message":
                await slow.send(b" " * 40)
            case "whole":
                await slow.send(b'{"jsonrpc":"2.0","id":1,"method":"ping"}')
        await eventually(up, full=False)


# Calls


async def test_so_many_calls_of_one_caller_are_worked_on_and_others_go_on(
    world: Standing, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "MOST_MESSAGES", 1)
    upstream.answers["tools/call"] = stream(PROGRESS, hold=True)
    async with world(bounds={"calls": 1}) as up:
        session = await up.begin()
        async with up.listening(calling(), mcp_session_id=session) as (_, events):
            await anext(events)
            found = await up.post(LIST, mcp_session_id=session)
            assert (found.status_code, found.json()["id"], up.log.events()[-1]) == (429, 2, CROWDED)
            assert up.log.records[-1].session_id == session
            assert (await up.post(LIST, "other")).status_code == 200
            words = {"method": "notifications/cancelled", "params": {"requestId": 7}}
            assert (await up.post(words, mcp_session_id=session)).status_code == 202
            assert [event async for event in events] == []
        assert (await up.post(LIST, mcp_session_id=session)).status_code == 200


async def test_a_call_that_goes_on_for_who_has_left_is_counted(world: Standing, upstream: Upstream) -> None:
    going = anyio.Event()
    upstream.answers["tools/call"] = stream(PROGRESS, going, DONE)
    async with world(bounds={"calls": 1}) as up:
        session = await up.begin()
        async with up.listening(calling(), mcp_session_id=session) as (_, events):
            await anext(events)
        assert (await up.post(LIST, mcp_session_id=session)).status_code == 429
        going.set()
        await until(lambda: ("outcome", "ALLOW", "SUCCESS") in up.log.events())
        assert (await up.post(LIST, mcp_session_id=session)).status_code == 200


async def test_an_answer_that_its_client_does_not_read_is_counted(world: Standing, upstream: Upstream) -> None:
    upstream.answers["tools/call"] = result({"content": [{"type": "text", "text": "x" * 20_000_000}]})
    async with world(bounds={"calls": 1}) as up, up.listening(calling()) as (response, _):
        await until(lambda: ("outcome", "ALLOW", "SUCCESS") in up.log.events())
        assert (await up.post(LIST)).status_code == 429
        await response.aread()
        assert (await up.post(LIST)).status_code == 200


async def test_streams_are_counted_apart_in_both_eras(
    world: Standing, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "MOST_STREAMS", 1)
    upstream.answers["GET"] = upstream.answers["subscriptions/listen"] = stream(PROGRESS, hold=True)
    listen, headers = modern({"id": 1, "method": "subscriptions/listen", "params": {"notifications": {}}})
    async with world(bounds={"calls": 1}) as up:
        async with up.listening(**headers) as (_, events):
            await anext(events)
            assert (await up.post(listen, **headers)).status_code == 429
            assert (await up.post(LIST)).status_code == 200
        await until(lambda: upstream.left == ["GET"])
        async with up.listening(listen, **headers) as (_, events):
            await anext(events)
            async with up.listening() as (response, _):
                assert response.status_code == 429
            assert (await up.post(LIST)).status_code == 200


class TestDecisions:
    """Those of one caller, however many, leave room for the others'."""

    @pytest.fixture
    def engine(self, engine: EmbeddedOpa) -> Iterator[Deciding]:
        made = Deciding(engine)
        yield made
        made.free.set()

    async def test_who_calls_more_often_than_decisions_are_admitted_keeps_nobody_out(
        self, world: Standing, upstream: Upstream, engine: Deciding
    ) -> None:
        upstream.answers["tools/list"] = result({"tools": TOOLS})
        found: list[int] = []
        unbounded = httpx2.Limits(max_connections=None)
        async with world(bounds={"calls": 64}) as up, httpx2.AsyncClient(limits=unbounded, timeout=60) as many:
            await up.call(tool="slow")
            engine.free.clear()

            async def call() -> None:
                headers = {"x-api-key": KEYS["agent"], "accept": BOTH}
                said = {"jsonrpc": "2.0", **calling()}
                found.append((await many.post(up.gateway.urls[0], json=said, headers=headers)).status_code)

            async with anyio.create_task_group() as tasks:
                for _ in range(300):
                    tasks.start_soon(call)
                await until(lambda: len(found) >= 300 - 64)
                tasks.start_soon(_let_go, engine)
                others = await up.post(calling("slow"), "other")
        assert others.json()["result"]["content"][0]["text"] == "done"
        assert {status: found.count(status) for status in found} == {429: 300 - 64, 200: 64}


async def _let_go(engine: Deciding) -> None:
    await anyio.sleep(0.2)
    engine.free.set()


# The list that all wait for


async def test_a_client_that_does_not_read_keeps_nobody_waiting_for_the_servers_tools(
    world: Standing, upstream: Upstream
) -> None:
    big = {"method": "notifications/message", "params": {"data": "x" * 500_000}}
    asks = {"id": "s1", "method": "roots/list", "params": {}}
    upstream.answers["tools/list"] = stream(b": hi\r\n\r\n", asks, *[big] * 40, {"result": {"tools": TOOLS}})
    async with world() as up:
        session = await up.begin()
        async with up.listening(calling(), mcp_session_id=session) as (response, events):
            with anyio.fail_after(10):
                assert (await up.post(calling("slow"), "other")).json()["result"]["content"][0]["text"] == "done"
            assert response.headers["content-type"] == "application/json"
            assert [event async for event in events] == []
        assert [seen.said["error"]["code"] for seen in upstream.seen if seen.said and "error" in seen.said] == [-32601]
    assert upstream.methods().count("tools/list") == 1
