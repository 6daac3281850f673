"""An issuer's public keys, as it publishes them (RFC 7517).

Guarantees: each key that comes out has a name of its own and is for one asymmetric signature algorithm, which its kind
or its own `alg` tells, never a token. Keys that are symmetric, private, weak, for encryption or of a name that stands
twice are as if they weren't there; a set without any other is an error. Does no IO.
"""

from __future__ import annotations

from collections import Counter

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK

from mcp_opa import contract
from mcp_opa.auth import AuthError
from mcp_opa.model import Json

ALGORITHMS = frozenset(
    ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
)
_CURVES = {"ES256": "secp256r1", "ES384": "secp384r1", "ES512": "secp521r1"}
MAX_BYTES = 256 * 1024
LONGEST_NAME = 256
_MOST_KEYS = 100
_RSA_BITS = range(2048, 8193)
_SECRET = frozenset(("d", "p", "q", "dp", "dq", "qi", "oth", "k"))
"""Members of keys that aren't public: whoever reads the set could sign with them."""


def parse(raw: bytes, name: str) -> dict[str, PyJWK]:
    """The keys of a set by their `kid`; `name` is its place, for messages. Raises `AuthError`."""
    try:
        value = contract.parse(raw, max_bytes=MAX_BYTES, max_depth=16)
    except contract.Malformed as error:
        raise AuthError(f"{name}: {error}; a set of keys is JSON, as RFC 7517 has it") from None
    stated = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(stated, list) or len(stated) > _MOST_KEYS:
        raise AuthError(f'{name}: is no set of keys; one is {{"keys": […]}}, with at most {_MOST_KEYS} of them')
    usable = [found for item in stated if (found := _key(item)) is not None]
    times = Counter(kid for kid, _ in usable)
    keys = {kid: key for kid, key in usable if times[kid] == 1}
    if not keys:
        raise AuthError(
            f"{name}: has no key that can be used; a key is public, RSA from 2048 bits on, EC or Ed25519,"
            " for signatures, and has a `kid` of its own"
        )
    return keys


def _key(item: Json) -> tuple[str, PyJWK] | None:
    if not isinstance(item, dict) or not _SECRET.isdisjoint(item) or item.get("use", "sig") != "sig":
        return None
    kid, operations = item.get("kid"), item.get("key_ops", ["verify"])
    if not isinstance(kid, str) or not 0 < len(kid) <= LONGEST_NAME:
        return None
    if not isinstance(operations, list) or "verify" not in operations:
        return None
    try:
        key = PyJWK(item)
    except Exception:  # noqa: BLE001 (whatever an issuer writes there, it is no key)
        return None
    return (kid, key) if key.algorithm_name in ALGORITHMS and _fits(key) else None


def _fits(key: PyJWK) -> bool:
    """Whether a key is strong enough, and of the curve of its algorithm."""
    if isinstance(key.key, RSAPublicKey):
        return key.key.key_size in _RSA_BITS
    return not isinstance(key.key, EllipticCurvePublicKey) or _CURVES.get(key.algorithm_name) == key.key.curve.name
