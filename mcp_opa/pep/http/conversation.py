"""What a caller who is known says, passed through the relay: requests, notifications, answers, streams, farewells.

Guarantees: one message a POST, read whole within its time and size. A session that isn't the caller's is none. What a
stream that is taken up again holds is passed as it would have been on its own stream. A caller has so much under way at
once, counted from before its first byte is read until nothing of it goes on; more is refused, and that is recorded.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Self

import anyio
import httpx2
from anyio.abc import TaskGroup
from starlette.requests import Request as Asked
from starlette.types import Send

from mcp_opa.gate import Gate
from mcp_opa.model import Cause, ToolCall
from mcp_opa.pep import message, methods
from mcp_opa.pep.catalogue import Catalogue
from mcp_opa.pep.config import GatewayConfig
from mcp_opa.pep.http import body, headers
from mcp_opa.pep.http.exchange import Exchange
from mcp_opa.pep.http.listening import Listening
from mcp_opa.pep.http.refusal import Refusal
from mcp_opa.pep.http.responding import respond
from mcp_opa.pep.http.room import Crowded, Room
from mcp_opa.pep.http.server import NoAnswer, Server
from mcp_opa.pep.http.sessions import Session, Sessions
from mcp_opa.pep.http.stream import Gone, Outlet
from mcp_opa.pep.http.way import Way
from mcp_opa.pep.message import Failure, Id, Message, Notification, Odd, Request, Result
from mcp_opa.pep.relay import Caller, Relay

MOST_MESSAGES = 64
"""How many messages of one caller's may be on their way in at once."""
MOST_STREAMS = 256
"""How many streams it may listen to."""
POST_SECONDS = 10.0
MOST_POSTED = 256
"""How many messages of the gateway's own may be on their way to the server."""
_SOON = {"retry-after": "1"}
_log = logging.getLogger(__name__)


