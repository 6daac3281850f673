"""The gateway over stdio: a process, its client and its server, by real pipes."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.pep.talk import STUB, Talk, gateway

pytestmark = pytest.mark.slow

TOOLS = ["echo", "run", "crash", "change", "ask", "garbage", "odd", "huge", "twice", "never", "flood", "deaf", "pester"]
FIRST = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "a", "version": "1"}}
"""Of a client that doesn't read, and so can't `begin`."""
Start = Callable[..., Talk]


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    rules = [f"      {tool}: {{access: read, allowed_paths: ['**']}}\n" for tool in TOOLS]
    rules.append("      late: {access: read, allowed_paths: ['**'], timeout_seconds: 1}\n")
    path = tmp_path / "policy.yaml"
    path.write_text(
        f"version: 1\nactors:\n  - id: agent\n    allowed_tools: [{', '.join(TOOLS)}, late]\n    constraints:\n"
        + "".join(rules)
    )
    return path


@pytest.fixture
def start(tmp_path: Path, policy: Path) -> Iterator[Start]:
    """Start a gateway before the stub, with the record in `record`, what the stub runs in `log`."""
    with ExitStack() as talks:

        def started(*options: str, server: list[str] = STUB, unread: bool = False, **environment: str) -> Talk:
            command = gateway(policy, "agent", server, "--audit", str(tmp_path / "record"), *options)
            environment = {"STUB_LOG": str(tmp_path / "log"), **environment}
            return talks.enter_context(Talk(command, environment, unread=unread))

        yield started


@pytest.fixture
def talk(start: Start) -> Talk:
    talk = start()
    talk.begin()
    return talk


def log(tmp_path: Path) -> list[str]:
    path = tmp_path / "log"
    return path.read_text().splitlines() if path.exists() else [""]


def record(tmp_path: Path) -> list[tuple[str, str, str]]:
    lines = [json.loads(line) for line in (tmp_path / "record").read_text().splitlines()]
    return [(line["event"], line["tool_name"], line["status"] or line["cause"]) for line in lines]


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def said(answer: dict[str, Any]) -> str:
    return str(answer["content"][0]["text"])


def test_a_call_passes_and_its_result_is_byte_for_byte_the_servers(talk: Talk, tmp_path: Path) -> None:
    odd = 'é\u2028\x85\U0001f600 "\\\n'
    with Talk(STUB, {"STUB_LOG": str(tmp_path / "other")}) as direct:
        assert talk.ask("tools/list") == {**direct.ask("tools/list"), "id": 2}
        assert json.dumps(talk.call("echo", path="a", text=odd)) == json.dumps(direct.call("echo", path="a", text=odd))
    assert record(tmp_path) == [("decision", "echo", "policy"), ("outcome", "echo", "SUCCESS")]


def test_the_client_leaves_and_the_server_is_told_so(talk: Talk, tmp_path: Path) -> None:
    assert talk.end() == 0
    assert log(tmp_path)[-1] == "end of input"
    assert b"stub: started" in talk.errors


def runs(pid: str) -> bool:
    """Whether a process is there, and not merely unburied by whoever should."""
    command = Path(f"/proc/{pid}/cmdline")
    return command.exists() and command.read_bytes() != b""


def test_a_server_that_stays_is_ended(start: Start, tmp_path: Path) -> None:
    talk = start(STUB_STAYS="1")
    talk.begin()
    pid = log(tmp_path)[0].removeprefix("process ")
    assert runs(pid)
    assert talk.end() == 0
    assert not runs(pid)


def test_what_the_server_started_is_ended_with_it(start: Start, tmp_path: Path) -> None:
    other = tmp_path / "other"
    launcher = ["/bin/sh", "-c", f'sleep 3600 & echo $! > {other}; "$@"; wait', "launcher"]
    talk = start(server=[*launcher, *STUB])
    talk.begin()
    pid = other.read_text().strip()
    assert runs(pid)
    assert talk.end() == 0
    assert not runs(pid)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_both(start: Start, tmp_path: Path, number: int) -> None:
    talk = start(STUB_STAYS="1")
    talk.begin()
    talk.say(id=9, method="tools/call", params={"name": "never", "arguments": {"path": "a"}})
    until(lambda: "never" in log(tmp_path)[-1])
    talk.process.send_signal(number)
    assert talk.process.wait(60) == 0
    assert talk.hear() is None
    assert record(tmp_path) == [("decision", "never", "policy"), ("outcome", "never", "ERROR")]


def test_a_server_that_crashes_in_a_call_is_an_error_for_the_call_and_in_the_status(talk: Talk, tmp_path: Path) -> None:
    talk.say(id="pending", method="tools/call", params={"name": "never", "arguments": {"path": "a"}})
    assert talk.call("crash", path="a")["code"] == -32603
    assert talk.end() == 1
    assert b"the server ended with status 3" in talk.errors
    ends = [line for line in record(tmp_path) if line[0] == "outcome"]
    assert sorted(ends) == [("outcome", "crash", "ERROR"), ("outcome", "never", "ERROR")]


def test_a_program_that_is_not_there_and_a_policy_that_does_not_convert_are_usage(
    start: Start, tmp_path: Path, policy: Path
) -> None:
    missing = start(server=[str(tmp_path / "none")])
    assert missing.end() == 2
    assert b"No such file" in missing.errors
    policy.write_text("actors: 7\n")
    bad = start()
    assert (bad.end(), bad.hear()) == (2, None)
    assert b"policy.yaml:1" in bad.errors
    assert b"Traceback" not in bad.errors + missing.errors


def test_an_actor_that_the_policy_does_not_name_is_usage(start: Start) -> None:
    talk = start("--actor", "nobody")
    assert (talk.end(), talk.hear()) == (2, None)
    assert b"the policy has no nobody; it has agent" in talk.errors


def test_a_record_that_cannot_be_opened_is_said(start: Start, tmp_path: Path) -> None:
    talk = start("--audit", str(tmp_path / "none" / "record"))
    assert talk.end() == 2
    assert b"No such file" in talk.errors


def test_an_id_in_use_is_refused_and_the_first_is_answered(talk: Talk, tmp_path: Path) -> None:
    talk.say(id="a", method="tools/call", params={"name": "never", "arguments": {"path": "a"}})
    until(lambda: "never" in log(tmp_path)[-1])
    talk.say(id="a", method="ping")
    assert talk.hear() == {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "the id 'a' is in use"}}
    talk.say(method="notifications/cancelled", params={"requestId": "a", "reason": "mine", "more": 1})
    until(lambda: "cancelled" in log(tmp_path)[-1])
    assert log(tmp_path)[-1] == 'notifications/cancelled {"requestId": "a", "reason": "mine", "more": 1}'
    until(lambda: len(record(tmp_path)) > 2)
    assert record(tmp_path)[-1] == ("outcome", "never", "ERROR")
    assert said(talk.call("echo", path="b")) == '{"path": "b"}'


def test_at_its_time_the_server_is_told_and_a_late_answer_dropped(talk: Talk, tmp_path: Path) -> None:
    assert said(talk.call("late", path="a")).startswith("Stopped: the call took longer than 1 s.")
    until(lambda: any("cancelled" in line for line in log(tmp_path)))
    time.sleep(1)
    assert said(talk.call("echo", path="b")) == '{"path": "b"}'
    assert ("outcome", "late", "TIMEOUT") in record(tmp_path)


def test_the_id_of_a_call_that_was_stopped_is_taken_until_its_late_answer_came(talk: Talk) -> None:
    talk.say(id="a", method="tools/call", params={"name": "late", "arguments": {"path": "a"}})
    assert said(talk.hear()["result"]).startswith("Stopped: the call took longer than 1 s.")
    echo = {"name": "echo", "arguments": {"path": "b"}}
    talk.say(id="a", method="tools/call", params=echo)
    assert talk.hear()["error"]["message"] == "the id 'a' is in use"
    time.sleep(3)
    talk.say(id="a", method="tools/call", params=echo)
    assert said(talk.hear()["result"]) == '{"path": "b"}'


def test_what_the_server_says_that_nobody_asked_for_or_that_is_no_message_is_dropped(talk: Talk) -> None:
    assert said(talk.call("garbage", path="a")) == '{"path": "a"}'
    assert said(talk.call("twice", path="a")) == "first"
    assert said(talk.call("echo", path="b")) == '{"path": "b"}'
    talk.end()
    assert talk.errors.count(b"no message, which is dropped") == 2


def test_an_answer_that_cannot_be_used_is_an_error_for_its_call(talk: Talk, tmp_path: Path) -> None:
    error = talk.call("odd", path="a")
    assert (error["code"], "NaN" in error["message"]) == (-32603, True)
    error = talk.call("huge", path=str(33 * 1024 * 1024))
    assert (error["code"], "more than 33554432 bytes" in error["message"]) == (-32603, True)
    assert len(said(talk.call("huge", path=str(20 * 1024 * 1024)))) == 20 * 1024 * 1024
    assert [line[2] for line in record(tmp_path) if line[0] == "outcome"] == ["ERROR", "ERROR", "SUCCESS"]


def test_what_the_server_asks_of_the_client_passes_and_so_does_the_answer(talk: Talk) -> None:
    talk.say(id=7, method="tools/call", params={"name": "ask", "arguments": {"path": "a"}})
    asked = talk.hear()
    assert asked == {"jsonrpc": "2.0", "id": 7, "method": "sampling/createMessage", "params": {"messages": []}}
    talk.say(id="nobody asked", result={"x": 1})
    talk.say(id=7, result={"role": "assistant", "later": 1})
    assert json.loads(said(talk.hear()["result"])) == {"role": "assistant", "later": 1}


def test_messages_that_come_at_once_are_all_answered(talk: Talk) -> None:
    for number in range(500):
        talk.say(id=f"n{number}", method="tools/call", params={"name": "echo", "arguments": {"path": str(number)}})
    heard = [talk.hear() for _ in range(500)]
    assert {message["id"]: said(message["result"]) for message in heard} == {
        f"n{number}": f'{{"path": "{number}"}}' for number in range(500)
    }


def test_large_answers_that_come_at_once_are_all_passed(talk: Talk) -> None:
    size = 3 * 1024 * 1024
    for number in range(20):
        talk.say(id=number + 100, method="tools/call", params={"name": "huge", "arguments": {"path": str(size)}})
    heard = [talk.hear() for _ in range(20)]
    assert {(message["id"], len(said(message["result"]))) for message in heard} == {(n + 100, size) for n in range(20)}


def test_more_requests_than_may_wait_are_refused(talk: Talk) -> None:
    for number in range(1030):
        talk.say(id=f"n{number}", method="tools/call", params={"name": "never", "arguments": {"path": "a"}})
    refused = [talk.hear() for _ in range(6)]
    assert {message["error"]["message"] for message in refused} == {"1024 requests wait for an answer"}
    assert [message["id"] for message in refused] == [f"n{number}" for number in range(1024, 1030)]


def resident(talk: Talk) -> int:
    """MiB of memory that the gateway holds."""
    status = Path(f"/proc/{talk.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) // 1024


def test_a_client_that_reads_nothing_makes_nothing_pile_up(start: Start) -> None:
    talk = start(unread=True)
    talk.say(id=1, method="initialize", params=FIRST)
    talk.say(id=2, method="tools/call", params={"name": "flood", "arguments": {"path": "a"}})
    time.sleep(3)
    assert resident(talk) < 300
    talk.process.send_signal(signal.SIGTERM)
    assert talk.process.wait(10) == 0


def test_a_signal_ends_both_though_the_record_fails_and_nobody_reads(start: Start, tmp_path: Path) -> None:
    talk = start(unread=True)
    talk.say(id=1, method="initialize", params=FIRST)
    for id_, tool in ((2, "never"), (3, "flood")):
        talk.say(id=id_, method="tools/call", params={"name": tool, "arguments": {"path": "a"}})
    until(lambda: "flood" in log(tmp_path)[-1])
    time.sleep(1)  # until the client's pipe is full
    (tmp_path / "record").rename(tmp_path / "away")
    (tmp_path / "record").mkdir()
    talk.process.send_signal(signal.SIGTERM)
    assert talk.process.wait(30) == 0


def test_a_server_that_reads_nothing_makes_nothing_pile_up(talk: Talk) -> None:
    assert talk.process.stdin is not None
    os.set_blocking(talk.process.stdin.fileno(), False)
    call = {"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "deaf", "arguments": {"path": "a"}}}
    text = {**call, "params": {"name": "echo", "arguments": {"path": "a", "text": "x" * 1_000_000}}}
    lines = [json.dumps({**(text if number else call), "id": f"n{number}"}).encode() + b"\n" for number in range(300)]
    rest, deadline = memoryview(b"".join(lines)), time.monotonic() + 5
    while rest and time.monotonic() < deadline:
        try:
            rest = rest[os.write(talk.process.stdin.fileno(), rest[:65536]) :]
        except BlockingIOError:
            time.sleep(0.01)
    assert len(rest) > 100_000_000
    assert resident(talk) < 600
    talk.process.send_signal(signal.SIGTERM)
    assert talk.process.wait(10) == 0


def test_a_server_that_asks_and_reads_no_answer_makes_nothing_pile_up(talk: Talk, tmp_path: Path) -> None:
    talk.say(id=1, method="tools/call", params={"name": "pester", "arguments": {"path": "a"}})
    until(lambda: log(tmp_path)[-1] == "pestered")
    assert resident(talk) < 300
    talk.process.send_signal(signal.SIGTERM)
    assert talk.process.wait(10) == 0


def test_the_record_goes_to_standard_error_and_never_to_standard_output(tmp_path: Path, policy: Path) -> None:
    with Talk(gateway(policy, "agent", STUB), {"STUB_LOG": str(tmp_path / "log")}) as talk:
        talk.begin()
        talk.call("echo", path="a")
        talk.end()
        records = [json.loads(line) for line in talk.errors.splitlines() if line.startswith(b"{")]
    assert [line["event"] for line in records] == ["decision", "outcome"]
    assert (records[0]["actor"], records[0]["auth_method"]) == ("agent", "process")
