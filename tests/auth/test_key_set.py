"""An issuer's set of keys: which of them can verify a token, and which are as if they weren't there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, HMACAlgorithm, RSAAlgorithm

from mcp_opa.auth import AuthError
from mcp_opa.auth.key_set import MAX_BYTES, parse
from tests.auth.issuer import jwk, key, key_set


def usable(*keys: Any) -> dict[str, str]:  # noqa: ANN401 (members of JSON)
    """The algorithm of each key that can be used, beside a good one."""
    found = parse(key_set(jwk(key(), "good"), *keys), "k")
    assert found.pop("good").algorithm_name == "ES256"
    return {kid: each.algorithm_name for kid, each in found.items()}


@pytest.mark.parametrize(
    ("kind", "stated", "algorithm"),
    [
        *(("RS256", None, "RS256"), ("RS256", "RS512", "RS512"), ("RS256", "PS256", "PS256")),
        *(("ES256", None, "ES256"), ("ES384", None, "ES384"), ("ES512", "ES512", "ES512"), ("EdDSA", None, "EdDSA")),
    ],
)
def test_a_key_has_the_one_algorithm_that_it_states_or_its_kind_tells(
    kind: str, stated: str | None, algorithm: str
) -> None:
    members = {"alg": stated} if stated else {}
    assert usable(jwk(key(kind), **members)) == {"k1": algorithm}


SYMMETRIC = HMACAlgorithm.to_jwk(b"k" * 64, as_dict=True)
PRIVATE = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()), as_dict=True)
GOOD = jwk(key())
RSA = jwk(key("RS256"))
WEAK = RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 1024).public_key(), as_dict=True)  # noqa: S505 (that it is)


@pytest.mark.parametrize(
    "odd",
    [
        *(None, 1, "k", [], {}, {"kid": "k1"}),
        *({**SYMMETRIC, "kid": "k1"}, {**SYMMETRIC, "kid": "k1", "alg": "HS256"}, {**GOOD, "alg": "HS256"}),
        *({**RSA, "alg": "HS256"}, {**RSA, "alg": "none"}, {**RSA, "alg": "ES256"}, {**RSA, "alg": ["RS256"]}),
        *({**GOOD, "alg": "RS256"}, {**GOOD, "alg": "ES384"}, {**GOOD, "alg": "EdDSA"}, {**GOOD, "crv": "P-384"}),
        *(
            {**GOOD, "crv": ["P-256"]},
            {**GOOD, "x": "AAAA"},
            {**GOOD, "x": 1},
            {**GOOD, "kty": None},
            {**GOOD, "kty": 1},
        ),
        *(
            {**GOOD, "use": "enc"},
            {**GOOD, "use": None},
            {**GOOD, "key_ops": ["encrypt"]},
            {**GOOD, "key_ops": "verify"},
        ),
        *({**GOOD, "kid": ""}, {**GOOD, "kid": 1}, {**GOOD, "kid": None}, {**GOOD, "kid": "k" * 257}),
        *(
            {**RSA, "alg": "RSA-OAEP"},
            {**PRIVATE, "kid": "k1"},
            {**GOOD, "d": "AAAA"},
            {**RSA, "n": ""},
            {**RSA, "n": "!"},
        ),
        {**WEAK, "kid": "k1"},
        {**ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256K1()).public_key(), as_dict=True), "kid": "k1"},
        *(
            {"kty": "OKP", "crv": "X25519", "x": "A" * 43, "kid": "k1"},
            {"kty": "OKP", "crv": "Ed448", "x": "A", "kid": "k1"},
        ),
    ],
)
def test_a_key_that_is_none_for_signatures_is_as_if_it_were_not_there(odd: Any) -> None:  # noqa: ANN401
    assert usable(odd) == {}


def test_two_keys_of_one_name_are_none() -> None:
    assert usable(jwk(key(which=1)), jwk(key(which=2)), jwk(key(which=3), "k3")) == {"k3": "ES256"}


HOW = 'one is {"keys": […]}, with at most 100 of them'
NONE = (
    "k: has no key that can be used; a key is public, RSA from 2048 bits on, EC or Ed25519, for signatures, and has a"
)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "k: not JSON: Expecting value: line 1 column 1 (char 0); a set of keys is JSON, as RFC 7517 has it"),
        (
            b"<html>",
            "k: not JSON: Expecting value: line 1 column 1 (char 0); a set of keys is JSON, as RFC 7517 has it",
        ),
        (b"\xff", "k: not valid UTF-8, or a lone surrogate in an escape; a set of keys is JSON, as RFC 7517 has it"),
        (b"[" * 100_000, "k: nested deeper than 16 levels; a set of keys is JSON, as RFC 7517 has it"),
        (
            b'{"keys": [], "keys": []}',
            "k: the key 'keys' stands twice in one object; a set of keys is JSON, as RFC 7517 has it",
        ),
        (
            b" " * (MAX_BYTES + 1),
            f"k: {MAX_BYTES + 1} bytes, at most {MAX_BYTES} are read; a set of keys is JSON, as RFC 7517 has it",
        ),
        (b"null", f"k: is no set of keys; {HOW}"),
        (b"[]", f"k: is no set of keys; {HOW}"),
        (json.dumps(GOOD).encode(), f"k: is no set of keys; {HOW}"),
        (b'{"keys": {}}', f"k: is no set of keys; {HOW}"),
        (json.dumps({"keys": [GOOD] * 101}).encode(), f"k: is no set of keys; {HOW}"),
        (b'{"keys": []}', f"{NONE} `kid` of its own"),
        (json.dumps({"keys": [GOOD, GOOD]}).encode(), f"{NONE} `kid` of its own"),
    ],
)
def test_what_is_no_set_of_keys_is_an_error(raw: bytes, told: str) -> None:
    with pytest.raises(AuthError) as caught:
        parse(raw, "k")
    assert str(caught.value) == told
