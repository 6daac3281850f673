"""Attacks over HTTP, on a gateway as it is started, before a server on the official SDK that counts what it runs."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from mcp_opa.model import Json
from tests.conformance.running import KEY, OTHERS_KEY, everything, gateway

pytestmark = pytest.mark.slow

POLICY = """
version: 1
actors:
  - id: tester
    allowed_tools: [test_simple_text, test_tool_with_progress]
    constraints: {test_simple_text: {access: read}, test_tool_with_progress: {access: read}}
  - id: other
    allowed_tools: [test_image_content]
    constraints: {test_image_content: {access: read}}
"""
SEEN = ["test_simple_text", "test_tool_with_progress"]
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}


@dataclass
class Site:
    """The gateway's address, and what the server and the record have written."""

    address: str
    folder: Path
    client: httpx2.Client

    def post(self, said: Json, *, key: str | None = KEY, query: str = "", **headers: str) -> httpx2.Response:
        content = said if isinstance(said, bytes) else json.dumps({"jsonrpc": "2.0", **said}).encode()
        return self.client.post(f"/mcp{query}", content=content, headers=self.headers(key, **headers))

    def headers(self, key: str | None = KEY, **more: str) -> dict[str, str]:
        both = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
        shown = {} if key is None else {"x-api-key": key}
        return both | shown | {name.replace("_", "-"): value for name, value in more.items()}

    def begin(self, key: str = KEY) -> str:
        params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
        answer = self.post({"id": 0, "method": "initialize", "params": params}, key=key)
        session = answer.headers["mcp-session-id"]
        assert self.post({"method": "notifications/initialized"}, key=key, mcp_session_id=session).status_code == 202
        return session

    def ran(self) -> list[str]:
        """What the server has run."""
        return [json.loads(line)[1] for line in (self.folder / "log").read_text().splitlines()]

    def record(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "record").read_text().splitlines()]


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("site")
    with everything(folder / "log") as url, gateway(url, folder, POLICY) as address:
        yield address, folder


@pytest.fixture
def site(standing: tuple[str, Path]) -> Iterator[Site]:
    address, folder = standing
    (folder / "log").write_text("")
    with httpx2.Client(base_url=f"http://{address}", trust_env=False, timeout=30) as client:
        yield Site(address, folder, client)


def call(tool: str, **params: Json) -> dict[str, Json]:
    return {"id": 1, "method": "tools/call", "params": {"name": tool, "arguments": {}, **params}}


def modern(tool: str, **params: Json) -> tuple[dict[str, Json], dict[str, str]]:
    headers = {"mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": tool}
    return call(tool, _meta=META, **params), headers


def events(text: str) -> list[tuple[str, Json]]:
    """Of each event its id, and its data."""
    found = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if fields.get("data"):
            found.append((fields.get("id", ""), json.loads(fields["data"])))
    return found


def test_an_allowed_call_runs_and_is_recorded_whole(site: Site) -> None:
    said, headers = modern("test_simple_text")
    answer = site.post(said, **headers)
    assert answer.json()["result"]["content"][0]["text"] == "This is a simple text response for testing."
    assert site.ran() == ["test_simple_text"]
    last = site.record()[-2:]
    assert [(each["event"], each["actor"], each["auth_method"], each["status"]) for each in last] == [
        ("decision", "tester", "api_key", None),
        ("outcome", "tester", "api_key", "SUCCESS"),
    ]
    assert last[0]["decision_id"] == last[1]["decision_id"]


def test_headers_that_name_an_allowed_tool_do_not_cover_another_in_the_body(site: Site) -> None:
    said, _ = modern("test_image_content")
    _, headers = modern("test_simple_text")
    answer = site.post(said, **headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32020)
    assert site.ran() == []


def test_a_key_in_the_query_is_none(site: Site) -> None:
    for name in ("x-api-key", "api_key", "key", "access_token"):
        answer = site.post(call("test_simple_text"), key=None, query=f"?{name}={KEY}")
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert site.ran() == []
    assert KEY not in (site.folder / "record").read_text()


def test_a_page_that_was_led_here_by_its_own_name_gets_nothing(site: Site) -> None:
    session = site.begin()
    for headers in (
        {"host": "evil.example.com", "origin": "http://evil.example.com"},
        {"host": f"evil.example.com:{site.address.rpartition(':')[2]}"},
        {"origin": "http://evil.example.com"},
        {"origin": "null"},
    ):
        assert site.post(call("test_simple_text"), mcp_session_id=session, **headers).status_code == 403
    assert site.ran() == []


