"""Tokens: what a good one gives, and every way in which one isn't."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

from mcp_opa.auth import AuthError, Metadata, Unauthenticated
from mcp_opa.auth.issuer_keys import FileKeys
from mcp_opa.auth.tokens import Terms, Tokens
from mcp_opa.model import Subject
from tests.auth.issuer import AUDIENCE, ISSUER, claims, jwk, key, key_set, token

Take = Callable[..., Tokens]
NOW = int(time.time())


@pytest.fixture
def take(tmp_path: Path) -> Take:
    """Make what takes tokens, on these terms and of an issuer with these keys."""

    def make(*keys: dict[str, Any], **terms: Any) -> Tokens:  # noqa: ANN401
        path = tmp_path / "keys.json"
        path.write_bytes(key_set(*keys))
        return Tokens(Terms(**{"issuer": ISSUER, "audience": AUDIENCE, **terms}), FileKeys(path))

    return make


def subject(tokens: Tokens, shown: str) -> Subject:
    return anyio.run(tokens.subject, shown)


def refused(tokens: Tokens, shown: str) -> str:
    """Why a token isn't valid."""
    with pytest.raises(Unauthenticated) as caught:
        subject(tokens, shown)
    assert (caught.value.status, caught.value.error) == (401, "invalid_token")
    return caught.value.detail.removeprefix("the token isn't valid: ")


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "PS256", "PS512", "ES256", "ES384", "ES512", "EdDSA"])
def test_a_token_that_the_issuer_signed_for_us_names_its_subject(take: Take, algorithm: str) -> None:
    signer = key(algorithm)
    shown = token(signed_by=signer, algorithm=algorithm)
    assert subject(take(jwk(signer, alg=algorithm)), shown) == Subject("agent", (), "jwt")


def test_claims_name_subject_and_groups_as_the_terms_say(take: Take) -> None:
    tokens = take(subject_claim="client_id", groups_claim="https://example.com/roles")
    stated = {"client_id": "ops-agent", "https://example.com/roles": ["writers", "ops"], "groups": ["admin"]}
    assert subject(tokens, token(claims(**stated))) == Subject("ops-agent", ("writers", "ops"), "jwt")
    assert subject(tokens, token(claims(client_id="ops-agent"))) == Subject("ops-agent", (), "jwt")
    assert subject(take(), token(claims(groups=["admin"]))) == Subject("agent", (), "jwt")


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"aud": "https://other.example"}, f"it isn't for {AUDIENCE}"),
        ({"aud": [AUDIENCE + "/", "https://other.example"]}, f"it isn't for {AUDIENCE}"),
        ({"aud": AUDIENCE.upper()}, f"it isn't for {AUDIENCE}"),
        ({"aud": [AUDIENCE, 1]}, f"it isn't for {AUDIENCE}"),
        ({"aud": {AUDIENCE: 1}}, f"it isn't for {AUDIENCE}"),
        ({"aud": None}, 'Token is missing the "aud" claim'),
        ({"aud": []}, 'Token is missing the "aud" claim'),
        ({"iss": ISSUER + "/"}, f"it isn't from {ISSUER}"),
        ({"iss": "https://login.examp\u0142e"}, f"it isn't from {ISSUER}"),
        ({"iss": None}, 'Token is missing the "iss" claim'),
        ({"exp": None}, 'Token is missing the "exp" claim'),
        ({"exp": NOW - 3600}, "Signature has expired"),
        ({"exp": "9" * 10}, "it has expired"),
        ({"exp": True}, "Signature has expired"),
        ({"exp": "soon"}, "Expiration Time claim (exp) must be an integer."),
        ({"exp": float("inf")}, "Expiration Time claim (exp) must be an integer."),
        ({"exp": [NOW + 600]}, "Expiration Time claim (exp) must be an integer."),
        ({"nbf": NOW + 3600}, "The token is not yet valid (nbf)"),
        ({"iat": NOW + 3600}, "The token is not yet valid (iat)"),
        ({"sub": None}, "its claim `sub` names no actor"),
        ({"sub": ""}, "its claim `sub` names no actor"),
        ({"sub": " agent"}, "its claim `sub` names no actor"),
        ({"sub": "agent\n"}, "its claim `sub` names no actor"),
        ({"sub": "a" * 257}, "its claim `sub` names no actor"),
        ({"sub": 1}, "Subject must be a string"),
        ({"sub": ["agent"]}, "Subject must be a string"),
        ({"groups": "admin"}, "its claim `groups` is no list of at most 200 groups"),
        ({"groups": [["admin"]]}, "its claim `groups` is no list of at most 200 groups"),
        ({"groups": ["admin "]}, "its claim `groups` is no list of at most 200 groups"),
        ({"groups": [f"g{number}" for number in range(201)]}, "its claim `groups` is no list of at most 200 groups"),
        ({"cnf": {"jkt": "x"}}, "it is bound to a key of its holder (`cnf`), which can't be checked here"),
    ],
)
def test_a_claim_that_is_missing_or_odd_refuses(take: Take, other: dict[str, Any], why: str) -> None:
    assert refused(take(groups_claim="groups"), token(claims(**other))) == why


