"""Server-sent events: read whole whatever the pieces they come in, written so that every reader reads the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import pairwise

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_opa.pep.http.events import ALIVE, Event, Overlong, encode, read

STREAM = (
    b"\r\nid: a\nretry: 5\ndata\r\n\rdata: {\rdata:  }\r\r"
    b": alive\n\nevent: endpoint\ndata: x\n\nevent: message\ndata:y\nother: z\nnoise\n\n"
    b"id: b\nid: c c\nretry: x\ndata: \xc3\xa4\r\n\r\ndata: never ended"
)
EVENTS = [
    Event(b"", "a", 5),
    Event(b"{\n }"),
    ALIVE,
    Event(b"y"),
    Event("ä".encode(), "b"),
]


def events(*chunks: bytes, most: int = 1000) -> list[Event]:
    async def source() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async def all_of() -> list[Event]:
        return [event async for event in read(source(), most)]

    return anyio.run(all_of)


@given(st.lists(st.integers(0, len(STREAM)), max_size=6))
def test_pieces_do_not_matter(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(STREAM)]
    assert events(*(STREAM[begin:end] for begin, end in pairwise(places))) == EVENTS


def test_one_byte_at_a_time_is_the_same() -> None:
    assert events(*(STREAM[place : place + 1] for place in range(len(STREAM)))) == EVENTS


@pytest.mark.parametrize("chunks", [[b"data: " + b"x" * 20], [b"data: xxxxxx\n"] * 3, [b"x" * 6] * 3, [b"id: a\n" * 9]])
def test_an_event_is_bounded_whatever_fills_it(chunks: list[bytes]) -> None:
    with pytest.raises(Overlong):
        events(*chunks, most=16)


@given(st.binary(max_size=9).filter(lambda data: not set(data) & set(b"\r\n")), st.sampled_from([None, "a", "b-1"]))
def test_what_is_written_is_what_is_read(data: bytes, id_: str | None) -> None:
    event = Event(data, id_, None if id_ is None else 7)
    assert events(encode(event)) == [event]


def test_an_id_that_a_header_could_not_carry_is_none() -> None:
    assert events(b"id: a\x00b\ndata: 1\n\nid: " + b"x" * 300 + b"\ndata: 2\n\n") == [Event(b"1"), Event(b"2")]


def test_of_an_event_of_another_type_the_id_and_the_retry_count() -> None:
    primed, closed = b"event: prime\nid: a\ndata: \n\n", b"event: close\nretry: 10\n\n"
    others = b"event: x\nid: b\ndata: {}\n\nevent: y\ndata: {}\n\n"
    assert events(primed, others, closed) == [Event(id="a"), Event(id="b"), Event(retry=10)]
