"""Configurations as clients and people write them, the odd ones first."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_opa.clients import spans
from mcp_opa.clients.config import MAX_BYTES, Entry, Unreadable, parse, printable

COMMENTED = b"""{
  // mine
  "servers": {
    "files": {"command": "npx", "args": ["a//b", "/* no */"],}, /* the
    last */
  }, // and, so, on
}
"""


def one(value: Any) -> Entry:  # noqa: ANN401
    """The only server of a configuration that has this one."""
    return parse(json.dumps({"mcpServers": {"it": value}}).encode()).entries[0]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "is not JSON: Expecting value: line 1 column 1 (char 0)"),
        (b"[]", "is no JSON object"),
        (b"null", "is no JSON object"),
        (b"mcpServers: {}", "is not JSON: Expecting value: line 1 column 1 (char 0)"),
        (b"\xff\xfe{}", "is not valid UTF-8, or a lone surrogate in an escape"),
        (b'{"mcpServers": []}', "mcpServers is no object"),
        (b'{"mcp": {"servers": 1}}', "mcp.servers is no object"),
        (b'{"a": 1, "a": 2}', "the key 'a' stands twice in one object"),
        (b'{"a": "\\ud800"}', "is not valid UTF-8, or a lone surrogate in an escape"),
        (b'{"a": /* 1}', "is not JSON: Expecting value: line 1 column 7 (char 6)"),
        (b'{"a": "b}', "is not JSON: Unterminated string starting at: line 1 column 7 (char 6)"),
        (b'{"a":' * 70 + b"1" + b"}" * 70, "nested deeper than 64 levels"),
    ],
    ids=lambda value: value[:12].decode("latin-1") if isinstance(value, bytes) else "",
)
def test_what_is_no_configuration_is_said(raw: bytes, why: str) -> None:
    with pytest.raises(Unreadable) as caught:
        parse(raw)
    assert str(caught.value) == why


def test_what_is_huge_is_not_read() -> None:
    with pytest.raises(Unreadable, match=f"has more than {MAX_BYTES} bytes"):
        parse(b" " * (MAX_BYTES + 1))


@pytest.mark.parametrize("raw", [b'{"a":' + b"/*" * 500_000, b'{"a":' + b'"\\"' * 500_000, b"," * 1_000_000])
def test_hostile_texts_are_read_in_one_pass(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(raw)


@pytest.mark.parametrize(
    ("value", "odd"),
    [
        ([], "is no object"),
        (None, "is no object"),
        ({}, "names neither a command nor a URL"),
        ({"command": "", "args": []}, "its command is no text"),
        ({"command": ["npx"]}, "its command is no text"),
        ({"command": "npx", "args": "a b"}, "its args are no list of texts"),
        ({"command": "npx", "args": [1]}, "its args are no list of texts"),
        ({"command": "npx", "args": None}, "its args are no list of texts"),
        ({"command": "npx", "url": "http://x"}, "names a command and a URL"),
        ({"url": 1}, "its URL is no text"),
        ({"url": "http://x", "serverUrl": "http://y"}, "its URL is no text"),
    ],
    ids=str,
)
def test_a_server_that_no_client_can_use_is_odd(value: Any, odd: str) -> None:  # noqa: ANN401
    found = one(value)
    assert (found.odd, found.words, found.url) == (odd, (), "")


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ({"mcpServers": {"it": {"command": "x"}}}, ("mcpServers", "it")),
        ({"servers": {"it": {"command": "x"}}, "inputs": []}, ("servers", "it")),
        ({"mcp": {"servers": {"it": {"command": "x"}}}}, ("mcp", "servers", "it")),
        ({"context_servers": {"it": {"command": "x"}}}, ("context_servers", "it")),
        (
            {"projects": {"/a": {}, "/b": {"mcpServers": {"it": {"command": "x"}}}}},
            ("projects", "/b", "mcpServers", "it"),
        ),
    ],
    ids=str,
)
def test_servers_are_found_where_clients_keep_them(value: Any, at: tuple[str, ...]) -> None:  # noqa: ANN401
    found = parse(json.dumps(value).encode()).entries
    assert [(entry.name, entry.at, entry.words) for entry in found] == [("it", at, ("x",))]


def test_toml_is_read_and_known_as_such() -> None:
    config = parse(b'[mcp_servers.it]\ncommand = "npx"\nargs = ["a"]\n')
    assert (config.json, config.entries[0].words) == (False, ("npx", "a"))


def test_comments_and_trailing_commas_are_read() -> None:
    assert parse(COMMENTED).entries[0].words == ("npx", "a//b", "/* no */")
    assert parse(b"\xef\xbb\xbf" + COMMENTED).entries[0].name == "files"


def test_what_an_object_holds_beside_texts_is_left_out() -> None:
    found = one({"command": "x", "env": {"A": "1", "B": 2, "C": None}, "headers": []})
    assert (found.under("env"), found.under("headers"), found.under("none")) == ({"A": "1"}, {}, {})


def test_nothing_printed_steers_a_terminal() -> None:
    assert printable("a\x1b[2Jb\n\u202ec é") == "a\\x1b[2Jb\\n\\u202ec é"


KEYS = st.text(max_size=3)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(KEYS, children, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, max_size=3), max_size=3), st.sampled_from([None, 2, "\t"]))
def test_a_value_stands_where_it_is_said_to_stand(value: Any, indent: Any) -> None:  # noqa: ANN401
    text = json.dumps(value, indent=indent)
    assert spans.bare(text) == text
    for key, members in value.items():
        for name, member in members.items():
            found = spans.span(text, (key, name))
            assert found is not None
            assert json.loads(text[slice(*found)]) == member


def test_what_is_bare_is_as_long_as_it_was() -> None:
    text = COMMENTED.decode()
    assert [len(line) for line in spans.bare(text).split("\n")] == [len(line) for line in text.split("\n")]
    assert json.loads(spans.bare(text)) == {"servers": {"files": {"command": "npx", "args": ["a//b", "/* no */"]}}}
