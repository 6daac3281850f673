"""The gate with an OPA beside it, and plain `http.client` asking the same OPA the same."""

from __future__ import annotations

import asyncio
import http.client
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench import opa, policies
from bench.interleaved import medians
from mcp_opa import bundle, contract, facts, shipped
from mcp_opa.audit import JsonLines
from mcp_opa.gate import Gate
from mcp_opa.model import Needs
from mcp_opa.pdp.server import OpaServer

_PATH = "/v1/data/mcp/authz/decision?strict-builtin-errors=true&provenance=true"
_HEADERS = {"Content-Type": "application/json"}
_SECONDS = 2.0
_ID = "0" * 32


class _Unix(http.client.HTTPConnection):
    """`http.client` over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(str(self._path))


def compare(folder: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Median microseconds of a whole decision and of a bare POST, over TCP and a Unix socket; decisions a second."""
    built, path = folder / "bundle.tar.gz", folder / "opa.sock"
    built.write_bytes(bundle.build(policies.data(), shipped.rego()))
    with opa.server(built, f"unix://{path}") as (address, _):
        log = JsonLines(folder / "audit.jsonl")
        with _server(f"http://{address}") as tcp, _server(f"unix:{path}") as unix:
            gates = {"TCP": Gate(tcp, audit=log), "Unix": Gate(unix, audit=log)}
            plain: dict[str, http.client.HTTPConnection] = {
                "TCP": http.client.HTTPConnection(address),
                "Unix": _Unix(path),
            }
            cases = {f"http.client, {over}": _posting(connection) for over, connection in plain.items()}
            cases |= {f"decide, {over}": _deciding(gate) for over, gate in gates.items()}
            found = medians(cases, rounds=40)
            for connection in plain.values():
                connection.close()
            speed = _together(gates["TCP"])
        log.close()
    return found, speed


def _server(address: str) -> OpaServer:
    return OpaServer(address, deadline_seconds=10)  # a busy machine is not what is measured


def _posting(connection: http.client.HTTPConnection) -> Callable[[], object]:
    document = contract.input_document(policies.READ, facts.compute(policies.READ, Needs("")), _ID, int(time.time()))
    body = b'{"input":' + document + b"}"

    def post() -> bytes:
        connection.request("POST", _PATH, body, _HEADERS)
        answer = connection.getresponse().read()
        assert b'"allow":true' in answer, answer
        return answer

    return post


def _deciding(gate: Gate) -> Callable[[], object]:
    def decide() -> None:
        decision = gate.decide(policies.READ)
        assert decision, decision

    return decide


def _together(gate: Gate) -> dict[str, float]:
    """Decisions a second, asked at once by threads and by tasks of an event loop."""
    found: dict[str, float] = {}
    for count in (1, 4, 16):
        with ThreadPoolExecutor(count) as threads:
            until = time.monotonic() + _SECONDS
            found[f"{count} threads"] = (
                sum(threads.map(lambda _, end=until: _until(gate, end), range(count))) / _SECONDS
            )
    for count in (1, 16, 64):
        found[f"{count} tasks"] = asyncio.run(_tasks(gate, count)) / _SECONDS
    gate.close()
    return found


def _until(gate: Gate, end: float) -> int:
    made = 0
    while time.monotonic() < end:
        assert gate.decide(policies.READ)
        made += 1
    return made


async def _tasks(gate: Gate, count: int) -> int:
    end = time.monotonic() + _SECONDS

    async def task() -> int:
        made = 0
        while time.monotonic() < end:
            assert await gate.adecide(policies.READ)
            made += 1
        return made

    return sum(await asyncio.gather(*(task() for _ in range(count))))
