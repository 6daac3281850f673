"""Real servers, behind the gateway and without it."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.pep.talk import Talk, gateway
from tests.servers import install

Command = tuple[list[str], dict[str, str]]
Begin = Callable[..., Talk]
Calls = list[tuple[str, dict[str, Any]]]


def assert_same(gate: Talk, direct: Talk, calls: Calls) -> None:
    """Through the gateway a call gives byte for byte what the server itself gives."""
    assert [gate.text(name, **arguments) for name, arguments in calls] == [
        direct.text(name, **arguments) for name, arguments in calls
    ]


def assert_refused(gate: Talk, calls: Calls) -> None:
    """The model is told of each call that it is refused."""
    said = [str(gate.call(name, **arguments)) for name, arguments in calls]
    assert [text for text in said if "Refused (" not in text or "'isError': True" not in text] == []


def assert_unknown(gate: Talk, calls: Calls) -> None:
    """There is no such tool, as far as the client can tell."""
    said = [gate.call(name, **arguments) for name, arguments in calls]
    assert said == [{"code": -32602, "message": f"Unknown tool: {name}"} for name, _ in calls]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """`begin(server, actor, policy)`: a session with a server behind the gateway, or, without a policy, with itself."""
    with ExitStack() as talks:

        def begun(server: Command, actor: str = "", policy: str | None = None, server_id: str = "server") -> Talk:
            command, environment = server
            if policy is not None:
                path = tmp_path / f"{actor}.yaml"
                path.write_text(policy)
                command = gateway(path, actor, command, "--server-id", server_id, "--audit", str(tmp_path / "record"))
            talk = talks.enter_context(Talk(command, environment, folder=tmp_path))
            talk.begin()
            return talk

        yield begun


@pytest.fixture(scope="session")
def npm() -> Callable[..., Command]:
    return _had(install.npm)


@pytest.fixture(scope="session")
def pypi() -> Callable[..., Command]:
    return _had(install.pypi)


def _had(get: Callable[..., Command]) -> Callable[..., Command]:
    """A server that can't be had is an error on a build machine, and elsewhere a reason to skip."""

    def had(*arguments: str) -> Command:
        try:
            return get(*arguments)
        except install.Missing as missing:
            if "CI" in os.environ:
                raise
            pytest.skip(str(missing))

    return had
