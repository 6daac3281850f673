"""A site as `docs/compose.md` sets one up: containers for real, in a folder and a Docker of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.compose import stand_ins
from tests.compose.daemon import Unavailable, daemon
from tests.compose.site import ALLOWED, Site, eventually, page

ROOT = Path(__file__).resolve().parents[2]


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


def _be_patient(config: Path) -> None:
    """A machine that is busy starting containers is no reason to refuse."""
    stated = "{address: http://opa:8181, "
    assert stated in config.read_text()
    config.write_text(config.read_text().replace(stated, stated + "deadline_seconds: 10, "))


@pytest.fixture(scope="session")
def started(docker: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site, after the commands of the page's first section. Its containers end with it."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(ROOT / "compose.yaml", folder)
    for part in ("docs", "gateway", "opa", "rego/system"):
        shutil.copytree(ROOT / part, folder / part)
    _be_patient(folder / "gateway" / "gateway.yaml")
    path = os.pathsep.join([str(Path(sys.executable).parent), docker["PATH"]])
    site = Site(folder, docker | {"PATH": path, "NO_COLOR": "1", "COLUMNS": "120"})
    try:
        for command in page("Start"):
            site.shown(command)
        yield site
    finally:
        site.run("docker compose down --timeout 1")


@pytest.fixture
def site(started: Site) -> Iterator[Site]:
    """The site with all its services and the first policy in force; whatever a test broke is mended after it."""
    eventually(lambda: started.ask() == (ALLOWED, "policy"))
    yield started
    started.publish("policy")
    eventually(lambda: started.run("docker compose up --detach --wait").returncode == 0)
