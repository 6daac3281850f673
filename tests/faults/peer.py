"""One connection of the faulty server: what a fault's script can do with it.

Guarantees: what it sends is what the script says, byte for byte; every wait ends when the client goes away, when the
server closes, or after `PATIENCE`. It knows no fault.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from mcp_opa.model import Question
from tests.faults import answers

PATIENCE = 20.0
"""Seconds that one send or receive may take."""
_ASKED = re.compile(
    rb"POST /v1/data/mcp/authz/([a-z]+)\?strict-builtin-errors=true&provenance=true HTTP/1\.1\r\n(.*?\r\n)\r\n",
    re.DOTALL,
)
_LENGTH = re.compile(rb"^content-length: *([0-9]+)\r$", re.IGNORECASE | re.MULTILINE)
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Asked:
    """One question that was read, and what a good answer to it is."""

    question: Question
    id: str
    elsewhere: str
    """The URL of the same question at a server that must never be asked."""

    @property
    def value(self) -> dict[str, Any]:
        """The value of a good answer, which a fault may spoil."""
        return answers.value(self.question, self.id)

    @property
    def body(self) -> bytes:
        """A good answer, as OPA writes it."""
        return answers.body(self.value)


class Peer:
    """A connection that was accepted. Threads don't share one, but any may `close` it."""

    def __init__(self, accepted: socket.socket, elsewhere: str, closing: threading.Event) -> None:
        accepted.settimeout(PATIENCE)
        self.socket = accepted
        self.flooded = 0
        """How many bytes `flood` could send."""
        self._elsewhere = elsewhere
        self._closing = closing
        self._read = b""

    def secure(self, context: ssl.SSLContext) -> None:
        """Speak TLS from now on."""
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.socket.do_handshake()

    def asked(self) -> Asked | None:
        """The next question, or None if the client is done."""
        while b"\r\n\r\n" not in self._read:
            if not self._more():
                return None
        head = _ASKED.match(self._read)
        assert head, self._read[:1000]
        length = _LENGTH.search(head[2])
        assert length, head[2]
        end = head.end() + int(length[1])
        while len(self._read) < end:
            if not self._more():
                return None
        document, self._read = json.loads(self._read[head.end() : end])["input"], self._read[end:]
        question = Question(head[1].decode())
        return Asked(question, document["id"], f"{self._elsewhere}/v1/data/mcp/authz/{question}")

    def send(self, data: bytes) -> None:
        """Send all of it at once."""
        self.socket.sendall(data)

    def receive(self) -> bytes:
        """What came, as it came. Raises `ConnectionError` if the client went away."""
        if not (came := self.socket.recv(1 << 16)):
            raise ConnectionError
        return came

    def drip(self, data: bytes, pause: float = 0.1) -> None:
        """Send it byte by byte, with a pause after each."""
        for byte in data:
            self.send(bytes([byte]))
            if self._closing.wait(pause):
                return

    def flood(self, piece: bytes, total: int = 1 << 30) -> None:
        """Send the piece over and over, a gigabyte in all unless the client goes away."""
        for _ in range(total // len(piece)):
            self.send(piece)
            self.flooded += len(piece)

    def hang(self) -> None:
        """Say nothing more, until the client goes away."""
        while self._more():
            self._read = b""

    def reset(self) -> None:
        """End the connection as the kernel does for a process that was killed with data unread."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.socket.close()

    def close(self) -> None:
        """End the connection in good order."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def _more(self) -> bool:
        more = self.socket.recv(1 << 16) if self.socket.fileno() >= 0 else b""
        self._read += more
        return bool(more)
