"""What every test may ask for: the pinned OPA, and servers of it on loopback that always end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import hypothesis
import pytest

from tools.get import wanted

# A busy machine is no bug, so nothing has a deadline; a build machine draws the same examples each time.
hypothesis.settings.register_profile("house", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("house")

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
"""How long an OPA may take until it says that it is healthy, on a busy machine."""
UNAUTHORIZED = 401
"""What a door that is locked says: it is there."""


@pytest.fixture(scope="session")
def opa() -> Path:
    """The pinned OPA: $MCP_OPA_OPA, else `.cache/bin/opa`, else the one on PATH. Without it the test fails."""
    linked = ROOT / ".cache" / "bin" / "opa"
    path = os.environ.get("MCP_OPA_OPA") or (str(linked) if linked.exists() else shutil.which("opa"))
    if path is None:
        pytest.fail("no OPA: run `make tools`, or name one in MCP_OPA_OPA")
    told = subprocess.run([path, "version"], capture_output=True, text=True, check=True).stdout
    if f"Version: {wanted('opa')}\n" not in told:
        pytest.fail(f"{path} is not OPA {wanted('opa')}: run `make tools`, or name that version in MCP_OPA_OPA")
    return Path(path)


@pytest.fixture(scope="module")
def live_opa(opa: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Start an OPA on loopback and get its base URL: `live_opa(bundle, …, options=["--config-file=…"])`.

    Each argument is a bundle (file or folder). It is healthy when the call returns, and stopped after the module.
    """
    with ExitStack() as servers:

        def start(*bundles: Path, options: list[str] | None = None) -> str:
            log = tmp_path_factory.mktemp("opa") / "log"
            return servers.enter_context(serving(opa, bundles, options or [], log))

        yield start


@contextmanager
def serving(
    opa: Path, bundles: tuple[Path, ...], options: list[str], log: Path, address: str | None = None
) -> Iterator[str]:
    """An OPA that is healthy inside, and killed at the end; `address` is one of before, for it to come back to."""
    address, health = address or free_address(), free_address()
    command: list[str | Path] = [opa, "run", "--server", "--skip-version-check", "--log-level=error"]
    command += ["--addr", address, "--diagnostic-addr", health, *options, "--bundle", *bundles]
    with (
        log.open("wb") as sink,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink) as server,
    ):
        try:
            ready = [f"http://{health}/health?bundles&plugins", f"http://{address}/health"]
            _wait_until_healthy(server, ready, log)
            yield f"http://{address}"
        finally:
            server.kill()


def _wait_until_healthy(server: subprocess.Popen[bytes], urls: list[str], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        if all(_answers(url) for url in urls):
            return
        time.sleep(0.05)
    pytest.fail(f"OPA did not become healthy; it says\n{log.read_text()[:4000]}")


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(url, timeout=5).close()
    except urllib.error.HTTPError as error:
        error.close()
        return error.code == UNAUTHORIZED
    except OSError:
        return False
    return True


def free_address() -> str:
    """An address on loopback that nothing listens on yet."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"
