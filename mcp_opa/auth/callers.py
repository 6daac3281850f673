"""The authenticator of a gateway: which credential a request shows, and who is asked about it.

Guarantees: exactly one credential counts, in `X-API-Key` or as a bearer token in `Authorization`; two are as bad as
none. It compares nothing itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from mcp_opa.auth import AuthError, Metadata, Unauthenticated
from mcp_opa.auth.api_keys import ApiKeys
from mcp_opa.auth.tokens import Tokens
from mcp_opa.model import Subject
from mcp_opa.policy.problem import Problem

_DOTS = 2
"""Of a JWT, between its three parts."""
_SHOWN = re.compile(r"[\x21-\x7e]{1,16384}")
_BEARER = re.compile(r"bearer +([^ ]+)", re.IGNORECASE)


class Callers:
    """API keys, tokens, or both: a bearer token of three parts is a JWT where those are taken, any other text a key."""

    def __init__(self, *, keys: ApiKeys | None = None, tokens: Tokens | None = None) -> None:
        """Raises `AuthError` without either: nobody is let in unknown."""
        if keys is None and tokens is None:
            raise AuthError("nothing says who may call: give API keys, an issuer of tokens, or both")
        self._keys = keys
        self._tokens = tokens

    @property
    def metadata(self) -> Metadata | None:
        """See `Authenticator`."""
        return self._tokens.metadata if self._tokens else None

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What a security reviewer would say of the file of keys. Raises `AuthError`."""
        return self._keys.warnings if self._keys else ()

    async def authenticate(self, headers: Mapping[str, str]) -> Subject:
        """See `Authenticator`."""
        try:
            return await self._subject(headers)
        except Unauthenticated as refusal:
            refusal.challenge = self._challenge(refusal)
            raise

    async def trouble(self) -> str:
        """See `Authenticator`."""
        troubles = [self._keys.trouble() if self._keys else "", await self._tokens.trouble() if self._tokens else ""]
        return "; ".join(filter(None, troubles))

    async def _subject(self, headers: Mapping[str, str]) -> Subject:
        shown, bearer = _credential(headers)
        if self._tokens and bearer and (shown.count(".") == _DOTS or not self._keys):
            return await self._tokens.subject(shown)
        if self._keys:
            return self._keys.subject(shown)
        raise Unauthenticated("API keys aren't taken here; send a token: `Authorization: Bearer …`")

    def _challenge(self, refusal: Unauthenticated) -> str:
        if refusal.status == 503:  # noqa: PLR2004 (not the caller's fault)
            return ""
        said = {
            "error": refusal.error,
            "scope": " ".join(self._tokens.scopes) if self._tokens else "",
            "resource_metadata": self.metadata.url if self.metadata else "",
        }
        return ("Bearer " + ", ".join(f'{name}="{value}"' for name, value in said.items() if value)).strip()


def _credential(headers: Mapping[str, str]) -> tuple[str, bool]:
    """What is shown, and whether as a bearer token."""
    key, authorization = headers.get("x-api-key"), headers.get("authorization")
    if key is not None and authorization is not None:
        raise Unauthenticated(
            "two credentials are shown, X-API-Key and Authorization; send one", error="invalid_request"
        )
    if key is None and authorization is None:
        raise Unauthenticated("no credential is shown; send `X-API-Key: KEY` or `Authorization: Bearer …`")
    bearer = _BEARER.fullmatch(authorization or "")
    shown = key if key is not None else bearer[1] if bearer else ""
    if not _SHOWN.fullmatch(shown):
        raise Unauthenticated("the credential is empty, too long, or not as `Bearer …` or a key is written")
    return shown, key is None
