"""The processes of a soak: two gateways, the servers behind them, and an OPA; what can be done to them."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Self

from mcp_opa import bundle, policy, shipped
from tests.conftest import ROOT, free_address, serving
from tests.soak.calls import POLICY

SERVER = [sys.executable, "-I", str(Path(__file__).with_name("server.py"))]
GATEWAY = [str(Path(sys.executable).with_name("mcp-opa")), "gateway", "--server-id", "files", "--audit", "record"]
KEY = "0123456789abcdef0123456789abcdef"
"""The HTTP client's."""
START_SECONDS = 60


class World:
    """Everything is up inside; nothing of it is left afterwards."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.record, self.ran = folder / "record", folder / "ran"
        self.environment = {**os.environ, "SOAK_RAN": str(self.ran)}
        self.stdio = [*GATEWAY, "--policy", "policy.yaml", "--actor", "agent", "--", *SERVER]
        """The command of a gateway over stdio, with an engine of its own."""
        self.address, self._opa, self._upstream = free_address(), free_address(), free_address()
        self._policies = 0
        self._held: ExitStack
        self._opa_life: ExitStack
        self.log: IO[bytes]
        self.server: subprocess.Popen[bytes]
        self.gateway: subprocess.Popen[bytes]

    def __enter__(self) -> Self:
        (self.folder / "policy.yaml").write_text(POLICY)
        self.write_keys()
        self.new_policy()
        with ExitStack() as held:
            self.log = held.enter_context((self.folder / "log").open("wb"))
            self._opa_life = held.enter_context(ExitStack())
            self.start_opa()
            self.gateway = held.enter_context(self._over_http())
            held.callback(self.kill_server)
            self.start_server()
            self._held = held.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def write_keys(self) -> None:
        """Write the file of keys anew, as a text that it didn't have before."""
        text = f"agent: sha256:{hashlib.sha256(KEY.encode()).hexdigest()}\n# {time.time()}\n"
        self._replace("keys.yaml", text.encode())

    def new_policy(self) -> None:
        """Give OPA another revision, that says the same of these calls."""
        self._policies += 1
        data = policy.convert(f"{POLICY}  - {{id: another-{self._policies}, allowed_tools: [read_file]}}\n").data
        self._replace("bundle.tar.gz", bundle.build(bundle.seal(data, shipped.rego_digest()), shipped.rego()))

    def rotate(self) -> None:
        """Move the record away."""
        self.record.rename(self.folder / f"record.{time.time_ns()}")

    def start_opa(self) -> None:
        """Start it where it was before."""
        opa, log = ROOT / ".cache" / "bin" / "opa", self.folder / "opa.log"
        self._opa_life.enter_context(serving(opa, (self.folder / "bundle.tar.gz",), ["--watch"], log, self._opa))

    def kill_opa(self) -> None:
        """Kill it."""
        self._opa_life.close()

    def start_server(self) -> None:
        """Start the server over HTTP where it was before."""
        port = self._upstream.rpartition(":")[2]
        self.server = subprocess.Popen([*SERVER, port], env=self.environment, stderr=self.log)
        _wait(self._upstream)

    def kill_server(self) -> None:
        """Kill it."""
        with self.server:
            self.server.kill()

    @contextmanager
    def _over_http(self) -> Iterator[subprocess.Popen[bytes]]:
        command = [*GATEWAY, "--opa", f"http://{self._opa}", "--deadline", "10", "--api-keys", "keys.yaml"]
        command += ["--listen", self.address, "--upstream", f"http://{self._upstream}/mcp"]
        with subprocess.Popen(command, cwd=self.folder, stderr=self.log) as process:
            try:
                _wait(self.address)
                yield process
            finally:
                process.terminate()

    def _replace(self, name: str, content: bytes) -> None:
        fresh = self.folder / f"{name}.new"
        fresh.write_bytes(content)
        fresh.rename(self.folder / name)


def child(pid: int) -> int:
    """The process that a gateway over stdio started."""
    return int(next(path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children") if path.read_text()))


def runs(pid: int) -> bool:
    """Whether there is such a process."""
    return Path(f"/proc/{pid}").exists()


def hang(pid: int, seconds: float) -> None:
    """Stop a process for so long."""
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        os.kill(pid, signal.SIGCONT)


def _wait(address: str) -> None:
    host, _, port = address.rpartition(":")
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=5).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return
