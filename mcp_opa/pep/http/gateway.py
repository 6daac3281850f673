"""A gateway over HTTP, put together as its configuration states it, and run until it is told to stop.

Guarantees: what can't be used is an error before anybody is served. It makes no gate.
"""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio

from mcp_opa.gate import Gate
from mcp_opa.model import Subject
from mcp_opa.pep.callers import callers
from mcp_opa.pep.config import ConfigError, GatewayConfig
from mcp_opa.pep.http import health
from mcp_opa.pep.http.app import App
from mcp_opa.pep.http.conversation import Conversation
from mcp_opa.pep.http.server import Server
from mcp_opa.pep.http.serving import Door, listener, stopped_by_signals
from mcp_opa.policy.problem import Problem

_log = logging.getLogger(__name__)


class Gateway:
    """One gateway over HTTP, listening."""

    def __init__(self, doors: list[Door], conversation: Conversation, warnings: tuple[Problem, ...]) -> None:
        self.warnings = warnings
        """What a security reviewer would say of who may call."""
        self._doors = doors
        self._conversation = conversation
        self.urls = [f"{door.url}{path}" for door, path in zip(doors, ("/mcp", "/ready"), strict=False)]
        """Where clients call, and where its health is told."""

    async def run(self) -> None:
        """Serve until it is stopped."""
        async with anyio.create_task_group() as tasks:
            for door in self._doors:
                tasks.start_soon(door.open)

    def stop(self) -> None:
        """Take nobody new, end the streams, and let what runs finish for a moment."""
        self._conversation.stop()
        for door in self._doors:
            door.stop()


@asynccontextmanager
async def standing(config: GatewayConfig, gate: Gate) -> AsyncIterator[Gateway]:
    """The gateway that a configuration states, to be run within this.

    Raises `ConfigError` and `auth.AuthError` for what can't be used.
    """
    http = config.http
    if http is None:
        raise ConfigError("there is no `http`: clients of this gateway come by stdio")
    authenticator = callers(http)
    async with Server(http.upstream) as server, Conversation(gate, server, config) as conversation:
        doors = [Door(listener(http.listen), App(http, gate, authenticator, conversation), http.tls)]
        if http.health is not None:
            checks: dict[str, health.Check] = {"policy": lambda: _policy(gate, config.server_id)}
            checks |= {
                "record": lambda: _record(config.audit),
                "callers": authenticator.trouble,
                "server": server.trouble,
            }
            doors.append(Door(listener(http.health), health.app(checks)))
        yield Gateway(doors, conversation, authenticator.warnings)


async def serve(config: GatewayConfig, gate: Gate, told: Callable[[str], None]) -> None:
    """Serve until a signal comes. `told` is called with each URL that is served. Raises as `standing` does."""
    async with standing(config, gate) as gateway:
        for url in gateway.urls:
            told(url)
        for warning in gateway.warnings:
            _log.warning("%s", warning)
        with stopped_by_signals(gateway.stop):
            await gateway.run()


async def _policy(gate: Gate, server_id: str | None) -> str:
    """Raises what keeps the policy from answering."""
    await gate.avisible(Subject("readiness"), "tools/list", server_id, [])
    return ""


async def _record(path: str | None) -> str:
    """Raises `OSError` if nothing can be appended to the record."""
    if path is not None:
        os.close(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o600))
        return f"{path}: the disk is full" if os.statvfs(path).f_bavail == 0 else ""
    return ""
