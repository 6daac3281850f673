"""Messages over pipes, one a line: the framing of MCP's stdio transport.

Guarantees: a line is whole or not there, and no longer than its bound: of a longer one nothing is kept. A reader that
is not asked for more reads one chunk ahead and no more, and a writer waits for a reader, so nothing piles up. It parses
nothing.
"""

from __future__ import annotations

import asyncio
import os
import select
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import anyio
import anyio.lowlevel

_CHUNK = 64 * 1024
_ATOMIC = 4096
"""Bytes that a pipe takes at once when it says that it takes any."""


async def lines(receive: Callable[[], Awaitable[bytes]], most: int) -> AsyncIterator[bytes | None]:
    """The lines of a stream that hold anything, without their ends; None for one of more than `most` bytes.

    `receive` gives some bytes, and none at the end.
    """
    held, seen, skipping = bytearray(), 0, False
    while chunk := await receive():
        held += chunk
        while (end := held.find(b"\n", seen)) >= 0:
            line = bytes(held[:end])
            del held[: end + 1]
            seen = 0
            if skipping or len(line) > most:
                skipping = False
                yield None
            elif line.strip():
                yield line
        seen = len(held)
        if seen > most:
            held.clear()
            seen, skipping = 0, True
    if skipping or held.strip():
        yield None if skipping else bytes(held)


class Input:
    """A file descriptor to read from, as its owner left it: it may be shared, so its mode is not changed."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._waits = _can_wait(descriptor)
        self._watched = False
        self._held: bytes | None = None
        self._waiting: asyncio.Future[None] | None = None

    async def receive(self) -> bytes:
        """Some bytes; none at the end, or if whoever wrote is gone."""
        while self._held is None:
            if not self._waits:
                await anyio.lowlevel.checkpoint()
                self._held = self._read()
                continue
            if not self._watched:
                asyncio.get_running_loop().add_reader(self._descriptor, self._readable)
                self._watched = True
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        chunk, self._held = self._held, None
        return chunk

    def close(self) -> None:
        """Watch the descriptor no longer; it stays its owner's to close."""
        if self._watched:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            self._watched = False

    def _readable(self) -> None:
        """Read ahead once, while what was read before is dealt with, and then no more until that is over."""
        if self._held is not None:
            self.close()
            return
        self._held = self._read()
        if self._held == b"":
            self.close()
        if self._held is not None and self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _read(self) -> bytes | None:
        """None if there is nothing after all: its owner may have made it so, and another may have read."""
        try:
            return os.read(self._descriptor, _CHUNK)
        except BlockingIOError:
            return None
        except OSError:
            return b""


class Output:
    """A file descriptor to write lines to. Tasks may share it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._waits = _can_wait(descriptor)
        self._room = select.poll()
        self._room.register(descriptor, select.POLLOUT)
        self._turn = asyncio.Lock()
        self._rest = memoryview(b"")

    async def send(self, line: bytes) -> None:
        """Write a line and its end. Raises `OSError` if nobody reads any more.

        If it is cancelled half-way, the next line comes after the rest of this one.
        """
        async with self._turn:
            self._rest = memoryview(bytes(self._rest) + line + b"\n")
            while self._write():
                await self._wait()

    def _write(self) -> bool:
        """Write as much as goes without waiting; whether there is more."""
        with suppress(BlockingIOError):
            while self._rest and not (self._waits and not self._room.poll(0)):
                self._rest = self._rest[os.write(self._descriptor, self._rest[:_ATOMIC]) :]
        return bool(self._rest)

    async def _wait(self) -> None:
        try:
            await anyio.wait_writable(self._descriptor)
        except anyio.ClosedResourceError as error:
            raise BrokenPipeError("closed meanwhile") from error


def _can_wait(descriptor: int) -> bool:
    """Whether it may have to be waited for; a plain file never, and the loop refuses to."""
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(descriptor)
