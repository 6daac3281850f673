"""The framing of stdio: lines in, lines out."""

import fcntl
import os
import sys
import termios
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


async def test_of_what_nobody_asks_for_little_is_read(pipe: tuple[int, int]) -> None:
    fcntl.fcntl(pipe[1], fcntl.F_SETPIPE_SZ, 1024 * 1024)
    os.write(pipe[1], b"a" * 1_000_000)
    reading = Input(pipe[0])
    found = len(await reading.receive())
    for _ in range(5):
        await anyio.sleep(0.01)
    assert unread(pipe[0]) >= 1_000_000 - found - 64 * 1024
    assert found + sum([len(chunk) async for chunk in arrived(reading, 1_000_000 - found)]) == 1_000_000
    reading.close()
    os.write(pipe[1], b"b")
    await anyio.sleep(0.01)
    assert unread(pipe[0]) == 1, "it watches no longer"


def unread(descriptor: int) -> int:
    """The bytes that a pipe holds."""
    count = bytearray(4)
    fcntl.ioctl(descriptor, termios.FIONREAD, count)
    return int.from_bytes(count, sys.byteorder)


async def test_the_end_is_told_as_often_as_one_asks(pipe: tuple[int, int]) -> None:
    reading = os.dup(pipe[0])
    source = Input(reading)
    os.write(pipe[1], b"a")
    os.dup2(os.open(os.devnull, os.O_WRONLY), pipe[1])
    assert [await source.receive() for _ in range(3)] == [b"a", b"", b""]
    os.close(reading)


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
