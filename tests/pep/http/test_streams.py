"""Streams and sessions: nothing comes round the relay by another stream, and nobody gets another's."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from starlette.responses import JSONResponse, Response

from mcp_opa.model import Json
from mcp_opa.pep.http import exchange
from tests.pep.conftest import TOOLS
from tests.pep.http.conftest import SESSION, Standing, Upstream, World, calling, modern, result, stream

pytestmark = pytest.mark.anyio

LIST = {"id": 3, "method": "tools/list", "params": {}}
PRIMED = b"id: p1\r\nretry: 50\r\ndata: \r\n\r\n"
PROGRESS = {"method": "notifications/progress", "params": {"progressToken": 1, "progress": 1}}
DONE: dict[str, Json] = {"result": {"content": [{"type": "text", "text": "done"}], "more": 1}}


def answer(id_: Json, value: Json) -> bytes:
    """An event with an answer, as a server replays it."""
    return f"id: r{id_}\r\ndata: {json.dumps({'jsonrpc': '2.0', 'id': id_, 'result': value})}\r\n\r\n".encode()


def names(said: Json) -> list[str]:
    return [tool["name"] for tool in said["result"]["tools"]]


async def until(so: Callable[[], bool]) -> None:
    """Wait until it is so."""
    with anyio.fail_after(10):
        while not so():  # noqa: ASYNC110 (what is waited for happens in another part)
            await anyio.sleep(0.01)


async def told(up: World, status: str) -> None:
    """Wait until the record has an outcome of this status."""
    await until(lambda: ("outcome", status) in [(record.event, record.status) for record in up.log.records])


async def test_what_the_server_says_on_the_way_comes_first_and_in_order(world: Standing, upstream: Upstream) -> None:
    upstream.answers["tools/call"] = stream(b": hi\r\n\r\n", PRIMED, PROGRESS, DONE)
    async with world() as up, up.listening(calling(), mcp_session_id=await up.begin()) as (response, events):
        assert response.headers["content-type"] == "text/event-stream"
        assert [event async for event in events] == [
            {"id": "p1", "retry": "50", "data": ""},
            {"data": {"jsonrpc": "2.0", **PROGRESS}},
            {"data": {"jsonrpc": "2.0", "id": 7, **DONE}},
        ]


async def test_a_list_on_a_stream_shows_what_the_caller_may_see(world: Standing, upstream: Upstream) -> None:
    upstream.answers["tools/list"] = stream(PROGRESS, {"result": {"tools": TOOLS, "ttlMs": 5}})
    async with world() as up, up.listening(LIST, mcp_session_id=await up.begin()) as (_, events):
        found = [event async for event in events][-1]["data"]
    assert (names(found), found["result"]["ttlMs"]) == (["read_file", "slow", "limited"], 5)


async def test_an_answer_that_comes_on_a_stream_taken_up_again_is_the_relays(
    world: Standing, upstream: Upstream
) -> None:
    upstream.answers["tools/list"] = stream(PRIMED)
    upstream.answers["GET"] = stream(answer(3, {"tools": TOOLS}))
    async with world() as up:
        session = await up.begin()
        async with up.listening(LIST, mcp_session_id=session) as (_, events):
            assert [event async for event in events] == [{"id": "p1", "retry": "50", "data": ""}]
        async with up.listening(mcp_session_id=session, last_event_id="p1") as (_, events):
            found = [event async for event in events]
        assert ([event["id"] for event in found], names(found[0]["data"])) == (["r3"], ["read_file", "slow", "limited"])
        async with up.listening(mcp_session_id=session, last_event_id="p1") as (_, events):
            assert [event async for event in events] == found
    assert upstream.last("GET").headers["last-event-id"] == "p1"


async def test_a_client_that_leaves_a_stream_with_ids_gets_the_rest_on_another(
    world: Standing, upstream: Upstream
) -> None:
    upstream.answers["tools/call"] = stream(PRIMED, hold=True)
    upstream.answers["GET"] = stream(answer(7, DONE["result"]))
    async with world() as up:
        session = await up.begin()
        async with up.listening(calling(), mcp_session_id=session) as (_, events):
            await anext(events)
        async with up.listening(mcp_session_id=session, last_event_id="p1") as (_, events):
            assert [event["data"]["result"] async for event in events] == [DONE["result"]]
        await told(up, "SUCCESS")
        await until(lambda: upstream.left == ["tools/call"])


async def test_an_answer_to_nothing_that_was_asked_is_not_passed_on_a_stream(
    world: Standing, upstream: Upstream
) -> None:
    upstream.answers["GET"] = stream(answer(99, {"tools": TOOLS}), answer("x", {"secret": 1}), PROGRESS)
    async with world() as up, up.listening(mcp_session_id=await up.begin()) as (_, events):
        found = [event["data"] async for event in events]
    assert found[2] == {"jsonrpc": "2.0", **PROGRESS}
    assert [event["error"]["message"] for event in found[:2]] == ["The answer can't be given again."] * 2


async def test_a_stream_is_taken_up_only_by_who_had_it(world: Standing, upstream: Upstream) -> None:
    upstream.answers["tools/call"] = stream(PRIMED, hold=True)
    async with world() as up:
        session = await up.begin()
        upstream.answers["initialize"] = result({}, **{"mcp-session-id": "another"})
        other = await up.begin("other")
        async with up.listening(calling(), mcp_session_id=session) as (_, events):
            await anext(events)
            for actor, given in (("other", other), ("agent", session)):
                last = "p1" if actor == "other" else "p2"
                async with up.listening(actor=actor, mcp_session_id=given, last_event_id=last) as (response, _):
                    assert response.status_code == 400
            async with up.listening(last_event_id="p1") as (response, _):
                assert response.status_code == 400
    assert "GET" not in upstream.methods()


async def test_a_session_is_its_owners_alone(world: Standing, upstream: Upstream) -> None:
    async with world() as up:
        session = await up.begin()
        asked = len(upstream.seen)
        for given in (session, session.upper(), "none", "x" * 5000):
            answer = await up.post(LIST, "other", mcp_session_id=given)
            assert (answer.status_code, answer.json()["id"]) == (404, 3)
            for method in ("GET", "DELETE"):
                headers = {"x-api-key": f"{'other':-<32}", "mcp-session-id": given}
                assert (await up.client.request(method, "/mcp", headers=headers)).status_code == 404
        assert len(upstream.seen) == asked
        assert up.log.records[-1].error == "the caller has no such session"
        assert (await up.begin()) == session
        assert (await up.post({"id": 0, "method": "initialize", "params": {}}, "other")).status_code == 502
        assert (await up.post(LIST, mcp_session_id=session)).status_code == 200
        assert upstream.last("tools/list").headers["mcp-session-id"] == session


async def test_a_session_that_was_ended_here_or_there_is_none(world: Standing, upstream: Upstream) -> None:
    upstream.answers["DELETE"] = lambda _: Response(status_code=204)
    async with world() as up:
        for ended in ("DELETE", "POST"):
            session = await up.begin()
            if ended == "POST":
                upstream.answers["tools/list"] = lambda _: Response("gone", status_code=404)
                assert (await up.post(LIST, mcp_session_id=session)).status_code == 404
            else:
                headers = {"x-api-key": f"{'agent':-<32}", "mcp-session-id": session}
                assert (await up.client.delete("/mcp", headers=headers)).status_code == 204
            asked = len(upstream.seen)
            assert (await up.post(LIST, mcp_session_id=session)).status_code == 404
            assert len(upstream.seen) == asked


async def test_in_the_era_without_sessions_leaving_cancels(world: Standing, upstream: Upstream) -> None:
    upstream.answers["tools/call"] = stream(PROGRESS, hold=True)
    said, headers = modern(calling())
    async with world() as up:
        async with up.listening(said, **headers) as (_, events):
            await anext(events)
        await told(up, "ERROR")
        await until(lambda: upstream.left == ["tools/call"])


async def test_in_a_session_the_answer_is_recorded_for_who_has_left(world: Standing, upstream: Upstream) -> None:
    upstream.answers["tools/call"] = stream(PROGRESS, 0.3, DONE)
    async with world() as up:
        async with up.listening(calling(), mcp_session_id=await up.begin()) as (_, events):
            await anext(events)
        await told(up, "SUCCESS")
    assert upstream.left == []


async def test_who_cancels_in_a_session_is_answered_nothing_and_the_server_is_told(
    world: Standing, upstream: Upstream
) -> None:
    upstream.answers["tools/call"] = stream(PROGRESS, hold=True)
    words = {"method": "notifications/cancelled", "params": {"requestId": 7, "reason": "bored"}}
    async with world() as up:
        session = await up.begin()
        async with up.listening(calling(), mcp_session_id=session) as (_, events):
            await anext(events)
            assert (await up.post(words, "other", mcp_session_id=session)).status_code == 404
            assert (await up.post(words, mcp_session_id=session)).status_code == 202
            assert [event async for event in events] == []
        await told(up, "ERROR")
        await until(lambda: "notifications/cancelled" in upstream.methods())
    assert upstream.last("notifications/cancelled").said == {"jsonrpc": "2.0", **words}


async def test_at_its_deadline_a_call_is_cancelled_and_the_server_is_told(world: Standing, upstream: Upstream) -> None:
    upstream.answers["tools/call"] = stream(PROGRESS, hold=True)
    async with world() as up:
        answer = await up.call(tool="slow", mcp_session_id=await up.begin())
        assert "Stopped: the call took longer than 1 s" in answer.text
        await told(up, "TIMEOUT")
        await until(lambda: "notifications/cancelled" in upstream.methods())


async def test_what_the_server_asks_is_answered_once_by_whom_it_asked(world: Standing, upstream: Upstream) -> None:
    asks = {"id": "s1", "method": "sampling/createMessage", "params": {}}
    upstream.answers["tools/call"] = stream(asks, 0.5, DONE)
    reply: dict[str, Any] = {"id": "s1", "result": {"role": "assistant"}}
    async with world() as up:
        session = await up.begin()
        assert (await up.post(reply, mcp_session_id=session)).status_code == 400
        async with up.listening(calling(), mcp_session_id=session) as (_, events):
            assert (await anext(events))["data"] == {"jsonrpc": "2.0", **asks}
            for actor, given, status in (
                ("other", session, 404),
                ("agent", None, 400),
                ("agent", session, 202),
                ("agent", session, 400),
            ):
                assert (await up.post(reply, actor, mcp_session_id=given)).status_code == status
            assert len([event async for event in events]) == 1
    assert upstream.methods().count("answer") == 1
    assert upstream.last("POST").headers["mcp-session-id"] == SESSION


async def test_what_a_server_may_not_ask_is_answered_here(world: Standing, upstream: Upstream) -> None:
    upstream.answers["GET"] = stream({"id": "s1", "method": "tools/call", "params": {}}, 0.2)
    async with world() as up, up.listening(mcp_session_id=await up.begin()) as (_, events):
        assert [event async for event in events] == []
    assert upstream.last("POST").said["error"]["code"] == -32601


async def test_an_id_is_used_once_at_a_time_in_a_session(world: Standing, upstream: Upstream) -> None:
    upstream.answers["tools/call"] = stream(PROGRESS, hold=True)
    async with world() as up:
        session = await up.begin()
        async with up.listening(calling(), mcp_session_id=session) as (_, events):
            await anext(events)
            answer = await up.call(mcp_session_id=session)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "the id 7 is in use")


async def test_a_stream_that_nobody_takes_up_again_ends_as_an_error(
    world: Standing, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "RESUME_SECONDS", 0.2)
    upstream.answers["tools/call"] = stream(PRIMED)
    async with world() as up:
        async with up.listening(calling(), mcp_session_id=await up.begin()) as (_, events):
            assert len([event async for event in events]) == 1
        await told(up, "ERROR")


async def test_a_gateway_that_stops_ends_streams_and_lets_calls_finish(world: Standing, upstream: Upstream) -> None:
    upstream.answers["GET"] = stream(PROGRESS, hold=True)
    upstream.answers["tools/call"] = stream(PROGRESS, 0.3, DONE)
    async with world() as up:
        session = await up.begin()
        async with (
            up.listening(mcp_session_id=session) as (_, heard),
            up.listening(calling(), mcp_session_id=session) as (_, events),
        ):
            await anext(heard)
            await anext(events)
            up.gateway.stop()
            assert [event async for event in heard] == []
            assert [event["data"]["result"] async for event in events] == [DONE["result"]]


async def test_a_notification_passes_if_it_is_known(world: Standing, upstream: Upstream) -> None:
    async with world() as up:
        session = await up.begin()
        assert (await up.post({"method": "notifications/initialized"}, mcp_session_id=session)).status_code == 202
        assert (await up.post({"method": "notifications/evil"}, mcp_session_id=session)).status_code == 400
        upstream.answers["notifications/initialized"] = lambda _: JSONResponse({}, 500)
        assert (await up.post({"method": "notifications/initialized"}, mcp_session_id=session)).status_code == 502
    assert "notifications/evil" not in upstream.methods()


async def test_a_client_that_does_not_read_is_not_read_for(world: Standing, upstream: Upstream) -> None:
    big = {"method": "notifications/message", "params": {"data": "x" * 500_000}}
    sent: list[int] = []

    def flood(said: Json) -> Response:
        base = stream(*[big] * 200, DONE)(said)
        inner = base.body_iterator  # type: ignore[attr-defined]

        async def counted() -> Any:  # noqa: ANN401
            async for part in inner:
                sent.append(len(part))
                yield part

        base.body_iterator = counted()  # type: ignore[attr-defined]
        return base

    upstream.answers["tools/call"] = flood
    async with world() as up, up.listening(calling(), mcp_session_id=await up.begin()) as (_, events):
        await anext(events)
        await anyio.sleep(1)
        assert len(sent) < 100
        assert len([event async for event in events]) == 200
