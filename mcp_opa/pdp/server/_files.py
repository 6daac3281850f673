"""The files that OPA is asked with: certificates.

Guarantees: as `mcp_opa.watched`; OpenSSL never asks at the terminal.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from mcp_opa import watched
from mcp_opa.pdp import EngineError
from mcp_opa.pdp.server._wire import TlsWire
from mcp_opa.watched import Watched


@dataclass(frozen=True, slots=True)
class Tls:
    """The files that an https address is asked with, in PEM."""

    ca: Path | str | None = None
    """Whom to trust, and nobody else; without it, the authorities that are widely trusted."""
    cert: Path | str | None = None
    """Our certificate, with those between it and its authority; where OPA wants to know who asks."""
    key: Path | str | None = None
    """Its private key, without a passphrase."""


def context(tls: Tls) -> Watched[ssl.SSLContext]:
    """The context of TLS that the files give. Raises `EngineError`."""
    if (tls.cert is None) is not (tls.key is None):
        raise EngineError("a client certificate needs its key, and a key its certificate: name both files")

    def identified(found: ssl.SSLContext) -> None:
        found.sslsocket_class = TlsWire
        if tls.cert and tls.key:
            _identify(found, tls.cert, tls.key)

    return watched.trusting(EngineError, tls.ca, identified, *(path for path in (tls.cert, tls.key) if path))


def _identify(found: ssl.SSLContext, cert: Path | str, key: Path | str) -> None:
    try:
        found.load_cert_chain(cert, key, password=_none)
    except (ssl.SSLError, ValueError) as error:
        told = "a certificate in PEM and its private key, without a passphrase"
        raise EngineError(f"{cert} and {key}: are not {told}") from error


def _none() -> NoReturn:
    """In place of asking at the terminal, as OpenSSL would."""
    raise ValueError
