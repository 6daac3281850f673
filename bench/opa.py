"""The same policy in OPA itself: `opa bench`, and what a bundle costs a server."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPA = ROOT / ".cache" / "bin" / "opa"
_PATIENCE_SECONDS = 60


def microseconds(bundle: Path, document: Path, question: str) -> float:
    """What one evaluation takes, as `opa bench` says."""
    options: list[str | Path] = [
        "--bundle",
        bundle,
        "--input",
        document,
        "--format=json",
        "--metrics=false",
        "--benchmem=false",
    ]
    told = subprocess.run([OPA, "bench", *options, f"data.mcp.authz.{question}"], capture_output=True, check=True)
    result = json.loads(told.stdout)
    return float(result["T"] / result["N"] / 1000)


def serving(bundle: Path) -> tuple[float, float]:
    """Seconds from the start of a server until its bundle is active, and its greatest memory until then in MB."""
    began = time.monotonic()
    with server(bundle) as (_, process):
        seconds = time.monotonic() - began
        status = Path(f"/proc/{process}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return seconds, int(peak.split()[1]) / 1024


@contextmanager
def server(bundle: Path, *addresses: str) -> Iterator[tuple[str, int]]:
    """A server on loopback, and at other addresses: its host and port, and its process; its bundle is active."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    places = [f"--addr={place}" for place in (address, *addresses)]
    command: list[str | Path] = [OPA, "run", "--server", "--skip-version-check", "--log-level=error", *places]
    with subprocess.Popen([*command, "--bundle", bundle], stderr=subprocess.DEVNULL) as process:
        try:
            _wait(f"http://{address}/health?bundles", time.monotonic() + _PATIENCE_SECONDS)
            yield address, process.pid
        finally:
            process.kill()


def _wait(url: str, until: float) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        try:
            opener.open(url, timeout=5).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return
