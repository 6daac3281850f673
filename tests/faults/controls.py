"""Answers that are in order though they look odd: what the matrix refuses, it refuses for its fault alone."""

from __future__ import annotations

from mcp_opa.model import Cause
from tests.faults import answers
from tests.faults.answers import envelope, text
from tests.faults.fault import CHUNKED, JSON, Fault, Script, chunked, closing, head, http, sending
from tests.faults.peer import Asked, Peer


def _in_pieces(peer: Peer, asked: Asked) -> None:
    peer.drip(http(asked.body), pause=0.0001)


def _lower(asked: Asked) -> bytes:
    return http(asked.body).replace(b"Content-", b"content-")


def _typed(content_type: str) -> Script:
    return sending(lambda asked: http(asked.body).replace(JSON.encode(), f"Content-Type: {content_type}".encode(), 1))


SCRIPTS: dict[str, Script] = {
    "one byte after another": _in_pieces,
    "in chunks": sending(lambda asked: head(JSON, CHUNKED) + chunked(*(bytes([byte]) for byte in asked.body))),
    "then closed, as said": closing(lambda asked: http(asked.body, "Connection: close")),
    "then closed, unsaid": closing(lambda asked: http(asked.body)),
    "headers in lower case": sending(_lower),
    "charset=utf-8": _typed("application/json; charset=utf-8"),
    "charset=UTF-8 in quotes": _typed('application/json;charset="UTF-8"'),
    "a cookie": sending(lambda asked: http(asked.body, "Set-Cookie: a=b")),
    "no decision id": sending(lambda asked: http(text({"result": asked.value, "provenance": {}}))),
    "no white space": sending(lambda asked: http(answers.body(asked.value).replace(b'": ', b'":').strip())),
    "keys in another order": sending(lambda asked: http(text(dict(reversed(envelope(asked.value).items()))))),
}
CONTROLS = [Fault(name, Cause.POLICY, script) for name, script in SCRIPTS.items()]
