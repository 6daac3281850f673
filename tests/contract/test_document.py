"""From a call to the bytes of an input document."""

import hashlib
import json
from typing import Any

import pytest

from mcp_opa.contract import (
    Resource,
    Unsendable,
    about_document,
    input_document,
    input_schema,
    needs_document,
    visible_document,
)
from mcp_opa.model import Json, Subject, ToolCall

SUBJECT = Subject("content-agent", ("writers",), "api_key")
FACTS: dict[str, Any] = {"schema": "none", "sql": {}, "url": {}, "sizes": {}, "uri": None}


def document(call: ToolCall) -> dict[str, Any]:
    sent: dict[str, Any] = json.loads(input_document(call, FACTS, "id-1", 1_790_000_000))
    return sent


def arguments(value: object) -> object:
    return document(ToolCall(SUBJECT, "write_file", value))["resource"]["properties"]["arguments"]


def test_the_document_has_the_authzen_shape_with_every_field() -> None:
    call = ToolCall(
        SUBJECT, "read_file", {"path": "é"}, server_id="files", correlation_id="c", session_id="s", source_ip="::1"
    )
    assert document(call) == {
        "id": "id-1",
        "subject": {
            "type": "agent",
            "id": "content-agent",
            "properties": {"auth_method": "api_key", "groups": ["writers"]},
        },
        "action": {"name": "tools/call"},
        "resource": {
            "type": "tool",
            "id": "read_file",
            "properties": {"server_id": "files", "arguments": {"path": "é"}},
        },
        "context": {
            "correlation_id": "c",
            "session_id": "s",
            "source_ip": "::1",
            "time": 1_790_000_000,
            "facts": {**FACTS, "elided": {}},
        },
    }


def test_text_is_sent_as_raw_utf8_since_engines_differ_on_escapes() -> None:
    raw = input_document(ToolCall(SUBJECT, "t", {"a": "\U00020000\u2028"}), FACTS, "i", 0)
    assert "\U00020000\u2028".encode() in raw


@pytest.mark.parametrize(
    ("method", "name", "kind"),
    [
        ("tools/call", "a:b", "tool"),
        ("resources/read", "file:///a", "resource"),
        ("resources/unsubscribe", "file:///a", "resource"),
        ("prompts/get", "summarise", "prompt"),
        ("completion/complete", "summarise", "prompt"),
        ("completion/complete", "file:///{a}", "resource"),
        ("tasks/get", "x", "tool"),
    ],
)
def test_the_resource_type_follows_from_the_method(method: str, name: str, kind: str) -> None:
    assert document(ToolCall(SUBJECT, name, method=method))["resource"]["type"] == kind


def test_needs_is_asked_without_the_arguments() -> None:
    call = ToolCall(SUBJECT, "read_file", {"path": "secret"})
    assert json.loads(needs_document(call, "id-1", 7)) == {
        "id": "id-1",
        "subject": {
            "type": "agent",
            "id": "content-agent",
            "properties": {"auth_method": "api_key", "groups": ["writers"]},
        },
        "action": {"name": "tools/call"},
        "resource": {"type": "tool", "id": "read_file", "properties": {"server_id": None}},
        "context": {"time": 7},
    }


def test_visible_is_asked_once_for_a_whole_page() -> None:
    page = [Resource("tool", "a"), Resource("tool", "b")]
    assert json.loads(visible_document(Subject("x"), "tools/list", "s", page, "id-1", 7)) == {
        "id": "id-1",
        "subject": {"type": "agent", "id": "x", "properties": {"auth_method": "none", "groups": []}},
        "action": {"name": "tools/list"},
        "resources": [
            {"type": "tool", "id": "a", "properties": {"server_id": "s"}},
            {"type": "tool", "id": "b", "properties": {"server_id": "s"}},
        ],
        "context": {"time": 7},
    }


def test_about_needs_nothing_but_an_id() -> None:
    assert about_document("id-1") == b'{"id":"id-1"}'


def test_a_long_string_leaves_the_arguments_as_length_and_hash() -> None:
    long = "é" * 4097
    call = ToolCall(SUBJECT, "edit_file", {"a/b~": [{"x": long}], "short": "é" * 4096})
    sent = document(call)
    assert sent["resource"]["properties"]["arguments"] == {"a/b~": [{"x": {}}], "short": "é" * 4096}
    digest = hashlib.sha256(long.encode()).hexdigest()
    assert sent["context"]["facts"]["elided"] == {"/a~1b~0/0/x": {"bytes": 8194, "sha256": digest}}


