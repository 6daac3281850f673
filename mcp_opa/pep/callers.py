"""Who may call a gateway over HTTP: its configuration becomes an authenticator.

Guarantees: files and addresses that can't be used are errors now, not with the first request. It verifies nobody.
"""

from __future__ import annotations

from mcp_opa.auth.api_keys import ApiKeys
from mcp_opa.auth.callers import Callers
from mcp_opa.auth.issuer_keys import FileKeys, UrlKeys
from mcp_opa.auth.tokens import Terms, Tokens
from mcp_opa.pep.config import Http, Jwt


def callers(http: Http) -> Callers:
    """The authenticator. Raises `auth.AuthError`."""
    keys = None if http.api_keys is None else ApiKeys(http.api_keys)
    return Callers(keys=keys, tokens=None if http.jwt is None else _tokens(http.jwt))


def _tokens(stated: Jwt) -> Tokens:
    keys = UrlKeys(stated.jwks, ca=stated.ca) if "://" in stated.jwks else FileKeys(stated.jwks)
    terms = Terms(
        issuer=stated.issuer,
        audience=stated.audience,
        subject_claim=stated.subject_claim,
        groups_claim=stated.groups_claim or "",
        scopes=stated.scopes,
        resource=stated.resource or "",
    )
    return Tokens(terms, keys)
