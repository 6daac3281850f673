"""A server that is dead, silent, odd or hostile: whoever waits hears of it, and nobody else."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import anyio
import httpx2
import pytest
from starlette.responses import JSONResponse, RedirectResponse, Response

from mcp_opa.pep.http import health, server
from tests.conftest import free_address
from tests.pep.conftest import TOOLS
from tests.pep.http.conftest import Answering, Standing, Upstream, calling, modern, result, stream

pytestmark = pytest.mark.anyio

PING = {"id": 1, "method": "ping", "params": {}}


def fixed(content: bytes, status: int = 200, **headers: str) -> Answering:
    whole = {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return lambda _: Response(content, status, whole)


ODD: dict[str, tuple[Answering, int]] = {
    "no json": (fixed(b"<html>"), 502),
    "nothing": (fixed(b""), 502),
    "twice": (fixed(b'{"jsonrpc":"2.0","id":1,"result":{},"result":{}}'), 502),
    "another id": (fixed(b'{"jsonrpc":"2.0","id":2,"result":{}}'), 502),
    "a request": (fixed(b'{"jsonrpc":"2.0","id":1,"method":"ping"}'), 502),
    "a batch": (fixed(b'[{"jsonrpc":"2.0","id":1,"result":{}}]'), 502),
    "too much": (fixed(b'{"jsonrpc":"2.0","id":1,"result":{"x":"' + b"x" * 5000 + b'"}}'), 502),
    "packed": (fixed(gzip.compress(b'{"jsonrpc":"2.0","id":1,"result":{}}'), content_encoding="gzip"), 502),
    "html": (fixed(b'{"jsonrpc":"2.0","id":1,"result":{}}', content_type="text/html"), 502),
    "taken": (fixed(b"", 202), 502),
    "a redirection": (lambda _: RedirectResponse("/elsewhere"), 502),
    "another redirection": (fixed(b'{"jsonrpc":"2.0","id":1,"result":{}}', 302, location="/elsewhere"), 502),
    "no credential": (fixed(b'{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"secret"}}', 401), 502),
    "no right": (fixed(b"", 403), 502),
    "a failure": (fixed(b"secret", 500), 502),
    "not acceptable": (fixed(b"", 406, content_type="text/plain"), 406),
    "no answer": (stream(), 502),
    "an odd event": (stream(b'data: {"jsonrpc":"2.0","id":1,"result":{},"x":1}\r\n\r\n'), 502),
    "a large event": (stream(b"data: " + b"x" * 5000 + b"\r\n\r\n"), 502),
    "another type": (stream(b'event: endpoint\r\ndata: {"jsonrpc":"2.0","id":1,"result":{}}\r\n\r\n'), 502),
}


@pytest.mark.parametrize("name", ODD)
async def test_what_is_no_answer_is_an_error_that_tells_nothing(world: Standing, upstream: Upstream, name: str) -> None:
    upstream.answers["ping"], status = ODD[name]
    async with world(bounds={"result_bytes": 4096}) as up:
        answer = await up.post(PING)
    assert (answer.status_code, answer.json()["id"], answer.json()["error"]["code"]) == (status, 1, -32603)
    assert "secret" not in answer.text
    assert upstream.methods() == ["ping"]


async def test_a_server_that_packs_its_answer_is_told_from_one_that_fails(world: Standing, upstream: Upstream) -> None:
    upstream.answers["ping"], _ = ODD["packed"]
    async with world() as up:
        assert "packs them though it was asked not to" in (await up.post(PING)).json()["error"]["message"]


async def test_an_error_of_the_servers_passes_with_its_status(world: Standing, upstream: Upstream) -> None:
    error = {"code": -32022, "message": "Unsupported", "data": {"supported": ["2026-07-28"]}}
    async with world() as up:
        for id_ in (1, None):
            told = {"jsonrpc": "2.0", "id": id_, "error": error}
            upstream.answers["ping"] = lambda _, told=told: JSONResponse(told, 400)  # type: ignore[misc]
            answer = await up.post(PING)
            assert (answer.status_code, answer.json()) == (400, {"jsonrpc": "2.0", "id": 1, "error": error})


async def test_a_server_that_is_away_is_an_error_at_once(world: Standing) -> None:
    async with world(upstream=f"http://{free_address()}/mcp") as up:
        began = time.monotonic()
        answer = await up.post(PING)
        assert time.monotonic() - began < 5
        assert (answer.status_code, answer.json()["error"]["code"]) == (502, -32603)
        assert (await up.post({"method": "notifications/initialized"})).status_code == 502
        assert (await up.client.get("/mcp", headers={"x-api-key": f"{'agent':-<32}"})).status_code == 502
        answer = await up.call()
        assert "Refused (deny_by_default.schema_unknown)" in answer.text or answer.json()["error"]["code"] == -32602


async def test_the_gateways_token_is_the_one_that_its_file_holds_now(
    world: Standing, upstream: Upstream, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("first\n")
    async with world(token_file=str(token), health="127.0.0.1:0") as up:

        async def asked() -> tuple[int, str]:
            """What the client gets, and what the server did."""
            count = len(upstream.seen)
            status = (await up.post(PING)).status_code
            return status, upstream.seen[-1].headers["authorization"] if len(upstream.seen) > count else "not asked"

        assert await asked() == (200, "Bearer first")
        for odd, why in (("two words", "holds no token"), ("", "holds no token"), (None, "No such file")):
            token.unlink() if odd is None else token.write_text(odd)
            assert await asked() == (502, "not asked")
            answer = (await up.post(PING)).json()
            assert answer["error"]["message"] == "The gateway's own credential for the server can't be used."
            ready = await up.client.get(up.gateway.urls[1])
            assert (ready.status_code, ready.json()["troubles"]["server"].startswith(f"{token}: {why}")) == (503, True)
        token.write_text("second")
        assert await asked() == (200, "Bearer second")
        assert (await up.client.get(up.gateway.urls[1])).status_code == 200


async def test_a_server_that_says_nothing_is_given_up(
    world: Standing, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "SILENCE_SECONDS", 0.3)
    monkeypatch.setattr(server, "CONNECT_SECONDS", 0.3)
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener:
        port = listener.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610 (of anyio)
        async with world(upstream=f"http://127.0.0.1:{port}/mcp") as up:
            answer = await up.post(PING)
            assert (answer.status_code, answer.json()["error"]["code"]) == (504, -32603)
    upstream.answers["ping"] = stream({"method": "notifications/x"}, hold=True)
    async with world() as up, up.listening(PING) as (_, events):
        said = [event["data"] async for event in events]
    assert said[-1]["error"]["message"] == "The server does not answer in time."


async def test_a_listening_client_may_wait_longer_than_an_answer_may_take(
    world: Standing, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "SILENCE_SECONDS", 0.3)
    ack = {"method": "notifications/subscriptions/acknowledged", "params": {}}
    upstream.answers["subscriptions/listen"] = stream(ack, 0.8, ack)
    said, headers = modern({"id": 1, "method": "subscriptions/listen", "params": {"notifications": {}}})
    async with world() as up, up.listening(said, **headers) as (_, events):
        assert [(await anext(events))["data"]["method"] for _ in range(2)] == [ack["method"]] * 2


async def test_a_call_whose_answer_breaks_off_is_recorded_as_an_error(world: Standing, upstream: Upstream) -> None:
    upstream.answers["tools/call"] = stream({"method": "notifications/x"})
    async with world() as up, up.listening(calling()) as (_, events):
        said = [event["data"] async for event in events]
    assert said[-1]["error"]["message"] == "The server's stream ended before its answer."
    assert up.log.events() == [("decision", "ALLOW", "policy"), ("outcome", "ALLOW", "ERROR")]


async def test_a_list_that_is_none_is_not_passed(world: Standing, upstream: Upstream) -> None:
    async with world() as up:
        for value in ({"tools": "all"}, {}, {"tools": {"x": TOOLS}}):
            upstream.answers["tools/list"] = result(value)
            assert (await up.post({"id": 1, "method": "tools/list"})).json()["error"]["code"] == -32603


async def test_no_session_is_made_of_an_odd_id(world: Standing, upstream: Upstream) -> None:
    async with world() as up:
        for given in ("a b", "x" * 600):
            upstream.answers["initialize"] = result({}, **{"mcp-session-id": given})
            answer = await up.post({"id": 0, "method": "initialize", "params": {}})
            assert (answer.status_code, "mcp-session-id" in answer.headers) == (502, False)


async def test_of_one_callers_sessions_the_oldest_is_forgotten(world: Standing, upstream: Upstream) -> None:
    async with world() as up:
        opened = []
        for number in range(257):
            upstream.answers["initialize"] = result({}, **{"mcp-session-id": f"s{number}"})
            opened.append(await up.begin())
        ping = [(await up.post(PING, mcp_session_id=session)).status_code for session in (*opened[:2], opened[-1])]
    assert ping == [404, 200, 200]


async def test_health_says_whether_calls_can_be_decided_and_recorded(world: Standing, upstream: Upstream) -> None:
    async with world(health="127.0.0.1:0") as up:
        ready = up.gateway.urls[1]
        answer = await up.client.get(ready)
        assert (answer.status_code, answer.json()) == (200, {"ready": True, "troubles": {}})
        assert (await up.client.get(ready.replace("/ready", "/live"))).json() == {"live": True}
        assert (await up.client.get(ready, headers={"host": "evil.example.com"})).status_code == 403
        assert (await up.client.post(ready)).status_code == 405
    assert upstream.seen == []


async def test_health_says_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    async def raising() -> str:
        raise OSError("no space")

    async def hanging() -> str:
        await anyio.sleep_forever()
        return ""

    async def said() -> str:
        return "keys.yaml: gone"

    monkeypatch.setattr(health, "CHECK_SECONDS", 0.1)
    app = health.app({"record": raising, "policy": hanging, "callers": said})
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as client:
        answer = await client.get("http://localhost/ready")
    troubles = {"record": "no space", "policy": "gave no answer within 0.1 s", "callers": "keys.yaml: gone"}
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "troubles": troubles})
