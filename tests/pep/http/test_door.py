"""Who gets in, and in what form: whatever is odd reaches no server, and is written down."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from mcp_opa.model import Json
from mcp_opa.pep.http import body, serving
from tests.auth import issuer
from tests.pep.conftest import TOOLS
from tests.pep.http.conftest import KEYS, Standing, Upstream, calling, modern, result

pytestmark = pytest.mark.anyio

UNKNOWN = [("decision", "DENY", "authentication")]
PARAM = {"type": "object", "properties": {"path": {"type": "string", "x-mcp-header": "Path"}}}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x_api_key": ""},
        {"x_api_key": "nobody's"},
        {"x_api_key": KEYS["agent"] + "x"},
        {"authorization": KEYS["agent"]},
        {"authorization": f"Basic {KEYS['agent']}"},
        {"authorization": f"Bearer {KEYS['agent']}", "x_api_key": KEYS["agent"]},
        {"cookie": f"x-api-key={KEYS['agent']}"},
    ],
)
async def test_nobody_is_served_without_one_good_credential(
    world: Standing, upstream: Upstream, headers: dict[str, str]
) -> None:
    async with world() as up:
        answer = await up.post(calling(), None, **headers)
    assert (answer.status_code, answer.headers["www-authenticate"].partition(" ")[0]) == (401, "Bearer")
    assert answer.json() == {"jsonrpc": "2.0", "id": None, "error": {"code": 401, "message": "Who calls is not known."}}
    assert (upstream.seen, up.log.events()) == ([], UNKNOWN)


async def test_a_header_that_can_not_be_passed_on_ends_at_the_door(world: Standing, upstream: Upstream) -> None:
    async with world() as up:
        for name in (b"accept", b"traceparent", b"baggage"):
            headers = {b"x-api-key": KEYS["agent"].encode(), b"content-type": b"application/json", name: b"caf\xe9"}
            answer = await up.client.post("/mcp", json={"jsonrpc": "2.0", **calling()}, headers=headers)
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, 400)
            assert up.log.records[-1].error == f"the header {name.decode()} is not ASCII"
    assert (upstream.seen, up.log.events()) == ([], UNKNOWN * 3)


async def test_a_key_counts_as_bearer_token_too_and_not_in_the_query(world: Standing, upstream: Upstream) -> None:
    async with world() as up:
        assert (await up.post(calling(), None, authorization=f"Bearer {KEYS['agent']}")).status_code == 200
        asked = len(upstream.seen)
        for query in (f"?x-api-key={KEYS['agent']}", f"?key={KEYS['agent']}", f"?access_token={KEYS['agent']}"):
            answer = await up.client.post(f"/mcp{query}", json={"jsonrpc": "2.0", **calling()})
            assert answer.status_code == 401
    assert len(upstream.seen) == asked


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example.com"},
        {"host": "localhost.evil.example.com:80"},
        {"host": ""},
        {"origin": "http://evil.example.com"},
        {"origin": "null"},
        {"origin": "http://localhost:1"},
        {"origin": "http://127.0.0.1.evil.example.com"},
    ],
)
async def test_a_page_of_another_origin_and_another_host_are_refused(
    world: Standing, upstream: Upstream, headers: dict[str, str]
) -> None:
    async with world() as up:
        answer = await up.post(calling(), **headers)
    assert (answer.status_code, upstream.seen, up.log.events()) == (403, [], UNKNOWN)


async def test_hosts_and_origins_that_are_stated_may_call(world: Standing) -> None:
    async with world(hosts=["gate.example.com"], origins=["https://app.example.com"]) as up:
        for headers in (
            {"host": "gate.example.com"},
            {"host": "GATE.example.com:443"},
            {"host": "localhost:9"},
            {"host": "gate.example.com", "origin": "https://gate.example.com"},
            {"origin": "https://app.example.com"},
        ):
            assert (await up.post(calling(), **headers)).status_code == 200, headers


async def test_there_is_one_path_and_three_methods(world: Standing, upstream: Upstream) -> None:
    async with world() as up:
        key = {"x-api-key": KEYS["agent"]}
        assert (await up.client.post("/mcp/", headers=key)).status_code == 404
        assert (await up.client.get("/.well-known/oauth-protected-resource")).status_code == 404
        answer = await up.client.put("/mcp", headers=key)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST, GET, DELETE")
    assert upstream.seen == []


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{}", {"content-type": "text/plain"}, 415),
        (b"{}", {"content-type": None}, 415),
        (gzip.compress(b"{}"), {"content-encoding": "gzip"}, 415),
        (b"[" + json.dumps({"jsonrpc": "2.0", **calling()}).encode() + b"]", {}, 400),
        (b'{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call"}', {}, 400),
        (b'{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"x":NaN}}', {}, 400),
        (b'{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"x":"\xff"}}', {}, 400),
        (b"", {}, 400),
        (b" " * 2000, {}, 413),
        (b"[" * 500, {}, 400),
    ],
)
async def test_what_is_not_one_message_is_refused(
    world: Standing, upstream: Upstream, content: bytes, headers: dict[str, str | None], status: int
) -> None:
    async with world(bounds={"message_bytes": 1024}) as up:
        answer = await up.post(content, **headers)
        assert answer.status_code == status
        assert answer.json()["error"]["code"] in (-32700, -32600)
    assert upstream.seen == []


async def test_a_message_without_a_length_is_bounded_too(world: Standing, upstream: Upstream) -> None:
    async with world(bounds={"message_bytes": 1024}) as up:

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(100):
                yield b" " * 1024

        headers = {"x-api-key": KEYS["agent"], "content-type": "application/json"}
        answer = await up.client.post("/mcp", content=endless(), headers=headers)
    assert (answer.status_code, upstream.seen) == (413, [])


async def test_a_header_that_stands_twice_is_refused(world: Standing, upstream: Upstream) -> None:
    async with world() as up:
        for name in ("x-api-key", "authorization", "mcp-session-id", "mcp-method", "origin", "content-type"):
            pairs = [("x-api-key", KEYS["agent"]), ("content-type", "application/json"), (name, "a"), (name, "b")]
            answer = await up.client.post("/mcp", headers=pairs, content=b"{}")
            assert answer.status_code == 400, name
    assert upstream.seen == []


def unlike() -> list[tuple[Json, dict[str, str]]]:
    said, headers = modern(calling())
    return [
        (said, {**headers, "mcp-method": "tools/list"}),
        (said, {**headers, "mcp-method": "TOOLS/CALL"}),
        (said, {**headers, "mcp-name": "hidden"}),
        (said, {**headers, "mcp-name": "=?base64?aGlkZGVu?="}),
        (said, {**headers, "mcp-name": "=?base64?###?="}),
        (said, {**headers, "mcp-protocol-version": "2025-11-25"}),
        (said, {name: value for name, value in headers.items() if name != "mcp-protocol-version"}),
        (said, {name: value for name, value in headers.items() if name != "mcp-method"}),
        (said, {name: value for name, value in headers.items() if name != "mcp-name"}),
        (calling(), {"mcp-method": "tools/list"}),
        (calling(), {"mcp-method": "tools/call", "mcp-name": "hidden"}),
        ({"method": "notifications/initialized"}, {"mcp-method": "tools/call"}),
    ]


@pytest.mark.parametrize(("said", "headers"), unlike())
async def test_headers_that_do_not_say_what_the_body_says_are_refused(
    world: Standing, upstream: Upstream, said: Json, headers: dict[str, str]
) -> None:
    async with world() as up:
        answer = await up.post(said, **headers)
    assert (answer.status_code, answer.json()["error"]["code"], answer.json()["id"]) == (400, -32020, said.get("id"))
    assert (upstream.seen, up.log.events()) == ([], [("decision", "DENY", "malformed")])


async def test_a_parameter_in_a_header_is_the_one_in_the_body_or_the_call_is_not_sent(
    world: Standing, upstream: Upstream
) -> None:
    upstream.answers["tools/list"] = result({"tools": [{"name": "read_file", "inputSchema": PARAM}]})
    said, headers = modern(calling())
    async with world() as up:
        for shown in ({}, {"mcp-param-path": "docs/b.md"}, {"mcp-param-path": "=?base64?eA=?="}):
            answer = await up.post(said, **headers, **shown)
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32020)
        assert "tools/call" not in upstream.methods()
        assert (
            await up.post(said, **headers, **{"mcp-param-path": "docs/a.md", "mcp-param-x": "y"})
        ).status_code == 200
    seen = upstream.last("tools/call").headers
    assert (seen["mcp-param-path"], "mcp-param-x" in seen) == ("docs/a.md", False)


async def test_the_server_gets_known_headers_alone_and_the_gateways_own_credential(
    world: Standing, upstream: Upstream, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("gateways-own\n")
    said, headers = modern(calling(), traceparent="00-ab-cd-01")
    async with world(token_file=str(tmp_path / "token")) as up:
        await up.post(said, **headers, cookie="a=b", x_forwarded_for="1.2.3.4", x_other="1")
    seen = upstream.last("tools/call").headers
    assert {name: value for name, value in seen.items() if name not in ("host", "content-length")} == {
        "accept": "application/json, text/event-stream",
        "accept-encoding": "identity",
        "authorization": "Bearer gateways-own",
        "connection": "keep-alive",
        "content-type": "application/json",
        "mcp-method": "tools/call",
        "mcp-name": "read_file",
        "mcp-protocol-version": "2026-07-28",
        "traceparent": "00-ab-cd-01",
        "user-agent": "mcp-opa",
    }


async def test_the_client_gets_none_of_the_servers_headers(world: Standing, upstream: Upstream) -> None:
    odd = {"set-cookie": "a=b", "www-authenticate": "Basic", "mcp-session-id": "x", "location": "http://evil", "x": "y"}
    upstream.answers["tools/list"] = result({"tools": TOOLS}, **odd)
    async with world() as up:
        answer = await up.post({"id": 1, "method": "tools/list"})
        await up.call()
    assert set(answer.headers) == {"date", "content-type", "content-length", "cache-control"}
    assert "cookie" not in upstream.last("tools/call").headers


async def test_a_body_that_comes_slowly_is_not_waited_for(
    world: Standing, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "BODY_SECONDS", 0.3)
    async with world() as up, await anyio.connect_tcp("127.0.0.1", up.client.base_url.port) as slow:
        head = f"POST /mcp HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {KEYS['agent']}\r\n"
        await slow.send(f"{head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{".encode())
        assert (await slow.receive()).startswith(b"HTTP/1.1 408 ")
    assert upstream.seen == []


async def test_a_head_that_comes_slowly_is_cut_off_also_after_another_request(
    world: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "HEAD_SECONDS", 0.3)
    async with world() as up:
        for before in (b"", b"GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n"):
            async with await anyio.connect_tcp("127.0.0.1", up.client.base_url.port) as slow:
                await slow.send(before)
                if before:
                    assert (await slow.receive()).startswith(b"HTTP/1.1 404 ")
                with anyio.fail_after(10), pytest.raises((anyio.EndOfStream, anyio.BrokenResourceError)):
                    await dripping(slow)


async def test_a_connection_may_lie_idle_for_so_long(world: Standing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "IDLE_SECONDS", 1)
    async with world() as up, await anyio.connect_tcp("127.0.0.1", up.client.base_url.port) as idle:
        for _ in range(2):
            await idle.send(b"GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert (await idle.receive()).startswith(b"HTTP/1.1 404 ")
        with anyio.fail_after(4), pytest.raises(anyio.EndOfStream):
            await idle.receive()


async def dripping(slow: anyio.abc.SocketStream) -> None:
    while True:
        await slow.send(b"G")
        with anyio.move_on_after(0.05):
            await slow.receive()


async def test_tokens_are_taken_where_they_are_stated_and_who_issues_them_is_told_to_anybody(
    world: Standing, upstream: Upstream, tmp_path: Path
) -> None:
    (tmp_path / "keys.json").write_bytes(issuer.key_set())
    jwt = {
        "issuer": issuer.ISSUER,
        "audience": issuer.AUDIENCE,
        "jwks": str(tmp_path / "keys.json"),
        "scopes": ["call"],
    }
    async with world(jwt=jwt, hosts=["gate.example"]) as up:
        told = await up.client.get("/.well-known/oauth-protected-resource/mcp", headers={"host": "gate.example"})
        assert (told.status_code, told.json()["resource"]) == (200, issuer.AUDIENCE)
        asked = len(upstream.seen)
        for given, status, error in ((None, 401, ""), ("", 403, "insufficient_scope"), ("call", 200, "")):
            token = None if given is None else f"Bearer {issuer.token(issuer.claims(sub='agent', scope=given))}"
            answer = await up.post(calling(), None, authorization=token)
            assert answer.status_code == status
            assert error in answer.headers.get("www-authenticate", "")
        assert "authorization" not in upstream.last("tools/call").headers
        assert len(upstream.seen) == asked + 2
    assert up.log.records[-1].auth_method == "jwt"
