"""One request of a client's over HTTP, from its decision to its answer: the relay's way to the server for it.

Guarantees: what the server says on the way reaches the client in order, and no faster than it reads. A client that is
gone is told nothing more: in the era without sessions that cancels its request; in a session the answer is waited for
where it may still come, and recorded. The server is told when nobody waits any more. What the relay asks on its own is
between it and the server: no client is told on the way, nor waited for, as others wait for the answer too.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

import anyio
import httpx2

from mcp_opa.pep import message, methods
from mcp_opa.pep.http import events, headers, server
from mcp_opa.pep.http.events import Event
from mcp_opa.pep.http.server import NoAnswer
from mcp_opa.pep.http.sessions import Session
from mcp_opa.pep.http.way import Way
from mcp_opa.pep.message import Answer, Failure, Notification, Odd, Request, Result
from mcp_opa.pep.relay import Caller

RESUME_SECONDS = 120.0
"""How long an answer is waited for on another stream, when its own has ended before it."""
_APART_SECONDS = 5.0
_UNHEARD = (401, 403, 407)
"""What the server says to the gateway, and not to its client."""
_log = logging.getLogger(__name__)


class Exchange:
    """The client's request, and what became of it."""

    def __init__(self, way: Way, session: Session, request: Request, caller: Caller, given: Mapping[str, str]) -> None:
        """`given`: the headers that came with the request."""
        self.scope = anyio.CancelScope()
        self.session = session
        self.done = anyio.Event()
        self.unheard = anyio.Event()
        """Set when its client listens no more."""
        self.answer: Answer | None = None
        self.status = 0
        """Of the server's response, if its answer is passed on."""
        self.returned: dict[str, str] = {}
        """What of its headers the client gets."""
        self.came: Event | None = None
        """The event that the server's answer came in, if it came in one."""
        self._way = way
        self._request = request
        self.caller = caller
        self._given = given
        self._tell, self.said = anyio.create_memory_object_stream[Event](0)
        self._resumable = False
        self._reading: anyio.CancelScope | None = None
        self._resumed: Answer | None = None
        self._arrived, self._apart = anyio.Event(), anyio.Event()
        self._last_words: Notification | None = None

    async def run(self) -> None:
        """Get the answer. Raises nothing."""
        ids = self.session.exchanges
        try:
            with self.scope:
                self.answer = await self._way.relay.answer(self._request, self.caller, self)
                if self._resumable:
                    self.session.keep(self.answer)
        finally:
            if ids.get(self._request.id) is self:
                del ids[self._request.id]
            self._tell.close()
            self._apart.set()
            self.done.set()

    async def request(self, request: Request) -> Answer:
        """See `relay.Upstream`."""
        try:
            sent = self._headers(request)
        except headers.Unlike as unlike:
            return message.failure(request.id, headers.HEADER_MISMATCH, str(unlike))
        endless = request.method == "subscriptions/listen"
        try:
            async with self._way.server.ask("POST", sent, request, endless=endless) as response:
                answer = await self._read(response, request)
            return answer or await self._elsewhere()
        except anyio.get_cancelled_exc_class():
            self._nobody_waits(request)
            raise
        except NoAnswer as lost:
            if request is self._request:
                self.status = lost.status
            raise

    def left(self) -> None:
        """The client listens no more."""
        self.said.close()
        self.unheard.set()
        if self.done.is_set():
            return
        if methods.stateless(self._request):
            self.scope.cancel()
        elif self._resumable and self._reading is not None:
            self._reading.cancel()

    async def apart(self) -> None:
        """The client takes up the stream elsewhere: wait until this one is closed."""
        self.left()
        with anyio.move_on_after(_APART_SECONDS):
            await self._apart.wait()

    @property
    def streamed(self) -> bool:
        """Whether the server's answer came as an event, and the client says that it takes one."""
        return self.came is not None and events.MEDIA_TYPE in self._given.get("accept", "")

    def final(self) -> Event:
        """The answer as an event, in the place of the one that the server's came in."""
        if self.answer is None:
            return events.ALIVE
        return replace(self.came or events.ALIVE, data=message.encode(self.answer))

    def cancelled(self, notification: Notification) -> None:
        """The client wants no answer any more, and said so."""
        self._last_words = notification
        self.scope.cancel()

    async def resumed(self, answer: Answer) -> Answer | None:
        """The answer, given what the server says on a stream that was taken up again; None if nobody waited for that.

        Whoever waits hears of it before the client does.
        """
        if self._reading is not None and not self._reading.cancel_called:
            return None
        self._resumed = answer
        self._arrived.set()
        await self.done.wait()
        return self.answer

    def _headers(self, request: Request) -> dict[str, str]:
        """What is sent with a request. Raises `headers.Unlike`."""
        passed = headers.passed(self._given, self.session.id)
        if request is not self._request:
            passed.pop("accept", None)
            return passed | headers.mirrored(request, {})
        passed |= headers.mirrored(request, self._given)
        if request.method == "tools/call":
            schema = self._way.catalogue.known((request.params or {})["name"])
            passed |= headers.parameters(request, schema, self._given)
        return passed

    def _nobody_waits(self, request: Request) -> None:
        """Tell the server, where closing its response doesn't."""
        if self.session.id is None:
            return
        words = self._last_words if request is self._request else None
        said = {"requestId": request.id, "reason": "no longer wanted"}
        self._way.post(
            words or Notification("notifications/cancelled", said), headers.passed(self._given, self.session.id)
        )

    async def _read(self, response: httpx2.Response, request: Request) -> Answer | None:
        """The answer in a response; None if it may come on another stream. Raises `NoAnswer`."""
        own = request is self._request
        if own:
            self.status, self.returned = response.status_code, headers.returned(response.headers)
            self._opened(response)
        kind, status = server.media_type(response), response.status_code
        if kind == events.MEDIA_TYPE and status == httpx2.codes.OK:
            return await self._follow(response, request)
        if kind != "application/json" or status in _UNHEARD or 300 <= status < 400:  # noqa: PLR2004 (redirections)
            raise NoAnswer.of(status)
        return self._read_json(await server.body(response, self._way.bounds.max_bytes), request)

    def _read_json(self, raw: bytes, request: Request) -> Answer:
        try:
            said = message.parse(raw, self._way.bounds)
        except Odd as odd:
            raise NoAnswer(f"The server's answer can't be used: {odd}") from odd
        if isinstance(said, Failure) and said.id is None:
            return replace(said, id=request.id)
        if isinstance(said, Result | Failure) and said.id == request.id:
            return said
        raise NoAnswer("The server answers something else.")

    def _opened(self, response: httpx2.Response) -> None:
        """Take note of a session that the server opened with its response. Raises `NoAnswer`."""
        id_ = response.headers.get(headers.SESSION)
        if self._request.method != "initialize" or id_ is None or response.is_error:
            return
        session = self._way.sessions.open(id_, self.caller.subject)
        if session is None:
            raise NoAnswer("The server's session can't be used.")
        self.session = session

    async def _follow(self, response: httpx2.Response, request: Request) -> Answer | None:
        """The answer on a stream of events."""
        own = request is self._request
        with anyio.CancelScope() as reading:
            if own:
                self._reading = reading
            try:
                async for event in events.read(response.aiter_raw(), self._way.bounds.max_bytes):
                    if answer := await self._hear(event, request):
                        return answer
            except httpx2.HTTPError:
                if not (own and self._resumable):
                    raise
            except events.Overlong as overlong:
                raise NoAnswer(f"The server's answer can't be used: {overlong}.") from overlong
        if own and self._resumable:
            self._reading = None
            self._tell.close()
            return None
        raise NoAnswer("The server's stream ended before its answer.")

    async def _elsewhere(self) -> Answer:
        """The answer that comes on another stream. Raises `NoAnswer`."""
        self._apart.set()
        with anyio.move_on_after(RESUME_SECONDS):
            await self._arrived.wait()
        if self._resumed is None:
            raise NoAnswer("The server's stream ended before its answer, and nobody took it up again.")
        return self._resumed

    async def _hear(self, event: Event, request: Request) -> Answer | None:
        own = request is self._request
        event = self._noted(event) if own else event
        if not event.data:
            await self._pass(event, request)
            return None
        try:
            said = message.parse(event.data, self._way.bounds)
        except Odd as odd:
            if odd.id == request.id:
                raise NoAnswer(f"The server's answer can't be used: {odd}") from odd
            _log.warning("the server says what is no message, which is dropped: %s", odd)
            return None
        if isinstance(said, Result | Failure):
            if own and said.id == request.id:
                self.came = event
            return said if said.id == request.id else None
        session = self.session if own else Session(None, self.caller.subject)
        if self._way.hears(session, said, headers.passed(self._given, self.session.id)):
            await self._pass(replace(event, data=message.encode(said)), request)
        return None

    def _noted(self, event: Event) -> Event:
        """An event that the client may name to take up the stream, if it is of a session."""
        if self.session.id is None:
            return replace(event, id=None)
        if event.id is not None:
            self.session.sent(event.id, self._request.id)
            self._resumable = True
        return event

    async def _pass(self, event: Event, request: Request) -> None:
        """Tell the client what is said on the way to the answer of its own request."""
        if request is self._request:
            with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
                await self._tell.send(event)
