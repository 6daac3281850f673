"""One JSON-RPC message: what is none, first."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_opa.pep.message import (
    FROM_CLIENT,
    INVALID_REQUEST,
    PARSE_ERROR,
    Bounds,
    Failure,
    Message,
    Notification,
    Odd,
    Request,
    Result,
    encode,
    failure,
    parse,
)

CALL = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"}}'


@pytest.mark.parametrize(
    ("raw", "code", "id_"),
    [
        (b"", PARSE_ERROR, None),
        (b"Listening on port 8080", PARSE_ERROR, None),
        (CALL + CALL, PARSE_ERROR, None),
        (CALL[:-1], PARSE_ERROR, None),
        (b"\xef\xbb\xbf" + CALL, PARSE_ERROR, None),
        (CALL.decode().encode("utf-16"), PARSE_ERROR, None),
        (b"[" + CALL + b"]", INVALID_REQUEST, None),
        (b"[]", INVALID_REQUEST, None),
        (b"7", INVALID_REQUEST, None),
        (b'{"id":1,"method":"ping"}', INVALID_REQUEST, 1),
        (b'{"jsonrpc":2.0,"id":1,"method":"ping"}', INVALID_REQUEST, 1),
        (b'{"jsonrpc":"2.0","id":1.0,"method":"ping"}', INVALID_REQUEST, None),
        (b'{"jsonrpc":"2.0","id":true,"method":"ping"}', INVALID_REQUEST, None),
        (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', INVALID_REQUEST, None),
        (b'{"jsonrpc":"2.0","id":[1],"method":"ping"}', INVALID_REQUEST, None),
        (b'{"jsonrpc":"2.0","id":1,"method":["ping"]}', INVALID_REQUEST, 1),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', INVALID_REQUEST, 1),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":null}', INVALID_REQUEST, 1),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}', INVALID_REQUEST, 1),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}', INVALID_REQUEST, 1),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}', INVALID_REQUEST, 1),
        (b'{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', INVALID_REQUEST, None),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":1,"a":2}}', INVALID_REQUEST, 1),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":1,"\\u0061":2}}', INVALID_REQUEST, 1),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":NaN}}', INVALID_REQUEST, 1),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":1e999}}', INVALID_REQUEST, 1),
        (b'{"jsonrpc":"2.0","id":"\\ud800","method":"ping"}', PARSE_ERROR, None),
        (b'{"jsonrpc":"2.0","id":1,"method":"\\ud800"}', INVALID_REQUEST, 1),
        (b'{"jsonrpc":"2.0","id":1,"method":"\xff"}', PARSE_ERROR, None),
        (b'{"jsonrpc":"2.0","id":1,"method":"a","params":' + b'{"a":' * 70 + b"1" + b"}" * 71, INVALID_REQUEST, 1),
        (b'{"jsonrpc":"2.0","id":1,"method":"a","params":' + b'{"a":' * 100_000, PARSE_ERROR, None),
        (b'{"jsonrpc":"2.0","id":1}', INVALID_REQUEST, 1),
        (b'{"jsonrpc":"2.0","id":1,"result":[]}', INVALID_REQUEST, 1),
        (b'{"jsonrpc":"2.0","id":null,"result":{}}', INVALID_REQUEST, None),
        (b'{"jsonrpc":"2.0","result":{}}', INVALID_REQUEST, None),
        (b'{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}', INVALID_REQUEST, 1),
        (b'{"jsonrpc":"2.0","id":1,"error":{"code":"1","message":""}}', INVALID_REQUEST, 1),
        (b'{"jsonrpc":"2.0","id":1,"error":"no"}', INVALID_REQUEST, 1),
        (b'{"jsonrpc":"2.0","id":{},"error":{"code":1,"message":""}}', INVALID_REQUEST, None),
    ],
)
def test_what_is_no_message_is_refused_with_its_id_if_it_has_one(raw: bytes, code: int, id_: int | None) -> None:
    with pytest.raises(Odd) as odd:
        parse(raw)
    assert (odd.value.code, odd.value.id) == (code, id_)


def test_a_message_over_its_bound_is_refused_unread() -> None:
    with pytest.raises(Odd) as odd:
        parse(CALL, Bounds(len(CALL) - 1, 64, 64))
    assert (odd.value.code, odd.value.id, "at most" in str(odd.value)) == (PARSE_ERROR, None, True)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (CALL, Request(1, "tools/call", {"name": "read"})),
        (b'{"jsonrpc":"2.0","id":"a","method":"ping"}', Request("a", "ping")),
        (b'{"jsonrpc":"2.0","id":0,"method":"ping","params":{}}', Request(0, "ping", {})),
        (b'{"jsonrpc":"2.0","method":"notifications/initialized"}', Notification("notifications/initialized")),
        (
            b'{"jsonrpc":"2.0","id":-1,"result":{"later":{"a":[1,1.5,null]}}}',
            Result(-1, {"later": {"a": [1, 1.5, None]}}),
        ),
        (
            b'{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no","data":[],"more":1}}',
            Failure(1, {"code": -1, "message": "no", "data": [], "more": 1}),
        ),
        (b'{"jsonrpc":"2.0","id":null,"error":{"code":-1,"message":"no"}}', failure(None, -1, "no")),
    ],
)
def test_a_message_is_read_and_written_again_as_it_was(raw: bytes, message: Message) -> None:
    assert parse(raw) == message
    assert encode(message) == raw


def test_numbers_keep_their_kind_and_keys_their_order() -> None:
    raw = b'{"jsonrpc":"2.0","id":9007199254740993,"result":{"z":1.0,"a":-0.0,"m":123456789012345678901234567890}}'
    assert encode(parse(raw)) == raw


def test_no_reader_of_lines_sees_two_where_one_was_written() -> None:
    text = "".join(chr(number) for number in (*range(32), 0x7F, 0x85, 0x2028, 0x2029)) + '{"jsonrpc":"2.0"}'
    line = encode(Request(1, "ping", {"text": text}))
    assert line.decode().splitlines() == [line.decode()]
    assert parse(line) == Request(1, "ping", {"text": text})


@given(st.binary(max_size=200) | st.text(alphabet='{}[]":,0aéjsonrpc2.\\u', max_size=200).map(str.encode))
def test_whatever_the_bytes_there_is_a_message_or_an_odd_one(raw: bytes) -> None:
    try:
        message = parse(raw)
    except Odd:
        return
    assert parse(encode(message)) == message


TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(TEXT, children, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(TEXT, JSON, max_size=4))
def test_whatever_is_in_it_a_message_that_was_read_is_written_with_the_same_values(result: dict[str, object]) -> None:
    raw = json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()
    assert encode(parse(raw)) == encode(Result(1, result))
    assert parse(encode(parse(raw)), FROM_CLIENT) == Result(1, result)


@pytest.mark.parametrize("empty", [b"[]", b"{}", b'["[\\"",{}]'])
def test_a_message_of_more_objects_and_arrays_than_are_read_in_a_moment_is_refused_unread(empty: bytes) -> None:
    bounds = Bounds(10_000, 64, 101)
    each = CALL.replace(b'"read"', b"[" + b",".join([empty] * (98 if len(empty) == 2 else 49)) + b"]")
    parse(each, bounds)
    with pytest.raises(Odd, match="has more than 101 objects and arrays") as raised:
        parse(each.replace(b"params", b'a":[[]],"params'), bounds)
    assert raised.value.code == PARSE_ERROR


def test_brackets_in_a_text_are_no_objects_and_arrays() -> None:
    call = CALL.replace(b"read", b'[{\\"[' * 1000)
    assert encode(parse(call, Bounds(10_000, 64, 2))) == call


def test_what_is_said_of_an_unknown_key_steers_no_terminal() -> None:
    with pytest.raises(Odd) as raised:
        parse(b'{"jsonrpc":"2.0","method":"ping","\\u001b[2J\\nmcp-opa: fine":1}')
    assert str(raised.value) == r"a request has jsonrpc, id, method and params; unknown: '\x1b[2J\nmcp-opa: fine'"
