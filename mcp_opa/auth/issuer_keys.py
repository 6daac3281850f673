"""Where an issuer's keys come from: a file, or its server.

Guarantees: a server is asked over TLS or on loopback alone, directly, at one address, within a deadline that ends
everything, for so many bytes; no more often than every `PAUSE`, whatever callers show. Its last answer counts while it
can't be asked, but not for ever. A file counts as it is now. It verifies no token.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import anyio
import httpx2
from jwt import PyJWK

from mcp_opa import watched
from mcp_opa.auth import AuthError, Unauthenticated, key_set
from mcp_opa.auth._guarded import guarded

DEADLINE = 5.0
"""Seconds for one question to the server, all of it."""
FRESH = 300.0
"""Seconds after which the server is asked again."""
OLDEST = 3600.0
"""Seconds after which an answer counts no more."""
PAUSE = 10.0
"""Seconds between two questions, at least."""
_OK = 200
_LARGEST_PORT = 65535
_HEADERS = {"User-Agent": "mcp-opa", "Accept": "application/json", "Accept-Encoding": "identity"}


class IssuerKeys(Protocol):
    """Whatever knows an issuer's keys. Requests of one event loop share it."""

    async def key(self, kid: str) -> PyJWK:
        """The key of that name. Raises `Unauthenticated`."""
        ...

    async def trouble(self) -> str:
        """Why there are no keys at the moment, or nothing."""
        ...


class FileKeys:
    """The keys in a file, read anew when it changes."""

    def __init__(self, path: str | Path) -> None:
        """Raises `AuthError` if the file can't be used now."""
        self._file = guarded(path, lambda raw, _: key_set.parse(raw, str(path)))

    async def key(self, kid: str) -> PyJWK:
        """See `IssuerKeys`."""
        try:
            return _named(kid, self._file.value())
        except AuthError as error:
            raise _none(str(error)) from error

    async def trouble(self) -> str:
        """See `IssuerKeys`."""
        try:
            self._file.value()
        except AuthError as error:
            return str(error)
        return ""


class UrlKeys:
    """The keys that a server publishes, kept for a while."""

    def __init__(
        self,
        url: str,
        *,
        ca: str | Path | None = None,
        deadline_seconds: float = DEADLINE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`ca` is a file of the authorities to trust, instead of those that are widely trusted; `clock` gives seconds.

        Raises `AuthError` for an address or a file that can't be used. The server is asked when a token wants it.
        """
        self._url = _address(url)
        self._context = watched.trusting(AuthError, ca)
        self._deadline = deadline_seconds
        self._clock = clock
        self._keys: Mapping[str, PyJWK] = {}
        self._since = self._tried = float("-inf")
        self._why = "wasn't asked yet"
        self._asking = anyio.Lock()

    async def key(self, kid: str) -> PyJWK:
        """See `IssuerKeys`."""
        if kid not in self._known(FRESH):
            await self._asked(kid)
        keys = self._known(OLDEST)
        if not keys:
            raise _none(f"{self._url}: {self._why}")
        return _named(kid, keys)

    async def trouble(self) -> str:
        """See `IssuerKeys`."""
        if not self._known(FRESH):
            await self._asked("")
        return "" if self._known(OLDEST) else f"{self._url}: {self._why}"

    def _known(self, age: float) -> Mapping[str, PyJWK]:
        """The keys, if they are no older than that."""
        return self._keys if self._clock() - self._since <= age else {}

    async def _asked(self, kid: str) -> None:
        """Ask the server, unless that was just done. Who waits for a key waits for whoever asks; others go on."""
        if self._asking.statistics().locked and kid in self._known(OLDEST):
            return
        async with self._asking:
            if self._clock() - self._tried < PAUSE:
                return
            self._tried = self._clock()
            # Shielded: a caller who goes away must not take the keys away from all others.
            with anyio.CancelScope(shield=True):
                await self._ask()

    async def _ask(self) -> None:
        try:
            with anyio.fail_after(self._deadline):
                self._keys = key_set.parse(await self._fetched(), self._url)
            self._since = self._clock()
        except TimeoutError:
            self._why = f"gave no whole answer within {self._deadline:g} s"
        except AuthError as error:
            self._why = str(error).removeprefix(f"{self._url}: ")
        except Exception as error:  # noqa: BLE001 (whatever a server does, it is no key)
            self._why = f"can't be asked: {str(error) or type(error).__name__}"

    async def _fetched(self) -> bytes:
        bound = httpx2.AsyncClient(verify=self._context.value(), trust_env=False, timeout=None, headers=_HEADERS)
        async with bound as client, client.stream("GET", self._url) as reply:
            if reply.status_code != _OK:
                raise AuthError(f"answered {reply.status_code}; the address must give the keys themselves")
            if reply.headers.get("content-encoding", "identity").lower() != "identity":
                raise AuthError("answered in an encoding that it wasn't asked for")
            raw = bytearray()
            async for part in reply.aiter_raw():
                raw += part
                if len(raw) > key_set.MAX_BYTES:
                    raise AuthError(f"answered with more than {key_set.MAX_BYTES} bytes")
            return bytes(raw)


def secure(url: str) -> bool:
    """Whether an address is https, or http that stays on this machine; without user, password or fragment."""
    try:
        found = httpx2.URL(url)
    except (httpx2.InvalidURL, UnicodeError):
        return False
    if found.userinfo or found.fragment or not found.host or (found.port or 0) > _LARGEST_PORT:
        return False
    return found.scheme == "https" or (found.scheme == "http" and _loopback(found.host))


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _address(url: str) -> str:
    if not secure(url):
        raise AuthError(f"{url}: is no address for keys; write https://…, or http:// on loopback")
    return url


def _named(kid: str, keys: Mapping[str, PyJWK]) -> PyJWK:
    if kid not in keys:
        raise Unauthenticated("the token is signed by a key that its issuer doesn't have", error="invalid_token")
    return keys[kid]


def _none(why: str) -> Unauthenticated:
    return Unauthenticated(f"tokens can't be verified: {why}", status=503)
