"""Signatures of bundles, as OPA verifies them: one JWS over the name and the hash of every file.

Guarantees: what a `Verifier` accepts, OPA accepts under the same key, key id and scope. The key tells the algorithm,
never the signature. What is signed is made again from the files and must be the very same bytes, so that no file is
added, altered or left out. It reads no file and no clock: a signature states no time, and does not expire. The same
files give the same bytes by RS256 and EdDSA; by ES256 they don't, as each of its signatures holds a random number.
Contents are hashed as they stand: `mcp_opa.bundle` keeps them in the form that OPA hashes. Keys need the extra
`signing`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING

from mcp_opa.contract import Malformed, canonical, parse
from mcp_opa.model import Json

if TYPE_CHECKING:
    from mcp_opa.signature._keys import PrivateKey, PublicKey

_FILE = ".signatures.json"
_TOKEN = re.compile(r"([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_AGAIN = "sign it again with `mcp-opa build --signing-key`"
_COPY = "copy it again"


class SignatureError(ValueError):
    """A key can't be used, or a signature doesn't hold. The message says why and how to mend it."""


class Signer:
    """Signs bundles with one private key."""

    def __init__(self, pem: bytes, *, key_id: str | None = None, scope: str = "") -> None:
        """`key_id` names the key to readers that know several; `scope` is what readers must ask for, if it isn't empty.

        Raises `SignatureError`.
        """
        self._key: PrivateKey = _installed().PrivateKey(pem)
        self.algorithm = self._key.algorithm
        self._header = {} if key_id is None else {"kid": _name(key_id)}
        self._scope = _text(scope)

    def sign(self, files: Mapping[str, bytes]) -> bytes:
        """The content of `.signatures.json` for these files."""
        return canonical({"signatures": [self._key.sign(_payload(files, self._scope), self._header)]})


class Verifier:
    """Verifies bundles by one public key."""

    def __init__(self, pem: bytes, *, key_id: str | None = None, scope: str = "") -> None:
        """With a `key_id` a signature must name its key so, else it may name it as it likes.

        A signature must state exactly this `scope`, none if it is empty. Raises `SignatureError`.
        """
        self._key: PublicKey = _installed().PublicKey(pem)
        self.algorithm = self._key.algorithm
        self._key_id = None if key_id is None else _name(key_id)
        self._scope = _text(scope)

    def verify(self, files: Mapping[str, bytes], signatures: bytes) -> None:
        """Raises `SignatureError`, unless `signatures` is the key's signature of exactly these files."""
        token = _token(signatures)
        self._check_header(token)
        payload = self._key.verified(token)
        if payload != _payload(files, self._scope):
            raise SignatureError(_difference(payload, files, self._scope))

    def _check_header(self, token: str) -> None:
        header = _object(_decoded(token.partition(".")[0]), "the signature's header")
        algorithm, key_id = header.get("alg"), header.get("kid")
        if algorithm != self.algorithm:
            raise SignatureError(
                f"the signature says {algorithm!r:.50}, the key is for {self.algorithm}; name its pair's key"
            )
        if odd := sorted(header.keys() - {"alg", "kid", "typ"}):
            raise SignatureError(f"the signature's header has {odd[0]!r:.50}, which mcp-opa does not write; {_AGAIN}")
        if self._key_id is not None and key_id != self._key_id:
            raise SignatureError(f"the signature names the key {key_id!r:.50}, not {self._key_id!r:.50}; {_AGAIN}")


def _installed() -> ModuleType:
    try:
        from mcp_opa.signature import _keys  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise SignatureError(f"keys need more than is installed ({error}): pip install 'mcp-opa[signing]'") from error
    return _keys


def _payload(files: Mapping[str, bytes], scope: str) -> bytes:
    """What is signed: the name and hash of every file."""
    listed = [{"algorithm": "SHA-256", "hash": _hash(files[name]), "name": name} for name in sorted(files)]
    return canonical({"files": listed, "scope": scope} if scope else {"files": listed})


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _token(signatures: bytes) -> str:
    """The one JWS in `.signatures.json`."""
    found = _object(signatures, _FILE).get("signatures")
    if not isinstance(found, list) or len(found) != 1:
        raise SignatureError(f"{_FILE} does not hold exactly one signature; {_AGAIN}")
    token = found[0]
    if not isinstance(token, str) or not _TOKEN.fullmatch(token) or canonical({"signatures": [token]}) != signatures:
        raise SignatureError(f"{_FILE} does not hold one JWS and nothing else; {_AGAIN}")
    return token


def _difference(payload: bytes, files: Mapping[str, bytes], scope: str) -> str:
    """Why what the key did sign is not these files under this scope."""
    claims = _object(payload, "what was signed")
    stated, listed = claims.get("scope", ""), claims.get("files")
    if stated != scope:
        return f"the signature states the scope {stated!r:.50}, not {scope!r:.50}; ask for the one that it was made for"
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    signed = {str(entry.get("name")): entry.get("hash") for entry in entries}
    for name in sorted(files.keys() | signed.keys()):
        if name not in signed:
            return f"{name[:100]!r} was not signed; {_AGAIN}"
        if name not in files:
            return f"{name[:100]!r} was signed and is not there; {_COPY}"
        if signed[name] != _hash(files[name]):
            return f"{name[:100]!r} is not as it was signed; {_COPY}"
    return f"what was signed stands in a form that mcp-opa does not write; {_AGAIN}"


def _object(raw: bytes, what: str) -> dict[str, Json]:
    try:
        value = parse(raw)
    except Malformed as error:
        raise SignatureError(f"{what} is not JSON as we accept it: {error}; {_AGAIN}") from error
    if type(value) is not dict:
        raise SignatureError(f"{what} is no JSON object; {_AGAIN}")
    return value


def _decoded(segment: str) -> bytes:
    """A segment of a JWS; of what is no base64, nothing, which is no JSON either."""
    try:
        return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError:
        return b""


def _name(key_id: str) -> str:
    if not key_id:
        raise SignatureError("the key id is empty; leave it out, or name one")
    return _text(key_id)


def _text(given: str) -> str:
    try:
        given.encode()
    except UnicodeEncodeError as error:
        raise SignatureError(
            f"{given!r:.50} is no text that a signature can hold; name the key or scope otherwise"
        ) from error
    return given
