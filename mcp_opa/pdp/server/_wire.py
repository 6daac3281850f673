"""Sockets whose deadline is a total one, and what is read from them line by line.

Guarantees: after `until` nothing is sent or received any more, however slowly or in however many pieces the other side
goes about it; the lines of one answer, of whatever kind, hold no more than `LONGEST` bytes together, and each of them
has an end. It understands no HTTP.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
from typing import Any

LONGEST = 256 * 1024
"""Bytes of all lines of an answer: status, headers, sizes of chunks, trailers, interim answers."""


class Garbled(Exception):
    """What came is no answer as OPA gives it. The message quotes nothing of it."""


class BrokenOff(ConnectionError):
    """The connection ended within an answer. `line` is what there was of the last line."""

    def __init__(self, line: bytes = b"") -> None:
        super().__init__("the connection ended within the answer")
        self.line = line


class Wire(socket.socket):
    """A connected socket."""

    until: float = 0.0
    """When the question is over; by the monotonic clock."""
    heard: bool = False
    """Whether a byte came since this was last set to false."""

    def left(self) -> float:
        """The seconds that are left. Raises `TimeoutError`."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def recv_into(self, *arguments: Any) -> int:  # noqa: ANN401 (whatever a socket takes)
        """As a socket does."""
        self.settimeout(self.left())
        count = super().recv_into(*arguments)
        self.heard = self.heard or count > 0
        return count

    def send(self, *arguments: Any) -> int:  # noqa: ANN401
        """As a socket does."""
        self.settimeout(self.left())
        return super().send(*arguments)

    def sendall(self, *arguments: Any) -> None:  # noqa: ANN401
        """As a socket does."""
        self.settimeout(self.left())
        super().sendall(*arguments)

    def makefile(self, *_: Any, **__: Any) -> Any:  # noqa: ANN401
        """One answer, to be read."""
        return Lines(super().makefile("rb", buffering=0))


class TlsWire(Wire, ssl.SSLSocket):
    """The same through TLS; made by a context whose `sslsocket_class` it is."""


class Lines(io.BufferedReader):
    """The bytes of one answer."""

    _read = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        """One whole line, or `size` bytes of it. Raises `Garbled` where lines don't end, and `BrokenOff`."""
        line = super().readline(size)
        self._read += len(line)
        if self._read > LONGEST:
            raise Garbled("its lines don't end")
        if not line.endswith(b"\n") and len(line) != size:
            raise BrokenOff(line)
        return line
