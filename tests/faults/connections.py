"""Faults of the connection itself: nobody there, cut short, silent, slow, another TLS than was asked for."""

from __future__ import annotations

import ssl
from collections.abc import Callable

from mcp_opa.model import Cause
from tests.faults import certificates
from tests.faults.fault import (
    CHUNKED,
    JSON,
    Fault,
    Listener,
    Transport,
    chunked,
    closing,
    dripping,
    head,
    http,
    resetting,
    silent,
)
from tests.faults.peer import Asked, Peer


def _half(asked: Asked) -> bytes:
    return http(asked.body[: len(asked.body) // 2], length=len(asked.body))


AWAY = [
    Fault("refused", Cause.UNAVAILABLE, listener=Listener.REFUSING),
    Fault("closed when accepted", Cause.UNAVAILABLE, greet=Peer.close),
    Fault("reset when accepted", Cause.UNAVAILABLE, greet=Peer.reset),
    Fault("closed before an answer", Cause.UNAVAILABLE, closing(lambda _: b""), asked=2),
    Fault("reset before an answer", Cause.UNAVAILABLE, resetting(lambda _: b""), asked=2),
    Fault("closed within the status line", Cause.UNAVAILABLE, closing(lambda _: b"HTTP/1.1 20")),
    Fault("closed within the headers", Cause.UNAVAILABLE, closing(lambda asked: http(asked.body)[:30])),
    Fault("reset within the headers", Cause.UNAVAILABLE, resetting(lambda asked: http(asked.body)[:30])),
    Fault("closed behind the headers", Cause.UNAVAILABLE, closing(lambda _: head(JSON, "Content-Length: 999"))),
    Fault("reset behind the headers", Cause.UNAVAILABLE, resetting(lambda _: head(JSON, "Content-Length: 999"))),
    Fault("half a body", Cause.UNAVAILABLE, closing(_half)),
    Fault("half a body, and a reset", Cause.UNAVAILABLE, resetting(_half)),
]


LATE = [
    Fault("no connection is taken", Cause.TIMEOUT, listener=Listener.FULL),
    Fault("silent before accepting", Cause.TIMEOUT, listener=Listener.DEAF),
    Fault("silent when accepted", Cause.TIMEOUT, greet=Peer.hang),
    Fault("silent before an answer", Cause.TIMEOUT, silent(lambda _: b"")),
    Fault("silent within the status line", Cause.TIMEOUT, silent(lambda _: b"HTTP/1.1 20")),
    Fault("silent within the headers", Cause.TIMEOUT, silent(lambda asked: http(asked.body)[:30])),
    Fault("silent behind the headers", Cause.TIMEOUT, silent(lambda _: head(JSON, "Content-Length: 999"))),
    Fault("half a body, then silent", Cause.TIMEOUT, silent(_half)),
    Fault("half a chunk, then silent", Cause.TIMEOUT, silent(lambda _: head(JSON, CHUNKED) + b"9\r\n{")),
    Fault("a Content-Length too long, then silent", Cause.TIMEOUT, silent(lambda asked: http(asked.body, length=9999))),
    Fault("100 Continue, then silent", Cause.TIMEOUT, silent(lambda _: head(status="100 Continue"))),
    Fault(
        "100 Continue over and over, dripping",
        Cause.TIMEOUT,
        dripping(lambda _: head(status="100 Continue") * 99, lambda _: b""),
    ),
    Fault("dripping from the first byte", Cause.TIMEOUT, dripping(lambda asked: http(asked.body), lambda _: b"")),
    Fault("dripping headers", Cause.TIMEOUT, dripping(lambda _: b"X: " + b"y" * 999, lambda _: head(JSON)[:-2])),
    Fault(
        "a dripping body",
        Cause.TIMEOUT,
        dripping(lambda asked: asked.body, lambda asked: http(asked.body)[: -len(asked.body)]),
    ),
    Fault("a dripping body of no length", Cause.TIMEOUT, dripping(lambda asked: asked.body, lambda _: head(JSON))),
    Fault(
        "dripping chunks",
        Cause.TIMEOUT,
        dripping(
            lambda asked: chunked(*(bytes([byte]) for byte in asked.body)),
            lambda _: head(JSON, CHUNKED),
        ),
    ),
]


def _secured(context: Callable[[], ssl.SSLContext]) -> Callable[[Peer], None]:
    def greet(peer: Peer) -> None:
        peer.secure(context())
        while asked := peer.asked():
            peer.send(http(asked.body))

    return greet


def _plain(peer: Peer) -> None:
    peer.send(http(b"{}", status="400 Bad Request"))
    peer.close()


def _dripping_handshake(peer: Peer) -> None:
    peer.drip(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc" + b"\0" * 999)


def _dripping_record(peer: Peer) -> None:
    """TLS in good order up to an answer, of which only the outermost bytes drip."""
    came, goes = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = certificates.good().wrap_bio(came, goes, server_side=True)
    for step in (tls.do_handshake, tls.read):
        while True:
            try:
                step()
                break
            except ssl.SSLWantReadError:
                peer.send(goes.read())
                came.write(peer.receive())
    peer.send(goes.read())
    tls.write(http(b"{}"))
    peer.drip(goes.read())


def _tls(name: str, greet: Callable[[Peer], None], cause: Cause = Cause.UNAVAILABLE) -> Fault:
    return Fault(name, cause, greet=greet, transport=Transport.TLS)


TLS = [
    _tls("an expired certificate", _secured(certificates.expired)),
    _tls("a certificate not yet valid", _secured(certificates.early)),
    _tls("a certificate of another host", _secured(certificates.elsewhere)),
    _tls("a self-signed certificate", _secured(certificates.self_signed)),
    _tls("a certificate of another authority", _secured(certificates.foreign)),
    _tls("a client certificate demanded", _secured(certificates.demanding)),
    _tls("plain HTTP on a TLS port", _plain),
    _tls("a banner on a TLS port", lambda peer: peer.send(b"SSH-2.0-OpenSSH_9.2\r\n")),
    _tls("closed in the handshake", Peer.close),
    _tls("reset in the handshake", Peer.reset),
    _tls("silent in the handshake", Peer.hang, Cause.TIMEOUT),
    _tls("a dripping handshake", _dripping_handshake, Cause.TIMEOUT),
    _tls("a dripping record", _dripping_record, Cause.TIMEOUT),
    Fault("TLS on a plain port", Cause.UNAVAILABLE, greet=_secured(certificates.good)),
]

UNIX = [
    Fault("no socket at the path", Cause.UNAVAILABLE, listener=Listener.ABSENT, transport=Transport.UNIX),
    Fault("a socket that nobody listens at", Cause.UNAVAILABLE, listener=Listener.REFUSING, transport=Transport.UNIX),
    Fault("a socket whose queue is full", Cause.UNAVAILABLE, listener=Listener.FULL, transport=Transport.UNIX),
    Fault("a socket, silent before accepting", Cause.TIMEOUT, listener=Listener.DEAF, transport=Transport.UNIX),
    Fault("a socket, closed when accepted", Cause.UNAVAILABLE, greet=Peer.close, transport=Transport.UNIX),
]
