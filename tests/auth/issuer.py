"""An issuer of tokens for the tests: its keys, its tokens, and its server, which answers as a test scripts it.

Guarantees: everything is on loopback, made anew in each process, and ends with the test.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

ISSUER = "https://login.example"
AUDIENCE = "https://gate.example/mcp"
PATIENCE = 20.0
"""Seconds that one send or receive may take."""
Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@cache
def key(kind: str = "ES256", which: int = 0) -> Private:  # noqa: ARG001 (`which` tells keys of one kind apart)
    """A private key."""
    if kind.startswith(("RS", "PS")):
        return rsa.generate_private_key(65537, 2048)
    if kind == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    curves: dict[str, ec.EllipticCurve] = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
    return ec.generate_private_key(curves[kind])


def jwk(private: Private, kid: str = "k1", **members: Any) -> dict[str, Any]:  # noqa: ANN401 (members of JSON)
    """The public key as an issuer publishes it."""
    public = private.public_key()
    found: dict[str, Any]
    if isinstance(public, rsa.RSAPublicKey):
        found = RSAAlgorithm.to_jwk(public, as_dict=True)
        found.pop("key_ops", None)
    elif isinstance(public, ec.EllipticCurvePublicKey):
        found = ECAlgorithm.to_jwk(public, as_dict=True)
    else:
        found = OKPAlgorithm.to_jwk(public, as_dict=True)
    return {**found, "kid": kid, "use": "sig", **members}


def key_set(*keys: dict[str, Any]) -> bytes:
    """A set of keys; of the one usual key, if none is given."""
    return json.dumps({"keys": list(keys) or [jwk(key())]}).encode()


def claims(**other: Any) -> dict[str, Any]:  # noqa: ANN401
    """What a good token says; a claim given as None is left out."""
    now = int(time.time())
    stated = {"iss": ISSUER, "aud": AUDIENCE, "sub": "agent", "iat": now, "exp": now + 600, **other}
    return {name: value for name, value in stated.items() if value is not None}


def token(
    stated: dict[str, Any] | None = None,
    *,
    signed_by: Private | str | None = None,
    algorithm: str = "ES256",
    **header: Any,  # noqa: ANN401
) -> str:
    """A token; a good one, if nothing else is asked. A header member given as None is left out."""
    members = {name: value for name, value in {"kid": "k1", **header}.items() if value is not None}
    return jwt.encode(claims() if stated is None else stated, signed_by or key(), algorithm, members)


Script = Callable[[socket.socket], None]


def reply(body: bytes, status: str = "200 OK", *headers: str) -> Script:
    """Answer like this, and close."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    whole = "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    def send(peer: socket.socket) -> None:
        peer.sendall(whole)

    return send


class Server:
    """The issuer's server. `script` says what the next connections get; `asked` counts the requests."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.script: Script = reply(key_set())
        self.asked = 0
        self.closing = threading.Event()
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(4)]
        for thread in self._threads:
            thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """The address of its keys."""
        return f"http{'s' if self._context else ''}://127.0.0.1:{self.port}/keys"

    def close(self) -> None:
        """Stop; nothing listens there any more."""
        self.closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _serve(self) -> None:
        while not self.closing.is_set():
            try:
                peer = self._listener.accept()[0]
            except OSError:
                return
            with peer, suppress(OSError):
                peer.settimeout(PATIENCE)
                self._speak(peer)

    def _speak(self, peer: socket.socket) -> None:
        if self._context is None:
            return self._answer(peer)
        with self._context.wrap_socket(peer, server_side=True) as secured:
            return self._answer(secured)

    def _answer(self, peer: socket.socket) -> None:
        read = b""
        while b"\r\n\r\n" not in read:
            if not (part := peer.recv(65536)):
                return
            read += part
        self.asked += 1
        self.script(peer)


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server for the time of a test."""
    server = Server(context)
    try:
        yield server
    finally:
        server.close()