def test_who_sends_slowly_keeps_nobody_else_waiting_and_is_cut_off(site: Site) -> None:
    host, _, port = site.address.rpartition(":")
    head = f"POST /mcp HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {KEY}\r\n".encode()
    slow = [socket.create_connection((host, int(port))) for _ in range(100)]
    try:
        for connection in slow:
            connection.sendall(head)
        said, headers = modern("test_simple_text")
        began = time.monotonic()
        assert site.post(said, **headers).status_code == 200
        assert time.monotonic() - began < 5
        for connection in slow:
            connection.settimeout(30)
            assert _closed(connection)
    finally:
        for connection in slow:
            connection.close()


def _closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_a_message_of_100_megabytes_is_refused_and_not_held(site: Site) -> None:
    answer = site.post(b'{"x":"' + b"x" * 100_000_000 + b'"}')
    assert (answer.status_code, answer.json()["error"]["message"]) == (413, "A message has at most 4194304 bytes.")
    said, headers = modern("test_simple_text")
    assert site.post(said, **headers).status_code == 200
    assert site.ran() == ["test_simple_text"]


def test_a_client_that_leaves_mid_call_has_its_call_cancelled_and_recorded(site: Site) -> None:
    said, headers = modern("test_tool_with_progress")
    said["params"]["_meta"] = {**META, "progressToken": "p"}
    content = json.dumps({"jsonrpc": "2.0", **said})
    with site.client.stream("POST", "/mcp", content=content, headers=site.headers(**headers)) as response:
        next(response.iter_raw())
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and site.record()[-1]["event"] != "outcome":
        time.sleep(0.05)
    last = site.record()[-1]
    assert (last["event"], last["tool_name"], last["status"]) == ("outcome", "test_tool_with_progress", "ERROR")


def test_a_session_of_another_is_none_and_goes_on(site: Site) -> None:
    session = site.begin()
    asked = {"id": 2, "method": "tools/list", "params": {}}
    assert site.post(asked, key=OTHERS_KEY, mcp_session_id=session).status_code == 404
    headers = site.headers(OTHERS_KEY, mcp_session_id=session)
    assert site.client.get("/mcp", headers=headers).status_code == 404
    assert site.client.delete("/mcp", headers=headers).status_code == 404
    _, listed = events(site.post(asked, mcp_session_id=session).text)[-1]
    assert [tool["name"] for tool in listed["result"]["tools"]] == SEEN


def test_a_list_that_is_replayed_shows_no_more_than_it_did(site: Site) -> None:
    session, others = site.begin(), site.begin(OTHERS_KEY)
    version = {"mcp_protocol_version": "2025-11-25"}
    answer = site.post({"id": 2, "method": "tools/list", "params": {}}, mcp_session_id=session, **version)
    first = answer.text.partition("\n")[0].strip().removeprefix("id: ")
    replayed = {"mcp_session_id": session, "last_event_id": first, **version}
    with site.client.stream("GET", "/mcp", headers=site.headers(**replayed)) as stream:
        text = ""
        for part in stream.iter_text():
            text += part
            if events(text):
                break
    (_, listed) = events(text)[0]
    assert [tool["name"] for tool in listed["result"]["tools"]] == SEEN
    theirs = site.headers(OTHERS_KEY, mcp_session_id=others, last_event_id=first, **version)
    assert site.client.get("/mcp", headers=theirs).status_code == 400


def test_a_retry_with_answers_is_decided_again(site: Site) -> None:
    given = {"user_name": {"action": "accept", "content": {"name": "A"}}}
    said, headers = modern("test_input_required_result_elicitation", inputResponses=given, requestState="forged")
    answer = site.post(said, **headers)
    name = "test_input_required_result_elicitation"
    assert answer.json()["error"] == {"code": -32602, "message": f"Unknown tool: {name}"}
    assert site.ran() == []


def test_an_identity_in_the_message_proves_nothing(site: Site) -> None:
    said, headers = modern("test_image_content")
    said["params"]["_meta"] = {**META, "io.modelcontextprotocol/clientInfo": {"name": "other", "version": "1"}}
    said["params"]["_meta"]["actor"] = "other"
    assert site.post(said, **headers, x_forwarded_user="other", x_actor="other").json()["error"]["code"] == -32602
    assert site.ran() == []
