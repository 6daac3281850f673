"""Who is let in: which credential counts, and what a caller hears who shows none, two or a bad one."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from mcp_opa.auth import AuthError, Unauthenticated
from mcp_opa.auth.api_keys import ApiKeys
from mcp_opa.auth.callers import Callers
from mcp_opa.auth.issuer_keys import FileKeys
from mcp_opa.auth.tokens import Terms, Tokens
from mcp_opa.model import Subject
from tests.auth.issuer import AUDIENCE, ISSUER, key_set, token

KEY = "mcpopa_" + "k" * 43
BY_KEY = Subject("keyed", (), "api_key")
BY_TOKEN = Subject("agent", (), "jwt")
METADATA = 'resource_metadata="https://gate.example/.well-known/oauth-protected-resource/mcp"'


@pytest.fixture
def keys(tmp_path: Path) -> ApiKeys:
    path = tmp_path / "keys.yaml"
    path.touch(0o600)
    path.write_text(f"keyed: {KEY}\n")
    return ApiKeys(path)


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    path = tmp_path / "keys.json"
    path.write_bytes(key_set())
    return Tokens(Terms(ISSUER, AUDIENCE), FileKeys(path))


def let_in(callers: Callers, **headers: str) -> Subject:
    return anyio.run(callers.authenticate, {name.replace("_", "-"): value for name, value in headers.items()})


def refused(callers: Callers, **headers: str) -> tuple[int, str, str]:
    with pytest.raises(Unauthenticated) as caught:
        let_in(callers, **headers)
    return caught.value.status, caught.value.challenge, caught.value.detail


def test_a_key_or_a_token_lets_in_each_in_its_header(keys: ApiKeys, tokens: Tokens) -> None:
    both = Callers(keys=keys, tokens=tokens)
    assert let_in(both, x_api_key=KEY) == BY_KEY
    assert let_in(both, authorization=f"Bearer {KEY}") == BY_KEY
    assert let_in(both, authorization=f"bearer  {token()}") == BY_TOKEN
    assert let_in(Callers(keys=keys), authorization=f"Bearer {KEY}") == BY_KEY
    assert let_in(Callers(tokens=tokens), authorization=f"Bearer {token()}") == BY_TOKEN


NONE = "no credential is shown; send `X-API-Key: KEY` or `Authorization: Bearer …`"
TWO = "two credentials are shown, X-API-Key and Authorization; send one"
ODD = "the credential is empty, too long, or not as `Bearer …` or a key is written"


@pytest.mark.parametrize(
    ("headers", "error", "detail"),
    [
        ({}, "", NONE),
        ({"cookie": f"x-api-key={KEY}", "mcp_opa_actor": "keyed", "x_forwarded_user": "keyed"}, "", NONE),
        ({"query": f"api_key={KEY}", "proxy_authorization": f"Bearer {KEY}", "api_key": KEY}, "", NONE),
        ({"x_api_key": KEY, "authorization": f"Bearer {KEY}"}, "invalid_request", TWO),
        ({"x_api_key": KEY, "authorization": ""}, "invalid_request", TWO),
        ({"x_api_key": ""}, "", ODD),
        ({"x_api_key": f"{KEY}, {KEY}"}, "", ODD),
        ({"x_api_key": f"{KEY}\n"}, "", ODD),
        ({"x_api_key": f"Bearer {KEY}"}, "", ODD),
        ({"x_api_key": "k" * 16385}, "", ODD),
        ({"x_api_key": "\u212aey"}, "", ODD),
        ({"authorization": ""}, "", ODD),
        ({"authorization": "Bearer"}, "", ODD),
        ({"authorization": "Bearer "}, "", ODD),
        ({"authorization": KEY}, "", ODD),
        ({"authorization": f"Basic {KEY}"}, "", ODD),
        ({"authorization": f"Bearer\t{KEY}"}, "", ODD),
        ({"authorization": f"Bearer {KEY} x"}, "", ODD),
        ({"authorization": f"Bearer {KEY}\n"}, "", ODD),
        ({"authorization": f"Bearer {KEY}, Bearer {KEY}"}, "", ODD),
        ({"x_api_key": KEY.upper()}, "invalid_token", "the API key is nobody's"),
        ({"authorization": f"Bearer {KEY}."}, "invalid_token", "the API key is nobody's"),
        ({"x_api_key": "a.b.c"}, "invalid_token", "the API key is nobody's"),
        ({"authorization": "Bearer a.b.c"}, "invalid_token", "the token isn't valid: its header can't be read"),
    ],
)
def test_whatever_else_is_shown_lets_nobody_in(
    keys: ApiKeys, tokens: Tokens, headers: dict[str, str], error: str, detail: str
) -> None:
    assert refused(Callers(keys=keys, tokens=tokens), **headers) == (401, _challenge(error), detail)


def _challenge(error: str) -> str:
    return f'Bearer error="{error}", {METADATA}' if error else f"Bearer {METADATA}"


def test_a_token_in_the_header_of_keys_is_no_token(tokens: Tokens) -> None:
    detail = "API keys aren't taken here; send a token: `Authorization: Bearer …`"
    assert refused(Callers(tokens=tokens), x_api_key=token()) == (401, _challenge(""), detail)


def test_without_an_issuer_the_challenge_names_none(keys: ApiKeys) -> None:
    assert refused(Callers(keys=keys)) == (401, "Bearer", NONE)
    told = (401, 'Bearer error="invalid_token"', "the API key is nobody's")
    assert refused(Callers(keys=keys), authorization=f"Bearer {token()}") == told
    assert Callers(keys=keys).metadata is None


def test_a_scope_that_is_wanted_is_named(tmp_path: Path, tokens: Tokens) -> None:  # noqa: ARG001 (its file)
    scoped = Callers(tokens=Tokens(Terms(ISSUER, AUDIENCE, scopes=("a", "b")), FileKeys(tmp_path / "keys.json")))
    assert refused(scoped)[:2] == (401, f'Bearer scope="a b", {METADATA}')
    challenge = f'Bearer error="insufficient_scope", scope="a b", {METADATA}'
    told = (403, challenge, "agent's token lacks the scope a b")
    assert refused(scoped, authorization=f"Bearer {token()}") == told


def test_what_can_t_be_verified_for_now_is_nobody_s_fault_and_shows(
    tmp_path: Path, keys: ApiKeys, tokens: Tokens
) -> None:
    both = Callers(keys=keys, tokens=tokens)
    assert anyio.run(both.trouble) == ""
    for name in ("keys.yaml", "keys.json"):
        (tmp_path / name).unlink()
    missing = [f"{tmp_path / name}: No such file or directory" for name in ("keys.yaml", "keys.json")]
    assert refused(both, x_api_key=KEY) == (503, "", f"API keys can't be compared: {missing[0]}")
    assert refused(both, authorization=f"Bearer {token()}") == (503, "", f"tokens can't be verified: {missing[1]}")
    assert anyio.run(both.trouble) == "; ".join(missing)


def test_nobody_is_let_in_unknown() -> None:
    with pytest.raises(AuthError) as caught:
        Callers()
    assert str(caught.value) == "nothing says who may call: give API keys, an issuer of tokens, or both"
