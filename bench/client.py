"""Raw clients, the same for every server: nothing is measured of them but writing a call and reading its answer."""

from __future__ import annotations

import http.client
import json
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Self

_HELLO = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "bench", "version": "1"},
}
_CALL = {"name": "read_file", "arguments": {"path": "docs/guides/install.md"}}
KEY = "0123456789abcdef0123456789abcdef"
_PATIENCE_SECONDS = 60.0


def _line(id_: int, method: str, params: dict[str, Any]) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": id_, "method": method, "params": params}).encode()


def _check(answer: bytes) -> None:
    if b'"done"' not in answer:
        raise SystemExit(f"a call did not run: {answer[:500]!r}")


class Stdio:
    """A process that is spoken to over its pipes."""

    def __init__(self, command: Sequence[str]) -> None:
        """It is started; `began` gives the seconds until it answered."""
        began = time.perf_counter()
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self._process.stdin
        assert self._process.stdout
        self._to, self._from = self._process.stdin, self._process.stdout
        self._id = 0
        self._send("initialize", _HELLO)
        self._from.readline()
        self.answered_seconds = time.perf_counter() - began
        self._to.write(b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
        self.call()
        self.called_seconds = time.perf_counter() - began

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(BrokenPipeError):
            self._to.close()
        self._process.wait(_PATIENCE_SECONDS)
        self._from.close()

    def call(self) -> None:
        """One call, answered."""
        self._send("tools/call", _CALL)
        _check(self._from.readline())

    def speed(self, at_once: int, seconds: float) -> float:
        """Calls a second, so many of them under way."""
        for _ in range(at_once):
            self._send("tools/call", _CALL)
        made, began = 0, time.perf_counter()
        while time.perf_counter() < began + seconds:
            _check(self._from.readline())
            self._send("tools/call", _CALL)
            made += 1
        taken = time.perf_counter() - began
        for _ in range(at_once):
            _check(self._from.readline())
        return made / taken

    def _send(self, method: str, params: dict[str, Any]) -> None:
        self._id += 1
        self._to.write(_line(self._id, method, params) + b"\n")
        self._to.flush()


class Http:
    """A session over one kept connection."""

    def __init__(self, port: int) -> None:
        """The session is opened, and a call was made."""
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_SECONDS)
        self._headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
        self._headers |= {"x-api-key": KEY}
        self._post(_line(0, "initialize", _HELLO))
        self._headers |= {"mcp-protocol-version": "2025-11-25"}
        self._post(b'{"jsonrpc":"2.0","method":"notifications/initialized"}')
        self._id = 0
        self.call()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def call(self) -> None:
        """One call, answered."""
        self._id += 1
        _check(self._post(_line(self._id, "tools/call", _CALL)))

    def _post(self, body: bytes) -> bytes:
        self._connection.request("POST", "/mcp", body, self._headers)
        response = self._connection.getresponse()
        if session := response.headers.get("mcp-session-id"):
            self._headers["mcp-session-id"] = session
        return response.read()


def speed(port: int, at_once: int, seconds: float) -> float:
    """Calls a second over HTTP, from so many clients."""
    clients = [Http(port) for _ in range(at_once)]
    until = time.perf_counter() + seconds
    with ThreadPoolExecutor(at_once) as threads:
        made = sum(threads.map(lambda client: _until(client.call, until), clients))
    for client in clients:
        client.__exit__()
    return made / seconds


def _until(call: Callable[[], None], until: float) -> int:
    made = 0
    while time.perf_counter() < until:
        call()
        made += 1
    return made
