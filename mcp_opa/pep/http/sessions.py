"""The sessions that a server gave out, and whose they are.

Guarantees: a session serves the caller who opened it; to anybody else there is no such session. What a stream can be
taken up again by, and what the client was asked, belongs to one session. Bounded: of one caller's sessions the one that
was idle longest is forgotten, and is then nobody's; what sessions keep is bounded by caller, in `kept`.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import TYPE_CHECKING

from mcp_opa.model import Json, Subject
from mcp_opa.pep import message
from mcp_opa.pep.http.kept import Kept
from mcp_opa.pep.message import Answer, Id

if TYPE_CHECKING:
    from mcp_opa.pep.http.exchange import Exchange

MOST_OF_ONE = 256
MOST = 10_000
MOST_ASKED = 1024
LARGEST_KEPT = 256 * 1024
"""Bytes of an answer that is kept for a client who may not have got it."""
_ID = re.compile(r"[\x21-\x7e]{1,512}")


class Session:
    """One client of a server's; without an id, a client whose requests the server doesn't connect."""

    def __init__(self, id: str | None, subject: Subject, kept: Kept | None = None) -> None:  # noqa: A002 (as in MCP)
        self.id = id
        self.subject = subject
        self.exchanges: dict[Id, Exchange] = {}
        self.asked: OrderedDict[Id, None] = OrderedDict()
        """The server's requests that the client has not answered."""
        self.of = subject.id, id or ""
        """What is kept is kept under this."""
        self._kept = kept or Kept()

    def sent(self, event: str, request: Id | None) -> None:
        """Take note that the client got an event of this id, on the stream of this request."""
        if not self.knows(event):
            self._kept.events.put(self.of, event, (request,), len(f"{event}{request}".encode()))

    def knows(self, event: str) -> bool:
        """Whether the client got an event of this id."""
        return self._kept.events.get(self.of, event) is not None

    def interrupted(self, event: str) -> Exchange | None:
        """The exchange that this event was part of, if it goes on."""
        request = self.origin(event)
        return None if request is None else self.exchanges.get(request)

    def origin(self, event: str) -> Id | None:
        """The request on whose stream an event came; None if it came on a stream of its own."""
        found = self._kept.events.get(self.of, event)
        return None if found is None else found[0]

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
        whole = message.encode(answer)
        if answer.id is not None and len(whole) <= LARGEST_KEPT:
            self._kept.answers.put(self.of, answer.id, whole, len(whole))

    def answered(self, id_: Id) -> bytes | None:
        """An answer that was kept, as it was sent."""
        return self._kept.answers.get(self.of, id_)

    def forgotten(self) -> None:
        """What is still said to its client is kept with the session alone, and goes with it."""
        self._kept = Kept()


class Sessions:
    """All sessions of one server."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, Session] = OrderedDict()
        self._kept = Kept()

    def open(self, id_: str, subject: Subject) -> Session | None:
        """The session that the server just gave out; None if that can't be."""
        if not _ID.fullmatch(id_) or (id_ in self._open and self._open[id_].subject.id != subject.id):
            return None
        own = [key for key, session in self._open.items() if session.subject.id == subject.id]
        if len(own) >= MOST_OF_ONE:
            self.close(own[0])
        elif len(self._open) >= MOST:
            return None
        self._open[id_] = Session(id_, subject, self._kept)
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
            self._kept.drop(session.of)
            session.forgotten()
            for exchange in session.exchanges.values():
                exchange.scope.cancel()
