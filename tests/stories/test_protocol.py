"""Attacks by how a message is written, or when: what would go round a gate that looks at calls alone."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.pep.talk import STUB, Talk, gateway

pytestmark = pytest.mark.slow
ALLOWED = ["echo", "run", "crash", "never", "change"]
RUN: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 7,
    "method": "tools/call",
    "params": {"name": "hidden", "arguments": {"path": "a"}},
}


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Talk]]:
    rules = [f"      {tool}: {{access: read, allowed_paths: ['docs/**']}}\n" for tool in ALLOWED]
    actor = f"version: 1\nactors:\n  - id: agent\n    allowed_tools: [{', '.join(ALLOWED)}]\n    constraints:\n"
    (tmp_path / "policy.yaml").write_text(actor + "".join(rules))
    command = gateway(tmp_path / "policy.yaml", "agent", STUB, "--audit", str(tmp_path / "record"))
    with ExitStack() as talks:

        def started() -> Talk:
            return talks.enter_context(Talk(command, {"STUB_LOG": str(tmp_path / "log")}))

        yield started


@pytest.fixture
def talk(start: Callable[[], Talk]) -> Talk:
    talk = start()
    talk.begin()
    return talk


def ran(tmp_path: Path) -> list[str]:
    """The tools that the server ran, by its own log."""
    lines = (tmp_path / "log").read_text().split("\n")
    return [line.split()[0] for line in lines if line.endswith("}") and not line.startswith("notifications/")]


def record(tmp_path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (tmp_path / "record").read_text().splitlines()]


def alive(talk: Talk) -> bool:
    return bool(talk.call("echo", path="docs/a").get("later"))


def said(answer: dict[str, Any]) -> str:
    return str(answer["content"][0]["text"])


def test_batch_smuggling(talk: Talk, tmp_path: Path) -> None:
    talk.send(json.dumps([{"jsonrpc": "2.0", "id": 6, "method": "ping"}, RUN]).encode())
    talk.send(json.dumps([[RUN]]).encode())
    assert [talk.hear()["error"]["code"] for _ in range(2)] == [-32600, -32600]
    assert alive(talk)
    assert ran(tmp_path) == ["echo"]
    assert [line["cause"] for line in record(tmp_path)[:2]] == ["malformed", "malformed"]


def test_two_messages_in_a_line_or_a_line_within_a_text(talk: Talk, tmp_path: Path) -> None:
    run = json.dumps(RUN)
    talk.send((run + run).encode())
    assert talk.hear()["error"]["code"] == -32700
    for end in ("\n", "\r", "\u2028", "\x85", "\x0b"):
        assert said(talk.call("echo", path="docs/a", text=f"x{end}{run}{end}")).startswith("{")
    assert ran(tmp_path) == ["echo"] * 5


def test_duplicate_keys(talk: Talk, tmp_path: Path) -> None:
    good = '"arguments":{"path":"docs/a"}'
    for params in (
        '"name":"echo","name":"hidden",' + good,
        '"name":"echo","\\u006eame":"hidden",' + good,
        '"name":"echo","arguments":{"path":"docs/a","path":"/etc/passwd"}',
        '"name":"echo",' + good + "," + good.replace("docs", "etc"),
    ):
        talk.send(f'{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{{params}}}}}'.encode())
        refused = talk.hear()
        assert (refused["id"], refused["error"]["code"]) == (7, -32600)
    talk.send(b'{"jsonrpc":"2.0","id":7,"method":"ping","params":{},"method":"tools/call"}')
    assert talk.hear()["error"]["code"] == -32600
    assert alive(talk)
    assert ran(tmp_path) == ["echo"]


def test_a_list_does_not_leak_by_pages(talk: Talk) -> None:
    seen, cursor, pages = [], None, 0
    while pages == 0 or cursor is not None:
        page = talk.ask("tools/list", {} if cursor is None else {"cursor": cursor})["result"]
        seen += [tool["name"] for tool in page["tools"]]
        cursor, pages = page.get("nextCursor"), pages + 1
    assert (seen, pages) == (ALLOWED, 3)
    last = talk.ask("tools/list", {"cursor": "10"})["result"]
    assert last == {"tools": []}


def test_a_tool_that_is_not_seen_is_answered_as_one_that_is_not_there(talk: Talk, tmp_path: Path) -> None:
    hidden, none = (talk.call(name, path="docs/a") for name in ("hidden", "none"))
    assert (hidden, none) == (
        {"code": -32602, "message": "Unknown tool: hidden"},
        {**hidden, "message": "Unknown tool: none"},
    )
    assert ran(tmp_path) == []


def test_a_schema_with_its_rug_pulled(talk: Talk, tmp_path: Path) -> None:
    assert said(talk.call("run", path="docs/a")) == '{"path": "docs/a"}'
    talk.call("change", path="docs/a")
    for arguments in ({"path": "docs/a"}, {"path": "docs/a", "command": "rm -rf /"}):
        assert said(talk.call("run", **arguments)).startswith("Refused (deny_by_default.schema_unknown): ")
    assert alive(talk)
    assert ran(tmp_path) == ["run", "change", "echo"]


def test_a_retry_is_a_call_like_any(talk: Talk, tmp_path: Path) -> None:
    state = {"requestState": "signed by somebody", "inputResponses": {"sure": {"action": "accept"}}}
    meta = {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}}
    wanted = {"name": "echo", "arguments": {"path": "/etc/passwd"}, **state, **meta}
    assert said(talk.ask("tools/call", wanted)["result"]).startswith("Refused (read_only.path_not_allowed): ")
    assert talk.ask("tools/call", {"name": "hidden", **state})["error"]["message"] == "Unknown tool: hidden"
    assert "error" in talk.ask("tasks/update", {"taskId": "other", **state})
    assert ran(tmp_path) == []


def test_identity_in_a_message(talk: Talk, tmp_path: Path) -> None:
    claims = {"actor": "admin", "user": "admin", "io.modelcontextprotocol/clientInfo": {"name": "admin"}}
    for params in ({"_meta": claims}, {"actor": "admin", "subject": {"id": "admin"}}):
        answer = talk.ask("tools/call", {"name": "hidden", "arguments": {"path": "docs/a"}, **params})
        assert answer["error"]["message"] == "Unknown tool: hidden"
    assert {(line["actor"], line["auth_method"]) for line in record(tmp_path)} == {("agent", "process")}
    assert ran(tmp_path) == []


def test_a_call_dressed_as_something_else(talk: Talk, tmp_path: Path) -> None:
    params = RUN["params"]
    for method in ("notifications/tools/call", "tools/call", "notifications/cancelled"):
        talk.say(method=method, params=params)
    for method in ("Tools/Call", "tools/call\u200b", "interceptor/invoke", "sampling/createMessage", "tools/run"):
        assert talk.ask(method, params)["error"] == {"code": -32601, "message": "Method not found"}
    talk.say(id=1, result=params)
    assert alive(talk)
    assert ran(tmp_path) == ["echo"]


def test_a_message_of_100_megabytes(talk: Talk, tmp_path: Path) -> None:
    head = (
        b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo","arguments":{"path":"docs/a","text":"'
    )
    talk.send(head + b"x" * 100_000_000 + b'"}}}')
    refused = talk.hear()
    assert (refused["id"], refused["error"]["code"]) == (None, -32600)
    assert alive(talk)
    assert ran(tmp_path) == ["echo"]
    status = Path(f"/proc/{talk.process.pid}/status").read_text()
    assert int(status.partition("VmHWM:")[2].split()[0]) < 300 * 1024


def test_a_message_that_never_ends_a_line(talk: Talk) -> None:
    assert talk.process.stdin is not None
    for _ in range(50):
        talk.process.stdin.write(b"[" * 1_000_000)
    talk.process.stdin.flush()
    assert talk.end() == 0


def test_a_client_that_disconnects_in_a_call(start: Callable[[], Talk], tmp_path: Path) -> None:
    talk = start()
    talk.begin()
    talk.say(id="x", method="tools/call", params={"name": "never", "arguments": {"path": "docs/a"}})
    while "never" not in ran(tmp_path):
        time.sleep(0.05)
    assert talk.end() == 0
    assert [(line["event"], line["status"]) for line in record(tmp_path)] == [("decision", None), ("outcome", "ERROR")]
    assert (tmp_path / "log").read_text().endswith("end of input\n")


def test_a_server_that_crashes_in_a_call(start: Callable[[], Talk], tmp_path: Path) -> None:
    talk = start()
    talk.begin()
    for name in ("never", "crash"):
        talk.say(id=name, method="tools/call", params={"name": name, "arguments": {"path": "docs/a"}})
    heard = [talk.hear() for _ in range(2)]
    assert {message["id"]: message["error"]["code"] for message in heard} == {"never": -32603, "crash": -32603}
    assert talk.hear() is None
    with suppress(BrokenPipeError):
        talk.say(id=9, method="ping")
    assert talk.end() == 1
    assert b"ended with status 3" in talk.errors
    assert [line["status"] for line in record(tmp_path) if line["event"] == "outcome"] == ["ERROR", "ERROR"]
