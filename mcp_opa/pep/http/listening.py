"""Streams that a client opens to listen: what the server says unasked, and answers that its own stream lost.

Guarantees: a stream is taken up only where this session left one. An answer on it is the one that the relay gave, or
says that it can't be given again: never what the server sent.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

import anyio
import httpx2
from starlette.requests import Request as Asked
from starlette.types import Send

from mcp_opa.pep import message
from mcp_opa.pep.http import events, headers
from mcp_opa.pep.http.events import Event
from mcp_opa.pep.http.refusal import Refusal
from mcp_opa.pep.http.server import NoAnswer, media_type
from mcp_opa.pep.http.sessions import Session
from mcp_opa.pep.http.stream import Gone, Outlet, gone
from mcp_opa.pep.http.way import Way
from mcp_opa.pep.message import Answer, Failure, Id, Odd, Result

_log = logging.getLogger(__name__)


class Listening:
    """All streams of one gateway."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._open: set[anyio.CancelScope] = set()
        self._stopped = False

    def stop(self) -> None:
        """End every stream."""
        self._stopped = True
        for stream in self._open:
            stream.cancel()

    async def serve(self, asked: Asked, given: Mapping[str, str], session: Session, send: Send) -> None:
        """One stream, until either side ends it. Raises `Refusal` and `NoAnswer` while nothing is sent, and `Gone`."""
        last = given.get("last-event-id")
        origin = None if last is None else await self._taken_up(session, last)
        up = headers.passed(given, session.id) | ({} if last is None else {"last-event-id": last})
        outlet, left = Outlet(send, {}), False
        async with self._way.server.ask("GET", up, endless=True) as response:
            if response.status_code != httpx2.codes.OK or media_type(response) != events.MEDIA_TYPE:
                lost = NoAnswer.of(response.status_code)
                returned = headers.returned(response.headers)
                raise Refusal(lost.status, message.INTERNAL_ERROR, str(lost), returned)
            await outlet.begin()
            try:
                await self._until_gone(asked, response, session, origin, outlet)
            except* (httpx2.HTTPError, events.Overlong):
                _log.warning("the server broke off a stream")
            except* Gone:
                left = True
        if not left:
            await outlet.end()

    async def _taken_up(self, session: Session, last: str) -> Id | None:
        """The request whose stream goes on; what still reads the old one stops. Raises `Refusal`."""
        if not session.knows(last):
            raise Refusal(400, message.INVALID_REQUEST, "No stream of this session had this Last-Event-ID.")
        if exchange := session.interrupted(last):
            await exchange.apart()
        return session.origin(last)

    async def _until_gone(
        self, asked: Asked, response: httpx2.Response, session: Session, origin: Id | None, outlet: Outlet
    ) -> None:
        async with anyio.create_task_group() as tasks:
            self._open.add(tasks.cancel_scope)
            if self._stopped:
                tasks.cancel_scope.cancel()
            tasks.start_soon(_leave, asked, tasks.cancel_scope)
            try:
                async for event in events.read(response.aiter_raw(), self._way.bounds.max_bytes):
                    if passed := await self._passed(event, session, origin):
                        await outlet.put(passed)
            finally:
                self._open.discard(tasks.cancel_scope)
            tasks.cancel_scope.cancel()

    async def _passed(self, event: Event, session: Session, origin: Id | None) -> Event | None:
        """What the client gets of an event."""
        if session.id is None:
            event = replace(event, id=None)
        elif event.id is not None:
            session.sent(event.id, origin)
        if not event.data:
            return event
        try:
            said = message.parse(event.data, self._way.bounds)
        except Odd as odd:
            _log.warning("the server says what is no message, which is dropped: %s", odd)
            return None
        if isinstance(said, Result | Failure):
            answer = await self._answered(said, session)
            return None if answer is None else replace(event, data=answer)
        sent = {} if session.id is None else {headers.SESSION: session.id}
        return replace(event, data=message.encode(said)) if self._way.hears(session, said, sent) else None

    async def _answered(self, said: Answer, session: Session) -> bytes | None:
        if said.id is None:
            return None
        if exchange := session.exchanges.get(said.id):
            answer = await exchange.resumed(said)
            return None if answer is None else message.encode(answer)
        lost = message.failure(said.id, message.INTERNAL_ERROR, "The answer can't be given again.")
        return session.answered(said.id) or message.encode(lost)


async def _leave(asked: Asked, stream: anyio.CancelScope) -> None:
    await gone(asked.receive)
    stream.cancel()
