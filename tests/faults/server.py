"""A server over real sockets that answers as OPA does, until it is told of a fault.

Guarantees: it speaks over loopback only; a good answer echoes the id of the question; a fault strikes at the question
it was told, and no other; `close` leaves no thread and no socket. It judges no policy: every call is allowed.
"""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from mcp_opa.model import Question
from tests.faults.fault import Fault, Listener, http
from tests.faults.peer import Asked, Peer


class Server:
    """Listens on loopback, or at the path of a Unix socket; with a TLS context it speaks TLS."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, path: Path | None = None, elsewhere: str = "") -> None:
        """`elsewhere` is the address that its redirects name."""
        self._tls = tls
        self._place: str | tuple[str, int] = str(path) if path else ("127.0.0.1", 0)
        self._elsewhere = elsewhere
        self._closing = threading.Event()
        self._fault: Fault | None = None
        self._at = Question.NEEDS
        self._struck = False
        self._peers: list[Peer] = []
        self._threads: list[threading.Thread] = []
        self._asked: list[Asked] = []
        self._open(Listener.ACCEPTING)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def address(self) -> str:
        """Where it is, as `OpaServer` takes it."""
        if isinstance(self._place, str):
            return f"unix:{self._place}"
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._place[1]}"

    @property
    def connections(self) -> int:
        """How many there were."""
        return len(self._peers)

    @property
    def asked(self) -> int:
        """How often the question at fault was read, since it is at fault."""
        return len(self._asked)

    @property
    def flooded(self) -> int:
        """How many bytes of floods were taken."""
        return sum(peer.flooded for peer in self._peers)

    def misbehave(self, fault: Fault, at: Question) -> None:
        """From now on, answer the question `at` by this fault, and the others well."""
        self._fault, self._at, self._asked = fault, at, []
        if not fault.answer and at is Question.NEEDS:
            self._strike(fault)

    def mend(self) -> None:
        """From now on, answer well."""
        self._fault, struck, self._struck = None, self._struck, False
        if struck:
            self._shut()
            self._open(Listener.ACCEPTING)

    def close(self) -> None:
        """End every connection and every thread."""
        self._closing.set()
        self._shut()
        for peer in self._peers:
            peer.close()
        for thread in self._threads:
            thread.join()
        if isinstance(self._place, str):
            Path(self._place).unlink(missing_ok=True)

    def _strike(self, fault: Fault, last: Peer | None = None) -> None:
        """What comes before a question can be read is in force from now on, for all but the last connection."""
        self._struck = True
        self._shut()
        for peer in self._peers:
            if peer is not last:
                peer.close()
        self._open(fault.listener)

    def _open(self, listener: Listener) -> None:
        self._fillers: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX if isinstance(self._place, str) else socket.AF_INET)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if isinstance(self._place, str):
            Path(self._place).unlink(missing_ok=True)
        if listener is Listener.ABSENT:
            return
        self._listener.bind(self._place)
        self._place = self._listener.getsockname()
        if listener is Listener.REFUSING:
            return
        self._listener.listen(0 if listener is Listener.FULL else 128)
        if listener is Listener.FULL:
            self._fill()
        if listener is Listener.ACCEPTING:
            self._start(self._accept, self._listener)

    def _fill(self) -> None:
        """Take the only place of those who wait to be accepted, and one more."""
        for _ in range(2):
            filler = socket.socket(self._listener.family)
            filler.settimeout(0)
            filler.connect_ex(self._place)
            self._fillers.append(filler)

    def _shut(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()
        for filler in self._fillers:
            filler.close()

    def _start(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, name="faulty server")  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                peer = Peer(listener.accept()[0], self._elsewhere, self._closing)
                self._peers.append(peer)
                self._start(self._serve, peer)

    def _serve(self, peer: Peer) -> None:
        fault = self._fault
        with suppress(OSError):
            if fault and fault.greet and self._struck:
                fault.greet(peer)
            else:
                if self._tls:
                    peer.secure(self._tls)
                while asked := peer.asked():
                    self._answer(peer, asked)
        peer.close()

    def _answer(self, peer: Peer, asked: Asked) -> None:
        fault = self._fault
        if fault is None:
            peer.send(http(asked.body))
        elif fault.answer and asked.question is self._at:
            self._asked.append(asked)
            fault.answer(peer, asked)
        elif fault.answer:
            peer.send(http(asked.body))
        else:  # the next question needs a connection of its own, for the fault to meet it
            self._strike(fault, last=peer)
            peer.send(http(asked.body, "Connection: close"))
            peer.close()
