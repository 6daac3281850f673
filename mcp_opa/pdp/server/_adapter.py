"""requests' way to an OPA: prepared requests in, responses out, over connections that are kept.

Guarantees: nothing of the environment counts (no proxy, no netrc, no other trust than is given), no redirect is
followed; at most one request is repeated, and only if nobody took it; no more than so many are under way at once. A
connection that brought anything but a whole answer with status 200 is not used again, nor those that are kept beside
one that failed.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.client import HTTPResponse

from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from mcp_opa.pdp.server._connection import Connection, NotConnected
from mcp_opa.pdp.server._place import Place, Resolver

_PAUSE_SECONDS = 0.05
"""Before the second try where nobody listened: an OPA that is starting again."""
_NOBODY = (ConnectionRefusedError, FileNotFoundError, BlockingIOError)
"""What connecting raises where nobody listens; the last for a Unix socket whose queue is full."""


class Unasked(Exception):
    """The request was not put to anybody; the message says why."""


class Adapter(BaseAdapter):
    """Connections to one place. Threads may share it."""

    def __init__(
        self, where: Place, context: Callable[[], ssl.SSLContext | None], *, kept: int, at_once: int, most: int
    ) -> None:
        """`context` gives the TLS context of now; `most` is the largest body of an answer, in bytes."""
        super().__init__()
        self._where = where
        self._context = context
        self._most = most
        self._kept, self._at_once = kept, at_once
        self._resolver = Resolver(where)
        self._room = threading.BoundedSemaphore(at_once)
        self._idle: deque[Connection] = deque()
        self._open: set[Connection] = set()
        self._closed = False

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,  # noqa: ARG002, FBT001, FBT002
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,  # noqa: ARG002, FBT001, FBT002
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,  # noqa: ARG002
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002
    ) -> Response:
        """The response. `timeout` is in seconds, for all together; the rest was settled when the adapter was made.

        Raises `Unasked`, what the context raises, and what `Connection.exchange` raises.
        """
        assert isinstance(timeout, float)  # noqa: S101 (the one kind that is a deadline)
        if not self._room.acquire(blocking=False):
            raise Unasked(f"{self._at_once} questions wait on {self._where} already: see why it is slow")
        try:
            return self._answered(request, time.monotonic() + timeout)
        finally:
            self._room.release()

    def close(self) -> None:
        """Close what is kept now, and what is under way when it comes back."""
        self._closed = True
        self._drop()

    def heir(self) -> Adapter:
        """For a forked child: an adapter like this one, with nothing of its parent's open."""
        for connection in self._open:
            connection.abandon()
        made = Adapter(self._where, self._context, kept=self._kept, at_once=self._at_once, most=self._most)
        made._closed = self._closed
        return made

    def _answered(self, request: PreparedRequest, until: float) -> Response:
        if self._closed:
            raise Unasked("this engine was closed")
        context = self._context()
        connection = self._taken(context)
        try:
            return self._exchanged(connection, request, until)
        except (NotConnected, ConnectionError, ssl.SSLEOFError) as error:
            if not _untaken(connection, error, until):
                raise
        return self._exchanged(self._made(context), request, until)

    def _exchanged(self, connection: Connection, request: PreparedRequest, until: float) -> Response:
        body = request.body if isinstance(request.body, bytes) else b""
        try:
            response, read = connection.exchange(request.path_url, body, request.headers, until, self._most)
        except BaseException:
            self._discard(connection)
            self._drop()
            raise
        self._give(connection, response)
        return _response(request, response, read)

    def _taken(self, context: ssl.SSLContext | None) -> Connection:
        """A connection that is kept, made under this very context; else a new one."""
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:
                break
            if connection.context is context and connection.usable:
                return connection
            self._discard(connection)
        return self._made(context)

    def _made(self, context: ssl.SSLContext | None) -> Connection:
        connection = Connection(self._where, self._resolver, context)
        self._open.add(connection)
        return connection

    def _give(self, connection: Connection, response: HTTPResponse) -> None:
        whole = response.status == HTTPStatus.OK and response.isclosed() and connection.sock is not None
        response.close()
        if not whole or len(self._idle) >= self._kept:
            self._discard(connection)
            return
        connection.kept = True
        self._idle.append(connection)
        if self._closed:
            self._drop()

    def _discard(self, connection: Connection) -> None:
        connection.close()
        self._open.discard(connection)

    def _drop(self) -> None:
        while self._idle:
            try:
                self._discard(self._idle.pop())
            except IndexError:
                break


def _untaken(connection: Connection, error: Exception, until: float) -> bool:
    """Whether nobody can have taken the request, so that it may go out again; after a pause where that helps."""
    if isinstance(error, NotConnected):
        if not isinstance(error.__cause__, _NOBODY):
            return False
        time.sleep(max(0.0, min(_PAUSE_SECONDS, (until - time.monotonic()) / 2)))
        return True
    return connection.kept and not connection.heard


def _response(request: PreparedRequest, response: HTTPResponse, read: bytes) -> Response:
    made = Response()
    made.request = request
    made.status_code = response.status
    made.headers = CaseInsensitiveDict()
    for name, value in response.headers.items():
        made.headers[name] = f"{made.headers[name]}, {value}" if name in made.headers else value
    made._content = read  # noqa: SLF001 (how requests keeps what it has read)
    return made
