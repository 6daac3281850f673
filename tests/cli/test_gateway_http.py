"""The gateway over HTTP as it is started: what does not start, first."""

from __future__ import annotations

import hashlib
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
import trustme

pytestmark = pytest.mark.slow

PROGRAM = str(Path(sys.executable).with_name("mcp-opa"))
KEY = "0123456789abcdef0123456789abcdef"
POLICY = "version: 1\nactors: [{id: agent, allowed_tools: []}]\n"
BASE = ["--policy", "policy.yaml", "--upstream", "http://127.0.0.1:9/mcp", "--audit", "record"]
HTTP = [*BASE, "--listen", "127.0.0.1:0", "--api-keys", "keys.yaml"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "keys.yaml").write_text(f"agent: sha256:{hashlib.sha256(KEY.encode()).hexdigest()}\n")
    (tmp_path / "keys.yaml").chmod(0o600)
    return tmp_path


def ends(folder: Path, *arguments: str) -> tuple[int, str]:
    run = subprocess.run(
        [PROGRAM, "gateway", *arguments], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    return run.returncode, run.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "say who calls with --actor, and after -- the server's command; or use --listen"),
        ([*BASE, "--listen", "127.0.0.1:0"], "nothing says who may call"),
        ([*BASE, "--listen", "0.0.0.0:0", "--api-keys", "keys.yaml"], "0.0.0.0:0 can be reached by others"),
        ([*BASE, "--listen", "[::]:0", "--api-keys", "keys.yaml"], "[::]:0 can be reached by others"),
        ([*HTTP, "--api-keys", "none.yaml"], "none.yaml"),
        ([*HTTP, "--health", "0.0.0.0:1"], "health is told on loopback alone"),
        ([*HTTP, "--upstream", "ftp://files"], "this is no address of a server"),
        ([*HTTP, "--upstream-token-file", "none"], "none: No such file or directory"),
        ([*HTTP, "--upstream-ca", "policy.yaml"], "policy.yaml: holds no certificates in PEM"),
        ([*HTTP, "--tls-cert", "keys.yaml", "--tls-key", "keys.yaml"], "can't be used as certificate and key"),
        ([*HTTP, "--actor", "agent"], "--actor is about a server that the gateway starts; take it out"),
        ([*HTTP, "--", "server"], "COMMAND is about a server that the gateway starts; take it out"),
        ([*HTTP, "--config", "gateway.yaml"], "--config states all of it; take out --policy,"),
        (["--config", "none.yaml"], "none.yaml: No such file or directory"),
        (["--config", "policy.yaml"], "policy.yaml:"),
        (["--policy", "policy.yaml", "--actor", "a", "--api-keys", "keys.yaml", "--", "x"], "--api-keys is about"),
    ],
)
def test_what_is_stated_badly_does_not_start(folder: Path, arguments: list[str], said: str) -> None:
    status, told = ends(folder, *arguments)
    assert (status, said in told) == (2, True), told
    assert KEY not in told


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [PROGRAM, "gateway", *arguments]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            told = process.stderr.readline().strip()
            assert told.startswith("mcp-opa: http"), told
            yield told.removeprefix("mcp-opa: "), process
        finally:
            process.kill()


def test_a_document_states_the_same_and_a_signal_ends_it_well(folder: Path) -> None:
    document = "policy: policy.yaml\naudit: record\nhttp:\n  listen: 127.0.0.1:0\n  api_keys: keys.yaml\n"
    (folder / "gateway.yaml").write_text(f"{document}  upstream: {{url: 'http://127.0.0.1:9/mcp'}}\n")
    for sent in (signal.SIGTERM, signal.SIGINT):
        with started(folder.parent, "--config", str(folder / "gateway.yaml")) as (url, process):
            answer = httpx2.post(url, json={"jsonrpc": "2.0", "id": 1, "method": "ping"}, headers={"x-api-key": KEY})
            assert answer.status_code == 502
            process.send_signal(sent)
            assert process.wait(20) == 0
            assert process.stderr is not None
            assert process.stderr.read() == ""


def test_a_key_that_may_be_guessed_or_read_is_warned_of_and_not_shown(folder: Path) -> None:
    (folder / "keys.yaml").write_text(f"agent: {KEY}\nother: guessable\n")
    with started(folder, *HTTP) as (_, process):
        assert process.stderr is not None
        told = "".join(process.stderr.readline() for _ in range(4))  # a warning has two lines
    assert "keys.yaml:1:8: this key stands here as it is" in told
    assert "keys.yaml:2:8: a key of 9 characters might be guessed" in told
    assert KEY not in told
    assert "guessable" not in told


def test_over_tls_it_shows_its_certificate(folder: Path) -> None:
    authority = trustme.CA()
    shown = authority.issue_cert("127.0.0.1")
    shown.private_key_pem.write_to_path(folder / "server.key")
    shown.cert_chain_pems[0].write_to_path(folder / "server.pem")
    tls = ["--tls-cert", "server.pem", "--tls-key", "server.key", "--listen", "127.0.0.1:0"]
    with started(folder, *HTTP, *tls) as (url, _):
        trusting = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
        with httpx2.Client(verify=trusting) as client:
            assert client.post(url).status_code == 401
        with pytest.raises(httpx2.ConnectError):
            httpx2.post(url)


def test_health_tells_of_a_record_that_cannot_be_written_and_of_keys_that_cannot_be_read(folder: Path) -> None:
    with started(folder, *HTTP, "--health", "127.0.0.1:0") as (_, process):
        assert process.stderr is not None
        ready = process.stderr.readline().strip().removeprefix("mcp-opa: ")
        assert httpx2.get(ready).json() == {"ready": True, "troubles": {}}
        (folder / "record").unlink()
        (folder / "record").mkdir()
        (folder / "keys.yaml").write_text("agent: short\nagent: twice\n")
        answer = httpx2.get(ready)
        assert (answer.status_code, answer.json()["ready"]) == (503, False)
        assert set(answer.json()["troubles"]) == {"record", "callers"}
