"""The programs of a run: the server, the gateway before it, and what puts the key into requests."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import free_address

ROOT = Path(__file__).resolve().parents[2]
KEY = "0123456789abcdef0123456789abcdef"
OTHERS_KEY = KEY[::-1]
ALLOW_ALL = """
version: 1
actors:
  - id: tester
    allowed_tools: ["*"]
    constraints: {"*": {access: write, scope: any}}
    resources: ["test://**", "file:///path/**", "https://example.com/**"]
    prompts: ["*"]
"""
DENY_ALL = """
version: 1
actors: [{id: tester, allowed_tools: []}]
"""
START_SECONDS = 60


@contextmanager
def everything(log: Path) -> Iterator[str]:
    """The server with everything; gives its URL. What it executes is in the log."""
    port = free_address().rpartition(":")[2]
    url = f"http://localhost:{port}/mcp"
    command = [sys.executable, "-m", "tests.conformance.everything", port, str(log)]
    with subprocess.Popen(command, cwd=ROOT) as server:
        try:
            _wait(int(port), server)
            yield url
        finally:
            server.terminate()


@contextmanager
def gateway(url: str, folder: Path, policy: str = ALLOW_ALL) -> Iterator[str]:
    """A gateway before a server; gives its `host:port`. Its record is `folder/record`."""
    (folder / "policy.yaml").write_text(policy)
    hashes = {
        actor: hashlib.sha256(key.encode()).hexdigest() for actor, key in (("tester", KEY), ("other", OTHERS_KEY))
    }
    (folder / "keys.yaml").write_text("".join(f"{actor}: sha256:{hash_}\n" for actor, hash_ in hashes.items()))
    program = str(Path(sys.executable).with_name("mcp-opa"))
    command = [program, "gateway", "--policy", "policy.yaml", "--api-keys", "keys.yaml"]
    command += ["--server-id", "everything", "--audit", "record", "--listen", "127.0.0.1:0", "--upstream", url]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            told = process.stderr.readline()
            assert told.startswith("mcp-opa: http://"), told + process.stderr.read()
            yield told.strip().removeprefix("mcp-opa: http://").removesuffix("/mcp")
        finally:
            process.terminate()
            process.communicate()


@contextmanager
def keyed(address: str) -> Iterator[str]:
    """The same gateway for programs that show no key; gives its URL."""
    command = [sys.executable, "-m", "tests.conformance.keyed", address, f"X-API-Key: {KEY}"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://localhost:{process.stdout.readline().strip().rpartition(':')[2]}/mcp"
        finally:
            process.terminate()
            process.communicate()


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    """Until something listens there."""
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the server with everything does not start")
