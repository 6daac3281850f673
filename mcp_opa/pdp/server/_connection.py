"""One connection to OPA: a request goes out, and a whole and plain HTTP/1.1 response comes in, or nothing.

Guarantees: connecting (names and TLS included), sending and receiving end at one deadline; a response is taken only if
its framing can be read in one way, and a body only up to a size. It is for one thread at a time, follows nothing and
repeats nothing.
"""

from __future__ import annotations

import os
import re
import select
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPResponse, RemoteDisconnected
from typing import Any, cast

from mcp_opa.pdp.server._place import Place, Resolver
from mcp_opa.pdp.server._wire import BrokenOff, Garbled, Lines, TlsWire, Wire

_VERSION = b"HTTP/1."
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-9][0-9][0-9])(?: [^\r\n]*)?\r?\n")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n")
_LENGTH = re.compile(r"[0-9]{1,15}")
_LINE = 65536
"""Bytes of a line, at most."""


class NotConnected(Exception):
    """No connection came about; the cause (`__cause__`) says why."""


class _Response(HTTPResponse):
    """http.client's response without what it overlooks."""

    fp: Lines

    def begin(self) -> None:
        """Read status and headers. Raises `Garbled` for those that can be read in several ways."""
        super().begin()
        if self.headers.defects or self.headers.get_payload():
            raise Garbled("its headers are no headers")
        lengths = self.headers.get_all("content-length", [])
        codings = [coding.lower() for coding in self.headers.get_all("transfer-encoding", [])]
        plain = not codings and (not lengths or (len(lengths) == 1 and _LENGTH.fullmatch(lengths[0])))
        if not plain and (lengths or codings != ["chunked"]):
            raise Garbled("its length can be read in several ways")

    def whole(self, most: int) -> bytes:
        """The body. Raises `Garbled` if it is longer than `most`, and `BrokenOff`."""
        if (self.length or 0) > most:
            raise Garbled(f"it has more than {most} bytes")
        body = self.read(most + 1)
        if len(body) > most:
            raise Garbled(f"it has more than {most} bytes")
        if self.length:
            raise BrokenOff
        return body

    def _read_status(self) -> tuple[str, int, str]:
        try:
            line = self.fp.readline(_LINE)
        except BrokenOff as broken:
            if not broken.line:
                raise RemoteDisconnected("nothing came") from broken
            if broken.line.startswith(_VERSION) or _VERSION.startswith(broken.line):
                raise
            line = broken.line
        if not (found := _STATUS.fullmatch(line)):
            raise Garbled("it is no HTTP")
        return "HTTP/1.1", int(found[1]), ""

    def _read_next_chunk_size(self) -> int:
        if not (found := _SIZE.fullmatch(self.fp.readline(_LINE))):
            raise Garbled("its chunks have no sizes")
        return int(found[1], 16)


class Connection(HTTPConnection):
    """A connection to a place, through TLS if there is a context; opened when it is first asked."""

    response_class = _Response

    def __init__(self, where: Place, resolver: Resolver, context: ssl.SSLContext | None) -> None:
        super().__init__(where.host, where.port)
        self.context = context
        self.kept = False
        """Whether it has brought an answer already."""
        self._until = 0.0
        self._pieces: list[bytes] = []
        self._wire: Wire | None = None
        self._resolver = resolver

    @property
    def usable(self) -> bool:
        """Whether the other side has neither closed it nor sent anything unasked."""
        if self.sock is None:
            return False
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        return not poll.poll(0)

    @property
    def heard(self) -> bool:
        """Whether any of an answer came to the last question."""
        return self._wire is not None and self._wire.heard

    def exchange(
        self, path: str, body: bytes, headers: Mapping[str, str], until: float, most: int
    ) -> tuple[HTTPResponse, bytes]:
        """The response to one POST, and its body if its status is 200.

        `until` is the monotonic clock's, `most` in bytes. Raises `NotConnected`, `TimeoutError`, `Garbled`, `OSError`
        or `HTTPException`.
        """
        self._until = until
        try:
            wire = self._opened()
            wire.until, wire.heard = until, False
            self._pieces.clear()
            self.request("POST", path, body, headers)
            wire.sendall(b"".join(self._pieces))
            response = self.getresponse()
            assert isinstance(response, _Response)  # noqa: S101 (for the type checker)
            return response, response.whole(most) if response.status == HTTPStatus.OK else b""
        except TimeoutError as error:
            reached = "a whole answer" if self.heard else "an answer" if self._wire else "a connection"
            raise TimeoutError(reached) from error

    def connect(self) -> None:
        """Open it. Raises `NotConnected` and `TimeoutError`."""
        try:
            self._wire = self._connected()
        except TimeoutError:
            raise
        except OSError as error:
            raise NotConnected from error

    def send(self, data: Any) -> None:  # noqa: ANN401 (http.client's own)
        """Keep a piece of the request: all of it goes out at once, so that OPA is woken once."""
        self._pieces.append(data)

    def _opened(self) -> Wire:
        if self._wire is None:
            self.connect()
        if self._wire is None:
            raise NotConnected
        return self._wire

    def _connected(self) -> Wire:
        wire = self._reached()
        if self.context is not None:
            wire.settimeout(wire.left())
            self.sock = wire = cast("TlsWire", self.context.wrap_socket(wire, server_hostname=self.host))
            wire.until = self._until
        return wire

    def _reached(self) -> Wire:
        """A socket connected to the first target that can be reached; each has its share of the time."""
        targets = self._resolver.targets(self._until)
        for number, (family, address) in enumerate(targets, 1):
            self.sock = wire = Wire(family, socket.SOCK_STREAM)
            wire.until = self._until
            wire.settimeout(wire.left() / (len(targets) - number + 1))
            try:
                wire.connect(address)
            except OSError:
                wire.close()
                if number == len(targets):
                    raise
            else:
                break
        if family != socket.AF_UNIX:
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return wire

    def abandon(self) -> None:
        """Let go of the socket without a word to the other side: in a forked child it is the parent's."""
        if self.sock is not None:
            with suppress(OSError):
                os.close(self.sock.detach())