def test_a_token_that_has_just_expired_gets_no_leeway(take: Take) -> None:
    assert refused(take(), token(claims(exp=int(time.time())))) == "it has expired"


def test_an_audience_among_several_is_ours_and_clocks_may_differ_a_little(take: Take) -> None:
    stated = claims(aud=["https://other.example", AUDIENCE], iat=int(time.time()) + 20, nbf=int(time.time()) + 20)
    assert subject(take(), token(stated)) == Subject("agent", (), "jwt")


UNREADABLE = "its header can't be read"
ALGORITHM = "its algorithm is none of the asymmetric ones that are taken"


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ({"kid": None}, "it doesn't name its key (`kid`)"),
        ({"kid": ""}, "it doesn't name its key (`kid`)"),
        ({"kid": "k" * 257}, "it doesn't name its key (`kid`)"),
        ({"kid": "../../etc/passwd"}, "the token is signed by a key that its issuer doesn't have"),
        ({"kid": "K1"}, "the token is signed by a key that its issuer doesn't have"),
        ({"kid": "k1\0"}, "the token is signed by a key that its issuer doesn't have"),
        ({"typ": "logout+jwt"}, "its type is of another use than access"),
        ({"typ": "dpop+jwt"}, "its type is of another use than access"),
        ({"cty": "x", "crit": ["cty"]}, "its header asks for extensions, and none is known here"),
        ({"b64": False, "crit": ["b64"]}, "its header asks for extensions, and none is known here"),
        ({"x": "y" * 5000}, UNREADABLE),
    ],
)
def test_a_header_that_is_missing_or_odd_refuses(take: Take, header: dict[str, Any], why: str) -> None:
    assert refused(take(), token(**header)) == why


@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "application/at+JWT"])
def test_a_type_of_access_is_taken(take: Take, kind: str) -> None:
    assert subject(take(), token(typ=kind)) == Subject("agent", (), "jwt")


TWICE = b'{"alg": "ES256", "alg": "none", "kid": "k1"}'


def part(value: Any) -> str:  # noqa: ANN401
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        ("", UNREADABLE),
        ("..", UNREADABLE),
        ("a.b.c", UNREADABLE),
        ("\u00e9.b.c", UNREADABLE),
        (f"{part([])}.{part(claims())}.", UNREADABLE),
        (f"{part(b'[' * 2000)}.{part(claims())}.", UNREADABLE),
        (f"{part(TWICE)}.{part(claims())}.", UNREADABLE),
        (f"{part({'alg': 'none', 'kid': 'k1'})}.{part(claims())}.", ALGORITHM),
        (f"{part({'alg': 'None', 'kid': 'k1'})}.{part(claims())}.", ALGORITHM),
        (f"{part({'alg': '', 'kid': 'k1'})}.{part(claims())}.", ALGORITHM),
        (f"{part({'kid': 'k1'})}.{part(claims())}.", ALGORITHM),
        (f"{part({'alg': ['ES256'], 'kid': 'k1'})}.{part(claims())}.", ALGORITHM),
        (f"{part({'alg': 'es256', 'kid': 'k1'})}.{part(claims())}.", ALGORITHM),
        (f"{part({'alg': 'ES256', 'kid': ['k1']})}.{part(claims())}.", "it doesn't name its key (`kid`)"),
        (f"{part({'alg': 'ES256', 'kid': 'k1'})}.{part(claims())}.", "Signature verification failed"),
        (f"{part({'alg': 'ES256', 'kid': 'k1'})}.{part(claims())}.{'A' * 86}", "Signature verification failed"),
        (f"{part({'alg': 'ES256', 'kid': 'k1', 'typ': 1})}.x.y", "its type is of another use than access"),
        (f"{part({'alg': 'ES256', 'kid': 'k1'})}.{part(claims())}", "Not enough segments"),
    ],
)
def test_what_nobody_signed_is_refused(take: Take, shown: str, why: str) -> None:
    assert refused(take(), shown)[: len(why)] == why


def test_a_token_of_another_key_is_refused_even_if_it_brings_that_key(take: Take) -> None:
    other = key(which=1)
    brought: dict[str, Any] = {
        "jwk": jwk(other),
        "jku": "https://evil.example/keys",
        "x5u": "https://evil.example/keys",
    }
    assert refused(take(), token(signed_by=other, **brought)) == "Signature verification failed"


@pytest.mark.parametrize("algorithm", ["HS256", "HS512"])
def test_the_public_key_is_no_secret_to_sign_with(take: Take, algorithm: str) -> None:
    signer = key("RS256")
    public = signer.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signed = f"{part({'alg': algorithm, 'kid': 'k1'})}.{part(claims())}"
    digest = hashlib.sha256 if algorithm == "HS256" else hashlib.sha512
    shown = f"{signed}.{part(hmac.digest(public, signed.encode(), digest))}"
    assert refused(take(jwk(signer)), shown) == ALGORITHM
    assert refused(
        take(jwk(signer)), shown.replace(part({"alg": algorithm, "kid": "k1"}), part({"alg": "RS256", "kid": "k1"}))
    )


