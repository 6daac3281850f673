"""A fault of OPA as one row: what the server does, and what the gate must make of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from mcp_opa.model import Cause, Question
from tests.faults.peer import Asked, Peer

BOTH = (Question.NEEDS, Question.DECISION)
JSON = "Content-Type: application/json"
CHUNKED = "Transfer-Encoding: chunked"

Script = Callable[[Peer, Asked], None]
"""Answers one question; if it leaves the connection open, the next is read from it."""
Greeting = Callable[[Peer], None]
"""Does all that a connection sees, before any question was read."""
Make = Callable[[Asked], bytes]


class Listener(Enum):
    """What becomes of those who connect."""

    ACCEPTING = "accepting"
    ABSENT = "absent"
    """There is no such place."""
    REFUSING = "refusing"
    """Nobody listens."""
    DEAF = "deaf"
    """The kernel takes connections, the program none of them."""
    FULL = "full"
    """The kernel takes no more connections."""


class Transport(Enum):
    """How the gate reaches OPA."""

    TCP = "tcp"
    TLS = "tls"
    UNIX = "unix"


@dataclass(frozen=True)
class Fault:
    """One row of the matrix. A fault lies in an answer, in how a connection is greeted, or in the listener."""

    name: str
    cause: Cause
    """What the decision must say."""
    answer: Script | None = None
    greet: Greeting | None = None
    listener: Listener = Listener.ACCEPTING
    at: tuple[Question, ...] = BOTH
    """The questions at which it can strike."""
    transport: Transport = Transport.TCP
    pinned: str | None = None
    """The revision that the gate insists on, if any."""
    asked: int = 1
    """How often the question may be asked at most."""

    @property
    def late(self) -> bool:
        """Whether the gate has to wait for its deadline."""
        return self.cause is Cause.TIMEOUT


def head(*headers: str, status: str = "200 OK") -> bytes:
    """The beginning of a response, with these headers alone."""
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode()


def http(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """A response as OPA gives it, and further headers."""
    return head(JSON, f"Content-Length: {len(body) if length is None else length}", *headers, status=status) + body


def chunked(*pieces: bytes) -> bytes:
    """A body in chunks, the empty one at its end included."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in [*pieces, b""])


def sending(make: Make) -> Script:
    """Sends what is made, and keeps the connection."""
    return lambda peer, asked: peer.send(make(asked))


def closing(make: Make) -> Script:
    """Sends what is made, and closes the connection."""

    def script(peer: Peer, asked: Asked) -> None:
        peer.send(make(asked))
        peer.close()

    return script


def resetting(make: Make) -> Script:
    """Sends what is made, and resets the connection."""

    def script(peer: Peer, asked: Asked) -> None:
        peer.send(make(asked))
        peer.reset()

    return script


def silent(make: Make) -> Script:
    """Sends what is made, and nothing more."""

    def script(peer: Peer, asked: Asked) -> None:
        peer.send(make(asked))
        peer.hang()

    return script


def flooding(before: Make, piece: bytes) -> Script:
    """Sends what is made, and then the piece over and over, a gigabyte in all."""

    def script(peer: Peer, asked: Asked) -> None:
        peer.send(before(asked))
        peer.flood(piece)
        peer.close()

    return script


def dripping(make: Make, before: Make) -> Script:
    """Sends what `before` makes, then drips what `make` makes."""

    def script(peer: Peer, asked: Asked) -> None:
        peer.send(before(asked))
        peer.drip(make(asked))

    return script
