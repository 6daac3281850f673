"""Keys that sign and verify bundles, read from PEM.

Guarantees: a key stands alone in its file, is of a kind that OPA reads too, and is strong enough; its kind tells the
one algorithm that it is for, whatever a signature says. It needs the extra `signing`.
"""

from __future__ import annotations

import base64
import re

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from jwt import InvalidTokenError, PyJWS

from mcp_opa.signature import SignatureError

_MIN_RSA_BITS = 2048
_PEM = re.compile(rb"^-----BEGIN ([A-Z0-9 ]+)-----\r?\n(.*?)^-----END ", re.MULTILINE | re.DOTALL)
_RSA_PSS = bytes.fromhex("06092a864886f70d01010a")
"""How DER names the kind of an RSA key that is for PSS alone: OPA can't read it."""
_MAKE = "`mcp-opa keys signing` makes a pair"
_KINDS = "the key is of no kind that verifies bundles: RSA, EC on the curve P-256, Ed25519"
_OTHERS = {
    b"CERTIFICATE": "is a certificate; take the key out of it with `openssl x509 -pubkey -noout`",
    b"ENCRYPTED PRIVATE KEY": "is encrypted; decrypt it with `openssl pkey`, into a file that only you can read",
    b"OPENSSH PRIVATE KEY": f"is in OpenSSH's form, which OPA does not read; {_MAKE}",
}


class PrivateKey:
    """Signs."""

    def __init__(self, pem: bytes) -> None:
        """Raises `SignatureError`."""
        _check(pem, (b"PRIVATE KEY", b"RSA PRIVATE KEY", b"EC PRIVATE KEY"), "the pair's private key signs")
        try:
            key = load_pem_private_key(pem, None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise _unreadable(error) from error
        if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey):
            raise SignatureError(f"{_KINDS}; {_MAKE}")
        self._key = key
        self.algorithm = _algorithm(key.public_key())

    def sign(self, payload: bytes, header: dict[str, str]) -> str:
        """The JWS of this payload, in compact form."""
        return PyJWS().encode(payload, self._key, self.algorithm, dict(header))


class PublicKey:
    """Verifies."""

    def __init__(self, pem: bytes) -> None:
        """Raises `SignatureError`."""
        _check(pem, (b"PUBLIC KEY", b"RSA PUBLIC KEY"), "the pair's public key verifies")
        try:
            key = load_pem_public_key(pem)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise _unreadable(error) from error
        if not isinstance(key, RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey):
            raise SignatureError(f"{_KINDS}; {_MAKE}")
        self._key = key
        self.algorithm = _algorithm(key)

    def verified(self, token: str) -> bytes:
        """What a JWS in compact form signs. Raises `SignatureError`, unless this key's pair signed it."""
        try:
            payload: bytes = PyJWS().decode(token, self._key, [self.algorithm])
        except InvalidTokenError as error:
            raise SignatureError("the signature is of another key, or damaged; name the key of its pair") from error
        return payload


def _algorithm(key: RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey) -> str:
    """The one algorithm that a key is for, as JWS names it."""
    if isinstance(key, Ed25519PublicKey):
        return "EdDSA"
    if isinstance(key, EllipticCurvePublicKey):
        if isinstance(key.curve, SECP256R1):
            return "ES256"
        raise SignatureError(f"the key is on the curve {key.curve.name}, and must be on P-256; {_MAKE}")
    if key.key_size < _MIN_RSA_BITS:
        raise SignatureError(f"the RSA key has {key.key_size} bits, and needs {_MIN_RSA_BITS}; {_MAKE}")
    return "RS256"


def _check(pem: bytes, kinds: tuple[bytes, ...], what: str) -> None:
    """Raises `SignatureError`, unless `pem` holds one key and nothing else, of one of these kinds by its first line."""
    found = _PEM.findall(pem)
    if len(found) != 1:
        raise SignatureError(f"the key's file holds {len(found) or 'no'} parts in PEM, and one is a key; {_MAKE}")
    kind, body = found[0]
    if kind in _OTHERS:
        raise SignatureError(f"the key {_OTHERS[kind]}")
    if b"Proc-Type: 4,ENCRYPTED" in body:
        raise SignatureError(f"the key {_OTHERS[b'ENCRYPTED PRIVATE KEY']}")
    if kind not in kinds:
        raise SignatureError(f"the key is a {kind.decode()}; {what}")
    try:
        der = base64.b64decode(body + b"==")
    except ValueError as error:
        raise _unreadable(error) from error
    if _RSA_PSS in der:
        raise SignatureError(f"the key is for RSA-PSS alone, which OPA does not read; {_MAKE}")


def _unreadable(error: Exception) -> SignatureError:
    return SignatureError(f"the key can't be read ({str(error)[:100]}); {_MAKE}")
