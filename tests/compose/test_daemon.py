"""The tests' own Docker leaves nothing behind, however a run ends."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
START = "import sys, time; from pathlib import Path; from tests.compose.daemon import daemon\n"
START += "with daemon(Path(sys.argv[1])): print('up', flush=True); time.sleep(600)\n"


@pytest.mark.slow
@pytest.mark.usefixtures("docker")
def test_a_killed_run_takes_its_daemon_with_it() -> None:
    with tempfile.TemporaryDirectory(prefix="mcp-opa-") as folder:
        command = [sys.executable, "-c", START, folder]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as run:
            assert run.stdout is not None
            assert run.stdout.readline() == b"up\n"
            assert _answers(f"{folder}/docker.sock")
            run.kill()
        for _ in range(100):
            if not _answers(f"{folder}/docker.sock"):
                break
            time.sleep(0.1)
        assert not _answers(f"{folder}/docker.sock")
        assert list((Path(folder) / "own").iterdir()) == []


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(path)
        except OSError:
            return False
    return True
