"""The framing of stdio: lines in, lines out."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import anyio
import pytest

from mcp_opa.pep.pipes import Input, Output, lines

pytestmark = pytest.mark.anyio


async def read(*chunks: bytes, most: int = 10) -> list[bytes | None]:
    given = iter([*chunks, b""])

    async def receive() -> bytes:
        return next(given)

    return [line async for line in lines(receive, most)]


async def test_a_line_is_whole_however_it_comes() -> None:
    assert await read(b"ab\ncd", b"ef\n", b"\n", b" \r\ngh\r\n") == [b"ab", b"cdef", b"gh\r"]
    assert await read(*[b"%c" % byte for byte in b"ab\ncd\n"]) == [b"ab", b"cd"]
    assert await read(b"ab\ncd") == [b"ab", b"cd"]


async def test_of_a_line_over_its_bound_nothing_is_kept_and_the_next_is_read() -> None:
    assert await read(b"x" * 10 + b"\n") == [b"x" * 10]
    assert await read(b"x" * 11 + b"\nab\n") == [None, b"ab"]
    assert await read(*[b"x" * 8] * 100, b"y\nab\n", b"x" * 11, b"\n\ncd\n") == [None, b"ab", None, b"cd"]
    assert await read(b"x" * 100) == [None]


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    for descriptor in (reading, writing):
        os.close(descriptor)


async def arrived(reading: Input, count: int) -> AsyncIterator[bytes]:
    while count > 0:
        chunk = await reading.receive()
        count -= len(chunk)
        yield chunk


@pytest.mark.parametrize("blocking", [True, False])
async def test_long_lines_wait_for_a_reader_and_stay_whole(pipe: tuple[int, int], *, blocking: bool) -> None:
    for descriptor in pipe:
        os.set_blocking(descriptor, blocking)
    output, sent = Output(pipe[1]), [b"a" * 300_000, b"b" * 300_000, b"c"]
    async with anyio.create_task_group() as tasks:
        for line in sent:
            tasks.start_soon(output.send, line)
        found = b"".join([chunk async for chunk in arrived(Input(pipe[0]), 600_004)])
    assert found == b"".join(line + b"\n" for line in sent)


async def test_what_follows_a_line_that_was_cut_short_comes_after_its_rest(pipe: tuple[int, int]) -> None:
    output = Output(pipe[1])
    with anyio.move_on_after(0.1):
        await output.send(b"a" * 300_000)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(output.send, b"b")
        found = b"".join([chunk async for chunk in arrived(Input(pipe[0]), 300_003)])
    assert found == b"a" * 300_000 + b"\nb\n"


async def test_a_reader_that_is_gone_is_an_error(pipe: tuple[int, int]) -> None:
    reading = os.dup(pipe[0])
    output = Output(pipe[1])
    os.close(reading)
    os.dup2(os.open(os.devnull, os.O_RDONLY), pipe[0])
    with pytest.raises(BrokenPipeError):
        await output.send(b"a" * 300_000)


async def test_plain_files_are_read_and_written(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"ab\ncd\n")
    with (tmp_path / "in").open("rb") as source, (tmp_path / "out").open("wb") as sink:
        found = [line async for line in lines(Input(source.fileno()).receive, 10)]
        await Output(sink.fileno()).send(b"x" * 10_000)
    assert found == [b"ab", b"cd"]
    assert (tmp_path / "out").read_bytes() == b"x" * 10_000 + b"\n"