def test_a_key_is_good_for_its_own_algorithm_alone(take: Take) -> None:
    signer = key("RS256")
    why = refused(take(jwk(signer)), token(signed_by=signer, algorithm="PS256"))
    assert why == "The specified alg value is not allowed"


def test_a_claim_changed_after_signing_refuses(take: Take) -> None:
    head, _, signature = token().split(".")
    assert refused(take(), f"{head}.{part(claims(sub='admin'))}.{signature}") == "Signature verification failed"


def test_a_scope_that_is_missing_is_told_as_such(take: Take) -> None:
    tokens = take(scopes=("tools:call", "tools:list"))
    enough: list[dict[str, Any]] = [{"scope": "tools:list tools:call x"}, {"scp": ["tools:call", "tools:list"]}]
    for stated in enough:
        assert subject(tokens, token(claims(**stated))) == Subject("agent", (), "jwt")
    odd: list[dict[str, Any]] = [{}, {"scope": "tools:list"}, {"scp": "TOOLS:CALL tools:list"}, {"scope": 1}]
    for stated in odd:
        with pytest.raises(Unauthenticated) as caught:
            subject(tokens, token(claims(**stated)))
        assert (caught.value.status, caught.value.error) == (403, "insufficient_scope")
        assert "tools:call" in caught.value.detail


def test_the_issuer_s_file_counts_as_it_is_now(take: Take, tmp_path: Path) -> None:
    tokens = take()
    (tmp_path / "keys.json").write_bytes(key_set(jwk(key(which=1))))
    assert refused(tokens, token()) == "Signature verification failed"
    (tmp_path / "keys.json").unlink()
    told = f"{tmp_path / 'keys.json'}: No such file or directory"
    with pytest.raises(Unauthenticated) as caught:
        subject(tokens, token())
    assert (caught.value.status, caught.value.detail) == (503, f"tokens can't be verified: {told}")
    assert anyio.run(tokens.trouble) == told


@given(
    st.one_of(
        st.text(max_size=200),
        st.tuples(st.binary(max_size=60), st.binary(max_size=60)).map(
            lambda parts: f"{part(parts[0])}.{part(parts[1])}.AAAA"
        ),
    )
)
def test_no_text_escapes_as_anything_but_a_refusal(shown: str) -> None:
    class _Keys:
        async def key(self, kid: str) -> jwt.PyJWK:  # noqa: ARG002
            return jwt.PyJWK(jwk(key()))

        async def trouble(self) -> str:
            return ""

    with pytest.raises(Unauthenticated):
        subject(Tokens(Terms(ISSUER, AUDIENCE), _Keys()), shown)


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ({"issuer": ""}, "issuer is empty, and tokens must state it"),
        ({"audience": " "}, "audience is empty, and tokens must state it"),
        ({"subject_claim": ""}, "subject_claim is empty, and tokens must state it"),
        ({"scopes": ("a b",)}, "'a b' is no scope; write each by itself, without spaces or quotes"),
        ({"scopes": ('"',)}, "'\"' is no scope; write each by itself, without spaces or quotes"),
        *(
            ({"resource": url}, f"{url!r} is no address that clients reach a gateway by; write https://host/path")
            for url in (
                *("gate", "http://gate.example/mcp", "ftp://gate.example", "https://", "https://gate.example/#a"),
                *(
                    "https://a:b@gate.example/",
                    'https://gate.example/"',
                    "https://gate.example/\r\nx",
                    "https://g\u00e4te/",
                ),
            )
        ),
    ],
)
def test_terms_that_nothing_could_meet_are_refused(take: Take, terms: dict[str, Any], told: str) -> None:
    with pytest.raises(AuthError) as caught:
        take(**terms)
    assert str(caught.value) == told


@pytest.mark.parametrize(
    ("terms", "url", "path", "resource"),
    [
        ({}, "https://gate.example/.well-known/oauth-protected-resource/mcp", "/mcp", AUDIENCE),
        (
            {"resource": "https://gate.example"},
            "https://gate.example/.well-known/oauth-protected-resource",
            *("", "https://gate.example"),
        ),
        (
            {"resource": "https://gate.example/"},
            "https://gate.example/.well-known/oauth-protected-resource",
            *("", "https://gate.example/"),
        ),
        (
            {"audience": "gate", "resource": "http://127.0.0.1:8080/a/b?c=d"},
            "http://127.0.0.1:8080/.well-known/oauth-protected-resource/a/b?c=d",
            *("/a/b", "http://127.0.0.1:8080/a/b?c=d"),
        ),
    ],
)
def test_the_resource_is_described_where_rfc_9728_has_it(
    take: Take, terms: dict[str, Any], url: str, path: str, resource: str
) -> None:
    document = {"resource": resource, "authorization_servers": [ISSUER], "bearer_methods_supported": ["header"]}
    assert take(**terms).metadata == Metadata(url, f"/.well-known/oauth-protected-resource{path}", document)
    assert take(audience="gate").metadata is None
