"""A response to a client, as ASGI sends it: whole, or event by event.

Guarantees: a client that reads no more is given up after a while. It chooses nothing of what is sent.
"""

from __future__ import annotations

from collections.abc import Mapping

import anyio
from starlette.types import Receive, Send

from mcp_opa.pep.http import events
from mcp_opa.pep.http.events import Event

SEND_SECONDS = 60.0
"""How long a client may take to read what it is sent."""


class Gone(Exception):
    """The client reads no more."""


class Outlet:
    """One client's response."""

    def __init__(self, send: Send, headers: Mapping[str, str]) -> None:
        self._send = send
        self._headers = {"cache-control": "no-store", **headers}
        self.begun = False

    async def whole(self, status: int, body: bytes = b"") -> None:
        """The response, all of it, until most of it has been read. Raises `Gone`."""
        kind = {"content-type": "application/json"} if body else {}
        await self._start(status, {**kind, "content-length": str(len(body))})
        if body:
            await self._bounded({"type": "http.response.body", "body": body, "more_body": True})
        await self.end()

    async def put(self, event: Event) -> None:
        """An event; the first begins the stream. Raises `Gone`."""
        await self.begin()
        await self._bounded({"type": "http.response.body", "body": events.encode(event), "more_body": True})

    async def begin(self) -> None:
        """Begin the stream, if it isn't begun. Raises `Gone`."""
        if not self.begun:
            self.begun = True
            await self._start(200, {"content-type": events.MEDIA_TYPE, "x-accel-buffering": "no"})

    async def end(self) -> None:
        """There is nothing more to come. Raises `Gone`."""
        await self._bounded({"type": "http.response.body", "body": b""})

    async def _start(self, status: int, more: Mapping[str, str]) -> None:
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in {**self._headers, **more}.items()]
        await self._bounded({"type": "http.response.start", "status": status, "headers": raw})

    async def _bounded(self, part: dict[str, object]) -> None:
        try:
            with anyio.fail_after(SEND_SECONDS):
                await self._send(part)
        except (OSError, TimeoutError) as error:
            raise Gone from error


async def gone(receive: Receive) -> None:
    """Wait until the client leaves; it has said all that it had to say."""
    while (await receive())["type"] != "http.disconnect":
        pass
