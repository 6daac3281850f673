"""What is taken out of a record, and what must stay."""

import hashlib
import json
from typing import Any

import pytest

from mcp_opa.audit import redaction

TELLING_KEYS = """
    password PASSWORD user_password passwd passphrase pwd secret client_secret clientSecret token access_token
    api_key apiKey api-key x-api-key private_key accessKey Authorization auth cookie Set-Cookie session_id credential
    credentials otp pin user_pin x-auth auth_header jwt bearer cvv card_number iban ssn email e-mail phone
    date_of_birth signature ｐａｓｓｗｏｒｄ
"""
PLAIN_KEYS = "path query author authors passenger passage passed name content text head limit spinning keyboard opinion"
TOKENS = {
    "AWS": "AKIA" + "IOSFODNN7EXAMPLE",
    "GitHub": "ghp_" + "a1B2" * 9,
    "GitHub, fine-grained": "github_pat_" + "11ABCDE_" * 4,
    "GitLab": "glpat-" + "abcdEFGH1234" * 2,
    "Slack": "xoxb-" + "123456789012-abcdef",
    "Google": "AIza" + "SyA1234567890abcdefghijklmnopqrstuv",
    "Stripe": "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
    "mcp-opa": "mcpopa_" + "abcdefghijklmnopqrstuvwx",
    "OpenAI": "sk-proj-" + "abcdefghijklmnopqrstuvwx",
    "npm": "npm_" + "abcdefghij" * 4,
    "PyPI": "pypi-" + "AgEIcHlwaS5vcmc" * 3,
    "JWT": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxIn0aa.c2ln",
    "key": "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----",
    "key, cut off": "-----BEGIN PRIVATE KEY-----\nMHcCAQEE",
}


@pytest.mark.parametrize("key", TELLING_KEYS.split())
def test_what_stands_under_a_key_that_names_a_secret_is_gone(key: str) -> None:
    assert redaction.arguments({key: "x", "in": [{key: {"deep": ["x"]}}]}) == {
        key: "[redacted]",
        "in": [{key: "[redacted]"}],
    }


@pytest.mark.parametrize("key", PLAIN_KEYS.split())
def test_what_stands_under_another_key_stays(key: str) -> None:
    assert redaction.arguments({key: "docs/a.md"}) == {key: "docs/a.md"}


def test_a_key_that_is_too_long_to_be_kept_names_a_secret_still() -> None:
    assert list(redaction.arguments({"x" * 1024 + "password": "hunter2"}).values()) == ["[redacted]"]


@pytest.mark.parametrize("kind", TOKENS)
def test_a_token_of_a_known_format_is_cut_out_wherever_it_stands(kind: str) -> None:
    token = TOKENS[kind]
    assert redaction.arguments({"query": f"before {token}"}) == {"query": "before [redacted]"}
    assert redaction.arguments([token]) == ["[redacted]"]
    assert token not in json.dumps(redaction.arguments({token: 1}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://bob:hunter2@example.com/x", "https://bob:[redacted]@example.com/x"),
        ("postgres://:pw@db/x", "postgres://:[redacted]@db/x"),
        ("Authorization: Bearer abcdef0123456789", "Authorization: Bearer [redacted]"),
        ("authorization: BASIC dXNlcjpwYXNzd29yZA==", "authorization: BASIC [redacted]"),
        ("https://h/x?a=1&token=abc&b=2", "https://h/x?a=1&token=[redacted]&b=2"),
        ("PASSWORD=abc", "PASSWORD=[redacted]"),
        ("redis://:p@ss@h/0", "redis://:[redacted]@h/0"),
        ("https://0123456789abcdef@github.com/x", "https://[redacted]@github.com/x"),
        ("ssh://git@github.com/x", "ssh://git@github.com/x"),
        ('{"password": "my \\"word", "user": "bob"}', '{"password": [redacted], "user": "bob"}'),
        ('{\\"password\\":\\"my word\\",\\"user\\":1}', '{\\"password\\":[redacted],\\"user\\":1}'),
        ("db_password: 'my word'\nuser: bob", "db_password: [redacted]\nuser: bob"),
        ("{client_secret: abc, a: [1]}", "{client_secret: [redacted], a: [1]}"),
        ("?password%3Dabc&b", "?password%3D[redacted]&b"),
        ("https://h/?sv=1&sig=abc%3D&X-Amz-Signature=def", "https://h/?sv=1&sig=[redacted]&X-Amz-Signature=[redacted]"),
        ("X-Api-Key: abc", "X-Api-Key: [redacted]"),
        ("Authorization: abc", "Authorization: [redacted]"),
        ("Set-Cookie: a=b; c=d\nHost: h", "Set-Cookie: [redacted]\nHost: h"),
        ("the design: a token of the pass", "the design: a token of the pass"),
        ("a task-abcdefghijklmnopqrstuvwxyz", "a task-abcdefghijklmnopqrstuvwxyz"),
        ("SELECT id FROM t WHERE a = 'b' LIMIT 5", "SELECT id FROM t WHERE a = 'b' LIMIT 5"),
        ("https://example.com:8443/a@b", "https://example.com:8443/a@b"),
        ("naïve 你好 👍", "naïve 你好 👍"),
        ("\ud800", "?"),
    ],
)
def test_only_the_secret_of_a_text_is_cut_out(text: str, expected: str) -> None:
    assert redaction.text(text) == expected
    assert redaction.text(expected) == expected


def test_a_long_text_leaves_its_length_and_hash() -> None:
    text = "x" * 1025
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert redaction.arguments({"content": text}) == {"content": {"characters": 1025, "sha256": digest}}
    assert redaction.text(text) == f"<1025 characters, SHA-256 {digest}>"
    assert redaction.arguments(text[:1024]) == text[:1024]


def test_many_texts_leave_their_lengths_once_the_record_is_full() -> None:
    kept = redaction.arguments(["y" * 1000] * 40)
    assert [type(entry) for entry in kept] == [str] * 32 + [dict] * 8


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (10**400, "<integer>"),
        (-(2**63), -(2**63)),
        (b"x", "<bytes>"),
        (object(), "<object>"),
        ({7: 1}, {"<int>": 1}),
        ((1,), "<tuple>"),
    ],
    ids=["nan", "infinity", "large", "least", "bytes", "object", "key", "tuple"],
)
def test_what_is_no_json_is_named(value: object, expected: object) -> None:
    assert redaction.arguments(value) == expected


def test_what_is_too_deep_or_too_much_is_cut() -> None:
    deep: Any = []
    for _ in range(5000):
        deep = [deep]
    assert json.dumps(redaction.arguments(deep)).count("[") == redaction.DEEPEST
    loop: list[Any] = []
    loop.append(loop)
    assert "<more>" in json.dumps(redaction.arguments(loop))
    wide = redaction.arguments({str(number): number for number in range(100_000)})
    assert (len(wide), wide["<more>"]) == (redaction.MOST_VALUES, 100_000 - redaction.MOST_VALUES + 1)
    assert len(redaction.arguments(list(range(100_000)))) < redaction.MOST_VALUES + 2


def test_the_beginning_of_what_an_exception_says_is_kept() -> None:
    assert redaction.excerpt("a" * 2000) == "a" * 1024
    assert redaction.excerpt(OSError("no text")) == "<OSError>"
    assert redaction.excerpt("x " * 500 + TOKENS["JWT"]) == "x " * 500 + "[redacted]"
    assert redaction.excerpt("eyJ" + "a" * 20 + "." + "b" * 9000) == "[redacted]"
