"""Real MCP servers in the versions of `pins.json`, got once into the user's cache by npm and pip.

Guarantees: what it gives is whole; it installs nothing into this project's environment. It runs no package's scripts.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.conformance import suite
from tests.conformance.suite import Missing

__all__ = ["Missing", "npm", "pypi"]

PINS = json.loads(Path(__file__).with_name("pins.json").read_text())
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mcp-opa" / "servers"


def npm(server: str, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """The command of a server from npm, and the environment that it wants."""
    node = suite.installed().node
    folder = _kept("npm", PINS["npm"], _npm_install)
    program = folder / "node_modules" / "@modelcontextprotocol" / f"server-{server}" / "dist" / "index.js"
    return [str(node), str(program), *arguments], {}


def pypi(server: str, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """The same of a server from PyPI."""
    package = f"mcp-server-{server}"
    folder = _kept(package, PINS["pypi"][package], partial(_pip_install, package))
    program = f"import sys; from {package.replace('-', '_')} import main; sys.exit(main())"
    return [sys.executable, "-c", program, *arguments], {"PYTHONPATH": str(folder)}


def _kept(name: str, pins: object, install: Callable[[Path], None]) -> Path:
    version = f"python{sys.version_info[0]}.{sys.version_info[1]} {json.dumps(pins)}"
    folder = CACHE / f"{name}-{hashlib.sha256(version.encode()).hexdigest()[:12]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=CACHE) as made:
                install(Path(made))
                Path(made).rename(folder)
                Path(made).mkdir()
    return folder


def _npm_install(folder: Path) -> None:
    packages = [f"{name}@{version}" for name, version in PINS["npm"].items()]
    _run(["npm", "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund", *packages])


def _pip_install(package: str, folder: Path) -> None:
    version, *others = PINS["pypi"][package]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(folder)]
    _run([*pip, f"{package}=={version}", *others])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise Missing(f"{' '.join(command[:3])} ended with status {done.returncode}: {done.stderr[-400:]}")
