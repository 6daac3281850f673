"""JSON that two parsers can't read differently."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_opa.contract import Malformed, canonical, parse

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"{} {}", "Extra data"),
        (b'{"a":1}x', "Extra data"),
        (b"NaN", "NaN is not JSON"),
        (b"[-Infinity]", "-Infinity is not JSON"),
        (b"[1e999]", "out of range"),
        (b"1" * 5000, "not JSON"),
        (b'{"a":1,"a":2}', "'a' stands twice"),
        (b'[{"b":{"a":1,"\\u0061":1}}]', "'a' stands twice"),
        (b"\xff", "not valid UTF-8"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        ('{"a":1}'.encode("utf-16"), "not valid UTF-8"),
        (b'"\\ud800"', "lone surrogate"),
        (b"[" * 65 + b"]" * 65, "nested deeper than 64"),
        (b"[" * 200_000, "nested deeper than 64"),
        (b'{"a":' * 200_000, "nested deeper than 64"),
    ],
)
def test_what_is_not_strict_json_is_refused_with_its_reason(raw: bytes, problem: str) -> None:
    with pytest.raises(Malformed, match=problem):
        parse(raw)


def test_a_text_over_the_size_is_refused_before_it_is_read() -> None:
    with pytest.raises(Malformed, match="11 bytes, at most 10 are read"):
        parse(b'"' + b"x" * 9 + b'"', max_bytes=10)


def test_eight_mebibytes_are_read_and_not_a_byte_more() -> None:
    text = "a" * (8 * 1024 * 1024 - 2)
    assert parse(f'"{text}"'.encode()) == text
    with pytest.raises(Malformed, match="8388609 bytes, at most 8388608 are read"):
        parse(f'"{text}a"'.encode())


def test_a_key_that_stands_twice_among_very_many_is_found_at_once_and_named_in_short() -> None:
    keys = [*(f"{number:x}" for number in range(50_000)), "x" * 200, "x" * 200]
    raw = b"{" + b",".join(b'"%s":1' % key.encode() for key in keys) + b"}"
    with pytest.raises(Malformed, match=f"^the key '{'x' * 100}' stands twice in one object$"):
        parse(raw)


def test_a_wide_document_within_the_depth_is_read() -> None:
    assert parse(b"[" + b"{}," * 500 + b"[[]]]") == [{}] * 500 + [[[]]]


@pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ('{"a":', "}")])
def test_sixty_four_levels_are_read_and_not_one_more(opened: str, closed: str) -> None:
    def nested(levels: int) -> bytes:
        return f"[[],{opened * (levels - 1)}1{closed * (levels - 1)}]".encode()

    assert parse(nested(64))[0] == []
    with pytest.raises(Malformed, match="nested deeper than 64 levels"):
        parse(nested(65))


def test_an_escaped_pair_of_surrogates_is_one_character() -> None:
    assert parse(b'"\\ud83d\\ude00"') == "\U0001f600"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_malformed(raw: bytes) -> None:
    with suppress(Malformed):
        parse(raw)


@given(json_values)
def test_what_is_written_canonically_is_read_back(value: object) -> None:
    assert parse(canonical(value)) == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [float("-inf")]])
def test_what_is_no_json_number_has_no_canonical_form(value: object) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(value)


def test_the_canonical_form_is_the_one_that_opa_hashes() -> None:
    value = {"b": "<&>\u2028\u2029é", "a": [1, True, None]}
    assert canonical(value) == '{"a":[1,true,null],"b":"<&>\\u2028\\u2029é"}'.encode()
    assert json.loads(canonical(value)) == value
