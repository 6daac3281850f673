"""The addresses that a gateway listens at, and their end.

Guarantees: a connection that brings no whole request in its time is closed. Told to stop, it takes nobody new, ends the
streams, and lets what runs finish for a moment.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from mcp_opa.pep.config import ConfigError, Tls

HEAD_SECONDS = 15.0
"""Within this time a request's headers must be here."""
IDLE_SECONDS = 30
"""How long a connection may lie idle: longer than common clients keep it (5), who else might use it as it is closed."""
GRACE_SECONDS = 5
MOST_CONNECTIONS = 2048
LARGEST_HEAD = 32 * 1024
_UNREAD_MILLISECONDS = 60_000
"""After this time without a sign of a peer to whom something was sent the connection is given up."""


class Hurried(H11Protocol):
    """HTTP/1.1, and a bound on the time until a request's headers have come."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See `asyncio.Protocol`."""
        super().connection_made(transport)
        self._hurry()

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        super().data_received(data)
        if self._waits():
            self._hurry()
        else:
            self._calm()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._calm()
        super().connection_lost(exc)

    def _hurry(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _calm(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _give_up(self) -> None:
        self._late = None
        if self._waits():
            self.transport.abort()

    def _waits(self) -> bool:
        """Whether no request is being served."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete


class Door(uvicorn.Server):
    """One address, and what is served there."""

    def __init__(self, listener: socket.socket, app: ASGIApp, tls: Tls | None = None) -> None:
        """Raises `ConfigError` for a certificate that can't be used."""
        more: dict[str, Any] = {} if tls is None else {"ssl_certfile": tls.cert, "ssl_keyfile": tls.key}
        config = uvicorn.Config(
            app,
            http=Hurried,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
            h11_max_incomplete_event_size=LARGEST_HEAD,
            **more,
        )
        try:
            config.load()
        except (OSError, ValueError) as error:
            named = "" if tls is None else f"{tls.cert}, {tls.key}: "
            raise ConfigError(f"{named}can't be used as certificate and key: {error}; give both in PEM") from error
        super().__init__(config)
        self._listener = listener
        self.url = f"{'http' if tls is None else 'https'}://{_spelled(listener)}"

    async def open(self) -> None:
        """Serve until it is told to stop."""
        await self.serve([self._listener])

    def stop(self) -> None:
        """Take nobody new, and end."""
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `stopped_by_signals`."""
        yield


def listener(address: str) -> socket.socket:
    """A socket that listens at `host:port`. Raises `ConfigError`."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        made = socket.create_server((host, int(port)), family=family, backlog=256)
    except OSError as error:
        raise ConfigError(f"{address}: can't be listened at: {error.strerror or error}") from error
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio sets it only where the protocol was named
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNREAD_MILLISECONDS)
    return made


def _spelled(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@contextmanager
def stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Within this, SIGINT and SIGTERM call `stop` in the event loop."""
    loop = asyncio.get_running_loop()
    both = (signal.SIGINT, signal.SIGTERM)
    for each in both:
        loop.add_signal_handler(each, stop)
    try:
        yield
    finally:
        for each in both:
            loop.remove_signal_handler(each)
