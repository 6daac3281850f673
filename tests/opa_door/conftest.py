"""A key pair, bundles that it signs, their server, and a locked OPA that polls it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mcp_opa import bundle, policy, shipped
from mcp_opa.signature import Signer
from tests.conftest import free_address
from tests.opa_door.world import CONFIG, TOKEN, Bundles, Opa, Pair, Start, command, door, known, running

Build = Callable[..., bytes]
"""`build(tool)`, `build(tool, key)`, `build(tool, None)`: the bytes of a bundle, signed or not."""
Sign = Callable[..., bytes]
"""`sign(source)`, `sign(source, key, algorithm)`: the bytes of a bundle."""


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """The keys whose public half OPA has."""
    return Pair.made(tmp_path_factory.mktemp("keys"), "policy")


@pytest.fixture(scope="module")
def build(pair: Pair) -> Build:
    """The bundle of a policy that lets `agent` call one tool, signed with the pair's key unless told otherwise."""

    def build_(tool: str, key: Path | None = pair.private) -> bytes:
        data = policy.convert(f"actors: [{{id: agent, allowed_tools: [{tool}]}}]").data
        return bundle.build(data, shipped.rego(), signer=Signer(key.read_bytes()) if key else None)

    return build_


@pytest.fixture(scope="module")
def sign(opa: Path, pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Sign:
    """Signs by OPA itself, with the pair's key unless told otherwise, what mcp-opa would not: a file or a folder."""

    def sign_(source: Path, key: Path = pair.private, algorithm: str = "RS256") -> bytes:
        target = tmp_path_factory.mktemp("signed") / "bundle.tar.gz"
        options = [f"--signing-key={key}", f"--signing-alg={algorithm}", f"--output={target}"]
        subprocess.run([opa, "build", *options, "--bundle", source], check=True, capture_output=True)
        return target.read_bytes()

    return sign_


@pytest.fixture(scope="module")
def bundles() -> Iterator[Bundles]:
    """The server that OPA polls; gone until something is published."""
    server = Bundles()
    server.start()  # to have a port
    server.stop()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def start(opa: Path, pair: Pair, bundles: Bundles, tmp_path_factory: pytest.TempPathFactory) -> Start:
    """Starts a locked OPA that polls the server each second."""

    @contextmanager
    def start_(
        *more: str, callers: str | None = known(TOKEN), key: Path = pair.public, store: Path | None = None
    ) -> Iterator[Opa]:
        folder, address = tmp_path_factory.mktemp("opa"), free_address()
        places: dict[str, Path | str] = {
            "0.0.0.0:8181": address,
            "/etc/opa/config.yaml": CONFIG,
            "/etc/opa/policy.pub.pem": key,
            "/etc/opa/door": door(folder, callers),
        }
        host, port = bundles.address
        settings = {
            "services.bundles.url": f"http://{host}:{port}",
            "persistence_directory": store or folder / "store",
            "bundles.mcp.polling.min_delay_seconds": 1,
            "bundles.mcp.polling.max_delay_seconds": 1,
        }
        words = command(opa, places, *(f"--set={key}={value}" for key, value in settings.items()), *more)
        with running(words, address, folder / "log") as server:
            yield server

    return start_
