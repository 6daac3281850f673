"""Certificates for the faulty server: a good one, and each way in which one can be bad.

Guarantees: everything is made anew in each process and kept in memory; nothing is ever trusted beyond a test.
"""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from functools import cache

import trustme

HOST = "127.0.0.1"
DAY = timedelta(days=1)


@cache
def authority() -> trustme.CA:
    """The one authority that the gate is told to trust."""
    return trustme.CA()


@cache
def good() -> ssl.SSLContext:
    """A server that is what it says."""
    return _server(authority().issue_cert(HOST))


@cache
def expired() -> ssl.SSLContext:
    now = datetime.now(UTC)
    return _server(authority().issue_cert(HOST, not_before=now - 2 * DAY, not_after=now - DAY))


@cache
def early() -> ssl.SSLContext:
    now = datetime.now(UTC)
    return _server(authority().issue_cert(HOST, not_before=now + DAY, not_after=now + 2 * DAY))


@cache
def elsewhere() -> ssl.SSLContext:
    return _server(authority().issue_cert("opa.example", "127.0.0.2"))


@cache
def foreign() -> ssl.SSLContext:
    """Signed by an authority of the same name, which is another."""
    return _server(trustme.CA().issue_cert(HOST))


@cache
def self_signed() -> ssl.SSLContext:
    """An authority that shows its own certificate."""
    own = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.LeafCert(own.private_key_pem.bytes(), own.cert_pem.bytes(), []).configure_cert(context)
    return context


@cache
def demanding() -> ssl.SSLContext:
    """A server that takes only clients with a certificate."""
    context = _server(authority().issue_cert(HOST))
    authority().configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def _server(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context