@pytest.mark.parametrize("value", [None, [], "text", 7, True, 1.5, {"a": {"$elided": 1}}])
def test_arguments_of_any_json_type_are_sent_as_they_are(value: object) -> None:
    assert arguments(value) == value


def deep(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"a": float("nan")}, "arguments/a: the number nan"),
        ({"a": float("inf")}, "arguments/a: the number inf"),
        ({"a": 2**63}, "arguments/a: the number 9223372036854775808"),
        ({"a": -(2**63) - 1}, "arguments/a: the number -9223372036854775809"),
        ({"a": [1, b"x"]}, "arguments/a/1: a bytes"),
        ({"a": (1,)}, "arguments/a: a tuple"),
        ({"a": Text("x")}, "arguments/a: a Text"),
        ({1: "a"}, "a key of the arguments must be a string"),
        ({"k" * 5000: 1}, "a key of the arguments must be a string of at most 4096"),
        ({"a": "\ud800"}, "lone surrogate"),
        ({"\ud800": 1}, "lone surrogate"),
        ({"a": "\ud800" * 5000}, "arguments/a: holds a lone surrogate"),
        (deep(33), "more than 32 levels"),
        (deep(100_000), "more than 32 levels"),
        ([0] * 20_001, "or 20000 values"),
        ([[0] * 200] * 200, "or 20000 values"),
        (["x" * 4096] * 300, "at most 1048576 are sent"),
    ],
)
def test_what_two_engines_could_read_differently_is_unsendable(value: object, problem: str) -> None:
    with pytest.raises(Unsendable, match=problem):
        arguments(value)


@pytest.mark.parametrize(
    "call",
    [
        ToolCall(SUBJECT, "x" * 8193),
        ToolCall(SUBJECT, "\ud800"),
        ToolCall(SUBJECT, None),  # type: ignore[arg-type]
        ToolCall(SUBJECT, "t", server_id=7),  # type: ignore[arg-type]
        ToolCall(SUBJECT, "t", server_id=""),
        ToolCall(SUBJECT, "t", server_id="files "),
        ToolCall(SUBJECT, "t", server_id="a/b"),
        ToolCall(SUBJECT, "t", server_id="f\u0131les"),
        ToolCall(SUBJECT, "t", server_id="x" * 129),
        ToolCall(SUBJECT, "t", method="x" * 4097),
        ToolCall(SUBJECT, "t", correlation_id="x" * 4097),
        ToolCall(Subject("x" * 4097), "t"),
        ToolCall(Subject("a", ("x" * 4097,)), "t"),
    ],
)
def test_the_call_s_own_fields_are_bounded_strings(call: ToolCall) -> None:
    with pytest.raises(Unsendable):
        input_document(call, FACTS, "i", 0)


@pytest.mark.parametrize("value", [deep(32), [0] * 19_999, [[0]] * 9_999, {"k" * 4096: "x" * 4096}])
def test_what_is_just_within_the_bounds_is_sent_whole(value: Json) -> None:
    assert arguments(value) == value


@pytest.mark.parametrize("value", [[0] * 20_000, [[0]] * 10_000, {"k" * 4097: 1}])
def test_what_is_just_beyond_them_is_not(value: Json) -> None:
    with pytest.raises(Unsendable):
        arguments(value)


def test_a_document_may_have_a_mebibyte_and_not_a_byte_more() -> None:
    def sent(last: str) -> int:
        call = ToolCall(SUBJECT, "write_file", ["x" * 4096] * 255 + [last])
        return len(input_document(call, FACTS, "id-1", 1_790_000_000))

    room = 1024 * 1024 - sent("")
    assert sent("x" * room) == 1024 * 1024
    with pytest.raises(Unsendable, match="has 1048577 bytes, at most 1048576 are sent"):
        sent("x" * (room + 1))


def test_the_published_schema_is_closed_at_every_level() -> None:
    schema = input_schema()
    objects = [schema, *schema["$defs"].values()]
    assert all(part["additionalProperties"] is False for part in objects)
    assert schema["required"] == ["id"]
