"""A gateway over HTTP, put together as its configuration states it, and run until it is told to stop.

Guarantees: what can't be used is an error before anybody is served. It makes no gate.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AsyncExitStack

import anyio

from mcp_opa.gate import Gate
from mcp_opa.model import Subject
from mcp_opa.pep import message
from mcp_opa.pep.callers import callers
from mcp_opa.pep.config import ConfigError, GatewayConfig
from mcp_opa.pep.http import health
from mcp_opa.pep.http.app import App
from mcp_opa.pep.http.conversation import Conversation
from mcp_opa.pep.http.server import Server
from mcp_opa.pep.http.serving import Door, listener, stopped_by_signals
from mcp_opa.pep.message import Bounds


async def serve(config: GatewayConfig, gate: Gate, told: Callable[[str], None]) -> None:
    """Serve until a signal comes. `told` is called with each URL that is served.

    Raises `ConfigError` and `auth.AuthError` for what can't be used.
    """
    http = config.http
    if http is None:
        raise ConfigError("there is no `http`: clients of this gateway come by stdio")
    authenticator = callers(http)
    sizes = config.bounds
    async with AsyncExitStack() as held:
        conversation = await held.enter_async_context(
            Conversation(
                gate,
                await held.enter_async_context(Server(http.upstream)),
                server_id=config.server_id,
                from_client=Bounds(sizes.message_bytes, message.FROM_CLIENT.max_depth),
                from_server=Bounds(sizes.result_bytes, message.FROM_SERVER.max_depth),
            )
        )
        doors = [Door(listener(http.listen), App(http, gate, authenticator, conversation), http.tls)]
        if http.health is not None:
            checks: dict[str, health.Check] = {"policy": lambda: _policy(gate, config.server_id)}
            checks |= {"record": lambda: _record(config.audit), "callers": authenticator.trouble}
            doors.append(Door(listener(http.health), health.app(checks)))

        def stop() -> None:
            conversation.stop()
            for door in doors:
                door.stop()

        for door, path in zip(doors, ("/mcp", "/ready"), strict=False):
            told(f"{door.url}{path}")
        with stopped_by_signals(stop):
            async with anyio.create_task_group() as tasks:
                for door in doors:
                    tasks.start_soon(door.open)


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
