"""API keys: a text that a caller shows, and a file that says whose it is.

Guarantees: how long a comparison takes says nothing of the keys; every key of the file is compared, none is skipped
once one was found. The file counts as it is now: one that can't be used refuses everybody, and says why.
"""

from __future__ import annotations

import hashlib
import hmac
import stat
import time
from collections.abc import Callable
from pathlib import Path

from mcp_opa.auth import AuthError, Unauthenticated, key_file
from mcp_opa.auth._guarded import guarded
from mcp_opa.auth.key_file import Key, KeyFile
from mcp_opa.model import Subject
from mcp_opa.policy.problem import Problem


class ApiKeys:
    """The keys of one file."""

    def __init__(self, path: str | Path, *, clock: Callable[[], float] = time.time) -> None:
        """`clock` gives seconds since 1970; keys expire by it. Raises `AuthError` if the file can't be used now."""
        self._file = guarded(path, lambda raw, mode: _parsed(raw, mode, str(path)))
        self._clock = clock

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What a security reviewer would say of the file. Raises `AuthError`."""
        return self._file.value().warnings

    def subject(self, shown: str) -> Subject:
        """Whose key it is. Raises `Unauthenticated`."""
        digest = hashlib.sha256(shown.encode("utf-8", "surrogatepass")).digest()
        found: Key | None = None
        for key in self._keys():
            if hmac.compare_digest(key.digest, digest):
                found = key
        if found is None:
            raise Unauthenticated("the API key is nobody's", error="invalid_token")
        if found.expires is not None and self._clock() >= found.expires:
            raise Unauthenticated(f"the API key of {found.subject.id} has expired", error="invalid_token")
        return found.subject

    def trouble(self) -> str:
        """Why nobody's key can be compared at the moment, or nothing."""
        try:
            self._file.value()
        except AuthError as error:
            return str(error)
        return ""

    def _keys(self) -> tuple[Key, ...]:
        try:
            return self._file.value().keys
        except AuthError as error:
            raise Unauthenticated(f"API keys can't be compared: {error}", status=503) from error


def _parsed(raw: bytes, mode: int, name: str) -> KeyFile:
    found = key_file.parse(raw, name)
    if found.plain and mode & stat.S_IROTH:
        raise AuthError(
            f"{name}: everybody may read it, and it holds keys as they are; chmod o-r it, or write their hashes instead"
        )
    return found
