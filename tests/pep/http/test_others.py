"""What servers of other SDKs do on the wire, and ours does not: it reaches the client as it was said."""

from __future__ import annotations

import json

import pytest
from starlette.responses import JSONResponse, Response

from mcp_opa.model import Json
from tests.pep.http.conftest import Standing, Upstream, calling, modern, stream

pytestmark = pytest.mark.anyio

DONE: dict[str, Json] = {"result": {"content": [{"type": "text", "text": "done"}]}}
PRIMED = b"event: prime\nid: p1\ndata: \n\n"
CLOSED = b"event: close\nretry: 10\ndata: \n\n"


async def test_a_stream_that_another_types_events_prime_and_close_is_taken_up_again(
    world: Standing, upstream: Upstream
) -> None:
    upstream.answers["tools/call"] = stream(PRIMED, CLOSED)
    whole = {"jsonrpc": "2.0", "id": 7, **DONE}
    upstream.answers["GET"] = stream(f"id: p2\ndata: {json.dumps(whole)}\n\n".encode())
    async with world() as up:
        session = await up.begin()
        async with up.listening(calling(), mcp_session_id=session) as (response, events):
            assert response.status_code == 200
            assert [event async for event in events] == [{"id": "p1", "data": ""}, {"retry": "10", "data": ""}]
        async with up.listening(mcp_session_id=session, last_event_id="p1") as (_, events):
            assert [event async for event in events] == [{"id": "p2", "data": whole}]


async def test_an_answer_alone_comes_as_the_servers_came(world: Standing, upstream: Upstream) -> None:
    upstream.answers["tools/call"] = stream(
        f"id: a1\nretry: 5\ndata: {json.dumps({'jsonrpc': '2.0', 'id': 7, **DONE})}\n\n".encode()
    )
    async with world() as up:
        session = await up.begin()
        async with up.listening(calling(), mcp_session_id=session) as (response, events):
            assert response.headers["content-type"] == "text/event-stream"
            assert [event async for event in events] == [
                {"id": "a1", "retry": "5", "data": {"jsonrpc": "2.0", "id": 7, **DONE}}
            ]
        for accept in ("application/json", "*/*", None):
            assert (await up.call(mcp_session_id=session, accept=accept)).json() == {"jsonrpc": "2.0", "id": 7, **DONE}


async def test_an_error_that_its_era_has_a_status_for_is_json(world: Standing, upstream: Upstream) -> None:
    failed: dict[str, Json] = {"id": 7, "error": {"code": -32602, "message": "no"}}
    upstream.answers["tools/call"] = stream(failed)
    said, headers = modern(calling())
    async with world() as up:
        answer = await up.post(said, **headers)
        assert (answer.status_code, answer.json()) == (400, {"jsonrpc": "2.0", **failed})
        async with up.listening(calling(), mcp_session_id=await up.begin()) as (_, events):
            assert [event["data"] async for event in events] == [{"jsonrpc": "2.0", **failed}]


async def test_who_is_told_to_come_later_is_told_when(world: Standing, upstream: Upstream) -> None:
    failed: dict[str, Json] = {"jsonrpc": "2.0", "id": 7, "error": {"code": -32000, "message": "busy"}}
    told = {"retry-after": "7", "www-authenticate": "Basic", "set-cookie": "a=b", "x-more": "b"}
    async with world() as up:
        for busy in (JSONResponse(failed, 429, told), Response("busy", 429, told)):
            upstream.answers["tools/call"] = lambda _, busy=busy: busy  # type: ignore[misc]
            answer = await up.call()
            assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
            assert not {"www-authenticate", "set-cookie", "x-more"} & set(answer.headers)
