"""Requests that wait for their answers on one connection to a server.

Guarantees: an answer reaches the request that has its id and waits for it, or nobody. A request whose wait is cut short
is cancelled at the server, and its id stays taken until the late answer came, so that no other request gets that.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from mcp_opa.pep.message import Answer, Id, Message, Notification, Request
from mcp_opa.pep.relay import Lost

MOST_ABANDONED = 10_000
SILENCE_SECONDS = 300.0
"""How long a server may say nothing at all while something waits for it; the gateway over HTTP has the same."""
_ENDED = "The server has ended, or answers no more."


class Exchange:
    """`send` sends a message and raises `OSError` if nobody reads; `post` does it some time, and raises nothing."""

    def __init__(
        self,
        send: Callable[[Message], Awaitable[None]],
        post: Callable[[Message], None],
        *,
        silence_seconds: float = SILENCE_SECONDS,
    ) -> None:
        self._send = send
        self._post = post
        self._silence = silence_seconds
        self._heard = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._waiting: dict[Id, _Wait] = {}
        self._abandoned: OrderedDict[Id, None] = OrderedDict()
        self._lost: str | None = None

    def __contains__(self, id_: Id) -> bool:
        """Whether an answer with this id may still come."""
        return id_ in self._waiting or id_ in self._abandoned

    async def request(self, request: Request, turn: Turn) -> Answer:
        """The answer to a request. Raises `Lost`."""
        if self._lost is not None:
            raise Lost(self._lost)
        if not self._waiting:
            self.hear()  # it had nothing to say
        wait = self._waiting[request.id] = _Wait(request.id, turn)
        if self._watch is None:
            self._watched()
        try:
            await self._send(request)
            turn.sent()
            await wait.over
        except OSError as error:
            raise Lost(_ENDED) from error
        except asyncio.CancelledError:
            if wait.answer is None:
                self._abandon(request.id)
                self._post(wait.cancellation)
            raise
        finally:
            del self._waiting[request.id]
        if wait.answer is None:
            self._abandon(request.id)
            raise Lost(wait.lost)
        return wait.answer

    def hear(self) -> None:
        """The server has said something."""
        self._heard = time.monotonic()

    def answered(self, answer: Answer) -> Turn | None:
        """Give an answer to the request that waits for it; whose turn that is, if one does."""
        if answer.id is None:
            return None
        wait = self._waiting.get(answer.id)
        if wait is None:
            self._abandoned.pop(answer.id, None)
        if wait is None or wait.answer is not None:
            return None
        wait.answer = answer
        if wait.over.done():  # given up in this moment
            return None
        wait.over.set_result(None)
        return wait.turn

    def fail(self, why: str, id_: Id | None = None) -> None:
        """There is no answer that could be used to the request of this id; without an id, to any that waits."""
        for wait in self._waiting.values():
            if (id_ is None or wait.id == id_) and not wait.over.done():
                wait.lost = why
                wait.over.set_result(None)

    def end(self) -> None:
        """No answer will come any more."""
        self._lost = _ENDED
        self.fail(_ENDED)
        if self._watch is not None:
            self._watch.cancel()

    def cancelled(self, id_: Id, cancellation: Notification) -> None:
        """The client's own words, for when the wait of this request is cut short."""
        if id_ in self._waiting:
            self._waiting[id_].cancellation = cancellation

    def _watched(self) -> None:
        """Give up what waits when the server has been silent for too long; until then look again when it might be."""
        self._watch = None
        if not self._waiting:
            return
        left = self._heard + self._silence - time.monotonic()
        if left > 0:
            self._watch = asyncio.get_running_loop().call_later(left, self._watched)
            return
        for wait in self._waiting.values():
            if not wait.over.done():
                self._post(wait.cancellation)
        self.fail(f"The server has said nothing for {self._silence:g} s.")

    def _abandon(self, id_: Id) -> None:
        self._abandoned[id_] = None
        if len(self._abandoned) > MOST_ABANDONED:
            self._abandoned.popitem(last=False)


class _Wait:
    """One request's."""

    def __init__(self, id_: Id, turn: Turn) -> None:
        self.id = id_
        self.turn = turn
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.answer: Answer | None = None
        self.lost = _ENDED
        self.cancellation = Notification("notifications/cancelled", {"requestId": id_, "reason": "no longer wanted"})


class Turn:
    """A client's request from its line to its answer: the way to the server that the relay is given for it."""

    def __init__(self, exchange: Exchange, unsent: asyncio.Semaphore) -> None:
        """`unsent` was acquired for it; it is released when the server has the request, or the turn ends."""
        self.task: asyncio.Task[None] | None = None
        """What serves it."""
        self.over = asyncio.Event()
        """Set when nothing more is done with the server's last answer."""
        self._exchange = exchange
        self._unsent: asyncio.Semaphore | None = unsent

    async def request(self, request: Request) -> Answer:
        """See `relay.Upstream`."""
        self.over.set()
        self.over = asyncio.Event()
        return await self._exchange.request(request, self)

    def sent(self) -> None:
        """The server has the request."""
        unsent, self._unsent = self._unsent, None
        if unsent is not None:
            unsent.release()

    def end(self) -> None:
        """The client has its answer, or wants none."""
        self.sent()
        self.over.set()
