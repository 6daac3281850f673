"""Counting calls: in memory, and in a real Redis that is also killed, stopped, and never there."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

from mcp_opa.gate import Gate
from mcp_opa.limits import RateLimiter
from mcp_opa.model import Answer, Cause, Question, Subject, ToolCall

CALL = ToolCall(Subject("agent"), "write_file", server_id="files")


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with _redis(tmp_path) as served:
        yield served


@contextmanager
def _redis(folder: Path, port: int | None = None) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    program = shutil.which("redis-server") or _missing()
    port = port or _free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen([program, *options], stdout=subprocess.DEVNULL) as server:
        try:
            _wait(port)
            yield f"redis://127.0.0.1:{port}", server
        finally:
            server.kill()


def _missing() -> NoReturn:
    message = "no redis-server on PATH (Debian: apt-get install redis-server)"
    if "CI" in os.environ:
        pytest.fail(message)
    pytest.skip(message)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def test_so_many_calls_are_within_the_limit() -> None:
    limiter = RateLimiter()
    assert [limiter.hit(CALL, 3) for _ in range(5)] == [True] * 3 + [False] * 2


@pytest.mark.parametrize(
    "other",
    [
        ToolCall(Subject("other"), "write_file", server_id="files"),
        ToolCall(Subject("agent"), "read_file", server_id="files"),
        ToolCall(Subject("agent"), "write_file", server_id="other"),
        ToolCall(Subject("agent"), "write_file"),
        ToolCall(Subject('agent", "files'), "write_file"),
    ],
    ids=["actor", "tool", "server", "no server", "forged"],
)
def test_another_actor_server_or_tool_counts_by_itself(other: ToolCall) -> None:
    limiter = RateLimiter()
    assert limiter.hit(CALL, 1)
    assert limiter.hit(other, 1)
    assert not limiter.hit(CALL, 1)


def test_threads_get_no_more_than_the_limit() -> None:
    limiter = RateLimiter()
    with ThreadPoolExecutor(32) as threads:
        hits = list(threads.map(lambda _: limiter.hit(CALL, 100), range(1000)))
    assert sum(hits) == 100


@pytest.mark.parametrize("address", ["", "nonsense", "carrier-pigeon://x", "redis://[::1"])
def test_an_address_that_is_none_is_an_error(address: str) -> None:
    with pytest.raises(ValueError, match="give memory://, or redis://"):
        RateLimiter(address)


def test_an_error_does_not_tell_the_password() -> None:
    with pytest.raises(ValueError, match="give memory://") as error:
        RateLimiter("carrier-pigeon://user:hunter2@x?password=hunter2")
    assert "hunter2" not in str(error.value)


def test_without_the_extra_the_error_names_it() -> None:
    script = (
        "import sys; sys.modules['redis'] = None\n"
        "from mcp_opa.limits import RateLimiter\n"
        "try: RateLimiter('redis://127.0.0.1')\n"
        "except ValueError as error: print(error)"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "pip install 'mcp-opa[redis]'" in run.stdout


@pytest.mark.slow
def test_gates_that_share_a_redis_share_a_limit(redis: tuple[str, subprocess.Popen[bytes]]) -> None:
    limiters = [RateLimiter(redis[0]) for _ in range(2)]
    with ThreadPoolExecutor(8) as threads:
        hits = list(threads.map(lambda number: limiters[number % 2].hit(CALL, 20), range(100)))
    assert sum(hits) == 20
    for limiter in limiters:
        limiter.close()


class Allowing:
    """An engine that allows everything, three times a minute."""

    def ask(self, question: Question, document: bytes) -> Answer:
        request_id = document.split(b'"id":"')[1].split(b'"')[0].decode()
        common = {"version": 1, "id": request_id, "revision": "r"}
        if question is Question.NEEDS:
            return Answer({**common, "contact": "", "schemas": [], "sql": [], "url": [], "content": []})
        obligations = {"timeout_seconds": None, "rate_limit": 3, "log": True, "alert": False}
        verdict = {"effect": "ALLOW", "allow": True, "rule": "p.p", "permits": ["p.p"], "reasons": [], "would_deny": []}
        return Answer({**common, **verdict, "obligations": obligations})


@pytest.mark.slow
def test_a_redis_that_is_away_refuses_and_one_that_is_back_counts(tmp_path: Path) -> None:
    with _redis(tmp_path) as (address, _):
        limiter = RateLimiter(address)
        gate = Gate(Allowing(), limiter=limiter)
        assert gate.decide(CALL)
    began = time.monotonic()
    decision = gate.decide(CALL)
    assert (bool(decision), decision.cause) == (False, Cause.RATE_LIMIT)
    assert "can't be counted" in decision.detail
    assert time.monotonic() - began < 1.5
    with _redis(tmp_path, int(address.rpartition(":")[2])):
        assert [bool(gate.decide(CALL)) for _ in range(4)] == [True] * 3 + [False]
    limiter.close()


@pytest.mark.slow
def test_a_redis_that_is_silent_refuses_in_time(redis: tuple[str, subprocess.Popen[bytes]]) -> None:
    address, server = redis
    limiter = RateLimiter(address)
    gate = Gate(Allowing(), limiter=limiter)
    assert gate.decide(CALL)
    server.send_signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        decision = gate.decide(CALL)
        assert (bool(decision), decision.cause) == (False, Cause.RATE_LIMIT)
        assert time.monotonic() - began < 1.5
    finally:
        server.send_signal(signal.SIGCONT)
    assert gate.decide(CALL)
    limiter.close()


def test_a_minute_is_a_window_that_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_790_000_000.0]
    monkeypatch.setattr("limits.storage.memory.time.time", lambda: now[0])
    limiter = RateLimiter()
    taken = []
    for seconds in (0, 30, 30, 59, 61, 62, 91):
        now[0] = 1_790_000_000.0 + seconds
        taken.append(limiter.hit(CALL, 3))
    assert taken == [True, True, True, False, True, False, True]
    threading.Event().wait(0.05)
