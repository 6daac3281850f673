"""A Docker daemon of the tests' own.

Guarantees: it runs in namespaces of its own (network, mounts, processes) and stores everything in memory, so that all
of it, containers too, is gone once its first process is; and that process ends when the test process does, however that
ends. It asks no other daemon and leaves no bridge, rule or mount behind. It does not reach a registry.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PROGRAMS = ("dockerd", "docker", "debootstrap", "ip", "nsenter", "setpriv", "unshare")
START_SECONDS = 60
_START = """
ip link set lo up &&
mount -t tmpfs -o mode=700 none "$1/own" &&
exec dockerd --data-root "$1/own/data" --exec-root "$1/own/exec" --pidfile "$1/own/pid" --host "unix://$1/docker.sock"
"""


class Unavailable(Exception):
    """No daemon can run here; the message says why."""


@contextmanager
def daemon(folder: Path) -> Iterator[dict[str, str]]:
    """Run a daemon with its socket in this folder; the environment by which `docker` finds it. Raises `Unavailable`.

    Ports that it publishes are in the network that `NETWORK` names.
    """
    _check()
    (folder / "own").mkdir()
    log = folder / "dockerd.log"
    command = ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "--mount", "--pid", "--fork", "--kill-child"]
    command += ["--mount-proc", "sh", "-c", _START, "sh", str(folder)]
    environment = os.environ | {
        "DOCKER_HOST": f"unix://{folder}/docker.sock",
        "DOCKER_CONFIG": str(folder / "config"),
        "DOCKER_BUILDKIT": "0",
    }
    with (
        log.open("wb") as sink,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink) as process,
    ):
        try:
            _wait(process, environment, log)
            yield environment | {"NETWORK": f"/proc/{process.pid}/ns/net"}
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let the daemon stop what it runs, and in any case end it. Its parent, `unshare`, is deaf to all but a kill."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    with suppress(OSError, subprocess.TimeoutExpired):
        os.kill(int(children.read_text()), signal.SIGTERM)
        process.wait(30)
    process.kill()


def _check() -> None:
    if os.geteuid() != 0:
        raise Unavailable("a Docker daemon needs root")
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        raise Unavailable(f"not on PATH: {', '.join(missing)}; Debian: apt-get install docker.io debootstrap iproute2")


def _wait(process: subprocess.Popen[bytes], environment: dict[str, str], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        told = subprocess.run(["docker", "info"], env=environment, capture_output=True, timeout=60, check=False)
        if told.returncode == 0:
            return
        time.sleep(0.2)
    raise Unavailable(f"dockerd did not start; it says\n{log.read_text(errors='replace')[-2000:]}")
