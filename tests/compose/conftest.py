"""A site as `docs/compose.md` sets one up: containers for real, in a folder and a Docker of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.compose import stand_ins
from tests.compose.daemon import Unavailable, daemon
from tests.test_docs import Command, commands, matches

ROOT = Path(__file__).resolve().parents[2]
EXCUSE = "<!-- not run: tests/compose runs it, with a Docker of its own -->\n"
FORCE_SECONDS = 60
"""Within this time a published bundle is in force."""


@dataclass(frozen=True)
class Site:
    """A folder with `compose.yaml` and what it needs, and the environment in which `docker` and `mcp-opa` are found."""

    folder: Path
    environment: dict[str, str]

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """What a shell in this folder says to a command."""
        return subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def must(self, command: str) -> str:
        """What a command prints that has to succeed."""
        run = self.run(command)
        assert run.returncode == 0, f"{command}\n{run.stdout}{run.stderr}"
        return run.stdout

    def shown(self, command: Command) -> None:
        """Run a command of the page; it does what the page shows, once a bundle that was published is in force."""
        deadline = time.monotonic() + FORCE_SECONDS
        while True:
            run = self.run(command.text)
            printed = run.stdout + run.stderr
            if run.returncode == command.status and (not command.output or matches(command.output, printed)):
                return
            asks = " ask " in command.text
            assert asks, f"{command.text}\n{printed}"
            assert time.monotonic() < deadline, f"{command.text}\n{printed}"
            time.sleep(1)


def page(section: str) -> list[Command]:
    """The commands of one section of the page."""
    text = (ROOT / "docs" / "compose.md").read_text().replace(EXCUSE, "")
    (found,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return commands(found)


@pytest.fixture(scope="session")
def docker(opa: Path) -> Iterator[dict[str, str]]:
    """The environment of a daemon that has the images. On a build machine it must run; elsewhere it is a skip."""
    with tempfile.TemporaryDirectory(prefix="mcp-opa-") as name:
        folder = Path(name)
        (folder / "opa").mkdir()
        try:
            with daemon(folder) as environment:
                _plug_compose_in(folder)
                stand_ins.make(environment, opa, folder / "opa")
                yield environment
        except Unavailable as unavailable:
            if "CI" in os.environ:
                pytest.fail(str(unavailable))
            pytest.skip(str(unavailable))


def _plug_compose_in(folder: Path) -> None:
    subprocess.run([sys.executable, ROOT / "tools" / "get.py", "docker-compose"], check=True)
    plugin = folder / "config" / "cli-plugins" / "docker-compose"
    plugin.parent.mkdir(parents=True)
    plugin.symlink_to(ROOT / ".cache" / "bin" / "docker-compose")


@pytest.fixture(scope="module")
def started(docker: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site, after the commands of the page's first section. Its containers end with it."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(ROOT / "compose.yaml", folder)
    shutil.copytree(ROOT / "opa", folder / "opa")
    shutil.copytree(ROOT / "rego" / "system", folder / "rego" / "system")
    path = os.pathsep.join([str(Path(sys.executable).parent), docker["PATH"]])
    site = Site(folder, docker | {"PATH": path, "NO_COLOR": "1", "COLUMNS": "120"})
    try:
        for command in page("Start"):
            site.shown(command)
        yield site
    finally:
        site.run("docker compose down --timeout 1")
