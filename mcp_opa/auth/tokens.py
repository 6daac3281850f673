"""Tokens: JSON Web Tokens that one issuer signed for this gateway.

Guarantees: a subject comes of a token alone that is signed by a key of its issuer, by that key's own algorithm, for
this audience, and hasn't expired; what a token's header says of keys is never followed. It does not fetch the keys, ask
the issuer about a token, or pass it on to anybody.
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

import jwt

from mcp_opa import contract
from mcp_opa.auth import AuthError, Metadata, Unauthenticated, key_set
from mcp_opa.auth.issuer_keys import IssuerKeys, secure
from mcp_opa.model import Json, Subject
from mcp_opa.policy import words
from mcp_opa.policy.problem import shortened

METHOD = "jwt"
LEEWAY = 30
"""Seconds by which an issuer's clock may be ahead; a token that has expired gets none."""
MOST_GROUPS = 200
_WELL_KNOWN = "/.well-known/oauth-protected-resource"
_TYPES = (None, "jwt", "at+jwt", "application/at+jwt")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]+)([^?#\"\\]*)(\?[^#\"\\]*)?")
_REQUIRED = ["exp", "iss", "aud"]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a token must be."""

    issuer: str
    """Its `iss`, letter for letter."""
    audience: str
    """What `aud` must be, or have among its values: this gateway."""
    subject_claim: str = "sub"
    """The claim that names the actor."""
    groups_claim: str = ""
    """The claim that lists groups; without it tokens give none."""
    scopes: tuple[str, ...] = ()
    """Scopes that each token must have."""
    resource: str = ""
    """The URL that clients reach this gateway by; without it the audience, if that is a URL."""


class Tokens:
    """The tokens of one issuer."""

    def __init__(self, terms: Terms, keys: IssuerKeys) -> None:
        """Raises `AuthError` for terms that nothing could meet."""
        for name in ("issuer", "audience", "subject_claim"):
            if not getattr(terms, name).strip():
                raise AuthError(f"{name} is empty, and tokens must state it")
        if odd := [scope for scope in terms.scopes if not _SCOPE.fullmatch(scope)]:
            raise AuthError(f"{odd[0]!r} is no scope; write each by itself, without spaces or quotes")
        self.metadata = _metadata(terms)
        """What is served about this gateway, if its URL is known."""
        self.scopes = terms.scopes
        """Scopes that each token must have."""
        self._terms = terms
        self._keys = keys

    async def subject(self, token: str) -> Subject:
        """Whom a token speaks of. Raises `Unauthenticated`."""
        key = await self._keys.key(_key_name(token))
        claims = self._claims(token, key)
        subject = claims.get(self._terms.subject_claim)
        if not isinstance(subject, str) or words.id_problem(subject):
            raise _invalid(f"its claim `{self._terms.subject_claim}` names no actor")
        if missing := set(self._terms.scopes).difference(_scopes(claims)):
            detail = f"{shortened(subject)}'s token lacks the scope {' '.join(sorted(missing))}"
            raise Unauthenticated(detail, status=403, error="insufficient_scope")
        return Subject(subject, self._groups(claims), METHOD)

    async def trouble(self) -> str:
        """Why no token can be verified at the moment, or nothing."""
        return await self._keys.trouble()

    def _claims(self, token: str, key: jwt.PyJWK) -> Mapping[str, Json]:
        try:
            claims: dict[str, Json] = jwt.decode(
                token,
                key,
                [key.algorithm_name],
                {"require": _REQUIRED, "enforce_minimum_key_length": True},
                audience=self._terms.audience,
                issuer=self._terms.issuer,
                leeway=LEEWAY,
            )
        except jwt.InvalidAudienceError:
            raise _invalid(f"it isn't for {self._terms.audience}") from None
        except jwt.InvalidIssuerError:
            raise _invalid(f"it isn't from {self._terms.issuer}") from None
        except Exception as error:  # noqa: BLE001 (whatever a token holds, it is refused)
            raise _invalid(shortened(str(error))) from None
        _check(claims)
        return claims

    def _groups(self, claims: Mapping[str, Json]) -> tuple[str, ...]:
        stated = claims.get(self._terms.groups_claim, []) if self._terms.groups_claim else []
        sound = isinstance(stated, list) and len(stated) <= MOST_GROUPS
        if not sound or not all(isinstance(group, str) and not words.id_problem(group) for group in stated):
            raise _invalid(f"its claim `{self._terms.groups_claim}` is no list of at most {MOST_GROUPS} groups")
        return tuple(stated)


def _key_name(token: str) -> str:
    """Which key a token says that it is signed by; a token that could be verified by none is refused here."""
    try:
        segment = token.partition(".")[0].encode("ascii")
        header = contract.parse(base64.urlsafe_b64decode(segment + b"=="), max_bytes=4096, max_depth=4)
    except ValueError:
        header = None
    if not isinstance(header, dict):
        raise _invalid("its header can't be read")
    kid, kind = header.get("kid"), header.get("typ")
    if str(header.get("alg")) not in key_set.ALGORITHMS:
        raise _invalid("its algorithm is none of the asymmetric ones that are taken")
    if "crit" in header or "b64" in header:
        raise _invalid("its header asks for extensions, and none is known here")
    if (kind.lower() if isinstance(kind, str) else kind) not in _TYPES:
        raise _invalid("its type is of another use than access")
    if not isinstance(kid, str) or not 0 < len(kid) <= key_set.LONGEST_NAME:
        raise _invalid("it doesn't name its key (`kid`)")
    return kid


def _check(claims: Mapping[str, Json]) -> None:
    """What PyJWT leaves open."""
    expires = claims["exp"]
    if isinstance(expires, bool) or not isinstance(expires, int | float) or expires <= time.time():
        raise _invalid("it has expired")
    if "cnf" in claims:
        raise _invalid("it is bound to a key of its holder (`cnf`), which can't be checked here")


def _scopes(claims: Mapping[str, Json]) -> list[str]:
    """RFC 8693's `scope`, or `scp` as some issuers write it."""
    stated = claims.get("scope", claims.get("scp", ""))
    parts = stated.split(" ") if isinstance(stated, str) else stated if isinstance(stated, list) else []
    return [part for part in parts if isinstance(part, str)]


def _metadata(terms: Terms) -> Metadata | None:
    resource = terms.resource or (terms.audience if secure(terms.audience) else "")
    if not resource:
        return None
    found = _URL.fullmatch(resource)
    if not secure(resource) or not found or not resource.isascii() or not resource.isprintable():
        raise AuthError(f"{resource!r} is no address that clients reach a gateway by; write https://host/path")
    path = _WELL_KNOWN + (found[2] if found[2] != "/" else "")
    document = {
        "resource": resource,
        "authorization_servers": [terms.issuer],
        "bearer_methods_supported": ["header"],
        **({"scopes_supported": list(terms.scopes)} if terms.scopes else {}),
    }
    return Metadata(f"{resource[: found.end(1)]}{path}{found[3] or ''}", path, document)


def _invalid(why: str) -> Unauthenticated:
    return Unauthenticated(f"the token isn't valid: {why}", error="invalid_token")
