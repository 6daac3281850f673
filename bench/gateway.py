"""What the gateway adds to a call and to a start, beside what FastMCP's proxy adds; one server, one client for all."""

from __future__ import annotations

import hashlib
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench import client, policies
from bench.client import Http, Stdio
from bench.interleaved import medians

ROOT = Path(__file__).resolve().parent.parent
SERVER = [sys.executable, str(ROOT / "bench" / "server.py")]
PROXY = [sys.executable, str(ROOT / "bench" / "proxy.py")]
CONCURRENT = (1, 8, 64)
TOGETHER = ("alone", "gateway", "kept proxy")
STARTS = 15
TURNS = 50
FEW_TURNS = 20
"""A fresh proxy over HTTP takes its time."""
_SECONDS = 1.0
_PATIENCE_SECONDS = 60
Figures = dict[str, float]


def over_stdio(folder: Path) -> tuple[Figures, Figures]:
    """Median microseconds of a call, and calls a second: to the server alone, and to each before it."""
    server = [*SERVER, "stdio"]
    commands = {"alone": server, "gateway": _gateway(folder, server)}
    commands |= {f"{kind} proxy": [*PROXY, kind, "stdio", *server] for kind in ("fresh", "kept")}
    with ExitStack() as held:
        clients = {name: held.enter_context(Stdio(command)) for name, command in commands.items()}
        return _medians(clients, turns=TURNS), {
            f"{name}, {count} at once": clients[name].speed(count, _SECONDS)
            for count in CONCURRENT
            for name in TOGETHER
        }


def over_http(folder: Path) -> tuple[Figures, Figures]:
    """The same over HTTP."""
    with ExitStack() as held:
        alone = held.enter_context(_serving([*SERVER, "http"]))
        url = f"http://127.0.0.1:{alone}/mcp"
        commands = {"gateway": _listening(folder, url)}
        commands |= {f"{kind} proxy": [*PROXY, kind, "http", url] for kind in ("fresh", "kept")}
        ports = {name: held.enter_context(_opened(command)) for name, command in commands.items()}
        ports["alone"] = alone
        clients = {name: held.enter_context(Http(port)) for name, port in ports.items()}
        return _medians(clients, turns=FEW_TURNS), {
            f"{name}, {count} at once": client.speed(ports[name], count, _SECONDS)
            for count in CONCURRENT
            for name in TOGETHER
        }


def starting(folder: Path) -> Figures:
    """Median milliseconds until the first answer, and until a first call was made."""
    server = [*SERVER, "stdio"]
    times: dict[str, list[float]] = {}
    for _ in range(STARTS):
        for name, command in {"alone": server, "gateway": _gateway(folder, server)}.items():
            with Stdio(command) as started:
                times.setdefault(f"{name}, first answer", []).append(started.answered_seconds * 1000)
                times.setdefault(f"{name}, first call", []).append(started.called_seconds * 1000)
    return {name: statistics.median(taken) for name, taken in times.items()}


def _medians(clients: Mapping[str, Stdio | Http], turns: int) -> Figures:
    return medians({name: each.call for name, each in clients.items()}, rounds=20, turns=turns)


def _gateway(folder: Path, server: list[str]) -> list[str]:
    return [*_options(folder), "--actor", policies.ACTOR, "--", *server]


def _listening(folder: Path, url: str) -> list[str]:
    keys = folder / "keys.yaml"
    keys.write_text(f"{policies.ACTOR}: sha256:{hashlib.sha256(client.KEY.encode()).hexdigest()}\n")
    return [*_options(folder), "--api-keys", str(keys), "--upstream", url, "--listen"]


def _options(folder: Path) -> list[str]:
    policy = folder / "policy.yaml"
    policy.write_text(policies.text())
    program = str(Path(sys.executable).with_name("mcp-opa"))
    record = str(folder / "audit.jsonl")
    return [program, "gateway", "--policy", str(policy), "--server-id", "files", "--audit", record]


@contextmanager
def _serving(command: list[str]) -> Iterator[int]:
    """The port that a server prints."""
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


@contextmanager
def _opened(command: list[str]) -> Iterator[int]:
    """A port that a server was told to open, and has opened."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    told = f"127.0.0.1:{port}" if command[-1] == "--listen" else str(port)
    with subprocess.Popen([*command, told], stderr=subprocess.DEVNULL) as process:
        try:
            _wait(lambda: socket.create_connection(("127.0.0.1", port), timeout=1).close())
            yield port
        finally:
            process.terminate()


def _wait(attempt: Callable[[], None]) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            attempt()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return
