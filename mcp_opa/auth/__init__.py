"""Who is calling: what a client shows becomes a subject, or nothing does.

Guarantees: a subject comes from a credential that was verified, in a header of the request, and from nothing else: no
query string, no body, no `_meta`. Whatever is missing, doubled, odd, expired or can't be verified raises
`Unauthenticated`. It does not say what a subject may do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from mcp_opa.model import Json, Subject

CREDENTIAL_HEADERS = ("authorization", "x-api-key")
"""The headers that are read; a request that has one of them twice is refused before it gets here."""


class AuthError(Exception):
    """Something that callers are verified by can't be used; the message says where, what and how to mend it."""


class Unauthenticated(Exception):
    """Nobody, or not the one who was claimed. The record gets all of it; the client gets `status` and `challenge`."""

    def __init__(self, detail: str, *, status: int = 401, error: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        """For operators: what was wrong. Never quotes a credential, never shown to a client."""
        self.status = status
        """What HTTP answers: 401, 403 (a scope is missing), or 503 (nobody can be verified for now)."""
        self.error = error
        """RFC 6750's code: `invalid_token`, `insufficient_scope`; empty where no credential was shown."""
        self.challenge = ""
        """The value of `WWW-Authenticate`; an answer of status 503 has none."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """The protected resource's metadata, as RFC 9728 has it."""

    url: str
    """Where clients look for it: absolute, and named in challenges."""
    path: str
    """The path of that URL: `/.well-known/oauth-protected-resource/…`."""
    document: Json
    """What is served there, as JSON, to anybody."""


class Authenticator(Protocol):
    """Whatever proves who calls. Requests of one event loop share it."""

    @property
    def metadata(self) -> Metadata | None:
        """What is served about the resource, if tokens are taken and its URL is known."""
        ...

    async def authenticate(self, headers: Mapping[str, str]) -> Subject:
        """The subject that the headers prove. Names are lower case; values are as HTTP gave them.

        Raises `Unauthenticated`, and nothing else. Takes no longer than its own deadline.
        """
        ...

    async def trouble(self) -> str:
        """Why nobody can be verified at the moment, for readiness; empty if all is well."""
        ...
