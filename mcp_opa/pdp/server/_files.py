"""Files that may be replaced while they are in use: a token, certificates.

Guarantees: what a file holds is used from the next question on after it was replaced; a file that is missing, odd or
half-written refuses with a sentence, and counts again as soon as it is in order. No sentence quotes a file.
"""

from __future__ import annotations

import os
import re
import ssl
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, NoReturn, TypeVar

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from mcp_opa.pdp import EngineError
from mcp_opa.pdp.server._wire import TlsWire

_LARGEST = 4 * 1024 * 1024
_TOKEN = re.compile(rb"[\x21-\x7e]{1,8192}")
_Made = TypeVar("_Made")
_State = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Tls:
    """The files that an https address is asked with, in PEM."""

    ca: Path | str | None = None
    """Whom to trust, and nobody else; without it, the authorities that requests trusts."""
    cert: Path | str | None = None
    """Our certificate, with those between it and its authority; where OPA wants to know who asks."""
    key: Path | str | None = None
    """Its private key, without a passphrase."""


class Watched(Generic[_Made]):
    """What `make` makes of some files, made anew when one of them is another. Threads may share it."""

    def __init__(self, make: Callable[[], _Made], *paths: Path | str) -> None:
        """Raises `EngineError`, as `value` does."""
        self._make = make
        self._paths = paths
        self._known = self._looked(), make()

    def value(self) -> _Made:
        """What the files hold now. Raises `EngineError`."""
        state = self._looked()
        known, value = self._known
        if state != known:
            self._known = state, (value := self._make())
        return value

    def _looked(self) -> _State:
        return tuple(_state(path) for path in self._paths)


def token(path: Path | str) -> Watched[str]:
    """The bearer token in a file. Raises `EngineError`."""

    def read() -> str:
        try:
            raw = Path(path).read_bytes().strip()
        except OSError as error:
            _unreadable(path, error)
        if not _TOKEN.fullmatch(raw):
            raise EngineError(f"{path}: holds no token; write one there: printable ASCII on one line, without spaces")
        return raw.decode("ascii")

    return Watched(read, path)


def context(tls: Tls) -> Watched[ssl.SSLContext]:
    """The context of TLS that the files give. Raises `EngineError`."""
    if (tls.cert is None) is not (tls.key is None):
        raise EngineError("a client certificate needs its key, and a key its certificate: name both files")
    ca = tls.ca or DEFAULT_CA_BUNDLE_PATH

    def made() -> ssl.SSLContext:
        found = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        found.minimum_version = ssl.TLSVersion.TLSv1_2
        found.sslsocket_class = TlsWire
        try:
            found.load_verify_locations(ca)
        except (OSError, ValueError) as error:
            raise EngineError(f"{ca}: holds no certificates in PEM") from error
        if tls.cert and tls.key:
            _identify(found, tls.cert, tls.key)
        return found

    return Watched(made, ca, *(path for path in (tls.cert, tls.key) if path))


def _identify(found: ssl.SSLContext, cert: Path | str, key: Path | str) -> None:
    try:
        found.load_cert_chain(cert, key, password=_none)
    except (OSError, ValueError) as error:
        told = "a certificate in PEM and its private key, without a passphrase"
        raise EngineError(f"{cert} and {key}: are not {told}") from error


def _none() -> NoReturn:
    """In place of asking at the terminal, as OpenSSL would."""
    raise ValueError


def _state(path: Path | str) -> tuple[int, ...]:
    """What changes when a file does. Raises `EngineError` if it is none that can be read to its end."""
    try:
        found = os.stat(path)  # noqa: PTH116 (half the time of Path's, at each question)
    except (OSError, ValueError) as error:
        _unreadable(path, error)
    if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST:
        raise EngineError(f"{path}: is no file of at most {_LARGEST} bytes")
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _unreadable(path: Path | str, error: Exception) -> NoReturn:
    why = getattr(error, "strerror", None) or "can't be read"
    raise EngineError(f"{path}: {why}") from error
