"""Headers that mirror the body: what is written, and what is read as the same."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_opa.model import Json
from mcp_opa.pep.http.headers import Unlike, decoded, encoded, parameters
from mcp_opa.pep.http.headers import given as given_headers
from mcp_opa.pep.message import Request
from tests.pep.conftest import STATELESS


def schema(**properties: Json) -> str:
    return json.dumps({"type": "object", "properties": properties})


def annotated(kind: str, name: str = "P", **more: Json) -> Json:
    return {"type": kind, "x-mcp-header": name, **more}


def call(arguments: Json, *, stateless: bool = True) -> Request:
    return Request(
        1, "tools/call", {"name": "t", "arguments": arguments, **({"_meta": STATELESS} if stateless else {})}
    )


@given(st.text())
def test_a_text_survives_the_way_through_a_header(text: str) -> None:
    if text.isprintable() or text.encode("utf-8", "replace").decode() == text:
        shown = encoded(text)
        assert shown.isascii()
        assert shown == shown.strip()
        assert decoded(shown) == text


@pytest.mark.parametrize(
    "shown", ["=?base64?SGVsbG8?=", "=?base64?SGVs!!!bG8=?=", "=?base64?SGVsbG9=?=", "=?base64?/w==?="]
)
def test_what_is_wrapped_wrongly_is_nothing(shown: str) -> None:
    assert decoded(shown) is None


@pytest.mark.parametrize("shown", ["SGVsbG8=", "=?base64?SGVsbG8=", "SGVsbG8=?=", "=?BASE64?SGVsbG8=?=", ""])
def test_what_is_not_wrapped_is_itself(shown: str) -> None:
    assert decoded(shown) == shown


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("string", "here", "here"),
        ("string", " ", "=?base64?IA==?="),
        ("string", "", ""),
        ("boolean", False, "false"),
        ("integer", 42, "42.0"),
        ("integer", 42.0, "42"),
        ("integer", 10**40, str(10**40)),
    ],
)
def test_a_parameter_is_written_from_the_body(kind: str, value: Json, shown: str) -> None:
    written = parameters(call({"p": value}), schema(p=annotated(kind)), {"mcp-param-p": shown})
    assert set(written) == {"mcp-param-p"}


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("string", "here", "there"),
        ("string", "1", "1.0"),
        ("string", "here", None),
        ("string", None, "here"),
        ("string", {"a": 1}, "here"),
        ("boolean", True, "True"),
        ("integer", 42, "42.5"),
        ("integer", 42, "0x2a"),
        ("integer", True, "1"),
    ],
)
def test_a_parameter_that_differs_is_refused(kind: str, value: Json, shown: str | None) -> None:
    with pytest.raises(Unlike):
        parameters(call({"p": value}), schema(p=annotated(kind)), {} if shown is None else {"mcp-param-p": shown})


def test_a_parameter_may_be_missing_in_both_and_in_a_session_in_the_header() -> None:
    assert parameters(call({"p": None}), schema(p=annotated("string")), {}) == {}
    assert parameters(call({}), schema(p=annotated("string")), {}) == {}
    assert parameters(call({"p": "x"}, stateless=False), schema(p=annotated("string")), {}) == {}


def test_a_parameter_inside_another_has_its_header() -> None:
    nested = schema(outer={"type": "object", "properties": {"p": annotated("string", "Deep")}})
    assert parameters(call({"outer": {"p": "x"}}), nested, {"mcp-param-deep": "x"}) == {"mcp-param-deep": "x"}
    with pytest.raises(Unlike):
        parameters(call({"outer": ["p"]}), nested, {"mcp-param-deep": "x"})


@pytest.mark.parametrize(
    "odd",
    [
        schema(p=annotated("string", "")),
        schema(p=annotated("string", "a b")),
        schema(p=annotated("number")),
        schema(p=annotated("string"), q=annotated("string", "p")),
        schema(p={"type": "array", "items": annotated("string")}),
        schema(p=annotated("string"), q={"anyOf": [annotated("string", "Q")]}),
        json.dumps(annotated("string")),
        "{}",
    ],
)
def test_of_a_schema_that_is_not_in_order_nothing_is_mirrored(odd: str) -> None:
    assert parameters(call({"p": "x"}), odd, {"mcp-param-p": "y"}) == {}


def test_of_an_unknown_schema_nothing_passes() -> None:
    assert parameters(call({"p": "x"}), {}, {"mcp-param-p": "x"}) == {}


def test_a_header_that_may_stand_twice_is_one_list() -> None:
    raw = [(b"Accept", b"a"), (b"accept", b" b\t"), (b"X-Other", b"\xff")]
    assert given_headers(raw) == {"accept": "a, b", "x-other": "\xff"}
    with pytest.raises(Unlike):
        given_headers([(b"Mcp-Param-X", b"1"), (b"mcp-param-x", b"1")])


@pytest.mark.parametrize("name", [b"Accept", b"Traceparent", b"Baggage", b"Mcp-Method", b"Mcp-Session-Id", b"Host"])
def test_a_header_that_is_read_or_passes_is_ascii(name: bytes) -> None:
    with pytest.raises(Unlike, match="is not ASCII"):
        given_headers([(name, b"caf\xe9")])


def test_of_other_headers_any_byte_is_let_be() -> None:
    assert given_headers([(b"User-Agent", b"caf\xe9")]) == {"user-agent": "caf\u00e9"}
