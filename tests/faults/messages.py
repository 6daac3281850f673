"""Bytes that are no HTTP, and HTTP that lies about itself; the body is the good answer wherever there is one."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from functools import cache

from mcp_opa.model import Cause
from tests.faults.fault import (
    CHUNKED,
    JSON,
    Fault,
    Make,
    Script,
    chunked,
    closing,
    flooding,
    head,
    http,
    sending,
    silent,
)
from tests.faults.peer import Asked

MEBIBYTE = 1 << 20
GIBIBYTE = 1 << 30


def _raw(name: str, make: Make) -> Fault:
    """Whatever it is, it is sent and the connection closed."""
    return Fault(name, Cause.MALFORMED, closing(make))


def _begun(line: str) -> Make:
    """The good answer under another status line."""
    return lambda asked: http(asked.body).replace(b"HTTP/1.1 200 OK", line.encode(), 1)


NO_HTTP = [
    _raw("HTTP/0.9", lambda asked: asked.body),
    _raw("a banner of SSH", lambda _: b"SSH-2.0-OpenSSH_9.2\r\n"),
    _raw("an error of Redis", lambda _: b"-ERR unknown command 'POST'\r\n"),
    _raw("frames of HTTP/2", lambda _: b"\0\0\x12\x04\0\0\0\0\0" + b"\0" * 18),
    _raw("an alert of TLS", lambda _: b"\x15\x03\x01\0\x02\x02\x46"),
    _raw("a status line without a version", _begun("200 OK")),
    _raw("a status line of another protocol", _begun("ICY 200 OK")),
    _raw("HTTP/3.0", _begun("HTTP/3.0 200 OK")),
    _raw("a status of two digits", _begun("HTTP/1.1 20 OK")),
    _raw("a status of four digits", _begun("HTTP/1.1 2000 OK")),
    _raw("a status with a sign", _begun("HTTP/1.1 +200 OK")),
    _raw("a status that is a word", _begun("HTTP/1.1 OK")),
    _raw("a status line of a megabyte", _begun("HTTP/1.1 200 " + "x" * MEBIBYTE)),
    _raw("a huge header", lambda asked: http(asked.body, "X-Huge: " + "x" * MEBIBYTE)),
    _raw("two hundred headers", lambda asked: http(asked.body, *(f"X-{n}: y" for n in range(200)))),
    _raw("a line without a colon", lambda asked: http(asked.body, "no header at all")),
    Fault("a storm of 100 Continue", Cause.MALFORMED, flooding(lambda _: b"", head(status="100 Continue"))),
    Fault("a header storm", Cause.MALFORMED, flooding(lambda _: head()[:-2], b"X-Storm: yes\r\n" * 999)),
    Fault("a header that never ends", Cause.MALFORMED, flooding(lambda _: head()[:-2] + b"X: ", b"y" * 9999)),
]


def _typed(content_type: str) -> Script:
    return sending(lambda asked: head(content_type, f"Content-Length: {len(asked.body)}") + asked.body)


def _encoded(encoding: str, compress: Callable[[bytes], bytes]) -> Script:
    return sending(lambda asked: http(compress(asked.body), f"Content-Encoding: {encoding}"))


@cache
def _bomb() -> bytes:
    """A gigabyte of spaces in a megabyte: gzip may be made of many members."""
    return gzip.compress(b" " * (16 * MEBIBYTE)) * (GIBIBYTE // (16 * MEBIBYTE))


TYPES = [
    Fault("no Content-Type", Cause.MALFORMED, sending(lambda asked: http(asked.body).replace(JSON.encode(), b"X: y"))),
    Fault("text/html", Cause.MALFORMED, _typed("Content-Type: text/html")),
    Fault("text/plain", Cause.MALFORMED, _typed("Content-Type: text/plain; charset=utf-8")),
    Fault("application/problem+json", Cause.MALFORMED, _typed("Content-Type: application/problem+json")),
    Fault("charset=utf-16", Cause.MALFORMED, _typed("Content-Type: application/json; charset=utf-16")),
    Fault("charset=latin-1", Cause.MALFORMED, _typed("Content-Type: application/json; charset=iso-8859-1")),
    Fault("two Content-Types", Cause.MALFORMED, _typed(f"{JSON}\r\nContent-Type: text/html")),
    Fault("gzip", Cause.MALFORMED, _encoded("gzip", gzip.compress)),
    Fault("gzip, not announced", Cause.MALFORMED, sending(lambda asked: http(gzip.compress(asked.body)))),
    Fault("gzip announced, not sent", Cause.MALFORMED, _encoded("gzip", bytes)),
    Fault("a gzip bomb", Cause.MALFORMED, _encoded("gzip", lambda _: _bomb())),
    Fault("deflate", Cause.MALFORMED, _encoded("deflate", zlib.compress)),
    Fault("an unknown encoding", Cause.MALFORMED, _encoded("opa", bytes)),
    Fault("two encodings", Cause.MALFORMED, _encoded("gzip, gzip", lambda body: gzip.compress(gzip.compress(body)))),
    Fault(
        "gzip as a transfer encoding",
        Cause.MALFORMED,
        closing(lambda asked: head(JSON, "Transfer-Encoding: gzip, chunked") + chunked(gzip.compress(asked.body))),
    ),
]


def _lengths(*headers: str) -> Make:
    """The good answer under these headers, N in them standing for its true length."""
    return lambda asked: head(JSON, *(line.replace("N", str(len(asked.body))) for line in headers)) + asked.body


def _short(asked: Asked) -> bytes:
    return http(asked.body, length=len(asked.body) - 9)


def _long(asked: Asked) -> bytes:
    return http(asked.body, length=len(asked.body) + 9)


LENGTHS = [
    Fault("Content-Length too short", Cause.MALFORMED, closing(_short)),
    Fault("Content-Length too short, kept open", Cause.MALFORMED, sending(_short)),
    Fault("Content-Length too long", Cause.UNAVAILABLE, closing(_long)),
    Fault("Content-Length of a gigabyte", Cause.MALFORMED, silent(_lengths(f"Content-Length: {GIBIBYTE}"))),
    Fault("Content-Length of 10³⁰", Cause.MALFORMED, silent(_lengths(f"Content-Length: {10**30}"))),
    _raw("Content-Length 0", _lengths("Content-Length: 0")),
    _raw("Content-Length below zero", _lengths("Content-Length: -1")),
    _raw("Content-Length with a sign", _lengths("Content-Length: +N")),
    _raw("Content-Length in hexadecimal", _lengths("Content-Length: 0xfff")),
    _raw("Content-Length that is a word", _lengths("Content-Length: all")),
    _raw("Content-Length, empty", _lengths("Content-Length:")),
    _raw("two Content-Lengths", _lengths("Content-Length: N", "Content-Length: 5")),
    _raw("two Content-Lengths, the true one last", _lengths("Content-Length: 5", "Content-Length: N")),
    _raw("two Content-Lengths in one", _lengths("Content-Length: N, 5")),
    _raw(
        "Content-Length and chunks",
        lambda asked: head(JSON, f"Content-Length: {len(asked.body)}", CHUNKED) + chunked(asked.body),
    ),
    _raw("chunks announced, not sent", _lengths(CHUNKED, "Content-Length: N")),
    _raw("an unknown transfer encoding", _lengths("Transfer-Encoding: opa", "Content-Length: N")),
]


def _chunks(body: Callable[[bytes], bytes]) -> Make:
    return lambda asked: head(JSON, CHUNKED) + body(asked.body)


CHUNK = b"100000\r\n" + b"x" * MEBIBYTE + b"\r\n"

CHUNKS = [
    _raw("chunked garbage", _chunks(lambda _: b"what\r\never\r\n")),
    _raw("a chunk of a negative size", _chunks(lambda body: b"-%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))),
    _raw("a chunk with a signed size", _chunks(lambda body: b"+%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))),
    _raw("a chunk with a size like 0x1f", _chunks(lambda body: b"0x%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))),
    _raw("a chunk without a size", _chunks(lambda body: b"\r\n%s\r\n0\r\n\r\n" % body)),
    _raw("a chunk that is longer than its size", _chunks(lambda body: b"5\r\n%s\r\n0\r\n\r\n" % body)),
    Fault("no last chunk", Cause.UNAVAILABLE, closing(_chunks(lambda body: b"%x\r\n%s\r\n" % (len(body), body)))),
    Fault("half a chunk", Cause.UNAVAILABLE, closing(_chunks(lambda body: b"fffff\r\n" + body))),
    Fault("a chunk's size without end", Cause.MALFORMED, flooding(lambda _: head(JSON, CHUNKED), b"1" * 999)),
    Fault("a gigabyte in chunks", Cause.MALFORMED, flooding(lambda _: head(JSON, CHUNKED) + b'1\r\n"\r\n', CHUNK)),
    Fault("a gigabyte in one chunk", Cause.MALFORMED, flooding(lambda _: head(JSON, CHUNKED) + b"40000000\r\n", CHUNK)),
    Fault("a gigabyte of white space", Cause.MALFORMED, flooding(lambda _: head(JSON), b" " * MEBIBYTE)),
    Fault(
        "a gigabyte, as announced",
        Cause.MALFORMED,
        flooding(lambda _: head(JSON, f"Content-Length: {GIBIBYTE}"), b'"' * MEBIBYTE),
    ),
    Fault(
        "trailers without end",
        Cause.MALFORMED,
        flooding(lambda asked: head(JSON, CHUNKED) + chunked(asked.body)[:-2], b"X-Storm: yes\r\n" * 999),
    ),
]
