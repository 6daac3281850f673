"""The sessions that a server gave out, and whose they are.

Guarantees: a session serves the caller who opened it; to anybody else there is no such session. What a stream can be
taken up again by, and what the client was asked, belongs to one session. Bounded: of one caller's sessions the one that
was idle longest is forgotten, and is then nobody's.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import TYPE_CHECKING, TypeVar

from mcp_opa.model import Json, Subject
from mcp_opa.pep import message
from mcp_opa.pep.message import Answer, Id

if TYPE_CHECKING:
    from mcp_opa.pep.http.exchange import Exchange

MOST_OF_ONE = 256
MOST = 10_000
MOST_EVENTS = 4096
MOST_ASKED = 1024
MOST_KEPT = 16
LARGEST_KEPT = 256 * 1024
"""Bytes of an answer that is kept for a client who may not have got it."""
_ID = re.compile(r"[\x21-\x7e]{1,512}")
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Session:
    """One client of a server's; without an id, a client whose requests the server doesn't connect."""

    def __init__(self, id: str | None, subject: Subject) -> None:  # noqa: A002 (its name in MCP)
        self.id = id
        self.subject = subject
        self.exchanges: dict[Id, Exchange] = {}
        self.asked: OrderedDict[Id, None] = OrderedDict()
        """The server's requests that the client has not answered."""
        self._events: OrderedDict[str, Id | None] = OrderedDict()
        self._kept: OrderedDict[Id, Answer] = OrderedDict()

    def sent(self, event: str, request: Id | None) -> None:
        """Take note that the client got an event of this id, on the stream of this request."""
        if event not in self._events:
            _put(self._events, event, request, MOST_EVENTS)

    def knows(self, event: str) -> bool:
        """Whether the client got an event of this id."""
        return event in self._events

    def interrupted(self, event: str) -> Exchange | None:
        """The exchange that this event was part of, if it goes on."""
        request = self.origin(event)
        return None if request is None else self.exchanges.get(request)

    def origin(self, event: str) -> Id | None:
        """The request on whose stream an event came; None if it came on a stream of its own."""
        return self._events.get(event)

    def asks(self, id_: Id) -> bool:
        """Take note of a request of the server's; whether it may be passed on."""
        if id_ in self.asked or len(self.asked) >= MOST_ASKED:
            return False
        self.asked[id_] = None
        return True

    def takes_back(self, id_: Json) -> None:
        """The server wants no answer to its request any more."""
        if isinstance(id_, str | int):
            self.asked.pop(id_, None)

    def keep(self, answer: Answer) -> None:
        """Keep an answer that the client may ask for once more."""
        if answer.id is not None and len(message.encode(answer)) <= LARGEST_KEPT:
            _put(self._kept, answer.id, answer, MOST_KEPT)

    def kept(self, id_: Id | None) -> Answer | None:
        """An answer that was kept."""
        return None if id_ is None else self._kept.get(id_)


class Sessions:
    """All sessions of one server."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, Session] = OrderedDict()

    def open(self, id_: str, subject: Subject) -> Session | None:
        """The session that the server just gave out; None if that can't be."""
        if not _ID.fullmatch(id_) or (id_ in self._open and self._open[id_].subject.id != subject.id):
            return None
        own = [key for key, session in self._open.items() if session.subject.id == subject.id]
        if len(own) >= MOST_OF_ONE:
            self.close(own[0])
        elif len(self._open) >= MOST:
            return None
        self._open[id_] = Session(id_, subject)
        return self._open[id_]

    def find(self, id_: str, subject: Subject) -> Session | None:
        """The caller's session of this id, which is in use now."""
        session = self._open.get(id_)
        if session is None or session.subject.id != subject.id:
            return None
        self._open.move_to_end(id_)
        return session

    def close(self, id_: str) -> None:
        """The session has ended; what waits in it ends with it."""
        if session := self._open.pop(id_, None):
            for exchange in session.exchanges.values():
                exchange.scope.cancel()


def _put(held: OrderedDict[_Key, _Value], key: _Key, value: _Value, most: int) -> None:
    held[key] = value
    if len(held) > most:
        held.popitem(last=False)