class Conversation:
    """All callers' with one server."""

    def __init__(self, gate: Gate, upstream: Server, config: GatewayConfig) -> None:
        self._gate = gate
        self._server = upstream
        self._bounds = replace(message.FROM_CLIENT, max_bytes=config.bounds.message_bytes)
        from_server = replace(message.FROM_SERVER, max_bytes=config.bounds.result_bytes)
        self._sessions = Sessions()
        catalogue = Catalogue()
        self._relay = Relay(gate, server_id=config.server_id, catalogue=catalogue)
        self._way = Way(self._relay, catalogue, upstream, self._sessions, from_server, self._post)
        self._listening = Listening(self._way)
        self._tasks: TaskGroup
        self._posted = 0
        self._messages = Room(MOST_MESSAGES, "messages")
        self._calls = Room(config.bounds.calls, "calls")
        self._streams = Room(MOST_STREAMS, "streams")

    async def __aenter__(self) -> Self:
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._tasks.cancel_scope.cancel()
        await self._tasks.__aexit__(None, None, None)

    def stop(self) -> None:
        """End the streams that never end by themselves."""
        self._listening.stop()

    async def serve(self, asked: Asked, given: Mapping[str, str], caller: Caller, send: Send) -> None:
        """One HTTP request of a caller's. Raises `Refusal` while nothing is sent."""
        room = self._streams if asked.method == "GET" else self._messages
        try:
            with self._place(room, caller) as place:
                if asked.method == "POST":
                    await self._said(asked, given, caller, send, place)
                elif asked.method == "GET":
                    await self._listening.serve(asked, given, self._session(given, caller), send)
                else:
                    await self._farewell(given, self._session(given, caller), send)
        except NoAnswer as lost:
            raise Refusal(lost.status, message.INTERNAL_ERROR, str(lost)) from lost
        except Gone:
            pass

    def _place(self, room: Room, caller: Caller, id_: Id | None = None) -> ExitStack:
        """A place of the caller's. Raises `Refusal`."""
        try:
            return room.place(caller.subject.id)
        except Crowded as crowded:
            call = ToolCall(caller.subject, "", method="", session_id=caller.session_id, source_ip=caller.source_ip)
            self._gate.refuse(call, Cause.RATE_LIMIT, str(crowded))
            raise Refusal(429, message.INVALID_REQUEST, f"Too much at once: {crowded}.", _SOON, id_) from crowded

    async def _said(self, asked: Asked, given: Mapping[str, str], caller: Caller, send: Send, place: ExitStack) -> None:
        said = await self._read(asked, given, caller)
        session = self._session(given, caller, said)
        caller = replace(caller, session_id=session.id or "")
        if isinstance(said, Request):
            if session.id is not None and said.id in session.exchanges:
                raise Refusal(400, message.INVALID_REQUEST, f"the id {said.id!r} is in use", id=said.id)
            room = self._streams if said.method == "subscriptions/listen" else self._calls
            taken = self._place(room, caller, said.id)
            place.close()
            await self._request(asked, Exchange(self._way, session, said, caller, given), said, send, taken)
            return
        if isinstance(said, Notification):
            status = await self._notification(said, given, session, caller)
        else:
            status = await self._reply(said, given, session, caller)
        await Outlet(send, {}).whole(status)

    async def _read(self, asked: Asked, given: Mapping[str, str], caller: Caller) -> Message:
        raw = await body.read(asked, given, self._bounds.max_bytes)
        try:
            said = message.parse(raw, self._bounds)
            if isinstance(said, Request | Notification):
                _compare(said, given)
        except Odd as odd:
            raise self._odd(odd, caller) from odd
        return said

    async def _request(self, asked: Asked, exchange: Exchange, request: Request, send: Send, place: ExitStack) -> None:
        """Relay a request and answer it; its exchange may go on when the client is gone."""
        session = exchange.session
        if session.id is not None:
            session.exchanges[request.id] = exchange
        self._tasks.start_soon(_apart, partial(self._run, exchange, place))
        await respond(asked, exchange, request, send)
        if exchange.status == httpx2.codes.NOT_FOUND and session.id is not None:
            self._sessions.close(session.id)

    async def _run(self, exchange: Exchange, place: ExitStack) -> None:
        with place:
            await exchange.run()
            await exchange.unheard.wait()

    async def _notification(
        self, said: Notification, given: Mapping[str, str], session: Session, caller: Caller
    ) -> int:
        if said.method == "notifications/cancelled":
            id_ = (said.params or {}).get("requestId")
            if isinstance(id_, str | int) and (exchange := session.exchanges.get(id_)):
                exchange.cancelled(said)
            return 202
        if not self._relay.passes(said, caller):
            raise Refusal(400, message.INVALID_REQUEST, "The notification is none that passes.")
        return await self._pass_on(said, given, session)

    async def _reply(self, said: Result | Failure, given: Mapping[str, str], session: Session, caller: Caller) -> int:
        """The client's answer to a request of the server's."""
        if said.id is None or said.id not in session.asked:
            raise self._odd(Odd(message.INVALID_REQUEST, "nothing was asked that this answers"), caller)
        del session.asked[said.id]
        return await self._pass_on(said, given, session)

    async def _pass_on(self, said: Message, given: Mapping[str, str], session: Session) -> int:
        """What HTTP says of a message that the server took."""
        async with self._server.ask("POST", headers.passed(given, session.id), said) as response:
            status = response.status_code
        if status < 300:  # noqa: PLR2004
            return 202
        if status == httpx2.codes.NOT_FOUND and session.id is not None:
            self._sessions.close(session.id)
        raise NoAnswer.of(status)

    async def _farewell(self, given: Mapping[str, str], session: Session, send: Send) -> None:
        async with self._server.ask("DELETE", headers.passed(given, session.id)) as response:
            status, returned = response.status_code, headers.returned(response.headers)
        if session.id is not None and (status < 300 or status == httpx2.codes.NOT_FOUND):  # noqa: PLR2004
            self._sessions.close(session.id)
        if status >= 300:  # noqa: PLR2004
            lost = NoAnswer.of(status)
            raise Refusal(lost.status, message.INTERNAL_ERROR, str(lost), returned)
        await Outlet(send, {}).whole(status)

    def _session(self, given: Mapping[str, str], caller: Caller, said: Message | None = None) -> Session:
        """The session that a request names, or one of its own. Raises `Refusal`."""
        id_ = given.get(headers.SESSION)
        if id_ is None or (isinstance(said, Request) and methods.stateless(said)):
            return Session(None, caller.subject)
        if session := self._sessions.find(id_, caller.subject):
            return session
        call = ToolCall(caller.subject, "", method="", session_id=id_, source_ip=caller.source_ip)
        self._gate.refuse(call, Cause.AUTHENTICATION, "the caller has no such session")
        answers = said.id if isinstance(said, Request) else None
        raise Refusal(404, message.INVALID_REQUEST, "There is no such session.", id=answers)

    def _odd(self, odd: Odd, caller: Caller) -> Refusal:
        error = self._relay.odd(odd, caller)
        return Refusal(400, error.error["code"], error.error["message"], id=error.id)

    def _post(self, said: Message, sent: Mapping[str, str]) -> None:
        if self._posted < MOST_POSTED:
            self._posted += 1
            self._tasks.start_soon(_apart, partial(self._send, said, sent))

    async def _send(self, said: Message, sent: Mapping[str, str]) -> None:
        try:
            with anyio.move_on_after(POST_SECONDS):
                async with self._server.ask("POST", sent, said):
                    pass
        except NoAnswer:
            pass
        finally:
            self._posted -= 1


async def _apart(work: Callable[[], Awaitable[None]]) -> None:
    """Do what goes on by itself: a fault in it ends nothing of others'."""
    try:
        await work()
    except Exception:  # noqa: BLE001 (whatever it is)
        _log.exception("a fault of the gateway's own")


def _compare(said: Request | Notification, given: Mapping[str, str]) -> None:
    try:
        headers.compare(said, given)
    except headers.Unlike as unlike:
        id_ = said.id if isinstance(said, Request) else None
        raise Odd(headers.HEADER_MISMATCH, str(unlike), id_) from unlike
